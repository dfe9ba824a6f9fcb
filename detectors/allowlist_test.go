package detectors

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

func TestAllowlists(t *testing.T) {
	const commit, other = "0123456789abcdef0123456789abcdef01234567", "f123456789abcdef0123456789abcdef01234567"
	type list = rules.Allowlist
	for _, test := range []struct {
		name         string
		list         list
		path, commit string
		found        bool // by Detect
		applies      bool // says Applies of what was found
	}{
		{"another secret", list{Regexes: []string{"^tok_9"}}, "a.txt", commit, true, true},
		{"the secret", list{Regexes: []string{"^tok_4"}}, "a.txt", commit, false, false},
		{"not the match", list{Regexes: []string{"^key"}}, "a.txt", commit, true, true},
		{"the match", list{Target: rules.TargetMatch, Regexes: []string{"^key = tok"}}, "a.txt", commit, false, false},
		{"not the line", list{Target: rules.TargetMatch, Regexes: []string{"remark"}}, "a.txt", commit, true, true},
		{"the line", list{Target: rules.TargetLine, Regexes: []string{"^begin key.*remark$"}}, "a.txt", commit, false, false},
		{"the line alone", list{Target: rules.TargetLine, Regexes: []string{"before|after"}}, "a.txt", commit, true, true},
		{"a word of the secret", list{Stopwords: []string{"q2m9"}}, "a.txt", commit, false, false},
		{"a word in another case", list{Stopwords: []string{"f7q2"}}, "a.txt", commit, false, false},
		{"no word of the match", list{Target: rules.TargetMatch, Stopwords: []string{"key"}}, "a.txt", commit, true, true},
		{"a path", list{Paths: []string{`\.txt$`}}, "a.txt", commit, false, false},
		{"a path, later", list{Paths: []string{`\.txt$`}}, "", commit, true, true},
		{"another path", list{Paths: []string{`\.md$`}}, "a.txt", commit, true, true},
		{"a commit", list{Commits: []string{commit}}, "a.txt", commit, true, false},
		{"a commit, shorter", list{Commits: []string{commit[:12]}}, "a.txt", commit, true, false},
		{"a commit, too short", list{Commits: []string{commit[:7]}}, "a.txt", commit, true, true},
		{"another commit", list{Commits: []string{other}}, "a.txt", commit, true, true},
		{"either", list{Paths: []string{`\.md$`}, Regexes: []string{"^tok_4"}}, "a.txt", commit, false, false},
		{"all, and all hold", list{All: true, Paths: []string{`\.txt$`}, Regexes: []string{"^tok_4"}}, "a.txt", commit, false, false},
		{"all, but not the path", list{All: true, Paths: []string{`\.md$`}, Regexes: []string{"^tok_4"}}, "a.txt", commit, true, true},
		{"all, but not the secret", list{All: true, Paths: []string{`\.txt$`}, Regexes: []string{"^tok_9"}}, "a.txt", commit, true, true},
		{"all, the path unknown yet", list{All: true, Paths: []string{`\.txt$`}, Regexes: []string{"^tok_4"}}, "", commit, true, true},
		{"all, words and expressions", list{All: true, Stopwords: []string{"q2m9"}, Regexes: []string{"^tok_4"}}, "a.txt", commit, false, false},
		{"all, words but no expressions", list{All: true, Stopwords: []string{"q2m9"}, Regexes: []string{"^tok_9"}}, "a.txt", commit, true, true},
		{"all, path and commit", list{All: true, Paths: []string{`\.txt$`}, Commits: []string{commit}}, "a.txt", commit, true, false},
		{"all, path and no commit", list{All: true, Paths: []string{`\.txt$`}, Commits: []string{other}}, "a.txt", commit, true, true},
		{"all, of one", list{All: true, Paths: []string{`\.txt$`}}, "a.txt", commit, false, false},
	} {
		r := rules.Rule{ID: "tok", Regex: `key = (tok_[0-9a-zA-Z]{10})`, Keywords: []string{"tok_"}}
		for _, global := range []bool{false, true} {
			s := set(r)
			if global {
				s.Allowlists = []list{test.list}
			} else {
				s.Rules[0].Allowlists = []list{test.list}
			}
			e := engine(t, s, Options{})
			text := "before\nbegin key = " + strings.Replace(t1, "f", "F", 1) + " remark\nafter"
			found, stats := detectChunk(e, mudlark.Chunk{Data: []byte(text), Origin: mudlark.Origin{Path: test.path}})
			if (len(found) == 1) != test.found {
				t.Errorf("%s, global %v: found %d", test.name, global, len(found))
				continue
			}
			byContent := !test.found && len(test.list.Regexes)+len(test.list.Stopwords) > 0
			if (stats.Allowlisted == 1) != byContent {
				t.Errorf("%s, global %v: counts %d allowlisted", test.name, global, stats.Allowlisted)
			}
			if test.found {
				found[0].Origin = mudlark.Origin{Path: test.path, Commit: &mudlark.Commit{ID: test.commit}}
				if _, _, allowed := e.Allowed(found[0]); allowed == test.applies {
					t.Errorf("%s, global %v: allowed %v", test.name, global, allowed)
				}
			}
		}
	}
}

