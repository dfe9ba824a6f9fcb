package git_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

const onMain = " ref refs=HEAD,refs/heads/main tips=HEAD,refs/heads/main"

func TestIntroductions(t *testing.T) {
	r := newRepo(t)
	r.write("a.txt", "x\n"+mark("one")+"\n")
	r.commit("c1")
	r.write("a.txt", "x\ny\n"+mark("one")+"\n")
	r.commit("c2 moves the line")
	r.write("a.txt", "x\n")
	r.commit("c3 removes it")
	r.write("a.txt", "x\n"+mark("one")+"\n")
	r.commit("c4 brings it back")
	r.write("b.txt", mark("two")+"\n"+mark("two")+"\n")
	r.commit("c5 has it twice")
	r.git("mv", "b.txt", "c.txt")
	r.commit("c6 renames")
	r.git("update-index", "--chmod=+x", "c.txt")
	r.git("commit", "-qm", "c7 changes the mode")
	r.write("c.txt", "old "+mark("two")+"\n"+mark("two")+"\n"+mark("two")+" new\n")
	r.commit("c8 adds a third and edits the first")
	both(t, r, func(t *testing.T, r *repo) {
		whole(t, r).complete().want(
			"one a.txt:2 by c1"+onMain,
			"one a.txt:2 by c4 brings it back"+onMain,
			"two b.txt:1 by c5 has it twice"+onMain,
			"two b.txt:2 by c5 has it twice"+onMain,
			"two c.txt:1 by c6 renames"+onMain,
			"two c.txt:2 by c6 renames"+onMain,
			"two c.txt:1 by c8 adds a third and edits the first"+onMain,
		)
	})
}

func TestMergesAnswerForWhatTheyAdd(t *testing.T) {
	r := newRepo(t)
	r.write("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n")
	r.commit("base")
	for i, name := range []string{"left", "right", "third"} {
		r.git("checkout", "-q", "-b", name, "main")
		r.write(name, mark(name)+"\n")
		if i == 0 {
			r.write("f", mark("both")+"\n1\n2\n3\n4\n5\n6\n7\n8\n9\n")
		}
		if i == 1 {
			r.write("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\nend "+mark("both")+"\n")
		}
		r.commit("on " + name)
	}
	r.git("checkout", "-q", "main")
	r.git("merge", "-q", "--no-ff", "--no-commit", "left")
	r.write("evil", mark("evil")+"\n")
	r.commit("evil merge")
	r.git("merge", "-q", "--no-ff", "-m", "octopus", "right", "third")
	on := func(branch string) string {
		names := []string{"HEAD", "refs/heads/main", "refs/heads/" + branch}
		slices.Sort(names)
		return " by on " + branch + " ref refs=" + strings.Join(names, ",") + " tips=" + strings.Join(names, ",")
	}
	both(t, r, func(t *testing.T, r *repo) {
		res := whole(t, r).complete()
		res.want(
			"left left:1"+on("left"), "right right:1"+on("right"), "third third:1"+on("third"),
			"both f:1"+on("left"), "both f:10"+on("right"),
			"evil evil:1 by evil merge"+onMain,
		)
	})
}

func TestFindingsSayWhoAndWhen(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("a"))
	id := r.commit("subject line\n\nbody")
	f := whole(t, r).found[0]
	want := mudlark.Commit{
		ID: id, Author: "Ann Author", Email: "ann@example.com", Subject: "subject line", Body: "body",
		Date: time.Unix(0, 0).UTC(),
	}
	got := *f.Origin.Commit
	if fmt.Sprint(got.Date.Unix()) != r.git("log", "-1", "--format=%at") || got.Date.Location() != time.UTC {
		t.Errorf("date %v", got.Date)
	}
	got.Date = want.Date
	if got != want {
		t.Errorf("commit %+v, want %+v", got, want)
	}
	if blob := r.git("rev-parse", "HEAD:f"); f.Origin.Object != blob || f.Origin.Source != "git" {
		t.Errorf("origin %+v, want blob %s", f.Origin, blob)
	}
}

