//go:build !gendoc

// Command mudlark finds leaked secrets in git repositories, folders and
// streams. It turns flags into options and a summary into an exit code; the
// packages beside it do the rest.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first Ctrl-C ends the scan and still reports; the second ends the program.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], system())
	stop()
	os.Exit(code)
}
