package detectors

import (
	"bytes"
	"encoding/base64"

	"github.com/mudlark-scan/mudlark"
)

// No piece of evidence repeats what the secret holds: reports show it beside
// the mask.
//
// This file is the one place that turns what is known of a match into its
// confidence. A match begins with the points that its rule's confidence stands
// for; each piece of evidence adds to them or takes away. What is read here is
// the rule, the secret, its key and the match alone, so that it comes out the
// same wherever and whenever it is asked. What the place says comes later, see
// Engine.Place.

// The points of a rule's confidence, and the least points of each grade.
const (
	pointsLow    = 20
	pointsMedium = 60
	pointsHigh   = 90

	leastMedium = 40
	leastHigh   = 80
)

// What a piece of evidence adds.
const (
	checksumFails   = -70
	formDoubtful    = -70 // what the detector itself doubts: an encrypted key, a block without an end
	companionLacks  = -70
	isOver          = -15 // at least: it has expired, or is for tests
	keyIsPlain      = +10
	keyIsVague      = -10
	keyIsDummy      = -25
	valueHasDigit   = +10
	valueLacksDigit = -15 // of a password
	valueIsLetters  = -35 // of a key or a token: letters alone
	valueIsMixed    = +10
	valueIsShort    = -10
	valueIsTiny     = -20
	valueIsWords    = -30
	valueIsName     = -50 // the same, of a value that a program would have made
	valueIsMail     = -40
	valueIsUUID     = -20
	valueIsRecord   = -55 // the same, of a key that may name a request or a session
	valueIsHex      = -5
	valueIsFewHex   = -20
	valueHasWord    = -20
	valueHasDummy   = -55
	valueHasMangled = -45 // such a word with digits for letters and a number behind it, which people do choose
	valueIsDull     = -15
	valueIsEncoded  = -25 // base64 of a text
	valueIsArgument = -45 // key and value are strings with a comma between them: a list of names, often
)

// guessedToo is what raises what a rule finds doubtful: see weighGuesses.
const guessedToo = "names a secret, and the value looks like one"

// A weighing sums up evidence.
type weighing struct {
	points int
	told   bool // the pieces are kept
	list   []mudlark.Evidence
}

func (w *weighing) add(name, detail string, effect int) {
	w.points += effect
	if w.told {
		w.list = append(w.list, mudlark.Evidence{Name: name, Detail: detail, Effect: effect})
	}
}

// grade is what the points come to, but no more than most.
func (w *weighing) grade(most mudlark.Confidence) mudlark.Confidence {
	return min(most, gradeOf(w.points))
}

func gradeOf(points int) mudlark.Confidence {
	switch {
	case points >= leastHigh:
		return mudlark.High
	case points >= leastMedium:
		return mudlark.Medium
	}
	return mudlark.Low
}

func pointsOf(c mudlark.Confidence) int {
	switch c {
	case mudlark.High:
		return pointsHigh
	case mudlark.Low:
		return pointsLow
	}
	return pointsMedium
}

// A specimen is what of a match is weighed.
type specimen struct {
	secret, match, key []byte
	doubted            bool // by the detector
}

// weigh weighs what a rule found.
func (r *rule) weigh(x specimen, w *weighing) {
	w.points = 0
	w.add("rule", r.grade().String()+" confidence", pointsOf(r.grade()))
	if x.doubted {
		w.add("form", "an encrypted key, or one without an end", formDoubtful)
	}
	switch {
	case r.check == nil:
	case r.check(x.secret):
		w.add("checksum", "right", 0)
	default:
		w.add("checksum", "wrong", checksumFails)
	}
	if r.naming == namesNothing {
		if r.strict && len(x.secret) <= maxShort {
			var room [maxShort]byte
			weighDummies(lowered(room[:0], x.secret), w)
		}
		return
	}
	n := readName(x.key)
	switch {
	case n.vague:
		w.add("key", "may name other things", keyIsVague)
	default:
		w.add("key", "names a secret", keyIsPlain)
	}
	if n.dummy {
		w.add("key", "says that it is for a test", keyIsDummy)
	}
	if isListed(x) {
		w.add("form", "a string behind another, as in a list", valueIsArgument)
	}
	if r.naming == namesPassword {
		weighPassword(x, w)
	} else {
		weighKey(x, w)
	}
}

