package bigrepo_test

import (
	"fmt"
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
