package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/sources"
	"github.com/mudlark-scan/mudlark/suppress"
)

func suppressionsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "suppressions",
		Short: "See what is suppressed, by whom and why",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(suppressionsListCommand(a))
	return cmd
}

// A listing is one run of "suppressions list".
type listing struct {
	*app
	flags  scanFlags
	files  bool // the files as they are, not the history
	unused bool // only those of no use
	check  bool // for whose sake the exit code is 1
	now    time.Time
}

func suppressionsListCommand(a *app) *cobra.Command {
	l := &listing{app: a, now: a.sys.now()}
	cmd := &cobra.Command{
		Use:   "list [PATH]",
		Short: "List every suppression, with what it hides",
		Long: `Scan a repository, or a folder that is none, and list everything that keeps a
finding from counting: inline comments, entries of ignore files and baselines,
allowlists and disabled rules of the configuration. Of each it says what it hides,
why, and until when.

A suppression that hides nothing is listed as unused, one whose time is over as
expired. One that hides whatever stands at a place, another secret too, is marked
positional. Of baselines only those are listed, unless -v asks for all.

Exit codes: 0; with --check 1 if a suppression is unused or expired; 2 if the scan
could not be run, or not on everything, so that not all is known.`,
		Example: `  mudlark suppressions list
  mudlark suppressions list --unused --check     # in a nightly job
  mudlark suppressions list --files --format json src`,
		RunE: func(cmd *cobra.Command, args []string) error {
			err := checkPaths(args)
			if err == nil && len(args) > 1 {
				err = fmt.Errorf("name one place, but there are %d arguments", len(args))
			}
			if err == nil && l.flags.format != "text" && l.flags.format != "json" {
				err = outOfRange("format", "text or json")
			}
			if err != nil {
				return usageError{err: err, command: cmd.CommandPath()}
			}
			path := "."
			if len(args) == 1 {
				path = args[0]
			}
			return l.run(cmd.Context(), path)
		},
	}
	l.define(cmd)
	return cmd
}

func (l *listing) define(cmd *cobra.Command) {
	f := &l.flags
	f.logLevel, f.decodeDepth, f.confidence = "warn", 5, mudlark.Medium
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&f.format, "format", "f", "text", "text or json")
	fs.BoolVar(&l.unused, "unused", false, "only those that hide nothing, or whose time is over")
	fs.BoolVar(&l.check, "check", false, "exit with 1 if there are such")
	fs.BoolVar(&l.files, "files", false, "look at the files as they are, not at the history")
	fs.StringVarP(&f.config, "config", "c", "", "configuration: rules and allowlists (default: as for a scan)")
	fs.StringVar(&f.ignoreFile, "ignore-file", "", "file of fingerprints that do not count (default: .mudlarkignore of what is scanned)")
	f.defineBaseline(fs)
	fs.StringSliceVar(&f.sets, "rules", []string{"default"}, rulesUsage)
	fs.IntVar(&f.workers, "workers", 0, "how many processors to use (default: all)")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "no progress on standard error")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "list all that each hides, and all entries of baselines")
}

func (l *listing) run(ctx context.Context, path string) error {
	kind, source, err := l.source(path)
	if err != nil {
		return err
	}
	s := &scan{app: l.app, kind: kind, source: source, flags: l.flags, command: "mudlark suppressions list"}
	conf, err := s.configuration()
	if err != nil {
		return err
	}
	engine, err := detectors.New(conf.set, detectors.Options{DecodeDepth: l.flags.depth(), Now: l.now, TellAllowed: true})
	if err != nil {
		return err
	}
	l.finder = engine
	for _, w := range conf.warnings {
		l.warn(w)
	}
	ctx, stop := interruptible(ctx, 0)
	defer stop()
	bar := s.progress()
	defer bar.stop()
	src, done, err := opened(source.Open(ctx, s.env(bar)))
	if err != nil {
		return err
	}
	defer done()
	var told scanner.Recording
	opts := s.judging(conf)
	opts.Run, opts.Confidence = s.record(conf), mudlark.Low
	summary, err := scanner.New(engine, opts).Scan(ctx, src, &told)
	bar.stop()
	if err != nil {
		return err
	}
	return l.conclude(l.gather(conf, told.Findings), summary)
}

// source is the repository at path, or the folder if it is none.
func (l *listing) source(path string) (sources.Kind, sources.Options, error) {
	name := "dir"
	if !l.files && sources.IsRepository(path) {
		name = "git"
	}
	kind, err := sources.Find(name)
	if err != nil {
		return kind, nil, err
	}
	opts := kind.New()
	return kind, opts, opts.Args([]string{path})
}

// conclude prints the list and says what it comes to.
func (l *listing) conclude(all []suppression, summary mudlark.Summary) error {
	states := map[string]int{}
	for _, s := range all {
		states[s.State]++
	}
	if err := l.print(all, states); err != nil {
		return err
	}
	switch {
	case summary.Incomplete:
		l.say("incomplete: not everything was read, so what is called unused may be in use; `mudlark git` says what is missing")
		l.code = l.exits.trouble
	case l.check && states[unused]+states[expired] > 0:
		l.code = exitFound
	}
	return nil
}

// byDisabling is the kind of a rule that a configuration disables.
const byDisabling mudlark.SuppressedBy = "disabled-rule"

