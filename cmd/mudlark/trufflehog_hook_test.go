//go:build !gendoc

package main

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

// TestTrufflehogsHookInTheFramework: the entry of trufflehog's hook, word for word and
// with either name in front, stops the canary, told of files or not.
func TestTrufflehogsHookInTheFramework(t *testing.T) {
	long(t)
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Skip("needs the pre-commit framework")
	}
	token, err := rules.Fill("<github ghp_>", 1)
	if err != nil {
		t.Fatal(err)
	}
	const config = `repos:
  - repo: local
    hooks:
      - id: trufflehog
        name: TruffleHog
        entry: %s git file://. --since-commit HEAD --results=verified --fail --trust-local-git-config
        language: system
        pass_filenames: %v
`
	for _, name := range []string{hogName, "mudlark"} {
		for _, files := range []bool{false, true} {
			h := newHooked(t)
			h.write(".pre-commit-config.yaml", fmt.Sprintf(config, name, files))
			h.passes("pre-commit", "install")
			h.write("a file.txt", "fine\n")
			h.write("b.txt", "fine\n")
			h.passes("git", "add", ".")
			h.passes("git", "commit", "-m", "clean")
			h.write("a file.txt", "TOKEN="+token+"\n")
			h.write("b.txt", "finer\n")
			h.stops(`(?s)TruffleHog\.+Failed.*a file.txt:1`, "git", "commit", "-am", "leak")
			h.passes("git", "commit", "-m", "the other file", "b.txt")
			h.stops(`a file.txt:1`, "git", "commit", "-m", "leak of one file", "a file.txt")
		}
	}
}
