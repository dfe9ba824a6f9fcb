package git_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// rememberer hands a source's skips back to it, as a scanner does.
type rememberer struct {
	tb  testing.TB
	src mudlark.Source
}

func (r rememberer) Chunks(ctx context.Context, yield mudlark.Yield) error {
	return r.src.Chunks(ctx, func(c mudlark.Chunk, err error) error {
		var s *mudlark.Skip
		if errors.As(err, &s) {
			skip := *s
			skip.Origin = c.Origin
			r.src.(mudlark.Rememberer).Skipped(skip)
		}
		return yield(c, err)
	})
}

func (r rememberer) Attribute(ctx context.Context, found []mudlark.Finding, yield mudlark.Yield) ([]mudlark.Finding, error) {
	return r.src.(mudlark.Attributor).Attribute(ctx, found, yield)
}

func (r rememberer) Covered() mudlark.Coverage { return r.src.(mudlark.Accountant).Covered() }

// since scans what came in since the scan before, and returns what the scan said
// that it was asked for.
func since(tb testing.TB, opts git.Options, env mudlark.Env) (result, string) {
	tb.Helper()
	src, err := opts.Open(context.Background(), env)
	if err != nil {
		tb.Fatal(err)
	}
	defer src.(interface{ Close() error }).Close()
	res := read(tb, rememberer{tb, src})
	if err := src.(mudlark.Rememberer).Remember(mudlark.Summary{}); err != nil {
		tb.Fatal(err)
	}
	return res, opts.Asked()
}

// A nightly is a repository that is scanned again and again.
type nightly struct {
	*repo
	state  string
	beyond int // see git.ReadAllBeyond
}

func newNightly(r *repo) *nightly { return &nightly{r, filepath.Join(r.TempDir(), "state"), 0} }

func (n *nightly) scan() result {
	n.Helper()
	res, _ := n.asked()
	return res
}

func (n *nightly) asked() (result, string) {
	n.Helper()
	opts := git.Options{Path: n.dir, SinceState: n.state}
	git.ReadAllBeyond(&opts, n.beyond)
	return since(n.TB, opts, mudlark.Env{Workers: 2})
}

// eachWay runs a test with new objects read one by one, and with everything read
// and the old findings dropped.
func eachWay(t *testing.T, check func(t *testing.T, beyond int)) {
	t.Helper()
	t.Run("one by one", func(t *testing.T) { check(t, 1<<30) })
	t.Run("all", func(t *testing.T) { check(t, 1) })
}

// TestSinceStateAgainstWholeScans cuts random histories anywhere: what was found
// at the cut and what was found since then are what a scan of everything finds.
func TestSinceStateAgainstWholeScans(t *testing.T) {
	seeds := 24
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		eachWay(t, func(t *testing.T, beyond int) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(seed), 3))
				from := newRepo(t)
				from.stdin(randomHistory(uint64(300+seed)), "fast-import", "--quiet", "--force")
				commits := strings.Fields(from.git("rev-list", "--all"))
				n := newNightly(newRepo(t))
				n.beyond = beyond
				before := map[string]bool{}
				for round := range 3 {
					some := rng.Perm(len(commits))[:1+rng.IntN(3)]
					for _, i := range some {
						n.git("-c", "protocol.file.allow=always", "fetch", "-q", from.dir, commits[i]+":refs/heads/"+fmt.Sprint("at", i))
					}
					if round == 2 {
						n.git("fetch", "-q", from.dir, "+refs/*:refs/all/*")
					}
					switch rng.IntN(3) {
					case 0:
						n.pack()
					case 1:
						n.git("repack", "-q", "-d")
					}
					got := map[string]bool{}
					for _, line := range introductions(n.scan().complete()) {
						if before[line] {
							t.Errorf("round %d: told again: %s", round, line)
						}
						got[line] = true
					}
					want := map[string]bool{}
					for _, line := range introductions(whole(t, n.repo).complete()) {
						want[line] = true
						if !got[line] && !before[line] {
							t.Errorf("round %d: not found: %s", round, line)
						}
					}
					for line := range got {
						if before[line] = true; !want[line] {
							t.Errorf("round %d: found, but not by a scan of everything: %s", round, line)
						}
					}
				}
				if len(before) < 10 {
					t.Errorf("only %d findings", len(before))
				}
			})
		})
	}
}

// introductions lists what was found in the history, in words that new refs and
// commits do not change.
func introductions(r result) []string {
	var lines []string
	for _, f := range r.found {
		if c := f.Origin.Commit; c != nil {
			lines = append(lines, fmt.Sprintf("%s %s %s:%d [%s] by %s", f.Secret.Reveal(), f.Origin.Object, f.Origin.Path, f.Position.StartLine, f.Origin.Part, c.ID))
		}
	}
	return lines
}

