package detectors

import "regexp/syntax"

// preceding returns what parts say must come before what follows them directly.
func preceding(parts []*syntax.Regexp) (h head) {
	for i := len(parts) - 1; i >= 0 && len(h.steps) < maxSteps; i-- {
		p := parts[i]
		if _, most := length(p); most == 0 {
			continue
		}
		set, least, most, ok := classRun(p)
		if ok && least > 0 {
			h.steps = append(h.steps, step{set, least})
		}
		if !ok || least != most || set.has(0x80) {
			h.edge, h.known = edgeOf(p)
			return h
		}
	}
	return h
}

// edgeOf returns the bytes of which one must stand before an anchor unless the
// text begins there, if re says no more than that.
func edgeOf(re *syntax.Regexp) (set byteSet, ok bool) {
	if re.Op != syntax.OpAlternate {
		return set, false
	}
	for _, sub := range re.Sub {
		switch class, isClass := classOf(sub); {
		case isClass:
			set.union(&class)
		case sub.Op == syntax.OpBeginLine:
			set.add('\n')
		case sub.Op != syntax.OpBeginText:
			return set, false
		}
	}
	return set, true
}

// holds reports whether it is so at the end of data.
func (h *head) holds(data []byte) bool {
	for i := range h.steps {
		s := &h.steps[i]
		if len(data) < s.n || !s.set.hasAll(data[len(data)-s.n:]) {
			return false
		}
		data = data[:len(data)-s.n]
	}
	return !h.known || len(data) == 0 || h.edge.has(data[len(data)-1])
}

// laterIn returns the longest text that parts, one behind the other, must hold;
// of two, the one further away.
func laterIn(parts []*syntax.Regexp) (best later) {
	var l later
	for i, p := range parts {
		if p.Op == syntax.OpLiteral {
			if set := literalExact(p); set != nil && len(set[0].text) >= len(best.text) {
				best = l
				best.exact = set[0]
				best.tail = stridesIn(parts[i+1:])
			}
		}
		_, most := length(p)
		l.within = plus(l.within, most)
		collectBytes(p, &l.may)
	}
	return best
}

// holds reports whether the text stands in data, where it may, or so far away
// that it is not looked for.
func (l *later) holds(data []byte) bool {
	for i := range data[:min(len(data), l.within+1, maxLater)] {
		if l.stands(data[i:]) && follow(l.tail, data[i+len(l.text):], maxLater) {
			return true
		}
		if !l.may.has(data[i]) {
			return false
		}
	}
	return l.within >= maxLater && len(data) >= maxLater
}
