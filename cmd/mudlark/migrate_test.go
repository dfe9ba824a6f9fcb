//go:build !gendoc

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// toldOthers returns a folder with a secret that gitleaks was told to leave alone, and
// files besides.
func toldOthers(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := leaked(t)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func textOf(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func TestMigrateAsksBeforeItAddsToAnIgnoreFile(t *testing.T) {
	const mine = "# mine"
	for answer, yes := range map[string]bool{"y\n": true, "yes\n": true, "n\n": false, "\n": false, "": false, "yesterday\n": false} {
		dir := toldOthers(t, map[string]string{".gitleaksignore": "a.env:github-pat:1\n", ".mudlarkignore": mine, ".secretlintignore": "dist/\n"})
		res := atPrompt(t, strings.NewReader(answer), "migrate", dir)
		got := textOf(t, dir, ".mudlarkignore")
		if !strings.Contains(res.err, "Add 1 line to") || (got != mine) != yes || !strings.HasPrefix(got, mine) || (res.code == exitClean) != yes {
			t.Errorf("%q: exit code %d, %q\n%s", answer, res.code, got, res.err)
		}
		if wrote := textOf(t, dir, "mudlark.toml") != ""; wrote != yes {
			t.Errorf("%q: mudlark.toml was written: %v", answer, wrote)
		}
	}
}

// TestMigrateRepeatsNoSecretAndNoEscape, whatever stands in the files that it reads.
func TestMigrateRepeatsNoSecretAndNoEscape(t *testing.T) {
	secret := token(t, "<github ghp_>", 4) // the one of leaked
	other := token(t, "<github gho_>", 5)
	dir := toldOthers(t, map[string]string{
		".gitleaksignore":   secret + "\n" + other + ":generic-api-key:1\n\x1b[2J:x:1\na.env:github-pat:1\n",
		".secretlintignore": "[" + other + "\n" + other + "/*\n!x\x1b[2J\n",
		".secretsignore":    "[secrets]\n" + secret + "\n" + other + "\n",
		".talismanrc":       "allowed_patterns:\n- " + secret + "\n- " + other + "\nfileignoreconfig:\n- filename: \"" + other + "\"\n",
		".secrets.baseline": `{"plugins_used": [], "filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_secret", "pattern": ["` + secret + `", "` + other + `"]},
			{"path": "` + other + `"}], "results": {"` + other + `": [{"type": "x", "hashed_secret": "` + strings.Repeat("a", 40) + `"}]}}`,
		".keyhogignore": "hash:" + other + "; reason=" + other + "\ndetector:" + other + "\n",
	})
	for _, args := range [][]string{{"migrate", dir, "--dry-run"}, {"migrate", dir, "-v"}} {
		res := atPrompt(t, strings.NewReader(""), args...)
		all := res.out + res.err + textOf(t, dir, "mudlark.toml") + textOf(t, dir, ".mudlarkignore")
		for what, text := range map[string]string{"the secret": secret, "another one": other, "an escape": "\x1b[2J"} {
			if strings.Contains(all, text) {
				t.Errorf("%v repeats %s:\n%s", args, what, strings.ReplaceAll(all, text, "HERE"))
			}
		}
		if !strings.Contains(res.out, ".mudlarkignore (new, 2 fingerprints)") {
			t.Errorf("%v: %s%s", args, res.out, res.err)
		}
	}
}

// TestMigrateDoesNotCopyASecretOfAConfiguration unless it is told to.
func TestMigrateDoesNotCopyASecretOfAConfiguration(t *testing.T) {
	secret := token(t, "<github gho_>", 5)
	dir := toldOthers(t, map[string]string{".gitleaks.toml": "[extend]\nuseDefault = true\n[[allowlists]]\nregexes = ['''" + secret + "''']\n"})
	res := atPrompt(t, strings.NewReader(""), "migrate", dir)
	if textOf(t, dir, "mudlark.toml") != "" || !strings.Contains(res.out, "line 4 holds what looks like a secret") {
		t.Errorf("%s%s", res.out, res.err)
	}
	atPrompt(t, strings.NewReader(""), "migrate", dir, "--force")
	if textOf(t, dir, "mudlark.toml") == "" {
		t.Error("--force does not help")
	}
}

// TestMigrateReadsWhatIsAFileAlone and waits for nobody to write into a pipe.
func TestMigrateReadsWhatIsAFileAlone(t *testing.T) {
	dir := toldOthers(t, nil)
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, ".gitleaksignore")); err != nil {
		t.Skip(err)
	}
	if err := os.Mkdir(filepath.Join(dir, ".secrets.baseline"), 0o700); err != nil {
		t.Fatal(err)
	}
	res := atPrompt(t, strings.NewReader(""), "migrate", dir)
	if !strings.Contains(res.out, "nothing to migrate") || res.code != exitClean {
		t.Errorf("%d: %s%s", res.code, res.out, res.err)
	}
}
