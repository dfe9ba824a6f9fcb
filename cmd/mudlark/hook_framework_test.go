//go:build !gendoc

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

// A hooked is a repository in which hooks run.
type hooked struct {
	t   *testing.T
	dir string
	env []string
}

func newHooked(t *testing.T) *hooked {
	dir := t.TempDir()
	h := &hooked{t: t, dir: filepath.Join(dir, "repo"), env: append(bigrepo.Env(),
		"HOME="+dir, "PATH="+os.Getenv("PATH"), "PRE_COMMIT_HOME="+filepath.Join(dir, "cache"), "XDG_DATA_HOME="+dir)}
	if err := os.Mkdir(h.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	h.passes("git", "init", "-q", "-b", "main", ".")
	return h
}

func (h *hooked) run(args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = h.dir, h.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// passes runs what must succeed.
func (h *hooked) passes(args ...string) string {
	h.t.Helper()
	out, err := h.run(args...)
	if err != nil {
		h.t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return out
}

// stops runs what must fail and say this.
func (h *hooked) stops(say string, args ...string) {
	h.t.Helper()
	out, err := h.run(args...)
	if err == nil || !regexp.MustCompile(say).MatchString(out) {
		h.t.Errorf("%q: %v, and not %q in\n%s", args, err, say, out)
	}
}

func (h *hooked) write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// newFrameworkHooks is a repository with our .pre-commit-hooks.yaml, from which the
// framework can take hooks.
func newFrameworkHooks(t *testing.T) *hooked {
	t.Helper()
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Skip("needs the pre-commit framework")
	}
	ours, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	of := newHooked(t)
	of.write(".pre-commit-hooks.yaml", string(ours))
	of.passes("git", "add", ".")
	of.passes("git", "commit", "-qm", "hooks")
	return of
}

// TestPreCommitFrameworkStopsTheCanary: with our .pre-commit-hooks.yaml, as the
// instructions of hook install say, with and without names of files.
func TestPreCommitFrameworkStopsTheCanary(t *testing.T) {
	long(t)
	of := newFrameworkHooks(t)

	for _, names := range []string{"false", "true"} {
		t.Run("names of files "+names, func(t *testing.T) { frameworkStops(t, of.dir, names) })
	}
}

func frameworkStops(t *testing.T, of, names string) {
	token, err := rules.Fill("<github ghp_>", 1)
	if err != nil {
		t.Fatal(err)
	}
	h := newHooked(t)
	h.write(".pre-commit-config.yaml", "repos: []\n")
	out, err := h.run("mudlark", "hook", "install")
	if err == nil || !strings.Contains(out, "- id: mudlark-system") || !strings.Contains(out, "pre-commit manages the hooks here") {
		t.Fatalf("hook install: %v\n%s", err, out)
	}
	h.write(".pre-commit-config.yaml", "repos:\n  - repo: "+of+"\n    rev: main\n    hooks:\n      - id: mudlark-system\n"+
		"        pass_filenames: "+names+"\n      - id: mudlark-push-system\n")
	h.passes("pre-commit", "install", "-t", "pre-commit", "-t", "pre-merge-commit", "-t", "pre-push")
	if out := h.passes("mudlark", "hook", "status"); !strings.Contains(out, "pre-commit, whose file names mudlark; of a push of several refs it hands on the first only") || !strings.Contains(out, "Proof: ") {
		t.Error(out)
	}

	h.write("a file.txt", "fine\n")
	h.passes("git", "add", ".")
	h.passes("git", "commit", "-m", "clean")
	h.write("a file.txt", "TOKEN="+token+"\n")
	h.stops(`a file.txt:1: REDACTED`, "git", "commit", "-am", "leak")
	h.stops(`a file.txt:1: REDACTED`, "git", "commit", "-m", "leak of one file", "a file.txt")
	h.passes("git", "commit", "-qnam", "leak")

	h.passes("git", "init", "-q", "--bare", "../there.git")
	h.passes("git", "remote", "add", "origin", "../there.git")
	h.passes("git", "push", "-q", "origin", "main~1:refs/heads/main")
	h.stops(`a file.txt:1 in commit`, "git", "push", "origin", "main")
	h.stops(`a file.txt:1 in commit`, "git", "push", "origin", "main:refs/heads/new")
	h.passes("git", "push", "-q", "origin", "main~1:refs/heads/other")

	// Without ours, theirs go on.
	h.passes("mudlark", "hook", "uninstall")
	h.stops("mudlark stopped the push", "git", "push", "origin", "main")
	h.passes("pre-commit", "uninstall", "-t", "pre-commit", "-t", "pre-merge-commit", "-t", "pre-push")
	h.passes("git", "push", "-q", "origin", "main")
}

// TestFrameworkAndOursRunBehindEachOther: whichever was installed first.
func TestFrameworkAndOursRunBehindEachOther(t *testing.T) {
	long(t)
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Skip("needs the pre-commit framework")
	}
	token, err := rules.Fill("<github ghp_>", 1)
	if err != nil {
		t.Fatal(err)
	}
	h := newHooked(t)
	h.passes("mudlark", "hook", "install")
	h.write(".pre-commit-config.yaml", "repos: []\n")
	h.passes("pre-commit", "install")
	h.write("a.txt", token+"\n")
	h.passes("git", "add", ".")
	h.stops("a.txt:1: REDACTED", "git", "commit", "-m", "leak")
	h.passes("pre-commit", "uninstall")
	h.passes("mudlark", "hook", "uninstall")

	h.write(".pre-commit-config.yaml", "repos:\n  - repo: local\n    hooks:\n      - {id: hello, name: hello, entry: echo, language: system, always_run: true}\n")
	h.passes("git", "add", ".")
	h.passes("pre-commit", "install")
	before := h.passes("cat", ".git/hooks/pre-commit")
	h.passes("mudlark", "hook", "install", "--native")
	h.stops(`(?s)hello\.+Passed.*a\.txt:1: REDACTED`, "git", "commit", "-m", "leak")
	h.passes("mudlark", "hook", "uninstall")
	if after := h.passes("cat", ".git/hooks/pre-commit"); after != before {
		t.Errorf("the framework's hook is\n%s", after)
	}
	h.passes("git", "commit", "-m", "leak")
}
