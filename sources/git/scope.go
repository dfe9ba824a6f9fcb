package git

import (
	"fmt"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// A scope is the part of the history whose findings count. The zero value is
// all of it, and what is beside it.
type scope struct {
	ref  string // full name; empty: all
	tip  string // id of its commit; empty: it has none yet
	refs bool   // the history of all refs, and nothing beside it
}

// scope reads the option.
func (b *base) scope() (scope, error) {
	name, isBranch := strings.CutPrefix(b.opts.Scope, "branch=")
	switch {
	case b.opts.Scope == "" || b.opts.Scope == "all":
		return scope{}, nil
	case b.opts.Scope == "refs":
		return scope{refs: true}, nil
	case b.opts.Scope == "head":
		tip, err := b.repo.ResolveRef("HEAD")
		if err != nil {
			return scope{ref: "HEAD"}, nil // before the first commit
		}
		return scope{ref: "HEAD", tip: tip}, nil
	case !isBranch || name == "":
		return scope{}, fmt.Errorf("unknown scope %q: use head, refs, all, or branch= and the name of a branch", b.opts.Scope)
	}
	tip, err := b.revision(name)
	if err != nil {
		return scope{}, fmt.Errorf("scope %q: %w", b.opts.Scope, err)
	}
	return scope{ref: name, tip: tip.String()}, nil
}

// marks returns for each commit whether it counts; nil if all do.
func (s scope) marks(held *holding) []bool {
	if s.ref == "" && !s.refs {
		return nil
	}
	g := held.graph
	if s.refs {
		marks := make([]bool, len(g.commits))
		for i := range marks {
			marks[i] = s.holds(held.level[i])
		}
		return marks
	}
	marks := make([]bool, len(g.commits))
	n, ok := g.objects.parse(s.tip)
	if !ok {
		return marks
	}
	if at, ok := g.find(n); ok {
		g.reach([]uint32{at}, func(i uint32) bool {
			was := marks[i]
			marks[i] = true
			return !was
		})
	}
	return marks
}

// holds reports whether what is held so counts, where it is not in a commit.
func (s scope) holds(by mudlark.Held) bool {
	return s.refs && (by == mudlark.HeldByRef || by == mudlark.HeldByStash)
}

// outside is why a finding outside the scope does not count.
func (s scope) outside() mudlark.Suppression {
	name := s.ref
	if s.refs {
		name = "any ref"
	}
	return mudlark.Suppression{By: mudlark.ByScope, Reason: "not in the history of " + name}
}
