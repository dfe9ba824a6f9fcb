package detectors

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// An allowlist says what is no finding. One whose criteria are alternatives
// is judged in two halves: what it says of content in Detect, what it says of
// places in Applies, because only then places are known. One whose criteria
// must all hold is judged in Detect if the places are known, else in Applies.
type allowlist struct {
	*rules.Allowlist
	paths, regexes []pattern
}

func newAllowlists(from []rules.Allowlist) []*allowlist {
	if len(from) == 0 {
		return nil
	}
	list := make([]*allowlist, len(from))
	for i := range from {
		a := &allowlist{Allowlist: &from[i]}
		a.paths, a.regexes = patterns(from[i].Paths), patterns(from[i].Regexes)
		list[i] = a
	}
	return list
}

func patterns(texts []string) []pattern {
	list := make([]pattern, len(texts))
	for i, text := range texts {
		list[i].text = text
	}
	return list
}

func (a *allowlist) validate() error {
	for _, list := range [][]string{a.Paths, a.Regexes} {
		for _, text := range list {
			if err := checkPattern(text, 0); err != nil {
				return fmt.Errorf("%q: %w", text, err)
			}
		}
	}
	return nil
}

// A content is what an allowlist looks at in a match. The line is made only
// when one asks for it.
type content struct {
	secret, match []byte
	lower         []byte // secret in lower case
	line          func() []byte
}

func (a *allowlist) matchesContent(c *content) (regex, word bool) {
	target := c.secret
	switch a.Target {
	case rules.TargetMatch:
		target = c.match
	case rules.TargetLine:
		if len(a.regexes) > 0 {
			target = c.line()
		}
	}
	for i := range a.regexes {
		if regex = a.regexes[i].matches(target); regex {
			break
		}
	}
	for _, w := range a.Stopwords {
		if word = bytes.Contains(c.lower, []byte(w)); word {
			break
		}
	}
	return regex, word
}

// by is the suppression by an allowlist.
func (a *allowlist) by() mudlark.Suppression {
	by := mudlark.Suppression{By: mudlark.ByAllowlist, Reason: a.Description, Place: a.Place}
	if by.Place == "" {
		by.Place = "built-in rules"
	}
	return by
}

// dropping returns the first of the lists that says that c is no finding, for all
// that is known: paths are all known paths of it; nil if none does.
func dropping(lists []*allowlist, c *content, commit string, paths []string) *allowlist {
	for _, a := range lists {
		if a.All && (len(a.paths) > 0 && !allMatch(a, paths) || len(a.Commits) > 0 && !a.hasCommit(commit)) {
			continue
		}
		if a.All && len(a.regexes)+len(a.Stopwords) == 0 {
			continue // it is about places alone: Applies judges
		}
		regex, word := a.matchesContent(c)
		if a.All {
			if (regex || len(a.regexes) == 0) && (word || len(a.Stopwords) == 0) {
				return a
			}
		} else if regex || word {
			return a
		}
	}
	return nil
}

func allMatch(a *allowlist, paths []string) bool {
	for _, p := range paths {
		if !a.hasPath(p) {
			return false
		}
	}
	return len(paths) > 0
}

func (a *allowlist) hasPath(path string) bool {
	for i := range a.paths {
		if a.paths[i].matchesString(path) {
			return true
		}
	}
	return false
}

// hasCommit compares whole ids, or the beginnings of at least twelve digits.
func (a *allowlist) hasCommit(id string) bool {
	if id == "" {
		return false
	}
	for _, c := range a.Commits {
		if len(c) >= 12 && len(c) <= len(id) && strings.EqualFold(c, id[:len(c)]) {
			return true
		}
	}
	return false
}

// excludesPath reports whether one of the lists excludes all content at path.
func excludesPath(lists []*allowlist, path string) bool {
	for _, a := range lists {
		about := len(a.Commits) + len(a.regexes) + len(a.Stopwords)
		if (!a.All || about == 0) && a.hasPath(path) {
			return true
		}
	}
	return false
}

// placeAllowed returns the first of the lists that says, now that f's place is
// known, that f is no finding; nil if none does.
func placeAllowed(lists []*allowlist, f *mudlark.Finding) *allowlist {
	commit := ""
	if f.Origin.Commit != nil {
		commit = f.Origin.Commit.ID
	}
	for _, a := range lists {
		path, id := a.hasPath(f.Origin.Path), a.hasCommit(commit)
		if !a.All {
			if path || id {
				return a
			}
			continue
		}
		if len(a.paths)+len(a.Commits) == 0 || len(a.paths) > 0 && !path || len(a.Commits) > 0 && !id {
			continue
		}
		c := findingContent(f)
		regex, word := a.matchesContent(&c)
		if (regex || len(a.regexes) == 0) && (word || len(a.Stopwords) == 0) {
			return a
		}
	}
	return nil
}

func findingContent(f *mudlark.Finding) content {
	secret := f.Secret.Reveal()
	return content{
		secret: []byte(secret), match: []byte(f.Match.Reveal()), lower: []byte(strings.ToLower(secret)),
		line: func() []byte { return []byte(f.Excerpt.Text.Reveal()) },
	}
}
