package hooks

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

func TestReadPush(t *testing.T) {
	a, b, none := strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("0", 40)
	long := strings.Repeat("c", 64)
	for _, c := range []struct {
		in          string
		sent, known string
		wrong       bool
	}{
		{in: ""},
		{in: "refs/heads/x " + a + " refs/heads/x " + b + "\n", sent: a, known: b},
		{in: "refs/heads/x " + a + " refs/heads/x " + none, sent: a},
		{in: "(delete) " + none + " refs/heads/x " + b + "\n", known: b},
		{in: "refs/heads/x " + a + " refs/heads/x " + b + "\nHEAD " + a + " refs/heads/y " + none + "\r\n", sent: a, known: b},
		{in: "HEAD~1 " + long + " refs/heads/x " + strings.Repeat("0", 64), sent: long},
		{in: "refs/heads/x " + a + " refs/heads/x", wrong: true},
		{in: "refs/heads/x main refs/heads/x " + b, wrong: true},
	} {
		updates, err := ReadPush(strings.NewReader(c.in))
		sent, known := Sent(updates)
		if (err != nil) != c.wrong || strings.Join(sent, " ") != c.sent || strings.Join(known, " ") != c.known {
			t.Errorf("%q: %v %v %v", c.in, sent, known, err)
		}
	}
}

func TestMessageEndsAtScissors(t *testing.T) {
	cut := "# ------------------------ >8 ------------------------\n"
	for _, c := range []struct {
		text, want string
		edited     bool
	}{
		{"subject\n", "subject\n", true},
		{"subject\n# comment\n" + cut + "diff\n-old\n", "subject\n# comment\n", true},
		{"subject\n;" + cut[1:] + "diff", "subject\n", true},
		{"subject\n" + cut + "kept", "subject\n" + cut + "kept", false},
		{"subject\n" + cut[1:] + "no comment", "subject\n" + cut[1:] + "no comment", true},
		{"", "", true},
	} {
		if got := string(Message([]byte(c.text), c.edited)); got != c.want {
			t.Errorf("%q, edited %v: %q", c.text, c.edited, got)
		}
	}
}

// TestNoticeHasAtMost15Lines whatever was found, and always three ways on.
func TestNoticeHasAtMost15Lines(t *testing.T) {
	for _, hook := range All() {
		again := "MUDLARK_SKIP=1"
		if Server(hook) {
			again = "sk whoever runs the server"
		}
		for _, n := range []int{1, 2, 3, 4, 100} {
			for _, skips := range []int{0, 1, 50} {
				var b strings.Builder
				tell(t, NewNotice(hook, &b), n, skips)
				lines := strings.Count(b.String(), "\n")
				if lines > maxLines || lines < 8 {
					t.Errorf("%s, %d findings, %d skips: %d lines", hook, n, skips, lines)
				}
				for _, way := range []string{"  1. ", "  2. ", "  3. ", again, "mudlark ignore v1:rule:0 --reason REASON", "a/0.env:7"} {
					if !strings.Contains(b.String(), way) {
						t.Errorf("%s, %d findings, %d skips: no %q in\n%s", hook, n, skips, way, b.String())
					}
				}
			}
		}
		var b strings.Builder
		tell(t, NewNotice(hook, &b), 0, 50)
		if lines := strings.Count(b.String(), "\n"); lines > maxLines || !strings.Contains(b.String(), again) {
			t.Errorf("%s: %d lines\n%s", hook, lines, b.String())
		}
	}
}

