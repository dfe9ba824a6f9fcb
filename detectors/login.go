package detectors

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/mudlark-scan/mudlark"
)

// A login is what a connection string holds: whom to sign in as, and where.
// Any part but the password may be empty.
type login struct{ scheme, user, password, host []byte }

// maxLoginPassword bounds what is taken for a password.
const maxLoginPassword = 256

// grade says how sure it is that the password opens something. It returns false
// if the password only holds the place of one: a variable, a format's verb, a
// word in brackets.
//
// What a program or a person made up at random counts wherever it points. Words
// count where the address is a machine's; those that everybody uses in texts and
// on fresh installations never do.
func (l login) grade() (mudlark.Confidence, bool) {
	if len(l.password) == 0 || len(l.password) > maxLoginPassword || isStandIn(l.password) {
		return mudlark.ConfidenceUnset, false
	}
	var room [maxLoginPassword]byte
	password := percentDecoded(room[:0], l.password)
	switch {
	case isStandIn(password):
		return mudlark.ConfidenceUnset, false
	case isDummyPassword(password) || l.repeats(password):
		return mudlark.Low, true
	case !isWeakPassword(password):
		if isExampleHost(l.host) && isDummyUser(l.user) && len(password) < 12 {
			return mudlark.Low, true
		}
		return mudlark.ConfidenceUnset, true
	case isDummyUser(l.user) || isExampleHost(l.host) || isNearHost(l.host):
		return mudlark.Low, true
	}
	return mudlark.ConfidenceUnset, true
}

// repeats reports whether the password says what stands beside it already, as in
// guest:guest.
func (l login) repeats(password []byte) bool {
	bare := bytes.TrimRight(password, "0123456789!")
	name, _, _ := bytes.Cut(l.host, []byte("."))
	for _, word := range [...][]byte{l.user, l.scheme, name} {
		if len(word) > 0 && (bytes.EqualFold(password, word) || bytes.EqualFold(bare, word)) {
			return true
		}
		if before, after, found := bytes.Cut(password, word); found && len(word) > 3 && isDummyPassword(before) && isDummyPassword(after) {
			return true
		}
	}
	return false
}

// percentDecoded appends text to room with what is percent-encoded decoded.
func percentDecoded(room, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) {
			n, _ := strconv.ParseUint(string(text[i+1:i+3]), 16, 8)
			room = append(room, byte(n))
			i += 2
			continue
		}
		room = append(room, text[i])
	}
	return room
}

// isStandIn reports whether value says what should stand there, in the manner of
// shells, templates, format strings, expressions and manuals.
func isStandIn(value []byte) bool {
	first, last := value[0], value[len(value)-1]
	switch {
	case bytes.IndexByte([]byte("<[{("), first) >= 0 && bytes.IndexByte([]byte(">]})"), last) >= 0,
		first == '%' && (len(value) == 2 && isLetter(last) || len(value) > 2 && last == '%'),
		first == '$' && len(value) > 1 && (value[1] == '{' || value[1] == '(' || isVariable(value[1:])),
		first == '!' && last == '!' && len(value) > 2,
		first == '@' && last == '@' && len(value) > 2,
		len(bytes.Trim(value, "*+.xX-_#?•…")) == 0:
		return true
	}
	for _, pair := range [...][2]string{{"${", "}"}, {"$(", ")"}, {"{{", "}}"}, {"#{", "}"}, {"<%", "%>"}, {"%(", ")"}, {"%{", "}"}, {`\(`, ")"}, {"[^", "]"}, {"(?", ")"}, {"ENV[", "]"}, {"(.", ")"}} {
		if i := bytes.Index(value, []byte(pair[0])); i >= 0 && bytes.Contains(value[i+len(pair[0]):], []byte(pair[1])) {
			return true
		}
	}
	for _, mark := range [...]string{"***", "$env:"} {
		if bytes.Contains(value, []byte(mark)) {
			return true
		}
	}
	if dots := []byte("..."); bytes.HasPrefix(value, dots) || bytes.HasSuffix(value, dots) {
		return true
	}
	if open, end := bytes.IndexByte(value, '{'), bytes.LastIndexByte(value, '}'); open >= 0 && end > open {
		if name := bytes.Trim(value[open+1:end], " ."); len(name) > 0 && isVariable(name) {
			return true
		}
	}
	return isConstantName(value)
}

