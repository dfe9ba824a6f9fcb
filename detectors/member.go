package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// This file reads values that stand apart from their names: arguments of calls,
// members of objects, attributes and elements.

// argument reads the last argument of a call, as in setPassword("...") and
// login(user, "..."). The others are names or strings.
func (r *assigner) argument(p int) (mudlark.Span, bool) {
	for range maxArguments {
		q := r.skipSpace(p)
		if quote := r.quoteAt(q); isQuote(r.byteAt(quote)) {
			v, ok := r.value(q)
			if !ok {
				v.End = r.endOfQuoted(quote) - 1
			}
			switch q = r.skipSpace(r.afterQuote(v.End)); r.byteAt(q) {
			case ')':
				return v, ok
			case ',':
				p = q + 1
				continue
			}
			return mudlark.Span{}, false
		}
		for p = q; p < len(r.data) && p < q+maxName && nameBytes.has(r.data[p]); p++ {
		}
		if p = r.skipBlanks(p); p == q || r.byteAt(p) != ',' {
			return mudlark.Span{}, false
		}
		p++
	}
	return mudlark.Span{}, false
}

// maxArguments is how many arguments of a call are looked at.
const maxArguments = 4

// method reads the argument of a method of what is named: name.equals("value").
func (r *assigner) method(name mudlark.Span) (Match, bool) {
	text := r.data[name.Start:name.End]
	dot := bytes.LastIndexByte(text, '.')
	if dot <= 0 {
		return Match{}, false
	}
	var room [16]byte
	switch word := text[dot+1:]; string(lowered(room[:0], word[:min(len(word), len(room))])) {
	case "equals", "equalsignorecase", "eq", "compareto", "orelse", "getorelse", "or", "unwrap_or", "tobe", "toequal", "isequalto", "set", "setvalue", "fill", "default", "value", "type":
	default:
		return Match{}, false
	}
	v, ok := r.argument(name.End + 1)
	name.End = name.Start + dot
	return Match{Whole: mudlark.Span{Start: name.Start, End: v.End}, Secret: v, Key: name}, ok
}

// setsValue reports whether a call by this name sets what it names: one that
// begins with the thing itself, or with a word such as "set".
func setsValue(name []byte) bool {
	name = name[bytes.LastIndexByte(name, '.')+1:]
	for _, word := range [...]string{"set", "with", "use", "add", "put", "new", "pass", "pwd", "secret", "token", "key", "api", "auth", "cred", "bearer", "login", "run", "init", "client", "connect", "configure", "identify"} {
		if hasPrefixFold(name, word) {
			return true
		}
	}
	const client = "client"
	return len(name) > len(client) && hasPrefixFold(name[len(name)-len(client):], client)
}

// callBefore returns where the call begins whose first argument stands at p, if
// its name says that it sets what the argument names; else p. The call belongs to
// the match: it tells a name and its value from two strings in a list.
func (r *assigner) callBefore(p int) int {
	if r.byteAt(p-1) != '(' {
		return r.settingBefore(p)
	}
	end := p - 1
	for n := 0; n < 2 && isBlank(r.byteAt(end-1)); n++ {
		end--
	}
	start := end
	for start > 0 && p-start < maxCallee && nameBytes.has(r.data[start-1]) {
		start--
	}
	if !setsPair(r.data[start:end]) {
		return p
	}
	return start
}

// settingBefore is the same of a setting of a build, in which a type comes first:
// buildConfigField "String", "NAME", "value".
func (r *assigner) settingBefore(p int) int {
	floor := max(0, p-maxCallee)
	text := r.data[floor:p]
	i := bytes.LastIndexByte(text, '\n') + 1
	for ; i < len(text); i++ {
		if hasPrefixFold(text[i:], "buildConfigField") || hasPrefixFold(text[i:], "resValue") {
			return floor + i
		}
	}
	return p
}

// maxCallee bounds the name of such a call.
const maxCallee = 48

