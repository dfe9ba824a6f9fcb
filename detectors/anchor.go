package detectors

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Bounds for what is spelled out of a pattern: alternatives, and their length.
const (
	maxExact    = 64
	maxClass    = 26
	maxExactLen = 128
)

// An exact is a text that a part of a pattern matches, with the bits of each
// byte that count: letters whose case does not matter leave one bit out.
type exact struct{ text, mask string }

// anchorsIn returns anchors such that every match of re contains one of them,
// or nothing.
func anchorsIn(re *syntax.Regexp, keywords []string) []anchor {
	if len(keywords) == 0 {
		return nil
	}
	switch re.Op {
	case syntax.OpCapture:
		return anchorsIn(re.Sub[0], keywords)
	case syntax.OpAlternate:
		if set := exacts(re); set != nil {
			return anchorsOfExacts(set, keywords)
		}
		return distributed([]*syntax.Regexp{re}, 0, keywords)
	case syntax.OpPlus, syntax.OpRepeat:
		if least, _ := repeats(re); least == 0 {
			return nil
		}
		_, most := length(re)
		return widened(anchorsIn(re.Sub[0], keywords), most, most)
	}
	return anchorsInConcat(flatten(re, nil), keywords)
}

// flattenWhole returns the parts of re that follow each other.
func flattenWhole(re *syntax.Regexp, parts []*syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			parts = flattenWhole(sub, parts)
		}
		return parts
	case syntax.OpCapture:
		return flattenWhole(re.Sub[0], parts)
	}
	return append(parts, re)
}

// flatten is flattenWhole, but takes one off each repetition of a small class:
// a keyword may end with it.
func flatten(re *syntax.Regexp, parts []*syntax.Regexp) []*syntax.Regexp {
	for _, p := range flattenWhole(re, nil) {
		least, most := repeats(p)
		if p.Op != syntax.OpPlus && p.Op != syntax.OpRepeat || least == 0 || most == 1 || classExacts(p.Sub[0]) == nil {
			parts = append(parts, p)
			continue
		}
		rest := &syntax.Regexp{Op: syntax.OpRepeat, Flags: p.Flags, Sub: p.Sub, Min: least - 1, Max: most - 1}
		if most >= unbounded {
			rest.Max = -1
		}
		parts = append(parts, p.Sub[0], rest)
	}
	return parts
}

// anchorsInConcat looks for the best place in a sequence of parts: a stretch
// that can be spelled out and holds a keyword however it is spelled.
func anchorsInConcat(parts []*syntax.Regexp, keywords []string) []anchor {
	if best := stretch(parts, keywords); best != nil {
		return best
	}
	for i, part := range parts {
		var some []anchor
		switch part.Op {
		case syntax.OpAlternate:
			if some = distributed(parts, i, keywords); some != nil {
				return some
			}
		case syntax.OpPlus, syntax.OpRepeat:
			if some = anchorsIn(part, keywords); some != nil {
				return widened(some, longest(parts[:i]), longest(parts[i+1:]))
			}
		}
	}
	return nil
}

// stretch returns the strongest anchors that parts have without a look into
// alternatives.
func stretch(parts []*syntax.Regexp, keywords []string) (best []anchor) {
	for i := range parts {
		some := anchorsAt(parts, i, keywords)
		if some != nil && (best == nil || strength(some) > strength(best)) {
			best = some
		}
	}
	return best
}

// distributed takes the alternatives of part i one by one, each together with
// all other parts: "sw(m|x)" is "swm" or "swx".
func distributed(parts []*syntax.Regexp, i int, keywords []string) []anchor {
	var all []anchor
	for _, sub := range parts[i].Sub {
		one := append([]*syntax.Regexp(nil), parts[:i]...)
		one = append(flatten(sub, one), parts[i+1:]...)
		some := anchorsInConcat(one, keywords)
		if some == nil || len(all)+len(some) > maxExact {
			return nil
		}
		all = append(all, some...)
	}
	return all
}

// anchorsAt spells the longest stretch that begins with part i.
func anchorsAt(parts []*syntax.Regexp, i int, keywords []string) []anchor {
	set := []exact{{}}
	end := i
	var found []anchor
	for ; end < len(parts); end++ {
		next := exacts(parts[end])
		if next == nil {
			break
		}
		if next = cross(set, next); next == nil {
			break
		}
		set = next
	}
	if end == i {
		return nil
	}
	if found = anchorsOfExacts(set, keywords); found == nil {
		return nil
	}
	tail, run := following(parts[end:])
	for k := range found {
		a := &found[k]
		a.tail, a.run = tail, run
		a.word = wordBoundary(parts, i) && a.text != "" && isWord(a.text[0])
	}
	return widened(found, longest(parts[:i]), longest(parts[end:]))
}

