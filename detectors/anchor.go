package detectors

import "regexp/syntax"

// Bounds for what is spelled out of a pattern: alternatives, and their length.
const (
	maxExact    = 64
	maxClass    = 26
	maxExactLen = 128
)

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
	sets := make([][]exact, len(parts))
	for i, part := range parts {
		sets[i] = exacts(part)
	}
	for i := range parts {
		some := anchorsAt(parts, sets, i, keywords)
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

// anchorsAt spells the longest stretch that begins with part i, with what sets
// holds for each part.
func anchorsAt(parts []*syntax.Regexp, sets [][]exact, i int, keywords []string) []anchor {
	set := []exact{{}}
	end := i
	var found []anchor
	for ; end < len(parts); end++ {
		next := cross(set, sets[end])
		if next == nil {
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
	tail, between, run := following(parts[end:])
	before, then := preceding(parts[:i]), laterIn(parts[end:])
	for k := range found {
		a := &found[k]
		a.head, a.tail, a.gap, a.run, a.later = before, tail, between, run, then
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