// weighPassword weighs a value that a person may have chosen.
func weighPassword(x specimen, w *weighing) {
	c := countClasses(x.secret)
	if c.digits > 0 {
		w.add("digit", "has one", valueHasDigit)
	} else {
		w.add("digit", "has none", valueLacksDigit)
	}
	plain := c.kinds() == 1 || c.kinds() == 2 && c.joints > 0
	if c.kinds() >= 3 && !isNamePath(x.secret) {
		w.add("mixture", "three kinds of characters or more", valueIsMixed)
	}
	switch {
	case isNamePath(x.secret):
		w.add("shape", "words", valueIsWords)
	case c.digits == 0 && plain && c.upper*c.lower == 0 && (len(x.secret) < leastKey || c.joints > 0 || wordlike(x.secret)):
		w.add("shape", "letters alone", valueIsWords)
	case isMailAddress(x.secret):
		w.add("shape", "an address of mail", valueIsMail)
	}
	var room [maxPlaceholder]byte
	weighWords(lowered(room[:0], x.secret[:min(len(x.secret), maxPlaceholder)]), w)
	if entropy(x.secret) < 2.2 {
		w.add("entropy", "low", valueIsDull)
	}
}

// weighKey weighs a value that a program made.
func weighKey(x specimen, w *weighing) {
	c := countClasses(x.secret)
	switch {
	case c.digits > 0:
		w.add("digit", "has one", valueHasDigit)
	case len(x.secret) >= leastKey && isRestless(x.secret):
	default:
		w.add("digit", "has none", valueIsLetters)
	}
	if c.kinds() >= 3 && isRestless(x.secret) {
		w.add("mixture", "looks random", valueIsMixed)
	}
	switch {
	case isUUID(x.secret) && namesRecord(x.key):
		w.add("shape", "a UUID, which may be the name of something", valueIsRecord)
	case isUUID(x.secret):
		w.add("shape", "a UUID, which may be the name of something", valueIsUUID)
	case isNamePath(x.secret):
		w.add("shape", "words", valueIsName)
	case c.isHex && len(x.secret) < 20:
		w.add("shape", "a few hex digits", valueIsFewHex)
	case c.isHex:
		w.add("shape", "hex digits alone, as digests have them", valueIsHex)
	}
	if text := encodedText(x.secret); text != nil {
		if placeholderKind(text, true) != "" || holdsDummy(text) {
			w.add("encoding", "base64 of words that stand for a secret", valueHasDummy)
		} else {
			w.add("encoding", "base64 of a text", valueIsEncoded)
		}
	}
	switch {
	case len(x.secret) < leastKey:
		w.add("length", "very short for a key", valueIsTiny)
	case len(x.secret) < 20:
		w.add("length", "short for a key", valueIsShort)
	}
	if len(x.secret) <= maxShort {
		var room [maxShort]byte
		weighWords(lowered(room[:0], x.secret), w)
	}
	if entropy(x.secret) < 3 {
		w.add("entropy", "low", valueIsDull)
	}
}

// leastKey is the length from which on a key is not guessed by trying.
const leastKey = 16

// leastHex is the same of hex digits alone, of which shorter ones are names of
// commits and the like.
const leastHex = 12

// looksDrawn reports whether text looks as if its letters and digits were drawn by
// lot: they change often, and make no word that a number follows.
func looksDrawn(text []byte) bool {
	c, changes := countClasses(text), 0
	if c.digits == 0 || c.lower+c.upper < 2 || c.joints > 0 || c.isHex && len(text) < leastHex {
		return false
	}
	for i := 1; i < len(text); i++ {
		changes += b2i(isDigit(text[i]) != isDigit(text[i-1]))
	}
	return restlessness(text)*10 >= len(text)*4 || c.digits > 1 && changes > 1 && changes*4 >= len(text) && !wordlike(text)
}

// isListed reports whether the match is two strings with a comma between them:
// "password", "value", which no call is known to set one to the other.
func isListed(x specimen) bool {
	i := bytes.Index(x.match, x.key)
	j := bytes.LastIndex(x.match, x.secret)
	if i < 0 || j < i+len(x.key) || len(x.key) == 0 {
		return false
	}
	between := bytes.TrimLeft(x.match[i+len(x.key):j], "\"'`\\)] \t")
	if len(between) == 0 || between[0] != ',' {
		return false
	}
	if bytes.ContainsAny(between, ":=") { // "name": "password", "value": "..."
		return false
	}
	if x.match[0] == '{' {
		return false
	}
	call := bytes.IndexAny(x.match[:i], "( ")
	if call < 0 || !setsPair(x.match[:call]) {
		return true
	}
	return hasPrefixFold(x.match, "values") && readName(x.key).naming == namesPassword // a row with words in it
}

