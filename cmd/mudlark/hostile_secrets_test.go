//go:build unix && !gendoc

package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
)

// A planted text is an example of a rule with the secrets that are in it.
type planted struct {
	rule    string
	text    string
	secrets []string
}

// examples returns examples of n rules, of different providers, and what a scan
// sees in them.
func examples(t *testing.T, n int) []planted {
	t.Helper()
	set, err := rules.Source()
	if err != nil {
		t.Fatal(err)
	}
	var usable []planted
	files := map[string]bool{}
	for i, r := range set.Rules {
		if files[r.File] || len(r.Examples) == 0 || r.Path != "" {
			continue
		}
		text, err := rules.Fill(r.Examples[0], uint64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		res := mud(t, text, "stdin", "--format", "jsonl", "--redact=0")
		p := planted{rule: r.ID, text: text}
		for _, f := range parseRecord(t, res.out).findings {
			// What is shorter stands in innocent words too.
			if s := f.Secret.Reveal(); f.RuleID == r.ID && len(s) >= 12 {
				p.secrets = append(p.secrets, s)
			}
		}
		if len(p.secrets) > 0 {
			files[r.File] = true
			usable = append(usable, p)
		}
	}
	for _, id := range []string{"private-key", "basic-auth-url"} {
		if r := set.Rule(id); r == nil {
			t.Errorf("there is no rule %s any more", id)
		}
	}
	if len(usable) < n {
		t.Fatalf("%d examples, want %d", len(usable), n)
	}
	return usable
}

// forms returns how a secret may be hidden in text: as it is, and what its
// base64 has in common whatever stands around it.
func forms(secret string) []string {
	out := []string{secret}
	for line := range strings.Lines(secret) {
		line = strings.TrimSpace(line)
		if len(line) < 16 || strings.HasPrefix(line, "-----") {
			continue
		}
		out = append(out, line)
		for shift := range 3 {
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				text := enc.EncodeToString([]byte(strings.Repeat("x", shift) + line))
				out = append(out, text[4:len(text)-4])
			}
		}
	}
	return out
}

// A witness searches what the command wrote for secrets.
type witness struct {
	*testing.T
	forms map[string]string // to the rule
}

func (w witness) search(what string, text []byte) {
	w.Helper()
	for form, rule := range w.forms {
		if at := bytes.Index(text, []byte(form)); at >= 0 {
			shown := string(text[max(0, at-80):at]) + "<" + rule + ">"
			w.Errorf("%s holds a secret: %q", what, shown)
		}
	}
}

// run runs the command in dir and searches all that it says.
func (w witness) run(dir string, stdin string, args ...string) {
	w.Helper()
	w.Chdir(dir)
	e := mud(w, stdin, args...)
	what := fmt.Sprintf("mudlark %.60s %s", args[0], strings.Join(args[max(1, len(args)-6):], " "))
	for form := range w.forms {
		what = strings.ReplaceAll(what, form, "...")
	}
	w.search("standard output of "+what, []byte(e.out))
	w.search("standard error of "+what, []byte(e.err))
}

