package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mudlark-scan/mudlark"
)

// hogFlags are trufflehog's flags. Every command that scans has them, so that a
// command line of trufflehog's works with mudlark's name in front; only under
// the name trufflehog does help show them.
type hogFlags struct {
	json, legacy, sarif, github bool
	noVerification              bool
	fail                        bool
	concurrency                 int
	include, exclude            []string // detectors
	entropy                     float64
	dropJWT                     bool
	archiveDepth                int
	skipArchives                bool
	verifiers                   map[string]string
	onlyOwnVerifiers            bool

	includePaths, excludePaths, excludeGlobs string

	sinceCommit, branch string // of git
	maxDepth            int

	folders      []string // of filesystem
	symlinkDepth int

	hook      bool   // the scan is one before a commit
	detectors string // file of custom detectors whose name does not tell what it is
	notice    string // that the user must not miss
}

// define defines the flags that the command does not have already.
func (h *hogFlags) define(cmd *cobra.Command, a *app, kind string) {
	fs := pflag.NewFlagSet(hogName, pflag.ContinueOnError)
	fs.BoolVarP(&h.json, "json", "j", false, "write a JSON object for each result")
	fs.BoolVar(&h.legacy, "json-legacy", false, "write JSON as trufflehog 2 did")
	fs.BoolVar(&h.sarif, "sarif", false, "write SARIF")
	fs.BoolVar(&h.github, "github-actions", false, "write annotations for GitHub Actions")
	fs.BoolVar(&h.noVerification, "no-verification", false, "ask no provider, which is the default")
	fs.BoolVar(&h.fail, "fail", false, "exit with 183 if there are results")
	fs.IntVar(&h.concurrency, "concurrency", 0, "how many processors to use (default: all)")
	fs.StringSliceVar(&h.include, "include-detectors", nil, "use these detectors only, by trufflehog's name or a rule's ID")
	fs.StringSliceVar(&h.exclude, "exclude-detectors", nil, "do not use these detectors")
	fs.Float64Var(&h.entropy, "filter-entropy", 0, "leave out unverified results of less entropy")
	fs.BoolVar(&h.dropJWT, "drop-unverified-jwt-results", false, "leave out JSON web tokens that were not verified")
	fs.IntVar(&h.archiveDepth, "archive-max-depth", 0, "open archives in each other to this depth")
	fs.BoolVar(&h.skipArchives, "force-skip-archives", false, "open no archives")
	fs.StringToStringVar(&h.verifiers, "verifier", nil, "where a provider is, as in github=https://git.example.com/api/v3")
	fs.BoolVar(&h.onlyOwnVerifiers, "custom-verifiers-only", false, "ask the addresses of --verifier alone")
	if kind != "stdin" {
		fs.StringVarP(&h.includePaths, "include-paths", "i", "", "file of Go regexes, one a line: scan no other paths")
		fs.StringVarP(&h.excludePaths, "exclude-paths", "x", "", "file of Go regexes, one a line: do not scan these paths")
	}
	switch kind {
	case "git":
		fs.StringVar(&h.excludeGlobs, "exclude-globs", "", "do not scan these paths, as in 'vendor/*,*.lock'")
		fs.StringVar(&h.sinceCommit, "since-commit", "", "scan commits that this one does not have; HEAD: what is staged")
		fs.StringVar(&h.branch, "branch", "", "scan the commits of this branch")
		fs.IntVar(&h.maxDepth, "max-depth", 0, "scan this many commits, the newest")
	case "dir":
		fs.StringArrayVar(&h.folders, "directory", nil, "a folder to scan")
		fs.IntVarP(&h.symlinkDepth, "max-symlink-depth", "s", 0, "follow links, if it is not 0")
	}
	defineIgnored(fs, kind)
	addFlags(cmd, fs, a.name == hogName)
}

// addFlags adds the flags that the command does not have already. Help shows them
// if they are shown.
func addFlags(cmd *cobra.Command, fs *pflag.FlagSet, shown bool) {
	fs.VisitAll(func(f *pflag.Flag) {
		if cmd.Flags().Lookup(f.Name) != nil {
			return
		}
		f.Hidden = f.Hidden || !shown
		if !shown && (f.Shorthand == "i" || f.Shorthand == "s") { // which other scanners have for something else
			f.Shorthand = ""
		}
		if f.Shorthand != "" && cmd.Flags().ShorthandLookup(f.Shorthand) != nil {
			f.Shorthand = ""
		}
		cmd.Flags().AddFlag(f)
	})
}

