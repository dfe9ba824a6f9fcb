package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/sources"
)

// builtinName stands for this program's own rules on a command line.
const builtinName = "builtin"

func rulesExportCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "export DIR",
		Short: "Write the built-in rules' files to a new folder",
		Long: `Write the built-in rules' files, with examples and comments, to a new folder: to
read them, to keep them for "mudlark rules diff" before an upgrade, or to begin
rules of your own with.`,
		Example: "  mudlark rules export rules-1.0",
		Args:    oneArg("the folder to write, which must not exist"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := os.Mkdir(args[0], 0o755); err != nil {
				return fmt.Errorf("%w: name a folder that does not exist, below one that does", err)
			}
			return os.CopyFS(args[0], rules.Files())
		},
	}
}

func rulesDiffCommand(a *app) *cobra.Command {
	d := rulesDiff{app: a, confidence: mudlark.Medium}
	cmd := &cobra.Command{
		Use:   "diff OLD NEW PLACE",
		Short: "Show what other rules would find in a repository or folder",
		Long: `Scan a repository or folder with two catalogues of rules and show what differs:
findings that are new, that are gone, that another rule tells of, that are
graded otherwise. No secret is shown.

OLD and NEW are each "builtin" for the rules of this program, a configuration
file, or a folder that "mudlark rules export" of another release wrote.

Exit codes: 0 nothing differs; 1 something does; 2 it could not be told.`,
		Example: `  mudlark rules export before           # with the old release
  mudlark rules diff before builtin .   # with the new one
  mudlark rules diff builtin team.toml ~/src/app`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 3 {
				return nil
			}
			return usageError{err: errors.New("name the old rules, the new rules, and a place to scan"), command: cmd.CommandPath()}
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkPaths(args[2:]); err != nil {
				return usageError{err: err, command: cmd.CommandPath()}
			}
			return d.run(cmd.Context(), args[0], args[1], args[2])
		},
	}
	cmd.Flags().TextVar(&d.confidence, "confidence", mudlark.Medium, "least confidence that counts: low, medium or high")
	cmd.Flags().StringSliceVar(&d.sets, "rules", []string{"default"}, rulesUsage)
	return cmd
}

// A rulesDiff compares what two catalogues of rules find.
type rulesDiff struct {
	*app
	confidence mudlark.Confidence
	sets       []string
}

func (d *rulesDiff) run(ctx context.Context, old, new, place string) error {
	var found [2]findings
	for i, name := range []string{old, new} {
		set, err := d.catalogue(name)
		if err != nil {
			return err
		}
		if found[i], err = d.scan(ctx, set, place); err != nil {
			return err
		}
	}
	differ, err := d.tell(found[0], found[1])
	switch {
	case err != nil:
		return err
	case found[0].incomplete || found[1].incomplete:
		return fmt.Errorf("not all of %s could be read, so that there may be more: scan it with %q to see why", report.Printable(place), "mudlark git or dir")
	case differ:
		d.code = exitFound
	}
	return nil
}

// catalogue returns the rules that a name on the command line stands for.
func (d *rulesDiff) catalogue(name string) (*rules.Set, error) {
	if name == builtinName {
		return ruleSet("", d.sets)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, errNoConfig(name, cause(err))
	}
	if !info.IsDir() {
		return ruleSet(name, d.sets)
	}
	sets, err := rules.Choose(d.sets)
	if err != nil {
		return nil, err
	}
	set, err := rules.Catalogue(name)
	if err != nil {
		return nil, fmt.Errorf("%w\nName a folder that %q wrote", err, "mudlark rules export")
	}
	set.Rules = slices.DeleteFunc(set.Rules, func(r rules.Rule) bool { return r.Set != "" && !slices.Contains(sets, r.Set) })
	return set, nil
}

