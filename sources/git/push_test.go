package git_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

func pushed(t testing.TB, r *repo, p git.Push) result {
	t.Helper()
	return scan(t, git.Options{Path: r.dir, Push: &p}, mudlark.Env{Workers: 2})
}

func TestPushTellsWhatTheReceiverLacks(t *testing.T) {
	r := newRepo(t)
	r.write("old.txt", mark("old")+"\n")
	old := r.commit("old")
	r.git("update-ref", "refs/remotes/origin/main", old)
	r.write("new.txt", mark("new")+"\n")
	newer := r.commit("new")
	r.git("tag", "-a", "-m", mark("unsent"), "unsent")
	r.git("tag", "-a", "-m", mark("tag"), "sent", old)
	r.git("tag", "-a", "-m", mark("outer"), "outer", "sent")
	blob := r.stdin(mark("blob")+"\n", "hash-object", "-w", "--stdin")
	folder := r.stdin("100644 blob "+blob+"\t"+mark("name")+"\n", "mktree")
	folder = r.stdin("040000 tree "+folder+"\tin\n", "mktree")
	none := strings.Repeat("1", len(old))
	both(t, r, func(t *testing.T, r *repo) {
		for _, c := range []struct {
			push git.Push
			want []string
		}{
			{git.Push{New: []string{newer}, Known: []string{old, none}}, []string{"new"}},
			{git.Push{New: []string{newer}, Remote: "origin"}, []string{"new"}},
			{git.Push{New: []string{"main", old}, Remote: "origin"}, []string{"new"}},
			{git.Push{New: []string{newer}, Remote: "orig"}, []string{"new", "old"}},
			{git.Push{New: []string{newer}, Known: []string{none}}, []string{"new", "old"}},
			{git.Push{New: []string{r.git("rev-parse", "sent")}, Remote: "origin"}, []string{"tag"}},
			{git.Push{New: []string{"refs/tags/outer", "sent"}, Remote: "origin"}, []string{"outer", "tag"}},
			{git.Push{New: []string{blob}, Remote: "origin"}, []string{"blob"}},
			{git.Push{New: []string{folder}, Remote: "origin"}, []string{"blob", "name"}},
			{git.Push{New: []string{newer}, Known: []string{newer}}, nil},
		} {
			got := pushed(t, r, c.push).complete()
			var names []string
			for _, f := range got.found {
				names = append(names, strings.TrimSuffix(strings.TrimPrefix(f.Secret.Reveal(), "MARK_"), "_END"))
			}
			slices.Sort(names)
			if !slices.Equal(names, c.want) {
				t.Errorf("%+v: %v, want %v", c.push, names, c.want)
			}
		}
	})
}

func TestPushOfWhatIsNotHereIsRefused(t *testing.T) {
	r := newRepo(t)
	r.commit("one")
	for _, c := range []struct {
		opts git.Options
		say  string
	}{
		{git.Options{Push: &git.Push{New: []string{strings.Repeat("1", 40)}}}, "is not in the repository"},
		{git.Options{Budget: time.Second}, "a budget is for a push"},
		{git.Options{Push: &git.Push{New: []string{"HEAD"}}, Staged: true}, "by itself"},
	} {
		c.opts.Path = r.dir
		if _, err := c.opts.Open(context.Background(), mudlark.Env{}); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v, and not %q", err, c.say)
		}
	}
}

// TestStagedReadsTheIndexThatGitNames: that of a commit of some files only.
func TestStagedReadsTheIndexThatGitNames(t *testing.T) {
	r := newRepo(t)
	r.write("a.txt", "a\n")
	r.commit("one")
	own, err := os.ReadFile(r.path(".git/index"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("a.txt", mark("staged")+"\n")
	r.git("add", "a.txt")
	r.write(".git/next-index-1.lock", string(own))
	opts := git.Options{Path: r.dir, Staged: true}
	scan(t, opts, mudlark.Env{}).complete().want("staged a.txt:1 index")
	opts.Index = r.path(".git/next-index-1.lock")
	scan(t, opts, mudlark.Env{}).complete().want()

	opts.Index = r.path(".git/none.lock")
	if got := scan(t, opts, mudlark.Env{}); len(got.skips) != 1 {
		t.Errorf("an index that is not there: %v", got.skips)
	}
}

// TestStagedKnowsMoreParents: what they have is no news.
func TestStagedKnowsMoreParents(t *testing.T) {
	r := newRepo(t)
	r.commit("one")
	r.git("checkout", "-q", "-b", "side")
	r.write("a.txt", mark("side")+"\n")
	side := r.commit("side")
	r.git("checkout", "-q", "main")
	r.write("a.txt", mark("side")+"\n"+mark("new")+"\n")
	r.git("add", "a.txt")
	opts := git.Options{Path: r.dir, Staged: true, Parents: []string{side, "CHERRY_PICK_HEAD"}}
	scan(t, opts, mudlark.Env{}).complete().want("new a.txt:2 index")
	opts.Parents = []string{strings.Repeat("1", 40)}
	if _, err := opts.Open(context.Background(), mudlark.Env{}); err == nil {
		t.Error("a parent that is not there")
	}
}

// TestReceivedIsWhatNoRefLeadsTo: not what the pushed ref held alone.
func TestReceivedIsWhatNoRefLeadsTo(t *testing.T) {
	r := newRepo(t)
	r.write("old.txt", mark("old")+"\n")
	old := r.commit("old")
	r.git("tag", "-a", "-m", mark("known"), "known")
	r.git("checkout", "-q", "-b", "side")
	r.write("side.txt", mark("side")+"\n")
	side := r.commit("side")
	r.git("checkout", "-q", "--detach", "main")
	r.write("new.txt", mark("new")+"\n")
	newer := r.commit("new")
	blob := r.stdin(mark("blob")+"\n", "hash-object", "-w", "--stdin")
	r.git("update-ref", "refs/tags/blob", blob)
	known := r.git("rev-parse", "known")
	r.git("tag", "-a", "-m", mark("outer"), "outer", known)
	outer := r.git("rev-parse", "outer")
	r.git("tag", "-d", "outer")
	folder := r.git("rev-parse", newer+"^{tree}")
	r.git("checkout", "-q", "main")
	both(t, r, func(t *testing.T, r *repo) {
		for _, c := range []struct {
			new  string
			want string
		}{
			{newer, "new"},
			{old, ""},
			{side, ""},
			{known, ""},
			{blob, ""},
			{outer, "known outer"}, // a tag is told with what it names
			{folder, "new"},
		} {
			got := pushed(t, r, git.Push{New: []string{c.new}, Received: true}).complete()
			if names := marksOf(got.found); strings.Join(names, " ") != c.want {
				t.Errorf("%s: %v, want %v", c.new, names, c.want)
			}
		}
	})
}

// TestReceivedWaitsInAQuarantine: with objects in a folder beside the repository's.
func TestReceivedWaitsInAQuarantine(t *testing.T) {
	r := newRepo(t)
	known := r.commit("known")
	there := t.TempDir()
	r.git("clone", "-q", "--bare", ".", there)
	r.write("new.txt", mark("new")+"\n")
	newer := r.commit("new")
	opts := git.Options{Path: there, Push: &git.Push{New: []string{newer}, Known: []string{known}, Received: true}}
	if _, err := opts.Open(context.Background(), mudlark.Env{}); err == nil {
		t.Error("a commit that is nowhere was opened")
	}
	opts.Objects = []string{r.path(".git/objects"), r.path("gone"), there + "/objects"}
	scan(t, opts, mudlark.Env{}).complete().want("new new.txt:1 by new unreachable")
}
