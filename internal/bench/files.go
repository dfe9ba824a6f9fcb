//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

// directory measures a folder of source text. Archives are left closed: what is
// measured is the scanning of text.
func (b bench) directory() {
	scan := measure(".", b.mudlark, "dir", b.tree, "--workers", "1", "--max-archive-depth", "0", "--format", "json")
	size := treeSize(b.tree)
	alone(fmt.Sprintf("dir, source text of %d MB: %.0f MB/s a core", size/1e6, float64(size)/1e6/scan.cpu.Seconds()), scan)
	if rg, err := exec.LookPath("rg"); err == nil {
		row("dir, source text", scan, "rg, one literal", measure(".", rg, "-uuu", "-a", "-j1", "-c", "--fixed-strings", absent, b.tree))
	}
}

// catalogue measures what the number of rules costs.
func (b bench) catalogue() {
	args := []string{"dir", b.tree, "--workers", "1", "--max-archive-depth", "0", "--format", "json"}
	few := measure(".", b.mudlark, append(args, "--enable-rule", strings.Join(hundred(), ","))...)
	built := fmt.Sprintf("dir, source text, %d rules", len(rules.Builtin().Rules))
	row(built, measure(".", b.mudlark, args...), "the same, 100 rules", few)
	all := rules.Builtin(rules.Sets()...)
	row(fmt.Sprintf("dir, source text, %d rules", len(all.Rules)), measure(".", b.mudlark, append(args, "--rules", "all,entropy")...), "the same, 100 rules", few)
}

// hundred returns the IDs of a hundred rules: the generic ones, which work most,
// and others from the whole alphabet.
func hundred() []string {
	const many = 100
	var ids, others []string
	for _, r := range rules.Builtin().Rules {
		switch {
		case r.SkipReport || len(r.Required) > 0:
		case r.Specificity < 0:
			ids = append(ids, r.ID)
		default:
			others = append(others, r.ID)
		}
	}
	for need := many - len(ids); need > 0; need-- {
		ids = append(ids, others[0])
		others = others[len(others)/need:]
	}
	return ids
}

// otherHooks are scanners that may be on PATH, as their hooks call them.
func otherHooks() [][]string {
	return [][]string{
		{"gitleaks", "git", "--pre-commit", "--redact", "--staged", "--verbose", "--no-banner"},
		{"betterleaks", "git", "--pre-commit", "--redact", "--staged", "--verbose", "--no-banner"},
	}
}

// absent is what ripgrep looks for in vain.
const absent = "no such text anywhere"

// stream measures the same text on standard input.
func (b bench) stream(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = filepath.WalkDir(b.tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Ext(path) != ".go" {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil {
			_, err = file.Write(data)
		}
		return err
	})
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	scan := measureInput(".", path, b.mudlark, "stdin", "--workers", "1", "--format", "json")
	if rg, err := exec.LookPath("rg"); err == nil {
		row("stdin, source text", scan, "rg, one literal", measureInput(".", path, rg, "-a", "-c", "--fixed-strings", absent))
	}
	return nil
}

// start measures what a developer waits for: a process from start to end.
func (b bench) start(work string) error {
	for i := range 10_000 {
		path := filepath.Join(work, fmt.Sprintf("d%d/e%d", i%50, i%7), fmt.Sprintf("f%d.txt", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, fmt.Appendf(nil, "file %d\n", i), 0o644); err != nil {
			return err
		}
	}
	change := filepath.Join(work, "d1/e1/f1.txt")
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "gc.auto=0", "commit", "-qm", "all"}, {"gc", "-q"}} {
		if _, err := bigrepo.Git(work, args...); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(change), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(change, []byte(strings.Repeat("a changed line\n", 20)), 0o644); err != nil {
		return err
	}
	if _, err := bigrepo.Git(work, "add", "."); err != nil {
		return err
	}
	row("git --staged, 10,000 files, median wall time", median(work, b.mudlark, "git", "--staged"),
		"git diff --cached", median(work, "git", "diff", "--cached", "--stat"))
	row("the same", median(work, b.mudlark, "git", "--staged"),
		"with 100 rules", median(work, b.mudlark, "git", "--staged", "--enable-rule", strings.Join(hundred(), ",")))
	row("the hook, mudlark hook run pre-commit", median(work, b.mudlark, "hook", "run", "pre-commit"),
		"mudlark git --staged", median(work, b.mudlark, "git", "--staged"))
	for _, other := range otherHooks() {
		if _, err := exec.LookPath(other[0]); err == nil {
			row("the hook, mudlark hook run pre-commit", median(work, b.mudlark, "hook", "run", "pre-commit"),
				strings.Join(other, " "), median(work, other[0], other[1:]...))
		}
	}
	row("version, median wall time", median(work, b.mudlark, "version"), "git version", median(work, "git", "version"))
	return nil
}

// median measures the wall time of many runs.
func median(dir, name string, args ...string) cost {
	var all []time.Duration
	for range 21 {
		all = append(all, measure(dir, name, args...).wall)
	}
	slices.Sort(all)
	return cost{cpu: all[len(all)/2]}
}

func treeSize(dir string) (size int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return nil
	})
	return size
}
