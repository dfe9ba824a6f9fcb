package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// This file reads what expressions hold of a value: a string that is only
// wrapped, or what a look-up falls back to.

// afterCall reads the value of an expression that begins as a call at p, with
// its parenthesis at open: a string that is only wrapped, or what a look-up
// falls back to.
func (r *assigner) afterCall(p, open int) (mudlark.Span, bool) {
	q := r.skipSpace(open + 1)
	quote := r.quoteAt(q)
	lookup, wrapper := calleeKind(r.data[p:open])
	if !isQuote(r.byteAt(quote)) {
		if wrapper {
			return r.valueMember(q) // Field(default="...")
		}
		return mudlark.Span{}, false
	}
	first, ok := r.quoted(quote)
	if !ok || !lookup && !wrapper {
		return mudlark.Span{}, false
	}
	q = r.skipSpace(r.afterQuote(first.End))
	switch {
	case r.byteAt(q) == ')' && !lookup:
		return first, true
	case r.byteAt(q) == ',' && !lookup: // what it is made of, and how
		return first, true
	case r.byteAt(q) == ',':
		q = r.skipBlanks(q + 1)
		if quote := r.quoteAt(q); isQuote(r.byteAt(quote)) {
			return r.value(q)
		}
		return r.valueMember(q)
	case r.byteAt(q) == ')':
		return r.fallbackAfter(q + 1)
	}
	return mudlark.Span{}, false
}

// calleeKind tells, by the words in its name, what a call does with a string:
// looks up what it names, or makes something of it that holds the same text.
func calleeKind(callee []byte) (lookup, wrapper bool) {
	var room [40]byte
	lower := lowered(room[:0], callee[max(0, len(callee)-len(room)):])
	last := lower[bytes.LastIndexByte(lower, '.')+1:]
	switch string(last) {
	case "of", "ofnullable", "some", "just", "optional", "pure":
		return false, true
	}
	for _, word := range [...]string{"env", "get", "config", "lookup", "read", "load", "var", "fetch", "param", "input", "prompt", "find", "setting", "option"} {
		if bytes.Contains(lower, []byte(word)) {
			return true, false
		}
	}
	for _, word := range [...]string{"str", "byte", "from", "buffer", "hex", "b64", "base64", "secret", "token", "key", "passw", "credential", "quote", "text", "char", "value", "field", "secur", "literal", "raw", "default"} {
		if bytes.Contains(last, []byte(word)) {
			return false, true
		}
	}
	return false, false
}

// fallbackAfter reads what a look-up that ends at p falls back to.
func (r *assigner) fallbackAfter(p int) (mudlark.Span, bool) {
	q := r.skipBlanks(p)
	switch c, next := r.byteAt(q), r.byteAt(q+1); {
	case (c == '|' || c == '?') && next == c, c == 'o' && next == 'r':
		return r.fallback(q)
	case c == '?' && next == ':':
		return r.fallback(q)
	case c == '{': // a block that gives it
		return r.valueInBraces(q, q)
	}
	return mudlark.Span{}, false
}

// afterIndex reads what an indexed look-up, with its bracket at open, falls
// back to, or the string in []byte("...").
func (r *assigner) afterIndex(open int) (mudlark.Span, bool) {
	text := r.data[open:min(len(r.data), open+maxName)]
	i := bytes.IndexByte(text, ']')
	if i < 0 {
		return mudlark.Span{}, false
	}
	p := open + i + 1
	if i > 1 {
		return r.fallbackAfter(p)
	}
	q := p
	for q < len(r.data) && q < p+16 && isWord(r.data[q]) {
		q++
	}
	if r.byteAt(q) != '(' {
		return mudlark.Span{}, false
	}
	return r.afterCall(p, q)
}

// afterBrace reads "${name:-value}"; everything else with a brace is code.
func (r *assigner) afterBrace(p, brace int) (mudlark.Span, bool) {
	if brace != p+1 || r.data[p] != '$' {
		return mudlark.Span{}, false
	}
	text := r.data[p:min(len(r.data), p+maxBare)]
	i := bytes.IndexByte(text, '}')
	if i < 0 || bytes.IndexByte(text[:i], '\n') >= 0 {
		return mudlark.Span{}, false
	}
	return r.fallbackInBraces(mudlark.Span{Start: p, End: p + i + 1})
}

// fallbackInBraces returns what stands for a missing value in "${name:-value}"
// or "${name:value}".
func (r *assigner) fallbackInBraces(v mudlark.Span) (mudlark.Span, bool) {
	text := r.data[v.Start:v.End]
	if len(text) < 6 || text[0] != '$' || text[1] != '{' || text[len(text)-1] != '}' {
		return mudlark.Span{}, false
	}
	i := 2
	for i < len(text) && nameBytes.has(text[i]) {
		i++
	}
	if i == len(text) || text[i] != ':' {
		return mudlark.Span{}, false
	}
	if i++; text[i] == '-' || text[i] == '=' {
		i++
	}
	inner := mudlark.Span{Start: v.Start + i, End: v.End - 1}
	return inner, inner.Len() > 0 && text[i] != '?' && text[i] != '$' && bytes.IndexByte(text[i:len(text)-1], '{') < 0
}

// fallback reads the string after "||", "??" or "or" at q.
func (r *assigner) fallback(q int) (mudlark.Span, bool) {
	if q = r.skipBlanks(q + 2); isQuote(r.byteAt(q)) {
		return r.quoted(q)
	}
	return mudlark.Span{}, false
}

// afterQuote skips the end of a string whose text ends at p.
func (r *assigner) afterQuote(p int) int {
	p = r.skipBlanks(p)
	for n := 0; n < 3 && (isQuote(r.byteAt(p)) || r.byteAt(p) == '\\' && isQuote(r.byteAt(p+1))); n++ {
		p++
	}
	return p
}