func TestWorktrees(t *testing.T) {
	r := newRepo(t)
	r.write("f", "1")
	r.commit("base")
	other := t.TempDir() + "/other"
	r.git("worktree", "add", "-q", "-b", "side", other)
	w := r.in(other)
	w.write("g", mark("side")+"\n")
	w.commit("on side")
	w.write("h", mark("staged")+"\n")
	w.git("add", "h")
	w.git("checkout", "-q", "--detach")
	w.write("i", mark("detached")+"\n")
	w.git("add", "i")
	w.git("commit", "-qm", "detached", "i")
	for _, dir := range []string{r.dir, other} {
		head, tips := "worktrees/other/HEAD", ""
		if dir == other {
			head = "HEAD"
		}
		names := []string{head, "refs/heads/side"}
		slices.Sort(names)
		tips = strings.Join(names, ",")
		scan(t, git.Options{Path: dir}, mudlark.Env{}).complete().want(
			"side g:1 by on side ref refs="+tips+" tips="+tips,
			"staged h:1 index",
			"detached i:1 by detached ref refs="+head+" tips="+head,
		)
	}
}

func TestUnreachableCommit(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("gone"))
	r.commit("dropped " + mark("message"))
	r.git("update-ref", "-d", "refs/heads/main")
	r.remove(".git/logs")
	r.remove(".git/COMMIT_EDITMSG")
	r.git("rm", "-q", "--cached", "f")
	whole(t, r).complete().want(
		"gone f:1 by dropped "+mark("message")+" unreachable",
		"message :1 [commit message] by dropped "+mark("message")+" unreachable",
	)
	r.remove(".git/index")
	r.git("repack", "-adq", "--cruft")
	if out := r.git("count-objects", "-v"); !strings.Contains(out, "in-pack: 3") {
		t.Fatalf("no cruft pack was made: %s", out)
	}
	whole(t, r).complete().want(
		"gone f:1 by dropped "+mark("message")+" unreachable",
		"message :1 [commit message] by dropped "+mark("message")+" unreachable",
	)
}

func TestDanglingTreeGivesPaths(t *testing.T) {
	r := newRepo(t)
	r.write("d/f", mark("lost"))
	r.git("add", "d/f")
	r.git("write-tree")
	r.git("rm", "-q", "--cached", "d/f")
	whole(t, r).complete().want("lost d/f:1 unreachable")
}

func TestAlternates(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("shared"))
	r.commit("in the other")
	clone := t.TempDir() + "/clone"
	r.git("clone", "-q", "--shared", r.dir, clone)
	c := r.in(clone)
	c.write("g", mark("own"))
	c.commit("in the clone")
	all := "refs=HEAD,refs/heads/main"
	whole(t, c).complete().want(
		"shared f:1 by in the other ref "+all+",refs/remotes/origin/HEAD,refs/remotes/origin/main tips=HEAD,refs/heads/main,refs/remotes/origin/HEAD,refs/remotes/origin/main",
		"own g:1 by in the clone ref "+all+" tips=HEAD,refs/heads/main",
	)
	r.remove(".git/objects")
	if n := whole(t, c).reasons(); n[mudlark.Missing]+n[mudlark.Corrupt]+n[mudlark.Unreadable] == 0 {
		t.Errorf("alternates are gone, and nothing was skipped")
	}
}

