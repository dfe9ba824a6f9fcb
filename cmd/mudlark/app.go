package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// An app is one run of the program: where it reads and writes, and what it
// ended with.
type app struct {
	sys  sys
	code int // exit code of a command that ran
}

// sys is the world outside: a test has its own.
type sys struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	now      func() time.Time
	outTerm  bool // out is a terminal
	errTerm  bool // err is one
	width    int  // of the terminal, 0 if there is none
}

func system() sys {
	s := sys{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, now: time.Now,
		outTerm: term.IsTerminal(int(os.Stdout.Fd())),
		errTerm: term.IsTerminal(int(os.Stderr.Fd())),
	}
	if s.outTerm {
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.width = w
		}
	}
	return s
}

// run runs the command line args and returns the exit code.
func run(ctx context.Context, args []string, s sys) int {
	a := &app{sys: s}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(s.err, "mudlark: "+message(err))
		return exitTrouble
	}
	return a.code
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "mudlark",
		Short: "Find leaked secrets in git history, folders and streams",
		Long: `mudlark finds leaked secrets: what it read, which secrets it found, where each
one lives and since when, and what it could not read.

Exit codes: 0 nothing was found and everything was read; 1 secrets were found
(--exit-code changes it); 2 the scan could not be run, or not on everything.`,
		Example: `  mudlark git                     # this repository, all of its history
  mudlark git --staged            # what the next commit would add
  mudlark dir .                   # the files as they are
  mudlark rules list              # what it looks for`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{err: err, command: cmd.CommandPath()}
	})
	for _, c := range scanCommands(a) {
		root.AddCommand(c)
	}
	root.AddCommand(rulesCommand(a), reportCommand(a), versionCommand(a))
	return root
}
