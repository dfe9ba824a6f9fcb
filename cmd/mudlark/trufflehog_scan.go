package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/sources"
	"github.com/mudlark-scan/mudlark/suppress"
)

const fileScheme = "file://"

// configure sets options of a source by the names that jobs have for them.
func configure(o sources.Options, options map[string]any) error {
	text, err := json.Marshal(options)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, o)
}

// place sets what is scanned, and returns what is left of the arguments.
func (h *hogFlags) place(s *scan, args []string) ([]string, error) {
	switch s.kind.Name {
	case "git":
		return nil, h.repository(s, args)
	case "dir":
		args = append(args, h.folders...)
		if len(args) == 0 && s.name == hogName {
			return nil, errors.New("name files or folders, as in trufflehog filesystem src")
		}
		if h.symlinkDepth > 0 {
			return args, configure(s.source, map[string]any{"followSymlinks": true})
		}
	}
	return args, nil
}

// repository sets which repository is scanned, and which commits of it.
func (h *hogFlags) repository(s *scan, args []string) error {
	options := map[string]any{}
	if len(args) > 1 && (h.sinceCommit == "HEAD" || hogHook(s.sys.getenv)) {
		args = args[:1] // a hook may be told files; all that is staged is scanned
	}
	if len(args) != 1 && (s.name == hogName || len(args) > 1) {
		return errHogRepository
	}
	if len(args) == 1 {
		path, err := repositoryPath(args[0])
		if err != nil {
			return err
		}
		options["path"] = path
	}
	commits, err := h.commits()
	if err != nil {
		return err
	}
	// What is asked for by name is scanned; otherwise a hook is for what is staged.
	if commits == "" && s.name == hogName && hogHook(s.sys.getenv) {
		h.hook = true
		if !h.fail {
			h.fail, s.flags.exitCode = true, hogExitFound
		}
	}
	h.hook = h.hook || h.sinceCommit == "HEAD" && h.branch == ""
	if !h.hook {
		if commits != "" {
			options["logOpts"] = commits
		}
		return configure(s.source, options)
	}
	for _, r := range natural() {
		s.flags.accept = append(s.flags.accept, string(r))
	}
	options["staged"], options["parents"] = true, merging()
	if index := s.sys.getenv("GIT_INDEX_FILE"); index != "" {
		if index, err = filepath.Abs(index); err != nil {
			return err
		}
		options["index"] = index
	}
	return configure(s.source, options)
}

// commits says as git log does which commits are scanned; empty: all that there
// is, or what is staged.
func (h *hogFlags) commits() (string, error) {
	for _, name := range []string{h.sinceCommit, h.branch} {
		if strings.HasPrefix(name, "-") || strings.HasPrefix(name, "^") || strings.ContainsAny(name, " \t\r\n\"'\\") || strings.Contains(name, "..") {
			return "", fmt.Errorf("%q names no commit", name)
		}
	}
	if h.sinceCommit == "HEAD" && h.branch == "" {
		return "", nil
	}
	var words []string
	if h.maxDepth > 0 {
		words = append(words, "-n", strconv.Itoa(h.maxDepth))
	}
	switch {
	case h.branch != "":
		words = append(words, h.branch)
	case h.sinceCommit != "" || h.maxDepth > 0:
		words = append(words, "--all")
	}
	if h.sinceCommit != "" {
		words = append(words, "^"+h.sinceCommit)
	}
	return strings.Join(words, " "), nil
}

// hogHook reports whether one of the tools that run hooks says that this is one.
func hogHook(getenv func(string) string) bool {
	return getenv("PRE_COMMIT") == "1" || getenv("HUSKY") == "1" || getenv("HUSKY_GIT_PARAMS") != "" || getenv("TRUFFLEHOG_PRE_COMMIT") == "1"
}