func TestShallowClone(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("first")+"\n")
	r.commit("one")
	r.write("f", mark("second")+"\n")
	r.commit("two")
	clone := t.TempDir() + "/clone"
	r.git("clone", "-q", "--depth=1", "file://"+r.dir, clone)
	res := whole(t, r.in(clone))
	if n := res.reasons(); n[mudlark.Shallow] != 1 || len(n) != 1 {
		t.Errorf("skips %v, want one for the shallow boundary", n)
	}
	if !res.has("second") || res.has("first") {
		t.Errorf("found %v", res.lines())
	}
	res = scan(t, git.Options{Path: clone, Since: "2000-01-01"}, mudlark.Env{})
	if n := res.reasons(); n[mudlark.Shallow] != 1 || len(n) != 1 {
		t.Errorf("since: skips %v, want one for the shallow boundary", n)
	}
	_, err := (&git.Options{Path: clone, Range: r.git("rev-parse", "HEAD~1") + "..HEAD"}).Open(context.Background(), mudlark.Env{})
	if err == nil || !strings.Contains(err.Error(), "git fetch --unshallow") {
		t.Errorf("error %v, want one that says how to fetch the base", err)
	}
}

func TestPartialClone(t *testing.T) {
	r := newRepo(t)
	r.git("config", "uploadpack.allowFilter", "true")
	r.write("f", mark("first")+"\n")
	r.commit("one")
	r.write("f", mark("second")+"\n")
	r.commit("two")
	clone := t.TempDir() + "/clone"
	r.git("clone", "-q", "--filter=blob:none", "file://"+r.dir, clone)
	res := whole(t, r.in(clone))
	if n := res.reasons(); n[mudlark.Promised] != 1 || len(n) != 1 {
		t.Errorf("skips %v, want one promised blob", res.skips)
	}
	if !res.has("second") || res.has("first") {
		t.Errorf("found %v", res.lines())
	}
	res = scan(t, git.Options{Path: clone, Range: "HEAD"}, mudlark.Env{})
	if n := res.reasons(); n[mudlark.Promised] != 1 || len(n) != 1 {
		t.Errorf("range: skips %v, want one promised blob", res.skips)
	}
}

func TestSubmodulesAndPointersAreSkips(t *testing.T) {
	inner := newRepo(t)
	inner.write("f", mark("inner"))
	inner.commit("inner")
	r := newRepo(t)
	r.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "sub")
	pointer, _ := lfs("content that is elsewhere")
	r.write("large.bin", pointer)
	r.commit("outer")
	r.write("sub2/x", "1")
	r.commit("more")
	res := whole(t, r)
	n := res.reasons()
	if n[mudlark.Submodule] != 1 || n[mudlark.LFSPointer] != 1 || len(n) != 2 {
		t.Errorf("skips %v", res.skips)
	}
	for _, s := range res.skips {
		switch {
		case s.Reason == mudlark.Submodule && s.Origin.Path == "sub" && strings.Contains(s.Detail, "mudlark git .git/modules/sub"):
		case s.Reason == mudlark.LFSPointer && s.Origin.Path == "large.bin":
		default:
			t.Errorf("skip %+v", s)
		}
	}
	res.want()
}

