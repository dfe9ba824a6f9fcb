package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
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
	text := "failed: " + err.Error()
	if u, ok := errors.AsType[usageError](err); ok {
		text = fmt.Sprintf("%v\nSee %q.", err, u.command+" --help")
	}
	return text
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

func errConfig(path string, err error) error {
	return fmt.Errorf("%w\nMend %s, or choose another with --config", err, path)
}

func errNoConfig(path string, err error) error {
	return fmt.Errorf("configuration %q: %w\nName a file that exists with --config, or leave it out for the built-in rules", path, err)
}

func errIgnoreFile(path string, err error) error {
	return fmt.Errorf("%w\nMend %s, or choose another with --ignore-file", err, path)
}