func TestAllowedJudgesWhenPlacesAreKnown(t *testing.T) {
	r := tok
	r.Allowlists = []rules.Allowlist{{All: true, Paths: []string{`\.txt$`}, Regexes: []string{"^tok_4"}}}
	e := engine(t, set(r), Options{})
	found := detect(e, t1+" "+t2)
	if len(found) != 2 {
		t.Fatalf("found %d", len(found))
	}
	for i, want := range []bool{false, true} {
		found[i].Origin.Path = "a.txt"
		if _, _, allowed := e.Allowed(found[i]); allowed == want {
			t.Errorf("%d: allowed %v", i, allowed)
		}
	}
}

func TestExcludedPaths(t *testing.T) {
	s := set(tok, par)
	s.Allowlists = []rules.Allowlist{{Paths: []string{`(^|/)vendor/`}}, {All: true, Paths: []string{`\.sum$`}, Regexes: []string{"x"}}}
	s.Rules[0].Path = `\.go$`
	e := engine(t, s, Options{})
	for path, want := range map[string]bool{"a/vendor/b.go": true, "a.go": false, "a.md": false, "go.sum": false} {
		if got := e.Excluded(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	found, _ := detectChunk(e, mudlark.Chunk{Data: []byte(t1), Paths: []string{"vendor/a", "b/vendor/c"}})
	if len(found) != 0 {
		t.Error("found in content that every path excludes")
	}
	if found, _ = detectChunk(e, mudlark.Chunk{Data: []byte(t1), Paths: []string{"vendor/a", "c"}}); len(found) != 1 {
		t.Error("not found in content that one path does not exclude")
	}
}

func TestUsersRulesAreChecked(t *testing.T) {
	for name, r := range map[string]rules.Rule{
		"regex":      {Regex: "(", Keywords: []string{"a"}},
		"group":      {Regex: "(a)", SecretGroup: 2},
		"path":       {Regex: "a", Path: "["},
		"key":        {Regex: "a", Detector: "assignment", Key: "(", Keywords: []string{"a"}},
		"detector":   {Regex: "a", Detector: "oracle"},
		"checksum":   {Regex: "a", Checksum: "abacus"},
		"allowlist":  {Regex: "a", Allowlists: []rules.Allowlist{{Regexes: []string{"("}}}},
		"allow path": {Regex: "a", Allowlists: []rules.Allowlist{{Paths: []string{"("}}}},
	} {
		r.ID = "mine"
		if _, err := New(set(r), Options{}); err == nil || !strings.Contains(err.Error(), `rule "mine"`) {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	bad := set(tok)
	bad.Allowlists = []rules.Allowlist{{Paths: []string{"("}}}
	if _, err := New(bad, Options{}); err == nil {
		t.Error("a bad global allowlist is no error")
	}
}
