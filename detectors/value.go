package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// This file reads values, for assignment.go. All functions take where the value
// may begin, and return where its text stands, quotes left out.

// value reads a literal value, quoted or not.
func (r *assigner) value(p int) (mudlark.Span, bool) {
	p = r.skipBlanks(p)
	c := r.byteAt(p)
	if c == '(' || c == '[' && r.byteAt(p+1) != ']' {
		return r.inParentheses(p)
	}
	if c == '*' && r.byteAt(p+1) == '*' && c != r.byteAt(p+2) { // of a text that is set bold
		p = r.skipBlanks(p + 2)
		c = r.byteAt(p)
	}
	switch {
	case isQuote(c):
		return r.quoted(p)
	case c == '\\':
		if q := r.quoteAt(p); isQuote(r.byteAt(q)) {
			return r.quoted(q)
		}
	case isLetter(c) || c == '@' || c == '$':
		if q := r.stringPrefix(p); q > p {
			return r.prefixed(p, q)
		}
		if c == 'n' && hasPrefixFold(r.data[p:], "new ") {
			p += len("new ")
		}
	}
	if v, ok := r.restOfLine(p); ok {
		return v, true
	}
	return r.bare(p)
}

// inParentheses reads the string that stands in the bracket at p, first or by
// itself.
func (r *assigner) inParentheses(p int) (mudlark.Span, bool) {
	q := r.skipSpace(p + 1)
	quote := r.quoteAt(q)
	if !isQuote(r.byteAt(quote)) {
		return mudlark.Span{}, false
	}
	v, ok := r.quoted(quote)
	if !ok || quote > q && r.data[q] != '\\' {
		return r.prefixed(q, quote)
	}
	return v, !isQuote(r.byteAt(r.quoteAt(r.skipSpace(r.afterQuote(v.End)))))
}

// quoteAt returns where the quote of the string at p stands, behind backslashes
// or letters that belong to it; p if there is none.
func (r *assigner) quoteAt(p int) int {
	q := p
	for q < p+maxSlashes && r.byteAt(q) == '\\' {
		q++
	}
	switch {
	case q == p:
		return r.stringPrefix(p)
	case isQuote(r.byteAt(q)):
		return q
	}
	return p
}

// maxSlashes is how many backslashes stand before a quote of a string in strings.
const maxSlashes = 7

func (r *assigner) slashesBefore(p int) (n int) {
	for n < maxSlashes && r.byteAt(p-n-1) == '\\' {
		n++
	}
	return n
}

// prefixed reads the string at q, which the letters at p mark as one of a kind.
func (r *assigner) prefixed(p, q int) (mudlark.Span, bool) {
	v, ok := r.quoted(q)
	for ; ok && p < q; p++ {
		switch r.data[p] {
		case 'f', 'F', '$', 's': // names in braces are put in
			ok = bytes.IndexByte(r.data[v.Start:v.End], '{') < 0
		}
	}
	return v, ok
}

// stringPrefix returns where a quote stands that letters mark as one of a
// string, as in b"...", @"..." or r#"..."#; p if there is none.
func (r *assigner) stringPrefix(p int) int {
	for n := range 3 {
		switch c := r.byteAt(p + n); {
		case isQuote(c):
			return p + n
		case isLetter(c), c == '@', c == '$', c == '#':
		default:
			return p
		}
	}
	return p
}

// valueOrNextLine reads a value after a colon, which in YAML may stand on the
// next line, by itself.
func (r *assigner) valueOrNextLine(p int) (mudlark.Span, bool) {
	q := r.skipBlanks(p)
	switch c := r.byteAt(q); {
	case isLineEnd(c):
		if v, ok := r.parameter(q); ok {
			return v, true
		}
	case c == '&' || c == '!' && r.byteAt(q+1) == '!': // an anchor, a type
		for q++; q < len(r.data) && q < p+maxName && !isSpace(r.data[q]); q++ {
		}
		if isLineEnd(r.byteAt(q)) || r.byteAt(r.skipBlanks(q)) == '=' {
			return mudlark.Span{}, false
		}
		return r.value(q)
	case c == '*' && isLetter(r.byteAt(q+1)): // what an anchor names, a type
		return mudlark.Span{}, false
	case (c == '|' || c == '>') && q > p:
		for q++; q < len(r.data) && (r.data[q] == '-' || r.data[q] == '+' || isDigit(r.data[q])); q++ {
		}
		if q = r.skipBlanks(q); !isLineEnd(r.byteAt(q)) {
			return mudlark.Span{}, false
		}
	default:
		return r.value(p)
	}
	for n := 0; n < 2 && isLineEnd(r.byteAt(q)); n++ {
		q++
	}
	start := r.skipBlanks(q)
	if start == q { // not indented: the next member, or what a text ends with
		return r.saidOnLine(start)
	}
	if start >= len(r.data) {
		return mudlark.Span{}, false
	}
	v, ok := r.value(start)
	end := v.End
	if isQuote(r.byteAt(end)) && isQuote(r.byteAt(v.Start-1)) {
		end++
	}
	if end = r.skipBlanks(end); !ok || end < len(r.data) && !isLineEnd(r.data[end]) {
		return mudlark.Span{}, false
	}
	if r.byteAt(v.End-1) == ':' { // the name of a member
		return mudlark.Span{}, false
	}
	return v, true
}

