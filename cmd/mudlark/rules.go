package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/verifiers"
)

// checkSeeds is how many fillings of each example `rules check` tries.
const checkSeeds = 3

func rulesCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List, show, check and compare rules",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(rulesListCommand(a), rulesShowCommand(a), rulesCheckCommand(a), rulesDiffCommand(a), rulesExportCommand(a))
	return cmd
}

func rulesListCommand(a *app) *cobra.Command {
	var config string
	var words []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the rules that a scan would use",
		Args:  noArgs,
		Example: `  mudlark rules list
  mudlark rules list --rules all,entropy
  mudlark rules list --config team.toml --json`,
		RunE: func(*cobra.Command, []string) error {
			set, err := ruleSet(config, words)
			if err != nil {
				return err
			}
			if asJSON {
				return listJSON(a.sys.out, set)
			}
			return listText(a.sys.out, set)
		},
	}
	cmd.Flags().StringVarP(&config, "config", "c", "", "configuration to read (default: the built-in rules)")
	cmd.Flags().StringSliceVar(&words, "rules", []string{"default"}, rulesUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, one array")
	return cmd
}

func ruleSet(config string, words []string) (*rules.Set, error) {
	sets, err := rules.Choose(words)
	if err != nil {
		return nil, err
	}
	if config == "" {
		return rules.Builtin(sets...), nil
	}
	set, err := rules.Load(config, sets...)
	if err != nil {
		return nil, errConfig(config, err)
	}
	return set, nil
}

func listText(w io.Writer, set *rules.Set) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "ID\tSEVERITY\tCONFIDENCE\tDESCRIPTION")
	n := 0
	for i := range set.Rules {
		r := &set.Rules[i]
		if r.SkipReport {
			continue
		}
		n++
		info := r.Info()
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\n", report.Printable(info.ID), info.Severity, info.Confidence, report.Printable(info.Description))
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d rules\n", n)
	return err
}

func listJSON(w io.Writer, set *rules.Set) error {
	infos := make([]any, 0, len(set.Rules))
	for i := range set.Rules {
		if !set.Rules[i].SkipReport {
			infos = append(infos, set.Rules[i].Info())
		}
	}
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	return out.Encode(infos)
}

func rulesShowCommand(a *app) *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show one rule with its examples",
		Args:    oneArg("one rule by its ID, as in mudlark rules show github-pat"),
		Example: "  mudlark rules show github-pat",
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := rules.Source()
			if config != "" {
				set, err = ruleSet(config, nil)
			}
			if err != nil {
				return err
			}
			// Select has the help for slips of spelling.
			if err := set.Select(args, nil); err != nil {
				return err
			}
			for i := range set.Rules {
				showRule(a.sys.out, &set.Rules[i])
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, r := range rules.Builtin(rules.Sets()...).Rules {
				ids = append(ids, r.ID+"\t"+r.Description)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringVarP(&config, "config", "c", "", "configuration to read (default: the built-in rules)")
	return cmd
}

func showRule(w io.Writer, r *rules.Rule) {
	info := r.Info()
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" && value != "0" {
			fmt.Fprintf(tab, "%s\t%s\n", name, report.Printable(value))
		}
	}
	row("id", r.ID)
	row("description", r.Description)
	row("severity", info.Severity.String())
	row("confidence", info.Confidence.String())
	row("regex", r.Regex)
	row("path", r.Path)
	row("key", r.Key)
	row("keywords", strings.Join(r.Keywords, ", "))
	row("entropy", fmt.Sprint(r.Entropy))
	row("detector", r.Detector)
	row("set", r.Set)
	row("used with", strings.Join(r.Companions, ", "))
	row("checksum", r.Checksum)
	for _, req := range r.Required {
		row("requires", req.ID)
	}
	row("tags", strings.Join(r.Tags, ", "))
	row("help", r.Help)
	row("revoke", r.Revoke)
	if c := r.Verify; c != nil {
		row("verified by", asked(c))
		row("verify needs", strings.Join(c.Needs(), ", "))
		row("endpoint", r.EndpointName())
	}
	if c := r.Revocation; c != nil {
		row("revokes itself by", asked(c))
	}
	for _, e := range r.Examples {
		row("example", e)
	}
	for _, e := range r.Counterexamples {
		row("counterexample", e)
	}
	if r.File != "" {
		row("from", fmt.Sprintf("%s:%d", r.File, r.Line))
	}
	_ = tab.Flush()
}

