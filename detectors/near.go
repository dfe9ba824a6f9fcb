package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// This file finds the names that stand near a keyword they do not hold: in
// "datadog(api_key=...)", on the lines below "[datadog]", before the address of
// a provider.

// Bounds of what counts as near. They are part of what delta.go states.
const (
	maxNear    = 240 // bytes from the keyword to another name's operator
	nearLines  = 4   // ends of lines between them
	nearLine   = 160 // bytes before the keyword, on its line
	nearAbove  = 160 // bytes before the line of one that is a value
	linesAbove = 3   // lines there
	maxKeyword = 48  // bytes of such a keyword
	nearWord   = 80  // bytes behind one that says nothing of other lines
	minWord    = 5   // bytes of a keyword that may be part of a longer word
	maxNames   = 16  // looked at near a keyword
)

// around reads the assignments near the keyword at at, which is part of name:
// those before it on its line, and those behind it on that and a few more. A
// word that credentials of all kinds are called by says nothing of other lines.
func (r *assigner) around(at, name mudlark.Span, emit func(Match)) {
	keyword := r.data[at.Start:at.End]
	if before := r.byteAt(at.Start - 1); len(keyword) < minWord && isLetter(before) && isLetter(keyword[0]) && before&0x20 == keyword[0]&0x20 {
		return // in the middle of a word
	}
	if isCommonWord(keyword) {
		r.nearby(name.End, at.End+nearWord, -1, emit)
		return
	}
	start := max(0, name.Start-nearLine)
	start += bytes.LastIndexByte(r.data[start:name.Start], '\n') + 1
	from := start
	if len(keyword) < maxKeyword && r.isMentioned(start, name) {
		from = r.linesAbove(start)
	}
	r.nearby(from, name.Start, from, emit)
	r.nearby(name.End, at.End+maxNear, start, emit)
}

// isMentioned reports whether name, on the line that begins at line, is a value
// or a part of one, such as an address: neither what heads a block, nor what a
// comment says of the lines below.
func (r *assigner) isMentioned(line int, name mudlark.Span) bool {
	before := bytes.TrimLeft(r.data[line:name.Start], " \t")
	if len(before) == 0 || !bytes.ContainsAny(before, ":=/") || bytes.HasPrefix(before, []byte("//")) || before[0] == '#' || before[0] == '<' || before[0] == '*' {
		return false
	}
	rest := r.data[name.End:min(len(r.data), name.End+nearWord)]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	rest = bytes.TrimRight(rest, " \t\r")
	return len(rest) == 0 || bytes.IndexByte([]byte("{([:"), rest[len(rest)-1]) < 0
}

// linesAbove returns where the line begins that stands so many above the one at
// line, as far as no empty one and no heading of a section lies between.
func (r *assigner) linesAbove(line int) int {
	floor := max(0, line-nearAbove)
	for range linesAbove {
		if line <= floor || r.data[line-1] != '\n' {
			return line
		}
		start := floor + bytes.LastIndexByte(r.data[floor:line-1], '\n') + 1
		text := bytes.TrimSpace(r.data[start:line])
		if start == floor && floor > 0 || len(text) == 0 || text[0] == '[' || text[len(text)-1] == ':' {
			return line
		}
		line = start
	}
	return line
}

// nearby reads the assignments whose operators lie between from and limit. The
// line of the keyword begins at line, or is long; -1 keeps to that line.
func (r *assigner) nearby(from, limit, line int, emit func(Match)) {
	limit = min(limit, len(r.data))
	floor, names, lines := from, 0, 0
	for p := from; p < limit && names < maxNames; p++ {
		if !nearBytes.has(r.data[p]) {
			continue
		}
		var name mudlark.Span
		var ok bool
		switch c := r.data[p]; c {
		case '\n':
			if lines++; line < 0 || lines > nearLines || r.beginsBlock(p+1, line) {
				return
			}
			floor = p + 1
			continue
		case '=', ':', '>', '(', ',':
			name, ok = r.nameBefore(p, floor)
			switch {
			case !ok:
			case c == '>':
				ok = r.byteAt(name.Start-1) == '<' || isQuote(r.byteAt(p-1))
			case c == '(':
				ok = name.End == p
			case c == ',':
				ok = isQuote(r.byteAt(p-1)) || namesCredential(r.data[name.Start:name.End])
			}
		case '-': // an option of a command, its value behind a blank
			if isBlankOrQuote(r.byteAt(p - 1)) {
				if m, glued := r.glued(p); glued {
					emit(m)
				}
				name, ok = r.option(p)
			}
		case ' ', '\t':
			if line < 0 {
				continue
			}
			name, ok = r.sayingName(p, floor)
		}
		// What follows the keyword on its line belongs to it, however it is called.
		if !ok || (from == line || lines > 0) && r.isForeign(name) {
			continue
		}
		names++
		r.readNear(name, emit)
		floor = p + 1
	}
}

