package detectors

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

const noRune = `[^\x00-\x{10FFFF}]`

// spelled returns an expression that means what the tree means. The tree's own
// String looks for the shortest way to say it, for which it folds the case of
// every character that is not in a class: a millisecond for each [^"].
func spelled(re *syntax.Regexp) string {
	var b strings.Builder
	spell(&b, re)
	return b.String()
}

func spell(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpNoMatch:
		b.WriteString(noRune)
	case syntax.OpEmptyMatch:
		b.WriteString(`(?:)`)
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			b.WriteString(`(?i:`)
			defer b.WriteString(`)`)
		}
		for _, r := range re.Rune {
			spellRune(b, r)
		}
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			b.WriteString(noRune)
			return
		}
		b.WriteByte('[')
		for i := 0; i+1 < len(re.Rune); i += 2 {
			spellRune(b, re.Rune[i])
			b.WriteByte('-')
			spellRune(b, re.Rune[i+1])
		}
		b.WriteByte(']')
	case syntax.OpAnyCharNotNL:
		b.WriteString(`(?-s:.)`)
	case syntax.OpAnyChar:
		b.WriteString(`(?s:.)`)
	case syntax.OpBeginLine:
		b.WriteString(`(?m:^)`)
	case syntax.OpEndLine:
		b.WriteString(`(?m:$)`)
	case syntax.OpBeginText:
		b.WriteString(`\A`)
	case syntax.OpEndText:
		b.WriteString(`\z`)
	case syntax.OpWordBoundary:
		b.WriteString(`\b`)
	case syntax.OpNoWordBoundary:
		b.WriteString(`\B`)
	case syntax.OpCapture:
		b.WriteByte('(')
		spell(b, re.Sub[0])
		b.WriteByte(')')
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		spellRepeat(b, re)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			spellGroup(b, sub)
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			spellGroup(b, sub)
		}
	}
}

func spellRepeat(b *strings.Builder, re *syntax.Regexp) {
	spellGroup(b, re.Sub[0])
	switch re.Op {
	case syntax.OpStar:
		b.WriteByte('*')
	case syntax.OpPlus:
		b.WriteByte('+')
	case syntax.OpQuest:
		b.WriteByte('?')
	default:
		if re.Max < 0 {
			fmt.Fprintf(b, "{%d,}", re.Min)
		} else {
			fmt.Fprintf(b, "{%d,%d}", re.Min, re.Max)
		}
	}
	if re.Flags&syntax.NonGreedy != 0 {
		b.WriteByte('?')
	}
}

// spellGroup spells re so that it stands for itself within something larger.
func spellGroup(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpConcat, syntax.OpAlternate, syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		b.WriteString(`(?:`)
		spell(b, re)
		b.WriteByte(')')
	default:
		spell(b, re)
	}
}

func spellRune(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf && isWord(byte(r)) {
		b.WriteByte(byte(r))
		return
	}
	fmt.Fprintf(b, `\x{%x}`, r)
}