// setsPair reports whether a call by this name takes a name and its value.
func setsPair(name []byte) bool {
	dot := bytes.LastIndexByte(name, '.') + 1
	if dot > 0 && hasPrefixFold(name[dot:], "add") && bytes.Contains(name[:dot], []byte("eader")) {
		return true
	}
	name = name[dot:]
	for _, word := range [...]string{
		"set", "put", "define", "addheader", "add_header", "header", "withenv", "env", "store", "config", "values", "update_option",
		"add_option", "buildconfigfield", "resvalue",
	} {
		if hasPrefixFold(name, word) {
			return true
		}
	}
	return false
}

// pairedValue reads what follows a name that stands as a string by itself, and
// a comma: the member of an object that holds the value, or the next string of a
// list of arguments.
func (r *assigner) pairedValue(name mudlark.Span, p int, quote byte) (mudlark.Span, bool) {
	if _, named := r.nameMember(name, quote); named {
		return r.memberValue(p, mudlark.Span{})
	}
	q := r.skipSpace(p)
	sameLine := q <= r.skipBlanks(p)
	s := r.quoteAt(q)
	if !isQuote(r.byteAt(s)) {
		if r.byteAt(name.Start-1) == '-' { // add_argument("--name", type=str, default="...")
			return r.memberValue(q, mudlark.Span{})
		}
		return r.valueMember(q)
	}
	if v, ok := r.valueMember(s + 1); ok {
		return v, true
	}
	if !sameLine || r.byteAt(r.skipBlanks(r.endOfQuoted(s))) == ':' {
		return mudlark.Span{}, false // another member, or the next in a list
	}
	v, ok := r.value(q)
	return v, ok && !bytes.HasPrefix(r.data[v.Start:], []byte("--")) // the next option
}

// tupled reads the string that ends a tuple: {name, "value"} or {name, <<"value">>}.
func (r *assigner) tupled(p int) (mudlark.Span, bool) {
	q := r.skipBlanks(p)
	for n := 0; n < 2 && r.byteAt(q) == '<'; n++ {
		q++
	}
	if !isQuote(r.byteAt(q)) {
		return mudlark.Span{}, false
	}
	v, ok := r.quoted(q)
	q = r.afterQuote(v.End)
	for n := 0; n < 2 && r.byteAt(q) == '>'; n++ {
		q++
	}
	return v, ok && r.byteAt(r.skipBlanks(q)) == '}'
}

// endOfQuoted returns where the string at p ends, or p.
func (r *assigner) endOfQuoted(p int) int {
	text := r.data[p+1 : min(len(r.data), p+1+maxQuoted)]
	if end := r.closingQuote(p, text); end >= 0 {
		return p + 1 + end + r.slashesBefore(p) + 1
	}
	return p
}

// valueMember reads the member at p if its name says that it holds a value.
func (r *assigner) valueMember(p int) (mudlark.Span, bool) {
	for n := 0; n < 3 && (r.byteAt(p) == '-' || r.byteAt(p) == ':'); n++ {
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
	const literal = "<![CDATA["
	if q := r.skipSpace(p); hasPrefixFold(r.data[min(q, len(r.data)):], literal) {
		p = q + len(literal)
		if i := bytes.Index(r.data[p:min(len(r.data), p+maxBare)], []byte("]]>")); i > 0 {
			return r.text(mudlark.Span{Start: p, End: p + i})
		}
		return mudlark.Span{}, false
	}
	text := r.data[min(p, len(r.data)):min(len(r.data), p+maxBare)]
	end := bytes.IndexByte(text, '<')
	if end <= 0 {
		return mudlark.Span{}, false
	}
	return r.text(mudlark.Span{Start: p, End: p + end})
}

// text returns what stands in v, if that is one line.
func (r *assigner) text(v mudlark.Span) (mudlark.Span, bool) {
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
	if r.byteAt(p) != '<' || !isLetter(r.byteAt(p+1)) || r.startsWord(p, "<key>") {
		return mudlark.Span{}, false
	}
	if i = bytes.IndexByte(r.data[p:min(len(r.data), p+maxName)], '>'); i < 0 {
		return mudlark.Span{}, false
	}
	return r.elementText(p + i + 1)
}
