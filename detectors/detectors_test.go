package detectors

import (
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// tok finds made-up tokens, and par their companions.
var (
	tok = rules.Rule{ID: "tok", Regex: `\btok_[0-9a-z]{10}\b`, Keywords: []string{"tok_"}}
	par = rules.Rule{ID: "par", Regex: `\bpar_[0-9a-z]{10}\b`, Keywords: []string{"par_"}}
)

const (
	t1 = "tok_4f7q2m9xk1"
	t2 = "tok_8h3v6n0zb5"
	p1 = "par_w2s7d1k9q4"
)

// set returns a set of rules, sorted by ID as sets are.
func set(list ...rules.Rule) *rules.Set {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b rules.Rule) int { return strings.Compare(a.ID, b.ID) })
	return &rules.Set{Rules: list}
}

// spans makes spans of their ends.
func spans(ends ...int) []mudlark.Span {
	list := []mudlark.Span{}
	for i := 0; i < len(ends); i += 2 {
		list = append(list, mudlark.Span{Start: ends[i], End: ends[i+1]})
	}
	return list
}

func detectChunk(e *Engine, c mudlark.Chunk) (found []mudlark.Finding, stats Stats) {
	stats = e.Detect(c, func(f mudlark.Finding) { found = append(found, f) })
	return found, stats
}

func TestTheSecretIsTheGroup(t *testing.T) {
	for _, test := range []struct {
		regex string
		group int
		want  string
	}{
		{`key=(\w+) (\w+)`, 0, "q7Rk"}, {`key=(\w+) (\w+)`, 2, "2mXv"}, {`key=(x)?(\w+)`, 0, "q7Rk"}, {`key=\w+`, 0, "key=q7Rk"}, {`key=()\w+`, 0, "key=q7Rk"},
	} {
		e := engine(t, set(rules.Rule{ID: "r", Regex: test.regex, SecretGroup: test.group, Keywords: []string{"key"}}), Options{})
		found := detect(e, "key=q7Rk 2mXv")
		if len(found) != 1 || found[0].Secret.Reveal() != test.want {
			t.Errorf("%s, group %d: got %v", test.regex, test.group, found)
		}
	}
}

func TestEntropyMustBeGreater(t *testing.T) {
	// "abcd" has two bits a character; the umlauts have fewer, for bytes divide.
	for _, test := range []struct {
		secret string
		least  float64
		want   int
	}{{"abcd", 1.99, 1}, {"abcd", 2, 0}, {"äöüß", 1.4, 1}, {"äöüß", 1.6, 0}} {
		e := engine(t, set(rules.Rule{ID: "r", Regex: `key=(\S+)`, Entropy: test.least, Keywords: []string{"key"}}), Options{})
		if found := detect(e, "key="+test.secret); len(found) != test.want {
			t.Errorf("%s above %v: got %d, want %d", test.secret, test.least, len(found), test.want)
		}
	}
}

func TestPathsOfRules(t *testing.T) {
	r, file := tok, rules.Rule{ID: "file", Path: `\.pem$`}
	r.Path = `\.env$`
	e := engine(t, set(r, file), Options{})
	for _, test := range []struct {
		path  string
		paths []string
		part  string
		want  []string
	}{
		{"", nil, "", []string{"tok"}},
		{"a.env", nil, "", []string{"tok"}},
		{"a.txt", nil, "", nil},
		{"a.txt", []string{"b.txt", "c.env"}, "", []string{"tok"}},
		{"", []string{"b.txt", "c.txt"}, "", nil},
		{"key.pem", nil, "", []string{"file"}},
		{"key.pem", nil, "path name", nil},
		{"", []string{"a.pem", "b.pem"}, "", []string{"file", "file"}},
	} {
		found, _ := detectChunk(e, mudlark.Chunk{Data: []byte(t1), Origin: mudlark.Origin{Path: test.path, Part: test.part}, Paths: test.paths})
		if got := ids(found); !slices.Equal(got, test.want) {
			t.Errorf("%+v: got %v", test, got)
		}
		for _, f := range found {
			if f.RuleID == "file" && (f.Match.Reveal() != "file detected: "+f.Origin.Path || f.Position.StartLine != 1) {
				t.Errorf("got %q at %+v", f.Match.Reveal(), f.Position)
			}
		}
	}
	if !e.Applies(mudlark.Finding{RuleID: "tok", Origin: mudlark.Origin{Path: "x.env"}}) || e.Applies(mudlark.Finding{RuleID: "tok", Origin: mudlark.Origin{Path: "x.go"}}) {
		t.Error("Applies does not heed the rule's path")
	}
	if e.Excluded("a.env") || !e.Excluded("a.txt") || e.Excluded("") {
		t.Error("Excluded does not heed the rules' paths")
	}
}

func TestPiecesOfContentTellOfAPathOnce(t *testing.T) {
	e := engine(t, set(rules.Rule{ID: "file", Path: `\.pem$`}), Options{})
	for _, c := range []mudlark.Chunk{{Offset: 10}, {Line: 3}} {
		c.Origin.Path = "a.pem"
		if found, _ := detectChunk(e, c); len(found) != 0 {
			t.Errorf("%+v: got %d", c, len(found))
		}
	}
}
