package detectors

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// An exact is a text that a part of a pattern matches, with the bits of each
// byte that count: letters whose case does not matter leave one bit out.
type exact struct{ text, mask string }

// stands reports whether e stands at the beginning of data.
func (e *exact) stands(data []byte) bool {
	if len(data) < len(e.text) {
		return false
	}
	for i, c := range data[:len(e.text)] {
		if (c^e.text[i])&e.mask[i] != 0 {
			return false
		}
	}
	return true
}

// anchorsOfExacts returns an anchor for each text, if each holds a keyword.
func anchorsOfExacts(set []exact, keywords []string) []anchor {
	list := make([]anchor, 0, len(set))
	for _, e := range set {
		lower := asciiLower(e.text)
		found := -1
		for k, word := range keywords {
			if word == "" {
				continue
			}
			if at := strings.Index(lower, word); at >= 0 && (found < 0 || len(word) > len(keywords[found])) {
				found = k
			}
		}
		if found < 0 {
			return nil
		}
		at := strings.Index(lower, keywords[found])
		list = append(list, anchor{keyword: found, at: at, exact: e})
	}
	return list
}

// exacts spells out what re matches, if that is a short list.
func exacts(re *syntax.Regexp) []exact {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []exact{{}}
	case syntax.OpLiteral:
		return literalExact(re)
	case syntax.OpCharClass:
		return classExacts(re)
	case syntax.OpCapture:
		return exacts(re.Sub[0])
	case syntax.OpConcat:
		set := []exact{{}}
		for _, sub := range re.Sub {
			if set = cross(set, exacts(sub)); set == nil {
				return nil
			}
		}
		return set
	case syntax.OpAlternate:
		var set []exact
		for _, sub := range re.Sub {
			some := exacts(sub)
			if some == nil || len(set)+len(some) > maxExact {
				return nil
			}
			set = append(set, some...)
		}
		return set
	case syntax.OpQuest:
		if some := exacts(re.Sub[0]); some != nil && len(some) < maxExact {
			return append([]exact{{}}, some...)
		}
	case syntax.OpRepeat:
		if re.Min == re.Max && re.Max <= maxExactLen {
			set := []exact{{}}
			one := exacts(re.Sub[0])
			for range re.Min {
				if set = cross(set, one); set == nil {
					return nil
				}
			}
			return set
		}
	}
	return nil
}

func literalExact(re *syntax.Regexp) []exact {
	if len(re.Rune) > maxExactLen || re.Flags&syntax.FoldCase != 0 && !ascii(re.Rune) {
		return nil
	}
	text := string(re.Rune)
	mask := []byte(strings.Repeat("\xff", len(text)))
	if re.Flags&syntax.FoldCase != 0 {
		for i := range mask {
			if isLetter(text[i]) {
				mask[i] = 0xDF
			}
		}
	}
	return []exact{{text, string(mask)}}
}

// classExacts spells out a class of few ASCII characters; a letter in both its
// cases is one.
func classExacts(re *syntax.Regexp) []exact {
	n := 0
	for i := 0; i+1 < len(re.Rune); i += 2 {
		if re.Rune[i+1] >= utf8.RuneSelf {
			return nil
		}
		n += int(re.Rune[i+1]-re.Rune[i]) + 1
	}
	if n == 0 || n > maxClass {
		return nil
	}
	class, _ := classOf(re)
	var set []exact
	for c := byte(0); c < utf8.RuneSelf; c++ {
		switch {
		case !class.has(c):
		case isLetter(c) && class.has(c^0x20):
			if c&0x20 != 0 {
				set = append(set, exact{string(rune(c)), "\xdf"})
			}
		default:
			set = append(set, exact{string(rune(c)), "\xff"})
		}
	}
	return set
}

// cross returns every text of a followed by every text of b, or nothing if
// they are too many or too long.
func cross(a, b []exact) []exact {
	if len(a)*len(b) == 0 || len(a)*len(b) > maxExact {
		return nil
	}
	set := make([]exact, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			if len(x.text)+len(y.text) > maxExactLen {
				return nil
			}
			set = append(set, exact{x.text + y.text, x.mask + y.mask})
		}
	}
	return set
}