// isConstantName reports whether value is a name in capitals, such as
// DB_PASSWORD or TOKEN.
func isConstantName(value []byte) bool {
	parts, letters := 1, 0
	for i, c := range value {
		switch {
		case 'A' <= c && c <= 'Z':
			letters++
		case isDigit(c) && i > 0:
		case c == '_' && i > 0:
			parts++
		default:
			return false
		}
	}
	if parts > 1 {
		return letters*3 >= 2*len(value)
	}
	return letters == len(value) && (len(value) < 4 || wordlike(value))
}

// dummyWords are what passwords are made of that are no secret: those of manuals
// and tests, and those that come with a program.
const dummyWords = " pass passwd password passwort passphrase passcode psswd passw word pwd pw psw secret secrets secure token key api apikey access " +
	"user username usr uname name login auth oauth oauth2 basic xoauthbasic account test tests tester testing admin adm administrator root toor " +
	"guest demo foo foobar bar baz qux quux spam eggs ham abc abcd abcdef abcdefg xyz qwerty qwertyuiop asdf asdfgh letmein welcome change changeme changeit changethis " +
	"example sample dummy fake mock default my me your you their our the this is a an to it not in some any new old no yes real really super top very sesame open aladdin " +
	"hunter hunter2 tiger scott sa db database dba pg postgres postgresql pgsql mysql mariadb redis redispass mongo mongodb rabbit rabbitmq bunny elastic elasticsearch " +
	"minio minioadmin clickhouse neo4j oracle vagrant docker ubuntu airflow celery sentry kafka nats mqtt ldap smtp ftp ssh http https proxy " +
	"squid server client service web site app application api backend dev devel development prod production staging local localhost host " +
	"anonymous nobody none null nil empty undefined blank string value text data hello world monkey dragon hidden insert replace removed redacted masked " +
	"foobared env are self am i dead beef cafe babe updated other sword pasword ssword temp tmp todo fixme placeholder private public internal simple stupid bad wrong invalid good right correct horse battery staple " +
	"supersecret topsecret magic one two three first second master slave primary replica read write reader writer only owner bob alice john jane doe joe jdoe " +
	"x xx xxx y z b c p u h q w1 here goes something something1 whatever please long weak strong random encoded escaped special chars with and or of for in "

// isDummyPassword reports whether value is made of dummy words alone, digits and
// signs aside; letters may be written as digits, as in p4ssw0rd.
func isDummyPassword(value []byte) bool {
	const most = 40
	if len(value) == 0 {
		return true
	}
	if len(value) > most {
		return monotonous(value)
	}
	if monotonous(value) || repeating(value) {
		return true
	}
	var rooms [2][most]byte
	plain, spelt := rooms[0][:0], rooms[1][:0]
	digits := 0
	for _, c := range value {
		switch {
		case isLetter(c):
			plain = append(plain, c|0x20)
		case isDigit(c):
			digits++
		case c >= 0x80 || digits > 6:
			return false
		}
		if at := bytes.IndexByte([]byte("01345@$!7"), c); at >= 0 {
			spelt = append(spelt, "oieasasit"[at])
		} else if isLetter(c) {
			spelt = append(spelt, c|0x20)
		}
	}
	if len(plain) == 0 { // digits and signs
		return len(value) < 6 || digits == 0 || isNumber(value) && len(value) < 10
	}
	return digits <= 6 && madeOfDummies(plain) || digits <= len(plain)/2+1 && madeOfDummies(spelt)
}

// madeOfDummies reports whether dummy words, one behind the other, make up text,
// of which there are few letters.
func madeOfDummies(text []byte) bool {
	var reached [64]bool
	reached[0] = true
	for i := range text {
		if !reached[i] {
			continue
		}
		for n := min(12, len(text)-i); n > 0; n-- {
			if isDummyWord(text[i : i+n]) {
				reached[i+n] = true
			}
		}
	}
	return reached[len(text)]
}

