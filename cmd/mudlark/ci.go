package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/ci"
	"github.com/mudlark-scan/mudlark/sources"
	"github.com/mudlark-scan/mudlark/sources/git"
)

func ciCommand(a *app) *cobra.Command {
	c := &ciRun{app: a}
	cmd := &cobra.Command{
		Use:   "ci [PATH]",
		Short: "Scan what a pull request or a push adds, in continuous integration",
		Long: `Scan exactly what the event added that a pipeline runs for: of a pull request the
commits that the branch it is for does not have, of a push what was pushed, of a
schedule everything. The event is read from the variables of GitHub Actions,
GitLab CI, Bitbucket Pipelines, Azure Pipelines, Jenkins, CircleCI and Buildkite;
--base, --head and --event say it where there are none.

A pull request cannot acquit itself: configuration, ignore files and baselines are
those of the base commit, and what the change does to them is reported as findings
that it silences, which fail the command unless --on-silence=warn.

Exit codes: 0 nothing was found, or there was nothing to scan; 1 secrets were found
(--exit-code changes it), or findings are silenced; 2 the scan could not be run, or
not on everything, as in a shallow clone: the message has the command that helps.`,
		Example: `  mudlark ci                                    # in a pipeline
  mudlark ci --report sarif=mudlark.sarif       # and for code scanning
  mudlark ci --base origin/main                 # what this branch adds, anywhere
  mudlark ci --base HEAD~3 --head HEAD --event push
  mudlark ci --on-silence=warn                  # a reviewer has agreed to a suppression`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.check(cmd, args); err != nil {
				return usageError{err: err, command: cmd.CommandPath()}
			}
			return c.run(cmd)
		},
	}
	c.define(cmd)
	return cmd
}

// A ciRun is one run in a pipeline.
type ciRun struct {
	*app
	flags  scanFlags
	verify verifyFlags
	source git.Options

	base, head, event, onSilence string
}

// What --on-silence may be.
const (
	silenceWarns = "warn"
	silenceFails = "fail"
)

