package detectors

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark/internal/runs"
)

// This file learns from the syntax tree of a pattern where matches can lie
// around a keyword, and what can be tested before the pattern is tried.

// unbounded stands for a length without a limit: no text that is searched is
// longer. Twice as much would be too much for 32 bits.
const unbounded = maxData

// A shape is what the syntax tree of a pattern tells.
type shape struct {
	// anchors are such that every match contains one of them. None if that
	// cannot be shown: then the keywords say nothing of where matches lie.
	anchors []anchor
	runs    []run   // if there are no anchors: every match contains one of these
	bytes   byteSet // every byte that a match can hold
	min     int     // length of a match in bytes
	max     int     // unbounded if there is none
	far     bool    // matches may depend on text far from them, see Anchors
}

// An anchor is text with a keyword in it, as a match must contain it, and what
// must stand around it there.
type anchor struct {
	keyword     int      // index in the rule's keywords
	at          int      // where the keyword begins in text
	exact                // must stand there
	word        bool     // no word character stands before text
	left, right int      // how far a match reaches to either side of text
	head        head     // what must come before text directly
	tail        []stride // what must follow text directly
	gap         gap      // or else
	run         nearRun
	later       later
}

// A head is what must come before an anchor: steps, the nearest first, and
// before them one byte of edge, or the beginning of the text.
type head struct {
	steps []step
	edge  byteSet
	known bool // edge is
}

// A later is a text that must come behind an anchor, after at most so many of
// the bytes that may come before it, and what must follow it directly. Its text
// is empty if nothing is known.
type later struct {
	exact
	may    byteSet
	within int
	tail   []stride
}

// A gap is what may follow an anchor, and the bytes one of which must come then.
type gap struct {
	may   byteSet
	most  int // bytes of it
	first byteSet
	known bool
}

// A nearRun is a step that must follow an anchor within so many bytes. Its n is
// 0 if nothing is known.
type nearRun struct {
	step
	within int
}

// A run is a step that every match contains, for patterns without an anchor.
type run struct {
	step
	class       *runs.Class // of the same bytes; nil if it holds others than ASCII
	left, right int         // how far a match reaches to either side of the bytes of the set around it
}

// A step is n bytes of a set.
type step struct {
	set byteSet
	n   int
}

// shapeOf analyses a tree whose case folding is ASCII's, see asciiFold.
func shapeOf(re *syntax.Regexp, keywords []string) shape {
	var s shape
	s.min, s.max = length(re)
	collectBytes(re, &s.bytes)
	if s.anchors = anchorsIn(re, keywords); s.anchors == nil {
		s.runs = runsIn(re)
	}
	s.far = s.bytes.has('\n') || s.anchors == nil && len(keywords) > 0 // then a keyword anywhere counts
	return s
}

// length returns the least and the greatest length of a match in bytes.
func length(re *syntax.Regexp) (shortest, longest int) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			shortest += utf8.RuneLen(r)
		}
		if re.Flags&syntax.FoldCase != 0 && !ascii(re.Rune) {
			return len(re.Rune), 4 * len(re.Rune)
		}
		return shortest, shortest
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			return 0, 0
		}
		return utf8Len(re.Rune[0]), utf8Len(re.Rune[len(re.Rune)-1])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, utf8.UTFMax
	case syntax.OpCapture:
		return length(re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := repeats(re)
		a, b := length(re.Sub[0])
		return times(a, least), times(b, most)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			a, b := length(sub)
			shortest, longest = plus(shortest, a), plus(longest, b)
		}
		return shortest, longest
	case syntax.OpAlternate:
		shortest = unbounded
		for _, sub := range re.Sub {
			a, b := length(sub)
			shortest, longest = min(shortest, a), max(longest, b)
		}
		return shortest, longest
	}
	return 0, 0
}

// utf8Len counts a byte for what stands for bytes that are not UTF-8.
func utf8Len(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	if r > utf8.MaxRune || r < 0 {
		return utf8.UTFMax
	}
	return max(1, utf8.RuneLen(r))
}

func ascii(runes []rune) bool {
	return !slices.ContainsFunc(runes, func(r rune) bool { return r >= utf8.RuneSelf })
}

// repeats returns how often a repetition's body stands at least and at most.
func repeats(re *syntax.Regexp) (least, most int) {
	switch re.Op {
	case syntax.OpStar:
		return 0, unbounded
	case syntax.OpPlus:
		return 1, unbounded
	case syntax.OpQuest:
		return 0, 1
	case syntax.OpRepeat:
		if re.Max < 0 {
			return re.Min, unbounded
		}
		return re.Min, re.Max
	}
	return 1, 1
}

func plus(a, b int) int {
	if a >= unbounded-b {
		return unbounded
	}
	return a + b
}

func times(a, n int) int {
	if a == 0 || n == 0 {
		return 0
	}
	if n >= unbounded || a >= unbounded/n {
		return unbounded
	}
	return a * n
}

// collectBytes adds every byte that a match of re can hold.
func collectBytes(re *syntax.Regexp, set *byteSet) {
	if s, ok := classOf(re); ok {
		set.union(&s)
		return
	}
	if re.Op == syntax.OpLiteral {
		for _, r := range re.Rune {
			s := runeSet(r, re.Flags&syntax.FoldCase != 0)
			set.union(&s)
		}
	}
	for _, sub := range re.Sub {
		collectBytes(sub, set)
	}
}

// classOf returns the bytes of which one character matches re, if re is a
// class. A character beyond ASCII counts as any bytes beyond ASCII.
func classOf(re *syntax.Regexp) (set byteSet, ok bool) {
	switch re.Op {
	case syntax.OpAnyChar:
		set.addRange(0, 255)
	case syntax.OpAnyCharNotNL:
		set.addRange(0, 255)
		set['\n'>>6] &^= 1 << ('\n' & 63)
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			set.addRange(int(min(re.Rune[i], 128)), int(min(re.Rune[i+1], 127)))
			if re.Rune[i+1] >= utf8.RuneSelf {
				set.addRange(128, 255)
			}
		}
	case syntax.OpLiteral:
		if len(re.Rune) != 1 {
			return set, false
		}
		set = runeSet(re.Rune[0], re.Flags&syntax.FoldCase != 0)
	case syntax.OpCapture:
		return classOf(re.Sub[0])
	default:
		return set, false
	}
	return set, true
}

func runeSet(r rune, fold bool) (set byteSet) {
	if r >= utf8.RuneSelf {
		set.addRange(128, 255)
		if fold {
			set.addRange('A', 'z') // a few letters beyond ASCII fold to ASCII ones
		}
		return set
	}
	set.add(byte(r))
	if fold && unicode.IsLetter(r) {
		set.add(byte(r) ^ 0x20)
	}
	return set
}

// A stride is what must come next: a text, or at least n bytes of a set. If ends
// is true, all bytes of the set in a row are meant, of which there are not more
// than most, and one of then comes behind them.
type stride struct {
	exact
	step
	most int
	then byteSet
	ends bool
}
