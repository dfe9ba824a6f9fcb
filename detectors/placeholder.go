package detectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxPlaceholder is the length beyond which a value is no placeholder: nobody
// writes that many letters for show.
const maxPlaceholder = 512

// maxShort is the length beyond which a value holds a short word by chance.
const maxShort = 100

// placeholderKind says what a value is that is visibly put there for a real one,
// or nothing: one letter over and over, the alphabet, a word such as "example".
// If strict is not set, the value has a form of its own, of which chance makes
// any short word now and then; then only what cannot be chance counts.
func placeholderKind(value []byte, strict bool) string {
	if len(value) > maxPlaceholder {
		return ""
	}
	body := afterPrefix(value)
	switch {
	case monotonous(body):
		return "few characters, or runs of neighbours"
	case repeating(body):
		return "one piece over and over"
	case enclosed(value):
		return "brackets to be filled"
	case isPublic(value):
		return "a value that is known to be public"
	}
	var room [maxPlaceholder]byte
	lower := lowered(room[:0], value)
	for _, word := range unmistakable {
		if (len(word) >= 8 || len(value) <= maxShort) && bytes.Contains(lower, []byte(word)) {
			return "a word that says so"
		}
	}
	switch {
	case strict && (isTrivial(string(lower)) || isDummy(lower)):
		return "a word that protects nothing"
	case strict && isKnownLogin(value):
		return "base64 of a login for show"
	}
	return ""
}

// isDummy reports whether a usual dummy is much of a value. Passwords often hold
// the word itself, and are then only doubted.
func isDummy(lower []byte) bool {
	for _, word := range dummies {
		if len(word)*5 >= len(lower)*2 && holdsDummyWord(lower, word) && word != "password" && word != "passwd" {
			return true
		}
	}
	return false
}

// holdsDummyWord reports whether lower holds a word of dummies. A short one that
// other words hold, too, must begin a word: "enter" is in "carpenter".
func holdsDummyWord(lower []byte, word string) bool {
	for from := 0; ; {
		i := bytes.Index(lower[from:], []byte(word))
		if i < 0 {
			return false
		}
		if i += from; i == 0 || !isLetter(lower[i-1]) || !isInOthers(word) {
			return true
		}
		from = i + 1
	}
}

// isInOthers reports whether words of the language hold a dummy by chance.
func isInOthers(word string) bool {
	switch word {
	case "testing", "sample", "dummy", "fake", "mock", "lorem", "ipsum", "todo", "tbd", "null", "your", "hello", "world", "enter", "insert", "replace", "change",
		"default", "wrong", "unset", "empty", "none", "blank":
		return true
	}
	return false
}

// unmistakable words are so long that random text does not hold them.
var unmistakable = []string{
	"example", "changeme", "change_me", "change-me", "placeholder", "redacted", "your_", "your-", "xxxxxxxx", "dummydummy",
	"insert_", "replace_", "replace-", "replaceme", "notarealkey", "not_a_real", "not-a-real", "fake_", "fake-", "deadbeefdeadbeef",
	"wjalrxutnfemi", "abcdefghijkl", "0123456789abcdef", "00000000000", "removed", "sanitized", "masked", "censored",
}

// googleChat is the SHA-256 of the Google API key that every webhook address of
// Google Chat holds.
const googleChat = "74170575123fcbfc8a830f337f5f67000e6f0933c6e39c30b727d2d8155b2dcd"

// isPublic reports whether value is known to be no secret for anyone.
func isPublic(value []byte) bool {
	if bytes.HasPrefix(value, []byte("Eby8vdM02xNOcqF")) { // the account of a storage emulator
		return true
	}
	if len(value) != 39 || string(value[:4]) != "AIza" {
		return false
	}
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:]) == googleChat
}

// dummies are words that values of no fixed form often hold when they are not
// meant.
var dummies = []string{
	"test123", "testing", "foobar", "foo_bar", "foo-bar", "barfoo", "sample", "dummy", "fake", "mock", "secret123", "password", "passwd",
	"12345678", "qwerty", "asdf", "lorem", "ipsum", "todo", "fixme", "tbd", "xxxx", "****", "....", "null", "undefined", "secretkey",
	"secret_key", "secret-key", "my_secret", "mysecret", "my-secret", "some_secret", "some-secret", "somesecret", "supersecret",
	"super_secret", "super-secret", "topsecret", "yoursecret", "your", "mytoken", "my_token", "my-token", "my_password", "mypassword",
	"my-password", "api_key", "apikey", "api-key", "access_key", "hello", "world", "enter", "insert", "replace", "change", "default",
	"unknown", "invalid", "wrong", "letmein", "notset", "not_set", "not-set", "unset", "empty", "none", "blank", "correct horse",
	"hogehoge", "blah", "abcd1234", "abc123", "1234abcd", "a1b2c3", "deadbeef", "cafebabe", "ci_job_token", "localhost",
}

