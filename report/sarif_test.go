package report

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mudlark-scan/mudlark"
)

// sarifSchema compiles the schema once, with the formats (uri) checked.
var sarifSchema = sync.OnceValues(func() (*jsonschema.Schema, error) { return compiled("testdata/sarif-2.1.0.json") })

// compiled is the schema in a file, with formats (uri) checked.
func compiled(path string) (*jsonschema.Schema, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(path, doc); err != nil {
		return nil, err
	}
	return c.Compile(path)
}

func validate(t testing.TB, log string) {
	t.Helper()
	schema, err := sarifSchema()
	must(t, err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(log))
	must(t, err)
	if err := schema.Validate(doc); err != nil {
		t.Fatalf("the log is not valid: %v", err)
	}
}

// A log is what the tests read of SARIF, beyond the types that are written.
type log struct {
	Runs []struct {
		Tool        sarifTool
		Details     struct{ ID string } `json:"automationDetails"`
		ColumnKind  string
		Invocations []sarifInvocation
		Results     []sarifResult
	}
}

func parse(t testing.TB, text string) log {
	t.Helper()
	var l log
	must(t, json.Unmarshal([]byte(text), &l))
	return l
}

func TestSARIFIsValid(t *testing.T) {
	validate(t, exampleScan().write(t, "sarif", Options{Redact: 100}))
	validate(t, exampleScan().write(t, "sarif", Options{}))
	for seed := range uint64(20) {
		r, _ := plantedScan(seed)
		validate(t, r.write(t, "sarif", Options{Redact: 100}))
	}
	empty := &recording{summary: mudlark.Summary{Verdict: mudlark.Clean}}
	out := empty.write(t, "sarif", Options{})
	validate(t, out)
	if l := parse(t, out); l.Runs[0].Results == nil || !l.Runs[0].Invocations[0].Successful {
		t.Error("nothing found: want an empty list of results, of a scan that went well")
	}
}

// TestTheSchemaCatches: the tests above rest on it.
func TestTheSchemaCatches(t *testing.T) {
	schema, err := sarifSchema()
	must(t, err)
	text := exampleScan().write(t, "sarif", Options{})
	for _, c := range [][2]string{{`"startLine": 3`, `"startLine": 0`}, {`"level": "error"`, `"level": "bad"`}} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(text, c[0], c[1], 1)))
		must(t, err)
		if schema.Validate(doc) == nil {
			t.Errorf("%s is taken", c[1])
		}
	}
}

// TestSARIFHoldsWhatCodeScanningWants checks every result by GitHub's rules.
func TestSARIFHoldsWhatCodeScanningWants(t *testing.T) {
	l := parse(t, exampleScan().write(t, "sarif", Options{Redact: 100}))
	run := l.Runs[0]
	if run.ColumnKind != "utf16CodeUnits" || run.Details.ID != "mudlark/git/" || run.Invocations[0].Successful {
		t.Errorf("got %q, %q, successful %v", run.ColumnKind, run.Details.ID, run.Invocations[0].Successful)
	}
	if got, want := len(run.Invocations[0].Notifications), 10+1+1; got != want {
		t.Errorf("%d notifications, want %d: each skip, the fold, the note", got, want)
	}
	for _, r := range run.Results {
		place := r.Locations[0].Physical
		u, err := url.Parse(place.Artifact.URI)
		if err != nil || strings.ContainsAny(place.Artifact.URI, " \"<>\\^`{|}") || u.IsAbs() || strings.HasPrefix(u.Path, "/") || strings.Contains("/"+u.Path+"/", "/../") {
			t.Errorf("%q is no relative URI", place.Artifact.URI)
		}
		if place.Region.StartLine < 1 || r.Message.Text == "" || r.Partial["primaryLocationLineHash"] == "" {
			t.Errorf("%+v lacks something", r)
		}
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("rule index %d is not %s", r.RuleIndex, r.RuleID)
		}
		if r.Suppressions == nil {
			t.Errorf("%s has no list of suppressions, and others have", r.Message.Text)
		}
	}
	for _, rule := range run.Tool.Driver.Rules {
		if p := rule.Properties; p.SecuritySeverity == "" || p.Tags[0] != "security" || rule.Help.Text == "" || rule.Help.Markdown == "" {
			t.Errorf("rule %s lacks something", rule.ID)
		}
	}
}

