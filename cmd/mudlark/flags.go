package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
)

// rulesUsage is the usage of --rules, which several commands have.
const rulesUsage = "which built-in rules: default, all (rare and retired kinds too), entropy (random text that nothing else is known of)"

// formatUsage is the usage of --format: our own formats by name, those of other
// programs by theirs.
func formatUsage() string {
	var own, others []string
	for _, name := range report.Formats() {
		tool, _, foreign := strings.Cut(name, "-")
		switch {
		case !foreign:
			own = append(own, name)
		case tool == "detect":
			others = append(others, name)
		case !slices.Contains(others, tool+"-..."):
			others = append(others, tool+"-...")
		}
	}
	return "form of the report: " + strings.Join(append(own, others...), ", ")
}

// scanFlags are the flags that every scan has, whatever its source.
type scanFlags struct {
	config          string
	sets            []string
	enable, disable []string
	confidence      mudlark.Confidence
	ignoreFile      string
	baselines       []string
	ignoreInline    bool

	format, out string
	reports     []string
	rawExtract  bool
	template    string
	ruleName    func(id string) string // what reports call a rule; nil: by its ID
	formatGiven bool
	redact      int
	exitCode    int
	accept      []string
	acceptGiven bool

	decodeDepth int
	decodeBytes size
	timeout     time.Duration
	workers     int

	quiet, verbose, noColor bool
	logLevel                string

	silent  bool         // no report on standard output unless one is sent there
	foreign foreignFlags // that other programs have
}

func (f *scanFlags) define(cmd *cobra.Command) {
	f.confidence = mudlark.Medium
	fs := cmd.Flags()
	fs.SortFlags = false

	fs.StringVarP(&f.format, "format", "f", "text", formatUsage())
	fs.StringVarP(&f.out, "out", "o", "", "write the report to this file instead of standard output; its ending chooses the format")
	f.defineReports(cmd)
	fs.IntVar(&f.redact, "redact", 100, "how much of a secret to hide, in percent; --redact=0 shows secrets")
	fs.Lookup("redact").NoOptDefVal = "100"
	fs.IntVar(&f.exitCode, "exit-code", exitFound, "exit code when secrets were found")
	fs.StringSliceVar(&f.accept, "accept", nil, "reasons for not reading something that do not make the scan incomplete, as in shallow,submodule")

	fs.StringVarP(&f.config, "config", "c", "", "configuration: rules and allowlists (default: mudlark.toml, else .gitleaks.toml, of what is scanned)")
	fs.StringSliceVar(&f.sets, "rules", []string{"default"}, rulesUsage)
	fs.StringSliceVar(&f.enable, "enable-rule", nil, "use these rules only, by ID")
	fs.StringSliceVar(&f.disable, "disable-rule", nil, "do not use these rules, by ID")
	fs.TextVar(&f.confidence, "confidence", mudlark.Medium, "least confidence that counts: low, medium or high")
	fs.StringVar(&f.ignoreFile, "ignore-file", "", "file of fingerprints that do not count (default: .mudlarkignore of what is scanned)")
	f.defineBaseline(fs)
	fs.BoolVar(&f.ignoreInline, "ignore-inline", false, "do not honour comments such as mudlark:allow")

	fs.IntVar(&f.decodeDepth, "max-decode-depth", 5, "how deep encodings may be nested; 0 decodes nothing")
	fs.Var(&f.decodeBytes, "max-decode-bytes", "bound for decoded text of one piece of content, as in 64MB")
	fs.Var(seconds{&f.timeout}, "timeout", "stop after this time and report what was found so far, as in 10m")
	fs.IntVar(&f.workers, "workers", 0, "how many processors to use (default: all)")

	fs.BoolVarP(&f.quiet, "quiet", "q", false, "no progress and no verdict on standard error")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "report every place, and what is suppressed")
	fs.BoolVar(&f.noColor, "no-color", false, "no colours (NO_COLOR does the same)")
	fs.StringVarP(&f.logLevel, "log-level", "l", "warn", "what to log: debug, info, warn, error")
	f.complete(cmd)
}

func (f *scanFlags) defineBaseline(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.baselines, "baseline", nil, "an earlier report whose findings do not count: json, jsonl, gitleaks' or trufflehog's json, a .secrets.baseline")
}

// complete teaches shells the values of flags.
func (f *scanFlags) complete(cmd *cobra.Command) {
	values := map[string][]string{
		"format":     report.Formats(),
		"rules":      rules.Choices(),
		"confidence": {"low", "medium", "high"},
		"log-level":  {"debug", "info", "warn", "error"},
	}
	for _, r := range mudlark.Reasons {
		values["accept"] = append(values["accept"], string(r))
	}
	for name, words := range values {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
}

// check reports the first flag whose value makes no sense.
func (f *scanFlags) check() error {
	switch {
	case f.exitCode < 0 || f.exitCode > 255:
		return outOfRange("exit-code", "a number from 0 to 255")
	case f.redact < 0 || f.redact > 100:
		return outOfRange("redact", "a percentage from 0 (show secrets) to 100 (hide them)")
	case f.decodeDepth < 0:
		return outOfRange("max-decode-depth", "0 (decode nothing) or more")
	case f.timeout < 0:
		return outOfRange("timeout", "a time such as 90s or 10m")
	case f.workers < 0:
		return outOfRange("workers", "a number from 1, or 0 for all processors")
	case !slices.Contains([]string{"trace", "debug", "info", "warn", "error", "fatal"}, strings.ToLower(f.logLevel)):
		return outOfRange("log-level", "one of debug, info, warn, error")
	}
	for _, text := range f.reports {
		if _, err := parseReport(text); err != nil {
			return err
		}
	}
	return nil
}

// reportFormat is what --format says, else what the ending of --out says.
func (f *scanFlags) reportFormat() (string, error) {
	if f.givesTemplate() {
		return "template", nil
	}
	ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(f.out)), ".")
	if ending == "md" {
		ending = "markdown"
	}
	if !f.formatGiven && slices.Contains(report.Formats(), ending) {
		return ending, nil
	}
	if !slices.Contains(report.Formats(), f.format) {
		return "", fmt.Errorf("unknown format %q: use one of %s", f.format, strings.Join(report.Formats(), ", "))
	}
	return f.format, nil
}

func (f *scanFlags) reportOptions(s sys) report.Options {
	return report.Options{
		Redact:  f.redact,
		Color:   s.outTerm && (f.out == "" || f.out == "-") && !f.noColor && s.getenv("NO_COLOR") == "",
		Verbose: f.verbose,
		Now:     s.now(),
		Width:   s.width,

		RawExtract: f.rawExtract,
	}
}

func (f *scanFlags) accepted() ([]mudlark.Reason, error) {
	if f.acceptGiven && len(f.accept) == 0 {
		return nil, errUnknownReason("")
	}
	var all []mudlark.Reason
	for _, word := range f.accept {
		r := mudlark.Reason(word)
		if !slices.Contains(mudlark.Reasons, r) {
			return nil, errUnknownReason(word)
		}
		all = append(all, r)
	}
	return all, nil
}

// depth is the engine's form of --max-decode-depth, where 0 is the default.
func (f *scanFlags) depth() int {
	if f.decodeDepth == 0 {
		return -1
	}
	return f.decodeDepth
}

// level is what to log. trace and fatal are gitleaks' words.
func (f *scanFlags) level() slog.Level {
	switch strings.ToLower(f.logLevel) {
	case "trace", "debug":
		return slog.LevelDebug
	case "info":
		return slog.LevelInfo
	case "error", "fatal":
		return slog.LevelError
	}
	return slog.LevelWarn
}
