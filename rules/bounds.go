package rules

import (
	"fmt"
	"regexp/syntax"
)

// Bounds of what is loaded at once: rules may come with what is scanned, and are
// then as hostile as the rest of it. Decoded, a file takes a hundred times its
// size, so that all of them are bounded together.
const (
	maxFiles    = 500
	maxBytes    = 1 << 20  // of all files
	maxRules    = 10_000   // of one file, and of what extends what
	maxPrograms = 64 << 20 // bytes of all expressions, compiled
)

// full reports whether more was read than may be.
func (l *loader) full() bool { return len(l.files) > maxFiles || l.bytes > maxBytes }

// bounded says which rule or allowlist is one too many for memory. What is
// built in is not counted.
func (a *assembly) bounded() error {
	if n := len(a.rules); n > maxRules {
		r := &a.rules[n-1]
		return &Error{File: r.File, Line: r.at.line, Column: r.at.column, Rule: r.ID,
			Problem: fmt.Sprintf("there are %d rules, and at most %d are used", n, maxRules)}
	}
	left := int64(maxPrograms)
	const problem = "the expressions up to here take too much memory: repeat less, as in {20,40}, or make several rules of one"
	for i := range a.rules {
		r := &a.rules[i]
		if r.Builtin {
			continue
		}
		left -= programBytes(r.Regex, r.Path, r.Key)
		for j := range r.lists {
			left -= r.lists[j].programBytes()
		}
		if left < 0 {
			return &Error{File: r.File, Line: r.at.line, Column: r.at.column, Rule: r.ID, Problem: problem}
		}
	}
	for i := range a.lists {
		l := &a.lists[i]
		if left -= l.programBytes(); left < 0 {
			return &Error{File: l.file, Line: l.at.line, Column: l.at.column, Problem: problem}
		}
	}
	return nil
}

func (l *listDraft) programBytes() int64 {
	return programBytes(l.Paths...) + programBytes(l.Regexes...)
}

// programBytes returns about how much memory expressions take when they are
// compiled.
func programBytes(exprs ...string) int64 {
	const each = 1000 // whatever it says
	n := int64(0)
	for _, expr := range exprs {
		if expr == "" {
			continue
		}
		n += each
		if re, err := syntax.Parse(expr, syntax.Perl); err == nil {
			n += treeBytes(re)
		}
	}
	return n
}

func treeBytes(re *syntax.Regexp) int64 {
	const instruction, char = 40, 4
	n := int64(instruction)
	switch re.Op {
	case syntax.OpLiteral:
		return int64(len(re.Rune)) * instruction
	case syntax.OpCharClass:
		return instruction + int64(len(re.Rune))*char
	}
	for _, sub := range re.Sub {
		n += treeBytes(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= int64(max(1, re.Min, re.Max))
	}
	return n
}