// readNear reads the values of name, and, if that is a member which holds a name,
// those of the name in it. What is a word or an identifier is none.
func (r *assigner) readNear(name mudlark.Span, emit func(Match)) {
	proper := func(m Match) {
		if v := r.data[m.Secret.Start:m.Secret.End]; hasDigit(v) || !wordlike(v) {
			emit(m)
		}
	}
	r.read(name, proper)
	if !isNameMember(r.data[name.Start:name.End]) {
		return
	}
	if m, ok := r.assigned(name); ok && m.Secret.Len() <= maxName && nameBytes.hasAll(r.data[m.Secret.Start:m.Secret.End]) && !r.isForeign(m.Secret) {
		r.read(m.Secret, proper)
	}
}

// nearBytes are those that nearby looks at.
var nearBytes = byteSet{1<<'\n' | 1<<'\t' | 1<<' ' | 1<<'=' | 1<<':' | 1<<'>' | 1<<'(' | 1<<',' | 1<<'-', 0, 0, 0}

// nameBefore returns the name that ends at end, but for quotes, brackets and
// blanks.
func (r *assigner) nameBefore(end, floor int) (mudlark.Span, bool) {
	for n := 0; n < 4 && end > floor; n++ {
		switch r.data[end-1] {
		case ' ', '\t', '"', '\'', '`', ']', '\\', '*':
			end--
			continue
		}
		break
	}
	start := end
	for start > floor && end-start <= maxName && nameBytes.has(r.data[start-1]) {
		start--
	}
	if start > 0 && r.data[start-1] == '\\' && start < end && isLetter(r.data[start]) { // the letter of an escape
		start++
	}
	for start < end && isJoint(r.data[start]) {
		start++
	}
	for end > start && isJoint(r.data[end-1]) {
		end--
	}
	return mudlark.Span{Start: start, End: end}, start < end && end-start <= maxName
}

// option returns the name of the option that begins at p, if a blank ends it.
func (r *assigner) option(p int) (name mudlark.Span, ok bool) {
	for r.byteAt(p) == '-' {
		p++
	}
	end := p
	for end < min(len(r.data), p+maxName) && nameBytes.has(r.data[end]) {
		end++
	}
	return mudlark.Span{Start: p, End: end}, end > p && isBlank(r.byteAt(end))
}

// glued reads an option of one letter whose value follows directly, as in
// "mysql -psecret". The options of most programs are spelled like that, so the
// value has a digit.
func (r *assigner) glued(p int) (Match, bool) {
	name := mudlark.Span{Start: p + 1, End: p + 2}
	if !isLetter(r.byteAt(p+1)) || bareEnds.has(r.byteAt(p+2)) {
		return Match{}, false
	}
	v, ok := r.value(p + 2)
	if !ok || !isQuote(r.byteAt(p+2)) && (v.Len() < 6 || v.Start != p+2 || !hasDigit(r.data[v.Start:v.End])) {
		return Match{}, false
	}
	return Match{Whole: mudlark.Span{Start: p + 1, End: v.End}, Secret: v, Key: name}, true
}

// sayingName returns the word before the blank at p, if it is one that text
// calls a credential, or the first of its line: no operator may follow it.
func (r *assigner) sayingName(p, floor int) (name mudlark.Span, ok bool) {
	if p == floor || !isWord(r.data[p-1]) || !endsLikeCredential(r.data[floor:p]) {
		return mudlark.Span{}, false
	}
	start := p
	for start > floor && p-start < maxName && nameBytes.has(r.data[start-1]) {
		start--
	}
	if start < p && isJoint(r.data[start]) {
		return mudlark.Span{}, false // an option has been read
	}
	name = mudlark.Span{Start: start, End: p}
	switch c := r.byteAt(r.skipBlanks(p)); c {
	case '=', ':', '-', '>', '(', ',':
		return name, false // will be seen there
	}
	return name, start < p && namesCredential(r.data[start:p])
}

