package git_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// TestDamageIsNeverClean deletes or flips one file of the repository at a time.
// Whatever is not found any more must be made up for by a skip.
func TestDamageIsNeverClean(t *testing.T) {
	r := newRepo(t)
	var names []string
	plant := func(name string) string {
		names = append(names, name)
		return mark(name)
	}
	for i := range 6 {
		r.write(fmt.Sprintf("d%d/f", i%3), fmt.Sprintf("%d\n%s\n", i, plant(fmt.Sprint("blob", i))))
		r.commit(fmt.Sprint("commit ", plant(fmt.Sprint("message", i))))
	}
	r.git("tag", "-a", "-m", plant("tag"), "v1")
	r.write("lost", plant("reflog"))
	r.commit("lost")
	r.git("reset", "-q", "--hard", "HEAD~1")
	r.write("g", plant("stash"))
	r.git("add", "g")
	r.git("stash")
	r.write("h", plant("index"))
	r.git("add", "h")
	r.remove(".git/COMMIT_EDITMSG")
	r.git("config", "gc.auto", "0")
	whole(t, r).complete()
	for _, kind := range []string{"loose", "packed"} {
		if kind == "packed" {
			r.pack()
			r.git("pack-refs", "--all")
		}
		t.Run(kind, func(t *testing.T) { damage(t, r, names) })
	}
}

func damage(t *testing.T, r *repo, names []string) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, path := range repoFiles(t, r) {
		whole := r.read(path)
		rounds := 1
		if strings.Contains(path, ".pack") || strings.Contains(path, ".idx") {
			rounds = 60
		} else if !strings.HasPrefix(path, ".git/objects") {
			rounds = 10
		}
		for i := range rounds {
			if i == 0 {
				r.remove(path)
				survives(t, r, "deleting "+path, names)
			}
			at, bit := rng.IntN(len(whole)), byte(1)<<rng.IntN(8)
			bad := []byte(whole)
			bad[at] ^= bit
			restore(t, r, path, string(bad))
			survives(t, r, fmt.Sprintf("flipping bit %02x of byte %d of %s", bit, at, path), names)
			restore(t, r, path, whole)
		}
	}
}

// repoFiles lists the files without which something cannot be read.
func repoFiles(t *testing.T, r *repo) []string {
	var paths []string
	err := filepath.WalkDir(r.path(".git"), func(path string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(r.dir, path)
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil || e.IsDir():
		case strings.HasPrefix(rel, ".git/objects/") && !strings.HasPrefix(rel, ".git/objects/info/") && !strings.HasSuffix(rel, ".rev"):
			paths = append(paths, rel)
		case rel == ".git/index", rel == ".git/HEAD", rel == ".git/packed-refs", rel == ".git/config",
			strings.HasPrefix(rel, ".git/refs/"), strings.HasPrefix(rel, ".git/logs/"):
			paths = append(paths, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func restore(t *testing.T, r *repo, path, content string) {
	t.Helper()
	_ = os.Chmod(r.path(path), 0o644)
	r.write(path, content)
}

// survives scans a damaged repository. A mark that is gone without a word is a
// failure, and so is a mark that never was.
func survives(t *testing.T, r *repo, what string, names []string) {
	t.Helper()
	opts := git.Options{Path: r.dir}
	src, err := opts.Open(t.Context(), mudlark.Env{Workers: 2})
	if err != nil {
		return // failed, and said so
	}
	res := read(t, src)
	if len(res.skips) > 0 {
		return
	}
	for _, name := range names {
		if !res.has(name) && !(name == "index" && strings.Contains(what, "deleting .git/index")) {
			t.Errorf("%s: %s is not found, and nothing was skipped", what, name)
		}
	}
}