func TestSinceStateTellsWhatCameIn(t *testing.T) {
	eachWay(t, func(t *testing.T, beyond int) {
		n := newNightly(newRepo(t))
		n.beyond = beyond
		n.git("config", "gc.auto", "0")
		n.git("config", "core.logAllRefUpdates", "false") // reflogs are read each time
		n.write("old", "a\n"+mark("old")+"\n")
		n.write("docs/kept", mark("kept"))
		n.commit("one " + mark("message"))
		n.remove(".git/COMMIT_EDITMSG")
		if res, asked := n.asked(); asked != "the whole repository, all refs" || len(res.found) != 3 {
			t.Fatalf("first %q: %q", asked, res.lines())
		}

		res, asked := n.asked()
		res.complete().want()
		if !strings.HasPrefix(asked, "what came in since the scan of 20") || !strings.HasSuffix(asked, "by "+filepath.ToSlash(n.state)) {
			t.Errorf("asked %q", asked)
		}
		if len(res.coverage.Notes) != 1 || !strings.Contains(res.coverage.Notes[0], "is not reported again") {
			t.Errorf("notes %q", res.coverage.Notes)
		}

		n.pack()
		n.scan().complete().want() // the same objects under another name

		n.git("branch", "again", "HEAD")
		n.git("tag", "light")
		n.scan().complete().want() // new refs, old content

		n.git("tag", "-a", "-m", mark("tag"), "v1")
		n.scan().complete().want("tag :6 [tag] ref refs=refs/tags/v1 tips=refs/tags/v1")

		// A version, a copy at another path, a name, an archive; what stays is no news.
		n.write("old", "a\n"+mark("old")+"\nb\n"+mark("added")+"\n")
		n.write("src/copy", mark("kept"))
		n.write(mark("name")+"/f", "x")
		n.write("a.zip", zipped(t, "m", mark("member")))
		n.commit("two")
		n.pack() // the version is a delta of the old one now, or the other way round
		held := " by two ref refs=HEAD,refs/heads/main tips=HEAD,refs/heads/main"
		n.remove(".git/COMMIT_EDITMSG")
		n.scan().complete().want("added old:4"+held, "kept src/copy:1"+held, "name "+mark("name")+":1 [path name]"+held, "member a.zip!m:1"+held)
		n.scan().complete().want()
	})
}

// TestSinceStateFindsWhatNoCommitHas is about staged content, what only a tree
// or nothing holds, stashes and reflogs.
func TestSinceStateFindsWhatNoCommitHas(t *testing.T) {
	eachWay(t, func(t *testing.T, beyond int) {
		n := newNightly(newRepo(t))
		n.beyond = beyond
		n.git("config", "gc.auto", "0")
		n.write("f", mark("old")+"\n")
		n.commit("one")
		n.scan()

		n.write("f", mark("old")+"\n"+mark("staged")+"\n")
		n.git("add", "f")
		loose := n.stdin(mark("loose"), "hash-object", "-w", "--stdin")
		inTree := n.stdin(mark("intree"), "hash-object", "-w", "--stdin")
		inner := n.stdin("100644 blob "+inTree+"\tf\n", "mktree")
		n.stdin("040000 tree "+inner+"\tdir\n", "mktree")
		named := n.stdin(mark("named"), "hash-object", "-w", "--stdin")
		tree := n.stdin("100644 blob "+named+"\tn\n", "mktree")
		n.git("update-ref", "refs/tags/tree", tree)
		blob := n.stdin(mark("blob"), "hash-object", "-w", "--stdin")
		n.git("tag", "-a", "-m", "x", "toblob", blob)
		_ = loose
		news := []string{
			"staged f:2 index", "loose :1 unreachable", "intree dir/f:1 unreachable",
			"named n:1 ref refs=refs/tags/tree tips=refs/tags/tree", "blob :1 ref refs=refs/tags/toblob tips=refs/tags/toblob",
		}
		n.scan().complete().want(news...)
		n.scan().complete().want()
		if got := whole(t, n.repo); len(got.found) != len(news)+1 {
			t.Errorf("a scan of everything finds %q", got.lines())
		}

		n.git("commit", "-q", "-m", "two")
		n.write("f", mark("stash"))
		n.git("stash")
		n.write("f", mark("reflog"))
		n.commit("lost")
		n.git("reset", "-q", "--hard", "HEAD~1")
		n.remove(".git/COMMIT_EDITMSG")
		res := n.scan().complete()
		for _, name := range []string{"staged", "stash", "reflog"} {
			if !res.has(name) {
				t.Errorf("%s was not found", name)
			}
		}
		if res.has("old") || res.has("loose") {
			t.Errorf("found %q", res.lines())
		}
		n.scan().complete().want()
	})
}

// TestOtherRulesStartOver is about everything that changes what is found.
func TestOtherRulesStartOver(t *testing.T) {
	r := newRepo(t)
	r.write("f", mark("f"))
	r.commit("one")
	state := filepath.Join(t.TempDir(), "state")
	first := git.Options{Path: r.dir, SinceState: state}
	other := first
	other.MaxFileBytes = 1 << 20
	for i, step := range []struct {
		opts git.Options
		env  mudlark.Env
		all  bool
	}{
		{first, mudlark.Env{Rules: rules("a")}, true},
		{first, mudlark.Env{Rules: rules("a")}, false},
		{first, mudlark.Env{Rules: rules("b")}, true},
		{other, mudlark.Env{Rules: rules("b")}, true},
		{other, mudlark.Env{Rules: rules("b"), Workers: 1}, false},
	} {
		res, asked := since(t, step.opts, step.env)
		if whole := asked == "the whole repository, all refs"; res.has("f") != step.all || whole != step.all {
			t.Errorf("%d: %q %q, want all: %v", i, asked, res.lines(), step.all)
		}
		if again := i == 2 || i == 3; again != strings.Contains(fmt.Sprint(res.coverage.Notes), "scanned again") {
			t.Errorf("%d: notes %q", i, res.coverage.Notes)
		}
	}
}

// rules are a scan's rules by what identifies them.
func rules(id string) func() (string, error) {
	return func() (string, error) { return id, nil }
}
