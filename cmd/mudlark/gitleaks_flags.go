package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/sources"
)

// foreignFlags are flags of gitleaks' that scanFlags has not, or by another name.
type foreignFlags struct {
	strict bool // the command line is gitleaks', word for word

	reportPath, reportFormat, reportTemplate string
	ignorePath                               string
	ignoreAllow                              bool
	megabytes                                int
	noBanner                                 bool
	platform, source                         string
	validation                               bool
	unused                                   []string // names of flags that were given and have no effect
}

// define defines the flags. own are those of ours beside them, kind is the source's,
// and format the letter for the report's form, if one is free.
func (f *foreignFlags) define(fs *pflag.FlagSet, own *scanFlags, kind, format string) {
	fs.StringVarP(&f.reportPath, "report-path", "r", "", "write the report to this file; - is standard output")
	fs.StringVarP(&f.reportFormat, "report-format", format, "", "form of the report: json, csv, junit, sarif, template, as gitleaks has them, or another of mudlark's")
	fs.StringVar(&f.reportTemplate, "report-template", "", "write the report by this template")
	fs.VarP(texts{&own.baselines}, "baseline-path", "b", "an earlier report, whose findings do not count")
	fs.StringVarP(&f.ignorePath, "gitleaks-ignore-path", "i", ".", "a .gitleaksignore, or the folder of one")
	fs.BoolVar(&f.ignoreAllow, "ignore-gitleaks-allow", false, "do not honour comments such as gitleaks:allow")
	fs.IntVar(&f.megabytes, "max-target-megabytes", 0, "leave out files larger than this; 0 reads all")
	fs.BoolVar(&f.noBanner, "no-banner", false, "no effect, as there is no banner")
	f.unusedFlag(fs, "diagnostics", "")
	f.unusedFlag(fs, "diagnostics-dir", "")
	if kind == "git" {
		fs.StringVar(&f.platform, "platform", "", "whose links to write: github, gitlab, azuredevops, gitea, bitbucket")
	}
}

// defineBetterleaks defines the flags that betterleaks has besides. None of them
// asks a provider: that needs a word of ours.
func (f *foreignFlags) defineBetterleaks(fs *pflag.FlagSet) {
	fs.BoolVar(&f.validation, "validation", false, "no effect: nobody is asked whether a secret works")
	for _, name := range []string{
		"git-workers", "regex-engine", "validation-status", "validation-timeout", "validation-workers", "validation-env-vars", "match-context",
		"experiments", "set-attr",
	} {
		f.unusedFlag(fs, name, "")
	}
	for _, name := range []string{"validation-debug", "legacy-print"} {
		f.unusedFlag(fs, name, "true")
	}
	for _, name := range []string{"validation", "git-workers", "regex-engine", "validation-status", "validation-timeout", "validation-workers",
		"validation-env-vars", "match-context", "experiments", "set-attr", "validation-debug", "legacy-print"} {
		fs.Lookup(name).Hidden = true
	}
}

// unusedFlag defines a flag that is taken and has no effect. alone is what it is
// without a value; empty: it needs one.
func (f *foreignFlags) unusedFlag(fs *pflag.FlagSet, name, alone string) {
	fs.Var(idle{&f.unused, name}, name, "no effect")
	fs.Lookup(name).NoOptDefVal = alone
}

// defineHidden defines the flags beside ours, where who types a command line of
// gitleaks' finds them.
func (f *foreignFlags) defineHidden(cmd *cobra.Command, own *scanFlags, kind string) {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.define(fs, own, kind, "")
	f.defineBetterleaks(fs)
	if kind != "stdin" {
		fs.StringVar(&f.source, "source", "", "what to scan")
	}
	fs.VisitAll(func(flag *pflag.Flag) { flag.Hidden = true })
	cmd.Flags().AddFlagSet(fs)
}

// fill adds to the options of a source what the flags say of it.
func (f *foreignFlags) fill(set map[string]any, kind string) {
	if f.megabytes > 0 {
		set["maxFileBytes"] = largest(f.megabytes)
	}
	if kind == "git" {
		set["platform"] = f.platform
		if f.platform == "" && (f.strict || f.reportPath+f.reportFormat != "") {
			set["platform"] = "auto" // as gitleaks' reports have links
		}
	}
	switch {
	case f.source == "":
	case kind == "git":
		set["path"] = f.source
	case kind == "dir":
		set["paths"] = []string{f.source}
	}
}