// endsLikeCredential reports whether the last two letters of word are those of one
// that namesCredential knows. Most words are told from these by that.
func endsLikeCredential(word []byte) bool {
	n := len(word)
	if n < 2 {
		return false
	}
	switch [2]byte{word[n-2] | 0x20, word[n-1] | 0x20} {
	case [2]byte{'e', 'y'}, [2]byte{'e', 'n'}, [2]byte{'e', 't'}, [2]byte{'r', 'd'}, [2]byte{'w', 'd'}, [2]byte{'s', 's'},
		[2]byte{'a', 't'}, [2]byte{'a', 'l'}, [2]byte{'l', 's'}, [2]byte{'t', 'h'}, [2]byte{'o', 'n'}:
		return true
	}
	return false
}

// namesCredential reports whether word ends in one of those that credentials
// are called by.
func namesCredential(word []byte) bool {
	for _, end := range [...]string{"key", "token", "secret", "password", "passwd", "pwd", "pass", "pat", "credential", "credentials", "auth", "authorization"} {
		if n := len(word) - len(end); n >= 0 && hasPrefixFold(word[n:], end) {
			return true
		}
	}
	return false
}

// beginsBlock reports whether the line at p begins another block than the one
// that a keyword on the line at line heads: the heading of a section, or a
// member that is not deeper and has members of its own.
func (r *assigner) beginsBlock(p, line int) bool {
	q := r.skipBlanks(p)
	if r.byteAt(q) == '[' && isLetter(r.byteAt(q+1)) {
		return true
	}
	if q-p > r.skipBlanks(line)-line {
		return false
	}
	for q < len(r.data) && q < p+maxName && nameBytes.has(r.data[q]) {
		q++
	}
	return r.byteAt(q) == ':' && isLineEnd(r.byteAt(q+1))
}

// isForeign reports whether name says whose credential it is, so that it is not
// the keyword's: one of its words is long and none of those that credentials of
// all kinds are called by.
func (r *assigner) isForeign(name mudlark.Span) bool {
	text := r.data[name.Start:name.End]
	text = text[bytes.LastIndexByte(text, '.')+1:] // what it is a member of does not tell
	for len(text) > 0 {
		n := 0
		for n < len(text) && isLetter(text[n]) && (n == 0 || text[n]&0x20 != 0 || text[n-1]&0x20 == 0) {
			n++
		}
		if n > 4 && !isCommonWord(text[:n]) {
			return true
		}
		text = text[max(n, 1):]
	}
	return false
}

func isCommonWord(word []byte) bool {
	var room [16]byte
	if len(word) > len(room) {
		return false
	}
	switch string(lowered(room[:0], word)) {
	case "token", "tokens", "apikey", "apikeys", "secret", "secrets", "password", "passwd", "passphrase", "authtoken", "accesstoken",
		"secretkey", "clientsecret", "accesskey", "access", "client", "application", "private", "public", "account", "service", "admin",
		"bearer", "authorization", "value", "default", "production", "development", "stage", "staging", "sandbox", "master", "personal",
		"integration", "server", "webhook", "header", "headers", "credential", "credentials", "config", "login", "string", "license",
		"licence", "write", "deploy", "project", "workspace", "organization", "consumer", "refresh", "session", "signing", "signature",
		"shared", "encryption", "oauth", "basic", "const", "static", "primary", "secondary", "email", "username", "global", "first",
		"second", "appkey", "authkey", "auth_token", "usertoken", "apisecret", "apitoken", "privatekey", "appsecret", "connect",
		"authenticate", "session_token", "subscription", "partner", "merchant", "publishable", "ingest", "ingestion", "install",
		"setapikey", "restricted", "export", "security", "tokenkey", "appid", "claim", "hello", "world", "search", "query", "param", "basicauth", "xapikey":
		return true
	}
	return false
}
