package rules

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// keywordsHold reports whether a match is sure to have a keyword. Keywords are
// in lower case, and either all matches hold one (proven), or the expression
// knows nothing of them: then they are words of the surroundings. It may fail
// to see that a strange expression is proven.
func keywordsHold(re *syntax.Regexp, keywords []string) bool {
	p := keywordProof{keywords: keywords}
	left := p.step(re, []string{""})
	return len(left) == 0 || !p.seen
}

// A keywordProof follows what is known of a text while an expression matches
// it: the tails that it may end with, in lower case. A tail that holds a keyword
// is dropped, it is done with. The tail "" stands for anything.
type keywordProof struct {
	keywords []string
	seen     bool // a tail was dropped
}

// mostTails bounds the alternatives that are followed.
const mostTails = 512

// step returns the tails after re has matched after one of tails.
func (p *keywordProof) step(re *syntax.Regexp, tails []string) []string {
	if len(tails) == 0 {
		return nil
	}
	switch re.Op {
	case syntax.OpLiteral:
		return p.add(tails, []string{strings.ToLower(string(re.Rune))})
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return tails
	case syntax.OpCharClass:
		if texts := classTexts(re); texts != nil {
			return p.add(tails, texts)
		}
	case syntax.OpCapture:
		return p.step(re.Sub[0], tails)
	case syntax.OpQuest:
		return union(tails, p.step(re.Sub[0], tails))
	case syntax.OpStar:
		return union(tails, []string{""})
	case syntax.OpPlus:
		return p.repeat(re.Sub[0], 1, -1, tails)
	case syntax.OpRepeat:
		return p.repeat(re.Sub[0], re.Min, re.Max, tails)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			tails = p.step(sub, tails)
		}
		return tails
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			all = union(all, p.step(sub, tails))
		}
		return all
	}
	return []string{""}
}

func (p *keywordProof) repeat(sub *syntax.Regexp, least, most int, tails []string) []string {
	const followed = 8
	for range min(least, followed) {
		tails = p.step(sub, tails)
	}
	if len(tails) > 0 && (least > followed || most != least) {
		tails = union(tails, []string{""})
	}
	return tails
}

// add returns every tail with every text after it.
func (p *keywordProof) add(tails, texts []string) []string {
	if len(tails)*len(texts) > mostTails {
		tails = []string{""}
	}
	var longer []string
	for _, head := range tails {
		for _, text := range texts {
			if t := head + text; holdsAny(t, p.keywords) {
				p.seen = true
			} else {
				longer = append(longer, t)
			}
		}
	}
	return longer
}

func union(a, b []string) []string {
	a = slices.Clip(a)
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

// classTexts returns the characters of a small class, in lower case.
func classTexts(re *syntax.Regexp) []string {
	const most = 32
	var texts []string
	for i := 0; i < len(re.Rune); i += 2 {
		if re.Rune[i+1]-re.Rune[i] > most {
			return nil
		}
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			if t := string(unicode.ToLower(r)); !slices.Contains(texts, t) {
				texts = append(texts, t)
			}
		}
	}
	if len(texts) > most {
		return nil
	}
	return texts
}

// boundedLeft reports whether re says what may stand before the secret.
func boundedLeft(re *syntax.Regexp) bool { return bounded(re, false) }

// boundedRight reports whether re says where the secret ends: by an assertion,
// by what follows, or because its last part takes all that could follow.
func boundedRight(re *syntax.Regexp) bool { return bounded(re, true) }

func bounded(re *syntax.Regexp, right bool) bool {
	switch re.Op {
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary,
		syntax.OpNoWordBoundary:
		return true
	case syntax.OpLiteral:
		edge := re.Rune[0]
		if right {
			edge = re.Rune[len(re.Rune)-1]
		}
		return !wordRune(edge)
	case syntax.OpCharClass:
		return delimits(re)
	case syntax.OpStar, syntax.OpPlus:
		return true
	case syntax.OpQuest:
		return bounded(re.Sub[0], right)
	case syntax.OpRepeat:
		// Optional context before a keyword, or an open end. A class that is
		// repeated is the secret itself, whatever it holds; if that is nearly
		// everything, then the rest is what bounds it.
		sub := re.Sub[0]
		if right && re.Max < 0 || !right && re.Min == 0 {
			return true
		}
		if sub.Op == syntax.OpCharClass && re.Min > 1 {
			return right && broad(sub)
		}
		return bounded(sub, right)
	case syntax.OpCapture:
		return bounded(re.Sub[0], right)
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if !bounded(sub, right) {
				return false
			}
		}
		return true
	case syntax.OpConcat:
		return boundedConcat(re.Sub, right)
	}
	return false
}

// boundedConcat judges the outermost part of a sequence, and if that may be
// missing the one that is outermost then.
func boundedConcat(subs []*syntax.Regexp, right bool) bool {
	if besideCapture(subs, right) {
		return true
	}
	for i := range subs {
		sub := subs[i]
		if right {
			sub = subs[len(subs)-1-i]
		}
		if !bounded(sub, right) {
			// Optional parts, such as padding, may hide the bound behind them.
			if mayBeEmpty(sub) {
				continue
			}
			return false
		}
		if !mayBeEmpty(sub) || open(sub, right) {
			return true
		}
	}
	return false
}

// besideCapture reports whether what stands next to a group, which holds the
// secret, bounds it.
func besideCapture(subs []*syntax.Regexp, right bool) bool {
	for i, sub := range subs {
		if sub.Op != syntax.OpCapture {
			continue
		}
		if right {
			return i+1 < len(subs) && boundedConcat(subs[i+1:], false)
		}
		return i > 0 && boundedConcat(subs[:i], true)
	}
	return false
}

// open reports whether a part that may be empty bounds all the same: it takes
// all that could follow, or it is context before a keyword.
func open(re *syntax.Regexp, right bool) bool {
	const context = 8 // characters; less is an optional sign
	switch re.Op {
	case syntax.OpStar:
		return true
	case syntax.OpRepeat:
		return re.Max < 0 || !right && re.Max >= context
	case syntax.OpCapture:
		return open(re.Sub[0], right)
	}
	return false
}

func mayBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpQuest, syntax.OpEmptyMatch:
		return true
	case syntax.OpRepeat:
		return re.Min == 0
	case syntax.OpCapture:
		return mayBeEmpty(re.Sub[0])
	}
	return false
}

// delimits reports whether a class holds something that is no part of a word.
func delimits(re *syntax.Regexp) bool {
	for i := 0; i < len(re.Rune); i += 2 {
		for r := re.Rune[i]; r <= re.Rune[i+1] && r < 0x80; r++ {
			if !wordRune(r) {
				return true
			}
		}
	}
	return false
}

// broad reports whether a class holds all letters and digits and most signs.
func broad(re *syntax.Regexp) bool {
	const most = 80 // of the 95 that print
	n := 0
	for i := 0; i < len(re.Rune); i += 2 {
		for r := max(re.Rune[i], ' '); r <= min(re.Rune[i+1], '~'); r++ {
			n++
		}
	}
	return n >= most
}

func wordRune(r rune) bool { return r < 0x80 && isAlnum(byte(r)) || r == '_' }
