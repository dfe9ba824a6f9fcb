package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report"
)

// The exit codes. What a scan that found something ends with is --exit-code.
const (
	exitClean   = 0
	exitFound   = 1
	exitTrouble = 2 // could not be run, or not on everything
)

// exits are the exit codes of a dialect that are not the user's to choose.
type exits struct {
	trouble int // could not be run, or not on everything
	usage   int // the command line cannot be understood
	// unknownFlag is for a flag that is not known; 0: usage.
	unknownFlag int
}

// of is the exit code for an error.
func (x exits) of(err error) int {
	if coded, ok := errors.AsType[codedError](err); ok {
		return coded.code
	}
	flag, unknown := errors.AsType[*pflag.NotExistError](err)
	unknown = unknown && flag.GetSpecifiedShortnames() == "" // gitleaks has the code for long ones alone
	switch _, usage := errors.AsType[usageError](err); {
	case unknown && x.unknownFlag != 0:
		return x.unknownFlag
	case usage:
		return x.usage
	}
	return x.trouble
}

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
	if u, ok := errors.AsType[usageError](err); ok {
		return fmt.Sprintf("%s\nSee %q.", err, u.command+" --help")
	}
	return "failed: " + err.Error()
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

// noArgs is for a command that has others below it, or nothing.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.HasSubCommands() {
		return errUnknownCommand(cmd, args[0])
	}
	err := fmt.Errorf("%q takes no arguments, but got %q", cmd.CommandPath(), args[0])
	return usageError{err: err, command: cmd.CommandPath()}
}

func errUnknownCommand(cmd *cobra.Command, name string) error {
	err := fmt.Errorf("unknown command %q for %q%s", name, cmd.CommandPath(), didYouMean(cmd, name, ""))
	return usageError{err: err, command: cmd.CommandPath()}
}

// didYouMean returns what to append to a sentence about an unknown name.
func didYouMean(cmd *cobra.Command, name, prefix string) string {
	cmd.SuggestionsMinimumDistance = 2
	// A name no longer than that is near to everything.
	near := slices.DeleteFunc(cmd.SuggestionsFor(name), func(n string) bool { return len(n) <= cmd.SuggestionsMinimumDistance })
	if len(near) == 0 {
		return ""
	}
	for i := range near {
		near[i] = prefix + near[i]
	}
	return ": did you mean " + strings.Join(near, " or ") + "?"
}

// flagError says what is wrong with a flag, in words that lead on.
func flagError(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		err = fmt.Errorf("%w%s", err, nearFlags(cmd, cmp.Or(unknown.GetSpecifiedShortnames(), unknown.GetSpecifiedName())))
	}
	if bad, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		takes := ""
		switch bad.GetFlag().Value.Type() {
		case "int":
			takes = "a whole number"
		case "bool":
			takes = "true or false"
		case "duration":
			takes = "a time such as 90s or 10m"
		}
		if takes != "" {
			err = fmt.Errorf("invalid argument %q: %w", bad.GetValue(), outOfRange(bad.GetFlag().Name, takes))
		}
	}
	return usageError{err: err, command: cmd.CommandPath()}
}

// nearFlags returns a hint about an unknown flag. The flags stand as commands,
// for whose names cobra knows what is near.
func nearFlags(cmd *cobra.Command, name string) string {
	names := new(cobra.Command)
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	return didYouMean(names, name, "--")
}

// checkPaths refuses arguments that name no place on this machine.
func checkPaths(args []string) error {
	for _, arg := range args {
		if arg == "" {
			return errors.New("an argument is empty: say . if the current folder is meant")
		}
		if !isAddress(arg) {
			continue
		}
		if _, err := os.Lstat(arg); err != nil {
			return fmt.Errorf("%q is an address, and nothing is fetched from a network: clone it first, and name the clone", arg)
		}
	}
	return nil
}

// isAddress reports whether arg is written as a URL, or as git's short form of
// one: git@host:path.
func isAddress(arg string) bool {
	host, _, short := strings.Cut(arg, ":")
	return strings.Contains(arg, "://") || short && strings.Contains(host, "@") && !strings.ContainsAny(host, `/\`)
}

func errUnknownReason(word string) error {
	var known []string
	for _, r := range mudlark.Reasons {
		known = append(known, string(r))
	}
	return fmt.Errorf("--accept %q: there is no such reason; use some of %s", word, strings.Join(known, ", "))
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

func errBaseline(path string, err error) error {
	return fmt.Errorf("%w\nMend %s, or choose another with --baseline", err, path)
}

// errNoWord is for what needs the user's word where nobody can be asked for it.
func errNoWord(revokes bool) error {
	if revokes {
		return errors.New("revoking needs your word, and there is no terminal to ask you on: add --yes if you are sure")
	}
	return errors.New("asking providers needs your word, and there is no terminal to ask you on: look at what --plan shows, " +
		"then add --yes, or list the hosts below [verify] in a configuration that you name with --config")
}

func errMigrateThere(path string) error {
	return fmt.Errorf("%q is there already, and would lose what it says: add to it what --dry-run shows, or replace it with --force", path)
}

func errMigrateAdd(path string) error {
	return fmt.Errorf("%q is there already: nothing was written; --write adds to it, --dry-run shows what", path)
}
