package bigrepo

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Scatter spreads a repository's objects at random over several packs, with
// delta chains of random length, by offset or by name, and over loose files.
// Some objects come to lie in two places.
func Scatter(dir string, rng *rand.Rand) error {
	list, err := Git(dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
	if err != nil {
		return err
	}
	parts := make([]strings.Builder, 2+rng.IntN(4)) // the first one is left loose
	for id := range strings.Lines(list) {
		parts[rng.IntN(len(parts))].WriteString(id)
		if rng.IntN(20) == 0 {
			parts[rng.IntN(len(parts))].WriteString(id)
		}
	}
	packs := make([][]byte, len(parts))
	for i := range parts {
		args := []string{"pack-objects", "--stdout", "-q", "--threads=1", "--no-reuse-delta",
			fmt.Sprintf("--depth=%d", 1+rng.IntN(60)), fmt.Sprintf("--window=%d", 2+rng.IntN(60))}
		if rng.IntN(2) == 0 {
			args = append(args, "--delta-base-offset")
		}
		if packs[i], err = feed(dir, []byte(parts[i].String()), args...); err != nil {
			return err
		}
	}
	old, err := filepath.Glob(filepath.Join(dir, "objects", "pack", "pack-*"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	for i, pack := range packs {
		args := []string{"index-pack", "--stdin"}
		if i == 0 {
			args = []string{"unpack-objects", "-q"}
		}
		if _, err := feed(dir, pack, args...); err != nil {
			return err
		}
	}
	_, err = Git(dir, "fsck", "--full")
	return err
}
