package git_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// TestSinceStateStaysIncomplete is about objects that cannot be read: they are
// told of again and again, and once they can be, so is what is in them.
func TestSinceStateStaysIncomplete(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"missing": os.Remove,
		"damaged": func(path string) error {
			return errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, []byte("x"), 0o644))
		},
	} {
		for _, what := range []string{"HEAD:d/f", "HEAD:d", "HEAD^{tree}", "HEAD~1"} {
			t.Run(name+" "+what, func(t *testing.T) {
				n := newNightly(newRepo(t))
				n.git("config", "gc.auto", "0")
				n.write("a", mark("a"))
				n.commit("zero")
				n.write("a", mark("b"))
				n.commit("one")
				n.write("d/f", mark("f"))
				n.commit("two")
				id := n.git("rev-parse", what)
				path := n.path(".git/objects/" + id[:2] + "/" + id[2:])
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := spoil(path); err != nil {
					t.Fatal(err)
				}
				for i := range 3 {
					res, asked := n.asked()
					if len(res.skips) == 0 || i > 0 != strings.HasPrefix(asked, "what came in") {
						t.Fatalf("scan %d: %q, skips %v", i, asked, res.skips)
					}
				}
				_ = os.Remove(path)
				if err := os.WriteFile(path, content, 0o644); err != nil {
					t.Fatal(err)
				}
				res, asked := n.asked()
				res.complete()
				if !res.has("f") || !res.has("b") || strings.HasPrefix(asked, "what came in") {
					t.Errorf("mended: %q %q", asked, res.lines())
				}
				n.scan().complete().want()
			})
		}
	}
}

// TestSinceStateCarriesSkips is about what no scan with these options can read.
func TestSinceStateCarriesSkips(t *testing.T) {
	eachWay(t, func(t *testing.T, beyond int) {
		n := newNightly(newRepo(t))
		n.beyond = beyond
		n.write("large", strings.Repeat("x", 5000))
		n.write("big.zip", "version https://git-lfs.github.com/spec/v1\noid sha256:"+strings.Repeat("ab", 32)+"\nsize 5\n")
		n.git("add", "-A")
		n.git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",sub")
		n.git("commit", "-q", "-m", "one")
		opts := git.Options{Path: n.dir, SinceState: n.state}
		opts.MaxFileBytes = 4000
		git.ReadAllBeyond(&opts, beyond)
		want := map[mudlark.Reason]int{mudlark.TooLarge: 1, mudlark.LFSPointer: 1, mudlark.Submodule: 1}
		for i := range 4 {
			if i == 2 {
				n.write("large2", strings.Repeat("y", 5000))
				n.git("add", "large2")
				n.git("commit", "-q", "-m", "two")
				n.git("update-ref", "refs/x", "HEAD")
				want[mudlark.TooLarge]++
			}
			res, _ := since(t, opts, mudlark.Env{})
			if got := res.reasons(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("scan %d: skips %v, want %v", i, got, want)
			}
		}
		large := n.path(".git/lfs/objects/ab/ab/" + strings.Repeat("ab", 32))
		if err := errors.Join(os.MkdirAll(filepath.Dir(large), 0o755), os.WriteFile(large, []byte("hello"), 0o644)); err != nil {
			t.Fatal(err)
		}
		if _, asked := since(t, opts, mudlark.Env{}); strings.HasPrefix(asked, "what came in") {
			t.Errorf("with the large file at hand: %q", asked)
		}
	})
}

// TestSinceStateInPartialClones is about content that a server holds back.
func TestSinceStateInPartialClones(t *testing.T) {
	from := newRepo(t)
	from.git("config", "uploadpack.allowFilter", "true")
	from.git("config", "uploadpack.allowAnySHA1InWant", "true")
	from.write("f", mark("one"))
	from.commit("one")
	r := newRepo(t)
	r.in(filepath.Dir(r.dir)).git("-c", "protocol.file.allow=always", "clone", "-q", "--bare", "--filter=blob:none", "file://"+filepath.ToSlash(from.dir), "partial")
	n := newNightly(r.in(filepath.Join(filepath.Dir(r.dir), "partial")))
	for range 2 {
		if res := n.scan(); res.reasons()[mudlark.Promised] == 0 || res.has("one") {
			t.Errorf("found %q, skips %v", res.lines(), res.skips)
		}
	}
	n.git("cat-file", "blob", "HEAD:f") // fetches it
	if res := n.scan().complete(); !res.has("one") {
		t.Errorf("found %q", res.lines())
	}
}

