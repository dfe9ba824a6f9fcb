package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// This file reads what text says of a name: "the password is ...". Text says
// much more of passwords than what they are, so that a value there is in quotes
// or has the looks of one.

// Bounds of what text holds.
const (
	maxWhom   = 48 // bytes of whose password it is
	minSaid   = 8  // of a value that a word comes before
	minSilent = 16 // of one that has nothing before it
)

// said reads what text says of name at q, apart from it or directly behind.
func (r *assigner) said(name mudlark.Span, q int, apart bool) (mudlark.Span, bool) {
	if before := r.byteAt(name.Start - 1); !apart || before == '$' || before == '%' || before == '/' || before == '@' {
		return mudlark.Span{}, false
	}
	p, ok := r.saying(name, q)
	if !ok && (r.byteAt(q) == '(' || r.startsWord(q, "for ") || r.startsWord(q, "of ")) {
		p, ok = r.sayingOfWhom(q)
	}
	if ok {
		return r.saidValue(p, minSaid)
	}
	if isQuote(r.byteAt(q)) || !namesCredential(r.data[name.Start:name.End]) {
		return mudlark.Span{}, false
	}
	v, ok := r.saidValue(q, minSilent)
	return v, ok && bytes.IndexByte(r.data[v.Start:v.End], ':') < 0 && !bytes.HasPrefix(r.data[v.Start:], []byte("--"))
}

// saying skips the word or the sign at p that says that a value follows.
func (r *assigner) saying(name mudlark.Span, p int) (int, bool) {
	for _, word := range [...]string{"is set to ", "is now ", "is: ", "is ", "was ", "=> ", "- ", "-- ", "\u2014 ", "\u2013 ", "\u2192 "} {
		if r.startsWord(p, word) {
			return p + len(word), true
		}
	}
	const to = "to "
	return p + len(to), r.startsWord(p, to) && r.setsBefore(name.Start)
}

// setsBefore reports whether the text before start says that something is set.
func (r *assigner) setsBefore(start int) bool {
	before := r.data[max(0, start-maxWhom):start]
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	var room [maxWhom]byte
	lower := lowered(room[:0], before)
	return bytes.Contains(lower, []byte("set ")) || bytes.Contains(lower, []byte("chang"))
}

func (r *assigner) startsWord(p int, word string) bool {
	return p < len(r.data) && r.data[p]|0x20 == word[0]|0x20 && hasPrefixFold(r.data[p:], word)
}

// sayingOfWhom skips whose credential it is, and what says that it follows.
func (r *assigner) sayingOfWhom(p int) (int, bool) {
	text := r.data[p:min(len(r.data), p+maxWhom)]
	for i, c := range text {
		switch {
		case c == ':' || c == '=':
			if next := r.byteAt(p + i + 1); next == c || next == '/' || next == '=' || !isBlank(next) && !isQuote(next) {
				return p, false
			}
			return p + i + 1, true
		case isBlank(c) && r.startsWord(p+i+1, "is "):
			return p + i + 1 + len("is "), true
		case isWord(c), isBlank(c), c == '@', c == '.', c == '-', c == '\'', c == '%', c == '`', c >= 0x80:
		case c == '(' && i == 0, c == ')' && text[0] == '(':
		default:
			return p, false
		}
	}
	return p, false
}

// saidValue reads a value in text.
func (r *assigner) saidValue(p, least int) (mudlark.Span, bool) {
	p = r.skipBlanks(p)
	if isQuote(r.byteAt(p)) {
		v, ok := r.quoted(p)
		return v, ok && bytes.IndexByte(r.data[v.Start:v.End], ' ') < 0
	}
	v, ok := r.bareWord(p)
	if !ok {
		return v, false
	}
	for v.End > v.Start && (r.data[v.End-1] == '.' || r.data[v.End-1] == ':' || r.data[v.End-1] == '!' || r.data[v.End-1] == '?') {
		v.End--
	}
	return v, v.Len() >= least && looksSecret(r.data[v.Start:v.End])
}

// saidOnLine reads a value that is all of the line at p, as in text behind a colon.
func (r *assigner) saidOnLine(p int) (mudlark.Span, bool) {
	v, ok := r.saidValue(p, minSilent)
	if end := r.skipBlanks(r.afterQuote(v.End)); !ok || end < len(r.data) && !isLineEnd(r.data[end]) {
		return v, false
	}
	return v, v.Len() >= minSilent && looksSecret(r.data[v.Start:v.End]) && !bytes.ContainsAny(r.data[v.Start:v.End], ":=")
}

// qualified returns name with the word before it if they are one name in text:
// "API key". In programs the word would be a type or the like.
func (r *assigner) qualified(name mudlark.Span) mudlark.Span {
	if r.byteAt(name.Start-1) != ' ' || !isLetter(r.byteAt(name.Start-2)) {
		return name
	}
	word := r.wordBefore(name.Start)
	var room [12]byte
	switch string(lowered(room[:0], word)) {
	case "api", "access", "secret", "auth", "client", "app", "application", "personal", "service", "account", "admin", "bearer", "user",
		"master", "encryption", "signing", "license", "licence", "consumer", "deploy", "refresh", "bot", "webhook", "csrf", "page", "next",
		"device", "session", "security", "reset", "root", "database", "db", "integration", "project", "product", "activation", "primary",
		"secondary", "subscription", "shared", "id", "login", "wifi", "email":
		name.Start -= 1 + len(word)
	}
	return name
}

// looksSecret reports whether text holds letters and digits, but is no word with
// a number, nor a path, an address or a member of something.
func looksSecret(text []byte) bool {
	letters, digits, changes := 0, 0, 0
	for i, c := range text {
		switch {
		case isLetter(c):
			letters++
		case isDigit(c):
			digits++
		case c == '/' && i < 2, c == '(', c == '[', c == '$', c == '<', c >= 0x80:
			return false
		}
		if i > 0 && isDigit(c) != isDigit(text[i-1]) {
			changes++
		}
	}
	if letters == 0 || digits == 0 || bytes.Contains(text, []byte("://")) {
		return false
	}
	return changes > 1 && !(digits*4 <= letters && wordlike(text)) || changes == 1 && len(text) >= minSilent && !wordlike(text)
}
