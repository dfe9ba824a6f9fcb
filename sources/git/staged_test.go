package git_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

func stagedScan(t testing.TB, r *repo) result {
	t.Helper()
	return scan(t, git.Options{Path: r.dir, Staged: true}, mudlark.Env{Workers: 2})
}

func TestStaged(t *testing.T) {
	r := newRepo(t)
	r.write("kept.txt", mark("kept")+"\n")
	r.write("edited.txt", "1\n"+mark("inhead")+"\n")
	r.write("moved.txt", mark("moved")+"\n1\n2\n3\n")
	r.write("copied.txt", mark("copied")+"\n")
	r.write("mode.sh", mark("mode")+"\n")
	r.write("deleted.txt", mark("deleted")+"\n")
	r.write("d/e/f.txt", "1\n")
	r.write("exec.sh", "1\n")
	r.git("add", "-A")
	r.git("update-index", "--chmod=+x", "exec.sh")
	r.commit("base " + mark("message"))

	r.write("edited.txt", "0\n"+mark("inhead")+"\nx\n"+mark("added")+" "+mark("inhead")+"\n")
	r.git("mv", "moved.txt", "sub.txt")
	r.write("sub.txt", "0\n"+mark("moved")+"\n1\n2\n3\n"+mark("inmoved")+"\n")
	r.write("copy.txt", mark("copied")+"\n")
	r.write("d/e/new.txt", "\n\n"+mark("new")+"\n")
	r.write("in/"+mark("path")+"/a", "a")
	r.write("in/"+mark("path")+"/b", "b")
	if err := os.Symlink(mark("link"), r.path("link")); err != nil {
		t.Fatal(err)
	}
	r.write("archive.zip", zipped(t, "m", mark("member")))
	r.git("rm", "-q", "deleted.txt")
	r.git("add", "-A")
	r.git("update-index", "--chmod=+x", "mode.sh")
	r.write("edited.txt", mark("unstaged")+"\n")
	r.write("untracked.txt", mark("untracked")+"\n")
	r.write(mark("intent"), mark("notstaged")+"\n")
	r.git("add", "-N", mark("intent"))
	both(t, r, func(t *testing.T, r *repo) {
		stagedScan(t, r).complete().want(
			"added edited.txt:4 index",
			"inhead edited.txt:4 index",
			"inmoved sub.txt:6 index",
			"new d/e/new.txt:3 index",
			"path in/"+mark("path")+":1 [path name] index",
			"link link:1 [symlink target] index",
			"member archive.zip!m:1 index",
			"intent "+mark("intent")+":1 [path name] index",
		)
	})
	for _, version := range []string{"2", "3", "4"} {
		r.git("update-index", "--index-version", version)
		if n := len(stagedScan(t, r).complete().found); n != 8 {
			t.Errorf("index version %s: %d findings", version, n)
		}
	}
	r.git("update-index", "--split-index")
	if n := len(stagedScan(t, r).complete().found); n != 8 {
		t.Errorf("split index: %d findings", n)
	}
}

func TestStagedBeforeTheFirstCommit(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("first")+"\n")
	stagedScan(t, r).complete().want()
	r.git("add", "f")
	stagedScan(t, r).complete().want("first f:1 index")
}

func TestStagedDuringAMerge(t *testing.T) {
	r := newRepo(t)
	r.write("f", "1\n2\n3\n")
	r.write("clash", "1\n")
	r.commit("base")
	r.git("checkout", "-q", "-b", "side")
	r.write("f", mark("side")+"\n1\n2\n3\n")
	r.write("clash", "theirs "+mark("theirs")+"\n")
	r.write("g", mark("theirfile")+"\n")
	r.commit("on side")
	r.git("checkout", "-q", "main")
	r.write("f", "1\n2\n3\n"+mark("main")+"\n")
	r.write("clash", "ours\n")
	r.commit("on main")
	if _, err := r.try("merge", "-q", "side"); err == nil {
		t.Fatal("the merge did not conflict")
	}
	stagedScan(t, r).complete().want()
	r.write("clash", "both "+mark("theirs")+" "+mark("evil")+"\n")
	r.git("add", "clash")
	stagedScan(t, r).complete().want("evil clash:1 index")
	r.git("commit", "-qm", "merged")
	whole(t, r).complete()
	if res := whole(t, r); !slices.ContainsFunc(res.lines(), func(l string) bool { return strings.HasPrefix(l, "evil clash:1 by merged") }) {
		t.Errorf("found %q", res.lines())
	}
}

func TestStagedInAWorktree(t *testing.T) {
	r := newRepo(t)
	r.write("f", "1")
	r.commit("base")
	r.write("here", mark("here"))
	r.git("add", "here")
	other := t.TempDir() + "/other"
	r.git("worktree", "add", "-q", other)
	w := r.in(other)
	w.write("there", mark("there"))
	w.git("add", "there")
	stagedScan(t, r).complete().want("here here:1 index")
	stagedScan(t, w).complete().want("there there:1 index")
	w.write("inner/x", "x")
	stagedScan(t, w.in(other+"/inner")).complete().want("there there:1 index")
}

