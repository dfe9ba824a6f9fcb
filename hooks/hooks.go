// Package hooks puts mudlark into the git hooks of a repository and takes it out
// again, reads what git tells a hook, and says to a developer why a hook stopped
// them. Find is the way to a repository's hooks; read install.go for how a hook
// that was there before keeps running.
//
// To learn which hooks run in a repository git itself is asked (git rev-parse),
// as the answer hangs on all of its configuration. Nothing that a repository
// names is run.
package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The hooks that mudlark can be.
const (
	PreCommit      = "pre-commit"
	PreMergeCommit = "pre-merge-commit" // in place of pre-commit, when a merge makes the commit by itself
	CommitMsg      = "commit-msg"
	// PrepareCommitMsg is the one hook that git runs when a rebase goes on after
	// a conflict. It checks what resolving the conflict brought, and nothing else.
	PrepareCommitMsg = "prepare-commit-msg"
	PrePush          = "pre-push"
	// PreReceive and UpdateRef run where a push arrives: once for all of it, and
	// for each ref.
	PreReceive = "pre-receive"
	UpdateRef  = "update"
)

// Names returns the hooks of those who commit and push.
func Names() []string {
	return []string{PreCommit, PreMergeCommit, PrepareCommitMsg, CommitMsg, PrePush}
}

// ServerNames returns the hooks of a repository that is pushed to.
func ServerNames() []string { return []string{PreReceive, UpdateRef} }

// All returns every hook that mudlark can be.
func All() []string { return append(Names(), ServerNames()...) }

// Server reports whether a hook runs where a push arrives.
func Server(name string) bool { return slices.Contains(ServerNames(), name) }

// Default returns the hooks that are installed in a place if none is named.
func (p Place) Default() []string {
	if p.Bare {
		return []string{PreReceive}
	}
	return Names()
}

// Picked are the names by which a git folder knows the commit that is being made
// anew while a conflict is resolved.
func Picked() []string { return []string{"CHERRY_PICK_HEAD", "REBASE_HEAD"} }

// A Place is where git looks for the hooks of a repository.
type Place struct {
	Dir string // the folder of the hooks, which need not exist
	Top string // of the work tree; of a bare repository its git folder
	// GitDir is the git folder that all worktrees of the repository share.
	GitDir string
	Bare   bool
}

// Shared reports whether other repositories may have their hooks there as well:
// whether the folder is neither in the repository's git folder nor in its work
// tree.
func (p Place) Shared() bool { return !inside(p.GitDir, p.Dir) && !p.Tracked() }

// Tracked reports whether the folder is one of the work tree, and so may be part
// of commits.
func (p Place) Tracked() bool { return !p.Bare && inside(p.Top, p.Dir) && !inside(p.GitDir, p.Dir) }

// Find asks git for the hooks of the repository that the folder is in.
func Find(ctx context.Context, folder string) (Place, error) {
	var p Place
	common, err := ask(ctx, folder, "rev-parse", "--git-common-dir")
	if err != nil {
		return p, err
	}
	p.GitDir = absolute(folder, common)
	bare, err := ask(ctx, folder, "rev-parse", "--is-inside-work-tree")
	if err != nil {
		return p, err
	}
	if p.Bare = bare != "true"; p.Bare {
		if inside(p.GitDir, folder) && filepath.Base(p.GitDir) == ".git" {
			return p, fmt.Errorf("%s is inside the git folder: change to the work tree", folder)
		}
		p.Top = p.GitDir
	} else if p.Top, err = ask(ctx, folder, "rev-parse", "--show-toplevel"); err != nil {
		return p, err
	}
	// A relative core.hooksPath starts where hooks are run.
	dir, err := ask(ctx, p.Top, "rev-parse", "--git-path", "hooks")
	if err != nil {
		return p, err
	}
	p.Dir = absolute(p.Top, dir)
	return p, nil
}

func absolute(from, path string) string {
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(from, path)
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return filepath.Clean(path)
}

// inside reports whether path is dir or below it, with links followed as far as
// they lead to something.
func inside(dir, path string) bool {
	rel, err := filepath.Rel(real(dir), real(path))
	return err == nil && filepath.IsLocal(rel)
}

// real follows the links of a path of which the end need not exist.
func real(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if at, err := filepath.EvalSymlinks(path); err == nil {
		return at
	}
	if up := filepath.Dir(path); up != path {
		return filepath.Join(real(up), filepath.Base(path))
	}
	return path
}

// ask runs git in a folder and returns the line that it prints.
func ask(ctx context.Context, folder string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = folder
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		said, _, _ := strings.Cut(strings.TrimSpace(string(failed.Stderr)), "\n")
		return "", fmt.Errorf("git %s: %s", args[0], strings.TrimPrefix(said, "fatal: "))
	}
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("git is not found, and only git knows which hooks run here: install it, or put it on the PATH")
	}
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return string(bytes.TrimRight(out, "\r\n")), nil
}

// exists reports whether something is at path, a link that leads nowhere too.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
