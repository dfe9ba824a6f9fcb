package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark/hooks"
)

func hookCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Check commits and pushes before they are made, by git hooks",
		Long: `Put mudlark into the git hooks of a repository, so that a secret is found before
it is in a commit, or at the latest before it is pushed.

pre-commit and pre-merge-commit check what is staged, prepare-commit-msg what the
resolving of a conflict brought into a rebase, commit-msg the message, and pre-push
what the receiver does not have yet. Where a push arrives, pre-receive and update
check what is new there. A hook that was there before keeps running. Where husky,
lefthook or pre-commit manage the hooks, nothing is written: what to add to their
file is said instead.`,
		Example: `  mudlark hook install             # this repository
  mudlark hook install --global    # all repositories of this user
  mudlark hook install --budget 2s /srv/git/app.git   # where others push to
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
	global bool
}

func (f *hookFlags) define(cmd *cobra.Command, usage string) {
	cmd.Flags().StringSliceVar(&f.names, "hook", nil, usage)
	_ = cmd.RegisterFlagCompletionFunc("hook", cobra.FixedCompletions(hooks.All(), cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().BoolVar(&f.global, "global", false, "in all repositories of this user instead of one")
}

// of returns the hooks that are meant, in a place where these are if none is named.
func (f *hookFlags) of(otherwise []string) []string {
	if len(f.names) == 0 {
		return otherwise
	}
	return f.names
}

func hookInstallCommand(a *app) *cobra.Command {
	var flags hookFlags
	policy := &hookRun{app: a}
	cmd := &cobra.Command{
		Use:   "install [PATH]",
		Short: "Install the hooks in a repository, or for all of them",
		Long: `Install the hooks in the repository at PATH, by default the one around the current
folder. They go where git looks for hooks there: core.hooksPath counts, worktrees
share their repository's hooks, a submodule has its own. In a bare repository it is
pre-receive that is installed.

A hook that is there already is renamed to NAME.before-mudlark and runs first; its
exit code counts. "mudlark hook uninstall" puts it back, byte for byte.

--global has git look for hooks in a folder of mudlark's (core.hooksPath), whose
hooks run those that each repository has in its git folder before they check.

The flags of "mudlark hook run" (--config, --budget, --ignore-inline and others) are
written into the hooks. Installing again without any of them leaves them there.`,
		Example: `  mudlark hook install
  mudlark hook install --hook pre-push ~/src/app
  mudlark hook install --global
  mudlark hook install --config /etc/mudlark.toml --budget 2s /srv/git/app.git`,
		RunE: func(cmd *cobra.Command, args []string) error {
			program, err := policy.program(cmd)
			if err != nil {
				return usageError{err: err, command: cmd.CommandPath()}
			}
			if flags.global {
				return a.hookInstallGlobal(cmd, args, program, flags)
			}
			place, err := hookPlace(cmd, args)
			if err != nil {
				return err
			}
			return a.hookInstall(place, program, flags)
		},
	}
	flags.define(cmd, "which hooks, as in pre-commit,pre-push (default: all that run before a commit or a push; of a bare repository pre-receive)")
	policy.define(cmd)
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

func (a *app) hookInstall(place hooks.Place, program hooks.Program, flags hookFlags) error {
	if home, err := a.hookHome(); err == nil && home.Is(place) {
		a.hookSay("mudlark's hooks for all repositories run here already, from %s: nothing to do.", place.Dir)
		return nil
	}
	if m := hooks.ManagerOf(place); m != nil && !flags.native {
		return a.hookManaged(m)
	}
	if place.Shared() && !flags.shared {
		return errHooksShared(place.Dir)
	}
	if err := hooks.Install(place, program, flags.of(place.Default())); err != nil {
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
		Example: `  mudlark hook uninstall
  mudlark hook uninstall --global`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.global && len(flags.names) > 0 {
				return usageError{err: errors.New("--global takes all hooks away: leave out --hook"), command: cmd.CommandPath()}
			}
			if flags.global {
				return a.hookUninstallGlobal(cmd, args)
			}
			place, err := hookPlace(cmd, args)
			if err != nil {
				return err
			}
			gone, err := hooks.Uninstall(place, flags.of(hooks.All()))
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
	flags.define(cmd, "which hooks, as in pre-commit,pre-push (default: all that are mudlark's)")
	return cmd
}

func errHooksShared(dir string) error {
	return fmt.Errorf("git runs the hooks of this repository from %s, which is outside of it, so other repositories may run them too: "+
		"add --shared if they should all be checked, or give this repository a folder of its own with `git config core.hooksPath`", dir)
}

func errHooksManaged(manager string) error {
	return fmt.Errorf("nothing is installed, as %s would overwrite it: add the lines above, or use --native to install all the same", manager)
}
