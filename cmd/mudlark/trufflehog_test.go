//go:build !gendoc

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

// hog runs the command by a name, with an environment.
func hog(ctx context.Context, name string, env map[string]string, args ...string) result {
	var out, errs bytes.Buffer
	code := runAs(ctx, name, args, sys{
		in: strings.NewReader(""), out: &out, err: &errs,
		getenv: func(name string) string { return env[name] },
		now:    func() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	return result{code, out.String(), errs.String()}
}

// hogRepository makes a repository with a secret in its second of two commits, and
// one without any.
func hogRepository(t *testing.T) (leaky, clean string) {
	t.Helper()
	token, err := rules.Fill("<github ghp_>", 7)
	if err != nil {
		t.Fatal(err)
	}
	leaky, clean = filepath.Join(t.TempDir(), "leaky"), filepath.Join(t.TempDir(), "clean")
	script := prelude + "write a.txt hello\ncommit one\nwrite b.txt \"token: $TOKEN\"\ncommit two\n"
	for dir, script := range map[string]string{leaky: script, clean: prelude + "write a.txt hello\ncommit one\n"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("bash", "-c", script)
		cmd.Dir, cmd.Env = dir, append(bigrepo.Env(), "TOKEN="+token)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return leaky, clean
}

// TestTrufflehogExitCodes is the table of exit codes, with those that must not be 0.
func TestTrufflehogExitCodes(t *testing.T) {
	leaky, clean := hogRepository(t)
	gap := filepath.Join(t.TempDir(), "gap")
	if out, err := exec.Command("cp", "-r", leaky, gap).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	lose(t, gap)
	ended, end := context.WithCancel(t.Context())
	end()
	for _, c := range []struct {
		what      string
		ctx       context.Context
		env, args string
		hog, mud  int // by either name
	}{
		{"nothing found", nil, "", "git file://" + clean, 0, 0},
		{"nothing found, --fail", nil, "", "git file://" + clean + " --fail", 0, 0},
		{"results", nil, "", "git file://" + leaky + " --json", 0, 1},
		{"results, --fail", nil, "", "git file://" + leaky + " --json --fail", 183, 1},
		{"results in files, --fail", nil, "", "filesystem " + leaky + " --fail", 183, 1},
		{"commits without results", nil, "", "git file://" + leaky + " --since-commit HEAD~1 --max-depth 1 --branch HEAD~1 --fail", 0, 0},
		{"commits with results", nil, "", "git file://" + leaky + " --since-commit HEAD~1 --fail", 183, 1},
		{"unknown --since-commit", nil, "", "git file://" + leaky + " --since-commit 0123456789abcdef0123456789abcdef01234567 --fail", 2, 2},
		{"unknown --since-commit that is a name", nil, "", "git file://" + leaky + " --since-commit nonsense --json", 2, 2},
		{"--since-commit that is no revision", nil, "", "git file://" + leaky + " --since-commit --all", 2, 2},
		{"unknown branch", nil, "", "git file://" + leaky + " --branch nonsense", 1, 2},
		{"no repository", nil, "", "git file://" + t.TempDir(), 1, 2},
		{"no such place", nil, "", "filesystem /nowhere/at/all", 1, 2},
		{"an address", nil, "", "git https://git.example.com/a.git", 2, 2},
		{"unknown flag", nil, "", "git file://" + clean + " --no-such-flag", 2, 2},
		{"unknown state", nil, "", "git file://" + clean + " --results=proven,verified", 2, 2},
		{"needs what is not allowed", nil, "", "git file://" + leaky + " --only-verified --fail", 2, 2},
		{"needs what is not allowed, nothing to find", nil, "", "git file://" + clean + " --results=verified", 2, 2},
		{"nobody to ask for a word", nil, "", "git file://" + leaky + " --verify --json", 2, 2},
		{"contradiction", nil, "MUDLARK_VERIFY=1", "git file://" + leaky + " --only-verified --no-verification", 2, 2},
		{"filter that cannot be read", nil, "", "git file://" + leaky + " --exclude-paths /nowhere/at/all", 2, 2},
		{"incomplete, nothing found", nil, "", "git file://" + gap, 1, 2},
		{"incomplete, nothing found, --fail", nil, "", "git file://" + gap + " --fail --fail-on-scan-errors", 1, 2},
		{"interrupted", ended, "", "git file://" + clean + " --fail", 130, 2},
		{"unsupported", nil, "", "gcs --project-id x", 2, 2},
		{"a hook, nothing staged", nil, "PRE_COMMIT=1", "git file://" + leaky, 0, 1},
	} {
		ctx := c.ctx
		if ctx == nil {
			ctx = t.Context()
		}
		env := map[string]string{}
		if name, value, ok := strings.Cut(c.env, "="); ok {
			env[name] = value
		}
		for name, want := range map[string]int{hogName: c.hog, "mudlark": c.mud} {
			if got := hog(ctx, name, env, strings.Fields(c.args)...); got.code != want {
				t.Errorf("%s, as %s: exit code %d, want %d\n%s", c.what, name, got.code, want, got.err)
			}
		}
	}
}

// lose takes the second file's content from a repository of loose objects.
func lose(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command("git", "rev-parse", "HEAD:b.txt")
	cmd.Dir, cmd.Env = dir, bigrepo.Env()
	id, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSpace(string(id))
	if err := os.Remove(filepath.Join(dir, ".git", "objects", text[:2], text[2:])); err != nil {
		t.Fatal(err)
	}
}

// TestTrufflehogCommandLinesAreUnderstood: flags may stand before the command.
func TestTrufflehogCommandLinesAreUnderstood(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"git file://. --json", "git file://. --json"},
		{"--json git file://.", "git --json file://."},
		{"--config git git file://.", "git --config git file://."},
		{"--archive_max_depth 3 --fail filesystem a", "filesystem --archive_max_depth 3 --fail a"},
		{"-i git -x stdin filesystem a", "filesystem -i git -x stdin a"},
		{"--results=verified git .", "git --results=verified ."},
		{"-- git", "-- git"},
		{"--version", "--version"},
		{"nonsense git", "nonsense git"},
		{"--fail nonsense git", "nonsense --fail git"},
		{"", ""},
	} {
		a := &app{sys: sys{}, name: hogName}
		if got := strings.Join(commandFirst(trufflehogRoot(a), strings.Fields(c.args)), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.args, got, c.want)
		}
	}
}

