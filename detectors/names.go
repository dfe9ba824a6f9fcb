package detectors

import "bytes"

// A naming is what a key's name says of its value. The words of a name decide:
// the last one says what the thing is, those before it of what kind.
type naming uint8

const (
	namesNothing  naming = iota
	namesPassword        // db_password, passwort, adminPwd
	namesSecret          // client_secret, SECRET_KEY_BASE, encryptionKey
	namesKey             // apiKey, X-Api-Key, account_key
	namesToken           // access_token, DEPLOY_TOKEN, Authorization
)

// namingOf returns the naming that a rule asks for with a key such as
// "@password".
func namingOf(word string) (naming, bool) {
	switch word {
	case "@password":
		return namesPassword, true
	case "@secret":
		return namesSecret, true
	case "@key":
		return namesKey, true
	case "@token":
		return namesToken, true
	}
	return namesNothing, false
}

// A name is what was read of a key's name.
type name struct {
	naming
	vague bool // the name is also that of other things: "token", "pass"
	dummy bool // it says that the value is none in earnest: "test_password"
}

const (
	maxKey   = 160 // bytes of a name that is looked at
	maxWords = 24
)

// readName reads a key's name.
func readName(key []byte) name {
	if len(key) > maxKey {
		return name{}
	}
	var room [maxKey]byte
	list, count := splitName(lowered(room[:0], key), key)
	words := list[:count]
	for len(words) > 1 && isAside(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return name{}
	}
	n := nameOf(words)
	if n.naming == namesNothing {
		return n
	}
	for i, w := range words {
		if negates(i, words, n.naming) {
			return name{}
		}
		n.dummy = n.dummy || speaksOfTests(w)
	}
	n.vague = n.vague || n.naming == namesPassword && string(key) == "PWD" // a shell's working directory
	return n
}

// namesRecord reports whether a word of key says that it may name one of many
// requests, sessions or the like, as UUIDs do.
func namesRecord(key []byte) bool {
	if len(key) > maxKey {
		return false
	}
	var room [maxKey]byte
	words, n := splitName(lowered(room[:0], key), key)
	for _, w := range words[:n] {
		switch string(w) {
		case "id", "uuid", "guid", "request", "session", "trace", "correlation", "user", "row", "partition", "order", "job", "task", "lock", "lease", "subscription", "instrumentation", "routing", "transaction", "account", "license", "project":
			return true
		}
	}
	return false
}

