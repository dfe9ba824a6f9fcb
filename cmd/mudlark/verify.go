package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
)

func verifyCommand(a *app) *cobra.Command {
	flags := scanFlags{logLevel: "warn"}
	verify := verifyFlags{on: true}
	cmd := &cobra.Command{
		Use:   "verify FILE.jsonl",
		Short: "Ask providers whether the secrets of a recorded scan work",
		Long: `Ask the providers of the secrets in a scan recorded with --format jsonl --redact=0
whether they work, whose they are and what they may do. "-" reads standard input.

Each distinct secret is asked about once, at no host but its own provider's, over
https, and nothing is changed there. --plan shows what would be asked, and asks
nothing. Each question is a line in a log, without the secret. A verification of a
verified recording tells what changed.

Exit codes are those of a scan: with --only-verified 1 means that a secret works.`,
		Example: `  mudlark git . --format jsonl --redact=0 --out scan.jsonl
  mudlark verify scan.jsonl --plan
  mudlark verify scan.jsonl --yes --only-verified
  mudlark verify scan.jsonl --yes --endpoint gitlab=https://git.example.com --allow-internal
  mudlark verify scan.jsonl --allow-host '*.db.example.com' --effects login`,
		Args: oneArg("one recording, as in mudlark verify scan.jsonl, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, err := range []error{flags.check(), verify.check(cmd)} {
				if err != nil {
					return usageError{err: err, command: cmd.CommandPath()}
				}
			}
			flags.formatGiven = cmd.Flags().Changed("format")
			return a.reverify(cmd.Context(), args[0], &flags, &verify)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&flags.format, "format", "f", "text", formatUsage())
	fs.StringVarP(&flags.out, "out", "o", "", "write to this file instead of standard output; its ending chooses the format")
	flags.defineReports(cmd)
	fs.IntVar(&flags.redact, "redact", 100, "how much of a secret to hide, in percent; --redact=0 shows secrets")
	fs.StringVarP(&flags.config, "config", "c", "", "configuration whose rules and [verify] hold (default: the built-in rules)")
	fs.IntVar(&flags.exitCode, "exit-code", exitFound, "exit code when secrets are reported")
	fs.StringSliceVar(&flags.accept, "accept", nil, "reasons that do not make the answer incomplete, as in unanswered")
	fs.BoolVarP(&flags.quiet, "quiet", "q", false, "no verdict on standard error")
	fs.BoolVarP(&flags.verbose, "verbose", "v", false, "report every place, and what is suppressed")
	fs.BoolVar(&flags.noColor, "no-color", false, "no colours (NO_COLOR does the same)")
	verify.define(cmd, false)
	return cmd
}

// reverify asks about a recorded scan.
func (a *app) reverify(ctx context.Context, path string, flags *scanFlags, verify *verifyFlags) error {
	accept, err := flags.accepted()
	if err != nil {
		return err
	}
	recording, err := a.recording(path)
	if err != nil {
		return err
	}
	set, err := a.trusted(flags.config)
	if err != nil {
		return err
	}
	set.Withhold(foreign(recording.Run))
	asking, err := a.verification(set, verify, flags.quiet)
	if err != nil {
		return err
	}
	out, err := a.outputs(flags)
	if err != nil {
		return err
	}
	defer out.abort()
	ctx, stop := interruptible(ctx, 0)
	defer stop()
	if verify.plan {
		asking.show(a.sys.out, asking.pool.Plan(recording.Asked()))
		return nil
	}
	summary, err := scanner.Reverify(ctx, recording, out, scanner.Options{Verify: asking.ask, Statuses: verify.statuses(), Accept: accept})
	if err == nil {
		err = out.commit()
	}
	if err != nil {
		return err
	}
	engine, err := detectors.New(rules.Builtin(), detectors.Options{})
	if err != nil {
		return err
	}
	s := &scan{app: a, flags: *flags}
	s.concludeAs(engine, "", summary)
	if text := changes(recording.Findings); text != "" && !flags.quiet {
		fmt.Fprintln(a.sys.err, "mudlark: "+text)
	}
	return asking.close()
}

// recording reads a recorded scan, which must hold its secrets.
func (a *app) recording(path string) (*scanner.Recording, error) {
	in := a.sys.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("report %q: %w", path, cause(err))
		}
		defer file.Close()
		in = file
	}
	r := &scanner.Recording{}
	if err := report.Replay(in, r); err != nil && !errors.Is(err, report.ErrUnfinished) {
		return nil, fmt.Errorf("report %q: %w", path, err)
	}
	masked := func(f mudlark.Finding) bool { return f.Secret == mudlark.NewSensitive(mudlark.Masked) }
	if r.Run.Masked || slices.ContainsFunc(r.Findings, masked) {
		return nil, fmt.Errorf("report %q hides its secrets, so nobody can be asked about them: "+
			"record it with --format jsonl --redact=0, or scan with --verify", path)
	}
	return r, nil
}

// trusted returns the rules of a configuration that the user named, or the
// built-in ones, all of them.
func (a *app) trusted(path string) (*rules.Set, error) {
	if path == "" {
		path = a.sys.getenv("MUDLARK_CONFIG")
	}
	if path == "" {
		return rules.Builtin(rules.Sets()...), nil
	}
	set, err := rules.Load(path, rules.Sets()...)
	if err != nil {
		return nil, errConfig(path, err)
	}
	for _, w := range set.Warnings {
		a.warn(w)
	}
	return set, nil
}

// changes says how many secrets have another status than before.
func changes(found []mudlark.Finding) string {
	changed := map[string]bool{}
	for i := range found {
		if found[i].Verification.Was != mudlark.NotAsked {
			changed[found[i].Fingerprint] = true
		}
	}
	if len(changed) == 0 {
		return ""
	}
	return counted(len(changed), "secret") + " changed since the last verification"
}

// foreign returns the rules of a recording that came from what was scanned.
func foreign(run mudlark.Run) (ids []string) {
	for _, r := range run.Rules {
		if r.Foreign {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
