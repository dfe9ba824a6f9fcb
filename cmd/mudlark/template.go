package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
)

// errNoTemplate and errIdleTemplate are for one half of what belongs together.
var (
	errNoTemplate   = errors.New("a template report needs a template: name its file, as in --template leaks.tmpl")
	errIdleTemplate = errors.New("--template is about a template report: leave out --format, or add --report template=FILE")
)

// checkTemplate reports whether the template that was named and the reports that
// were asked for go together.
func (f *scanFlags) checkTemplate(all []wanted) error {
	asked := false
	for _, w := range all {
		asked = asked || w.format == "template"
	}
	switch {
	case asked && f.template == "":
		return errNoTemplate
	case !asked && f.template != "":
		return errIdleTemplate
	}
	return nil
}

// givesTemplate reports whether --template says what --format would: that the report
// is one, unless another is.
func (f *scanFlags) givesTemplate() bool {
	if f.template == "" || f.formatGiven {
		return false
	}
	for _, text := range f.reports {
		if strings.HasPrefix(text, "template=") {
			return false
		}
	}
	return true
}

// fill adds to the options of a report what its format needs besides.
func (f *scanFlags) fill(opts *report.Options, format string) error {
	opts.RuleName = f.ruleName
	if strings.HasPrefix(format, "gitleaks-") {
		opts.RuleName = gitleaksName
	}
	if format != "template" {
		return nil
	}
	text, err := readTemplate(f.template)
	opts.Template, opts.TemplateName = text, f.template
	return err
}

// gitleaksName is what gitleaks calls a rule, or our own name if it has none.
func gitleaksName(id string) string { return cmp.Or(rules.Foreign(id), id) }

// readTemplate reads a template, which is text that a program runs: bounded, as all
// that it does.
func readTemplate(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("template %q: %w", path, cause(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, report.MaxTemplate+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("template %q: %w", path, cause(err))
	case len(text) > report.MaxTemplate:
		return "", fmt.Errorf("template %q: it is larger than %d kB", path, report.MaxTemplate>>10)
	case len(text) == 0:
		return "", fmt.Errorf("template %q: it is empty", path)
	}
	return string(text), nil
}
