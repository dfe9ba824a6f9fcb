package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report"
)

// The exit codes. What a scan that found something ends with is --exit-code.
const (
	exitClean   = 0
	exitFound   = 1
	exitTrouble = 2 // could not be run, or not on everything
)

// A usageError is a command line that cannot be understood.
type usageError struct {
	err     error
	command string
}

func (e usageError) Error() string { return e.err.Error() }

func (e usageError) Unwrap() error { return e.err }

// message is what a user reads of an error: what went wrong, and where to read
// on if it was the command line.
func message(err error) string {
	text := "failed: " + printable(err.Error())
	if u, ok := errors.AsType[usageError](err); ok {
		text = fmt.Sprintf("%s\nSee %q.", printable(err.Error()), u.command+" --help")
	}
	return text
}

// printable makes a text of several lines safe to print: it may hold names of
// files that somebody chose.
func printable(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = report.Printable(line)
	}
	return strings.Join(lines, "\n")
}

// oneArg takes exactly one argument; what says which, with an example.
func oneArg(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		err := fmt.Errorf("name %s, but there are %d arguments", what, len(args))
		if len(args) == 0 {
			err = fmt.Errorf("name %s", what)
		}
		return usageError{err: err, command: cmd.CommandPath()}
	}
}

// noArgs is for a command that only has others below it.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	err := fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w: did you mean %s?", err, strings.Join(near, " or "))
	}
	return usageError{err: err, command: cmd.CommandPath()}
}

func errUnknownReason(word string) error {
	var known []string
	for _, r := range mudlark.Reasons {
		known = append(known, string(r))
	}
	return fmt.Errorf("--accept %s: there is no such reason; use some of %s", word, strings.Join(known, ", "))
}

// outOfRange says what values a flag takes.
func outOfRange(flag, takes string) error { return fmt.Errorf("--%s takes %s", flag, takes) }

func errConfig(path string, err error) error {
	return fmt.Errorf("%w\nMend %s, or choose another with --config", err, path)
}

func errNoConfig(path string, err error) error {
	return fmt.Errorf("configuration %q: %w\nName a file that exists with --config, or leave it out for the built-in rules", path, err)
}

func errIgnoreFile(path string, err error) error {
	return fmt.Errorf("%w\nMend %s, or choose another with --ignore-file", err, path)
}
