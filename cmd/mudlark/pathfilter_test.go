//go:build !gendoc

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

// TestExcludedGlobsAreGits: what a glob leaves out is what git leaves out.
func TestExcludedGlobsAreGits(t *testing.T) {
	paths := []string{
		"a.lock", "vendor/a.go", "vendor/b/c.lock", "vendored/a", "src/vendor/x", "src/a.go", "src/deep/er/a.png", "b[1].txt", "b1.txt", "x.y", "xzy",
	}
	dir := t.TempDir()
	for _, p := range paths {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(p)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, p), []byte(p), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, bigrepo.Env()
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	git("init", "-q", ".")
	git("add", ".")
	for _, glob := range []string{
		"vendor", "vendor/", "vendor/*", "*.lock", "src/*.go", "*/a.png", "?.lock", "b[1].txt", "b[!1].txt", "x.y", "src", "*", "nothing", "vend*", "sr?", "src/deep/er", "sr?/", "s?c/[a-d]*",
	} {
		want := strings.Fields(git("ls-files", "--", ".", ":(exclude)"+glob))
		p, err := readPathFilter("", "", glob)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, path := range paths {
			if p.passes(path) {
				got = append(got, path)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, git has %v", glob, got, want)
		}
	}
}

// TestMembersOfArchivesLieWhereTheArchiveLies: for a filter the archive's path
// counts, and a name with the sign in it costs nothing.
func TestMembersOfArchivesLieWhereTheArchiveLies(t *testing.T) {
	p := &pathFilter{include: []*regexp.Regexp{regexp.MustCompile(`\.zip$|^src/`)}, exclude: []*regexp.Regexp{regexp.MustCompile(`^old/.*\.zip$`)}}
	for path, want := range map[string]bool{
		"a.zip!b/c.txt": true, "old/a.zip!b.txt": false, "old/a.zip": false, "src/a!b": true, "b.txt": false, "": true,
		"src/" + strings.Repeat("!", 1<<16): true,
	} {
		if got := p.passes(path); got != want {
			t.Errorf("%.40s: %v, want %v", path, got, want)
		}
	}
}

// TestPathFiltersThatCannotBeReadAreFatal: no half of a filter is ever used.
func TestPathFiltersThatCannotBeReadAreFatal(t *testing.T) {
	for name, text := range map[string]string{
		"bad.txt": "ok\n(", "long.txt": strings.Repeat("x", 70_000), "large.txt": strings.Repeat(strings.Repeat("x", 1000)+"\n", 1100),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readPathFilter(path, "", ""); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", path)) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := readPathFilter("", path, ""); err == nil || strings.Contains(err.Error(), "Scanner") {
			t.Errorf("%s: it is read", name)
		}
	}
	if p, err := readPathFilter("", "", ""); p != nil || err != nil {
		t.Errorf("no filter: %v, %v", p, err)
	}
}

// TestFilteredHistoryIsTheRestOfTheWhole: what is left out takes nothing else with
// it, though versions are stored as changes to each other and lie at several paths.
func TestFilteredHistoryIsTheRestOfTheWhole(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("bash", "-c", prelude+`
for n in $(seq 12); do
	seq 400 >body
	for place in src vendor; do
		write $place/a.txt "$(cat body; echo "token: $(printenv T$n)"; cat body)"
	done
	write vendor/only.txt "$(cat body; echo "key: $(printenv U$n)")"
	rm body
	commit "version $n"
	[ $n = 6 ] && git mv vendor/only.txt src/moved.txt && commit moved
done
git gc -q
`)
	cmd.Dir, cmd.Env = dir, bigrepo.Env()
	for n := range 12 {
		for name, template := range map[string]string{"T": "<github ghp_>", "U": "<github gho_>"} {
			secret, err := rules.Fill(template, uint64(n+100))
			if err != nil {
				t.Fatal(err)
			}
			cmd.Env = append(cmd.Env, fmt.Sprintf("%s%d=%s", name, n+1, secret))
		}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	told := func(args ...string) (list []string) {
		for _, f := range scanned(t, append([]string{"git", dir}, args...)...).findings {
			list = append(list, fmt.Sprint(f.Origin.Path, ":", f.Position.StartLine, " ", f.Fingerprint, " ", f.Origin.Commit.ID))
		}
		slices.Sort(list)
		return list
	}
	whole := told()
	if len(whole) < 36 {
		t.Fatalf("%d findings of the whole", len(whole))
	}
	for _, globs := range []string{"vendor", "src/a.txt", "src", "nothing"} {
		rest := slices.DeleteFunc(slices.Clone(whole), func(s string) bool { return strings.HasPrefix(s, globs) })
		if got := told("--exclude-globs", globs); !slices.Equal(got, rest) {
			t.Errorf("without %s: %d findings, want %d\n%s", globs, len(got), len(rest), strings.Join(got, "\n"))
		}
	}
}
