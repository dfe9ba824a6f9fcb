package detectors

import "regexp/syntax"

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
