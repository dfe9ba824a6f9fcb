package rules

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
)

const (
	digits  = "0123456789"
	lowers  = "abcdefghijklmnopqrstuvwxyz"
	uppers  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	base62  = digits + uppers + lowers
	base58  = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	base64s = uppers + lowers + digits + "+/"
	base64u = uppers + lowers + digits + "-_"
	base32  = uppers + "234567"
	// signs are those that mean nothing in a URL, a shell or a format string,
	// so that a password may stand anywhere.
	signs = "!*+-.^_~"
)

// alphabet returns the characters of a blank that is nothing but characters.
func alphabet(name string) string {
	switch name {
	case "base62":
		return base62
	case "hex":
		return digits + "abcdef"
	case "HEX":
		return digits + "ABCDEF"
	case "digits":
		return digits
	case "lower":
		return lowers
	case "upper":
		return uppers
	case "letters":
		return uppers + lowers
	case "alnum":
		return digits + lowers
	case "ALNUM":
		return digits + uppers
	case "base32":
		return base32
	case "base32lower":
		return lowers + "234567"
	case "base58":
		return base58
	case "base64":
		return base64s
	case "base64url":
		return base64u
	}
	return ""
}

// characters fills a blank of characters of an alphabet.
func (f *filler) characters(name, alphabet, arg string) (string, error) {
	n, err := f.count(arg)
	if err != nil {
		return "", err
	}
	text := f.drawn(alphabet, n)
	switch name {
	case "base64":
		text = possibleEnd(text, base64.RawStdEncoding)
	case "base64url":
		text = possibleEnd(text, base64.RawURLEncoding)
	}
	return text, nil
}

// possibleEnd clears the bits of the last character that encode nothing.
func possibleEnd(text string, e *base64.Encoding) string {
	data, err := e.DecodeString(text)
	if err != nil {
		return text // of a length that no data has
	}
	return e.EncodeToString(data)
}

// drawn returns n characters of an alphabet that look like a token: of several
// draws without a flaw the one of the highest entropy, if there is one.
func (f *filler) drawn(alphabet string, n int) string {
	const draws, tries = 4, 200
	var best string
	most := -1.0
	good := 0
	for i := 0; i < tries && good < draws; i++ {
		text := f.draw(alphabet, n)
		if flawed(text, alphabet) {
			if best == "" {
				best = text
			}
			continue
		}
		good++
		if e := entropy(text); e > most {
			best, most = text, e
		}
	}
	return best
}

// draw returns n characters of an alphabet without runs.
func (f *filler) draw(alphabet string, n int) string {
	b := make([]byte, 0, n)
	for len(b) < n {
		b = append(b, alphabet[f.below(len(alphabet))])
		for tries := 0; tries < 20 && runs(b); tries++ {
			b[len(b)-1] = alphabet[f.below(len(alphabet))]
		}
	}
	return string(b)
}

// runs reports whether a text ends in three equal characters, or in four of a
// row such as 1234 or dcba.
func runs(b []byte) bool {
	n := len(b)
	if n >= 3 && b[n-1] == b[n-2] && b[n-2] == b[n-3] {
		return true
	}
	if n < 4 {
		return false
	}
	step := int(b[n-1]) - int(b[n-2])
	return (step == 1 || step == -1) && int(b[n-2])-int(b[n-3]) == step && int(b[n-3])-int(b[n-4]) == step
}

// flawed reports whether a text of an alphabet looks made up, or lacks what
// nearly every text of its length has.
func flawed(text, alphabet string) bool {
	if len(text) > 4096 {
		return false // every such text holds some word
	}
	return placeholderWord(text) ||
		len(text) >= 8 && lacks(text, alphabet, digits) ||
		len(text) >= 8 && lacks(text, alphabet, uppers+lowers) ||
		len(text) >= 12 && (lacks(text, alphabet, uppers) || lacks(text, alphabet, lowers)) ||
		len(text) >= 40 && lacks(text, alphabet, "+/")
}

// lacks reports whether the alphabet has some of a kind and the text none.
func lacks(text, alphabet, kind string) bool {
	return strings.ContainsAny(alphabet, kind) && !strings.ContainsAny(text, kind)
}

// placeholderWord reports whether a text holds a word that says it is none.
func placeholderWord(text string) bool {
	text = strings.ToLower(text)
	for _, word := range []string{"test", "fake", "demo", "dummy", "sample", "example", "todo", "xxx", "your", "none", "null", "pass", "redacted"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// entropy returns the Shannon entropy of a text in bits per byte.
func entropy(text string) float64 {
	var count [256]int
	for i := range len(text) {
		count[text[i]]++
	}
	var e float64
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(text))
			e -= p * math.Log2(p)
		}
	}
	return e
}

// word returns letters that could be a word: consonants and vowels in turn.
func (f *filler) word(n int) string {
	const consonants, vowels = "bcdfghklmnprstvwz", "aeiou"
	for range 50 {
		b := make([]byte, n)
		for i := range b {
			kind := consonants
			if i%2 == 1 {
				kind = vowels
			}
			b[i] = kind[f.below(len(kind))]
		}
		if !placeholderWord(string(b)) {
			return string(b)
		}
	}
	return strings.Repeat("bo", n)[:n]
}

// same returns one letter n times. It has the case of the letter before it, and
// is one of a to f, so that only its repetition makes it wrong.
func (f *filler) same(n int) string {
	letters := "abcdef"
	before := strings.TrimRight(f.out.String(), "_-. ")
	if before != "" && strings.IndexByte(uppers, before[len(before)-1]) >= 0 {
		letters = "ABCDEF"
	}
	return strings.Repeat(string(letters[f.below(len(letters))]), n)
}

// password returns letters, digits and signs, beginning and ending with a
// letter or digit.
func (f *filler) password(n int) string {
	const inner = base62 + signs + signs
	if n <= 2 {
		return f.drawn(base62, n)
	}
	for range 100 {
		text := f.drawn(base62, 1) + f.drawn(inner, n-2) + f.drawn(base62, 1)
		if n < 8 || !lacks(text, inner, signs) && !flawed(text, base62) {
			return text
		}
	}
	return f.drawn(base62, n)
}

// uuid returns a random UUID, version 4.
func (f *filler) uuid() string {
	b := f.bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// jwt returns a well-formed JSON web token that expires far in the future.
func (f *filler) jwt() string {
	const issued, year = 1_700_000_000, 365 * 24 * 3600
	iat := int64(issued + f.below(year))
	claims := fmt.Sprintf(`{"sub":"%s","name":"%s","iat":%d,"exp":%d}`,
		f.drawn(digits, 10), f.word(7), iat, iat+100*year)
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		e.EncodeToString([]byte(claims)) + "." + e.EncodeToString(f.bytes(32))
}

// awsKeyID returns an access key ID. The first character after the prefix says
// that the account's number is in it, as in all that were made since 2019.
func awsKeyID(f *filler, prefix string) (string, error) {
	if len(prefix) != 4 {
		return "", fmt.Errorf("give what the ID begins with, as in <aws-key-id AKIA>")
	}
	const tries = 100
	var body string
	for range tries {
		body = f.drawn("QRSTUVWXYZ234567", 1) + f.drawn(base32, 15)
		if !placeholderWord(body) && !lacks(body, base32, digits) {
			break
		}
	}
	return prefix + body, nil
}
