//go:build !gendoc

package main

import (
	"crypto/sha1"
	"fmt"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

// TestTheHookOfDetectSecretsIsReplacedInItsPlace: in the real framework, with the
// configuration that doc/from-detect-secrets.md shows.
func TestTheHookOfDetectSecretsIsReplacedInItsPlace(t *testing.T) {
	long(t)
	of := newFrameworkHooks(t)

	known, err := rules.Fill("<github ghp_>", 1)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rules.Fill("<github gho_>", 2)
	if err != nil {
		t.Fatal(err)
	}
	h := newHooked(t)
	h.write(".pre-commit-config.yaml", "repos:\n  - repo: "+of.dir+"\n    rev: main\n    hooks:\n      - id: mudlark-system\n"+
		"        args: ['--baseline', '.secrets.baseline']\n        pass_filenames: true\n        always_run: false\n")
	h.write(".secrets.baseline", fmt.Sprintf(`{"version": "1.5.0", "plugins_used": [], "filters_used": [], "results": {"a b.txt": [
  {"type": "Base64 High Entropy String", "filename": "a b.txt", "hashed_secret": "%x", "is_verified": false, "line_number": 1}]}}`, sha1.Sum([]byte(known))))
	h.passes("pre-commit", "install")

	h.write("a b.txt", "TOKEN="+known+"\n")
	h.passes("git", "add", ".")
	h.passes("git", "commit", "-m", "known")
	h.passes("pre-commit", "run", "--all-files")
	h.write("c.txt", "fine\n")
	h.write("a b.txt", "\n\nTOKEN="+known+" "+other+"\n")
	h.passes("git", "add", ".")
	h.stops(`a b.txt:3: REDACTED`, "git", "commit", "-m", "another")
	h.passes("git", "commit", "-qnm", "another")

	// What was committed without the hook is found by a run over all files.
	h.stops(`a b.txt:3: REDACTED`, "pre-commit", "run", "--all-files")
	h.write("a b.txt", "\n\nTOKEN="+known+"\n")
	h.passes("git", "add", ".")
	h.passes("pre-commit", "run", "--all-files")
	h.write(".secrets.baseline", "{}")
	h.stops("it is none that is known", "mudlark", "hook", "run", "--baseline", ".secrets.baseline", "c.txt")
}
