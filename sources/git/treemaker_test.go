package git

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// TestMadeTreesAreGits makes trees of an index and compares them with those that
// git writes.
func TestMadeTreesAreGits(t *testing.T) {
	dir := t.TempDir()
	run := func(input string, args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %s: %v", strings.Join(args, " "), err)
		}
		return strings.TrimSpace(string(out))
	}
	run("", "init", "-q")
	blob := run("x", "hash-object", "-w", "--stdin")
	var list strings.Builder
	for i, path := range []string{"a", "a.b", "a0", "b/c", "b/c.d/e", "b/c0", "d/b/c", "d/b/c.d/e", "d/b/c0", "z/y/x/w/v", "z-", "z.", "z0"} {
		mode := []string{"100644", "100755", "120000"}[i%3]
		fmt.Fprintf(&list, "%s %s\t%s\n", mode, blob, path)
	}
	fmt.Fprintf(&list, "160000 %s\tmodule\n", strings.Repeat("1", 40))
	run(list.String(), "update-index", "--add", "--index-info")
	repo, err := gitrepo.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	index, err := repo.Index()
	if err != nil {
		t.Fatal(err)
	}
	b := &staged{base: &base{repo: repo}}
	var failed error
	m, root := makeTrees(gitpack.SHA1, b.entries(nil, index.Entries, &failed))
	if want := run("", "write-tree"); root.String() != want || failed != nil {
		t.Fatalf("the root is %s, want %s (%v)", root, want, failed)
	}
	got := map[string]bool{}
	var walk func(id gitpack.OID, prefix string)
	walk = func(id gitpack.OID, prefix string) {
		items, ok := m.items(id)
		if !ok {
			t.Fatalf("no tree %s at %s", id, prefix)
		}
		for _, e := range items {
			if e.kind == kindTree {
				walk(e.id, prefix+e.name+"/")
				continue
			}
			got[strings.TrimSpace(modeOf(e))+" "+e.id.String()+"\t"+prefix+e.name] = true
		}
	}
	walk(root, "")
	for line := range strings.Lines(list.String()) {
		if line = strings.TrimSuffix(line, "\n"); !got[line] {
			t.Errorf("no entry %q", line)
		}
		delete(got, strings.TrimSuffix(line, "\n"))
	}
	if len(got) > 0 {
		t.Errorf("entries that are not in the index: %v", got)
	}
}
