package detectors

import (
	"math/bits"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// An ending tells how text must end so that an expression can match it: which
// bytes the last may be, the one before it, and so on. It dismisses most paths
// before an expression is tried.
type ending struct {
	bytes [maxEnding]byteSet
	known int // how many of these say something
}

const maxEnding = 8

// endingOf returns the ending that expression asks for.
func endingOf(expression string) ending {
	e := ending{known: maxEnding}
	tree, err := syntax.Parse(expression, syntax.Perl)
	parts := []*syntax.Regexp(nil)
	if err == nil {
		parts = flattenWhole(tree, nil)
	}
	if n := len(parts); n == 0 || parts[n-1].Op != syntax.OpEndText {
		return ending{}
	}
	e.open(e.add(tree, 1))
	return e
}

// allows reports whether text ends like this.
func (e *ending) allows(text string) bool {
	for i := range min(e.known, len(text)) {
		if !e.bytes[i].has(text[len(text)-1-i]) {
			return false
		}
	}
	return true
}

// add enters what re may match where at tells, in a bit for each number, how many
// bytes may follow it. It returns the same for what stands before re.
func (e *ending) add(re *syntax.Regexp, at uint) uint {
	switch re.Op {
	case syntax.OpLiteral:
		for i := len(re.Rune) - 1; i >= 0; i-- {
			r := re.Rune[i]
			ranges := []rune{r, r}
			if re.Flags&syntax.FoldCase != 0 {
				for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
					ranges = append(ranges, f, f)
				}
			}
			at = e.class(ranges, at)
		}
		return at
	case syntax.OpCharClass:
		return e.class(re.Rune, at)
	case syntax.OpConcat:
		for i := len(re.Sub) - 1; i >= 0; i-- {
			at = e.add(re.Sub[i], at)
		}
		return at
	case syntax.OpAlternate:
		var before uint
		for _, sub := range re.Sub {
			before |= e.add(sub, at)
		}
		return before
	case syntax.OpCapture:
		return e.add(re.Sub[0], at)
	case syntax.OpQuest, syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		return e.repeated(re, at)
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return e.class([]rune{0, utf8.MaxRune}, at)
	case syntax.OpBeginText:
		return 0 // nothing stands before it
	case syntax.OpEmptyMatch, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return at
	}
	e.open(at)
	return 0
}

// class enters one of the characters in ranges.
func (e *ending) class(ranges []rune, at uint) (before uint) {
	var narrow byteSet
	wide := false
	for i := 0; i+1 < len(ranges); i += 2 {
		narrow.addRange(int(ranges[i]), min(int(ranges[i+1]), utf8.RuneSelf-1))
		wide = wide || ranges[i+1] >= utf8.RuneSelf
	}
	for i := range maxEnding {
		if at>>i&1 == 0 {
			continue
		}
		e.bytes[i].union(&narrow)
		before |= 2 << i
		if !wide {
			continue
		}
		for k := i; k < min(i+utf8.UTFMax, maxEnding); k++ {
			e.bytes[k].addRange(utf8.RuneSelf, 0xFF)
			before |= 2 << k
		}
	}
	return before & (1<<maxEnding - 1)
}

// repeated enters what re repeats.
func (e *ending) repeated(re *syntax.Regexp, at uint) (before uint) {
	least, most := repeats(re)
	if least == 0 {
		before = at
	}
	for n := 1; n <= most && at != 0; n++ { // until there is no more room, or all is in
		next := e.add(re.Sub[0], at)
		if n >= least || next == at {
			before |= next
		}
		if next == at {
			break
		}
		at = next
	}
	return before
}

// open notes that anything may stand where at tells.
func (e *ending) open(at uint) {
	if at != 0 {
		e.known = min(e.known, bits.TrailingZeros(at))
	}
}
