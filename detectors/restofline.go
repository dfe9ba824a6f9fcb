package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// restOfLine reads a value at p that signs belong to which would end one in a
// program: name=value is all of its line, as in files of settings. What a shell
// would do, or a program, is none. Where a program may stand as well, the value
// must be unlike one.
func (r *assigner) restOfLine(p int) (mudlark.Span, bool) {
	plain, ok := r.beginsLine(p)
	if !ok {
		return mudlark.Span{}, false
	}
	end, ceiling := p, min(len(r.data), p+maxBare)
	signs := false
	for ; end < ceiling && r.data[end] > ' '; end++ {
		c := r.data[end]
		if isQuote(c) || c == '\\' {
			return mudlark.Span{}, false
		}
		signs = signs || bareEnds.has(c) || c == '(' || c == '[' || c == '{'
	}
	if end == p || end == p+maxBare {
		return mudlark.Span{}, false
	}
	if q := r.skipBlanks(end); q < len(r.data) && !isLineEnd(r.data[q]) && (q == end || r.data[q] != '#') {
		return mudlark.Span{}, false
	}
	text := r.data[p:end]
	return mudlark.Span{Start: p, End: end}, isSigned(text, signs) && (plain || isUnlikeCode(text))
}

// beginsLine reports whether a name and what assigns to it is all that the line
// has before p, but for what exports it. It is plain as in "name=".
func (r *assigner) beginsLine(p int) (plain, ok bool) {
	operator := r.blanksBefore(p)
	if c := r.byteAt(operator - 1); c != '=' && c != ':' {
		return false, false
	}
	plain = operator == p && r.byteAt(operator-1) == '='
	end := r.blanksBefore(operator - 1)
	start := end
	for start > 0 && start > end-maxName && nameBytes.has(r.data[start-1]) {
		start--
	}
	if start == end {
		return false, false
	}
	start -= len("export ") * b2i(bytes.HasSuffix(r.data[:start], []byte("export ")))
	line := r.blanksBefore(start)
	return plain && line == start && end == operator-1, line == 0 || isLineEnd(r.data[line-1])
}

// isSigned reports whether text is a password with signs that end others, and
// nothing that a shell or a program would read. Signs says that there are some.
func isSigned(text []byte, signs bool) bool {
	first, last := text[0], text[len(text)-1]
	if !signs && bytes.IndexByte([]byte("$%@*#!~^?:"), first) < 0 {
		return false
	}
	if c := countClasses(text); c.digits == 0 || c.lower+c.upper == 0 || c.others == 0 || enclosed(text) || templated(text) {
		return false
	}
	switch last {
	case ';', ',', '&', '|', '(', '{', '[':
		return false
	}
	for _, part := range [...]string{"&&", "||", ";;", "$(", "->", "::", "==", "=>", "</", "/>", "()", "[]", "{}", "$[", "*)", "://", ");"} {
		if bytes.Contains(text, []byte(part)) {
			return false
		}
	}
	if i := bytes.IndexAny(text, "([{"); i >= 0 && (last == ')' || last == ']' || last == '}') && (i == 0 || isMember(text[:i])) {
		return false // a call, an index
	}
	if i := bytes.IndexAny(text, "&;"); i >= 0 && bytes.IndexByte(text[i:], '=') > 0 {
		return false // parameters of an address, one after the other
	}
	return true
}

// isMember reports whether text is a name, or members joined by dots.
func isMember(text []byte) bool {
	for _, c := range text {
		if !isWord(c) && c != '.' && c != '$' && c != '@' {
			return false
		}
	}
	return !isDigit(text[0])
}
