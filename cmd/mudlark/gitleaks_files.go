package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/suppress"
)

// others are the tools whose files are honoured, the first that has one: as
// gitleaks, the program knows of no newer tool than that.
func (a *app) others() []string {
	switch a.name {
	case "gitleaks":
		return []string{"gitleaks"}
	case hogName: // which reports what the others would hide
		return nil
	}
	return []string{"betterleaks", "gitleaks"}
}

func upper(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToUpper(w)
	}
	return out
}

// loadForeignIgnore reads .gitleaksignore: from where --gitleaks-ignore-path says,
// by default the current folder, and from what is scanned.
func (s *scan) loadForeignIgnore(c *configuration) error {
	ignore := c.newIgnore()
	if s.kind.Name == "dir" {
		ignore.Paths = inRepository()
	}
	read := false
	for _, path := range s.foreignIgnores() {
		read = true
		if err := s.readIgnore(c, path, func(name string, r io.Reader) error {
			warnings, err := ignore.ReadForeign(name, r)
			c.notices = append(c.notices, warnings...)
			return err
		}); err != nil {
			return err
		}
	}
	if given := s.flags.foreign.ignorePath; given != "" && given != "." && !read {
		c.warnings = append(c.warnings, fmt.Sprintf("--gitleaks-ignore-path %q: there is no ignore file", given))
	}
	for _, tool := range s.others() {
		s.tellNoFile(c, "."+tool+"ignore")
	}
	if read {
		c.suppress = append(c.suppress, ignore)
		c.nameUnknown(ignore)
	}
	return nil
}

// foreignIgnores returns the ignore files of other tools that there are, each once.
func (s *scan) foreignIgnores() (paths []string) {
	if s.from != nil {
		return s.foreignIgnore(s.inTarget, nil)
	}
	given := cmp.Or(s.flags.foreign.ignorePath, ".")
	if info, err := os.Stat(given); err == nil && info.Mode().IsRegular() {
		paths = append(paths, given)
	} else {
		paths = s.foreignIgnore(func(name string) string { return inTarget(given, name) }, paths)
	}
	return s.foreignIgnore(s.inTarget, paths)
}

// foreignIgnore appends the first ignore file of another tool that find knows of,
// unless that is there.
func (s *scan) foreignIgnore(find func(name string) string, paths []string) []string {
	for _, tool := range s.others() {
		path := find("." + tool + "ignore")
		if path == "" {
			continue
		}
		if slices.ContainsFunc(paths, func(other string) bool { return other == path || sameFile(other, path) }) {
			return paths
		}
		return append(paths, path)
	}
	return paths
}

// nameUnknown warns of entries about rules that are not there.
func (c *configuration) nameUnknown(list suppress.List) {
	var unknown []string
	entries := 0
	for _, e := range list.Entries() {
		if e.Rule == "" || c.knows(e.Rule) {
			continue
		}
		entries++
		if !slices.Contains(unknown, e.Rule) {
			unknown = append(unknown, e.Rule)
		}
	}
	const most = 10
	if len(unknown) > most {
		unknown = append(unknown[:most], "...")
	}
	if len(unknown) > 0 {
		named := fmt.Sprintf("%d entries of ignore files name; nothing here corresponds to it, so they hide nothing", entries)
		if entries == 1 {
			named = "an entry of an ignore file names; nothing here corresponds to it, so it hides nothing"
		}
		c.notices = append(c.notices, "no such rule: "+strings.Join(unknown, ", ")+", which "+named)
	}
}

// knows reports whether a name is that of a rule, or another tool's for one.
func (c *configuration) knows(name string) bool {
	if c.set.Rule(name) != nil {
		return true
	}
	return slices.ContainsFunc(rules.Alias(name), func(id string) bool { return c.set.Rule(id) != nil })
}

// inRepository returns a function for the other way to write a path of a scan of
// files: from the top of the repository that it lies in.
func inRepository() func(string) string {
	tops := map[string]string{}
	var top func(folder string) string
	top = func(folder string) string {
		if known, ok := tops[folder]; ok {
			return known
		}
		found := ""
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			found = folder
		} else if above := filepath.Dir(folder); above != folder {
			found = top(above)
		}
		tops[folder] = found
		return found
	}
	return func(path string) string {
		outer, _, _ := strings.Cut(path, "!")
		abs, err := filepath.Abs(filepath.FromSlash(outer))
		if err != nil {
			return path
		}
		folder := top(filepath.Dir(abs))
		rel, err := filepath.Rel(folder, abs)
		if folder == "" || err != nil {
			return path
		}
		return filepath.ToSlash(rel) + strings.TrimPrefix(path, outer)
	}
}

// leaveOut leaves the configuration of another tool and the baselines out of the
// scan, as that tool does: they say what is known, and may hold it. Their paths are
// compared as they were typed.
func (s *scan) leaveOut(c *configuration) {
	paths := slices.Clone(s.flags.baselines)
	for _, path := range c.set.Files[:min(1, len(c.set.Files))] { // what it extends is scanned
		name := strings.ToLower(filepath.Base(path))
		if s.flags.foreign.strict || name == ".gitleaks.toml" || name == ".betterleaks.toml" {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		path = filepath.ToSlash(filepath.Clean(path))
		c.set.Allowlists = append(c.set.Allowlists, rules.Allowlist{
			Description: "what says what is known", Paths: []string{`\A` + regexp.QuoteMeta(path) + `\z`}, Target: rules.TargetSecret,
		})
		c.notes = append(c.notes, path+" was not scanned, as it says what is known")
	}
}

// tellLeftOut says how many files --max-target-megabytes left out, if no report does.
func (s *scan) tellLeftOut(summary mudlark.Summary) {
	n := summary.Coverage.Skipped[mudlark.TooLarge]
	if n > 0 && s.flags.foreign.megabytes > 0 && s.flags.silent && !s.flags.quiet {
		s.say(fmt.Sprintf("notice: %s left out by --max-target-megabytes, see -v", counted(n, "file")))
	}
}

// tellPositional names the ignore files that hide whatever stands at a place.
func (s *scan) tellPositional(summary mudlark.Summary) {
	for _, use := range summary.Files {
		if use.Kind != mudlark.ByIgnoreFile || use.Positional == 0 || s.flags.quiet {
			continue
		}
		what := "1 entry hides"
		if use.Positional > 1 {
			what = fmt.Sprintf("%d entries hide", use.Positional)
		}
		s.say(fmt.Sprintf("notice: %s: unsafe, as %s whatever stands at a place, another secret too: `mudlark migrate` puts fingerprints in their stead", use.File, what))
	}
}