// splitName cuts a name where separators stand and where a capital or a number
// begins, and returns how many words there are. Lower is key in lower case.
func splitName(lower, key []byte) (words [maxWords][]byte, n int) {
	start := 0
	for i := 0; i <= len(key) && n < maxWords; i++ {
		ends, skip := i == len(key), 0
		if !ends {
			c := key[i]
			switch {
			case !isLetter(c) && !isDigit(c) && c < 0x80:
				ends, skip = true, 1
			case i > 0:
				ends = isUpper(c) && (!isUpper(key[i-1]) || i+1 < len(key) && isLower(key[i+1])) || isDigit(c) != isDigit(key[i-1])
			}
		}
		if ends {
			if i > start {
				words[n] = lower[start:i]
				n++
			}
			start = i + skip
		}
	}
	return words, n
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// isAside reports whether a last word says nothing of what a thing is.
func isAside(w []byte) bool {
	if isDigit(w[0]) {
		return true
	}
	switch string(w) {
	case "value", "val", "text", "plain", "plaintext", "cleartext", "clear", "default", "prod", "production", "dev", "development", "staging", "stage", "live",
		"old", "new", "base", "raw", "str", "string", "env", "main", "current", "primary", "secondary", "db", "database", "root", "admin", "user",
		"master", "sandbox", "local", "test", "testing", "qa", "uat":
		return true
	}
	return false
}

// negates reports whether the word at i says that the name is not that of a
// secret. Few words say so wherever they stand. The others do in front of what
// the name ends with, as in next_page_token: farther away they tell whose it is,
// as in FB_PAGE_ACCESS_TOKEN.
func negates(i int, words [][]byte, names naming) bool {
	w, last := words[i], len(words)-1
	switch {
	case !isNegation(w):
		return false
	case isStrongNegation(w), i == last:
		return true
	case i == 0 && last <= 2 && isCheck(w) && isKind(words[1]): // check_api_key, of a function
		return true
	case i < last-1:
		return string(w) == "pre" && string(words[i+1]) == "master" // of TLS
	case string(w) == "verify": // webhook_verify_token
		return i == 0 || names != namesToken
	}
	return names != namesPassword || !hasPassword(w)
}

// isStrongNegation reports whether no name with this word is that of a secret.
func isStrongNegation(w []byte) bool {
	switch string(w) {
	case "public", "pub", "pubkey", "hash", "hashed", "hashes", "encrypted", "digest", "resumption", "premaster", "foreign", "idempotency", "authenticity",
		"csrfmiddleware", "placeholder", "regex", "pattern", "tokenizer":
		return true
	}
	return false
}

// isCheck reports whether a word is what is done with a secret.
func isCheck(w []byte) bool {
	switch string(w) {
	case "is", "are", "has", "no", "check", "verify", "verification", "validate", "require", "requires", "required", "missing", "show", "hide", "toggle", "confirm", "forgot", "forget", "reset", "ask", "prompt", "allow", "change", "lookup", "min", "max", "lex", "expired":
		return true
	}
	return false
}

// isKind reports whether a word before the last one says what kind of secret it is.
func isKind(w []byte) bool { return isSecretive(w) || isService(w) || isAccount(w) }

// hasPassword reports whether a word that negates names of keys is in front of
// "password" that of a thing which has one: cache_password.
func hasPassword(w []byte) bool {
	switch string(w) {
	case "cache", "page", "push", "device", "index", "sync", "message", "field", "exporter", "lookup", "theme", "design", "mask", "sort", "lock", "partition",
		"input", "prev", "traffic", "pre", "format", "type", "count", "error", "etag", "cursor", "column", "parser", "ptr", "struct":
		return true
	}
	return false
}

// nameOf says what words, without asides at the end, name.
func nameOf(words [][]byte) name {
	last := words[len(words)-1]
	before := words[:len(words)-1]
	prior := []byte(nil)
	if len(before) > 0 {
		prior = before[len(before)-1]
	}
	switch string(last) {
	case "pass", "pw":
		return name{naming: namesPassword, vague: prior == nil}.onlyIf(prior == nil || isAccount(prior))
	case "senha", "mdp", "heslo", "parola", "sifre":
		return name{naming: namesPassword}
	case "pwd", "clave", "parole":
		return name{naming: namesPassword, vague: prior == nil}
	case "passe":
		return name{naming: namesPassword}.onlyIf(string(prior) == "de")
	case "word", "phrase":
		return name{naming: namesPassword}.onlyIf(string(prior) == "pass")
	case "key":
		return keyOf(prior)
	case "secret":
		return name{naming: namesSecret, vague: prior == nil}
	case "token":
		return name{naming: namesToken, vague: prior == nil}
	case "bearer", "authorization":
		return name{naming: namesToken}
	case "auth", "credential", "credentials":
		return name{naming: namesToken, vague: true}
	}
	return joinedName(last)
}

func (n name) onlyIf(ok bool) name {
	if ok {
		return n
	}
	return name{}
}

// joinedName reads a name whose words are written as one: "dbpassword".
func joinedName(w []byte) name {
	for _, end := range [...]string{
		"password", "passwd", "passwrd", "passphrase", "passcode", "passwort", "kennwort", "motdepasse", "contrasena", "contraseña",
		"wachtwoord", "losenord", "lösenord", "adgangskode", "salasana", "jelszo", "haslo", "lozinka",
	} {
		if bytes.HasSuffix(w, []byte(end)) {
			return name{naming: namesPassword}
		}
	}
	for _, end := range [...]string{"pass", "pwd", "pw"} {
		if start, ok := bytes.CutSuffix(w, []byte(end)); ok && isAccount(start) {
			return name{naming: namesPassword}
		}
	}
	if start, ok := bytes.CutSuffix(w, []byte("key")); ok {
		return keyOf(start)
	}
	if start, ok := bytes.CutSuffix(w, []byte("secret")); ok {
		return name{naming: namesSecret}.onlyIf(isAccount(start) || isSecretive(start) || isService(start))
	}
	if start, ok := bytes.CutSuffix(w, []byte("token")); ok {
		return name{naming: namesToken}.onlyIf(isAccount(start) || isSecretive(start) || isService(start))
	}
	return name{}
}

// keyOf says what a key is of whose kind the word before it tells.
func keyOf(kind []byte) name {
	switch {
	case isSecretive(kind):
		return name{naming: namesSecret, vague: string(kind) == "private" || string(kind) == "session"}
	case isService(kind):
		return name{naming: namesKey}
	}
	return name{}
}

// isSecretive reports whether a key of this kind signs or decrypts.
func isSecretive(w []byte) bool {
	switch string(w) {
	case "secret", "private", "priv", "signing", "sign", "signature", "encryption", "encrypt", "decryption", "decrypt", "master", "session", "cookie", "hmac",
		"jwt", "crypto", "cipher", "aes", "enc", "crypt", "shared", "client", "app", "webhook", "salt", "wallet":
		return true
	}
	return false
}

// isService reports whether a key of this kind calls a service.
func isService(w []byte) bool {
	switch string(w) {
	case "api", "access", "auth", "application", "subscription", "account", "acct", "service", "license", "licence", "rest", "admin", "write", "deploy",
		"integration", "ingest", "ingestion", "storage", "functions", "function", "project", "server", "bot", "developer", "dev", "maps", "sas", "oauth",
		"bearer", "refresh", "user", "id", "personal", "security", "rpc", "routing", "instrumentation", "sender", "partner", "merchant", "transaction":
		return true
	}
	return false
}

// isAccount reports whether what this word names has a password.
func isAccount(w []byte) bool {
	switch string(w) {
	case "db", "database", "root", "admin", "user", "smtp", "mail", "email", "ftp", "sftp", "ssh", "sql", "mysql", "mssql", "pg", "postgres", "postgresql",
		"mongo", "mongodb", "redis", "auth", "login", "my", "proxy", "ldap", "bind", "wifi", "wlan", "sudo", "become", "key", "keystore", "store", "mq",
		"rabbitmq", "amqp", "mqtt", "http", "https", "basic", "server", "client", "app", "api", "service", "svc", "account", "master", "sa", "os", "guest",
		"nexus", "jenkins", "sonar", "git", "docker", "registry", "vpn", "imap", "pop", "sys", "system", "host", "remote", "web", "ansible", "vault",
		"oracle", "ora", "jdbc", "wp", "net", "cert", "ssl", "private", "encryption", "zip", "backup", "test", "default":
		return true
	}
	return false
}

// isNegation reports whether a name with this word in it may not be that of a
// secret, see negates.
func isNegation(w []byte) bool {
	switch string(w) {
	case "hash", "hashed", "hashes", "encrypted", "encoded", "digest", "policy", "strength", "forgot", "forget", "forgotten", "confirm", "confirmation",
		"repeat", "retype", "verify", "reset", "require", "required", "requires", "show", "hide", "toggle", "missing", "no", "has", "is", "are", "min", "max",
		"validate", "validator", "check", "ask", "prompt", "label", "hint", "title", "message", "msg", "error", "err", "help", "desc", "description",
		"placeholder", "expired", "expires", "expiration", "expiry", "length", "len", "size", "count", "format", "regex", "pattern", "type", "field", "input",
		"column", "csrf", "xsrf", "authenticity", "csrfmiddleware", "xcsrf", "verification", "page", "next", "prev", "continuation", "cancel", "cancellation", "cancelled",
		"idempotency", "cursor", "sync", "resume", "eos", "bos", "pad", "unk", "mask", "sep", "cls", "stop", "parse", "parser", "parsed", "lex", "lexer",
		"public", "pub", "pubkey", "push", "device", "nonce", "etag", "design", "color", "theme", "foreign", "partition", "sort", "cache", "index",
		"lock", "exporter", "traffic", "premaster", "pre", "resumption", "struct", "ptr", "ids", "button", "btn", "enabled", "disabled", "allow",
		"allowed", "change", "changed", "lookup", "syntax", "keyword", "tokenizer":
		return true
	}
	return false
}

// speaksOfTests reports whether a name with this word in it says that its value is
// none in earnest.
func speaksOfTests(w []byte) bool {
	switch string(w) {
	case "test", "tests", "testing", "dummy", "fake", "mock", "mocked", "example", "sample", "demo", "wrong", "invalid", "bad", "expected", "stub", "fixture",
		"foo", "bar", "incorrect", "temp", "tmp", "want", "unit", "random":
		return true
	}
	return false
}
