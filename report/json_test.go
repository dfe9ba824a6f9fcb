package report

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// TestJSONHasGitleaksKeysFirst: whoever reads gitleaks' reports finds the same
// keys in the same order.
func TestJSONHasGitleaksKeysFirst(t *testing.T) {
	f := findingOf("acme-token", secretFor("a"), "x = "+secretFor("a"), mudlark.Origin{Source: "git", Path: "a.txt", Link: "https://example.com/a"}, 3)
	out := (&recording{run: exampleRun(), found: []mudlark.Finding{f}}).write(t, "json", Options{Redact: 100})
	_, list, _ := strings.Cut(out, `"findings": [`)
	var keys []string
	for _, m := range regexp.MustCompile(`(?m)^   "(\w+)":`).FindAllStringSubmatch(list, 19) {
		keys = append(keys, m[1])
	}
	const want = "RuleID Description StartLine EndLine StartColumn EndColumn Match Secret File SymlinkFile Commit Link Entropy " +
		"Author Email Date Message Tags Fingerprint"
	if got := strings.Join(keys, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, want := range []string{`"StartColumn": 5,`, `"EndColumn": 40,`, `"Date": "",`, `"Tags": [],`, `"Suppressed": false`} {
		if !strings.Contains(list, want) {
			t.Errorf("%s is missing in\n%s", want, list)
		}
	}
}

func TestJSONOfNothingHasEmptyLists(t *testing.T) {
	out := (&recording{summary: mudlark.Summary{Verdict: mudlark.Clean}}).write(t, "json", Options{})
	var doc struct {
		Version         int
		Verdict         string
		Skips, Findings []any
	}
	must(t, json.Unmarshal([]byte(out), &doc))
	if doc.Version != jsonVersion || doc.Verdict != "clean" || doc.Skips == nil || doc.Findings == nil {
		t.Errorf("got %+v", doc)
	}
}

func TestJSONEscapesWhatIsNotSeen(t *testing.T) {
	path := "a\x1b[31m\u009b\u202e\u200b\U000e0041\x7f<&>ü漢😀.txt"
	f := findingOf("acme-token", secretFor("a"), secretFor("a"), mudlark.Origin{Source: "git", Path: path}, 1)
	for _, format := range []string{"json", "jsonl", "sarif"} {
		out := (&recording{found: []mudlark.Finding{f}}).write(t, format, Options{})
		mustBeSafe(t, out)
		var doc any
		must(t, json.Unmarshal([]byte(strings.Split(out+"\n", "\n{\"summary")[0][max(0, strings.Index(out, "{\"finding")):]), &doc))
	}
	out := (&recording{found: []mudlark.Finding{f}}).write(t, "json", Options{})
	var doc struct{ Findings []struct{ File string } }
	must(t, json.Unmarshal([]byte(out), &doc))
	if doc.Findings[0].File != path {
		t.Errorf("got %q, want %q", doc.Findings[0].File, path)
	}
}
