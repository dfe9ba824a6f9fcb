//go:build !gendoc

// Command mudlark finds leaked secrets in git repositories, folders and
// streams. It turns flags into options and a summary into an exit code; the
// packages beside it do the rest.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(runAs(context.Background(), calledAs(os.Args[0]), os.Args[1:], system()))
}