func TestStagedSparseIndex(t *testing.T) {
	r := newRepo(t)
	for _, dir := range []string{"a", "b", "c"} {
		r.write(dir+"/f", dir+mark(dir)+"\n")
	}
	r.commit("base")
	r.git("sparse-checkout", "init", "--cone", "--sparse-index")
	r.git("sparse-checkout", "set", "a")
	if out := r.git("ls-files", "--sparse"); !strings.Contains(out, "b/\n") {
		t.Skipf("git made no sparse index: %s", out)
	}
	stagedScan(t, r).complete().want()
	r.write("a/g", mark("new")+"\n")
	r.git("add", "a/g")
	stagedScan(t, r).complete().want("new a/g:1 index")
	all := whole(t, r).complete()
	if len(all.found) != 4 {
		t.Errorf("found %q", all.lines())
	}
}

func TestStagedFiles(t *testing.T) {
	r := newRepo(t)
	r.write("a.txt", mark("a"))
	r.write("d/b.txt", mark("b"))
	r.write("d/c.txt", mark("c"))
	r.git("add", "-A")
	t.Chdir(r.dir)
	for _, test := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"a a.txt:1 index", "b d/b.txt:1 index", "c d/c.txt:1 index"}},
		{[]string{"."}, []string{"a a.txt:1 index", "b d/b.txt:1 index", "c d/c.txt:1 index"}},
		{[]string{"a.txt"}, []string{"a a.txt:1 index"}},
		{[]string{"a.txt", r.path("d/c.txt")}, []string{"a a.txt:1 index", "c d/c.txt:1 index"}},
		{[]string{"a.txt", "d"}, []string{"a a.txt:1 index", "b d/b.txt:1 index", "c d/c.txt:1 index"}},
	} {
		opts := git.Options{Staged: true}
		if err := opts.Args(test.args); err != nil {
			t.Fatal(err)
		}
		scan(t, opts, mudlark.Env{}).complete().want(test.want...)
	}
	t.Chdir(r.path("d"))
	scan(t, git.Options{Staged: true, Files: []string{"b.txt"}}, mudlark.Env{}).complete().want("b d/b.txt:1 index")
	if _, err := (&git.Options{Staged: true, Files: []string{"../../elsewhere"}}).Open(context.Background(), mudlark.Env{}); err == nil {
		t.Error("a file outside the work tree was accepted")
	}
}

// TestStagedFilesWhole: all that is staged of files, old lines too, and a word for
// those that are not.
func TestStagedFilesWhole(t *testing.T) {
	r := newRepo(t)
	r.write("a.txt", mark("old")+"\n")
	r.write("b.txt", mark("b"))
	r.git("add", "-A")
	r.commit("first")
	r.write("a.txt", mark("old")+"\n"+mark("new")+"\n")
	r.git("add", "a.txt")
	r.write("a.txt", mark("worktree"))
	r.write("untracked.txt", mark("untracked"))
	t.Chdir(r.dir)
	whole := func(files ...string) result {
		return scan(t, git.Options{Staged: true, Whole: true, Files: files}, mudlark.Env{})
	}
	whole("a.txt").complete().want("old a.txt:1 index", "new a.txt:2 index")
	whole("b.txt", "deleted.txt").complete().want("b b.txt:1 index")
	got := whole("b.txt", "untracked.txt")
	got.want("b b.txt:1 index")
	if n := got.reasons()[mudlark.Missing]; n != 1 {
		t.Errorf("%d files are missing, want 1", n)
	}
	r.git("rm", "-q", "--cached", "b.txt")
	if n := whole("b.txt").reasons()[mudlark.Missing]; n != 1 {
		t.Errorf("a file that is no longer staged: %d are missing, want 1", n)
	}
	scan(t, git.Options{Staged: true, Files: []string{"a.txt"}}, mudlark.Env{}).complete().want("new a.txt:2 index")
}

func TestUnstaged(t *testing.T) {
	r := newRepo(t)
	r.write("f", "1\n"+mark("committed")+"\n")
	r.write("same", mark("same"))
	r.write("swap1", mark("swap1"))
	r.write("swap2", mark("swap2"))
	r.commit("base")
	r.write("f", "0\n"+mark("committed")+"\n"+mark("staged")+"\n")
	r.git("add", "f")
	r.write("f", "0\n"+mark("committed")+"\n"+mark("staged")+"\n"+mark("unstaged")+"\n")
	r.write("swap1", mark("swap2"))
	r.write("swap2", mark("swap1"))
	r.write("untracked", mark("untracked"))
	r.write("new", mark("intended"))
	r.git("add", "-N", "new")
	r.remove("same")
	if err := os.Symlink(mark("link"), r.path("same")); err != nil {
		t.Fatal(err)
	}
	scan(t, git.Options{Path: r.dir, PreCommit: true}, mudlark.Env{}).complete().want(
		"unstaged f:4 worktree",
		"swap2 swap1:1 worktree",
		"swap1 swap2:1 worktree",
		"intended new:1 worktree",
		"link same:1 [symlink target] worktree",
	)
	scan(t, git.Options{Path: r.dir, PreCommit: true, Staged: true}, mudlark.Env{}).complete().want("staged f:3 index")
}
