package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// This file reads declarations, in which a type stands between name and value.

// maxType bounds the text of a type.
const maxType = 64

// valueAfterType reads ": type = value", as far as a type can be told from a
// value: it ends in an operator. typed says that there is one.
func (r *assigner) valueAfterType(p int) (v mudlark.Span, typed, ok bool) {
	p = r.skipBlanks(p)
	if c := r.byteAt(p); !isLetter(c) && c != '&' && c != '*' && c != '[' && c != '?' {
		return v, false, false
	}
	for q := p; q < len(r.data) && q < p+maxType; q++ {
		switch c := r.data[q]; {
		case isWord(c), isBlank(c):
		case c == '=':
			if q == p || !r.isAssignment(q) {
				return v, false, false
			}
			v, ok = r.typedValue(q + 1)
			return v, true, ok
		case c == ':':
			if r.byteAt(q+1) == '=' {
				v, ok = r.typedValue(q + 2)
				return v, true, ok
			}
			if r.byteAt(q+1) != ':' && r.byteAt(q-1) != ':' {
				return v, false, false
			}
		case c == '[', c == ']', c == '<', c == '>', c == '?', c == '|', c == '&', c == '*', c == '.', c == '\'', c == '!':
			if c == '\'' && r.byteAt(q-1) != '&' { // but a lifetime
				return v, false, false
			}
		default:
			return v, false, false
		}
	}
	return v, false, false
}

// isAssignment reports whether the sign at q is no comparison, arrow or padding.
func (r *assigner) isAssignment(q int) bool {
	next := r.byteAt(q + 1)
	if next == '=' || next == '>' || r.byteAt(q-1) == '=' {
		return false
	}
	if isQuote(next) { // not one that ends a string
		c := r.byteAt(q + 2)
		return c != 0 && !isSpace(c) && c != ',' && c != ';' && c != ')' && c != '}' && c != ']'
	}
	return isBlank(r.byteAt(q-1)) || isBlank(next)
}

// typedValue reads the value of a declaration: a string, or a call around one.
func (r *assigner) typedValue(p int) (mudlark.Span, bool) {
	q := r.skipBlanks(p)
	if next, _ := r.nextLine(q); next > q {
		return r.valueOrContinued(p)
	}
	if isQuote(r.byteAt(r.quoteAt(q))) {
		return r.value(q)
	}
	end := q
	for end < len(r.data) && end < q+maxName && (nameBytes.has(r.data[end]) || r.data[end] == ':') {
		end++
	}
	if r.byteAt(end) == '(' {
		return r.afterCall(q, end)
	}
	return mudlark.Span{}, false
}

// valueInBraces reads what follows a name with a brace at q, right behind the
// name if that is p: std::string name{"value"}, or a property's accessors and
// its first value.
func (r *assigner) valueInBraces(q, p int) (mudlark.Span, bool) {
	inner := r.skipBlanks(q + 1)
	if q == p && isQuote(r.byteAt(r.quoteAt(inner))) {
		v, ok := r.value(inner)
		return v, ok && r.byteAt(r.skipBlanks(r.afterQuote(v.End))) == '}'
	}
	if !hasPrefixFold(r.data[min(inner, len(r.data)):], "get") {
		return mudlark.Span{}, false
	}
	text := r.data[inner:min(len(r.data), inner+maxType)]
	i := bytes.IndexByte(text, '}')
	if i < 0 {
		return mudlark.Span{}, false
	}
	if q = r.skipBlanks(inner + i + 1); r.byteAt(q) != '=' || r.byteAt(q+1) == '=' {
		return mudlark.Span{}, false
	}
	return r.typedValue(q + 1)
}

// valueOfArray reads "name[64] = value", its bracket at q.
func (r *assigner) valueOfArray(q, p int) (mudlark.Span, bool) {
	if q != p {
		return mudlark.Span{}, false
	}
	for q++; nameBytes.has(r.byteAt(q)) && q < p+maxType; q++ {
	}
	if r.byteAt(q) != ']' {
		return mudlark.Span{}, false
	}
	if q = r.skipBlanks(q + 1); r.byteAt(q) != '=' || r.byteAt(q+1) == '=' {
		return mudlark.Span{}, false
	}
	return r.typedValue(q + 1)
}

// declared reports whether the name at start is a variable that a type, one of
// text, stands before: a call with its name gives it its first value.
func (r *assigner) declared(start int) bool {
	p := start
	for p > 0 && start-p < 4 && (isBlank(r.data[p-1]) || r.data[p-1] == '&') {
		p--
	}
	const kind = "string"
	return p < start && p >= len(kind) && hasPrefixFold(r.data[p-len(kind):], kind)
}
