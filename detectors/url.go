package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// url finds passwords in addresses: scheme://user:password@host, also those
// that hold "@", ":" or "/" unescaped, parameters such as ?user=a&password=b of
// addresses that are not the web's, and Go's user:password@tcp(host)/db. The
// match's key is the scheme, with "jdbc:" if that stands before it; a rule's
// expression is tried on that.
//
// Keywords are "://", the same as JSON escapes it, "@tcp(" and "@unix(". What is
// read lies on the keyword's line.
type url struct{}

const (
	maxScheme  = 40
	maxAddress = 600 // bytes behind "://"
	minToken   = 16  // of a token that stands for user and password
)

// Detect implements Detector.
func (url) Detect(data []byte, at mudlark.Span, emit func(Match)) {
	if data[at.Start] == '@' {
		goAddress(data, at, emit)
		return
	}
	scheme := schemeBefore(data, at.Start)
	if scheme.Len() == 0 {
		return
	}
	rest := addressAt(data, at.End)
	a := address{data: data, scheme: scheme, start: at.End, text: rest}
	if m, ok := a.userinfo(); ok {
		emit(m)
	} else if m, ok := a.parameter(); ok {
		emit(m)
	}
}

// schemeBefore returns the scheme that ends at end, with what precedes it as in
// "jdbc:mysql".
func schemeBefore(data []byte, end int) mudlark.Span {
	start := end
	for start > 0 && end-start < maxScheme && isSchemeByte(data[start-1]) {
		start--
	}
	for start < end && !isLetter(data[start]) {
		start++
	}
	if i := bytes.LastIndexByte(data[start:end], ':'); i >= 0 {
		from := bytes.LastIndex(data[start:end], []byte("jdbc:"))
		if from < 0 {
			from = i + 1
		}
		start += from
	}
	return mudlark.Span{Start: start, End: end}
}

func isSchemeByte(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '+' || c == '-' || c == '.' || c == ':'
}

// addressAt returns what may belong to an address: all up to a blank, a quote or
// another sign that ends one.
func addressAt(data []byte, start int) []byte {
	text := data[start:min(len(data), start+maxAddress)]
	for i, c := range text {
		if c <= ' ' || c == '"' || c == '\'' || c == '`' || c == '\\' || c == 0x7f {
			return text[:i]
		}
	}
	return text
}

// An address is what stands behind "://".
type address struct {
	data   []byte
	scheme mudlark.Span
	start  int
	text   []byte
}

// web reports whether the address is one of the web, of which many hold an "@"
// in their path.
func (a *address) web() bool {
	scheme := a.data[a.scheme.Start:a.scheme.End]
	return hasPrefixFold(scheme, "http") || hasPrefixFold(scheme, "ws") || bytes.HasSuffix(scheme, []byte("http")) || bytes.HasSuffix(scheme, []byte("https"))
}

// userinfo reads user and password before the host.
func (a *address) userinfo() (m Match, ok bool) {
	at := a.endOfUserinfo()
	if at < 0 {
		return m, false
	}
	host := hostOf(a.text[at+1:])
	if len(host) == 0 {
		return m, false
	}
	l := login{scheme: a.data[a.scheme.Start:a.scheme.End], host: host}
	colon := bytes.IndexByte(a.text[:at], ':')
	if colon < 0 {
		if !a.web() {
			return m, false
		}
		colon = at
	}
	l.user = a.text[:colon]
	secret := mudlark.Span{Start: a.start + min(colon+1, at), End: a.start + at}
	if l.password = a.text[min(colon+1, at):at]; isTokenMark(l.password) {
		// A token stands for both. Of 32 hexadecimal digits it is the public
		// part of an address to report errors to.
		if len(l.user) < minToken || isWeakPassword(l.user) || !hasDigit(l.user) || len(l.user) == 32 && isDigest(l.user) {
			return m, false
		}
		secret = mudlark.Span{Start: a.start, End: a.start + colon}
		l.user, l.password = nil, l.user
	}
	if !isUserName(l.user) {
		return m, false
	}
	return a.match(l, secret, at+1+len(host))
}

func (a *address) match(l login, secret mudlark.Span, end int) (m Match, ok bool) {
	grade, ok := l.grade()
	return Match{Whole: mudlark.Span{Start: a.scheme.Start, End: a.start + end}, Secret: secret, Key: a.scheme, Grade: grade}, ok
}

// isTokenMark reports whether a password says that the user's name is the token.
func isTokenMark(password []byte) bool {
	switch string(password) {
	case "", "x-oauth-basic", "x", "X", "oauth2":
		return true
	}
	return false
}

func hasDigit(text []byte) bool {
	for _, c := range text {
		if isDigit(c) {
			return true
		}
	}
	return false
}

