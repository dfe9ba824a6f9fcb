//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
)

// received is how many commits are pushed at once.
const received = 1000

// push measures the hook of a repository that lacks the newest commits of another,
// beside what git itself does to make sure that nothing is missing in a push.
func (b bench) push(repo, dir string) error {
	git := func(in string, args ...string) (string, error) {
		out, err := bigrepo.Git(in, args...)
		return strings.TrimSpace(out), err
	}
	tip, err := git(repo, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	list, err := git(repo, "rev-list", "--topo-order", fmt.Sprintf("--max-count=%d", received+1), tip)
	if err != nil {
		return err
	}
	commits := strings.Fields(list)
	old := commits[len(commits)-1]
	for _, args := range [][]string{
		{"init", "-q", "--bare", "-b", "main", dir},
		{"--git-dir", repo, "push", "-q", dir, old + ":refs/heads/main"},
	} {
		if _, err := git(".", args...); err != nil {
			return err
		}
	}
	objects, err := filepath.Abs(filepath.Join(repo, "objects"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "objects", "info", "alternates"), []byte(objects+"\n"), 0o600); err != nil {
		return err
	}
	told := filepath.Join(dir, "told")
	if err := os.WriteFile(told, []byte(old+" "+tip+" refs/heads/main\n"), 0o600); err != nil {
		return err
	}
	n, err := git(repo, "rev-list", "--count", tip, "^"+old)
	if err != nil {
		return err
	}
	c := measureInput(dir, told, b.mudlark, "hook", "run", "pre-receive")
	check := measure(dir, "git", "rev-list", "--objects", "--quiet", tip, "--not", "--all")
	name := fmt.Sprintf("pre-receive of %s commits, %s", n, filepath.Base(repo))
	row(fmt.Sprintf("%s: %v wall time", name, round(c.wall)), c, "git rev-list --objects", check)
	return nil
}
