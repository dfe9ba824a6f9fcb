package detectors

import (
	"bytes"
	"strings"
)

// implausible says what a value that a rule without a fixed form found looks
// like, if that is no secret: the name of one, a path, a date, a version, a
// digest of public things.
func implausible(r *rule, data []byte, m *Match) string {
	value := data[m.Secret.Start:m.Secret.End]
	key := data[m.Key.Start:m.Key.End]
	switch {
	case bytes.HasSuffix(data[:m.Key.Start], []byte("v1:")):
		return "a fingerprint of ours"
	case bytes.HasSuffix(value, []byte("/udp")), bytes.HasSuffix(value, []byte("/tcp")):
		return "a port"
	case len(key) > 0 && bytes.EqualFold(value, key):
		return "the key's own name"
	case isAffirmation(value):
		return "a word of a programming language"
	case isReference(value):
		return "a reference to where the secret is"
	case !r.generic:
		return ""
	case isURL(value):
		return "an address"
	case isPath(value):
		return "a path"
	case isNumber(value) && !isLongNumber(value):
		return "a number, a date or a version"
	case isPublicKey(value):
		return "a public key or a certificate"
	case isIntegrity(value), isDigest(value) && speaksOfDigests(data, m):
		return "a digest"
	case isNamePath(value) && isListed(specimen{secret: value, match: data[m.Whole.Start:m.Whole.End], key: key}):
		return "a name in a list of names"
	case isPattern(value):
		return "a regular expression"
	case isSentence(value):
		return "a text for people"
	case isMarkup(value):
		return "a piece of a program or of markup"
	}
	switch last := value[len(value)-1]; {
	case value[0] == '+' && !isEncoding(value) && (last == ',' || last == '+'), bytes.HasSuffix(value, []byte("()")):
		return "an expression of a program"
	}
	if unquoted := m.Secret.Start == 0 || !isQuote(data[m.Secret.Start-1]); unquoted && isCode(data, m) {
		return "an expression of a program"
	}
	if r.Guessable { // passwords are made of words, too
		if isUUID(value) {
			return "a UUID"
		}
		if m.Secret.Start > 0 && !isQuote(data[m.Secret.Start-1]) && isIdentifier(value) {
			return "a name of a program"
		}
		return ""
	}
	switch {
	case len(value) < leastKey && r.naming != namesNothing && !looksDrawn(value):
		return "few characters that may mean something"
	case isText(value):
		return "words"
	case isConstant(value):
		return "the name of a constant, a type or a member"
	}
	return ""
}

// isPublicKey reports whether value is base64 of what anybody may have.
func isPublicKey(value []byte) bool {
	for _, begin := range [...]string{"AAAAB3NzaC1", "AAAAC3NzaC1", "AAAAE2VjZHNh", "MFkwEwYHKoZIzj0", "MIGfMA0GCSqGSIb3DQEB", "MIIBIjANBgkqhkiG9w0", "ssh-", "age1", "did:key:"} {
		if bytes.HasPrefix(value, []byte(begin)) {
			return true
		}
	}
	// An SPKI of RSA, or a certificate: its version and serial number come first.
	return bytes.HasPrefix(value, []byte("MII")) && (len(value) > 32 && bytes.Contains(value[:32], []byte("ANBgkqhkiG9w0BAQEFAAOC")) || len(value) > 12 && bytes.HasPrefix(value[4:], []byte("CCA")))
}

// isMarkup reports whether value holds quotes and brackets as what is written in a
// language has them: "<input name='password'>", or what stands between two strings.
func isMarkup(value []byte) bool {
	if !bytes.ContainsAny(value, "\"'`<>") {
		return false
	}
	for _, part := range [...]string{"='", "=\"", "=\\\"", "</", "/>", "' ", " '", "\" ", " \"", "', ", "','", "\",\"", "' +", "'+", "+'", "\"+", "+\"", "'.", ".'", "'>", "\">", "=>", "<%", "%>", "<?", "?>", "->", "'s ", "'t ", "<br", "< ", " >", "'(", "')", "\")", "']", "\"]", "\":", "':"} {
		if bytes.Contains(value, []byte(part)) {
			return true
		}
	}
	return !hasDigit(value) || value[0] == '<' && value[len(value)-1] == '>'
}