// The states of a suppression.
const (
	inUse   = "used"
	unused  = "unused"
	expired = "expired"
)

// A suppression is one thing that keeps findings from counting, and what it hides.
type suppression struct {
	Kind       string   `json:"kind"`
	Place      string   `json:"place"`
	About      string   `json:"about,omitempty"` // a fingerprint, a rule, a description
	Reason     string   `json:"reason,omitempty"`
	Until      string   `json:"until,omitempty"`
	State      string   `json:"state"`
	Positional bool     `json:"positional,omitempty"`
	Hides      int      `json:"hides"`
	Where      []string `json:"where,omitempty"` // what is hidden, the first of many
}

// maxWhere bounds how many places of one suppression are listed.
const maxWhere = 1000

// hide is told of a finding that is hidden.
func (s *suppression) hide() {
	s.State = inUse
	s.Hides++
}

// at is told where something lies that is hidden. A nil suppression is one of several
// that may be meant.
func (s *suppression) at(where string) {
	if s != nil && len(s.Where) < maxWhere && !slices.Contains(s.Where, where) {
		s.Where = append(s.Where, where)
	}
}

// gather makes the list: what hides something, in the order of kind and place,
// and what does not.
func (l *listing) gather(conf configuration, found []mudlark.Finding) []suppression {
	at := map[[2]string]*suppression{}
	var all []*suppression
	get := func(kind mudlark.SuppressedBy, place, about string) *suppression {
		key := [2]string{string(kind) + " " + place, about}
		if at[key] == nil {
			at[key] = &suppression{Kind: string(kind), Place: place, About: about, State: unused}
			all = append(all, at[key])
		}
		return at[key]
	}
	for _, d := range conf.set.Disabled {
		get(byDisabling, d.Place, d.Name).State = inUse // what it hides was not looked for
	}
	for _, list := range allowlists(conf.set) {
		get(mudlark.ByAllowlist, list.Place, list.Description)
	}
	for _, list := range conf.suppress {
		for _, e := range list.Entries() {
			l.entry(get(e.Kind, e.Place(), e.Text), &e)
		}
	}
	byPlace := map[string]*suppression{} // nil: several entries stand at one place, as a baseline has no lines
	for _, s := range all {
		key := s.Kind + " " + s.Place
		if _, several := byPlace[key]; several {
			byPlace[key] = nil
		} else {
			byPlace[key] = s
		}
	}
	for i := range found {
		f := &found[i]
		by := f.Suppression
		var s *suppression
		switch by.By {
		case mudlark.ByComment:
			s = get(by.By, whereOf(f), f.RuleID)
			s.Reason = by.Reason
			s.hide()
		case mudlark.ByAllowlist:
			s = get(by.By, by.Place, by.Reason)
			s.hide()
		case mudlark.ByIgnoreFile, mudlark.ByBaseline: // whose entries count themselves
			s = byPlace[string(by.By)+" "+by.Place]
		}
		s.at(whereOf(f) + "  " + f.RuleID)
	}
	out := make([]suppression, 0, len(all))
	for _, s := range all {
		if !l.unused || s.State != inUse {
			l.conceal(s)
			out = append(out, *s)
		}
	}
	slices.SortStableFunc(out, func(a, b suppression) int { return strings.Compare(a.Kind, b.Kind) })
	return out
}

// conceal masks secrets in what people wrote beside a suppression: a reason may
// repeat what it is about.
func (l *listing) conceal(s *suppression) {
	for _, text := range []*string{&s.Place, &s.About, &s.Reason} {
		*text = scanner.Conceal(l.finder, *text)
	}
	for i, where := range s.Where {
		s.Where[i] = scanner.Conceal(l.finder, where)
	}
}

// entry fills in what a list knows of an entry.
func (l *listing) entry(s *suppression, e *suppress.Entry) {
	s.Reason, s.Positional, s.Hides = e.Reason, e.Positional, e.Hidden
	if !e.Until.IsZero() {
		s.Until = e.Until.Format(time.DateOnly)
	}
	switch {
	case e.Expired(l.now):
		s.State = expired
	case e.Hidden > 0:
		s.State = inUse
	}
}

// allowlists are those that a configuration added.
func allowlists(set *rules.Set) (lists []rules.Allowlist) {
	lists = append(lists, set.Allowlists...)
	for i := range set.Rules {
		lists = append(lists, set.Rules[i].Allowlists...)
	}
	lists = slices.DeleteFunc(lists, func(a rules.Allowlist) bool { return a.Place == "" })
	slices.SortFunc(lists, func(a, b rules.Allowlist) int { return strings.Compare(a.Place, b.Place) })
	return slices.CompactFunc(lists, func(a, b rules.Allowlist) bool { return a.Place == b.Place })
}

// whereOf is the place of a finding: path and line, and the commit if there is one.
func whereOf(f *mudlark.Finding) string {
	where := f.Origin.Path
	if f.Origin.Part != "" {
		where = strings.TrimSpace(f.Origin.Part + " " + where)
	}
	where = fmt.Sprintf("%s:%d", where, f.Position.StartLine)
	if c := f.Origin.Commit; c != nil && len(c.ID) > 12 {
		where += " (" + c.ID[:12] + ")"
	}
	return where
}
