package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// This file reads values that stand apart from their names: arguments of calls,
// members of objects, attributes and elements.

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

// setsValue reports whether a call by this name sets what it names: one that
// begins with the thing itself, or with a word such as "set".
func setsValue(name []byte) bool {
	name = name[bytes.LastIndexByte(name, '.')+1:]
	for _, word := range [...]string{"set", "with", "use", "add", "put", "new", "pass", "pwd", "secret", "token", "key", "api", "auth", "cred", "bearer", "login", "run"} {
		if hasPrefixFold(name, word) {
			return true
		}
	}
	return false
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

// isNamed reports whether name is itself the value of a name, as in
// "- name: NAME", so that its value may stand on the next line.
func (r *assigner) isNamed(name mudlark.Span, quote byte) bool {
	p := name.Start - 1
	if quote != 0 && r.byteAt(p) == quote {
		p--
	}
	for n := 0; n < 4 && isBlank(r.byteAt(p)); n++ {
		p--
	}
	if c := r.byteAt(p); c != ':' && c != '=' {
		return false
	}
	before, ok := r.nameBefore(p, max(0, p-40))
	return ok && isNameMember(r.data[before.Start:before.End])
}

func isNameMember(word []byte) bool {
	var room [16]byte
	switch string(lowered(room[:0], word)) {
	case "name", "key", "variable", "id", "field", "header", "env", "option":
		return true
	}
	return false
}

func isValueMember(word []byte) bool {
	var room [16]byte
	switch string(lowered(room[:0], word)) {
	case "value", "val", "default", "defaultvalue", "default_value", "content", "text", "secret", "data", "stringvalue", "string":
		return true
	}
	return false
}
