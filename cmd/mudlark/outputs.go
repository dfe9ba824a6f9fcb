package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report"
)

// defineReports defines the flags that every command has that writes reports.
func (f *scanFlags) defineReports(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.reports, "report", nil,
		"write a report besides, as FORMAT=FILE; several times for several, as in --report sarif=a.sarif --report junit=b.xml")
	cmd.Flags().BoolVar(&f.rawExtract, "gitlab-raw-extract", false,
		"write the secrets as they are into a gitlab report, for GitLab to ask whether they work; whoever can open it reads them")
	cmd.Flags().StringVar(&f.template, "template", "",
		"Go template that the report template follows, or the one report if no format is given, as in --template leaks.tmpl --out leaks.txt")
	_ = cmd.RegisterFlagCompletionFunc("report", func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		if strings.Contains(typed, "=") {
			return nil, cobra.ShellCompDirectiveDefault
		}
		var words []string
		for _, format := range report.Formats() {
			words = append(words, format+"=")
		}
		return words, cobra.ShellCompDirectiveNoSpace
	})
}

// A wanted report has a format and a place: a path, or "-" for standard output.
type wanted struct{ format, path string }

// parseReport reads a value of --report.
func parseReport(text string) (wanted, error) {
	format, path, ok := strings.Cut(text, "=")
	switch {
	case !ok || path == "":
		return wanted{}, fmt.Errorf("--report %q: say which format and which file, as in --report sarif=leaks.sarif", text)
	case !slices.Contains(report.Formats(), format):
		return wanted{}, fmt.Errorf("--report %q: unknown format %q: use one of %s", text, format, strings.Join(report.Formats(), ", "))
	}
	return wanted{format, path}, nil
}

// wanted returns the reports that the flags ask for. What --format and --out
// say is written unless they say nothing and another takes its place on standard
// output.
func (f *scanFlags) wanted() ([]wanted, error) {
	format, err := f.reportFormat()
	if err != nil {
		return nil, err
	}
	all := []wanted{{format, f.out}}
	for _, text := range f.reports {
		w, err := parseReport(text)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	if f.silent || !f.formatGiven && f.out == "" && slices.ContainsFunc(all[1:], func(w wanted) bool { return w.place() == "-" }) {
		all = all[1:]
	}
	if err := f.checkTemplate(all); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, w := range all {
		if place := w.place(); !seen[place] {
			seen[place] = true
		} else if place == "-" {
			return nil, errors.New("two reports cannot both go to standard output: give all but one a file")
		} else {
			return nil, fmt.Errorf("two reports cannot both go to %q: give each a file of its own", w.path)
		}
	}
	return all, nil
}

// place tells places apart.
func (w wanted) place() string {
	if w.path == "" || w.path == "-" || w.path == "/dev/stdout" {
		return "-"
	}
	if abs, err := filepath.Abs(w.path); err == nil {
		return abs
	}
	return filepath.Clean(w.path)
}

// outputs are the reports of one scan on their way to their files. It is a sink
// that tells all of them.
type outputs struct {
	*report.Several
	files []*report.File
	parts []*parts // by file; nil: it has no parts
}

// outputs opens what the reports are written to. They hide hide besides what was
// found.
func (a *app) outputs(flags *scanFlags, hide ...mudlark.Sensitive) (*outputs, error) {
	all, err := flags.wanted()
	if err != nil {
		return nil, err
	}
	if flags.rawExtract {
		if !slices.ContainsFunc(all, func(w wanted) bool { return w.format == "gitlab" }) {
			return nil, errors.New("--gitlab-raw-extract is about a report for GitLab: add --report gitlab=gl-secret-detection-report.json")
		}
		a.warn("the gitlab report will hold secrets as they are, so whoever can open it can read them")
	}
	o := &outputs{}
	var sinks []mudlark.Sink
	for _, w := range all {
		file, err := a.create(w.path)
		if err != nil {
			o.abort()
			return nil, err
		}
		o.files = append(o.files, file)
		own := *flags
		own.out = w.path
		opts := own.reportOptions(a.sys)
		opts.Hide = hide
		opts.Notice = a.warn
		var goesOn *parts
		if w.format == "sarif" && file.Splits() {
			goesOn = &parts{first: file, all: all}
			opts.Part = goesOn.open
		}
		o.parts = append(o.parts, goesOn)
		if err := own.fill(&opts, w.format); err != nil {
			o.abort()
			return nil, err
		}
		if path := a.sys.getenv("GITHUB_STEP_SUMMARY"); w.format == "github" && path != "" {
			opts.Summary = jobSummary(path)
		}
		sink, err := report.New(w.format, file, opts)
		if err != nil {
			o.abort()
			return nil, err
		}
		sinks = append(sinks, sink)
	}
	o.Several = report.Tell(sinks...)
	return o, nil
}

// commit puts every report in its place that could be written, and returns what
// went wrong with the others.
func (o *outputs) commit() error {
	var errs []error
	for i, file := range o.files {
		err := o.Failed(i)
		if err == nil {
			err = file.Commit()
		}
		if err == nil && o.parts[i] != nil {
			err = o.parts[i].commit()
		}
		errs = append(errs, err)
	}
	o.abort()
	return errors.Join(errs...)
}

// abort leaves what was there before of every report that was not committed.
func (o *outputs) abort() {
	for _, file := range o.files {
		file.Abort()
	}
	for _, p := range o.parts {
		p.abort()
	}
}

// jobSummary is the file that GitHub shows as the summary of a job. Other commands
// of the step add to it, so it is never replaced.
type jobSummary string

// Write implements io.Writer.
func (path jobSummary) Write(p []byte) (n int, err error) {
	file, err := os.OpenFile(string(path), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		n, err = file.Write(p)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return n, fmt.Errorf("writing the job summary %q, which GITHUB_STEP_SUMMARY names: %w", string(path), cause(err))
	}
	return n, nil
}
