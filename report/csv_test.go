package report

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

func rows(t testing.TB, text string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(t, err)
	return all
}

func TestCSVHasGitleaksColumnsFirst(t *testing.T) {
	const gitleaks = "RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine,EndLine,StartColumn,EndColumn,Author,Message,Date,Email,Fingerprint,Tags,"
	out := exampleScan().write(t, "csv", Options{Redact: 100})
	if !strings.HasPrefix(out, gitleaks+"Description,") {
		t.Errorf("got %.300s", out)
	}
	r := exampleScan()
	r.found[0].Origin.Link = "https://example.com/a"
	if out := r.write(t, "csv", Options{Redact: 100}); !strings.HasPrefix(out, gitleaks+"Link,Description,") {
		t.Errorf("with a link: got %.300s", out)
	}
}

func TestCSVOfNothingIsEmpty(t *testing.T) {
	for _, whole := range []bool{true, false} {
		if out := emptyScan(whole).write(t, "csv", Options{}); out != "" {
			t.Errorf("got %q", out)
		}
	}
}

func TestCSVListsWhatCounts(t *testing.T) {
	counting := 0
	for _, f := range exampleScan().found {
		if f.Counts() {
			counting++
		}
	}
	if got := len(rows(t, exampleScan().write(t, "csv", Options{}))); got != counting+1 {
		t.Errorf("%d rows, want %d", got, counting+1)
	}
	all := rows(t, exampleScan().write(t, "csv", Options{Verbose: true}))
	if got, want := len(all), len(exampleScan().found)+1; got != want {
		t.Errorf("with all: %d rows, want %d", got, want)
	}
	last := all[len(all)-1]
	if got := strings.Join(last[len(last)-2:], " "); got != "true assessment: its checksum is wrong" {
		t.Errorf("got %q", got)
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, redact := range []int{0, 100} {
		all := rows(t, nastyScan().write(t, "csv", Options{Redact: redact}))
		if got, want := len(all), 5*len(nastyNames())+1; got != want {
			t.Fatalf("%d rows, want %d", got, want)
		}
		for _, row := range all {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n ") || strings.HasPrefix(cell, "＝") {
					t.Errorf("the cell %q is a formula", cell)
				}
			}
		}
	}
}

func TestACellIsReadAsItWasWritten(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a", "a,b": "a,b", `say "hi"`: `say "hi"`, "a\nb": "a\nb", "a;b": "a;b", "=1": "'=1", "a=1": "a=1", "\x1b": `\x1b`, "it's": "it's", "-": "'-",
	} {
		if got := rows(t, csvCell(in)+",x\n")[0][0]; got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCSVTellsWhatAProviderSaid(t *testing.T) {
	f := standingOf("acme-token", "live", mudlark.Verification{
		Status: mudlark.Active, Privilege: mudlark.PrivilegeAdmin, Identity: []mudlark.Fact{{Name: "login", Value: "ci"}}, Reason: "it said so",
	})
	f.Assessment = mudlark.Assessment{Verdict: mudlark.TestMode, Reason: "of the test mode"}
	all := rows(t, (&recording{run: exampleRun(), found: []mudlark.Finding{f}}).write(t, "csv", Options{Redact: 100}))
	got := map[string]string{}
	for i, name := range all[0] {
		got[name] = all[1][i]
	}
	for name, want := range map[string]string{
		"Status": "active", "StatusReason": "it said so", "Privilege": "admin", "Owner": "login ci", "Assessment": "test",
		"AssessmentReason": "of the test mode", "Severity": "critical", "Confidence": "high", "Suppressed": "false",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
}
