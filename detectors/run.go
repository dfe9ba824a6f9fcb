package detectors

import (
	"regexp/syntax"

	"github.com/mudlark-scan/mudlark/internal/runs"
)

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
			best = run{step{set, least}, classOfRun(&set), longest(parts[:i]), longest(parts[i+1:])}
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

// classOfRun returns the class that finds runs of the set fastest, nil if it
// holds bytes beyond ASCII.
func classOfRun(set *byteSet) *runs.Class {
	if set[2]|set[3] != 0 {
		return nil
	}
	return runs.Of(set.has)
}

// nextRun returns the next bytes of the set in a row that are long enough and
// begin at from or later; false if there are none.
func (r *run) nextRun(data []byte, from int) (start, end int, ok bool) {
	if r.class != nil {
		return r.class.Next(data, from, r.n)
	}
	if end = r.next(data, from); end < 0 {
		return 0, 0, false
	}
	return r.set.runBefore(data, end-r.n, from), r.set.runAfter(data, end, len(data)), true
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
