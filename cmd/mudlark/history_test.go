//go:build !gendoc

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/bigrepo"
)

// TestFindingsOfLargeHistoriesAreWhereTheyAreSaidToBe makes histories of
// thousands of commits with merges and renames, packs them tightly, and
// compares what is reported with what was planted and with what git shows.
func TestFindingsOfLargeHistoriesAreWhereTheyAreSaidToBe(t *testing.T) {
	commits := 3000
	if testing.Short() {
		commits = 400
	}
	for seed, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			planted, err := bigrepo.Make(dir, bigrepo.Options{
				Seed: uint64(seed), Commits: commits, Format: format,
				Plant: func(n int) string { return "token: " + token(t, "<github ghp_>", n) },
			})
			if err == nil {
				_, err = bigrepo.Git(dir, "repack", "-adfq", "--depth=250", "--window=50")
			}
			if err != nil {
				t.Fatal(err)
			}
			rec := scanned(t, "git", dir)
			if rec.summary.Incomplete {
				t.Errorf("incomplete: %v", rec.summary.Coverage.Skipped)
			}
			checkPlanted(t, rec, planted)
			checkShown(t, dir, rec.findings)
		})
	}
}

// checkPlanted checks that each planted line is reported, where it was planted
// and nowhere else.
func checkPlanted(t *testing.T, rec record, planted []bigrepo.Planted) {
	t.Helper()
	if len(planted) < 20 {
		t.Fatalf("only %d lines were planted", len(planted))
	}
	merges := 0
	for _, p := range planted {
		found := rec.of(token(t, "<github ghp_>", p.N))
		if len(found) != 1 {
			t.Errorf("%+v is reported %d times", p, len(found))
			continue
		}
		f := found[0]
		if f.Origin.Commit == nil || f.Origin.Commit.ID != p.Commit || f.Origin.Path != p.Path || f.Position.StartLine != p.Line {
			t.Errorf("%+v is reported at %v %s:%d", p, f.Origin.Commit, f.Origin.Path, f.Position.StartLine)
		}
		if p.Merge {
			merges++
		}
	}
	// Made-up text has names behind words such as "token", which count for little.
	counting := slices.DeleteFunc(slices.Clone(rec.findings), func(f mudlark.Finding) bool { return !f.Counts() })
	if len(counting) != len(planted) {
		t.Errorf("%d findings for %d planted lines", len(counting), len(planted))
		for _, f := range counting {
			if f.RuleID != "github-pat" {
				t.Logf("%s found %q in %q", f.RuleID, f.Secret.Reveal(), f.Excerpt.Text.Reveal())
			}
		}
	}
	if merges == 0 {
		t.Error("no line was planted in a merge")
	}
}

// checkShown checks every finding against what git shows at its commit and path.
func checkShown(t *testing.T, dir string, findings []mudlark.Finding) {
	t.Helper()
	show := startShow(t, dir)
	for _, f := range findings {
		text := show.text(t, f.Origin.Commit.ID+":"+f.Origin.Path)
		lines := strings.Split(text, "\n")
		p := f.Position
		if p.StartLine > len(lines) {
			t.Fatalf("%s has no line %d", f.Origin.Path, p.StartLine)
		}
		line := lines[p.StartLine-1]
		if got := line[p.StartColumn-1 : p.EndColumn-1]; got != f.Secret.Reveal() {
			t.Errorf("%s:%d:%d holds %q", f.Origin.Path, p.StartLine, p.StartColumn, got)
		}
		if int(p.Offset) != strings.Index(text, f.Secret.Reveal()) {
			t.Errorf("%s: offset %d", f.Origin.Path, p.Offset)
		}
	}
}

// A shower asks one git process for the content of many revisions.
type shower struct {
	in  io.Writer
	out *bufio.Reader
}

func startShow(t *testing.T, dir string) shower {
	t.Helper()
	cmd := exec.Command("git", "cat-file", "--batch")
	cmd.Dir, cmd.Env = dir, bigrepo.Env()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	return shower{in, bufio.NewReader(out)}
}

func (s shower) text(t *testing.T, rev string) string {
	t.Helper()
	fmt.Fprintln(s.in, rev)
	header, err := s.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(header)
	if len(fields) != 3 {
		t.Fatalf("git has no %s: %s", rev, header)
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, size+1)
	if _, err := io.ReadFull(s.out, text); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(text, []byte("\n")))
}

// TestDamageIsNeverClean deletes or flips one object of a repository at random
// and requires that the leak is seen or the verdict is not clean.
func TestDamageIsNeverClean(t *testing.T) {
	runs := 60
	if testing.Short() {
		runs = 10
	}
	for seed := range runs {
		damage(t, uint64(seed))
	}
}
