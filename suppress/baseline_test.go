package suppress_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/suppress"
)

func found(rule, secret, path string, line, column int) *mudlark.Finding {
	f := &mudlark.Finding{RuleID: rule, Secret: mudlark.NewSensitive(secret), Fingerprint: "v1:" + rule + ":0123456789abcdef", Entropy: 3.5}
	f.Origin.Path = path
	f.Position = mudlark.Position{StartLine: line, EndLine: line, StartColumn: column, EndColumn: column + len(secret)}
	return f
}

func read(t *testing.T, text string) (suppress.List, []string) {
	t.Helper()
	list, notices, err := suppress.ReadBaseline("old.json", strings.NewReader(text), suppress.BaselineOptions{
		Names:     func(id string) []string { return map[string][]string{"acme-token": {"acme-api-token"}}[id] },
		Guessable: func(id string) bool { return id == "password" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, notices
}

func foreign(rule, secret, path string, line string) string {
	return `[{"RuleID": "` + rule + `", "Secret": "` + secret + `", "File": "` + path + `", "StartLine": ` + line + `, "EndLine": ` + line +
		`, "StartColumn": 3, "EndColumn": 30, "Commit": "", "Entropy": 3.5000002}]`
}

// TestGitleaksBaselineIsComparedByContent wherever the secret went, and only the
// secret that it holds is old.
func TestGitleaksBaselineIsComparedByContent(t *testing.T) {
	const long, short = "a-secret-of-more-than-16", "short-one"
	for _, tt := range []struct {
		name, baseline string
		finding        *mudlark.Finding
		old            bool
	}{
		{"moved and renamed", foreign("other-rule", long, "a.txt", "9"), found("acme-token", long, "b/c.txt", 1, 1), true},
		{"in quotes there", foreign("acme-api-token", `\"`+long+`\"`, "a.txt", "9"), found("acme-token", long, "a.txt", 1, 1), true},
		{"another secret in its place", foreign("acme-api-token", long, "a.txt", "9"), found("acme-token", "x"+long[1:], "a.txt", 9, 3), false},
		{"short, same file", foreign("other-rule", short, "a.txt", "9"), found("acme-token", short, "a.txt", 1, 1), true},
		{"short, same family", foreign("acme-api-token", short, "a.txt", "9"), found("acme-token", short, "b.txt", 1, 1), true},
		{"short, nothing else alike", foreign("other-rule", short, "a.txt", "9"), found("acme-token", short, "b.txt", 1, 1), false},
		{"redacted, same place", foreign("acme-api-token", "REDACTED", "a.txt", "9"), found("acme-token", long, "a.txt", 9, 4), true},
		{"redacted in part", foreign("acme-api-token", "a-s...", "a.txt", "9"), found("acme-token", long, "a.txt", 9, 4), true},
		{"redacted in part, another beginning", foreign("acme-api-token", "b-s...", "a.txt", "9"), found("acme-token", long, "a.txt", 9, 4), false},
		{"redacted, another entropy", strings.Replace(foreign("acme-api-token", "REDACTED", "a.txt", "9"), "3.5000002", "3.6", 1), found("acme-token", long, "a.txt", 9, 4), false},
		{"redacted, nothing but a line", `[{"RuleID": "acme-api-token", "Secret": "", "File": "a.txt", "StartLine": 9}]`, found("acme-token", long, "a.txt", 9, 4), false},
		{"redacted, another line", foreign("acme-api-token", "REDACTED", "a.txt", "9"), found("acme-token", long, "a.txt", 10, 4), false},
		{"redacted, behind it on the line", foreign("acme-api-token", "REDACTED", "a.txt", "9"), found("acme-token", long, "a.txt", 9, 60), false},
		{"redacted, another rule", foreign("acme-api-token", "REDACTED", "a.txt", "9"), found("password", long, "a.txt", 9, 4), false},
		{"none", "[]", found("acme-token", long, "a.txt", 1, 1), false},
	} {
		list, _ := read(t, tt.baseline)
		by, old := list.Find(tt.finding, time.Time{})
		if old != tt.old || old && by.By != mudlark.ByBaseline {
			t.Errorf("%s: %v %+v", tt.name, old, by)
		}
		for _, e := range list.Entries() {
			if (e.Hidden == 1) != tt.old || strings.Contains(e.Text, long) || strings.Contains(e.Text, short) {
				t.Errorf("%s: entry %+v", tt.name, e)
			}
		}
	}
}

// own is a report of ours with one finding.
func own(masked, rule, more string) string {
	return `{"version": 1, "verdict": "findings", "run": {"masked": ` + masked + `}, "findings": [{"RuleID": "` + rule +
		`", "File": "a.txt", "StartLine": 4, "Entropy": 3.5, "Secret": "REDACTED", "Fingerprint": "v1:` + rule + `:0123456789abcdef"` + more + `}]}`
}

func TestOwnReportAsBaseline(t *testing.T) {
	other := found("password", "hunter2hunter2", "a.txt", 4, 1)
	other.Entropy = 2.25
	commit := found("password", "hunter2hunter2", "a.txt", 4, 1)
	commit.Entropy, commit.Origin.Commit = 2.25, &mudlark.Commit{ID: strings.Repeat("a", 40)}
	for _, tt := range []struct {
		name, baseline string
		finding        *mudlark.Finding
		old            bool
	}{
		{"token, anywhere", own("true", "acme-token", ""), found("acme-token", "x", "b.txt", 1, 1), true},
		{"password that looks alike", own("true", "password", ""), found("password", "x", "a.txt", 4, 1), true},
		{"password that looks different", own("true", "password", ""), other, false},
		{"password of that commit", own("true", "password", `, "Commit": "`+strings.Repeat("a", 40)+`"`), commit, true},
		{"password of another commit", own("true", "password", `, "Commit": "`+strings.Repeat("b", 40)+`"`), commit, false},
		{"another password, report shows it", own("false", "password", ""), found("password", "x", "a.txt", 4, 1), false},
		{"same password, report shows it", own("false", "password", ""), found("password", "REDACTED", "a.txt", 4, 1), true},
		{"by a comment then", own("true", "acme-token", `, "Suppression": {"by": "comment"}`), found("acme-token", "x", "a.txt", 4, 1), false},
		{"by a baseline then", own("true", "acme-token", `, "Suppression": {"by": "baseline"}`), found("acme-token", "x", "a.txt", 4, 1), true},
	} {
		list, _ := read(t, tt.baseline)
		if _, old := list.Find(tt.finding, time.Time{}); old != tt.old {
			t.Errorf("%s: %v", tt.name, old)
		}
	}
}

// TestWhatABaselineHidesBesidesIsSaid: entries that name places, and secrets that
// lie open.
func TestWhatABaselineHidesBesidesIsSaid(t *testing.T) {
	for _, tt := range []struct{ baseline, want string }{
		{own("true", "password", ""), "Set MUDLARK_KEY"},
		{own("false", "password", ""), "holds secrets as they are"},
		{own("true", "acme-token", ""), ""},
		{foreign("r", "REDACTED", "a", "1"), "another secret at its place is hidden too"},
		{foreign("r", "open", "a", "1"), "holds a secret as it is"},
	} {
		_, notices := read(t, tt.baseline)
		if got := strings.Join(notices, " "); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q", tt.baseline, got)
		}
	}
}

// TestABaselineThatIsNotWholeIsAnError and never an empty list.
func TestABaselineThatIsNotWholeIsAnError(t *testing.T) {
	whole := own("true", "acme-token", "")
	stream := `{"run":{"masked":true}}` + "\n" + `{"finding":{"rule":"acme-token","fingerprint":"v1:acme-token:0123456789abcdef"}}` + "\n"
	list, _ := read(t, stream+`{"summary":{}}`)
	if n := len(list.Entries()); n != 1 {
		t.Errorf("%d entries of a stream", n)
	}
	for _, bad := range []string{
		"", "nonsense", "{}", "[1]", `[{"RuleID": ""}]`, `[{"RuleID": "a", "StartLine": "x"}]`, whole[:len(whole)-2], whole[:len(whole)-1],
		foreign("r", "s", "p", "1")[:40], foreign("r", "s", "p", "1") + "[]", whole + "{}", stream, stream + `{"summary":`, `{"version": 1, "verdict": "clean"}`,
		`{"version": 1, "verdict": "findings", "findings": [{"RuleID": "r", "Fingerprint": "a:r:1"}]}`, "PK\x03\x04",
	} {
		_, _, err := suppress.ReadBaseline("old.json", strings.NewReader(bad), suppress.BaselineOptions{})
		if !errors.Is(err, suppress.ErrBaseline) || !strings.Contains(err.Error(), `"old.json"`) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestEntriesThatAreOverAreCounted(t *testing.T) {
	const fp = "v1:acme-token:0123456789abcdef"
	var ignore suppress.Ignore
	if err := ignore.Read("ignore", strings.NewReader(fp+" for now until=2026-05-31\nv1:other:0123456789abcdef\na.txt:acme-token:4\n")); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	by, ok := suppress.Find([]suppress.List{&ignore}, found("acme-token", "x", "a.txt", 4, 1), now)
	if !ok || by.Place != "ignore:3" {
		t.Errorf("%v %+v", ok, by)
	}
	want := mudlark.FileUse{File: "ignore", Kind: mudlark.ByIgnoreFile, Entries: 3, Unused: 1, Expired: 1, Positional: 1}
	if got := suppress.Uses([]suppress.List{&ignore}, now); len(got) != 1 || got[0] != want {
		t.Errorf("%+v", got)
	}
	if e := ignore.Entries()[0]; e.Missed != 1 || e.Hidden != 0 {
		t.Errorf("%+v", e)
	}
}

func FuzzReadBaseline(f *testing.F) {
	f.Add([]byte(own("true", "password", "")))
	f.Add([]byte(foreign("r", "s", "p", "1")))
	f.Add([]byte(`{"run":{}}` + "\n" + `{"summary":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, _, err := suppress.ReadBaseline("b", bytes.NewReader(data), suppress.BaselineOptions{})
		if (err == nil) == (list == nil) {
			t.Error("neither a list nor an error, or both")
		}
		if list != nil {
			list.Find(found("r", "s", "p", 1, 1), time.Time{})
		}
	})
}
