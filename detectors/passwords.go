package detectors

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
)

// This file holds the checks of passwords that rules can name. Like a checksum
// each tells what was made up for show, which is graded low.

// realPassword: it is no dummy that everybody knows, and no place-holder.
func realPassword(s []byte) bool {
	grade, ok := login{password: s, host: []byte("10.0.0.1")}.grade()
	return ok && grade == 0
}

// strongPassword: it is not made of words, either. It serves where prose and
// manuals look like the real thing.
func strongPassword(s []byte) bool {
	return realPassword(s) && !isWeakPassword(s)
}

// basicAuth: it is user and password, joined by a colon, in base64.
func basicAuth(s []byte) bool {
	text, ok := printableBase64(s)
	user, password, found := bytes.Cut(text, []byte(":"))
	if !ok || !found || len(password) == 0 && len(user) == 0 {
		return false
	}
	if len(password) == 0 { // the user is a key
		return strongPassword(user)
	}
	if isDummyUser(user) {
		return strongPassword(password)
	}
	return realPassword(password) && !(login{user: user}).repeats(password) && (!isWeakPassword(password) || len(password) > 7)
}

// encodedPassword: it is a password in base64.
func encodedPassword(s []byte) bool {
	text, ok := printableBase64(s)
	return ok && realPassword(bytes.TrimSpace(text))
}

// printableBase64 decodes text of one line.
func printableBase64(s []byte) ([]byte, bool) {
	text := bytes.TrimRight(s, "=")
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(raw, text)
	raw = raw[:n]
	if err != nil || n == 0 {
		return nil, false
	}
	for _, c := range bytes.TrimRight(raw, "\r\n") {
		if c < ' ' || c == 0x7f {
			return nil, false
		}
	}
	return raw, true
}

// cisco7 reports whether a password that a router hides is text. The first two
// digits say where in a fixed key the hiding begins.
func cisco7(s []byte) bool {
	const key = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
	if len(s) < 4 || !isDigit(s[0]) || !isDigit(s[1]) {
		return false
	}
	at := int(s[0]-'0')*10 + int(s[1]-'0')
	raw, err := hex.DecodeString(string(s[2:]))
	if err != nil || at > 15 {
		return false
	}
	for i := range raw {
		if raw[i] ^= key[(at+i)%len(key)]; raw[i] < ' ' || raw[i] > '~' {
			return false
		}
	}
	return true
}
