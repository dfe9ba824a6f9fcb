//go:build !gendoc

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mudlark": main, "gitleaks": main, "betterleaks": main, "trufflehog": main})
}

// TestScripts runs the command as users do. Besides testscript's own commands:
//
//	secret NAME TEMPLATE   sets $NAME to the template with its blanks filled
//	repo FILE              runs a shell script in an empty repository, with the functions write and commit
//	fill FILE...           replaces ${NAME} in files
//	world FILE             starts the providers that the file describes, see cmdWorld
//	asked METHOD-HOST...   compares what they were asked since
//	plant FOLDER SECRETS   writes a secret of each kind that can be asked about, and a list of them
//	planned PLAN LOG LEAST compares a plan with what was asked and logged
//	noneof LIST FOLDER...  is nowhere for each line of a file
//	nowhere TEXT FOLDER... fails if a file holds the text
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(e *testscript.Env) error {
			for _, kv := range bigrepo.Env() {
				if name, value, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "GIT_") || name == "TZ" {
					e.Setenv(name, value)
				}
			}
			e.Values[worldKey{}] = &worldOf{}
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			return os.Mkdir(filepath.Join(e.WorkDir, "home"), 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"secret": cmdSecret, "repo": cmdRepo, "fill": cmdFill,
			"world": cmdWorld, "asked": cmdAsked, "nowhere": cmdNowhere,
			"plant": cmdPlant, "planned": cmdPlanned, "noneof": cmdNoneOf,
		},
	})
}

// long is for a test that starts many processes, of which the race detector sees
// little and which it makes ten times as slow.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("many processes")
	}
}

func cmdSecret(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: secret NAME TEMPLATE")
	}
	text, err := rules.Fill(args[1], uint64(len(args[0])))
	ts.Check(err)
	ts.Setenv(args[0], text)
}

// prelude is what a repo script begins with. Dates go up by a day a commit.
const prelude = `set -eu
day=0
write() { mkdir -p "$(dirname "$1")"; printf '%s\n' "$2" >"$1"; }
commit() {
	day=$((day + 1))
	export GIT_AUTHOR_DATE="$((1700000000 + 86400 * day)) +0000" GIT_COMMITTER_DATE="$((1700000000 + 86400 * day)) +0000"
	git add -A && git commit -q --allow-empty -m "$1"
}
[ -n "${BARE:-}" ] || git init -q -b main "${FORMAT:---object-format=sha1}" .
`

func cmdRepo(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: repo FILE")
	}
	cmd := exec.Command("bash", "-c", prelude+ts.ReadFile(args[0]))
	cmd.Dir = ts.MkAbs("repo")
	ts.Check(os.MkdirAll(cmd.Dir, 0o755))
	cmd.Env = append(os.Environ(), scriptEnv(ts)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		ts.Fatalf("repo %s: %v\n%s", args[0], err, out)
	}
}

// scriptEnv is the environment that the script has set.
func scriptEnv(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{
		"TOKEN", "OTHER", "THIRD", "PASSWORD", "KEYID", "SECRETKEY", "FORMAT", "WORK", "HOME", "TZ",
		"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE",
		"GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE",
	} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func cmdFill(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
	}
}
