package templates

import (
	"strings"
	"unicode"
)

// The kinds of stretches that a name is made of.
type stretch int

const (
	connector   stretch = iota // spaces, hyphens, underscores
	punctuation                // other signs of writing
	capitals
	letters // small ones, after at most one capital
	digits
	other
	nothing // the end
)

func isConnector(c rune) bool { return c == '-' || c == '_' || unicode.IsSpace(c) }

// stretchOf tells stretches apart by their first character.
func stretchOf(c rune) stretch {
	switch {
	case isConnector(c):
		return connector
	case unicode.IsPunct(c):
		return punctuation
	case unicode.IsUpper(c):
		return capitals
	case unicode.IsLetter(c):
		return letters
	case unicode.IsNumber(c):
		return digits
	}
	return other
}

// A cutter cuts a name into its stretches.
type cutter struct{ rest []rune }

// next returns the next stretch. A capital belongs to the small letters that follow
// it: HTTPStatus is HTTP and Status.
func (c *cutter) next() (stretch, string) {
	if len(c.rest) == 0 {
		return nothing, ""
	}
	kind, n := stretchOf(c.rest[0]), 1
	for n < len(c.rest) && stretchOf(c.rest[n]) == kind {
		n++
	}
	if kind == capitals && n < len(c.rest) && stretchOf(c.rest[n]) == letters {
		if n > 1 {
			n--
		} else {
			for n < len(c.rest) && stretchOf(c.rest[n]) == letters {
				n++
			}
		}
	}
	text := string(c.rest[:n])
	c.rest = c.rest[n:]
	return kind, text
}

// A joiner puts the stretches of a name together again, in small letters.
type joiner struct {
	strings.Builder
	cut  cutter
	sign rune
	kind stretch // of what comes next
	text string
}

func (j *joiner) advance() { j.kind, j.text = j.cut.next() }

// put writes a stretch; the sign stands for each character of a connector.
func (j *joiner) put(kind stretch, text string) {
	if kind == connector {
		text = strings.Repeat(string(j.sign), len([]rune(text)))
	}
	j.WriteString(strings.ToLower(text))
}

// apart writes the sign before what begins a word, if that comes next.
func (j *joiner) apart(atEnd bool) {
	switch j.kind {
	case connector, punctuation:
	case nothing:
		if atEnd {
			j.WriteRune(j.sign)
		}
	default:
		j.WriteRune(j.sign)
	}
}

// run writes the letters and digits that follow as one word.
func (j *joiner) run() {
	for j.kind == letters || j.kind == digits {
		j.put(j.kind, j.text)
		j.advance()
	}
	j.apart(false)
}

// joinWords writes a name in small letters with a sign between its words. Digits
// belong to the word before them, unless small letters follow: Bld4Floor3rd is
// bld4_floor_3rd.
func joinWords(s string, sign rune) string {
	j := &joiner{cut: cutter{[]rune(s)}, sign: sign}
	for j.advance(); j.kind != nothing; {
		kind, text := j.kind, j.text
		j.put(kind, text)
		j.advance()
		switch kind {
		case connector, punctuation:
		case digits:
			j.run()
		default:
			if j.kind != digits {
				j.apart(false)
				continue
			}
			number := j.text
			j.advance()
			switch j.kind {
			case nothing:
				j.put(digits, number)
			case letters:
				j.WriteRune(sign)
				j.put(digits, number)
				j.run()
			default:
				j.put(digits, number)
				j.apart(false)
			}
		}
	}
	return j.String()
}

// camelCase writes a name without its connectors and with a capital at each word.
func camelCase(s string) string {
	var b strings.Builder
	rest := []rune(s)
	for len(rest) > 0 && isConnector(rest[0]) {
		b.WriteRune(rest[0])
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return b.String()
	}
	shout := unicode.IsUpper(rest[0]) // the word is in capitals so far
	last := unicode.ToUpper(rest[0])
	for _, c := range rest[1:] {
		switch {
		case isConnector(c) && isConnector(last):
			b.WriteRune(last)
			last = c
			continue
		case isConnector(last):
			shout = unicode.IsUpper(c)
			last = unicode.ToUpper(c)
			continue
		case shout && unicode.IsUpper(c):
			c = unicode.ToLower(c)
		case shout:
			shout = false
		}
		b.WriteRune(last)
		last = c
	}
	b.WriteRune(last)
	return b.String()
}
