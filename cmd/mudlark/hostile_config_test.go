//go:build unix && !gendoc

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func ruleWith(pattern string) string {
	return "[[rules]]\nid = \"acme\"\ndescription = \"d\"\nregex = '''" + pattern + "'''\nkeywords = [\"acme\"]\n"
}

// manyRules makes rules of different names.
func manyRules(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[[rules]]\nid = \"r%d\"\ndescription = \"d\"\nregex = '''r%d_[a-z]{20}'''\nkeywords = [\"r%d_\"]\n", i, i, i)
	}
	return b.String()
}

// largeRules makes rules that are small until they are compiled.
func largeRules(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[[rules]]\nid = \"r%d\"\ndescription = \"d\"\nregex = \"acme_[a-z]{1000}\"\nkeywords = [\"acme\"]\n", i)
	}
	return b.String()
}

// TestBadConfigurationsAreToldSoonAndWhere scans with configurations that are
// wrong or too much. Each message names the file and the mend, and what is said
// in words.
func TestBadConfigurationsAreToldSoonAndWhere(t *testing.T) {
	for _, c := range []struct {
		name, text, words string
	}{
		{"a class that is not closed", ruleWith("acme_[a-z"), "missing closing ]"},
		{"look-around", ruleWith("(?=acme)"), "look-around"},
		{"a back reference", ruleWith(`(acme)\1`), "acme"},
		{"a count that is too large", ruleWith("acme{1,100000}"), "repeat"},
		{"counts that multiply", ruleWith("((((acme{100}){100}){100}){100})"), "repeat"},
		{"counts upon counts", ruleWith("acme{1000}{1000}"), "repetition"},
		{"a property that there is not", ruleWith(`\p{Nothing}`), "range"},
		{"parentheses without end", ruleWith(strings.Repeat("(", 50_000)), "missing closing )"},
		{"deep parentheses", ruleWith(strings.Repeat("(", 50_000) + "acme" + strings.Repeat(")", 50_000)), "nests too deeply"},
		{"no pattern", ruleWith(""), "regex"},
		{"deep values", "a = " + strings.Repeat("[", 100_000), "nested too deep"},
		{"deep tables", "a = " + strings.Repeat("{b=", 100_000), "nested too deep"},
		{"deep keys", strings.Repeat("a.", 100_000) + "b = 1", "nested too deep"},
		{"a wrong type", "[extend]\nuseDefault = \"yes\"\n", "true or false"},
		{"a wrong type of rules", "rules = 5\n", "rules"},
		{"a wrong id", "[[rules]]\nid = 5\n", "id"},
		{"the same id twice", ruleWith("acme_1") + ruleWith("acme_2"), "acme"},
		{"binary", strings.Repeat("\xff\xfe\x00", 1000), "line 1"},
		{"much of nothing", strings.Repeat("\x00", 20*mb), "1 MB"},
		{"100000 rules", manyRules(100_000), "1 MB"},
		{"rules that take much memory", largeRules(1000), "take too much memory"},
		{"extend to itself", "[extend]\npath = \"bad.toml\"\n", "extend"},
		{"extend to what is not there", "[extend]\npath = \"nowhere.toml\"\n", "nowhere.toml"},
		{"extend to a device", "[extend]\npath = \"/dev/zero\"\n", "is no file"},
		{"extend to a pipe", "[extend]\npath = \"pipe\"\n", "is no file"},
		{"extend to no rules", "[extend]\npath = \"/etc/passwd\"\n", "/etc/passwd"},
		{"extend to a page", "[extend]\nurl = \"https://example.com/rules.toml\"\n", "url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			putFile(t, dir, "d/a.txt", []byte("acme_abc\n"))
			putFile(t, dir, "bad.toml", []byte(c.text))
			if err := syscall.Mkfifo(dir+"/pipe", 0o600); err != nil {
				t.Skip(err)
			}
			e := spawn{dir: dir}.mud(t, "dir", "d", "--config", "bad.toml", "--format", "jsonl")
			e.below(t, 150*mb)
			if e.code != exitTrouble && !strings.Contains(e.err, "warning: ") {
				t.Errorf("exit code %d without a warning: %q", e.code, e.err)
			}
			for _, word := range []string{"bad.toml", c.words} {
				if !strings.Contains(e.err, word) {
					t.Errorf("%.400q does not say %q", e.err, word)
				}
			}
			if e.code == exitTrouble && !strings.Contains(e.err, "Mend ") {
				t.Errorf("%.400q does not say what to do", e.err)
			}
			if len(e.err) > 2000 {
				t.Errorf("the message has %d bytes", len(e.err))
			}
		})
	}
}