func TestPlacesInSARIF(t *testing.T) {
	head := heldBy(mudlark.HeldByRef, "HEAD refs/heads/main", "HEAD refs/heads/main")
	gone := heldBy(mudlark.HeldByRef, "HEAD refs/heads/main", "")
	commit := &mudlark.Commit{ID: "c0ffee"}
	const print = "0123456789abcdef:1"
	for _, c := range []struct {
		name    string
		o       mudlark.Origin
		uri     string
		line    int
		hash    string
		message string
	}{
		{"file", mudlark.Origin{Source: "dir", Path: "a/b.txt"}, "a/b.txt", 7, "1a:1", "in a/b.txt, line 7."},
		{"absolute file in the target", mudlark.Origin{Source: "dir", Path: "/home/x/repo/b.txt"}, "b.txt", 7, "1a:1", "line 7"},
		{"absolute file elsewhere", mudlark.Origin{Source: "dir", Path: "/etc/x"}, "README.md", 1, print, "in /etc/x, line 7"},
		{"upward", mudlark.Origin{Source: "dir", Path: "a/../../x"}, "README.md", 1, print, "x"},
		{"windows", mudlark.Origin{Source: "dir", Path: "C:/x"}, "README.md", 1, print, "C:/x"},
		{"colon, question mark", mudlark.Origin{Source: "dir", Path: "http:?#x%20"}, "http%3A%3F%23x%2520", 7, "1a:1", "in http"},
		{"exclamation mark", mudlark.Origin{Source: "dir", Path: "wow!/file!.txt"}, "wow%21/file%21.txt", 7, "1a:1", "wow!/file!.txt"},
		{"member", mudlark.Origin{Source: "dir", Path: "a/x y.tar.gz!in.zip!b.txt"}, "a/x%20y.tar.gz", 1, print, "in the member in.zip!b.txt of the archive, line 7."},
		{"git tip", mudlark.Origin{Source: "git", Path: "a.txt", Commit: commit, Exposure: head}, "a.txt", 7, "1a:1", "in a.txt, line 7."},
		{"git history", mudlark.Origin{Source: "git", Path: "a.txt", Commit: commit, Exposure: gone}, "a.txt", 1, print, "only in history: commit c0ffee, path a.txt, line 7."},
		{"old member", mudlark.Origin{Source: "git", Path: "a.zip!b", Commit: commit, Exposure: gone}, "a.zip", 1, print, "only in history: commit c0ffee, path a.zip!b, line 7."},
		{
			"other branch", mudlark.Origin{Source: "git", Path: "a.txt", Commit: commit, Exposure: heldBy(mudlark.HeldByRef, "refs/heads/dev", "refs/heads/dev")},
			"a.txt", 1, print, "still on dev: commit c0ffee, path a.txt, line 7.",
		},
		{"staged", mudlark.Origin{Source: "git", Path: "a.txt", Exposure: heldBy(mudlark.HeldByIndex, "", "")}, "a.txt", 7, "1a:1", "in a.txt"},
		{"stash", mudlark.Origin{Source: "git", Path: "a.txt", Exposure: heldBy(mudlark.HeldByStash, "", "")}, "a.txt", 1, print, "only in a stash: path a.txt"},
		{"commit message", mudlark.Origin{Source: "git", Part: "commit message", Commit: commit, Exposure: head}, "README.md", 1, print, "in commit c0ffee, commit message, line 7."},
		{"config", mudlark.Origin{Source: "git", Path: ".git/config", Part: "config", Exposure: heldBy(mudlark.HeldByWorktree, "", "")}, "README.md", 1, print, "path .git/config, line 7."},
		{"path name", mudlark.Origin{Source: "git", Path: "a.txt", Part: "path name", Commit: commit, Exposure: head}, "a.txt", 1, print, "path name, path a.txt"},
	} {
		f := findingOf("acme-key", secretFor("a"), "key "+secretFor("a"), c.o, 7)
		f.LineHash, f.Fingerprint = "1a:1", "v1:acme-key:0123456789abcdef"
		r := &recording{run: mudlark.Run{Source: "git", Target: "/home/x/repo"}, found: []mudlark.Finding{f}}
		out := r.write(t, "sarif", Options{Redact: 100})
		validate(t, out)
		got := parse(t, out).Runs[0].Results[0]
		place := got.Locations[0].Physical
		if place.Artifact.URI != c.uri || place.Region.StartLine != c.line || got.Partial["primaryLocationLineHash"] != c.hash {
			t.Errorf("%s: got %s line %d hash %s, want %s line %d hash %s", c.name,
				place.Artifact.URI, place.Region.StartLine, got.Partial["primaryLocationLineHash"], c.uri, c.line, c.hash)
		}
		if !strings.Contains(got.Message.Text, c.message) {
			t.Errorf("%s: %q is not in %q", c.name, c.message, got.Message.Text)
		}
	}
}

