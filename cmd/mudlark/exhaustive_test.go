//go:build !gendoc

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

// TestScansOfWhatIsNewFindWhatScansOfAllFind compares a scan of what each
// delta brings with a scan of every version whole, on histories with secrets of
// every kind, packed in every way. MUDLARK_SOAK is how many to make.
func TestScansOfWhatIsNewFindWhatScansOfAllFind(t *testing.T) {
	runs := 12
	if n, err := strconv.Atoi(os.Getenv("MUDLARK_SOAK")); err == nil {
		runs = n
	} else if testing.Short() {
		runs = 3
	}
	set, err := rules.Source()
	if err != nil {
		t.Fatal(err)
	}
	var templates []string
	for _, r := range set.Rules {
		templates = append(templates, r.Examples...)
	}
	for seed := range runs {
		rng := rand.New(rand.NewPCG(uint64(seed), 3))
		dir := t.TempDir()
		_, err := bigrepo.Make(dir, bigrepo.Options{
			Seed: uint64(seed), Commits: 120, Files: 6, Every: 2, Lines: 10 << rng.IntN(5),
			Plant:  func(n int) string { return plantable(t, templates[rng.IntN(len(templates))], n) },
			Mangle: seed%4 != 0,
		})
		if err != nil {
			t.Fatal(err)
		}
		how := repacked(t, rng, dir)
		some := scanned(t, "git", dir)
		all := scanned(t, "git", dir, "--exhaustive")
		if got, want := fmt.Sprintf("%+v", shown(some)), fmt.Sprintf("%+v", shown(all)); got != want {
			t.Errorf("seed %d, %s: %d findings, exhaustively %d", seed, how, len(some.findings), len(all.findings))
		}
		if len(all.findings) < 10 {
			t.Errorf("seed %d: only %d findings to compare", seed, len(all.findings))
		}
	}
}

// plantable fills a template to stand on lines of its own.
func plantable(t *testing.T, template string, n int) string {
	text, err := rules.Fill(template, uint64(n))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(text, "\n")
}

// repacked packs the repository in one of many ways.
func repacked(t *testing.T, rng *rand.Rand, dir string) string {
	t.Helper()
	if rng.IntN(2) == 0 {
		if err := bigrepo.Scatter(dir, rng); err != nil {
			t.Fatal(err)
		}
		return "scattered"
	}
	args := []string{"-c", "pack.threads=1", "-c", "repack.useDeltaBaseOffset=" + strconv.FormatBool(rng.IntN(2) == 0), "repack", "-q", "-d"}
	if rng.IntN(3) > 0 {
		args = append(args, "-a", "-f")
	}
	args = append(args, fmt.Sprintf("--depth=%d", 1+rng.IntN(60)), fmt.Sprintf("--window=%d", 2+rng.IntN(60)))
	if _, err := bigrepo.Git(dir, args...); err != nil {
		t.Fatal(err)
	}
	return strings.Join(args, " ")
}

// shown is what a record says in words that can be compared.
func shown(r record) []string {
	var out []string
	for _, f := range r.findings {
		secret := f.Secret.Reveal()
		out = append(out, fmt.Sprint(f.RuleID, f.Origin.Path, f.Origin.Object, f.Position, secret, f.Match.Reveal(), f.Excerpt.Text.Reveal(),
			f.Excerpt.Secrets, f.Tags, f.Confidence, f.Suppression, f.Fingerprint, f.LineHash, f.Key, len(f.Parts)))
	}
	return out
}