func tell(t *testing.T, n *Notice, findings, skips int) {
	t.Helper()
	err := n.Begin(mudlark.Run{Rules: []mudlark.RuleInfo{{ID: "rule", Description: "Thing: does", Revoke: strings.Repeat("Revoke it. ", 50)}}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range findings {
		f := mudlark.Finding{RuleID: "rule", Fingerprint: fmt.Sprintf("v1:rule:%d", i), Confidence: mudlark.High}
		f.Origin.Path, f.Position.StartLine = fmt.Sprintf("a/%d.env", i), 7
		if err := n.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	for range skips {
		if err := n.Skip(mudlark.Skip{Reason: mudlark.Corrupt, Detail: "damaged", Origin: mudlark.Origin{Path: "b.zip"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.End(mudlark.Summary{Findings: findings, Secrets: findings, Incomplete: skips > 0}); err != nil {
		t.Fatal(err)
	}
}

// TestNamesDoNotBreakLines: a file's name may hold anything.
func TestNamesDoNotBreakLines(t *testing.T) {
	var b strings.Builder
	n := NewNotice(PreCommit, &b)
	f := mudlark.Finding{RuleID: "rule"}
	f.Origin.Path = "a\nmudlark: all is well\r"
	if err := n.Finding(f); err != nil {
		t.Fatal(err)
	}
	if err := n.End(mudlark.Summary{}); err != nil || !strings.Contains(b.String(), `  a\nmudlark: all is well\r:0: `) {
		t.Errorf("%v\n%s", err, b.String())
	}
}

func TestNoticeIsSilentIfAllIsWell(t *testing.T) {
	var b strings.Builder
	n := NewNotice(PreCommit, &b)
	if err := n.Finding(mudlark.Finding{Suppression: mudlark.Suppression{By: mudlark.ByComment}}); err != nil {
		t.Fatal(err)
	}
	if err := n.End(mudlark.Summary{Verdict: mudlark.Clean}); err != nil || b.Len() > 0 {
		t.Errorf("%v %q", err, b.String())
	}
}

// TestScriptIsKnownAgain whatever the path of the program.
func TestScriptIsKnownAgain(t *testing.T) {
	dir := t.TempDir()
	for _, program := range []string{"/usr/bin/mudlark", "/it's a/$(folder)/mudlark", "/a\"b`/x"} {
		for i, name := range append(All(), forwarded()...) {
			for n := range 8 {
				path := filepath.Join(dir, name)
				want := script{hook: name, Program: Program{Path: program}, made: n&1 != 0, global: n&2 != 0}
				if n&4 != 0 {
					want.Flags = []string{"--config=/it's/a b.toml", "--budget=2s", ""}
				}
				if i >= len(All()) {
					want = script{hook: name, made: n&1 != 0, global: true, forward: true}
				}
				if err := write(path, want.text()); err != nil {
					t.Fatal(err)
				}
				if got, ours, changed := readScript(path, name); !reflect.DeepEqual(got, want) || !ours || changed {
					t.Errorf("%v: %v, ours %v, changed %v", want, got, ours, changed)
				}
				if err := write(path, want.text()+"more\n"); err != nil {
					t.Fatal(err)
				}
				if _, ours, changed := readScript(path, name); !ours || !changed {
					t.Errorf("%v with more: ours %v, changed %v", want, ours, changed)
				}
			}
		}
	}
}

func TestInstallChangesNothingIfItFails(t *testing.T) {
	dir := t.TempDir()
	p := Place{Dir: filepath.Join(dir, "hooks"), Top: dir, GitDir: dir}
	if err := os.MkdirAll(filepath.Join(p.Dir, PrePush), 0o755); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(p.Dir, PreCommit)
	if err := os.WriteFile(old, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Install(p, Program{Path: "/bin/mudlark"}, Names()); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("%v", err)
	}
	entries, err := os.ReadDir(p.Dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v %v", entries, err)
	}
	if text, err := os.ReadFile(old); err != nil || string(text) != "#!/bin/sh\n" {
		t.Errorf("%q %v", text, err)
	}
	if err := Install(p, Program{Path: "/bin/mudlark"}, []string{"post-commit"}); err == nil {
		t.Error("post-commit was installed")
	}
}

func TestWhereHooksLie(t *testing.T) {
	for _, c := range []struct {
		dir             string
		bare            bool
		shared, tracked bool
	}{
		{dir: "/r/.git/hooks"},
		{dir: "/r/.githooks", tracked: true},
		{dir: "/home/hooks", shared: true},
		{dir: "/r/.git/../../hooks", shared: true},
		{dir: "/dev/null", shared: true},
		{dir: "/r/.git/hooks", bare: true},
	} {
		p := Place{Dir: c.dir, Top: "/r", GitDir: "/r/.git", Bare: c.bare}
		if p.Shared() != c.shared || p.Tracked() != c.tracked {
			t.Errorf("%v: shared %v, tracked %v", c, p.Shared(), p.Tracked())
		}
	}
}

func TestReadReceive(t *testing.T) {
	a, b, none := strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("0", 40)
	for _, c := range []struct {
		in          string
		sent, known string
		wrong       bool
	}{
		{in: ""},
		{in: b + " " + a + " refs/heads/x\n", sent: a, known: b},
		{in: none + " " + a + " refs/heads/x\n", sent: a},
		{in: b + " " + none + " refs/heads/x\n", known: b},
		{in: none + " " + a + " refs/heads/x\n" + b + " " + a + " refs/tags/y", sent: a, known: b},
		{in: b + " " + a, wrong: true},
		{in: b + " " + a + " ", wrong: true},
		{in: b + " " + a + " refs/heads/x y", wrong: true},
		{in: "main " + a + " refs/heads/x", wrong: true},
	} {
		updates, err := ReadReceive(strings.NewReader(c.in))
		sent, known := Sent(updates)
		if (err != nil) != c.wrong || strings.Join(sent, " ") != c.sent || strings.Join(known, " ") != c.known {
			t.Errorf("%q: %v %v %v", c.in, sent, known, err)
		}
	}
}

func TestObjectDirsReadsWhatGitTells(t *testing.T) {
	sep := string(os.PathListSeparator)
	for list, want := range map[string][]string{
		"":                        nil,
		"/a":                      {"/a"},
		"/a" + sep + sep + "/b c": {"/a", "/b c"},
		`"/a` + sep + `\"b\303\244"` + sep + "/c": {"/a" + sep + "\"b\xc3\xa4", "/c"},
		"#none" + sep + "/a":                      {"/a"},
		`"open` + sep + "/a":                      {`"open`, "/a"},
		"`a`" + sep + "'b'":                       {"`a`", "'b'"},
	} {
		if got := ObjectDirs("", "", list); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
	if got := ObjectDirs("/own", "/quarantine", "/a"); strings.Join(got, " ") != "/own /quarantine /a" {
		t.Errorf("%q", got)
	}
}
