package git_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

func ranged(t testing.TB, r *repo, text string) result {
	t.Helper()
	return scan(t, git.Options{Path: r.dir, Range: text}, mudlark.Env{Workers: 2})
}

func TestRangeTellsWhatItsCommitsAdd(t *testing.T) {
	r := newRepo(t)
	r.write("old.txt", mark("old")+"\n")
	r.write("edited.txt", "a\n"+mark("kept")+"\n")
	r.write("in/"+mark("dir")+"/a", "a")
	r.commit("base " + mark("basemessage"))
	r.git("tag", "base")
	r.write("edited.txt", "b\n"+mark("kept")+"\nx\n"+mark("added")+"\n")
	r.write("in/"+mark("dir")+"/b", "b")
	r.write(mark("newdir")+"/a", "a")
	r.write(mark("newdir")+"/b", "b")
	r.write("archive.zip", zipped(t, "m", mark("member")))
	r.commit("two " + mark("message"))
	r.git("tag", "-a", "-m", mark("tag"), "v2")
	r.git("checkout", "-q", "-b", "side", "base")
	r.write("side.txt", mark("side"))
	r.commit("on side")
	r.git("checkout", "-q", "main")
	r.git("merge", "-q", "--no-ff", "--no-commit", "side")
	r.write("evil.txt", mark("evil"))
	r.commit("merge")
	r.remove("edited.txt")
	r.commit("removes it")
	both(t, r, func(t *testing.T, r *repo) {
		refs, all := " ref refs=HEAD,refs/heads/main", " ref refs=HEAD,refs/heads/main tips=HEAD,refs/heads/main"
		ranged(t, r, "base..HEAD").complete().want(
			"added edited.txt:4 by two "+mark("message")+refs+",refs/tags/v2 tips=refs/tags/v2",
			"newdir "+mark("newdir")+":1 [path name] by two "+mark("message")+refs+",refs/tags/v2 tips=HEAD,refs/heads/main,refs/tags/v2",
			"member archive.zip!m:1 by two "+mark("message")+refs+",refs/tags/v2 tips=HEAD,refs/heads/main,refs/tags/v2",
			"message :1 [commit message] by two "+mark("message")+refs+",refs/tags/v2 tips=refs/tags/v2",
			"tag :6 [tag] ref refs=refs/tags/v2 tips=refs/tags/v2",
			"side side.txt:1 by on side"+refs+",refs/heads/side tips=HEAD,refs/heads/main,refs/heads/side",
			"evil evil.txt:1 by merge"+all,
		)
		ranged(t, r, "v2..HEAD").complete().want(
			"side side.txt:1 by on side"+refs+",refs/heads/side tips=HEAD,refs/heads/main,refs/heads/side",
			"evil evil.txt:1 by merge"+all,
		)
		ranged(t, r, "HEAD~1..HEAD").complete().want()
	})
}

func TestRangeWithNothingInItSaysSo(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("a"))
	r.commit("one")
	r.git("tag", "v1")
	r.write("f", mark("b"))
	r.commit("two")
	for text, note := range map[string]string{
		"v1..v1":    "nothing to scan: v1 and v1 are the same commit",
		"HEAD..":    "nothing to scan: HEAD and HEAD are the same commit",
		"HEAD..v1":  "nothing to scan: no commit is in the range HEAD..v1",
		"v1 ^HEAD":  "nothing to scan: no commit is in the range v1 ^HEAD",
		"v1...v1^0": "nothing to scan: v1 and v1^0 are the same commit",
	} {
		res := ranged(t, r, text).complete()
		res.want()
		if !slices.Equal(res.coverage.Notes, []string{note}) {
			t.Errorf("%s: notes %q, want %q", text, res.coverage.Notes, note)
		}
	}
	res := scan(t, git.Options{Path: r.dir, Since: "2030-01-01"}, mudlark.Env{}).complete()
	if len(res.coverage.Notes) != 1 || !strings.Contains(res.coverage.Notes[0], "no commit since 2030-01-01") {
		t.Errorf("notes %q", res.coverage.Notes)
	}
}

