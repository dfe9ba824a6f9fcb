package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// This file reads objects that hold a name and a value each in a member of its
// own: {"name": "token", "type": "text", "value": "..."}, in either order, and
// attributes and blocks that do the same.

// Bounds of what may stand between the two.
const (
	maxObject   = 256
	objectLines = 4
)

// nameMember returns the member whose value is name, as in "- name: token", if
// it says that name names another member's value.
func (r *assigner) nameMember(name mudlark.Span, quote byte) (before mudlark.Span, ok bool) {
	p := name.Start - 1
	if quote != 0 && r.byteAt(p) == quote {
		p -= r.slashesBefore(p)
		p--
	}
	for n := 0; n < 4 && isBlank(r.byteAt(p)); n++ {
		p--
	}
	c := r.byteAt(p)
	if c == '>' && r.byteAt(p-1) == '=' {
		p--
	} else if c != ':' && c != '=' {
		return before, false
	}
	before, ok = r.nameBefore(p, max(0, p-40))
	return before, ok && isNameMember(r.data[before.Start:before.End])
}

// memberValue reads the first member from p on that holds a value, in the object
// or the tag that p lies in. It stops at until, unless that is empty.
func (r *assigner) memberValue(p int, until mudlark.Span) (mudlark.Span, bool) {
	limit := min(len(r.data), p+maxObject)
	if until.End > 0 {
		limit = min(limit, until.Start)
	}
	depth, lines := 0, 0
	for p < limit {
		c := r.data[p]
		switch {
		case c == '\n':
			if lines++; lines > objectLines {
				return mudlark.Span{}, false
			}
			p = r.skipBlanks(p + 1)
			if c := r.byteAt(p); c == '[' || c == '-' && isBlank(r.byteAt(p+1)) { // the next table, or item
				return mudlark.Span{}, false
			}
			continue
		case isQuote(c):
			if v, ok := r.valueMember(p + 1); ok && depth == 0 {
				return v, true
			}
			end := r.endOfQuoted(p)
			if end == p {
				return mudlark.Span{}, false
			}
			p = end
			continue
		case isLetter(c) && !isWord(r.byteAt(p-1)):
			if v, ok := r.valueMember(p); ok && depth == 0 {
				return v, true
			}
			for p < limit && isWord(r.data[p]) {
				p++
			}
			continue
		case c == '{', c == '(', c == '[':
			depth++
		case c == '}', c == ')', c == ']':
			if depth--; depth < 0 {
				return mudlark.Span{}, false
			}
		case c == '>' && depth == 0 && r.byteAt(p-1) != '=' && r.byteAt(p-1) != '-':
			if until.End > 0 || r.byteAt(p-1) == '/' || r.byteAt(p-1) == '?' {
				return mudlark.Span{}, false
			}
			return r.content(p + 1)
		}
		p++
	}
	return mudlark.Span{}, false
}

// parameter reads the value of a member whose own members, on the lines from the
// line end at p on, tell its type and the value if none is given.
func (r *assigner) parameter(p int) (mudlark.Span, bool) {
	first := -1
	for range objectLines {
		line, _ := r.nextLine(p)
		q := r.skipBlanks(line)
		if line == p || q == line || first >= 0 && q-line != first {
			return mudlark.Span{}, false
		}
		first = q - line
		if hasPrefixFold(r.data[min(q, len(r.data)):], "default: ") {
			return r.value(q + len("default: "))
		}
		for p = q; p < len(r.data) && p < q+maxName && !isLineEnd(r.data[p]); p++ {
		}
	}
	return mudlark.Span{}, false
}

// content reads what the tag that ends at p holds: a text, or an element that
// says that it holds a value.
func (r *assigner) content(p int) (mudlark.Span, bool) {
	q := r.skipSpace(p)
	if r.byteAt(q) != '<' || !isLetter(r.byteAt(q+1)) {
		return r.elementText(p)
	}
	end := q + 1
	for end < len(r.data) && end < q+20 && isWord(r.data[end]) {
		end++
	}
	if r.byteAt(end) != '>' || !isValueMember(r.data[q+1:end]) {
		return mudlark.Span{}, false
	}
	return r.elementText(end + 1)
}

