package git

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A sieve lets through what git log would show, one commit after the other.
type sieve struct {
	*logFilter
	diff     *specDiff
	base     *base
	passed   int
	unwanted func(gitpack.OID) bool // says which commits are left out; nil: none
	judged   map[gitpack.OID]verdict
}

// A verdict says whether a commit changes what is asked for, and the one parent to
// follow; -1: all of them.
type verdict struct {
	touches bool
	follow  int
}

func newSieve(b *base, f *logFilter) *sieve {
	trees := newTreeReading(b, func(gitpack.OID, string, error) {}) // compare tells of them
	return &sieve{logFilter: f, base: b, diff: &specDiff{treeReading: trees, specs: f.specs}, judged: map[gitpack.OID]verdict{}}
}

func (s *sieve) full() bool { return s.max >= 0 && s.passed >= max(0, s.skip)+s.max }

// passes reports whether a commit is shown. Those that --skip leaves out count.
func (s *sieve) passes(p *pick) bool {
	if s.full() || !s.matches(p) {
		return false
	}
	s.passed++
	return s.passed > s.skip
}

func (s *sieve) matches(p *pick) bool {
	merge := len(p.info.Parents) > 1
	if !s.until.IsZero() && p.info.Committer.When.After(s.until) || merge && s.noMerges || !merge && s.merges {
		return false
	}
	author := p.info.Author.Name + " <" + p.info.Author.Email + ">"
	if len(s.authors) > 0 && !slices.ContainsFunc(s.authors, func(re *regexp.Regexp) bool { return re.MatchString(author) }) {
		return false
	}
	return len(s.specs) == 0 || s.judge(p).touches
}

// parents are the parents of a commit that matter.
func (f *logFilter) parents(p *pick) []gitpack.OID {
	if f.firstParent {
		return p.info.Parents[:min(1, len(p.info.Parents))]
	}
	return p.info.Parents
}

// follow returns the parents to go on with. Git leaves out side branches that
// brought nothing to what is asked for. That counts only where commits are counted:
// else what such a branch did on its way is looked at.
func (s *sieve) follow(p *pick) []gitpack.OID {
	parents := s.parents(p)
	if len(s.specs) == 0 || s.fullHistory || s.max < 0 && s.skip <= 0 || len(parents) < 2 {
		return parents
	}
	if v := s.judge(p); v.follow >= 0 {
		return parents[v.follow : v.follow+1]
	}
	return parents
}

// judge compares a commit with its parents as git does: one that is as a parent
// was changes nothing, but of a merge with --full-history, and those with commits
// that are left out, all parents that matter must be so.
func (s *sieve) judge(p *pick) verdict {
	v, known := s.judged[p.id]
	if known {
		return v
	}
	v.follow = -1
	defer func() { s.judged[p.id] = v }()
	s.diff.left = maxSpecPairs
	parents := s.parents(p)
	if len(parents) == 0 {
		v.touches = s.diff.holds(p.info.Tree)
		return v
	}
	relevant, changed, changedLeftOut := false, false, false
	for i, parent := range parents {
		leftOut := s.unwanted != nil && s.unwanted(parent)
		relevant = relevant || !leftOut
		info, err := s.base.commit(parent)
		switch {
		case err != nil || s.diff.differ(p.info.Tree, info.Tree, ""):
			changed, changedLeftOut = changed || !leftOut, changedLeftOut || leftOut
		case !s.fullHistory && !leftOut:
			v.follow = i
			return v
		}
	}
	v.touches = changed || !relevant && changedLeftOut
	return v
}

// unmatched returns an error if a path names nothing, in no commit that was looked
// at nor where they begin: it may be mistyped.
func (s *sieve) unmatched(sel selection) error {
	ends := slices.Clone(sel.include)
	for _, pair := range sel.pairs {
		ends = append(ends, pair[:]...)
	}
	for _, spec := range s.specs {
		for _, id := range ends {
			if spec.matched || spec.exclude {
				break
			}
			if info, err := s.base.commit(id); err == nil {
				one := specDiff{treeReading: s.diff.treeReading, specs: []*pathspec{spec}, left: maxSpecPairs}
				spec.matched = one.holds(info.Tree)
			}
		}
		if !spec.matched && !spec.exclude {
			return fmt.Errorf("no commit that was chosen has anything at the path %s: check how it is written, from the folder that is scanned", quote(spec.text))
		}
	}
	return nil
}
