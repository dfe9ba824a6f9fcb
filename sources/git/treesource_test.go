package git_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

func snapshot(t testing.TB, r *repo, revision string, paths ...string) result {
	t.Helper()
	return scan(t, git.Options{Path: r.dir, Tree: &git.Tree{Revision: revision, Paths: paths}}, mudlark.Env{Workers: 2})
}

func TestTreeHasTheFilesOfOneCommit(t *testing.T) {
	r := newRepo(t)
	r.write("old.txt", mark("gone")+"\n")
	r.write("a/same.txt", mark("same")+"\n")
	r.commit("one " + mark("message"))
	r.remove("old.txt")
	r.write("b/same.txt", mark("same")+"\n")
	r.write("a/new.txt", "1\n2\n"+mark("new")+"\n")
	r.write("archive.zip", zipped(t, "m", mark("member")))
	if err := os.Symlink(mark("link"), r.path("link")); err != nil {
		t.Fatal(err)
	}
	r.commit("two")
	r.write("a/new.txt", mark("later")+"\n")
	r.commit("three")
	both(t, r, func(t *testing.T, r *repo) {
		snapshot(t, r, "HEAD~1").complete().want(
			"same a/same.txt:1", "same b/same.txt:1", "new a/new.txt:3", "member archive.zip!m:1", "link link:1 [symlink target]")
		snapshot(t, r, "HEAD~2").complete().want("gone old.txt:1", "same a/same.txt:1")
		// Paths are those of files: what is not there, or leads out, is not asked for.
		snapshot(t, r, "HEAD", "b/same.txt", "archive.zip", "a", "../repo/a/new.txt", "/etc/passwd", "a/../a/new.txt", "").complete().want(
			"same b/same.txt:1", "member archive.zip!m:1")
	})
}

func TestTreeTellsWhatIsNotThere(t *testing.T) {
	r := newRepo(t)
	r.write("a.txt", "a\n")
	r.write("d/b.txt", mark("b")+"\n")
	r.commit("one")
	id := r.git("rev-parse", "HEAD:a.txt")
	if err := os.Remove(r.path(".git/objects/" + id[:2] + "/" + id[2:])); err != nil {
		t.Fatal(err)
	}
	got := snapshot(t, r, "HEAD")
	got.want("b d/b.txt:1")
	if len(got.skips) != 1 || got.skips[0].Reason != mudlark.Missing || got.skips[0].Origin.Path != "a.txt" {
		t.Errorf("skips: %v", got.skips)
	}
}

// TestTreeOfTreesThatRepeat: a folder that has itself nine times, nine deep, has
// more paths than there is memory for.
func TestTreeOfTreesThatRepeat(t *testing.T) {
	r := newRepo(t)
	tree := r.stdin(fmt.Sprintf("100644 blob %s\tx\n", r.stdin(mark("bomb")+"\n", "hash-object", "-w", "--stdin")), "mktree")
	for range 9 {
		var b strings.Builder
		for i := range 9 {
			fmt.Fprintf(&b, "040000 tree %s\t%d\n", tree, i)
		}
		tree = r.stdin(b.String(), "mktree")
	}
	commit := r.git("commit-tree", "-m", "bomb", tree)
	got := snapshot(t, r, commit)
	if len(got.found) == 0 || len(got.found) > 10_000 {
		t.Errorf("%d findings", len(got.found))
	}
}

func TestTreeIsScannedByItself(t *testing.T) {
	r := newRepo(t)
	r.commit("one")
	for _, opts := range []git.Options{{Staged: true}, {Range: "HEAD"}, {Since: "2020-01-01"}, {Scope: "head"}, {SinceState: "x"}, {Push: &git.Push{}}} {
		opts.Path, opts.Tree = r.dir, &git.Tree{Revision: "HEAD"}
		if _, err := opts.Open(t.Context(), mudlark.Env{}); err == nil {
			t.Errorf("%+v is taken", opts)
		}
	}
	opts := git.Options{Path: r.dir, Tree: &git.Tree{Revision: "nothing"}}
	if _, err := opts.Open(t.Context(), mudlark.Env{}); err == nil {
		t.Error("a revision that is not there is taken")
	}
}