// defineIgnored defines the flags that are taken and have no effect: what they
// ask for is always so, or never.
func defineIgnored(fs *pflag.FlagSet, kind string) {
	on := []string{
		"fail-on-scan-errors", "filter-unverified", "allow-verification-overlap", "no-verification-cache", "force-skip-binaries",
		"skip-additional-refs", "profile", "print-avg-detector-time", "no-update", "debug", "trace", "local-dev",
	}
	values := []string{"detector-timeout", "archive-max-size", "archive-timeout", "user-agent-suffix"}
	if kind == "git" {
		on = append(on, "bare", "no-cleanup", "trust-local-git-config", "allow", "entropy", "regex")
		values = append(values, "clone-path")
	}
	for _, name := range on {
		fs.Bool(name, false, "taken for trufflehog's sake, without an effect")
		fs.Lookup(name).Hidden = true
	}
	for _, name := range values {
		fs.String(name, "", "taken for trufflehog's sake, without an effect")
		fs.Lookup(name).Hidden = true
	}
}

// used reports whether the command line is trufflehog's.
func (h *hogFlags) used(cmd *cobra.Command, s *scan, args []string) bool {
	if s.name == hogName || slices.ContainsFunc(s.verify.results, isHogResult) {
		return true
	}
	if s.kind.Name == "git" && slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, fileScheme) }) {
		return true
	}
	own, found := new(hogFlags), false
	fs := new(cobra.Command)
	own.define(fs, s.app, s.kind.Name)
	fs.Flags().VisitAll(func(f *pflag.Flag) { found = found || cmd.Flags().Changed(f.Name) })
	return found
}

// settle turns trufflehog's flags into those of the scan, and returns what is left
// of the arguments.
func (h *hogFlags) settle(cmd *cobra.Command, s *scan, args []string) ([]string, error) {
	if !h.used(cmd, s, args) {
		return args, nil
	}
	s.hog = h
	if s.name == hogName {
		h.codes(cmd, s)
	}
	if h.concurrency > 0 {
		s.flags.workers = h.concurrency
	}
	h.logging(s)
	h.custom(s)
	args, err := h.place(s, args)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(*cobra.Command, *scan) error{h.form, h.verification, h.filters, h.archives} {
		if err := step(cmd, s); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// codes sets the exit codes of the dialect.
func (h *hogFlags) codes(cmd *cobra.Command, s *scan) {
	if cmd.Flags().Changed("exit-code") {
		return
	}
	s.flags.exitCode = exitClean
	if h.fail {
		s.flags.exitCode = hogExitFound
	}
}

// logging turns a number from -1 to 5 into a word.
func (h *hogFlags) logging(s *scan) {
	n, err := strconv.Atoi(s.flags.logLevel)
	switch {
	case err != nil:
	case n < 0:
		s.flags.logLevel = "error"
	case n < 2:
		s.flags.logLevel = "info"
	default:
		s.flags.logLevel = "debug"
	}
}

// form chooses the report.
func (h *hogFlags) form(cmd *cobra.Command, s *scan) error {
	var chosen []string
	for _, f := range []struct {
		on         bool
		flag, name string
	}{
		{h.json, "--json", "trufflehog-json"}, {h.legacy, "--json-legacy", "trufflehog-json-legacy"},
		{h.sarif, "--sarif", "sarif"}, {h.github, "--github-actions", "trufflehog-github"},
	} {
		if f.on {
			chosen = append(chosen, f.flag)
			s.flags.format, s.flags.formatGiven = f.name, true
		}
	}
	if cmd.Flags().Changed("format") {
		chosen = append(chosen, "--format")
	}
	if len(chosen) > 1 {
		return fmt.Errorf("%s each choose a form of the report: keep one, and ask for the others with --report", strings.Join(chosen, " and "))
	}
	return nil
}

// archives sets how archives are read.
func (h *hogFlags) archives(cmd *cobra.Command, s *scan) error {
	depth := h.archiveDepth
	if h.skipArchives || cmd.Flags().Changed("archive-max-depth") && depth <= 0 {
		depth = -1
	}
	if h.skipArchives {
		s.flags.accept = append(s.flags.accept, string(mudlark.ArchiveDepth))
	}
	if depth == 0 {
		return nil
	}
	return configure(s.source, map[string]any{"archiveDepth": depth})
}

// filters reads what says which paths are scanned.
func (h *hogFlags) filters(cmd *cobra.Command, s *scan) (err error) {
	if s.paths, err = readPathFilter(h.includePaths, h.excludePaths, h.excludeGlobs); err != nil || s.paths == nil {
		return err
	}
	commits, err := h.commits()
	s.paths.whole = err == nil && commits == "" && !h.hook
	if f := cmd.Flags().Lookup("since-state"); f != nil && f.Changed {
		return errors.New("--since-state remembers a scan of everything: leave out --include-paths, --exclude-paths and --exclude-globs")
	}
	return nil
}

// custom takes a file of --config for custom detectors, whatever its name is.
func (h *hogFlags) custom(s *scan) {
	ext := strings.ToLower(filepath.Ext(s.flags.config))
	if s.name == hogName && s.flags.config != "" && ext != ".yaml" && ext != ".yml" && ext != ".toml" {
		h.detectors, s.flags.config = s.flags.config, ""
	}
}