// isPattern reports whether value is a regular expression, such as of what a
// password must be.
func isPattern(value []byte) bool {
	for _, part := range [...]string{"]{", "[a-z", "[A-Z", "[0-9", "(?:", "(?=", "(?!", "(?i", `[\w`, `\w-`, `\w+`, `\d+`, `\d{`, "(.*"} {
		if bytes.Contains(value, []byte(part)) {
			return true
		}
	}
	return false
}

// isIntegrity reports whether value says itself that it is a digest, perhaps one
// that passwords are checked with.
func isIntegrity(value []byte) bool {
	if len(value) > 20 && value[0] == '$' && (value[2] == '$' || value[3] == '$') { // $2y$10$...
		return true
	}
	i := bytes.IndexAny(value, "-:")
	return i > 0 && i < 8 && (hasPrefixFold(value, "sha") || hasPrefixFold(value, "md5")) && len(value) > i+16
}

// isSentence reports whether value is a text that people are shown: letters of
// any script and what ends a sentence or a label.
func isSentence(value []byte) bool {
	wide, digits, blanks := 0, 0, 0
	for _, c := range value {
		digits += b2i(isDigit(c))
		blanks += b2i(c == ' ')
		wide += b2i(c >= 0x80)
	}
	if bytes.HasSuffix(value, []byte("..")) || wide*2 >= len(value) || blanks > 3 || blanks > 0 && wordlike(value) {
		return true
	}
	if digits > 0 {
		return false
	}
	switch last := value[len(value)-1]; {
	case last == ':', last == '.', last == '?' && wide > 0, bytes.HasSuffix(value, []byte("…")), bytes.HasSuffix(value, []byte("...")):
		return true
	}
	return wide*3 >= len(value)
}

// isConstant reports whether value is a name as programs have them for where a
// secret is: CLIENT_SECRET, mySecretKey, client_secret_name.
func isConstant(value []byte) bool {
	if isDigit(value[0]) {
		return false
	}
	capitals, small, digits := true, true, 0
	for _, c := range value {
		if !isWord(c) {
			return false
		}
		digits += b2i(isDigit(c))
		capitals, small = capitals && !isLower(c), small && !isUpper(c)
	}
	joined := bytes.IndexByte(value, '_') > 0
	if joined && capitals && digits*4 <= len(value) && !isRestless(value) {
		return true
	}
	for _, end := range [...]string{"Key", "Token", "Secret", "Password", "Credential", "Credentials", "Provider", "Value", "Name", "Type", "Config", "Func", "Handler", "Field", "Header"} {
		if bytes.HasSuffix(value, []byte(end)) && !isRestless(value) {
			return true
		}
	}
	if !joined || !small {
		return false
	}
	switch string(value[bytes.LastIndexByte(value, '_')+1:]) {
	case "key", "token", "secret", "password", "name", "id", "value":
		return true
	}
	return false
}

// isCode reports whether an unquoted value is part of a program: it holds
// operators, or a call or a member follows.
func isCode(data []byte, m *Match) bool {
	value := data[m.Secret.Start:m.Secret.End]
	if isEncoding(value) {
		return false
	}
	for i := 0; i+1 < len(value); i++ {
		switch string(value[i : i+2]) {
		case "->", "::", "+=", "==", "!=", "&&", "||", "()", ");", "[]", "+\"", "\"+", "},", "'+", "+'":
			return true
		}
	}
	switch value[0] {
	case '+', '=', '(', ')', '[', ']', '{', '}', ',', '|', '\\', '.':
		return true
	}
	if last := value[len(value)-1]; last == '(' || last == '=' && len(value) < 16 || last == '[' || last == '{' {
		return true
	}
	if end := m.Secret.End; end < len(data) && (data[end] == '(' || data[end] == '[') && isVariable(value) {
		return true
	}
	// The member or the pointer is the match's own: pwd->pw_uid.
	if between := data[min(m.Key.End, m.Secret.Start):m.Secret.Start]; bytes.Contains(between, []byte("->")) || bytes.Contains(between, []byte("!=")) {
		return true
	}
	i := bytes.IndexByte(value, '(')
	return i > 0 && isVariable(value[:i])
}

