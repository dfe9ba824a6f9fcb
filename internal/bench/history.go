//go:build unix

package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// history measures scans of a whole history, each on one worker.
func (b bench) history(repo string) {
	name := filepath.Base(repo)
	scan := func(args ...string) cost {
		return measure(repo, b.mudlark, append([]string{"git", ".", "--format", "json"}, args...)...)
	}
	one, all := scan("--workers", "1"), scan("--workers", "1", "--exhaustive")
	log := measure(repo, "git", "log", "-p", "-U0", "--all")
	row("history, "+name, one, "inflating each entry once", measure(repo, b.self, "-inflate", "."))
	row("history, "+name, one, "mudlark --exhaustive", all)
	row("history, "+name, one, "git log -p -U0 --all, nothing scanned", log)
	for _, other := range others() {
		if _, err := exec.LookPath(other[0]); err == nil {
			row("history, "+name, one, strings.Join(other, " "), measure(repo, other[0], other[1:]...))
		}
	}
	two := scan("--workers", "2")
	row("history, "+name+", one worker, wall time", cost{cpu: one.wall, rss: one.rss}, "two workers, wall time", cost{cpu: two.wall})
}

// others are scanners that may be on PATH, and how they scan a whole history.
func others() [][]string {
	return [][]string{
		{"gitleaks", "git", ".", "--no-banner", "--log-opts=--all", "--log-level=error"},
		{"betterleaks", "git", ".", "--no-banner", "--log-opts=--all", "--log-level=error"},
		{"trufflehog", "git", "file://.", "--no-verification", "--no-update", "--json"},
	}
}

// inflate does what no reader of a repository can do without.
func inflate(repo string) error {
	store, err := gitpack.Open(filepath.Join(repo, "objects"), gitpack.SHA1, gitpack.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	_, err = store.InflateEntries(context.Background(), 1)
	return err
}