// endOfUserinfo returns where the "@" before the host stands, or -1. A password
// may hold that sign, and, where it cannot be a path, a slash.
func (a *address) endOfUserinfo() int {
	authority := a.text
	if i := bytes.IndexAny(authority, "/?#"); i >= 0 {
		authority = authority[:i]
	}
	if i := bytes.LastIndexByte(authority, '@'); i > 0 {
		return i
	}
	colon := bytes.IndexByte(authority, ':')
	if colon < 0 || a.web() || len(authority) == len(a.text) || isPort(authority[colon+1:]) {
		return -1
	}
	i := bytes.LastIndexByte(a.text, '@')
	if i <= colon || !hasDigit(a.text[colon:i]) || bytes.IndexByte(hostOf(a.text[i+1:]), '.') < 0 || isStandIn(a.text[colon+1:i]) {
		return -1
	}
	return i
}

func isPort(text []byte) bool {
	for _, c := range text {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// hostOf returns the name of the host that text begins with. It may be a
// variable.
func hostOf(text []byte) []byte {
	if len(text) == 0 || !isWord(text[0]) && bytes.IndexByte([]byte("[{(%$<"), text[0]) < 0 {
		return nil
	}
	if text[0] == '[' {
		if i := bytes.IndexByte(text, ']'); i > 0 {
			return text[:i+1]
		}
	}
	for i, c := range text {
		if !isWord(c) && c != '.' && c != '-' && bytes.IndexByte([]byte("{}$%()<>"), c) < 0 {
			return text[:i]
		}
	}
	return text
}

// isUserName reports whether text may be a user's name in an address.
func isUserName(text []byte) bool {
	if len(text) > 200 {
		return false
	}
	for _, c := range text {
		if !isWord(c) && c < 0x80 && bytes.IndexByte([]byte(".@-+!$%&=~*;,{}<>#"), c) < 0 {
			return false
		}
	}
	return true
}

// parameter reads a password among the address's parameters.
func (a *address) parameter() (m Match, ok bool) {
	if a.web() {
		return m, false
	}
	l := login{scheme: a.data[a.scheme.Start:a.scheme.End], host: hostOf(a.text)}
	var secret mudlark.Span
	for i := 0; i < len(a.text); {
		sep := bytes.IndexAny(a.text[i:], "?&;")
		if sep < 0 {
			break
		}
		i += sep + 1
		end := i
		for end < len(a.text) && a.text[end] != '&' && a.text[end] != ';' {
			end++
		}
		name, value, found := bytes.Cut(a.text[i:end], []byte("="))
		switch {
		case !found:
		case isOneOf(name, "password", "pwd", "passwd", "pass"):
			secret = mudlark.Span{Start: a.start + end - len(value), End: a.start + end}
			l.password = value
		case isOneOf(name, "user", "username", "uid"):
			l.user = value
		}
		i = end
	}
	if len(l.password) < 3 || bytes.ContainsAny(l.password, ",<>") {
		return m, false
	}
	return a.match(l, secret, secret.End-a.start)
}

func isOneOf(name []byte, words ...string) bool {
	for _, word := range words {
		if len(name) == len(word) && hasPrefixFold(name, word) {
			return true
		}
	}
	return false
}

// goAddress reads user:password@tcp(host:port)/db, the keyword being "@tcp(".
func goAddress(data []byte, at mudlark.Span, emit func(Match)) {
	start := at.Start
	for start > 0 && at.Start-start < maxLoginPassword && data[start-1] > ' ' && bytes.IndexByte([]byte("\"'`\\"), data[start-1]) < 0 {
		start--
	}
	if i := bytes.LastIndex(data[start:at.Start], []byte("://")); i >= 0 {
		start += i + 3
	} else if i := bytes.IndexByte(data[start:at.Start], '='); i >= 0 && i < bytes.IndexByte(data[start:at.Start], ':') {
		start += i + 1 // DSN=user:...
	}
	colon := bytes.IndexByte(data[start:at.Start], ':')
	if colon <= 0 || !isUserName(data[start:start+colon]) {
		return
	}
	host := addressAt(data, at.End)
	end := bytes.IndexByte(host, ')')
	if end < 0 {
		return
	}
	host = host[:end]
	if i := bytes.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	secret := mudlark.Span{Start: start + colon + 1, End: at.Start}
	l := login{scheme: []byte("mysql"), user: data[start : start+colon], password: data[secret.Start:secret.End], host: host}
	if grade, ok := l.grade(); ok && secret.Len() >= 3 {
		emit(Match{Whole: mudlark.Span{Start: start, End: at.End + end}, Secret: secret, Key: mudlark.Span{Start: at.Start, End: at.End}, Grade: grade})
	}
}
