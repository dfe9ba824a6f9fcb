package detectors

import "github.com/mudlark-scan/mudlark"

// assignment reads names and the values that are assigned to them, in the ways
// in which programs, configuration, markup and command lines do it. No grammar
// is followed: the keyword is part of a name, a name is followed by something
// that assigns, and that by a value. What is plainly an expression is no value.
//
// Keywords such as "token" occur on every other line of some programs, so most
// occurrences are dismissed by one or two looks.
type assignment struct {
	// near looks also for names that stand near the keyword, see near.go.
	near bool
}

// Bounds of what is read around a keyword.
const (
	maxName   = 80   // bytes of a name to either side of the keyword
	maxBlanks = 64   // between name, operator and value
	maxQuoted = 4096 // of a value in quotes
	maxBare   = 2048 // of another: it ends with its line, which delta.go always reads whole
)

// nameBytes are ASCII letters and digits, "_", "-", ".", "$", and all beyond.
var nameBytes = byteSet{0x03FF601000000000, 0x07FFFFFE87FFFFFE, 1<<64 - 1, 1<<64 - 1}

// An assigner reads one assignment.
type assigner struct {
	data  []byte
	query bool // the name is a parameter of an address, so that "#" ends its value
}

// Detect implements Detector.
func (d assignment) Detect(data []byte, at mudlark.Span, emit func(Match)) {
	r := assigner{data: data}
	name, ok := r.nameAround(at)
	if ok {
		r.read(name, emit)
	} else {
		name = at
	}
	if d.near {
		r.around(at, name, emit)
	}
}

// read reads the values that are given to name.
func (r *assigner) read(name mudlark.Span, emit func(Match)) {
	if m, ok := r.assigned(name); ok {
		emit(m)
	}
	if m, ok := r.before(name); ok {
		emit(m)
	}
	r.column(name, emit)
}

// byteAt returns the byte at i, or a zero beyond either end.
func (r *assigner) byteAt(i int) byte {
	if uint(i) < uint(len(r.data)) {
		return r.data[i]
	}
	return 0
}

// nameAround returns the name that the keyword at span is part of.
func (r *assigner) nameAround(span mudlark.Span) (mudlark.Span, bool) {
	start, end := span.Start, span.End
	for end > start && !nameBytes.has(r.data[end-1]) {
		end--
	}
	for start < end && !nameBytes.has(r.data[start]) {
		start++
	}
	if start == end {
		return span, false
	}
	floor, ceiling := max(0, start-maxName), min(len(r.data), end+maxName)
	last := end
	for end < ceiling && nameBytes.has(r.data[end]) {
		end++
	}
	if end == ceiling && end < len(r.data) && nameBytes.has(r.data[end]) {
		return span, false // no name, but some long blob
	}
	first := start
	for start > floor && nameBytes.has(r.data[start-1]) {
		start--
	}
	if start == floor && start > 0 && nameBytes.has(r.data[start-1]) {
		return span, false
	}
	for end > last && isJoint(r.data[end-1]) {
		end--
	}
	if start < first && start > 0 && r.data[start-1] == '\\' { // the letter of an escape
		start++
	}
	for start < end-1 && isJoint(r.data[start]) {
		start++
	}
	return mudlark.Span{Start: start, End: end}, true
}

// isJoint reports whether c may stand in a name, but not at its ends.
func isJoint(c byte) bool { return c == '-' || c == '.' || c == '$' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

func isBlankOrQuote(c byte) bool { return isBlank(c) || isQuote(c) || c == '\n' || c == 0 }

func (r *assigner) skipBlanks(p int) int {
	for n := 0; n < maxBlanks && p < len(r.data) && isBlank(r.data[p]); n++ {
		p++
	}
	return p
}

// blanksBefore returns where the blanks before p begin.
func (r *assigner) blanksBefore(p int) int {
	for n := 0; n < maxBlanks && isBlank(r.byteAt(p-1)); n++ {
		p--
	}
	return p
}

// skipSpace skips blanks and line ends.
func (r *assigner) skipSpace(p int) int {
	for n := 0; n < 2*maxBlanks && p < len(r.data) && (isBlank(r.data[p]) || isLineEnd(r.data[p])); n++ {
		p++
	}
	return p
}