// TestTrufflehogFlagsAreAllTaken: none of the flags that are documented there is
// unknown here.
func TestTrufflehogFlagsAreAllTaken(t *testing.T) {
	global := "json json-legacy sarif github-actions results only-verified no-verification fail fail-on-scan-errors config " +
		"concurrency include-detectors exclude-detectors filter-entropy filter-unverified allow-verification-overlap max-decode-depth " +
		"detector-timeout archive-max-size archive-max-depth archive-timeout no-verification-cache verifier custom-verifiers-only " +
		"force-skip-binaries force-skip-archives skip-additional-refs drop-unverified-jwt-results user-agent-suffix no-color log-level " +
		"profile print-avg-detector-time no-update"
	own := map[string]string{
		"git":        "include-paths exclude-paths exclude-globs since-commit branch max-depth bare clone-path no-cleanup trust-local-git-config allow entropy regex",
		"filesystem": "directory include-paths exclude-paths max-symlink-depth",
		"stdin":      "",
	}
	short := map[string]string{"git": "jix", "filesystem": "jixs", "stdin": "j"}
	for command, names := range own {
		cmd, _, err := trufflehogRoot(&app{name: hogName}).Find([]string{command})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range strings.Fields(global + " " + names) {
			if cmd.Flags().Lookup(name) == nil {
				t.Errorf("%s has no --%s", command, name)
			}
		}
		for _, letter := range short[command] {
			if f := cmd.Flags().ShorthandLookup(string(letter)); f == nil || !strings.Contains(" json include-paths exclude-paths max-symlink-depth ", " "+f.Name+" ") {
				t.Errorf("%s: -%c is %v", command, letter, f)
			}
		}
	}
}

// TestTrufflehogCommandsHaveHelp: under that name, too, every command says what it
// does and how it is called.
func TestTrufflehogCommandsHaveHelp(t *testing.T) {
	for _, args := range []string{"--help", "git --help", "filesystem --help", "stdin --help", "help git"} {
		got := hog(t.Context(), hogName, nil, strings.Fields(args)...)
		for _, want := range []string{"Usage:\n  trufflehog", "Examples:", "  trufflehog "} {
			if got.code != 0 || !strings.Contains(got.out, want) {
				t.Errorf("%s: exit code %d, it lacks %q", args, got.code, want)
			}
		}
	}
	if got := hog(t.Context(), "mudlark", nil, "git", "--help"); strings.Contains(got.out, "since-commit") {
		t.Error("the help of mudlark git shows trufflehog's flags")
	}
}

// TestTrufflehogNoiseIsLeftOut: what its filters leave out does not count, and
// nothing else.
func TestTrufflehogNoiseIsLeftOut(t *testing.T) {
	n := hogNoise{entropy: 3, jwt: true, detectors: []string{"npm-access-token"}}
	for _, c := range []struct {
		f    mudlark.Finding
		want bool
	}{
		{mudlark.Finding{RuleID: "generic-token", Entropy: 2.9}, true},
		{mudlark.Finding{RuleID: "generic-token", Entropy: 3}, false},
		{mudlark.Finding{RuleID: "jwt", Entropy: 5}, true},
		{mudlark.Finding{RuleID: "npm-access-token", Entropy: 5}, true},
	} {
		by, got := n.Find(&c.f, time.Time{})
		if got != c.want || got && by.Reason == "" {
			t.Errorf("%s of entropy %v: %v, %+v", c.f.RuleID, c.f.Entropy, got, by)
		}
	}
}
