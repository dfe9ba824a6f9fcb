package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mudlark-scan/mudlark/hooks"
)

// program is what hooks are to run: this program, with the flags of hook run that
// stand on the command line of hook install.
func (h *hookRun) program(cmd *cobra.Command) (hooks.Program, error) {
	if err := errors.Join(h.limits(), h.flags.check()); err != nil {
		return hooks.Program{}, err
	}
	self, err := ownPath()
	if err != nil {
		return hooks.Program{}, err
	}
	p := hooks.Program{Path: self}
	own := &cobra.Command{}
	(&hookRun{app: h.app}).define(own)
	own.Flags().VisitAll(func(f *pflag.Flag) {
		given := cmd.Flags().Lookup(f.Name)
		if given == nil || !given.Changed {
			return
		}
		value := given.Value.String()
		if list, ok := given.Value.(pflag.SliceValue); ok {
			value = strings.Join(list.GetSlice(), ",")
		}
		if f.Name == "config" || f.Name == "ignore-file" { // hooks run elsewhere
			if abs, absErr := filepath.Abs(value); absErr == nil {
				value = abs
			}
			if _, statErr := os.Stat(value); statErr != nil && err == nil {
				err = errNoConfig(value, cause(statErr))
			}
		}
		p.Flags = append(p.Flags, "--"+f.Name+"="+value)
	})
	return p, err
}

// hookHome is where this user's hooks for all repositories lie, and the file that
// leads git to them.
func (a *app) hookHome() (hooks.Home, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return hooks.Home{}, err
	}
	config := a.sys.getenv("XDG_CONFIG_HOME")
	if config == "" {
		config = filepath.Join(home, ".config")
	}
	h := hooks.Home{Dir: filepath.Join(config, "mudlark", "hooks"), Config: a.sys.getenv("GIT_CONFIG_GLOBAL")}
	if runtime.GOOS == "windows" && a.sys.getenv("XDG_CONFIG_HOME") == "" {
		roaming, err := os.UserConfigDir()
		if err != nil {
			return h, err
		}
		h.Dir = filepath.Join(roaming, "mudlark", "hooks")
	}
	if h.Config == "" { // as git chooses the one that it writes
		h.Config = filepath.Join(home, ".gitconfig")
		other := filepath.Join(config, "git", "config")
		if _, err := os.Stat(h.Config); err != nil {
			if _, err := os.Stat(other); err == nil {
				h.Config = other
			}
		}
	}
	return h, nil
}

// globalHome is hookHome for a command line that names no repository.
func (a *app) globalHome(cmd *cobra.Command, args []string) (hooks.Home, error) {
	if len(args) > 0 {
		return hooks.Home{}, usageError{err: errors.New("--global is about all repositories: name none"), command: cmd.CommandPath()}
	}
	return a.hookHome()
}

func (a *app) hookInstallGlobal(cmd *cobra.Command, args []string, program hooks.Program, flags hookFlags) error {
	home, err := a.globalHome(cmd, args)
	if err != nil {
		return err
	}
	if err := hooks.InstallGlobal(cmd.Context(), home, program, flags.of(hooks.Names())); err != nil {
		return err
	}
	for _, name := range flags.of(hooks.Names()) {
		a.hookSay("%s: installed; what a repository has itself runs first", name)
	}
	a.hookSay("in %s, where core.hooksPath in %s leads", home.Dir, home.Config)
	a.hookSay("Repositories with a core.hooksPath of their own, as husky sets it, do not run them: mudlark hook status says so there.")
	return nil
}

func (a *app) hookUninstallGlobal(cmd *cobra.Command, args []string) error {
	home, err := a.globalHome(cmd, args)
	if err != nil {
		return err
	}
	gone, err := hooks.UninstallGlobal(cmd.Context(), home)
	if gone {
		a.hookSay("uninstalled from %s and %s", home.Dir, home.Config)
	} else if err == nil {
		a.hookSay("There is no hook of mudlark's in %s.", home.Dir)
	}
	return err
}
