package report

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// A command is a line of the standard output as GitHub's runner reads it.
type command struct {
	level, message string
	properties     map[string]string
}

func commands(t testing.TB, out string) []command {
	t.Helper()
	var all []command
	unescape := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace
	for line := range strings.Lines(out) {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "::")
		head, message, ended := strings.Cut(rest, "::")
		if !ok || !ended {
			t.Fatalf("%q is no command", line)
		}
		level, list, _ := strings.Cut(head, " ")
		c := command{level: level, message: unescape(message), properties: map[string]string{}}
		for p := range strings.SplitSeq(list, ",") {
			name, value, ok := strings.Cut(p, "=")
			if !ok || c.properties[name] != "" || strings.ContainsAny(value, ":") {
				t.Fatalf("%q in %q is no property", p, line)
			}
			c.properties[name] = unescape(value)
		}
		all = append(all, c)
	}
	return all
}

// TestNoNameIsACommand: a file's name is a property, whatever is in it.
func TestNoNameIsACommand(t *testing.T) {
	for _, name := range nastyNames() {
		f := findingOf("acme-token", secretFor("a"), "x "+secretFor("a"), mudlark.Origin{Source: "dir", Path: name}, 3)
		f.Key = name
		run := exampleRun()
		run.Rules[0].Description, run.Rules[0].Revoke = name, name
		got := commands(t, (&recording{run: run, found: []mudlark.Finding{f}, summary: mudlark.Summary{Verdict: mudlark.Found, Findings: 1}}).write(t, "github", Options{Redact: 100}))
		if len(got) != 1 || got[0].level != "error" {
			t.Errorf("%q: got %+v", name, got)
			continue
		}
		for p := range got[0].properties {
			if !strings.Contains(" file line endLine col endColumn title ", " "+p+" ") {
				t.Errorf("%q: a property %q", name, p)
			}
		}
	}
	for _, c := range commands(t, nastyScan().write(t, "github", Options{})) {
		if !strings.Contains("error warning notice", c.level) {
			t.Errorf("a command %q", c.level)
		}
	}
}

func TestAnnotationsLieOnTheLineThatHasTheSecret(t *testing.T) {
	head := heldBy(mudlark.HeldByRef, "HEAD", "HEAD")
	for _, c := range []struct {
		name string
		o    mudlark.Origin
		want string
	}{
		{"a file", mudlark.Origin{Source: "dir", Path: "a b,c:d%/ü.txt"}, "a b,c:d%/ü.txt 7 7 5 40"},
		{"at the tip", mudlark.Origin{Source: "git", Path: "a.txt", Exposure: head}, "a.txt 7 7 5 40"},
		{"only in history", mudlark.Origin{Source: "git", Path: "a.txt", Exposure: heldBy(mudlark.HeldByRef, "HEAD", "")}, ""},
		{"a member", mudlark.Origin{Source: "dir", Path: "a.zip!b.txt"}, "a.zip 1"},
		{"a message", mudlark.Origin{Source: "git", Part: "commit message", Exposure: head}, ""},
		{"a name", mudlark.Origin{Source: "git", Path: "a.txt", Part: "path name", Exposure: head}, "a.txt 1"},
		{"elsewhere", mudlark.Origin{Source: "dir", Path: "/etc/x"}, ""},
	} {
		f := findingOf("acme-key", secretFor("a"), "key "+secretFor("a"), c.o, 7)
		p := commands(t, (&recording{run: exampleRun(), found: []mudlark.Finding{f}, summary: mudlark.Summary{Verdict: mudlark.Found}}).write(t, "github", Options{}))[0].properties
		if got := strings.Join(strings.Fields(strings.Join([]string{p["file"], p["line"], p["endLine"], p["col"], p["endColumn"]}, " ")), " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	pem := findingOf("acme-key", secretFor("a"), secretFor("a"), mudlark.Origin{Source: "dir", Path: "a.pem"}, 1)
	pem.Position.EndLine = 4
	if p := commands(t, (&recording{found: []mudlark.Finding{pem}, summary: mudlark.Summary{Verdict: mudlark.Found}}).write(t, "github", Options{}))[0].properties; p["endLine"] != "4" || p["col"] != "" {
		t.Errorf("several lines: got %v", p)
	}
}

// TestGitHubShowsTheGravest: it shows ten of each level, and drops others without
// a word.
func TestGitHubShowsTheGravest(t *testing.T) {
	r := floodScan(1000)
	for i := range r.found {
		switch i % 3 {
		case 1:
			r.found[i].Confidence = mudlark.Medium
		case 2:
			r.found[i].Confidence = mudlark.Low
		}
	}
	r.found[999].Verification = mudlark.Verification{Status: mudlark.Active}
	got := map[string][]command{}
	for _, c := range commands(t, r.write(t, "github", Options{Redact: 100})) {
		got[c.level] = append(got[c.level], c)
	}
	for level, n := range map[string]int{"error": 334, "warning": 333, "notice": 333} {
		list := got[level]
		if want := fmt.Sprintf("And %d more of this level", n-9); len(list) != 10 || !strings.HasPrefix(list[9].message, want) {
			t.Errorf("%s: %d, the last %+v, want %s", level, len(list), list[len(list)-1], want)
		}
	}
	if first := got["error"][0].properties["file"]; first != "flood/999.log" {
		t.Errorf("what works is not the first: %s", first)
	}
	if n := len(commands(t, floodScan(10).write(t, "github", Options{}))); n != 10 {
		t.Errorf("of ten %d are shown", n)
	}
}

func TestGitHubIsToldWhatWasNotRead(t *testing.T) {
	if out := emptyScan(true).write(t, "github", Options{}); out != "" {
		t.Errorf("nothing was found, and it says %s", out)
	}
	for level, r := range map[string]*recording{
		"error":   emptyScan(false),
		"warning": {summary: mudlark.Summary{Verdict: mudlark.Found, Incomplete: true, Findings: 1}},
	} {
		got := commands(t, r.write(t, "github", Options{}))
		if len(got) != 1 || got[0].level != level || got[0].properties["title"] != "mudlark: not everything was read" {
			t.Errorf("%s: got %+v", level, got)
		}
	}
}

func TestTheJobSummaryHasAll(t *testing.T) {
	var summary strings.Builder
	out := floodScan(2000).write(t, "github", Options{Redact: 100, Summary: &summary})
	if !strings.Contains(out, "The summary of the job lists the secrets.") || strings.Count(summary.String(), "\n| ")-1 != 2000 {
		t.Error("the summary does not list all secrets")
	}
	summary.Reset()
	floodScan(25_001).write(t, "github", Options{Redact: 100, Verbose: true, Summary: &summary})
	if n := summary.Len(); n > githubMaxSummary+1 || !strings.Contains(summary.String(), "more secrets that have no room here") {
		t.Errorf("the summary has %d bytes", n)
	}
}

func TestASummaryThatCannotBeWrittenIsSaid(t *testing.T) {
	var out strings.Builder
	s, err := New("github", &out, Options{Summary: full{}})
	must(t, err)
	must(t, s.Begin(mudlark.Run{}))
	if err := s.End(mudlark.Summary{Verdict: mudlark.Clean}); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}