// encodedText returns the text that value is base64 of; nil if it is not of one.
func encodedText(value []byte) []byte {
	const most = 256
	value = bytes.TrimRight(value, "=")
	if len(value) > most || len(value) < 16 {
		return nil
	}
	text := make([]byte, most)
	n, err := base64.RawStdEncoding.Decode(text, value)
	if err != nil {
		return nil
	}
	for _, c := range text[:n] {
		if c < ' ' || c > '~' {
			return nil
		}
	}
	return text[:n]
}

func holdsDummy(text []byte) bool {
	var room [256]byte
	lower := lowered(room[:0], text)
	for _, word := range dummies {
		if len(word) >= 5 && bytes.Contains(lower, []byte(word)) {
			return true
		}
	}
	return bytes.Contains(lower, []byte("secret")) || bytes.Contains(lower, []byte("not a real"))
}

// weighDummies looks for words in a value that stand for one in earnest. A long
// value may hold one by chance.
func weighDummies(lower []byte, w *weighing) bool {
	if isTrivialToo(lower) {
		w.add("word", "is one that protects nothing", valueHasDummy)
		return true
	}
	for _, word := range dummies {
		if len(word)*4 >= len(lower) && holdsDummyWord(lower, word) {
			w.add("word", "holds one that is often written for a secret", valueHasDummy)
			return true
		}
	}
	return false
}

// weighWords looks for words in a value.
func weighWords(lower []byte, w *weighing) {
	if weighDummies(lower, w) {
		return
	}
	if straight := straightened(lower); straight != nil && (isTrivial(string(straight)) || isDummy(straight)) {
		effect := valueHasDummy
		if n := len(lower); isDigit(lower[n-1]) && isDigit(lower[n-2]) {
			effect = valueHasMangled
		}
		w.add("word", "is one that is often written for a secret, with digits or signs for letters", effect)
		return
	}
	for _, word := range commonWords {
		if len(word)*5 >= len(lower) && bytes.Contains(lower, []byte(word)) {
			w.add("word", "holds one of the language", valueHasWord)
			return
		}
	}
}

// straightened returns a value with the letters for which signs and digits
// stand, as in "p4ssw0rd"; nil if there are none.
func straightened(lower []byte) []byte {
	if len(lower) > 24 {
		return nil
	}
	out := bytes.Map(func(c rune) rune {
		switch c {
		case '@', '4':
			return 'a'
		case '3':
			return 'e'
		case '0':
			return 'o'
		case '$', '5':
			return 's'
		case '1':
			return 'i'
		}
		return c
	}, bytes.TrimRight(lower, "0123456789!#%*.?"))
	if len(out) == 0 || bytes.HasPrefix(lower, out) {
		return nil
	}
	return out
}

// isMailAddress reports whether value is like "someone@example.org".
func isMailAddress(value []byte) bool {
	at := bytes.IndexByte(value, '@')
	if at < 1 || !wordlike(value) {
		return false
	}
	for _, c := range value[at+1:] {
		if !isLetter(c) && c != '.' && c != '-' {
			return false
		}
	}
	return len(value)-at > 3
}

// classes counts the characters of a value by kind.
type classes struct {
	lower, upper, digits, joints, others int // joints part words
	isHex                                bool
}

func countClasses(value []byte) (c classes) {
	c.isHex = true
	for _, b := range value {
		switch {
		case isLower(b):
			c.lower++
		case isUpper(b):
			c.upper++
		case isDigit(b):
			c.digits++
		case isSeparator(b):
			c.joints++
		default:
			c.others++
		}
		c.isHex = c.isHex && isHex(b)
	}
	return c
}

func (c classes) kinds() int {
	return b2i(c.lower > 0) + b2i(c.upper > 0) + b2i(c.digits > 0) + b2i(c.others+c.joints > 0)
}

// evidence returns what candidate c, whose finding is f, was graded by.
func (s *scan) evidence(c *candidate, f *mudlark.Finding) []mudlark.Evidence {
	w := weighing{told: true}
	r := s.ruleOf(c)
	r.weigh(specimen{
		secret: []byte(f.Secret.Reveal()), match: []byte(f.Match.Reveal()), key: []byte(f.Key), doubted: c.doubted,
	}, &w)
	switch {
	case c.backed:
		w.add("key", guessedToo, leastMedium-w.points)
	case c.lone:
		w.add("companion", "nothing that it is used with stands near it", companionLacks)
	case len(r.companions) > 0:
		w.add("companion", "what it is used with stands near it", 0)
	}
	return w.list
}