// quoted reads the string whose quote stands at p.
func (r *assigner) quoted(p int) (mudlark.Span, bool) {
	quote := r.byteAt(p)
	start := p + 1
	text := r.data[min(start, len(r.data)):min(len(r.data), start+maxQuoted)]
	end, closed := 0, 1
	switch tripled, slashes := r.byteAt(p+1) == quote, r.slashesBefore(p); {
	case slashes > 0: // a string in a string
		end, closed = bytes.Index(text, r.data[p-slashes:p+1]), 0
	case tripled && r.byteAt(p+2) == quote:
		text = text[2:]
		start += 2
		end, closed = bytes.Index(text, []byte{quote, quote, quote}), 3
	case tripled && isWord(r.byteAt(p+2)): // a quote in a string is written twice
		text = text[1:]
		start++
		end, closed = bytes.Index(text, []byte{quote, quote}), 0
	default:
		end = endOfString(text, quote)
	}
	if end <= 0 {
		return mudlark.Span{}, false
	}
	v := mudlark.Span{Start: start, End: start + end}
	if closed > 0 && r.goesOn(v.End+closed, quote) {
		return mudlark.Span{}, false
	}
	r.trimBlanks(&v)
	if bytes.IndexByte(r.data[v.Start:v.End], '\n') >= 0 {
		return mudlark.Span{}, false
	}
	if inner, ok := r.fallbackInBraces(v); ok {
		return inner, true
	}
	if v.Len() > 2 && isQuote(r.data[v.Start]) && r.data[v.End-1] == r.data[v.Start] { // '"value"'
		v.Start++
		v.End--
	}
	if v.Len() == 0 || templated(r.data[v.Start:v.End]) {
		return mudlark.Span{}, false
	}
	return r.withoutScheme(v), true
}

// goesOn reports whether the string that ends at p is only the first part of a
// text: another one is joined to it.
func (r *assigner) goesOn(p int, quote byte) bool {
	if r.byteAt(p) == quote && quote != '`' {
		return true
	}
	q := r.skipBlanks(p)
	next := r.byteAt(q + 1)
	switch r.byteAt(q) {
	case '+':
		return next != '='
	case '.':
		return next == '.' || next == '$' || isQuote(next) || q > p && isBlank(next)
	case '%', '&':
		return q > p && isBlank(next)
	case '\\':
		line, _ := r.nextLine(q)
		return line > q && isQuote(r.byteAt(r.skipBlanks(line)))
	}
	return false
}

// closingQuote returns where, in text behind it, the string ends whose quote
// stands at p, -1 if it does not.
func (r *assigner) closingQuote(p int, text []byte) int {
	if n := r.slashesBefore(p); n > 0 {
		return bytes.Index(text, r.data[p-n:p+1])
	}
	return endOfString(text, r.data[p])
}

