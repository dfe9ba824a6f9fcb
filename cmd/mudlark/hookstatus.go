package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark/hooks"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
)

func hookStatusCommand(a *app) *cobra.Command {
	var noProof bool
	cmd := &cobra.Command{
		Use:   "status [PATH]",
		Short: "Say which hooks really run in a repository",
		Long: `Say for each hook what git runs in the repository at PATH, and whether mudlark is
in it. Then prove it: a made-up secret is staged in a scratch clone with the same
hooks, to see whether the commit is stopped. All hooks before a commit run for that.
Of a bare repository a push into a scratch clone is tried.

Exit code 1 if mudlark does not check commits there, or not pushes.`,
		Example: `  mudlark hook status
  mudlark hook status --no-proof   # only say what lies there`,
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := hookPlace(cmd, args)
			if err != nil {
				return err
			}
			a.hookStatus(cmd.Context(), place)
			if noProof {
				return nil
			}
			return a.hookProof(cmd.Context(), place)
		},
	}
	cmd.Flags().BoolVar(&noProof, "no-proof", false, "do not try with a made-up secret")
	return cmd
}

func (a *app) hookStatus(ctx context.Context, place hooks.Place) {
	a.hookSay("git runs the hooks in %s", place.Dir)
	if home, err := a.hookHome(); err == nil {
		switch active := home.Active(ctx); {
		case home.Is(place):
			a.hookSay("They are mudlark's for all repositories, and run the repository's own first, from %s", filepath.Join(place.GitDir, "hooks"))
		case active:
			a.hookSay("mudlark's hooks for all repositories, in %s, do not run here: core.hooksPath of this repository leads elsewhere", home.Dir)
		}
	}
	manager := hooks.ManagerOf(place)
	if manager != nil {
		a.hookSay("%s manages them, by %s", manager.Name, manager.File)
	}
	checks := map[string]bool{}
	for _, s := range hooks.States(place) {
		words, runs := hookWords(s, manager)
		a.hookSay("  %-18s  %s", s.Name, words)
		checks[s.Name] = runs
	}
	if place.Bare && !checks[hooks.PreReceive] && !checks[hooks.UpdateRef] ||
		!place.Bare && !(checks[hooks.PreCommit] && checks[hooks.PrePush]) {
		a.code = exitFound
	}
}

// hookProof tries whether a commit is stopped.
func (a *app) hookProof(ctx context.Context, place hooks.Place) error {
	canary, err := rules.Fill("<github ghp_>", 6)
	if err != nil {
		return err
	}
	act := "commit"
	if place.Bare {
		act = "push"
	}
	proven, said, err := hooks.Prove(ctx, place, "token: "+canary+"\n")
	switch {
	case err != nil:
		return err
	case proven:
		a.hookSay("Proof: a %s with a made-up secret was stopped.", act)
		return nil
	case a.sys.getenv("MUDLARK_SKIP") != "" && !place.Bare:
		a.hookSay("No proof: MUDLARK_SKIP is set, so the hooks check nothing.")
	default:
		a.hookSay("No proof: a %s with a made-up secret was not stopped by mudlark. What was said:", act)
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
	case s.State == hooks.Foreign && manager != nil && manager.Named && manager.Name == "pre-commit" && s.Name == hooks.PrePush:
		return "pre-commit, whose file names mudlark; of a push of several refs it hands on the first only", true
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
		if s.Global {
			words = "the repository's own, then mudlark"
		}
	case hooks.Changed:
		words = "mudlark, with changes by somebody"
	default:
		words = "mudlark"
	}
	if len(s.Flags) > 0 {
		words += " with " + report.Printable(strings.Join(s.Flags, " "))
	}
	if _, err := os.Stat(s.Program); err != nil {
		if _, err := exec.LookPath("mudlark"); err != nil {
			return words + ", which is not found: install again", false
		}
		return words + ", from the PATH as " + report.Printable(s.Program) + " is gone", true
	}
	return words + " (" + report.Printable(s.Program) + ")", true
}
