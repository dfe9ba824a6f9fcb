package detectors

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// asciiFold returns the tree with case folding as ASCII has it: the Kelvin sign
// is no k and the long s no s. Keywords fold so too; it makes patterns shorter.
func asciiFold(re *syntax.Regexp) *syntax.Regexp {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 && slices.ContainsFunc(re.Rune, isWide) {
			return foldedLiteral(re)
		}
	case syntax.OpCharClass:
		return narrowClass(re)
	}
	for i, sub := range re.Sub {
		re.Sub[i] = asciiFold(sub)
	}
	return re
}

// isWide reports whether letters beyond ASCII fold to r.
func isWide(r rune) bool { return strings.ContainsRune("kKsS", r) }

// foldsWide reports whether asciiFold would change the tree.
func foldsWide(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return re.Flags&syntax.FoldCase != 0 && slices.ContainsFunc(re.Rune, isWide)
	case syntax.OpCharClass:
		return len(withoutWide(re.Rune)) < len(re.Rune)
	}
	return slices.ContainsFunc(re.Sub, foldsWide)
}

// foldedLiteral spells a literal's k and s as classes.
func foldedLiteral(re *syntax.Regexp) *syntax.Regexp {
	concat := &syntax.Regexp{Op: syntax.OpConcat, Flags: re.Flags}
	for len(re.Rune) > 0 {
		n := slices.IndexFunc(re.Rune, isWide)
		if n == 0 {
			upper := unicode.ToUpper(re.Rune[0])
			lower := unicode.ToLower(re.Rune[0])
			concat.Sub = append(concat.Sub, &syntax.Regexp{Op: syntax.OpCharClass, Flags: re.Flags &^ syntax.FoldCase, Rune: []rune{upper, upper, lower, lower}})
			re.Rune = re.Rune[1:]
			continue
		}
		if n < 0 {
			n = len(re.Rune)
		}
		concat.Sub = append(concat.Sub, &syntax.Regexp{Op: syntax.OpLiteral, Flags: re.Flags, Rune: re.Rune[:n]})
		re.Rune = re.Rune[n:]
	}
	if len(concat.Sub) == 1 {
		return concat.Sub[0]
	}
	return concat
}

// narrowClass takes the wide letters out of a class, unless it has no others.
func narrowClass(re *syntax.Regexp) *syntax.Regexp {
	kept := withoutWide(re.Rune)
	if len(kept) == 0 {
		return re
	}
	return &syntax.Regexp{Op: re.Op, Flags: re.Flags &^ syntax.FoldCase, Rune: kept}
}

// withoutWide returns the ranges of a class without those that are a wide
// letter alone, which is how folding brings them in.
func withoutWide(ranges []rune) []rune {
	const longS, kelvin = '\u017f', '\u212a'
	if len(ranges) == 0 || ranges[len(ranges)-1] < longS {
		return ranges
	}
	var kept []rune
	for i := 0; i+1 < len(ranges); i += 2 {
		if lo, hi := ranges[i], ranges[i+1]; lo != hi || lo != longS && lo != kelvin {
			kept = append(kept, lo, hi)
		}
	}
	return kept
}