// apply fills the options of a source.
func (f *foreignFlags) apply(opts sources.Options, kind string, set map[string]any) error {
	f.fill(set, kind)
	text, err := json.Marshal(set)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, opts)
}

// largest is the size in bytes of the largest file that --max-target-megabytes n
// lets through: gitleaks compares whole megabytes.
func largest(n int) int64 {
	const megabyte, most = 1_000_000, 1 << 40
	return (int64(min(n, most/megabyte))+1)*megabyte - 1
}

// takeForeign turns gitleaks' flags into ours.
func (f *scanFlags) takeForeign(a *app) error {
	x := &f.foreign
	f.ignoreInline = f.ignoreInline || x.ignoreAllow
	if x.megabytes < 0 {
		return outOfRange("max-target-megabytes", "a size in megabytes, or 0 for any")
	}
	if x.megabytes > 0 { // what is larger is not asked for
		f.accept = append(f.accept, string(mudlark.TooLarge))
	}
	if x.strict {
		f.redact = min(f.redact, 100)
		f.silent = !f.verbose
		f.verbose = false // our own form of it tells of what does not count, too
	}
	if len(x.unused) > 0 {
		a.say("notice: " + strings.Join(x.unused, ", ") + ": taken, and without effect")
	}
	if x.validation {
		a.say("notice: --validation asks nobody: `mudlark git --verify` does, after it has asked you")
	}
	return f.takeReport(a)
}

// takeReport adds the report that gitleaks' flags ask for. Its json, csv and junit
// are then those of gitleaks.
func (f *scanFlags) takeReport(a *app) error {
	x := &f.foreign
	format := x.reportFormat
	if format == "" && x.reportTemplate != "" {
		format = "template"
	}
	switch {
	case x.reportPath == "" && format == "":
		return nil
	case x.reportPath == "" && x.strict:
		a.say("notice: --report-format and --report-template say nothing without --report-path: no report is written")
		return nil
	}
	f.ruleName = gitleaksName
	if x.reportTemplate != "" {
		f.template = x.reportTemplate
	}
	if x.reportPath == "" {
		f.format, f.formatGiven = foreignFormat(format), true
		return nil
	}
	if format == "" && f.formatGiven {
		format, f.format, f.formatGiven = f.format, "text", false
	}
	if format == "" {
		format = strings.TrimPrefix(strings.ToLower(filepath.Ext(x.reportPath)), ".")
		if !slices.Contains([]string{"json", "csv", "sarif"}, format) {
			return fmt.Errorf("--report-path %q: its ending names no form of report (json, csv or sarif): say which with --report-format", x.reportPath)
		}
	}
	if !slices.Contains(report.Formats(), foreignFormat(format)) {
		return fmt.Errorf("--report-format %q: use one of json, csv, junit, sarif, template, %s", format, strings.Join(report.Formats(), ", "))
	}
	f.reports = append(f.reports, foreignFormat(format)+"="+x.reportPath)
	return nil
}

// foreignFormat is what gitleaks' name for a form of report is called here.
func foreignFormat(name string) string {
	switch name {
	case "json", "csv", "junit":
		return "gitleaks-" + name
	}
	return name
}

// texts is a list as a flag that may be given several times. Two flags may fill
// one list.
type texts struct{ list *[]string }

func (t texts) String() string {
	if t.list == nil {
		return ""
	}
	return strings.Join(*t.list, ",")
}

func (t texts) Set(text string) error {
	*t.list = append(*t.list, text)
	return nil
}

func (texts) Type() string { return "string" }

// idle is a flag without effect, which notes that it was given.
type idle struct {
	given *[]string
	name  string
}

func (idle) String() string { return "" }

func (u idle) Set(string) error {
	*u.given = append(*u.given, "--"+u.name)
	return nil
}

func (idle) Type() string { return "string" }

// seconds is a time as a flag: 90s, 10m, or a number of seconds.
type seconds struct{ d *time.Duration }

func (s seconds) String() string {
	if s.d == nil {
		return "0s"
	}
	return s.d.String()
}

func (s seconds) Set(text string) error {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 && n <= int64(1<<62/time.Second) {
		*s.d = time.Duration(n) * time.Second
		return nil
	}
	d, err := time.ParseDuration(text)
	if err == nil {
		*s.d = d
	}
	return err
}

func (seconds) Type() string { return "duration" }