// TestNothingRuns opens a repository whose configuration would run programs in
// whoever asks git, and would hide commits and files from them.
func TestNothingRuns(t *testing.T) {
	r := newRepo(t)
	r.write("f.txt", mark("one")+"\n")
	r.write(".gitattributes", "*.txt diff=evil filter=evil -text\n*.bin export-ignore\n")
	r.write("f.bin", mark("two")+"\n")
	r.commit("first")
	r.write("f.txt", mark("three")+"\n")
	r.git("add", "f.txt")
	sentinel := r.path("ran")
	run := "touch " + sentinel
	for _, kv := range []string{
		"core.fsmonitor=" + run, "diff.evil.textconv=" + run, "filter.evil.clean=" + run, "filter.evil.smudge=" + run,
		"filter.evil.process=" + run, "core.sshCommand=" + run, "core.pager=" + run, "diff.external=" + run,
		"core.editor=" + run, "gpg.program=" + run, "credential.helper=!" + run, "color.ui=always",
		"log.showRoot=false", "diff.orderFile=/nonexistent", "core.hooksPath=.git/hooks", "diff.noprefix=true",
	} {
		key, value, _ := strings.Cut(kv, "=")
		r.write(".git/config", r.read(".git/config")+fmt.Sprintf("[%s]\n\t%s = %q\n", section(key), key[strings.LastIndex(key, ".")+1:], value))
	}
	for _, hook := range []string{"pre-commit", "post-checkout", "post-index-change", "fsmonitor-watchman"} {
		r.write(".git/hooks/"+hook, "#!/bin/sh\n"+run+"\n")
		if err := os.Chmod(r.path(".git/hooks/"+hook), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	whole(t, r).complete().want("one f.txt:1 by first"+onMain, "two f.bin:1 by first"+onMain, "three f.txt:1 index")
	for _, o := range []git.Options{{Staged: true}, {PreCommit: true}, {Range: "HEAD"}, {Since: "2000-01-01"}} {
		o.Path = r.dir
		scan(t, o, mudlark.Env{}).complete()
	}
	if _, err := os.Stat(sentinel); !errors.Is(err, os.ErrNotExist) {
		t.Error("a program named by the configuration was run")
	}
}

func section(key string) string {
	parts := strings.Split(key, ".")
	if len(parts) == 3 {
		return fmt.Sprintf("%s %q", parts[0], parts[1])
	}
	return parts[0]
}

// TestTreeBomb reads trees that spell 10^40 paths.
func TestTreeBomb(t *testing.T) {
	r := newRepo(t)
	blob := r.stdin(mark("bomb"), "hash-object", "-w", "--stdin")
	deep := r.stdin(mark("deep"), "hash-object", "-w", "--stdin")
	line := func(kind, id, name string) string { return fmt.Sprintf("%s %s\t%s\n", kind, id, name) }
	tree := r.stdin(line("100644 blob", blob, "f"), "mktree")
	for range 40 {
		var text strings.Builder
		for i := range 10 {
			text.WriteString(line("040000 tree", tree, fmt.Sprint("d", i)))
		}
		text.WriteString(line("100644 blob", deep, "zz"))
		tree = r.stdin(text.String(), "mktree")
	}
	commit := r.git("commit-tree", "-m", "bomb", tree)
	r.git("update-ref", "refs/heads/main", commit)
	start := time.Now()
	res := whole(t, r).complete()
	if !res.has("bomb") || !res.has("deep") {
		t.Error("not all content was found")
	}
	if len(res.coverage.Notes) == 0 {
		t.Error("no note says that paths were left out")
	}
	for _, f := range res.found {
		if f.Origin.Commit == nil {
			t.Errorf("%s: no commit", describe(f))
		}
	}
	res = scan(t, git.Options{Path: r.dir, Range: "HEAD"}, mudlark.Env{}).complete()
	if !res.has("bomb") || !res.has("deep") {
		t.Error("range: not all content was found")
	}
	t.Log(time.Since(start))
}

// TestDeepFolders reads trees that lie in each other deeper than paths can be.
func TestDeepFolders(t *testing.T) {
	r := newRepo(t)
	blob := r.stdin(mark("deep"), "hash-object", "-w", "--stdin")
	text := "100644 blob " + blob + "\tf\n"
	for range 30 {
		tree := r.stdin(text, "mktree")
		text = fmt.Sprintf("040000 tree %s\t%s\n", tree, strings.Repeat("long", 100))
	}
	r.git("update-ref", "refs/heads/main", r.git("commit-tree", "-m", "deep", r.stdin(text, "mktree")))
	for _, opts := range []git.Options{{Path: r.dir}, {Path: r.dir, Range: "HEAD"}} {
		res := scan(t, opts, mudlark.Env{})
		if n := res.reasons(); n[mudlark.Unsupported] == 0 {
			t.Errorf("skips %v", n)
		}
		if opts.Range == "" && !res.has("deep") {
			t.Error("the content was not read")
		}
	}
}

// TestSubmoduleThatIsNoMore is about a repository left behind in .git/modules.
func TestSubmoduleThatIsNoMore(t *testing.T) {
	r := newRepo(t)
	r.commit("one")
	r.git("init", "-q", "--bare", ".git/modules/gone")
	res := whole(t, r)
	if len(res.skips) != 1 || res.skips[0].Reason != mudlark.Submodule || res.skips[0].Origin.Path != ".git/modules/gone" {
		t.Errorf("skips %+v", res.skips)
	}
}

// TestArchiveMembers traces what an archive says besides content.
func TestArchiveMembers(t *testing.T) {
	r := newRepo(t)
	r.write("d/a.zip", zipped(t, mark("member")+".txt", mark("content")))
	r.commit("one")
	r.write(".git/left.zip", zipped(t, mark("beside")+".txt", mark("besides")))
	inner := "d/a.zip!" + mark("member") + ".txt"
	beside := ".git/left.zip!" + mark("beside") + ".txt"
	whole(t, r).complete().want(
		"member "+inner+":1 [path name] by one"+onMain,
		"content "+inner+":1 by one"+onMain,
		"beside "+beside+":1 [path name] worktree",
		"besides "+beside+":1 [git file] worktree",
	)
}

func TestEmptyRepository(t *testing.T) {
	r := newRepo(t)
	whole(t, r).complete().want()
	scan(t, git.Options{Path: r.dir, Since: "1 day"}, mudlark.Env{}).complete().want()
	_, err := (&git.Options{Path: r.dir, Range: "HEAD"}).Open(t.Context(), mudlark.Env{})
	if err == nil || !strings.Contains(err.Error(), "no commit yet") {
		t.Errorf("error %v", err)
	}
}

func TestTagsOfAllKinds(t *testing.T) {
	r := newRepo(t)
	r.write("d/f", mark("intree"))
	r.git("add", "-A")
	tree := r.git("write-tree")
	blob := r.stdin(mark("blob"), "hash-object", "-w", "--stdin")
	r.git("rm", "-q", "--cached", "d/f")
	r.remove("d")
	r.commit("one")
	r.git("tag", "-a", "-m", mark("treetag"), "t", tree)
	r.git("tag", "-a", "-m", mark("blobtag"), "b", blob)
	r.git("tag", "-a", "-m", mark("inner"), "i", "HEAD")
	r.git("tag", "-a", "-m", mark("outer"), "o", "i")
	r.git("tag", "-d", "i")
	r.git("tag", "-a", "-m", mark("lost"), "l", "HEAD")
	r.git("tag", "-d", "l")
	r.remove(".git/TAG_EDITMSG")
	tag := func(name string) string { return " ref refs=refs/tags/" + name + " tips=refs/tags/" + name }
	whole(t, r).complete().want(
		"intree d/f:1"+tag("t"),
		"blob :1"+tag("b"),
		"treetag :6 [tag]"+tag("t"), "blobtag :6 [tag]"+tag("b"),
		"inner :6 [tag]"+tag("o"), "outer :6 [tag]"+tag("o"),
		"lost :6 [tag] unreachable",
	)
}

func TestBodyOfMessages(t *testing.T) {
	for _, test := range []struct{ message, want string }{
		{"subject\n", ""},
		{"subject\nmore of it\n", ""},
		{"\nsubject\n\nbody\n", "body"},
		{"s\n\n\n\nfirst \t\nsecond\n\n \n\n  third\n\n", "first\nsecond\n\n  third"},
		{"s\n\n\xff", "\uFFFD"},
		{"s\n\n" + strings.Repeat("x", git.MaxBody+1), strings.Repeat("x", git.MaxBody) + "..."},
	} {
		if got := git.Body([]byte(test.message)); got != test.want {
			t.Errorf("%.40q: got %.40q, want %.40q", test.message, got, test.want)
		}
	}
}