// repositoryPath returns the path in a URI of a repository on this machine.
func repositoryPath(uri string) (string, error) {
	path, ok := strings.CutPrefix(uri, fileScheme)
	switch {
	case ok && path == "" || uri == "":
		return "", errHogRepository
	case ok:
		if _, err := os.Lstat(path); err != nil {
			if plain, bad := url.PathUnescape(path); bad == nil {
				if _, err := os.Lstat(plain); err == nil {
					return plain, nil
				}
			}
		}
		return path, nil
	case isAddress(uri):
		if _, err := os.Lstat(uri); err != nil {
			return "", fmt.Errorf("%q is not fetched, as nothing ever is: clone it with git clone --mirror URL DIR, then scan file://DIR", uri)
		}
	}
	return uri, nil
}

// adapt makes of the configuration what the flags say of it.
func (h *hogFlags) adapt(s *scan, c *configuration) error {
	if h == nil {
		return nil
	}
	if h.notice != "" {
		c.warnings = append(c.warnings, h.notice)
	}
	if h.detectors != "" {
		set, err := rules.LoadDetectors(h.detectors, c.sets...)
		if err != nil {
			return errConfig(h.detectors, err)
		}
		c.set, c.files = set, append(c.files, filepath.ToSlash(h.detectors))
		c.warnings = append(c.warnings, set.Warnings...)
	}
	if s.paths != nil {
		c.files = append(c.files, s.paths.files...)
	}
	noise := hogNoise{}
	if !s.verify.on { // what is verified is not noise
		noise.entropy, noise.jwt = h.entropy, h.dropJWT
	}
	noise.detectors = h.named(c, "exclude-detectors", h.exclude)
	if !slices.ContainsFunc(c.set.Rules, func(r rules.Rule) bool { return !slices.Contains(noise.detectors, r.ID) }) {
		return errors.New("--exclude-detectors leaves none, so nothing would be found: say which are not to be used")
	}
	c.suppress = append(c.suppress, noise)
	return h.choose(c)
}

// choose keeps the rules of the detectors that were to be included.
func (h *hogFlags) choose(c *configuration) error {
	if len(h.include) == 0 {
		return nil
	}
	include := h.named(c, "include-detectors", h.include)
	if len(include) == 0 {
		return errors.New("--include-detectors names nothing that is known here, so nothing would be found: \"mudlark rules list\" shows what is")
	}
	return c.set.Select(include, nil)
}

// named returns the rules of detectors.
func (h *hogFlags) named(c *configuration, flag string, names []string) (chosen []string) {
	if len(names) == 0 {
		return nil
	}
	var ids []string
	for i := range c.set.Rules {
		ids = append(ids, c.set.Rules[i].ID)
	}
	for _, name := range names {
		found := report.HogRules(name, ids)
		switch {
		case strings.EqualFold(name, "all"):
			found = ids
		case len(found) == 0 && slices.Contains(ids, name):
			found = []string{name}
		case len(found) == 0:
			c.warnings = append(c.warnings, fmt.Sprintf("--%s: nothing here corresponds to the detector %q", flag, name))
		}
		chosen = append(chosen, found...)
	}
	return chosen
}

// hogNoise leaves out what trufflehog's filters do. Detectors that are excluded
// find all the same, so that no other rule takes what is theirs for a secret.
type hogNoise struct {
	entropy   float64
	jwt       bool
	detectors []string // rules
}

// Find implements suppress.List.
func (n hogNoise) Find(f *mudlark.Finding, _ time.Time) (mudlark.Suppression, bool) {
	switch {
	case f.Entropy < n.entropy:
		return mudlark.Suppression{By: mudlark.ByConfidence, Reason: "of less entropy than --filter-entropy asks for"}, true
	case slices.Contains(n.detectors, f.RuleID):
		return mudlark.Suppression{By: mudlark.ByScope, Reason: "of a detector that was excluded"}, true
	case n.jwt && f.RuleID == "jwt":
		return mudlark.Suppression{By: mudlark.ByConfidence, Reason: "a JSON web token that was not verified"}, true
	}
	return mudlark.Suppression{}, false
}

// Entries implements suppress.List.
func (hogNoise) Entries() []suppress.Entry { return nil }
