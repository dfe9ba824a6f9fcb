//go:build !gendoc

package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// damage makes a small repository, harms one file of its object store and
// scans it.
func damage(t *testing.T, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	r := newRepo(t)
	secret := token(t, "<github ghp_>", int(seed))
	leak := rng.IntN(8)
	for i := range 8 {
		text := fmt.Sprintf("file %d\n%s\n", i, strings.Repeat("some text that fills the file\n", rng.IntN(40)))
		if i == leak {
			text += "token: " + secret + "\n"
		}
		r.write(fmt.Sprintf("d%d/f%d.txt", i%3, i), text)
		r.commit(fmt.Sprint("commit ", i))
	}
	if rng.IntN(2) == 0 {
		r.git("repack", "-adfq")
	}
	what := harm(t, rng, filepath.Join(r.dir, ".git", "objects"))
	rec := scanned(t, "git", r.dir)
	if len(rec.of(secret)) == 0 && rec.summary.Verdict == "clean" {
		t.Errorf("seed %d: %s: the verdict is clean and the leak unseen", seed, what)
	}
	if len(rec.of(secret)) == 0 && !rec.summary.Incomplete {
		t.Errorf("seed %d: %s: the leak is unseen and the scan complete", seed, what)
	}
}

// harm deletes, cuts or flips a bit of one file below dir.
func harm(t *testing.T, rng *rand.Rand, dir string) string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.Contains(p, "info") {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	file := files[rng.IntN(len(files))]
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(file)
	switch rng.IntN(3) {
	case 0:
		if err = os.Remove(file); err == nil {
			return "removed " + name
		}
	case 1:
		n := rng.IntN(len(text))
		err = os.WriteFile(file, text[:n], 0o644)
		name = fmt.Sprintf("cut %s at %d", name, n)
	default:
		at := rng.IntN(len(text))
		text[at] ^= 1 << rng.IntN(8)
		err = os.WriteFile(file, text, 0o644)
		name = fmt.Sprintf("flipped a bit of %s at %d of %d", name, at, len(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}