func (c *ciRun) define(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&c.base, "base", "", "`REVISION` that the change is compared with, and whose configuration holds (default: as the system says)")
	fs.StringVar(&c.head, "head", "", "`REVISION` that is the end of the change (default: as the system says, else HEAD)")
	fs.StringVar(&c.event, "event", "", "what happened: "+strings.Join(ci.Kinds(), ", ")+" (default: as the system says)")
	fs.StringVar(&c.onSilence, "on-silence", "", "what to do if the change silences findings: warn or fail (default: fail, of a push warn)")
	own := flag.NewFlagSet("ci", flag.ContinueOnError)
	c.source.Limits.Flags(own)
	fs.AddGoFlagSet(own)
	c.flags.define(cmd)
	c.verify.define(cmd, true)
	_ = cmd.RegisterFlagCompletionFunc("event", cobra.FixedCompletions(ci.Kinds(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("on-silence", cobra.FixedCompletions([]string{silenceWarns, silenceFails}, cobra.ShellCompDirectiveNoFileComp))
}

func (c *ciRun) check(cmd *cobra.Command, args []string) error {
	c.flags.formatGiven, c.flags.acceptGiven = cmd.Flags().Changed("format"), cmd.Flags().Changed("accept")
	for _, err := range []error{checkPaths(args), c.source.Args(args), c.flags.check(), c.verify.check(cmd)} {
		if err != nil {
			return err
		}
	}
	switch {
	case c.event != "" && !slices.Contains(ci.Kinds(), c.event):
		return fmt.Errorf("--event %q: there is no such event; use one of %s", c.event, strings.Join(ci.Kinds(), ", "))
	case cmd.Flags().Changed("on-silence") && c.onSilence != silenceWarns && c.onSilence != silenceFails:
		return outOfRange("on-silence", "warn or fail")
	}
	return nil
}

func (c *ciRun) run(cmd *cobra.Command) error {
	event, err := ci.Read(c.sys.getenv, readAtMost)
	if err != nil {
		return fmt.Errorf("%w\nSay what happened with --event, --base and --head", err)
	}
	if event.System == "" && c.base == "" && c.event == "" {
		return errNoSystem()
	}
	view, err := git.NewView(c.source.Target())
	if err != nil {
		return err
	}
	defer view.Close()
	plan, err := c.plan(view, event)
	if err != nil {
		return err
	}
	if event.System == ci.GitHub && !c.flags.formatGiven && c.flags.out == "" {
		c.flags.format = "github"
	}
	kind, err := sources.Find("git")
	if err != nil {
		return err
	}
	s := &scan{app: c.app, kind: kind, source: plan, flags: c.flags, verify: c.verify, command: cmd.CommandPath(), event: plan.event}
	if plan.gap != "" { // which nobody can have meant to accept
		s.flags.accept, s.flags.acceptGiven = nil, false
	}
	var trusted func(string) string // nil: nothing is scanned, so nothing need be configured
	if plan.trust != "" {
		trusted = func(string) string { return plan.trust }
	}
	if s.from, err = newCommitFiles(view, c.source.Target(), trusted); err != nil {
		return err
	}
	if plan.after != "" {
		s.review = newReview(s, plan)
	}
	if err := s.run(cmd.Context()); err != nil {
		return err
	}
	if plan.gap != "" && !c.flags.quiet {
		c.say(plan.gap)
	}
	c.concludeSilence(s, plan)
	return nil
}

// concludeSilence says what the change silences, on standard error and by the exit
// code.
func (c *ciRun) concludeSilence(s *scan, plan *ciPlan) {
	if s.review == nil {
		return
	}
	n := len(s.review.silenced) + s.review.more
	fails := plan.fails
	if c.onSilence != "" {
		fails = c.onSilence == silenceFails
	}
	switch {
	case s.review.unknown != "" && c.code == exitClean:
		c.code = c.exits.trouble
	case n > 0 && fails && c.code == exitClean:
		c.code = exitFound
	}
	if c.flags.quiet {
		return
	}
	if s.review.summary.Coverage.Skipped[mudlark.Shallow] > 0 {
		c.say("history was cut off within the change when the repository was cloned: " + plan.fetch)
	}
	if s.review.unknown != "" {
		c.say("incomplete: it is not known whether the change silences findings: " + s.review.unknown)
	}
	if n == 0 {
		return
	}
	text := "this change silences " + counted(n, "finding")
	if fails {
		text += ". If that is right, a reviewer puts what silences them on the branch that the change is for, by itself and first, " +
			"or runs this with --on-silence=warn"
	}
	c.say(text)
}

func errNoSystem() error {
	return errors.New("no continuous integration system is known by its variables here: say what to compare with, as in --base origin/main, " +
		"or what happened, as in --event manual")
}

// readAtMost reads a file that a variable names.
func readAtMost(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	return io.ReadAll(io.LimitReader(file, most))
}

// A ciPlan is what is scanned for an event, and whom it is configured by. It is
// the options of the source.
type ciPlan struct {
	*git.Options
	target string
	words  string // what is asked for
	event  string // the kind of it

	trust string // the commit that the scan is configured by, empty if nothing is scanned
	// before and after are the commits that are compared to see what the change
	// silences. Without after nothing is compared.
	before, after string
	fails         bool // whether silence makes the command fail by itself

	none    string // why there is nothing to scan
	gap     string // what is missing for a scan
	shallow bool   // history was cut off when the repository was cloned
	fetch   string // how to get both ends of the change, and all between them
}

// Target implements sources.Options.
func (p *ciPlan) Target() string { return p.target }

// Asked implements sources.Options.
func (p *ciPlan) Asked() string { return p.words }

// Open implements sources.Options.
func (p *ciPlan) Open(ctx context.Context, env mudlark.Env) (mudlark.Source, error) {
	if p.none != "" || p.gap != "" {
		return nothing{p}, nil
	}
	return p.Options.Open(ctx, env)
}

// nothing is a source for an event that leaves nothing to scan, or nothing that is
// there.
type nothing struct{ plan *ciPlan }

// Chunks implements mudlark.Source.
func (n nothing) Chunks(_ context.Context, yield mudlark.Yield) error {
	if n.plan.gap == "" {
		return nil
	}
	reason := mudlark.Missing
	if n.plan.shallow {
		reason = mudlark.Shallow
	}
	return yield(mudlark.Chunk{Origin: mudlark.Origin{Source: "git", Part: "history"}}, mudlark.Skipped(reason, "%s", n.plan.gap))
}

// Covered implements mudlark.Accountant.
func (n nothing) Covered() mudlark.Coverage {
	if n.plan.none == "" {
		return mudlark.Coverage{}
	}
	return mudlark.Coverage{Notes: []string{n.plan.none}}
}