// isKnownLogin reports whether value is base64 of a login that documents use:
// user:pass, username:password, test:test, admin:admin, Aladdin:open sesame,
// foo:bar, password.
func isKnownLogin(value []byte) bool {
	for _, begin := range [...]string{
		"dXNlcjpwYXNz", "dXNlcm5hbWU6cGFzc3dvcmQ", "dGVzdDp0ZXN0", "YWRtaW46YWRtaW4", "QWxhZGRpbjpvcGVu", "QWxhZGRpbjpPcGVu", "YWxhZGRpbjpvcGVu", "Zm9vOmJhcg", "cGFzc3dvcmQ",
	} {
		if bytes.HasPrefix(value, []byte(begin)) {
			return true
		}
	}
	return false
}

// isTrivialToo is isTrivial with signs around the word: "admin@123", which
// somebody may have chosen.
func isTrivialToo(lower []byte) bool {
	return isTrivialWithin(string(lower), "0123456789_-!@#$%*. ")
}

// isTrivial reports whether a value protects nothing, or names what should stand
// there.
func isTrivial(lower string) bool { return isTrivialWithin(lower, "0123456789_-") }

// maxTrivialNumber is how many digits people put to such a word.
const maxTrivialNumber = 8

// isTrivialWithin looks at the word that is left without the characters around it.
func isTrivialWithin(lower, around string) bool {
	word := strings.Trim(lower, around)
	number := 0
	for i := range len(lower) {
		number += b2i(isDigit(lower[i]))
	}
	if number > maxTrivialNumber && len(word) > 0 {
		return false
	}
	switch word {
	case "pass", "pw", "pwd", "password", "passwd", "passphrase", "hunter", "supersecret", "argon", "pbkdf", "bcrypt", "scrypt", "sha", "md", "utf", "rfc", "aes", "secret", "token", "key", "user", "username", "test", "tests", "tester", "admin", "administrator", "root",
		"guest", "demo", "foo", "bar", "baz", "abc", "abcd", "abcdef", "value", "string", "str", "text", "data", "bool", "true", "false",
		"yes", "no", "nil", "on", "off", "toor", "welcome", "login", "auth", "bearer", "basic", "credential", "credentials", "private",
		"public", "required", "optional", "none", "postgres", "mysql", "redis", "mongo", "rabbitmq", "elastic", "minio", "minioadmin",
		"sa", "oracle", "vagrant", "docker", "ubuntu", "pi", "raspberry", "temp", "tmp", "dev", "prod", "staging", "local":
		return true
	}
	return false
}

// afterPrefix returns what follows the fixed beginning of a token, such as
// "ghp_".
func afterPrefix(value []byte) []byte {
	for i := min(len(value)/2, 16) - 1; i > 0; i-- {
		if c := value[i]; c == '_' || c == '-' || c == '.' || c == ':' {
			return value[i+1:]
		}
	}
	return value
}

// enclosed reports whether value stands in brackets that say: put yours here.
func enclosed(value []byte) bool {
	if len(value) < 2 {
		return false
	}
	first, last := value[0], value[len(value)-1]
	return first == '<' && last == '>' || first == '[' && last == ']' || first == '{' && last == '}' ||
		first == '%' && last == '%' || first == '$' && len(value) > 2 && (value[1] == '{' || value[1] == '(') || bytes.HasPrefix(value, []byte("{{"))
}

// monotonous reports whether body holds very few characters, or mostly runs of
// one character or of neighbours such as "abcdef" and "98765".
func monotonous(body []byte) bool {
	if len(body) < 6 {
		return len(body) > 2 && distinct(body) == 1
	}
	if n := distinct(body); n <= 2 || n <= 3 && len(body) >= 16 {
		return true
	}
	in := 0 // bytes in runs of five or more
	for i := 0; i < len(body); {
		j := i + 1
		for step := stepOf(body, i); j < len(body) && step != noStep && stepOf(body, j-1) == step; j++ {
		}
		if j-i >= 5 {
			in += j - i
		}
		i = max(j-1, i+1)
	}
	return in*2 >= len(body)
}

func distinct(body []byte) (n int) {
	var seen byteSet
	for _, c := range body {
		if !seen.has(c) {
			seen.add(c)
			n++
		}
	}
	return n
}

const noStep = 99

// stepOf returns how the byte at i goes on: 0 for the same, 1 and -1 for the
// neighbours, else noStep.
func stepOf(body []byte, i int) int {
	if i+1 >= len(body) {
		return noStep
	}
	a, b := int(body[i]), int(body[i+1])
	switch {
	case a == '9' && b == '0':
		return 1
	case a == '0' && b == '9':
		return -1
	case a == 'z' && b == 'a', a == 'Z' && b == 'A':
		return 1
	case b-a >= -1 && b-a <= 1:
		return b - a
	}
	return noStep
}

// repeating reports whether body is a block over and over: at least twice if
// the block is long, three times if it is short.
func repeating(body []byte) bool {
	n := len(body)
	if n < 8 {
		return false
	}
	for period := 1; period <= n/2; period++ {
		if period > n/3 && n < 16 {
			break
		}
		if bytes.Equal(body[period:], body[:n-period]) {
			return true
		}
	}
	return false
}