// wordBoundary reports whether the stretch from part i begins at a boundary.
func wordBoundary(parts []*syntax.Regexp, i int) bool {
	return parts[i].Op == syntax.OpWordBoundary || i > 0 && parts[i-1].Op == syntax.OpWordBoundary
}

// strength tells how much an anchor lets through: the more bytes it fixes, the
// less.
func strength(list []anchor) int {
	weakest := unbounded
	for _, a := range list {
		n := 4 * len(a.text)
		for _, s := range a.tail {
			n += 2 * s.n
		}
		weakest = min(weakest, n+a.run.n)
	}
	return weakest
}

func widened(list []anchor, left, right int) []anchor {
	for i := range list {
		list[i].left = plus(list[i].left, left)
		list[i].right = plus(list[i].right, right)
	}
	return list
}

func longest(parts []*syntax.Regexp) (n int) {
	for _, p := range parts {
		_, most := length(p)
		n = plus(n, most)
	}
	return n
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
		list = append(list, anchor{keyword: found, at: at, text: e.text, mask: e.mask})
	}
	return list
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r | 0x20
		}
		return r
	}, s)
}

// minRun is how long a run of one class must be to be looked for.
const minRun = 10

// runsIn returns runs such that every match of re contains one of them, or
// nothing.
func runsIn(re *syntax.Regexp) []run {
	if re.Op == syntax.OpCapture {
		return runsIn(re.Sub[0])
	}
	if re.Op == syntax.OpAlternate {
		var all []run
		for _, sub := range re.Sub {
			some := runsIn(sub)
			if some == nil || len(all)+len(some) > 4 {
				return nil
			}
			all = append(all, some...)
		}
		return all
	}
	parts := flattenWhole(re, nil)
	var best run
	for i, p := range parts {
		if set, least, _, ok := classRun(p); ok && least >= minRun && least > best.n && !set.has('\n') {
			best = run{step{set, least}, longest(parts[:i]), longest(parts[i+1:])}
		}
	}
	if best.n > 0 {
		return []run{best}
	}
	for i, p := range parts {
		if p.Op == syntax.OpAlternate {
			if some := runsIn(p); some != nil {
				for k := range some {
					some[k].left, some[k].right = plus(some[k].left, longest(parts[:i])), plus(some[k].right, longest(parts[i+1:]))
				}
				return some
			}
		}
	}
	return nil
}

// lowered appends text to room with ASCII letters in lower case.
func lowered(room, text []byte) []byte {
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		room = append(room, c)
	}
	return room
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

// following returns what must come directly after an anchor, and the longest
// run of one class that must come somewhere after that.
func following(parts []*syntax.Regexp) (tail []step, run step) {
	direct := true
	for _, p := range parts {
		set, least, most, ok := classRun(p)
		if !ok {
			if _, n := length(p); n > 0 {
				direct = false
			}
			continue
		}
		if direct && least > 0 && len(tail) < 8 {
			tail = append(tail, step{set, least})
		} else if least >= 8 && least > run.n {
			run = step{set, least}
		}
		if least != most || set.has(0x80) {
			direct = false
		}
	}
	return tail, run
}

// classRun returns the class of which p is a repetition, in characters.
func classRun(p *syntax.Regexp) (set byteSet, least, most int, ok bool) {
	switch p.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most = repeats(p)
		set, ok = classOf(p.Sub[0])
		return set, least, most, ok
	}
	set, ok = classOf(p)
	return set, 1, 1, ok
}

// holds reports whether what must stand around the keyword at start stands
// there in data.
func (a *anchor) holds(data []byte, start int) bool {
	begin := start - a.at
	end := begin + len(a.text)
	if begin < 0 || end > len(data) {
		return false
	}
	for i, c := range data[begin:end] {
		if (c^a.text[i])&a.mask[i] != 0 {
			return false
		}
	}
	if a.word && begin > 0 && isWord(data[begin-1]) {
		return false
	}
	for i := range a.tail {
		s := &a.tail[i]
		if len(data)-end < s.n {
			return false
		}
		for _, c := range data[end : end+s.n] {
			if !s.set.has(c) {
				return false
			}
		}
		end += s.n
	}
	if a.run.n > 0 && a.right <= 1024 {
		return a.run.within(data[end:min(len(data), begin+len(a.text)+a.right)])
	}
	return true
}

// within reports whether data holds n bytes of the set in a row.
func (s *step) within(data []byte) bool { return s.next(data, 0) >= 0 }

// next returns the end of the next n bytes of the set in a row that begin at
// from or later; -1 if there are none. It looks at every n-th byte first: a run
// cannot hide between them.
func (s *step) next(data []byte, from int) int {
	for at := from + s.n - 1; at < len(data); {
		lo := at
		for lo > at-s.n && s.set.has(data[lo]) {
			lo--
		}
		if lo == at-s.n {
			return at + 1
		}
		at = lo + s.n
	}
	return -1
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' }