func TestAnAnchorTakesWhatLiesInNoFile(t *testing.T) {
	f := findingOf("acme-key", secretFor("a"), secretFor("a"), mudlark.Origin{Source: "git", Part: "commit message"}, 1)
	for anchor, want := range map[string]string{"": "README.md", "docs/Read me.txt": "docs/Read%20me.txt", "/etc/passwd": "README.md"} {
		r := &recording{found: []mudlark.Finding{f}}
		got := parse(t, r.write(t, "sarif", Options{Anchor: anchor})).Runs[0].Results[0].Locations[0].Physical.Artifact.URI
		if got != want {
			t.Errorf("anchor %q: got %q, want %q", anchor, got, want)
		}
	}
}

func TestColumnsCountUTF16(t *testing.T) {
	for _, c := range []struct {
		p    mudlark.Position
		want string
	}{
		{mudlark.Position{StartLine: 2, EndLine: 2, StartColumn: 9, EndColumn: 20, StartUTF16: 5, EndUTF16: 16}, "{2 5 2 16}"},
		{mudlark.Position{StartLine: 2, EndLine: 4, StartUTF16: 5, EndUTF16: 1}, "{2 5 4 1}"},
		{mudlark.Position{StartLine: 2, EndLine: 2, StartUTF16: 5, EndUTF16: 5}, "{2 5 0 0}"},
		{mudlark.Position{StartLine: 2, EndLine: 1, StartUTF16: 5, EndUTF16: 9}, "{2 5 2 9}"},
		{mudlark.Position{StartLine: 2}, "{2 0 0 0}"},
		{mudlark.Position{StartLine: -2, StartUTF16: -1}, "{1 0 0 0}"},
		{mudlark.Position{}, "{1 0 0 0}"},
	} {
		if got := fmt.Sprint(sarifRegionOf(c.p)); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.p, got, c.want)
		}
	}
}

func TestWhatIsOutOfScopeIsNoResult(t *testing.T) {
	for _, res := range parse(t, exampleScan().write(t, "sarif", Options{Redact: 100})).Runs[0].Results {
		uri := res.Locations[0].Physical.Artifact.URI
		if uri == "suppressed/scope.txt" || uri == "suppressed/confidence.txt" || uri == "suppressed/status.txt" {
			t.Errorf("%s is a result", uri)
		}
		kind, want := "", ""
		if len(*res.Suppressions) > 0 {
			kind = (*res.Suppressions)[0].Kind
		}
		switch uri {
		case "suppressed/comment.txt":
			want = "inSource"
		case "suppressed/baseline.txt", "suppressed/ignore-file.txt", "suppressed/assessment.txt":
			want = "external"
		}
		if kind != want {
			t.Errorf("%s: suppressed %q, want %q", uri, kind, want)
		}
	}
}

func TestSemanticVersions(t *testing.T) {
	for v, want := range map[string]bool{
		"1.2.3": true, "0.1.0-rc.1": true, "1.0.0+abc": true, "1.2": false, "devel": false, "1.02.3": false, "": false, "1.2.3-": false,
	} {
		if isSemantic(v) != want {
			t.Errorf("%q: got %v", v, !want)
		}
	}
}