// asked says in a line what a check asks.
func asked(c *rules.Check) string {
	text := c.Method + " " + c.URL
	if c.With != "" {
		text = "code: " + c.With
	}
	if c.Effect != "" {
		text += " (effect: " + c.Effect + ")"
	}
	return text
}

func rulesCheckCommand(a *app) *cobra.Command {
	var verify bool
	cmd := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "Check rule files: patterns, keys, and that each rule finds its own examples",
		Long: `Check rule files, or the built-in rules if none is named. A file is checked for
mistakes of form; each rule is run on its examples, which it must find, and on
its counterexamples, which it must not. Of the built-in rules that a file
extends, those are checked that it changes.

--verify tries each live check on a server on this machine that answers as the
check's [[rules.verify.answers]] say. Nothing is sent to the provider.`,
		Example: `  mudlark rules check
  mudlark rules check mudlark.toml team/*.toml`,
		RunE: func(cmd *cobra.Command, files []string) error {
			if verify && len(files) == 0 {
				err := errors.New("--verify tries the checks of your own rules: name their file")
				return usageError{err: err, command: cmd.CommandPath()}
			}
			sets, err := setsToCheck(files)
			if err != nil {
				return err
			}
			var problems, count int
			for _, set := range sets {
				checked := set
				if len(files) > 0 {
					checked = own(set)
				}
				count += len(checked.Rules)
				problems += a.checkSet(set, checked)
				if verify {
					problems += a.rehearse(cmd.Context(), set, checked)
				}
			}
			if problems > 0 {
				return fmt.Errorf("%d problems in %d rules", problems, count)
			}
			fmt.Fprintf(a.sys.out, "%d rules, no problems\n", count)
			return nil
		},
	}
	cmd.Flags().BoolVar(&verify, "verify", false, "try live checks on the answers that are described beside them")
	return cmd
}

// rehearse tries the live checks of checked, which are rules of set, and
// returns the number of problems.
func (a *app) rehearse(ctx context.Context, set, checked *rules.Set) int {
	problems := 0
	tell := func(r *rules.Rule, err error) {
		problems++
		fmt.Fprintln(a.sys.out, report.Printable(fmt.Sprintf("%s:%d: rule %q: verify: %v", r.File, r.Line, r.ID, err)))
	}
	for i := range checked.Rules {
		r := &checked.Rules[i]
		if r.Verify == nil || r.Verify.Builtin {
			continue
		}
		f, err := detectors.Example(set, r.ID)
		if err != nil {
			tell(r, err)
			continue
		}
		for _, err := range verifiers.Rehearse(ctx, set, f) {
			tell(r, err)
		}
	}
	return problems
}

func setsToCheck(files []string) ([]*rules.Set, error) {
	if len(files) == 0 {
		set, err := rules.Source()
		return []*rules.Set{set}, err
	}
	var sets []*rules.Set
	var errs []error
	for _, file := range files {
		set, err := rules.Load(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sets = append(sets, set)
	}
	return sets, errors.Join(errs...)
}

// own returns a set of those rules of set that are not as they are built in.
func own(set *rules.Set) *rules.Set {
	isBuiltin := func(r rules.Rule) bool { return r.Builtin }
	return &rules.Set{Rules: slices.DeleteFunc(slices.Clone(set.Rules), isBuiltin)}
}

// checkSet prints what is wrong with checked, which are rules of set, and
// returns how much. Examples are run with all rules.
func (a *app) checkSet(set, checked *rules.Set) int {
	var lines []string
	lines = append(lines, set.Warnings...)
	for _, p := range rules.Problems(checked) {
		lines = append(lines, p.String())
	}
	for _, err := range detectors.CheckExamples(set, checkSeeds) {
		lines = append(lines, err.Error())
	}
	for _, line := range lines {
		fmt.Fprintln(a.sys.out, report.Printable(line))
	}
	return len(lines)
}