// isEncoding reports whether value is base64 of what a program made: the padding
// and the signs in it are no operators.
func isEncoding(value []byte) bool {
	text := bytes.TrimRight(value, "=")
	padding := len(value) - len(text)
	return len(text) >= leastKey && padding <= 2 && isBase64(text) && (isRestless(text) || padding > 0 && len(value)%4 == 0 && !wordlike(text))
}

// isText reports whether value is words and nothing else.
func isText(value []byte) bool {
	for _, c := range value {
		if isDigit(c) || !isLetter(c) && !isSeparator(c) {
			return false
		}
	}
	return wordlike(value) && !isRestless(value)
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
	return digits*3 <= letters && wordlike(value) && !isRestless(value)
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
	return words > 1 && wordlike(value) && !isRestless(value)
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
	if value[0] == '$' && len(value) > 2 && isLetter(value[1]) && (bytes.IndexByte(value, '[') > 0 || bytes.Contains(value, []byte("->"))) {
		return true
	}
	if value[0] == '$' && len(value) > 1 && (value[1] == '{' || isVariable(value[1:])) || bytes.Contains(value, []byte("${")) || bytes.Contains(value, []byte("{$")) || hasPrefixFold(value, `\$`) {
		return true
	}
	for _, prefix := range [...]string{
		"process.env", "os.environ", "os.getenv", "system.getenv", "env.", "env[", "env:", "secrets.", "vars.", "var.", "local.", "data.",
		"module.", "self.", "this.", "config.", "settings.", "props.", "params.", "options.", "args.", "ctx.", "request.", "req.",
		"arn:", "vault:", "secret:", "ssm:", "op://", "file:", "keyring:", "ref+", "gcp:", "enc[", "ansible", "!vault", "{cipher}",
		"projects/", "pkcs11:", "urn:", "tpm2:", "keychain:", "kms:", "akv:", "env://", "file//", "aws-sm:", "sops:", "http://localhost",
	} {
		if hasPrefixFold(value, prefix) {
			return true
		}
	}
	return false
}

// isPath reports whether value is a path of files: names that slashes part, or
// one that begins as a path does. Base64 has slashes, too, but is restless
// between them.
func isPath(value []byte) bool {
	slashes := bytes.Count(value, []byte("/")) + bytes.Count(value, []byte(`\`))
	if slashes == 0 || bytes.IndexByte(value, '+') >= 0 || value[len(value)-1] == '=' {
		return false
	}
	if len(value) > 2 && value[1] == ':' && (value[2] == '\\' || value[2] == '/') || bytes.HasPrefix(value, []byte("./")) || bytes.HasPrefix(value, []byte("../")) || bytes.HasPrefix(value, []byte("~/")) {
		return true
	}
	letters, digits := 0, 0
	for _, c := range value {
		letters += b2i(isLetter(c))
		digits += b2i(isDigit(c))
	}
	if isRestless(value) || letters < 3*digits {
		return false
	}
	return wordlike(value) || value[0] == '/' && slashes >= 2 && (digits == 0 || len(value) <= 6*slashes)
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

// isLongNumber reports whether value is longer than the numbers that count or
// name something, and than those of 64 bits.
func isLongNumber(value []byte) bool {
	for _, c := range value {
		if !isDigit(c) {
			return false
		}
	}
	return len(value) > 20
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
	for _, word := range [...]string{"shasum", "md5", "commit", "integrity", "checksum", "digest", "fingerprint", "revision", "etag", "thumbprint"} {
		if bytes.Contains(lower, []byte(word)) {
			return true
		}
	}
	return endsWordWith(lower, "sha") || endsWordWith(lower, "hash") || bytes.Contains(lower, []byte("hashes"))
}

// endsWordWith reports whether a word of text, in lower case, ends in end. Words
// that only hold it are others: "flash-api", "hashicorp".
func endsWordWith(text []byte, end string) bool {
	for {
		i := bytes.Index(text, []byte(end))
		if i < 0 {
			return false
		}
		if text = text[i+len(end):]; len(text) == 0 || !isLetter(text[0]) {
			return true
		}
	}
}
