package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark/hooks"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
)

func hookCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Check commits and pushes before they are made, by git hooks",
		Long: `Put mudlark into the git hooks of a repository, so that a secret is found before
it is in a commit, or at the latest before it is pushed.

pre-commit and pre-merge-commit check what is staged, prepare-commit-msg what the
resolving of a conflict brought into a rebase, commit-msg the message, and pre-push
what the receiver does not have yet. A hook that was there before keeps
running. Where husky, lefthook or pre-commit manage the hooks, nothing is written:
what to add to their file is said instead.`,
		Example: `  mudlark hook install             # this repository
  mudlark hook status              # which hooks run here
  mudlark hook uninstall           # puts back what was there before
  MUDLARK_SKIP=1 git commit ...    # goes without once`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(hookInstallCommand(a), hookUninstallCommand(a), hookStatusCommand(a), hookRunCommand(a))
	return cmd
}

// hookFlags say which hooks are meant.
type hookFlags struct {
	names  []string
	native bool
	shared bool
}

func (f *hookFlags) define(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.names, "hook", hooks.Names(), "which hooks, as in pre-commit,pre-push")
	_ = cmd.RegisterFlagCompletionFunc("hook", cobra.FixedCompletions(hooks.Names(), cobra.ShellCompDirectiveNoFileComp))
}

func hookInstallCommand(a *app) *cobra.Command {
	var flags hookFlags
	cmd := &cobra.Command{
		Use:   "install [PATH]",
		Short: "Install the hooks in a repository",
		Long: `Install the hooks in the repository at PATH, by default the one around the current
folder. They go where git looks for hooks there: core.hooksPath counts, worktrees
share their repository's hooks, a submodule has its own.

A hook that is there already is renamed to NAME.before-mudlark and runs first; its
exit code counts. "mudlark hook uninstall" puts it back, byte for byte.`,
		Example: `  mudlark hook install
  mudlark hook install --hook pre-push ~/src/app`,
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := hookPlace(cmd, args)
			if err != nil {
				return err
			}
			return a.hookInstall(place, flags)
		},
	}
	flags.define(cmd)
	cmd.Flags().BoolVar(&flags.native, "native", false, "install even if husky, lefthook or pre-commit manage the hooks")
	cmd.Flags().BoolVar(&flags.shared, "shared", false, "install even if the folder of the hooks serves other repositories too")
	return cmd
}

// hookPlace is where git runs the hooks of the repository that a command line may
// name.
func hookPlace(cmd *cobra.Command, args []string) (hooks.Place, error) {
	folder, err := hookFolder(cmd, args)
	if err != nil {
		return hooks.Place{}, err
	}
	return hooks.Find(cmd.Context(), folder)
}

// hookFolder is the folder of a command line that may name one.
func hookFolder(cmd *cobra.Command, args []string) (string, error) {
	if len(args) > 1 {
		return "", usageError{err: fmt.Errorf("name one repository, but there are %d arguments", len(args)), command: cmd.CommandPath()}
	}
	if err := checkPaths(args); err != nil {
		return "", usageError{err: err, command: cmd.CommandPath()}
	}
	if len(args) == 0 {
		return ".", nil
	}
	info, err := os.Stat(args[0])
	if err == nil && !info.IsDir() {
		err = errors.New("it is no folder")
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", args[0], cause(err))
	}
	return args[0], nil
}

func (a *app) hookInstall(place hooks.Place, flags hookFlags) error {
	if m := hooks.ManagerOf(place); m != nil && !flags.native {
		return a.hookManaged(m)
	}
	if place.Shared() && !flags.shared {
		return errHooksShared(place.Dir)
	}
	self, err := ownPath()
	if err != nil {
		return err
	}
	if err := hooks.Install(place, self, flags.names); err != nil {
		return err
	}
	for _, s := range hooks.States(place) {
		switch s.State {
		case hooks.Chained:
			a.hookSay("%s: installed; what was there before runs first", s.Name)
		case hooks.Ours:
			a.hookSay("%s: installed", s.Name)
		}
	}
	a.hookSay("in %s", place.Dir)
	if place.Tracked() {
		a.hookSay("That folder is in the work tree: commit the hooks if others should have them, who then need mudlark too.")
	}
	return nil
}

// hookManaged says what to do where another program writes the hooks. Unless
// that is done already, what was asked for is not.
func (a *app) hookManaged(m *hooks.Manager) error {
	if m.Named {
		a.hookSay("%s manages the hooks here, and %s names mudlark already: nothing to do.", m.Name, m.File)
		return nil
	}
	a.hookSay("%s manages the hooks here. Add this to %s:\n", m.Name, m.File)
	for line := range strings.Lines(m.Lines) {
		fmt.Fprint(a.sys.out, "    "+line)
	}
	a.hookSay("\n%s", m.After)
	return errHooksManaged(m.Name)
}

func (a *app) hookSay(format string, args ...any) {
	fmt.Fprintln(a.sys.out, printable(fmt.Sprintf(format, args...)))
}