// scan finds what a set of rules finds in place.
func (d *rulesDiff) scan(ctx context.Context, set *rules.Set, place string) (findings, error) {
	engine, err := detectors.New(set, detectors.Options{Now: d.sys.now()})
	if err != nil {
		return findings{}, err
	}
	kind, err := kindOf(place)
	if err != nil {
		return findings{}, err
	}
	opts := kind.New()
	if err := opts.Args([]string{place}); err != nil {
		return findings{}, err
	}
	src, done, err := opened(opts.Open(ctx, mudlark.Env{Stdin: d.sys.in}))
	if err != nil {
		return findings{}, err
	}
	defer done()
	f := findings{rules: len(engine.Rules()), at: make(map[spot]told)}
	s := scanner.New(engine, scanner.Options{Run: mudlark.Run{Tool: tool(), Source: kind.Name}, Confidence: d.confidence, Now: d.sys.now()})
	summary, err := s.Scan(ctx, src, &f)
	if err == nil && summary.Failure != "" {
		err = errors.New(scanner.Conceal(engine, report.Printable(summary.Failure)))
	}
	return f, errors.Join(err, ctx.Err())
}

// kindOf is the kind of source that place is: a repository if it looks like one.
func kindOf(place string) (sources.Kind, error) {
	name := "dir"
	for _, mark := range []string{".git", "objects"} {
		if _, err := os.Stat(filepath.Join(place, mark)); err == nil {
			name = "git"
		}
	}
	return sources.Find(name)
}

// Findings are what one scan told, those that count.
type findings struct {
	rules      int
	at         map[spot]told
	incomplete bool
}

// A spot is a secret in a file, whatever the commits that it came with.
type spot struct {
	path   string
	secret mudlark.Sensitive
}

type told struct {
	rule       string
	confidence mudlark.Confidence
	line       int
}

// Begin implements mudlark.Sink.
func (f *findings) Begin(mudlark.Run) error { return nil }

// Finding implements mudlark.Sink.
func (f *findings) Finding(m mudlark.Finding) error {
	at := spot{m.Origin.Path, m.Secret}
	if _, known := f.at[at]; !known && m.Counts() {
		f.at[at] = told{m.RuleID, m.Confidence, m.Position.StartLine}
	}
	return nil
}

// Skip implements mudlark.Sink.
func (f *findings) Skip(mudlark.Skip) error { return nil }

// End implements mudlark.Sink.
func (f *findings) End(s mudlark.Summary) error {
	f.incomplete = s.Incomplete
	return nil
}

// tell prints what differs, and reports whether anything does.
func (d *rulesDiff) tell(old, new findings) (differ bool, err error) {
	lines := make(map[string][]string) // by kind of difference
	note := func(kind string, at spot, t told, what string) {
		lines[kind] = append(lines[kind], fmt.Sprintf("%s\t%s:%d\t%s", kind, report.Printable(at.path), t.line, report.Printable(what)))
	}
	for at, n := range new.at {
		o, both := old.at[at]
		switch {
		case !both:
			note("new", at, n, fmt.Sprintf("%s, %s", n.rule, n.confidence))
		case o.rule != n.rule:
			note("renamed", at, n, fmt.Sprintf("%s -> %s", o.rule, n.rule))
		case o.confidence != n.confidence:
			note("graded", at, n, fmt.Sprintf("%s: %s -> %s", n.rule, o.confidence, n.confidence))
		}
	}
	for at, o := range old.at {
		if _, both := new.at[at]; !both {
			note("gone", at, o, fmt.Sprintf("%s, %s", o.rule, o.confidence))
		}
	}
	tab := tabwriter.NewWriter(d.sys.out, 0, 0, 2, ' ', 0)
	var counts []string
	for _, kind := range []string{"new", "gone", "renamed", "graded"} {
		slices.Sort(lines[kind])
		for _, line := range lines[kind] {
			fmt.Fprintln(tab, line)
		}
		counts = append(counts, fmt.Sprintf("%d %s", len(lines[kind]), kind))
	}
	fmt.Fprintf(tab, "%d rules found %d, %d rules find %d: %s\n", old.rules, len(old.at), new.rules, len(new.at), strings.Join(counts, ", "))
	return len(lines) > 0, tab.Flush()
}
