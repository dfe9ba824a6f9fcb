package git_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mudlark-scan/mudlark/sources/git"
)

func view(t testing.TB, dir string) *git.View {
	t.Helper()
	v, err := git.NewView(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v
}

func TestViewReadsFilesOfACommitAndNothingElse(t *testing.T) {
	r := newRepo(t)
	r.write("a/b.toml", "one")
	r.write("secret", "outside")
	for name, target := range map[string]string{"link": "a/b.toml", "out": "../../etc/passwd", "folder": "a"} {
		if err := os.Symlink(target, r.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	one := r.commit("one")
	r.write("a/b.toml", "two")
	r.commit("two")
	r.write("a/b.toml", "three")
	v := view(t, r.dir)
	if text, err := v.ReadFile(one, "a/b.toml", 100); err != nil || string(text) != "one" {
		t.Errorf("%q, %v", text, err)
	}
	for name, want := range map[string]error{
		"a": git.ErrNoFile, "link": git.ErrNoFile, "out": git.ErrNoFile, "folder/b.toml": fs.ErrNotExist,
		"missing": fs.ErrNotExist, "../repo/secret": fs.ErrNotExist, "/etc/passwd": fs.ErrNotExist, "a/../secret": fs.ErrNotExist,
		"./secret": fs.ErrNotExist, "": fs.ErrNotExist, ".": fs.ErrNotExist, "a//b.toml": fs.ErrNotExist, ".git/config": fs.ErrNotExist,
	} {
		if text, err := v.ReadFile(one, name, 100); !errors.Is(err, want) {
			t.Errorf("%q: %q, %v, want %v", name, text, err, want)
		}
	}
	if _, err := v.ReadFile(one, "secret", 3); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a file over the bound: %v", err)
	}
	if _, err := v.ReadFile("HEAD", "secret", 100); err == nil {
		t.Error("a name is taken for the id of a commit")
	}
}

func TestViewBeforeTheFirstCommitHasNoHead(t *testing.T) {
	r := newRepo(t)
	v, err := git.NewView(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if head, err := v.Head(); head != "" || err != nil {
		t.Errorf("%q, %v", head, err)
	}
	r.write("a", "a")
	id := r.commit("first")
	if head, err := v.Head(); head != id || err != nil {
		t.Errorf("%q, %v, want %s", head, err, id)
	}
}

func TestViewListsWhatDiffers(t *testing.T) {
	r := newRepo(t)
	r.write("kept", "1")
	r.write("edited", "1")
	r.write("removed", "1")
	r.write("folder/x", "1")
	r.write("file", "1")
	r.write("moved", "moved")
	one := r.commit("one")
	r.write("edited", "2")
	r.remove("removed")
	r.remove("folder")
	r.write("folder", "1")
	r.remove("file")
	r.write("file/y", "1")
	r.git("mv", "moved", "there")
	r.write("new/er", "1")
	two := r.commit("two")
	v := view(t, r.dir)
	got, err := v.Changes(one, two)
	want := []git.Change{
		{Path: "edited", Before: true, After: true},
		{Path: "file", Before: true},
		{Path: "file/y", After: true},
		{Path: "folder", After: true},
		{Path: "folder/x", Before: true},
		{Path: "moved", Before: true},
		{Path: "new/er", After: true},
		{Path: "removed", Before: true},
		{Path: "there", After: true},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, err := v.Changes(one, one); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
	if got, err := v.Changes("", one); err != nil || len(got) != 6 {
		t.Error(got, err)
	}
}

// TestViewTakesNoNameForAnId: whoever may push chooses names of branches, and an
// id is cut off by some systems.
func TestViewTakesNoNameForAnId(t *testing.T) {
	r := newRepo(t)
	one := r.commit("one")
	two := r.commit("two")
	r.git("branch", one[:12], two)
	r.git("tag", one[:13], two)
	v := view(t, r.dir)
	for _, id := range []string{one, one[:12], one[:13], strings.ToUpper(one)} {
		if got, err := v.Commit(id); err != nil || got != one {
			t.Errorf("%s: %s, %v", id, got, err)
		}
	}
	for _, id := range []string{"", "HEAD", "main", one[:11], "--all", one + "~1", strings.Repeat("a", 40)} {
		if got, err := v.Commit(id); err == nil {
			t.Errorf("%q: %s", id, got)
		}
	}
	if got, err := v.Ref("refs/heads/main"); err != nil || got != two {
		t.Error(got, err)
	}
	for _, ref := range []string{"main", "refs/heads/../heads/main", "refs/heads/none", "../../etc/passwd"} {
		if got, err := v.Ref(ref); err == nil {
			t.Errorf("%q: %s", ref, got)
		}
	}
}

func TestViewFindsWhereHistoriesMeet(t *testing.T) {
	r := newRepo(t)
	root := r.commit("root")
	fork := r.commit("fork")
	r.git("switch", "-qc", "side")
	side := r.commit("side")
	r.git("switch", "-q", "main")
	main := r.commit("main")
	r.git("switch", "-q", "side")
	r.git("merge", "-q", "--no-ff", "-m", "merge", "main")
	merged := r.git("rev-parse", "HEAD")
	r.git("checkout", "-q", "--orphan", "other")
	other := r.commit("other")
	v := view(t, r.dir)
	for _, test := range []struct{ one, other, want string }{
		{main, side, fork}, {side, main, fork}, {main, merged, main}, {root, merged, root}, {fork, fork, fork}, {merged, side, side},
	} {
		got, err := v.MergeBase(test.one, test.other)
		if git := r.git("merge-base", test.one, test.other); err != nil || got != test.want || got != git {
			t.Errorf("%s %s: %s %v, want %s, git says %s", test.one, test.other, got, err, test.want, git)
		}
	}
	if got, err := v.MergeBase(main, other); !errors.Is(err, git.ErrNoBase) {
		t.Error(got, err)
	}
	if ids, err := v.Parents(merged); err != nil || len(ids) != 2 || ids[0] != side || ids[1] != main {
		t.Error(ids, err)
	}

	shallow := r.in(filepath.Join(t.TempDir(), "shallow"))
	if _, err := r.try("clone", "-q", "--depth=1", "--no-single-branch", "file://"+r.dir, shallow.dir); err != nil {
		t.Fatal(err)
	}
	s := view(t, shallow.dir)
	if got, err := s.MergeBase(main, other); err == nil || errors.Is(err, git.ErrNoBase) {
		t.Errorf("of histories that are cut off: %s, %v", got, err)
	}
	if !s.Shallow() || v.Shallow() {
		t.Error("which clone is shallow is not known")
	}
}

// TestViewIsNotMisledByDatesAboutWhereHistoriesMeet: a change may have a second way to
// an old commit of the branch it is for, and commits dated so that this one is found first.
func TestViewIsNotMisledByDatesAboutWhereHistoriesMeet(t *testing.T) {
	r := newRepo(t)
	old := r.commit("old")
	for range 3 {
		r.commit("more")
	}
	base := r.commit("base")
	main := r.commit("main")
	tree := r.git("rev-parse", main+"^{tree}")
	commit := func(when int, parents ...string) string {
		text := "tree " + tree + "\n"
		for _, p := range parents {
			text += "parent " + p + "\n"
		}
		who := fmt.Sprintf(" a <a@example.com> %d +0000\n", when)
		return r.stdin(text+"author"+who+"committer"+who+"\nx\n", "hash-object", "-t", "commit", "-w", "--stdin")
	}
	change := commit(4_000_000_000, commit(1, base), commit(4_000_000_000, old))
	v := view(t, r.dir)
	for range 2 {
		got, err := v.MergeBase(main, change)
		if want := r.git("merge-base", main, change); err != nil || got != base || got != want {
			t.Errorf("%s %v, want %s, git says %s", got, err, base, want)
		}
		main, change = change, main
	}
}
