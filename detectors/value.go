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
		p = r.skipBlanks(p + 1)
		if c = r.byteAt(p); !isQuote(c) {
			return mudlark.Span{}, false
		}
	}
	switch {
	case isQuote(c):
		return r.quoted(p)
	case c == '\\' && isQuote(r.byteAt(p+1)):
		return r.quoted(p + 1)
	case isLetter(c) || c == '@' || c == '$':
		if q := r.stringPrefix(p); q > p {
			return r.prefixed(p, q)
		}
		if c == 'n' && hasPrefixFold(r.data[p:], "new ") {
			p += len("new ")
		}
	}
	return r.bare(p)
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
	case (c == '&' || c == '*') && isLetter(r.byteAt(q+1)): // a type
		return r.value(q + 1)
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
	if start == q || start >= len(r.data) { // not indented: the next member
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
	end := -1
	switch {
	case r.byteAt(p-1) == '\\': // a string in a string
		end = bytes.Index(text, []byte{'\\', quote})
	case r.byteAt(p+1) == quote && r.byteAt(p+2) == quote:
		text = text[2:]
		start += 2
		end = bytes.Index(text, []byte{quote, quote, quote})
	default:
		end = endOfString(text, quote)
	}
	if end <= 0 {
		return mudlark.Span{}, false
	}
	v := mudlark.Span{Start: start, End: start + end}
	r.trimBlanks(&v)
	if bytes.IndexByte(r.data[v.Start:v.End], '\n') >= 0 {
		return mudlark.Span{}, false
	}
	if inner, ok := r.fallbackInBraces(v); ok {
		return inner, true
	}
	if v.Len() == 0 || templated(r.data[v.Start:v.End]) {
		return mudlark.Span{}, false
	}
	return r.withoutScheme(v), true
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

// fallback reads the string after "||", "??" or "or" at q.
func (r *assigner) fallback(q int) (mudlark.Span, bool) {
	if q = r.skipBlanks(q + 2); isQuote(r.byteAt(q)) {
		return r.quoted(q)
	}
	return mudlark.Span{}, false
}

// afterCall reads the value of an expression that begins as a call at p, with
// its parenthesis at open: a string that is only wrapped, or what a look-up
// falls back to.
func (r *assigner) afterCall(p, open int) (mudlark.Span, bool) {
	lookup := isLookup(r.data[p:open])
	q := r.skipBlanks(open + 1)
	if !isQuote(r.byteAt(q)) {
		q = r.stringPrefix(q)
	}
	if !isQuote(r.byteAt(q)) {
		return mudlark.Span{}, false
	}
	first, ok := r.quoted(q)
	if !ok {
		return mudlark.Span{}, false
	}
	q = r.skipBlanks(r.afterQuote(first.End))
	switch {
	case r.byteAt(q) == ')' && !lookup:
		return first, true
	case r.byteAt(q) == ',' && lookup:
		if q = r.skipBlanks(q + 1); isQuote(r.byteAt(q)) {
			return r.quoted(q)
		}
	case r.byteAt(q) == ')':
		return r.fallbackAfter(q + 1)
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

// fallbackAfter reads what a look-up that ends at p falls back to.
func (r *assigner) fallbackAfter(p int) (mudlark.Span, bool) {
	q := r.skipBlanks(p)
	switch c, next := r.byteAt(q), r.byteAt(q+1); {
	case (c == '|' || c == '?') && next == c, c == 'o' && next == 'r':
		return r.fallback(q)
	case c == '?' && next == ':':
		return r.fallback(q)
	}
	return mudlark.Span{}, false
}

// isLookup reports whether a call gives the value that its argument names.
func isLookup(callee []byte) bool {
	var room [40]byte
	lower := lowered(room[:0], callee[max(0, len(callee)-len(room)):])
	for _, word := range [...]string{"env", "get", "config", "lookup", "read", "load", "var", "fetch", "param", "input", "prompt", "find", "secret", "setting", "option"} {
		if bytes.Contains(lower, []byte(word)) {
			return true
		}
	}
	return false
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

// argument reads the only argument of a call, as in setPassword("...").
func (r *assigner) argument(p int) (mudlark.Span, bool) {
	q := r.skipBlanks(p)
	if !isQuote(r.byteAt(q)) {
		q = r.stringPrefix(q)
	}
	if !isQuote(r.byteAt(q)) {
		return mudlark.Span{}, false
	}
	v, ok := r.quoted(q)
	if !ok || r.byteAt(r.skipBlanks(r.afterQuote(v.End))) != ')' {
		return mudlark.Span{}, false
	}
	return v, true
}

// pairedValue reads what follows a name that stands as a string by itself: the
// next string of a list of arguments, or the member of an object that holds the
// value.
func (r *assigner) pairedValue(p int) (mudlark.Span, bool) {
	q := r.skipSpace(p)
	sameLine := q <= r.skipBlanks(p)
	if !isQuote(r.byteAt(q)) {
		if s := r.stringPrefix(q); s > q && sameLine {
			return r.quoted(s)
		}
		return r.valueMember(q)
	}
	if v, ok := r.valueMember(q + 1); ok {
		return v, true
	}
	if !sameLine || r.byteAt(r.skipBlanks(r.endOfQuoted(q))) == ':' {
		return mudlark.Span{}, false // another member, or the next in a list
	}
	return r.quoted(q)
}

// endOfQuoted returns where the string at p ends, or p.
func (r *assigner) endOfQuoted(p int) int {
	text := r.data[p+1 : min(len(r.data), p+1+maxQuoted)]
	if end := endOfString(text, r.data[p]); end >= 0 {
		return p + 1 + end + 1
	}
	return p
}

// valueMember reads the member at p if its name says that it holds a value.
func (r *assigner) valueMember(p int) (mudlark.Span, bool) {
	for n := 0; n < 3 && (r.byteAt(p) == '-' || r.byteAt(p) == ':' || r.byteAt(p) == '\\'); n++ {
		p++
	}
	end := p
	for end < len(r.data) && end < p+20 && isWord(r.data[end]) {
		end++
	}
	if end == p || !isValueMember(r.data[p:end]) {
		return mudlark.Span{}, false
	}
	q, _ := r.closing(end)
	q = r.skipBlanks(q)
	switch r.byteAt(q) {
	case '=':
		if r.byteAt(q+1) == '>' {
			q++
		}
	case ':':
	default:
		return mudlark.Span{}, false
	}
	return r.value(q + 1)
}

// elementText reads the text of an element up to the next tag.
func (r *assigner) elementText(p int) (mudlark.Span, bool) {
	text := r.data[min(p, len(r.data)):min(len(r.data), p+maxBare)]
	end := bytes.IndexByte(text, '<')
	if end <= 0 {
		return mudlark.Span{}, false
	}
	v := mudlark.Span{Start: p, End: p + end}
	r.trimBlanks(&v)
	if v.Len() == 0 || bytes.IndexByte(r.data[v.Start:v.End], '\n') >= 0 || templated(r.data[v.Start:v.End]) {
		return mudlark.Span{}, false
	}
	return v, true
}

// nextElement reads the text of the element that follows the one that ends at
// p, as in "<key>name</key><string>value</string>".
func (r *assigner) nextElement(p int) (mudlark.Span, bool) {
	i := bytes.IndexByte(r.data[p:min(len(r.data), p+maxName)], '>')
	if i < 0 {
		return mudlark.Span{}, false
	}
	p = r.skipSpace(p + i + 1)
	if r.byteAt(p) != '<' || !isLetter(r.byteAt(p+1)) {
		return mudlark.Span{}, false
	}
	if i = bytes.IndexByte(r.data[p:min(len(r.data), p+maxName)], '>'); i < 0 {
		return mudlark.Span{}, false
	}
	return r.elementText(p + i + 1)
}

// defaultInBlock reads the default of a variable whose block begins at p.
func (r *assigner) defaultInBlock(p int) (mudlark.Span, bool) {
	text := r.data[p:min(len(r.data), p+256)]
	if i := bytes.IndexByte(text, '}'); i >= 0 {
		text = text[:i]
	}
	i := bytes.Index(text, []byte("default"))
	if i < 0 {
		return mudlark.Span{}, false
	}
	return r.valueMember(p + i)
}
