//go:build gendoc

// Built with the tag gendoc, the command writes its own manual instead:
//
//	go run -tags gendoc ./cmd/mudlark DIR
//
// makes a man page of each command in DIR. It is apart so that the program
// itself does not carry the generator.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra/doc"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run -tags gendoc ./cmd/mudlark DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
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
