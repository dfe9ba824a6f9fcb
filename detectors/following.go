package detectors

import (
	"regexp/syntax"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark/internal/prefilter"
)

// Bounds for what is looked at behind an anchor.
const (
	maxSteps  = 8
	maxGap    = 256
	maxWithin = 1024
	maxLater  = 256
	minNear   = 8 // bytes of a run that is worth looking for
)

// following returns what parts say must come behind an anchor: directly, or
// after what may come, and the longest run of one class.
func following(parts []*syntax.Regexp) (tail []stride, between gap, run nearRun) {
	if tail = stridesIn(parts); tail == nil {
		between = gapIn(parts)
	}
	return tail, between, runIn(parts)
}

// stridesIn returns what must come first, one behind the other, as far as it is
// certain where each begins.
func stridesIn(parts []*syntax.Regexp) (list []stride) {
	for i, p := range parts {
		if _, n := length(p); n == 0 {
			continue
		}
		if len(list) == maxSteps {
			break
		}
		if p.Op == syntax.OpLiteral {
			set := literalExact(p)
			if set == nil {
				break
			}
			list = append(list, stride{exact: set[0]})
			continue
		}
		set, least, most, ok := classRun(p)
		if !ok {
			break
		}
		s := stride{step: step{set, least}}
		if least == most && !set.has(0x80) {
			list = append(list, s)
			continue
		}
		if set.has(0x80) {
			most = times(utf8.UTFMax, most)
		}
		s.most = most
		s.ends = endsRun(parts[i+1:], &set, &s.then)
		if s.ends || least > 0 {
			list = append(list, s)
		}
		if !s.ends {
			break
		}
	}
	return list
}

// endsRun adds every byte that a match of parts can begin with. It reports
// whether none of them is in set, and one must come.
func endsRun(parts []*syntax.Regexp, set, first *byteSet) bool {
	for _, p := range parts {
		if !firstBytes(p, first) {
			return !first.meets(set)
		}
	}
	return false
}

// gapIn returns the bytes that may stand before the first part that must be
// there, and those that this one can begin with.
func gapIn(parts []*syntax.Regexp) (g gap) {
	for _, p := range parts {
		if least, most := length(p); least == 0 {
			collectBytes(p, &g.may)
			if g.most = plus(g.most, most); g.most > maxGap {
				return gap{}
			}
			continue
		}
		firstBytes(p, &g.first)
		g.known = true
		return g
	}
	return gap{}
}

// firstBytes adds every byte that a match of re, which is not empty, can begin
// with. It reports whether one may also be empty.
func firstBytes(re *syntax.Regexp, set *byteSet) (empty bool) {
	if s, ok := classOf(re); ok {
		set.union(&s)
		return false
	}
	switch re.Op {
	case syntax.OpLiteral:
		s := runeSet(re.Rune[0], re.Flags&syntax.FoldCase != 0)
		set.union(&s)
		return false
	case syntax.OpCapture:
		return firstBytes(re.Sub[0], set)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !firstBytes(sub, set) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			empty = firstBytes(sub, set) || empty
		}
		return empty
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, _ := repeats(re)
		return firstBytes(re.Sub[0], set) || least == 0
	}
	return true
}

// runIn returns the longest run that parts, one behind the other, must hold.
func runIn(parts []*syntax.Regexp) (best nearRun) {
	before := 0
	for _, p := range parts {
		r := runOf(p)
		if r.within = plus(before, r.within); r.n > best.n && r.within <= maxWithin {
			best = r
		}
		_, most := length(p)
		before = plus(before, most)
	}
	return best
}

// runOf returns the longest run that a match of re must hold, and within how
// many bytes from its beginning.
func runOf(re *syntax.Regexp) nearRun {
	if set, least, _, ok := classRun(re); ok {
		if least < minNear {
			return nearRun{}
		}
		return nearRun{step{set, least}, least}
	}
	switch re.Op {
	case syntax.OpCapture:
		return runOf(re.Sub[0])
	case syntax.OpConcat:
		return runIn(re.Sub)
	case syntax.OpPlus, syntax.OpRepeat:
		if least, _ := repeats(re); least > 0 {
			return runOf(re.Sub[0])
		}
	case syntax.OpAlternate:
		all := runOf(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			r := runOf(sub)
			all.set.union(&r.set)
			all.n, all.within = min(all.n, r.n), max(all.within, r.within)
		}
		return all
	}
	return nearRun{}
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
	rest, ok := a.behind(data, start)
	if !ok || !a.head.holds(data[:start-a.at]) {
		return false
	}
	if !a.gap.holds(rest) || a.run.n > 0 && !a.run.holds(rest) {
		return false
	}
	return follow(a.tail, rest, maxLater) && (a.later.text == "" || a.later.holds(rest))
}

// behind returns what follows the anchor's text, if that stands around the keyword
// at start.
func (a *anchor) behind(data []byte, start int) (rest []byte, ok bool) {
	begin := start - a.at
	end := begin + len(a.text)
	if begin < 0 || end > len(data) || !a.stands(data[begin:]) || a.word && begin > 0 && isWord(data[begin-1]) {
		return nil, false
	}
	return data[end:], true
}

// follow reports whether data begins with the strides, for all that its first
// bytes tell, up to limit.
func follow(strides []stride, data []byte, limit int) bool {
	for i := range strides {
		s := &strides[i]
		n := s.n + len(s.text)
		switch {
		case n > limit:
			return true
		case len(data) < n || s.n > 0 && !s.set.hasAll(data[:n]) || s.text != "" && !s.stands(data):
			return false
		case s.ends:
			n = s.set.runAfter(data, n, min(len(data), limit, s.most+1))
			switch {
			case n > s.most || n == len(data):
				return false
			case n == limit:
				return true
			case !s.then.has(data[n]):
				return false
			}
		}
		data, limit = data[n:], limit-n
	}
	return true
}

// notable reports whether a far rule must be asked about a keyword, for all that
// a near look tells.
func (f *finder) notable(data []byte, h prefilter.Hit, r *rule) bool {
	for k := range f.anchors {
		if a := &f.anchors[k]; int(r.literals[a.keyword]) == h.Literal && a.mayHold(data, h.Start) {
			return true
		}
	}
	return len(f.anchors) == 0
}

// mayHold is holds, but looks at few bytes.
func (a *anchor) mayHold(data []byte, start int) bool {
	const most = 64
	rest, ok := a.behind(data, start)
	return ok && (a.gap.most >= most || a.gap.holds(rest)) && follow(a.tail, rest, most)
}

func (g *gap) holds(data []byte) bool {
	if !g.known {
		return true
	}
	for _, c := range data[:min(len(data), g.most+1)] {
		if g.first.has(c) {
			return true
		}
		if !g.may.has(c) {
			return false
		}
	}
	return false
}

func (r *nearRun) holds(data []byte) bool {
	return r.next(data[:min(len(data), r.within)], 0) >= 0
}