func isDummyWord(word []byte) bool {
	var room [16]byte
	spaced := append(append(append(room[:0], ' '), word...), ' ')
	return bytes.Contains([]byte(dummyWords), spaced)
}

// isWeakPassword reports whether value is words, perhaps with a number or a
// sign: somebody's password, or what an author thought of.
func isWeakPassword(value []byte) bool {
	letters, digits, others, turns := 0, 0, 0, 0
	for i, c := range value {
		switch {
		case isLetter(c):
			letters++
		case isDigit(c):
			digits++
		default:
			others++
		}
		if i > 0 && isLetter(c) != isLetter(value[i-1]) {
			turns++
		}
	}
	if len(value) < 6 || letters == len(value) && len(value) < 12 && isOneCase(value) || letters == len(value) && len(value) < 8 || letters == 0 && len(value) < 10 {
		return true
	}
	return (digits == 0 || turns <= 2 && digits <= 4) && others <= 4 && wordlike(value)
}

func isOneCase(letters []byte) bool {
	for _, c := range letters[1:] {
		if (c^letters[len(letters)-1])&0x20 != 0 {
			return false
		}
	}
	return true
}

// isDummyUser reports whether user is nobody in particular, as those of manuals
// are.
func isDummyUser(user []byte) bool {
	return isOneOf(bytes.TrimRight(user, "0123456789"), "user", "username", "usr", "foo", "bar", "baz", "foobar", "example", "dummy", "fake", "sample", "someuser",
		"some_user", "someone", "somebody", "bob", "alice", "joe", "john", "jane", "jdoe", "johndoe", "scott", "aladdin", "me", "you", "u", "name", "login",
		"myuser", "my_user", "youruser", "your_user", "yourusername", "myusername", "otheruser", "testuser", "test", "demo", "gopher", "usuario", "utente")
}

// isExampleHost reports whether host is set aside for documentation, or stands
// for another in most texts: RFC 2606, RFC 5737, RFC 3849 and habit.
func isExampleHost(host []byte) bool {
	var room [80]byte
	if len(host) == 0 || len(host) > len(room) {
		return false
	}
	name := string(lowered(room[:0], host))
	for _, end := range [...]string{"example.com", "example.org", "example.net", "example.edu", "example.io", "example.co.uk", ".example", ".test", ".invalid"} {
		if before, ok := cutSuffix(name, end); ok && (before == "" || end[0] == '.' || before[len(before)-1] == '.' || before[len(before)-1] == '-') {
			return true
		}
	}
	for _, begin := range [...]string{"192.0.2.", "198.51.100.", "203.0.113.", "[2001:db8:", "1.2.3.4", "your", "<", "{", "$", "%", "("} {
		if len(name) >= len(begin) && name[:len(begin)] == begin {
			return true
		}
	}
	return slices.Contains([]string{"foo.com", "bar.com", "foo.bar", "baz.com", "domain.com", "domain.tld", "host.com", "hostname.com", "server.com", "mydomain.com",
		"myserver.com", "mysite.com", "site.com", "website.com", "company.com", "test.com", "a.com", "b.com", "abc.com", "xyz.com", "some.host", "host.name",
		"acme.com", "myhost.com", "somewhere.com", "host.tld", "site.org", "foo.org", "test.org", "foo.net"}, name)
}

func cutSuffix(name, end string) (before string, found bool) {
	if len(name) < len(end) || name[len(name)-len(end):] != end {
		return name, false
	}
	return name[:len(name)-len(end)], true
}

// isNearHost reports whether host is this machine, or one that only neighbours
// know: a service of a composition of containers.
func isNearHost(host []byte) bool {
	if len(host) == 0 || bytes.IndexByte(host, '.') < 0 && host[0] != '[' {
		return true
	}
	for _, begin := range [...]string{"127.", "0.0.0.0", "[::1]", "[::]", "localhost.", "host.docker.internal"} {
		if hasPrefixFold(host, begin) {
			return true
		}
	}
	return false
}
