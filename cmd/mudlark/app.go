package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
)

// An app is one run of the program: where it reads and writes, and what it
// ended with.
type app struct {
	sys   sys
	name  string   // that the program was called by, without its folder
	exits exits    // of the dialect that goes with the name
	args  []string // of the command line
	code  int      // exit code of a command that ran
	// finder finds secrets in messages; nil: nothing was said yet.
	finder *detectors.Engine
}

// sys is the world outside: a test has its own.
type sys struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	now      func() time.Time
	outTerm  bool // out is a terminal
	errTerm  bool // err is one
	inTerm   bool // in is one
	width    int  // of the terminal, 0 if there is none
}

func system() sys {
	s := sys{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, now: time.Now,
		outTerm: term.IsTerminal(int(os.Stdout.Fd())),
		errTerm: term.IsTerminal(int(os.Stderr.Fd())),
		inTerm:  term.IsTerminal(int(os.Stdin.Fd())),
	}
	if s.outTerm {
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.width = w
		}
	}
	return s
}

// talks reports whether a question can be put to the user.
func (s *sys) talks() bool { return s.inTerm && s.errTerm }

// runAs runs the command line args of the program called name, whose dialect it
// then speaks, and returns the exit code.
func runAs(ctx context.Context, name string, args []string, s sys) int {
	a := &app{sys: s, name: name, args: args, exits: exits{trouble: exitTrouble, usage: exitTrouble}}
	root := a.root()
	root.SetArgs(a.args)
	if err := root.ExecuteContext(ctx); err != nil {
		a.say(message(err))
		return a.exits.of(err)
	}
	return a.code
}

// root is the command of the dialect that goes with the program's name.
func (a *app) root() *cobra.Command {
	switch a.name {
	case "gitleaks", "betterleaks":
		return gitleaksRoot(a)
	case hogName:
		return trufflehogRoot(a)
	}
	return newRoot(a)
}

// versionOrHelp makes a root command print the version or its help.
func (a *app) versionOrHelp(root *cobra.Command) {
	version := root.Flags().Bool("version", false, "print the version of mudlark")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *version {
			a.printVersion()
			return nil
		}
		return cmd.Help()
	}
}

// settled returns a root command as all of them are, with its commands in it.
func (a *app) settled(root *cobra.Command) *cobra.Command {
	root.SetIn(a.sys.in)
	root.SetOut(a.sys.out)
	root.SetErr(a.sys.err)
	root.SetFlagErrorFunc(flagError)
	strict(root)
	return root
}

// calledAs is the name in the path by which the program was called.
func calledAs(path string) string {
	return strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".exe")
}

// interruptible returns a context that the first signal ends, or the time allowed if
// it is more than 0: what was found by then is still reported. The second signal ends the
// program.
func interruptible(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	if timeout <= 0 {
		return ctx, stop
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	return ctx, func() {
		cancel()
		stop()
	}
}

// say writes a message to standard error. It may repeat what stands on the
// command line or in a configuration, where somebody may have put a secret.
func (a *app) say(text string) {
	if a.finder == nil {
		var err error
		if a.finder, err = detectors.New(rules.Builtin(), detectors.Options{}); err != nil {
			fmt.Fprintln(a.sys.err, "mudlark: "+printable(err.Error()))
			return
		}
	}
	fmt.Fprintln(a.sys.err, "mudlark: "+printable(scanner.Conceal(a.finder, text)))
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
	}
	a.versionOrHelp(root)
	root.AddCommand(a.commands()...)
	a.args = commandFirst(root, a.args)
	if len(a.args) > 0 && hogForeign()[a.args[0]] != "" {
		root.AddCommand(refusedCommand(a, a.args[0]))
	}
	return a.settled(root)
}

// strict makes the commands that cobra brings refuse what they do not know.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = func(_ *cobra.Command, args []string) error {
				topic, rest, err := root.Find(args)
				if err != nil || len(rest) == 0 {
					return err
				}
				return errUnknownCommand(topic, rest[0])
			}
		case "completion":
			c.Args = noArgs
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}