// endOfString returns where the quote stands that ends text, -1 if none does.
func endOfString(text []byte, quote byte) int {
	for from := 0; ; {
		i := bytes.IndexByte(text[from:], quote)
		if i < 0 {
			return -1
		}
		i += from
		slashes := 0
		for i-slashes > 0 && text[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 || quote == '`' {
			return i
		}
		from = i + 1
	}
}

func (r *assigner) trimBlanks(v *mudlark.Span) {
	for v.Start < v.End && (isBlank(r.data[v.Start]) || isLineEnd(r.data[v.Start])) {
		v.Start++
	}
	for v.End > v.Start && (isBlank(r.data[v.End-1]) || isLineEnd(r.data[v.End-1])) {
		v.End--
	}
}

// templated reports whether something is to be put into text before it is used.
func templated(text []byte) bool {
	for i := 0; i+1 < len(text); i++ {
		switch text[i] {
		case '$', '#':
			if text[i+1] == '{' || text[i] == '$' && text[i+1] == '(' && i == 0 {
				return true
			}
		case '{':
			if text[i+1] == '{' || text[i+1] == '}' {
				return true
			}
		case '<':
			if text[i+1] == '%' || i == 0 && text[len(text)-1] == '>' {
				return true
			}
		case '%':
			if text[i+1] == '(' || (text[i+1] == 's' || text[i+1] == 'v' || text[i+1] == 'd') && len(text) <= i+2 {
				return true
			}
		}
	}
	return text[0] == '$' && len(text) > 1 && isVariable(text[1:]) || text[0] == '%' && text[len(text)-1] == '%'
}

// isVariable reports whether text is a name in capitals or all of small letters.
func isVariable(text []byte) bool {
	for i, c := range text {
		if !isWord(c) || i == 0 && isDigit(c) {
			return false
		}
	}
	return true
}

// withoutScheme takes the word before a credential of a header away.
func (r *assigner) withoutScheme(v mudlark.Span) mudlark.Span {
	text := r.data[v.Start:v.End]
	i := bytes.IndexByte(text[:min(len(text), 12)], ' ')
	if i < 3 || !isScheme(text[:i]) {
		return v
	}
	v.Start += i
	r.trimBlanks(&v)
	return v
}

func isScheme(word []byte) bool {
	if len(word) > 10 {
		return false
	}
	var room [10]byte
	switch string(lowered(room[:0], word)) {
	case "bearer", "basic", "token", "apikey", "api-key", "bot", "key", "oauth", "ssws", "genie-key", "genie", "apitoken":
		return true
	}
	return false
}

// bareEnds are what ends a value that is not in quotes: blanks and control
// characters, quotes, and , ; ) ] } < > & | and the backslash.
var bareEnds = byteSet{0x580012C5FFFFFFFF, 0xB000000130000000, 0, 0}

// bare reads a value that is not in quotes, and the credential behind a scheme.
func (r *assigner) bare(p int) (mudlark.Span, bool) {
	if end := p + r.wordLen(p); isBlank(r.byteAt(end)) && isScheme(r.data[p:end]) {
		if q := r.skipBlanks(end); nameBytes.has(r.byteAt(q)) {
			p = q
		}
	}
	return r.bareWord(p)
}

// wordLen returns how many bytes of a short word stand at p.
func (r *assigner) wordLen(p int) (n int) {
	for n < 12 && (isWord(r.byteAt(p+n)) || r.byteAt(p+n) == '-') {
		n++
	}
	return n
}

func (r *assigner) bareWord(p int) (mudlark.Span, bool) {
	end, ceiling := p, min(len(r.data), p+maxBare)
	for end < ceiling && !bareEnds.has(r.data[end]) {
		switch r.data[end] {
		case '(':
			return r.afterCall(p, end)
		case '[':
			return r.afterIndex(end)
		case '{':
			return r.afterBrace(p, end)
		case '#':
			if r.query {
				ceiling = end
				continue
			}
		}
		end++
	}
	v := mudlark.Span{Start: p, End: end}
	if v.Len() == 0 || end == p+maxBare {
		return mudlark.Span{}, false
	}
	switch r.data[p] {
	case '$', '%', '@', '*', '#', '!', '~', '^', '?', '=', ':':
		return mudlark.Span{}, false
	}
	if r.byteAt(end) == '<' && r.byteAt(end+1) != '/' && r.byteAt(end+1) != '!' {
		return mudlark.Span{}, false // a type with parameters
	}
	return r.endOfExpression(v)
}

// endOfExpression looks at what follows a bare value: an operator makes it part
// of an expression, a type in front of the value, or what a value falls back to.
func (r *assigner) endOfExpression(v mudlark.Span) (mudlark.Span, bool) {
	q := r.skipBlanks(v.End)
	if q > v.End {
		switch c, next := r.byteAt(q), r.byteAt(q+1); c {
		case '=':
			if next != '=' && next != '>' {
				if q = r.skipBlanks(q + 1); isQuote(r.byteAt(q)) || r.stringPrefix(q) > q {
					return r.value(q)
				}
			}
			return mudlark.Span{}, false
		case '|', '?':
			if next == c {
				return r.fallback(q)
			}
			if c == '?' {
				return mudlark.Span{}, false
			}
		case '"', '\'', '-': // ConvertTo-SecureString "..."
			return r.argumentAfterBlank(v, q)
		case '[': // a field's number, and its options
			return r.valueMember(q + 1)
		case 'o':
			if next == 'r' && isBlank(r.byteAt(q+2)) {
				return r.fallback(q)
			}
		case '+', '*', '%', '^':
			if isBlank(next) {
				return mudlark.Span{}, false
			}
		}
	}
	if r.data[v.End-1] == '.' && v.Len() > 1 {
		v.End--
	}
	return v, true
}

// argumentAfterBlank reads the string that a command or a function, which v may
// be, makes something of.
func (r *assigner) argumentAfterBlank(v mudlark.Span, q int) (mudlark.Span, bool) {
	if hasPrefixFold(r.data[q:], "-string ") {
		q = r.skipBlanks(q + len("-string "))
	}
	if !isQuote(r.byteAt(q)) || isDigit(r.data[v.Start]) {
		return v, true
	}
	switch lookup, wrapper := calleeKind(r.data[v.Start:v.End]); {
	case lookup:
		return mudlark.Span{}, false
	case wrapper:
		return r.quoted(q)
	}
	return v, true
}
