package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/hooks"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/sources"
	"github.com/mudlark-scan/mudlark/suppress"
)

// A hook as detect-secrets has it: `hook run --baseline FILE NAMES...`, with its
// other flags. Of the files that are named all is checked that is staged, old
// lines too, for the baseline says what is known of them.

// secretsHook is what the flags say that only detect-secrets' hook has.
type secretsHook struct {
	lines, files, secrets []string // to leave out
	filters, plugins      []string
	off                   []string // filters
	unused                []string // flags that were given and change nothing
}

func (s *secretsHook) define(fs *pflag.FlagSet) {
	fs.StringArrayVar(&s.lines, "exclude-lines", nil, "as in detect-secrets: lines that match do not count")
	fs.StringArrayVar(&s.files, "exclude-files", nil, "as in detect-secrets: files that match do not count")
	fs.StringArrayVar(&s.secrets, "exclude-secrets", nil, "as in detect-secrets: secrets that match do not count")
	fs.StringArrayVarP(&s.filters, "filter", "f", nil, "as in detect-secrets: a filter of its own")
	fs.StringArrayVarP(&s.plugins, "plugin", "p", nil, "as in detect-secrets; it is code, and refused")
	fs.StringArrayVar(&s.off, "disable-filter", nil, "as in detect-secrets; refused")
	fs.String("base64-limit", "", "as in detect-secrets")
	fs.String("hex-limit", "", "as in detect-secrets")
	fs.StringArray("disable-plugin", nil, "as in detect-secrets")
	fs.String("word-list", "", "as in detect-secrets")
	fs.String("cores", "", "as in detect-secrets")
	fs.BoolP("no-verify", "n", false, "as in detect-secrets")
	fs.Bool("only-verified", false, "as in detect-secrets")
	fs.Bool("json", false, "as in detect-secrets")
	fs.CountP("verbose", "v", "as in detect-secrets")
	for _, name := range append(unusedSecretsFlags(), "exclude-lines", "exclude-files", "exclude-secrets", "filter", "plugin",
		"disable-filter", "cores", "no-verify", "verbose") {
		_ = fs.MarkHidden(name)
	}
}

// unusedSecretsFlags change what detect-secrets says and not what is said here.
func unusedSecretsFlags() []string {
	return []string{"base64-limit", "hex-limit", "disable-plugin", "word-list", "only-verified", "json"}
}

// arguments reads what stands behind the flags: a hook and what git gives it, or
// files of a pre-commit hook, with flags among them.
func (h *hookRun) arguments(cmd *cobra.Command, args []string) (hook string, rest []string, err error) {
	fs := cmd.Flags()
	named := len(args) > 0 && slices.Contains(hooks.All(), args[0])
	if named && args[0] != hooks.PreCommit || !named && !fs.Changed("baseline") {
		if err := h.check(args); err != nil {
			return "", nil, err
		}
		return args[0], args[1:], nil
	}
	if named {
		args = args[1:]
	}
	fs.SetInterspersed(true)
	if err := fs.Parse(args); err != nil {
		return "", nil, fmt.Errorf("%w%s", err, nearFlags(cmd, ""))
	}
	for _, name := range unusedSecretsFlags() {
		if fs.Changed(name) {
			h.secrets.unused = append(h.secrets.unused, "--"+name)
		}
	}
	if len(h.secrets.off) > 0 {
		return "", nil, errors.New("--disable-filter is not known here: take the filter out of filters_used in the baseline")
	}
	files := fs.Args()
	if slices.Contains(files, "") {
		return "", nil, errors.New("an argument is empty: name files")
	}
	if len(h.flags.baselines) > 0 { // else names of files do no harm
		h.files = files
	}
	return hooks.PreCommit, files, errors.Join(h.limits(), h.flags.check())
}

// list is what the flags say as a list, nil if they say nothing.
func (s *secretsHook) list() (suppress.List, []string, error) {
	type filter struct {
		Path    string   `json:"path"`
		Pattern []string `json:"pattern,omitempty"`
	}
	filters := []filter{}
	plugins := []map[string]string{}
	for of, patterns := range map[string][]string{"line": s.lines, "file": s.files, "secret": s.secrets} {
		if len(patterns) > 0 {
			filters = append(filters, filter{"detect_secrets.filters.regex.should_exclude_" + of, patterns})
		}
	}
	for _, path := range s.filters {
		filters = append(filters, filter{Path: path})
	}
	for _, path := range s.plugins {
		plugins = append(plugins, map[string]string{"name": "--plugin", "path": path})
	}
	if len(filters)+len(plugins) == 0 {
		return nil, nil, nil
	}
	text, err := json.Marshal(map[string]any{"plugins_used": plugins, "filters_used": filters, "results": struct{}{}})
	if err != nil {
		return nil, nil, err
	}
	return suppress.ReadBaseline("command line", bytes.NewReader(text), suppress.BaselineOptions{})
}

// add adds what the flags say to a configuration.
func (s *secretsHook) add(c *configuration) error {
	list, notices, err := s.list()
	if err != nil {
		return err
	}
	if list != nil {
		c.suppress = append(c.suppress, list)
	}
	c.warnings = append(c.warnings, notices...)
	for _, name := range s.unused {
		c.warnings = append(c.warnings, name+" is detect-secrets' and changes nothing here")
	}
	return nil
}

// checkBaselines makes a hook fail that would else pass, if a baseline of the work
// tree has changes that are not staged: it would be committed as it was, without
// what it says now.
func (h *hookRun) checkBaselines(ctx context.Context) {
	for _, path := range h.flags.baselines {
		if h.code == exitClean && h.unstaged(ctx, path) {
			h.code = exitFound
			shown := report.Printable(path)
			h.say(fmt.Sprintf("the baseline %s has changes that are not staged: git add %s, or undo them", shown, shown))
		}
	}
}

// unstaged reports whether a file of the repository has changes that are not staged.
func (h *hookRun) unstaged(ctx context.Context, path string) bool {
	options := map[string]any{"preCommit": true, "files": []string{path}}
	if err := h.setIndex(options); err != nil {
		return false
	}
	job, err := h.gitJob(options)
	if err != nil {
		return false
	}
	src, done, err := opened(sources.Open(ctx, job, mudlark.Env{}))
	if err != nil {
		return false // it lies elsewhere
	}
	defer done()
	changed := false
	err = src.Chunks(ctx, func(mudlark.Chunk, error) error {
		changed = true
		return nil
	})
	return err == nil && changed
}