func TestRevisions(t *testing.T) {
	r := newRepo(t)
	var ids []string
	for _, m := range []string{"one", "two", "three"} {
		ids = append(ids, r.commit(m))
	}
	r.git("tag", "-a", "-m", "x", "v1", "HEAD~1")
	r.git("tag", "-a", "-m", "x", "v2", "v1")
	r.git("update-ref", "refs/remotes/origin/main", "HEAD~2")
	r.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	r.git("checkout", "-q", "-b", "side", "HEAD~1")
	r.commit("side")
	r.git("checkout", "-q", "main")
	r.git("merge", "-q", "--no-ff", "-m", "merge", "side")
	r.git("branch", "same", "HEAD~1")
	r.git("tag", "same", "HEAD~1")
	for _, rev := range []string{
		"HEAD", "@", "main", "heads/main", "refs/heads/main", "HEAD^2", "HEAD^2~1", "HEAD^^", "HEAD~3", "v1", "v2", "v2^{}",
		"v1^{commit}~1", "tags/v1", "origin", "origin/main", "refs/remotes/origin/main", ids[0], ids[0][:8], strings.ToUpper(ids[1][:12]),
		"main@{1}", "HEAD@{2}", "@{1}", "HEAD@{0}~1", "@~2", "same", "v1^0", "HEAD^2^1",
	} {
		want := r.git("log", "--format=%H", "--no-walk", rev)
		opts := git.Options{Path: r.dir, Range: rev + " ^" + want}
		if _, err := opts.Open(context.Background(), mudlark.Env{}); err != nil {
			t.Errorf("%s: %v", rev, err)
			continue
		}
		res := scan(t, opts, mudlark.Env{})
		if res.coverage.Commits != 0 {
			t.Errorf("%s is not %s", rev, want)
		}
		res = scan(t, git.Options{Path: r.dir, Range: want + " ^" + rev}, mudlark.Env{})
		if res.coverage.Commits != 0 {
			t.Errorf("%s is not %s", rev, want)
		}
	}
}

func TestRevisionsThatAreRefused(t *testing.T) {
	r := newRepo(t)
	r.commit("one")
	r.git("branch", "twice")
	r.commit("two")
	r.git("tag", "twice")
	id := r.git("rev-parse", "HEAD~1")
	r.git("branch", id[:12], "HEAD")
	r.git("branch", id[:11], id)
	r.git("branch", id, "HEAD")
	blob := r.stdin("x", "hash-object", "-w", "--stdin")
	if _, err := (&git.Options{Path: r.dir, Range: id[:11] + " " + id}).Open(context.Background(), mudlark.Env{}); err != nil {
		t.Errorf("a branch that has the name of its own commit, and an id that is a name as well: %v", err)
	}
	for text, want := range map[string]string{
		"nowhere..HEAD":                    `revision "nowhere": no ref and no commit of this name`,
		"HEAD..nowhere":                    "git fetch origin",
		"twice..HEAD":                      "it is ambiguous: refs/tags/twice and refs/heads/twice differ",
		id[:12] + "..HEAD":                 "it is ambiguous: refs/heads/" + id[:12] + " is not commit " + id,
		"HEAD~7..HEAD":                     "has no parent 1",
		"HEAD^3":                           "has no parent 3",
		"HEAD:file":                        "is not understood",
		":/text":                           "it names nothing",
		"HEAD^{tree}":                      "is not understood",
		"HEAD@{yesterday}":                 "is not understood",
		"HEAD@{99}":                        "goes back only",
		"main@{upstream}":                  "is not understood",
		"^HEAD":                            "only leaves out commits",
		" ":                                "names no commits",
		strings.Repeat("1", 40):            "is not in the repository: run `git fetch origin",
		"1234567890..HEAD":                 "is not in the repository",
		blob:                               "is a blob, not a commit",
		"HEAD~99999999999999999999":        "too large a number",
		"--all":                            "no ref and no commit of this name",
		"refs/heads/../../etc":             "no ref",
		"main@{1}@{1}":                     "is not understood",
		"HEAD..HEAD..HEAD":                 "no ref and no commit",
		"\x00":                             "no ref and no commit",
		"HEAD" + strings.Repeat("^", 5000): "has no parent",
	} {
		_, err := (&git.Options{Path: r.dir, Range: text}).Open(context.Background(), mudlark.Env{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: error %.300v, want one with %q", text, fmt.Sprint(err), want)
		} else if len(err.Error()) > 500 {
			t.Errorf("%.60q: an error of %d bytes", text, len(err.Error()))
		}
	}
}

func TestSince(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("old")+"\n")
	r.commit("old")
	r.write("f", mark("old")+"\n"+mark("new")+"\n")
	id := r.commit("new")
	r.git("checkout", "-q", "-b", "other", "HEAD~1")
	r.write("g", mark("other"))
	r.commit("other")
	when := r.git("show", "-s", "--format=%cI", id)
	scan(t, git.Options{Path: r.dir, Since: when}, mudlark.Env{}).complete().want(
		"new f:2 by new ref refs=refs/heads/main tips=refs/heads/main",
		"other g:1 by other ref refs=HEAD,refs/heads/other tips=HEAD,refs/heads/other",
	)
	scan(t, git.Options{Path: r.dir, Since: when, Range: "main"}, mudlark.Env{}).complete().want(
		"new f:2 by new ref refs=refs/heads/main tips=refs/heads/main",
	)
	if _, err := (&git.Options{Path: r.dir, Since: "someday"}).Open(context.Background(), mudlark.Env{}); err == nil {
		t.Error("a date that is none was accepted")
	}
}