// TestShallowClonesDeepen is about history that comes in from behind.
func TestShallowClonesDeepen(t *testing.T) {
	eachWay(t, func(t *testing.T, beyond int) {
		from := newRepo(t)
		for _, name := range []string{"one", "two", "three"} {
			from.write(name, mark(name))
			from.commit(name)
		}
		r := newRepo(t)
		r.git("-c", "protocol.file.allow=always", "fetch", "-q", "--depth=1", "file://"+filepath.ToSlash(from.dir), "main:refs/heads/got")
		n := newNightly(r)
		n.beyond = beyond
		for range 2 {
			if res := n.scan(); res.reasons()[mudlark.Shallow] == 0 {
				t.Errorf("skips %v", res.skips)
			}
		}
		r.write("four", mark("four"))
		r.git("fetch", "-q", "--unshallow", "file://"+filepath.ToSlash(from.dir), "main:refs/heads/got")
		res := n.scan().complete()
		if lines := strings.Join(res.lines(), "\n"); !strings.Contains(lines, "two two:1 by two") || !strings.Contains(lines, "one one:1 by one") || res.has("three") {
			t.Errorf("found %s", lines)
		}
	})
}

// TestCutShortRemembersNothing stops scans anywhere.
func TestCutShortRemembersNothing(t *testing.T) {
	r := newRepo(t)
	for i := range 5 {
		r.write(fmt.Sprint("f", i), mark(fmt.Sprint("f", i)))
		r.commit(fmt.Sprint("commit ", i))
	}
	n := newNightly(r)
	stop := func(after int, s mudlark.Summary) {
		t.Helper()
		src, err := (&git.Options{Path: r.dir, SinceState: n.state}).Open(t.Context(), mudlark.Env{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer src.(interface{ Close() error }).Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_ = src.Chunks(ctx, func(mudlark.Chunk, error) error {
			if after--; after == 0 {
				cancel()
				return ctx.Err()
			}
			return nil
		})
		if err := src.(mudlark.Rememberer).Remember(s); err != nil {
			t.Fatal(err)
		}
	}
	for after := 1; after < 20; after += 3 {
		stop(after, mudlark.Summary{})
	}
	stop(-1, mudlark.Summary{Failure: "tracing failed"})
	stop(-1, mudlark.Summary{Coverage: mudlark.Coverage{Skipped: map[mudlark.Reason]int{mudlark.TimedOut: 1}}})
	if _, err := os.Lstat(n.state); err == nil {
		t.Fatal("a scan that was cut short left a state")
	}
	n.scan()
	before, _ := os.ReadFile(n.state)
	r.write("g", mark("g"))
	r.commit("g")
	stop(2, mudlark.Summary{})
	if after, _ := os.ReadFile(n.state); !slices.Equal(before, after) {
		t.Error("a scan that was cut short changed the state")
	}
	if !n.scan().complete().has("g") {
		t.Error("what the scan that was cut short did not read was not found")
	}
}

// TestDamageOfNewObjectsIsNeverClean takes one new object away at a time.
func TestDamageOfNewObjectsIsNeverClean(t *testing.T) {
	n := newNightly(newRepo(t))
	n.git("config", "gc.auto", "0")
	n.git("config", "core.logAllRefUpdates", "false")
	n.write("d/f", "old\n")
	n.commit("one")
	n.scan()
	state, _ := os.ReadFile(n.state)
	old, _ := filepath.Glob(n.path(".git/objects/??/*"))
	n.write("d/f", mark("edit"))
	n.write("e/g", mark("add"))
	n.commit("two " + mark("message"))
	n.write("d/f", "gone")
	n.commit("three")
	n.git("tag", "-a", "-m", mark("tag"), "v1")
	n.write("s", mark("staged"))
	n.git("add", "s")
	n.git("tag", "-a", "-m", "x", "toblob", n.stdin(mark("tagged"), "hash-object", "-w", "--stdin"))
	tree := n.stdin("100644 blob "+n.stdin(mark("intree"), "hash-object", "-w", "--stdin")+"\tf\n", "mktree")
	n.remove(".git/COMMIT_EDITMSG")
	names := []string{"edit", "add", "message", "tag", "staged", "tagged", "intree"}
	paths, _ := filepath.Glob(n.path(".git/objects/??/*"))
	for _, path := range append(paths, "none") {
		if slices.Contains(old, path) || strings.HasSuffix(path, tree[2:]) { // nothing names the tree
			continue
		}
		content, err := os.ReadFile(path)
		_ = os.Remove(path)
		if err := os.WriteFile(n.state, state, 0o600); err != nil {
			t.Fatal(err)
		}
		res := n.scan()
		again := n.scan()
		for _, name := range names {
			if !res.has(name) && len(res.skips) == 0 {
				t.Errorf("without %s: %s was not found, and nothing is said of it", path, name)
			}
		}
		if (err == nil) != (len(res.skips) > 0) || (err == nil) != (len(again.skips) > 0) {
			t.Errorf("without %s: skips %v, then %v", path, res.skips, again.skips)
		}
		if err == nil {
			if err := os.WriteFile(path, content, 0o444); err != nil {
				t.Fatal(err)
			}
		}
	}
}