// before reads a value that stands before its name: in an object, whose first
// member holds it, or in a comparison.
func (r *assigner) before(name mudlark.Span) (Match, bool) {
	p := name.Start - 1
	quote := r.byteAt(p)
	if !isQuote(quote) {
		quote = 0
	} else {
		p -= 1 + r.slashesBefore(p)
	}
	for n := 0; n < 4 && isBlank(r.byteAt(p)); n++ {
		p--
	}
	var v mudlark.Span
	ok := false
	switch c := r.byteAt(p); {
	case c == '=' && r.byteAt(p-1) == '=' && quote == 0:
		for p--; r.byteAt(p) == '=' || isBlank(r.byteAt(p)); p-- {
			if name.Start-p > 8 {
				return Match{}, false
			}
		}
		v, ok = r.stringBefore(p)
	case c == '(' && quote == 0:
		const call = ".equals"
		if at := p - len(call); at > 0 && hasPrefixFold(r.data[at:], call) {
			v, ok = r.stringBefore(at - 1)
		}
	case c == ':' || c == '=' || c == '>':
		v, ok = r.memberBefore(name, quote)
	}
	if !ok {
		return Match{}, false
	}
	return Match{Whole: mudlark.Span{Start: v.Start, End: name.End}, Secret: v, Key: name}, true
}

// stringBefore reads the string, of one line, whose last quote stands at end.
func (r *assigner) stringBefore(end int) (mudlark.Span, bool) {
	quote := r.byteAt(end)
	if !isQuote(quote) {
		return mudlark.Span{}, false
	}
	floor := max(0, end-maxBackward)
	start := bytes.LastIndexByte(r.data[floor:end], quote)
	if start < 0 {
		return mudlark.Span{}, false
	}
	v, ok := r.quoted(floor + start)
	return v, ok && v.End <= end
}

// maxBackward is how far values and the beginnings of objects are looked for
// before a name; delta.go states the reach.
const maxBackward = 176

// memberBefore reads the value of an object in which it comes before the name.
func (r *assigner) memberBefore(name mudlark.Span, quote byte) (mudlark.Span, bool) {
	before, ok := r.nameMember(name, quote)
	if !ok {
		return before, false
	}
	lines := 0
	for p := before.Start - 1; p >= 0 && before.Start-p < maxBackward; p-- {
		switch c := r.data[p]; c {
		case '\n':
			if lines++; lines > objectLines {
				return mudlark.Span{}, false
			}
		case '{', '<', '(':
			v, ok := r.memberValue(p+1, before)
			return v, ok && v.End <= before.Start
		case '}', '>', ')', ']':
			return mudlark.Span{}, false
		case '-':
			if isBlank(r.data[p+1]) && r.startsLine(p) {
				v, ok := r.memberValue(p+1, before)
				return v, ok && v.End <= before.Start
			}
		}
	}
	return mudlark.Span{}, false
}

// startsLine reports whether nothing but blanks stands before p on its line.
func (r *assigner) startsLine(p int) bool {
	p = r.blanksBefore(p)
	return p == 0 || r.data[p-1] == '\n'
}

func isNameMember(word []byte) bool {
	var room [16]byte
	switch string(lowered(room[:0], word[:min(len(word), len(room))])) {
	case "name", "key", "variable", "id", "field", "header", "env", "option", "type", "label", "title", "purpose", "designation", "property", "parameterkey", "setting", "k", "varname", "param", "parameter":
		return true
	}
	return false
}

func isValueMember(word []byte) bool {
	var room [16]byte
	switch string(lowered(room[:0], word[:min(len(word), len(room))])) {
	case "value", "val", "default", "defaultvalue", "default_value", "content", "text", "secret", "data", "stringvalue", "string", "string_value", "parametervalue", "v", "stringdata", "current", "plaintext":
		return true
	}
	return false
}
