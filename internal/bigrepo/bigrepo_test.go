package bigrepo_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
)

func TestPlantedLinesAreWhereTheyAreSaidToBe(t *testing.T) {
	dir := t.TempDir()
	plant := func(n int) string { return fmt.Sprintf("planted=%d", n) }
	planted, err := bigrepo.Make(dir, bigrepo.Options{Seed: 3, Commits: 300, Plant: plant})
	if err != nil {
		t.Fatal(err)
	}
	if len(planted) < 20 {
		t.Fatalf("only %d lines were planted", len(planted))
	}
	for _, p := range planted {
		text, err := bigrepo.Git(dir, "show", p.Commit+":"+p.Path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text, "\n")
		if p.Line > len(lines) || lines[p.Line-1] != plant(p.N) {
			t.Errorf("%+v: not there", p)
		}
	}
	if merges, _ := bigrepo.Git(dir, "rev-list", "--all", "--merges", "--count"); strings.TrimSpace(merges) == "0" {
		t.Error("no merges were made")
	}
}

func TestScatteredObjectsAreAllThere(t *testing.T) {
	dir := t.TempDir()
	if _, err := bigrepo.Make(dir, bigrepo.Options{Seed: 5, Commits: 60, Mangle: true}); err != nil {
		t.Fatal(err)
	}
	objects := func() string {
		list, err := bigrepo.Git(dir, "cat-file", "--batch-all-objects", "--batch-check")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	before := objects()
	if err := bigrepo.Scatter(dir, rand.New(rand.NewPCG(5, 5))); err != nil {
		t.Fatal(err)
	}
	if objects() != before {
		t.Error("objects were lost or added")
	}
	count, err := bigrepo.Git(dir, "count-objects", "-v")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(count, "count: 0\n") || strings.Contains(count, "packs: 1\n") {
		t.Errorf("not scattered: %s", count)
	}
}
