package detectors

import (
	"bytes"
	"strings"
)

// implausible reports whether what a rule without a fixed form found looks like
// something else than a secret: the name of one, a path, a date, a version, a
// hash of public things.
func implausible(r *rule, data []byte, m *Match) bool {
	value := data[m.Secret.Start:m.Secret.End]
	key := data[m.Key.Start:m.Key.End]
	if len(key) > 0 && bytes.EqualFold(value, key) || isAffirmation(value) || isReference(value) {
		return true
	}
	if !r.generic {
		return false
	}
	if isPath(value) || isURL(value) || isNumber(value) || isUUID(value) || isDigest(value) && speaksOfDigests(data, m) {
		return true
	}
	if r.Guessable { // passwords are made of words, too
		return isText(value) || m.Secret.Start > 0 && !isQuote(data[m.Secret.Start-1]) && isIdentifier(value)
	}
	return isText(value) || isNamePath(value)
}

// isText reports whether value is words and nothing else.
func isText(value []byte) bool {
	for _, c := range value {
		if isDigit(c) || !isLetter(c) && !isSeparator(c) {
			return false
		}
	}
	return wordlike(value)
}

func isSeparator(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c == '/' || c == ':' || c == ' '
}

// isNamePath reports whether value is made of words: an identifier, members
// joined by dots, words joined by hyphens, with few digits among them. Short
// numbers that stand by themselves do not count.
func isNamePath(value []byte) bool {
	letters, digits, number := 0, 0, 0
	for i, c := range value {
		switch {
		case isLetter(c):
			letters++
			number = 0
		case isDigit(c):
			digits++
			if number > 0 || i == 0 || isSeparator(value[i-1]) {
				number++
			}
			if number > 0 && number <= maxNumber && (i+1 == len(value) || isSeparator(value[i+1])) {
				digits -= number
			}
		case isSeparator(c):
			number = 0
		default:
			return false
		}
	}
	return digits*3 <= letters && wordlike(value)
}

// maxNumber is how many digits a number has at most that counts objects.
const maxNumber = 6

// isIdentifier reports whether value is a name as programs have them: of several
// words, in camel case or joined.
func isIdentifier(value []byte) bool {
	if isDigit(value[0]) {
		return false
	}
	words := 1
	for i, c := range value {
		if !isWord(c) && c != '.' {
			return false
		}
		if c == '_' || c == '.' || i > 0 && isLetter(c) && c&0x20 == 0 && isLetter(value[i-1]) && value[i-1]&0x20 != 0 {
			words++
		}
	}
	return words > 1 && wordlike(value)
}

func isAffirmation(value []byte) bool {
	var room [12]byte
	switch string(lowered(room[:0], value[:min(len(value), len(room))])) {
	case "true", "false", "null", "none", "nil", "yes", "no", "undefined", "nan", "void", "self", "this":
		return true
	}
	return false
}

// isReference reports whether value says where the secret is instead of being
// it: a variable, a member, a look-up.
func isReference(value []byte) bool {
	if value[0] == '$' && len(value) > 1 && (value[1] == '{' || isVariable(value[1:])) || bytes.Contains(value, []byte("${")) || hasPrefixFold(value, `\$`) {
		return true
	}
	for _, prefix := range [...]string{
		"process.env", "os.environ", "os.getenv", "system.getenv", "env.", "env[", "env:", "secrets.", "vars.", "var.", "local.", "data.",
		"module.", "self.", "this.", "config.", "settings.", "props.", "params.", "options.", "args.", "ctx.", "request.", "req.",
		"arn:", "vault:", "secret:", "ssm:", "op://", "file:", "keyring:", "ref+", "gcp:", "enc[", "ansible", "!vault", "{cipher}",
		"projects/", "aws-sm:", "sops:", "http://localhost",
	} {
		if hasPrefixFold(value, prefix) {
			return true
		}
	}
	return false
}

// isPath reports whether value is a path of files.
func isPath(value []byte) bool {
	slashes := bytes.Count(value, []byte("/")) + bytes.Count(value, []byte(`\`))
	if slashes == 0 {
		return false
	}
	if c := value[0]; c == '/' || c == '~' || c == '.' {
		letters, digits := 0, 0
		for _, c := range value {
			letters += b2i(isLetter(c))
			digits += b2i(isDigit(c))
		}
		return letters >= 3*digits && wordlike(value) || bytes.HasPrefix(value, []byte("./")) || bytes.HasPrefix(value, []byte("../"))
	}
	letters, digits := 0, 0
	for _, c := range value {
		letters += b2i(isLetter(c))
		digits += b2i(isDigit(c))
	}
	return letters >= 3*digits && wordlike(value) || len(value) > 2 && value[1] == ':' && value[2] == '\\'
}

// isURL reports whether value is an address without a password in it.
func isURL(value []byte) bool {
	i := bytes.Index(value, []byte("://"))
	return i > 0 && i < 20 && bytes.IndexByte(value, '@') < 0
}

// isNumber reports whether value is a number, a version, a date or a time.
func isNumber(value []byte) bool {
	for i, c := range value {
		switch {
		case isDigit(c), strings.IndexByte(".-:+/TZ, ", c) >= 0:
		case (c == 'v' || c == 'V') && i == 0, c == 'x' && i == 1:
		default:
			return false
		}
	}
	return true
}

func isUUID(value []byte) bool {
	if len(value) == 38 && value[0] == '{' {
		value = value[1:37]
	}
	if len(value) != 36 {
		return false
	}
	for i, c := range value {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !isHex(c) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// isDigest reports whether value may be the digest of something.
func isDigest(value []byte) bool {
	if i := bytes.IndexByte(value, '-'); i > 0 && i < 8 && bytes.HasPrefix(value, []byte("sha")) {
		return true
	}
	switch len(value) {
	case 32, 40, 56, 64, 96, 128:
	default:
		return false
	}
	for _, c := range value {
		if !isHex(c) {
			return false
		}
	}
	return true
}

// speaksOfDigests reports whether the text before the secret, on its line,
// names a kind of digest.
func speaksOfDigests(data []byte, m *Match) bool {
	before := data[max(0, m.Secret.Start-80):m.Secret.Start]
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	var room [80]byte
	lower := lowered(room[:0], before)
	for _, word := range [...]string{"sha", "md5", "hash", "commit", "integrity", "checksum", "digest", "fingerprint", "revision", "etag", "thumbprint"} {
		if bytes.Contains(lower, []byte(word)) {
			return true
		}
	}
	return false
}