// ownPath is the path by which hooks call this program: the name on the PATH if
// that is this program, as it stays when the program is replaced by a newer one.
func ownPath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if path, err := exec.LookPath("mudlark"); err == nil {
		if path, err = filepath.Abs(path); err == nil && sameFile(path, self) {
			return path, nil
		}
	}
	return self, nil
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

func hookUninstallCommand(a *app) *cobra.Command {
	var flags hookFlags
	cmd := &cobra.Command{
		Use:   "uninstall [PATH]",
		Short: "Take the hooks out of a repository",
		Long: `Take mudlark's hooks out of the repository at PATH, and put back what was there
before them. Hooks that are not mudlark's stay as they are.`,
		Example: `  mudlark hook uninstall`,
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := hookPlace(cmd, args)
			if err != nil {
				return err
			}
			gone, err := hooks.Uninstall(place, flags.names)
			for _, name := range gone {
				a.hookSay("%s: uninstalled", name)
			}
			if len(gone) == 0 && err == nil {
				a.hookSay("There is no hook of mudlark's in %s.", place.Dir)
				if m := hooks.ManagerOf(place); m != nil && m.Named {
					a.hookSay("But %s manages the hooks here, and %s names mudlark: take it out there.", m.Name, m.File)
				}
			}
			return err
		},
	}
	flags.define(cmd)
	return cmd
}

func hookStatusCommand(a *app) *cobra.Command {
	var noProof bool
	cmd := &cobra.Command{
		Use:   "status [PATH]",
		Short: "Say which hooks really run in a repository",
		Long: `Say for each hook what git runs in the repository at PATH, and whether mudlark is
in it. Then prove it: a made-up secret is staged in a scratch clone with the same
hooks, to see whether the commit is stopped. All hooks before a commit run for that.

Exit code 1 if mudlark does not check commits there, or not pushes.`,
		Example: `  mudlark hook status
  mudlark hook status --no-proof   # only say what lies there`,
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := hookPlace(cmd, args)
			if err != nil {
				return err
			}
			a.hookStatus(place)
			if noProof || place.Bare {
				return nil
			}
			return a.hookProof(cmd.Context(), place)
		},
	}
	cmd.Flags().BoolVar(&noProof, "no-proof", false, "do not try with a made-up secret")
	return cmd
}

func (a *app) hookStatus(place hooks.Place) {
	a.hookSay("git runs the hooks in %s", place.Dir)
	manager := hooks.ManagerOf(place)
	if manager != nil {
		a.hookSay("%s manages them, by %s", manager.Name, manager.File)
	}
	for _, s := range hooks.States(place) {
		words, runs := hookWords(s, manager)
		a.hookSay("  %-18s  %s", s.Name, words)
		if !runs && (s.Name == hooks.PreCommit || s.Name == hooks.PrePush) {
			a.code = exitFound
		}
	}
}

// hookProof tries whether a commit is stopped.
func (a *app) hookProof(ctx context.Context, place hooks.Place) error {
	canary, err := rules.Fill("<github ghp_>", 6)
	if err != nil {
		return err
	}
	proven, said, err := hooks.Prove(ctx, place, "token: "+canary+"\n")
	switch {
	case err != nil:
		return err
	case proven:
		a.hookSay("Proof: a commit with a made-up secret was stopped.")
		return nil
	case a.sys.getenv("MUDLARK_SKIP") != "":
		a.hookSay("No proof: MUDLARK_SKIP is set, so the hooks check nothing.")
	default:
		a.hookSay("No proof: a commit with a made-up secret was not stopped by mudlark. What was said:")
		for line := range strings.Lines(said) {
			a.hookSay("    %s", strings.TrimRight(line, "\r\n"))
		}
	}
	a.code = exitFound
	return nil
}

// hookWords says what a hook is, and whether it runs mudlark.
func hookWords(s hooks.Status, manager *hooks.Manager) (words string, runs bool) {
	switch {
	case s.Disabled:
		return "not run by git: the file may not be executed", false
	case s.State == hooks.Absent:
		return "none", false
	case s.State == hooks.Foreign && manager != nil && manager.Named:
		return manager.Name + ", whose file names mudlark", true
	case s.State == hooks.Foreign && s.Calls:
		return "not mudlark's, but it names mudlark", true
	case s.State == hooks.Foreign:
		return "not mudlark's, and it does not name mudlark", false
	}
	switch s.State {
	case hooks.Chained:
		words = "what was there before, then mudlark"
	case hooks.Changed:
		words = "mudlark, with changes by somebody"
	default:
		words = "mudlark"
	}
	if _, err := os.Stat(s.Program); err != nil {
		if _, err := exec.LookPath("mudlark"); err != nil {
			return words + ", which is not found: install again", false
		}
		return words + ", from the PATH as " + report.Printable(s.Program) + " is gone", true
	}
	return words + " (" + report.Printable(s.Program) + ")", true
}

func errHooksShared(dir string) error {
	return fmt.Errorf("git runs the hooks of this repository from %s, which is outside of it, so other repositories may run them too: "+
		"add --shared if they should all be checked, or give this repository a folder of its own with `git config core.hooksPath`", dir)
}

func errHooksManaged(manager string) error {
	return fmt.Errorf("nothing is installed, as %s would overwrite it: add the lines above, or use --native to install all the same", manager)
}