// everyFormat runs a scan in every format, talkative and not, to standard
// output and to a file, and turns its record into the others.
func (w witness) everyFormat(dir, stdin string, args ...string) {
	w.Helper()
	out := w.TempDir()
	w.run(dir, stdin, append(args, "--out", filepath.Join(out, "report.jsonl"))...)
	for _, format := range report.Formats() {
		form := append([]string{"--format", format}, templateFor(w, format)...)
		w.run(dir, stdin, append(append(args, "-v", "--log-level", "debug"), form...)...)
		w.run(dir, stdin, append([]string{"report", "convert", filepath.Join(out, "report.jsonl"), "--out", filepath.Join(out, "converted."+format), "-v"}, form...)...)
	}
	err := filepath.WalkDir(out, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			text, _ := os.ReadFile(p)
			w.search("a report, "+filepath.Base(p)+",", text)
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

// templateFor are the arguments that a format needs: the template format one that
// tells all.
func templateFor(t testing.TB, format string) []string {
	t.Helper()
	if format != "template" {
		return nil
	}
	file := filepath.Join(t.TempDir(), "all.tmpl")
	if err := os.WriteFile(file, []byte(`{{ range . }}{{ . }} {{ .Secret }} {{ .Match }} {{ .Line }} {{ .File }} {{ .Message }} {{ toJson . }}{{ end }}{{ summary }}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--template", file}
}

func newWitness(t *testing.T, all []planted) witness {
	w := witness{t, map[string]string{}}
	for _, p := range all {
		for _, s := range p.secrets {
			for _, form := range forms(s) {
				w.forms[form] = p.rule
			}
		}
	}
	return w
}

// TestPlantedSecretsAreNowhere plants 20 kinds of secrets wherever there is room
// for them and searches everything that is written for them.
func TestPlantedSecretsAreNowhere(t *testing.T) {
	all := examples(t, 20)
	w := newWitness(t, all)
	r := newRepo(t)
	var everything strings.Builder
	for i, p := range all {
		fmt.Fprintf(&everything, "%s\n\n", p.text)
		r.write(fmt.Sprintf("files/%s.txt", p.rule), p.text+"\n")
		r.write(fmt.Sprintf("encoded/%s.txt", p.rule), "data: "+base64.StdEncoding.EncodeToString([]byte(p.text))+"\n")
		r.write(fmt.Sprintf("packed/%s.zip", p.rule), string(zipOf(t, p.rule+".txt", []byte(p.text))))
		if i%3 == 0 {
			r.commit(p.rule + ": " + p.text)
		}
	}
	r.write("together.txt", everything.String())
	broken := zipOf(t, "a.txt", []byte(everything.String()))
	r.write("broken.zip", string(broken[:len(broken)*2/3]))
	r.commit("the rest")

	names := []string{token(t, "<github ghp_>", 1), token(t, "<github gho_>", 2), token(t, "<npm>", 3), token(t, "<gitlab-routable glpat->", 4)}
	for _, n := range names {
		for _, form := range forms(n) {
			w.forms[form] = "a name"
		}
	}
	r.write("names/"+names[0]+"/"+names[1]+".txt", "text\n")
	r.write("names/"+names[2]+".zip", string(zipOf(t, names[3]+".txt", []byte("text"))[:70]))
	r.commit("names", "--author", names[0]+" <"+names[1]+"@example.com>")
	r.git("branch", "with-"+names[0])
	r.git("tag", "-a", names[2], "-m", names[3])
	r.git("remote", "add", "origin", "https://user:"+names[0]+"@example.com/"+names[1]+".git")
	r.git("remote", "add", names[2], "https://"+names[3]+"@example.com/")
	r.git("notes", "add", "-m", names[3])
	r.write("together.txt", everything.String()+names[0])
	r.git("stash", "push", "-q", "-m", names[1])

	// Shown when asked for, or else there would be nothing to hide.
	for name, out := range map[string]string{
		"git": mud(t, "", "git", r.dir, "--redact=0", "--format", "json").out, "dir": mud(t, "", "dir", r.dir, "--redact=0", "--format", "json").out,
	} {
		for _, n := range names {
			if !strings.Contains(out, n) && name == "git" {
				t.Errorf("%s: a name is not found", name)
			}
		}
		for _, p := range all {
			if !strings.Contains(out, p.rule) {
				t.Errorf("%s: %s is not found", name, p.rule)
			}
		}
	}
	w.everyFormat(r.dir, "", "git", ".")
	w.everyFormat(r.dir, "", "dir", ".")
	w.everyFormat(r.dir, everything.String()+strings.Join(names, "\n"), "stdin")
	for _, args := range [][]string{
		{"git", ".", "--scope", "head"}, {"git", ".", "--range", "HEAD~2..HEAD"}, {"git", ".", "--confidence", "low"},
		{"git", ".", "--scope", "branch=with-" + names[0], "--format", "json"}, {"dir", ".", "--timeout", "1ns", "--format", "json"},
		{"dir", ".", "--max-file-size", "10", "--format", "json"}, {"git", ".", "--max-decode-bytes", "10", "--format", "json"},
		{"dir", ".", "--max-archive-depth", "0", "--format", "json", "-v"},
	} {
		w.run(r.dir, "", args...)
	}

	// Damage, told in words that may quote what is damaged.
	harmed := 0
	for _, pattern := range []string{".git/objects/??/*"} {
		files, err := filepath.Glob(filepath.Join(r.dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(files)
		for i, file := range files {
			if i%5 != 0 {
				continue
			}
			_ = os.Chmod(file, 0o644)
			if err := os.WriteFile(file, []byte("damaged"), 0o644); err != nil {
				t.Fatal(err)
			}
			harmed++
		}
	}
	if harmed == 0 {
		t.Fatal("nothing was harmed")
	}
	w.everyFormat(r.dir, "", "git", ".")
}

// TestSecretsInBrokenFilesAreNotQuoted puts secrets where git's files are
// damaged: a message must not quote the line.
func TestSecretsInBrokenFilesAreNotQuoted(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	w := newWitness(t, []planted{{rule: "github-pat", secrets: []string{secret}}})
	for _, file := range []struct{ name, text string }{
		{"config", "[remote \"origin\"\n\turl = https://" + secret + "@example.com/\n"}, {"config", "[" + secret},
		{"config", "[a]\n" + secret + "\n"}, {"config", "[include]\n\tpath = /nowhere/" + secret + "\n"},
		{"config", "[core]\n\trepositoryformatversion = " + secret + "\n"},
		{"config", "[core]\n\trepositoryformatversion = 1\n[extensions]\n\t" + strings.ReplaceAll(secret, "_", "-") + " = true\n\tobjectformat = " + secret + "\n"},
		{"packed-refs", secret + "\n" + "x " + secret + "\n"}, {"HEAD", secret}, {"HEAD", "ref: refs/heads/" + secret + "\n"},
		{"refs/heads/x", secret}, {"refs/heads/y", "ref: refs/heads/" + secret + "\n"}, {"refs/heads/" + secret, "garbage"},
		{"shallow", secret + "\n"}, {"info/grafts", secret + "\n"}, {"objects/info/alternates", "/nowhere/" + secret + "\n"},
		{"logs/HEAD", secret + "\n"}, {"logs/refs/heads/" + secret, "x\n"}, {"worktrees/" + secret + "/gitdir", "/nowhere/" + secret + "\n"},
		{"objects/pack/pack-" + secret + ".pack", "PACK"}, {"objects/pack/pack-" + secret + ".idx", secret}, {"objects/ab/" + secret, secret},
		{"modules/" + secret + "/HEAD", secret}, {"MERGE_HEAD", secret}, {"FETCH_HEAD", secret + "\t\t" + secret}, {"index", secret}, {"commondir", "/nowhere/" + secret},
	} {
		dir := handmade(t, secret)
		putFile(t, dir, ".git/"+file.name, []byte(file.text))
		for _, format := range []string{"text", "jsonl"} {
			w.run(dir, "", "git", ".", "--format", format, "-v", "--log-level", "debug")
		}
	}
}

// TestSecretsOnTheCommandLineAreNotRepeated: a target may hold a password.
func TestSecretsOnTheCommandLineAreNotRepeated(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	w := newWitness(t, []planted{{rule: "github-pat", secrets: []string{secret}}})
	r := newRepo(t)
	// A finding tells its path.
	r.write("in/"+secret+"/a.txt", token(t, "<npm>", 1)+"\n")
	r.commit("text")
	for _, args := range [][]string{
		{"git", "https://user:" + secret + "@example.com/a.git"}, {"dir", "in/" + secret}, {"dir", "nowhere/" + secret},
		{secret}, {"git", "--" + secret}, {"git", ".", "--workers", secret}, {"git", ".", "--accept", secret}, {"help", secret},
		{"stdin", "--name", secret}, {"git", ".", "--range", secret + "..HEAD"}, {"git", ".", "--scope", "branch=" + secret},
	} {
		for _, format := range []string{"text", "json", "sarif"} {
			w.run(r.dir, "text", append(args, "--format", format)...)
		}
	}
}

// TestSecretsInBrokenConfigurationsAreNotQuoted: an ignore file is where
// somebody pastes the secret that is to be ignored, and an allowlist too.
func TestSecretsInBrokenConfigurationsAreNotQuoted(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	w := newWitness(t, []planted{{rule: "github-pat", secrets: []string{secret}}})
	for name, text := range map[string]string{
		".mudlarkignore": secret + "\n", "x/.mudlarkignore": "v1:" + secret + "\n", "y/.mudlarkignore": "v1:github-pat:0123456789abcdef until=" + secret + "\n",
		"x/mudlark.toml": "[[allowlists]]\ncommits = [\"" + secret + "\"]\npaths = [\"x\"]\n[extend]\nuseDefault = true\ndisabledRules = [\"" + secret + "\"]\n",
		"mudlark.toml":   "[[allowlists]]\nregexes = ['''(" + secret + "''']\n",
		".gitleaks.toml": "[[allowlists]]\nregexes = [" + secret + "]\n",
	} {
		dir := t.TempDir()
		putFile(t, dir, "a.txt", []byte("token: "+secret+"\n"))
		putFile(t, dir, name, []byte(text))
		w.run(filepath.Dir(filepath.Join(dir, name)), "", "dir", ".", "--format", "json")
	}
}
