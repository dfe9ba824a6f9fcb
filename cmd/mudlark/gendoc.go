//go:build gendoc

// Built with the tag gendoc, the command writes its own manual instead:
//
//	go run -tags gendoc ./cmd/mudlark DIR [COMPLETIONS]
//
// makes a man page of each command in DIR, and in COMPLETIONS what shells need to
// complete a command line. It is apart so that the program itself does not carry
// the generator.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra/doc"
)

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run -tags gendoc ./cmd/mudlark DIR [COMPLETIONS]")
		os.Exit(2)
	}
	err := write(os.Args[1])
	if err == nil && len(os.Args) == 3 {
		err = complete(os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func complete(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root := newRoot(&app{sys: system()})
	return errors.Join(
		root.GenBashCompletionFileV2(filepath.Join(dir, "mudlark.bash"), true),
		root.GenZshCompletionFile(filepath.Join(dir, "_mudlark")),
		root.GenFishCompletionFile(filepath.Join(dir, "mudlark.fish"), true),
	)
}

func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	epoch := time.Unix(0, 0).UTC() // the same pages whenever they are made
	header := &doc.GenManHeader{Title: "MUDLARK", Section: "1", Source: "mudlark", Manual: "mudlark", Date: &epoch}
	root := newRoot(&app{sys: system()})
	root.DisableAutoGenTag = true
	return doc.GenManTree(root, header, dir)
}
