package detectors

import "github.com/mudlark-scan/mudlark"

// This file reads values that nothing but blanks parts from their names.

// valueAfterBlank reads a value that nothing but a blank parts from its name,
// where that is how values are given, and what text says of a name.
func (r *assigner) valueAfterBlank(name mudlark.Span, q int, quote byte, keyed bool) (mudlark.Span, bool) {
	if keyed { // <add key="name" value="..."/>
		if _, ok := r.nameMember(name, quote); !ok {
			return r.valueMember(q)
		}
		return r.memberValue(q, mudlark.Span{})
	}
	if r.opensTag(name.Start) { // <name attribute="x">...</name>
		return r.memberValue(q, mudlark.Span{})
	}
	if r.byteAt(name.Start-1) == '-' { // --name value
		if next, continued := r.nextLine(q); continued {
			q = r.skipBlanks(next)
		}
		v, ok := r.value(q)
		if r.byteAt(q) == '-' { // most likely the next option
			ok = ok && v.Len() >= 16 && r.byteAt(q+1) != '-'
		}
		return v, ok
	}
	if q := r.quoteAt(q); isQuote(r.byteAt(q)) && r.takesBlank(name) {
		return r.quoted(q)
	}
	// var name string = "...", Dim name As String = "..."
	if p := r.skipWords(q); r.byteAt(p) == '=' && r.byteAt(p+1) != '=' {
		if v := r.quoteAt(r.skipBlanks(p + 1)); isQuote(r.byteAt(v)) {
			return r.value(v)
		}
		return mudlark.Span{}, false
	}
	if v, ok := r.said(name, q, true); ok || !r.leads(name.Start) {
		return v, ok
	}
	v, ok := r.bare(q)
	if end := r.skipBlanks(v.End); !ok || end < len(r.data) && !endsSetting(r.data[end]) {
		return mudlark.Span{}, false
	}
	return v, true
}

// endsSetting reports whether c may stand behind a value that leads a line.
func endsSetting(c byte) bool {
	switch c {
	case '\\', '#', ';', ')':
		return true
	}
	return isLineEnd(c)
}

// quotedAfterBlank reads the string at q, if it is the value of name or in text
// looks like one: "the API key `...` is theirs".
func (r *assigner) quotedAfterBlank(name mudlark.Span, q int) (mudlark.Span, bool) {
	v, ok := r.quoted(q)
	if !ok || r.takesBlank(name) {
		return v, ok
	}
	text := r.data[v.Start:v.End]
	return v, len(text) >= minSilent && looksSecret(text) && isLetter(r.byteAt(r.qualified(name).Start)) && namesCredential(r.data[name.Start:name.End])
}

// takesBlank reports whether a string behind name and a blank is its value: that
// of an option, of a setting, or of a word of SQL, which stands in capitals or
// behind another one.
func (r *assigner) takesBlank(name mudlark.Span) bool {
	if c := r.byteAt(name.Start - 1); c == '-' || c == ':' || r.leads(name.Start) {
		return true
	}
	for _, c := range r.data[name.Start:name.End] {
		if 'a' <= c && c <= 'z' {
			return r.followsWord(name.Start)
		}
	}
	return true
}

// followsWord reports whether a word stands before the name at start that makes
// of it what the string behind it is.
func (r *assigner) followsWord(start int) bool {
	var room [12]byte
	switch string(lowered(room[:0], r.wordBefore(start))) {
	case "with", "login", "by", "encrypted", "using", "and", "the", "my", "your", "our", "set", "const", "pass", "use":
		return true
	}
	return false
}

// wordBefore returns the word that blanks part from start, if it is short.
func (r *assigner) wordBefore(start int) []byte {
	end := r.blanksBefore(start)
	p := end
	for p > 0 && end-p < 12 && (isWord(r.data[p-1]) || r.data[p-1] == '-') {
		p--
	}
	return r.data[p:end]
}

// skipWords skips one or two words, such as name a type, and the blanks after.
func (r *assigner) skipWords(p int) int {
	for range 2 {
		start := p
		for p < start+40 && p < len(r.data) && (isWord(r.data[p]) || r.data[p] == '.' || r.data[p] == '*' || r.data[p] == '&' || r.data[p] == '[' || r.data[p] == ']') {
			p++
		}
		p = r.skipBlanks(p)
		if p == start || r.byteAt(p) == '=' {
			break
		}
	}
	return p
}

// leads reports whether the name at start is the first word of its line, but
// for a word that says that name and value follow.
func (r *assigner) leads(start int) bool {
	p := r.blanksBefore(start)
	if p == 0 || r.data[p-1] == '\n' {
		return true
	}
	if r.data[p-1] == '(' { // set(NAME value)
		const set = "set"
		return p > len(set) && hasPrefixFold(r.data[p-1-len(set):], set)
	}
	if p == start {
		return false
	}
	word := r.wordBefore(start)
	var room [12]byte
	switch string(lowered(room[:0], word)) {
	case "env", "arg", "set", "setx", "setenv", "export", "login", "-x", "-gx", "define", "setq", "def", "defvar", "defconst", "let", "defparameter":
		return true
	}
	// machine HOST login USER password VALUE
	return r.byteAt(start) == 'p' && r.loginBefore(p-len(word))
}

func (r *assigner) loginBefore(end int) bool {
	const login = "login"
	p := r.blanksBefore(end)
	return p >= len(login) && string(r.data[p-len(login):p]) == login
}
