package hooks

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// stopped is how each notice of what was found begins.
const stopped = "mudlark stopped the "

// Prove tries to commit a file with the text canary in a scratch clone that has
// the hooks of p, and returns whether mudlark stopped that, and what was said.
// No commit is made even if nothing stops it, so that hooks that run afterwards
// do not run. The repository itself stays as it is.
//
// In a bare repository it is a push into a scratch clone that is tried.
func Prove(ctx context.Context, p Place, canary string) (proven bool, said string, err error) {
	dir, err := os.MkdirTemp("", "mudlark-proof-")
	if err != nil {
		return false, "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if p.Bare {
		return provePush(ctx, p, dir, canary)
	}
	clone := scratch{ctx, filepath.Join(dir, "clone"), p}
	if err := clone.make(); err != nil {
		return false, "", fmt.Errorf("the scratch clone: %w", err)
	}
	name := "mudlark-canary.txt"
	if err := os.WriteFile(filepath.Join(clone.dir, name), []byte(canary), 0o600); err != nil {
		return false, "", err
	}
	if out, err := clone.git("add", "--force", name); err != nil {
		return false, "", fmt.Errorf("the scratch clone: git add: %s", lastLine(out))
	}
	// Hooks before a commit run before the editor, which fails.
	out, err := clone.git("-c", "core.hooksPath="+p.Dir, "-c", "user.name=mudlark", "-c", "user.email=mudlark@localhost",
		"-c", "commit.gpgSign=false", "-c", "core.editor=false", "commit")
	if err == nil {
		return false, "", fmt.Errorf("the scratch clone: git commit went through")
	}
	return strings.Contains(out, stopped), out, ctx.Err()
}

// provePush is Prove for a bare repository. The ref that is pushed is locked, so
// that nothing is received even if nothing stops it, and hooks that run afterwards
// do not run.
func provePush(ctx context.Context, p Place, dir, canary string) (proven bool, said string, err error) {
	const branch = "refs/heads/mudlark-canary"
	format, err := ask(ctx, p.GitDir, "rev-parse", "--show-object-format")
	if err != nil {
		return false, "", err
	}
	there, here := scratch{ctx, filepath.Join(dir, "there"), p}, scratch{ctx, filepath.Join(dir, "here"), p}
	for _, step := range []struct {
		in   scratch
		args []string
	}{
		{there, []string{"clone", "--quiet", "--bare", "--shared", "--template=", p.GitDir, "."}},
		{there, []string{"config", "core.hooksPath", p.Dir}},
		{here, []string{"init", "--quiet", "--template=", "--object-format=" + format, "."}},
		{here, []string{"-c", "user.name=mudlark", "-c", "user.email=mudlark@localhost", "-c", "commit.gpgSign=false",
			"-c", "core.hooksPath=.git/none", "commit", "--quiet", "--allow-empty", "--message", "a made-up secret: " + canary}},
	} {
		if err := os.MkdirAll(step.in.dir, 0o700); err != nil {
			return false, "", err
		}
		if out, err := step.in.git(step.args...); err != nil {
			return false, "", fmt.Errorf("the scratch clone: git %s: %s", step.args[0], lastLine(out))
		}
	}
	lock := filepath.Join(there.dir, filepath.FromSlash(branch)+".lock")
	if err := os.MkdirAll(filepath.Dir(lock), 0o700); err != nil {
		return false, "", err
	}
	if err := os.WriteFile(lock, nil, 0o600); err != nil {
		return false, "", err
	}
	out, err := here.git("push", "--no-verify", there.dir, "HEAD:"+branch)
	if err == nil {
		return false, "", fmt.Errorf("the scratch clone: git push went through")
	}
	return strings.Contains(out, stopped), out, ctx.Err()
}

// A scratch is a clone that is thrown away.
type scratch struct {
	ctx context.Context
	dir string
	of  Place
}

// make makes the clone, with those files checked out that decide what runs.
// Nothing of it leads back to the repository but its objects.
func (s scratch) make() error {
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"clone", "--quiet", "--no-checkout", "--shared", "--template=", s.of.Top, "."},
		{"remote", "remove", "origin"},
	} {
		if out, err := s.git(args...); err != nil {
			return fmt.Errorf("git %s: %s", args[0], lastLine(out))
		}
	}
	_, _ = s.git("read-tree", "HEAD") // fails before the first commit
	names := []string{"mudlark.toml", ".gitleaks.toml", ".mudlarkignore", "lefthook-local.yml", "package.json"}
	if m := ManagerOf(s.of); m != nil {
		names = append(names, m.File)
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(s.of.Top, filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		path := filepath.Join(s.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
		_, _ = s.git("add", "--force", name) // pre-commit wants its file staged
	}
	if modules := filepath.Join(s.of.Top, "node_modules"); exists(modules) {
		_ = os.Symlink(modules, filepath.Join(s.dir, "node_modules"))
	}
	return nil
}

// git runs git in the clone, and nowhere else.
func (s scratch) git(args ...string) (string, error) {
	cmd := exec.CommandContext(s.ctx, "git", args...)
	cmd.Dir = s.dir
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_EDITOR", "GIT_PREFIX",
			"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT":
			continue
		}
		cmd.Env = append(cmd.Env, kv)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