func TestConfigurationsThatAreOddAreBounded(t *testing.T) {
	text := []byte(strings.Repeat("acme aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n", 20_000))
	for name, pattern := range map[string]string{
		"everything": ".*", "stars of stars": "(a*)*$", "nothing": "(?:)", "alternatives": "acme(" + strings.Repeat("a|aa|", 20_000) + "b)",
		"the classic": "(a+)+$", "long": "acme.{0,1000}x", "large letters": `\pL{500}`, "any case": "(?i)acme.{1,500}!?$", "newlines": `(?s)acme.*`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			putFile(t, dir, "d/a.txt", text)
			putFile(t, dir, "c.toml", []byte(ruleWith(pattern)))
			e := spawn{dir: dir}.mud(t, "dir", "d", "--config", "c.toml", "--format", "jsonl")
			e.below(t, 150*mb)
			if e.code == exitTrouble && !strings.Contains(e.err, "c.toml") {
				t.Errorf("exit code 2: %.300q", e.err)
			}
		})
	}
}

// TestConfigurationOfAScannedPlaceIsBounded: rules that come with what is
// scanned are as hostile as the rest of it.
func TestConfigurationOfAScannedPlaceIsBounded(t *testing.T) {
	dir := t.TempDir()
	putFile(t, dir, "a.txt", []byte("text\n"))
	putFile(t, dir, "mudlark.toml", []byte("[extend]\npath = \"rules\"\n"))
	for i := range 3 {
		putFile(t, dir, fmt.Sprintf("rules/%d.toml", i), []byte(strings.ReplaceAll(manyRules(40_000), "\"r", fmt.Sprintf("\"r%d-", i))))
	}
	e := spawn{}.mud(t, "dir", dir)
	e.below(t, 150*mb)
	if e.code != exitTrouble || !strings.Contains(e.err, "0.toml") {
		t.Errorf("exit code %d, %.300q", e.code, e.err)
	}
}

func TestConfigurationsAreNotReadFromWhatIsNoFile(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	for _, name := range []string{"mudlark.toml", ".gitleaks.toml", ".mudlarkignore", ".gitleaksignore"} {
		for kind, line := range map[string]string{
			"pipe": "mkfifo " + name, "link": "ln -s /dev/zero " + name, "folder": "mkdir " + name, "loop": "ln -s " + name + " " + name,
		} {
			dir := t.TempDir()
			putFile(t, dir, "a.txt", []byte("token: "+secret+"\n"))
			e := spawn{dir: dir}.shell(t, line+" && mudlark dir . --format jsonl --redact=0")
			told := strings.Contains(e.err, name+" is a link or a folder and no file, so it is not used")
			if e.code != exitFound || len(parseRecord(t, e.out).of(secret)) != 1 || !told {
				t.Errorf("%s is a %s: exit code %d, %.300q", name, kind, e.code, e.err)
			}
		}
	}
}

// TestOneSignalEndsACommandThatWaits: before there is anything to report, a
// signal has nothing to wait for.
func TestOneSignalEndsACommandThatWaits(t *testing.T) {
	for _, args := range [][]string{
		{"dir", ".", "--config", "pipe"}, {"dir", ".", "--ignore-file", "pipe"}, {"report", "convert", "pipe"}, {"dir", ".", "--out", "pipe"},
	} {
		dir := t.TempDir()
		if err := syscall.Mkfifo(dir+"/pipe", 0o600); err != nil {
			t.Skip(err)
		}
		child := spawn{dir: dir, started: func(p *os.Process) {
			time.AfterFunc(500*time.Millisecond, func() { _ = p.Signal(syscall.SIGTERM) })
			time.AfterFunc(10*time.Second, func() { _ = p.Kill() })
		}}
		if e := child.mud(t, args...); e.took > 9*time.Second {
			t.Errorf("%v did not end", args)
		}
	}
}
