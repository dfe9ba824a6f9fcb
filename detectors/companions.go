package detectors

import "github.com/mudlark-scan/mudlark"

// companionLines is how many lines from a secret what it is used with may stand.
const companionLines = 10

// resolveCompanions finds the rules of what secrets are used with. One that the
// set does not hold says nothing: its absence must not lower anything.
func (e *Engine) resolveCompanions() {
	for i := range e.rules {
		r := &e.rules[i]
		for _, id := range r.Companions {
			if c := e.find(id); c != nil {
				r.companions = append(r.companions, c)
				e.parts = true
			}
		}
	}
}

// fillCompanions adds to near, the parts of candidate i, the nearest companion.
// Without one the candidate is graded low.
func (s *scan) fillCompanions(i int, near []int, byRule map[int32][]int) []int {
	c := &s.found[i]
	r := s.ruleOf(c)
	lines := companionLines
	var best []int
	for _, companion := range r.companions {
		if at := s.nearest(c, byRule[int32(companion.index)], &lines, nil); at >= 0 && (best == nil || s.closer(c, at, best[0])) {
			best = []int{at}
		}
	}
	if best == nil && len(r.companions) > 0 {
		c.grade, c.lone = mudlark.Low, true
	}
	return append(near, best...)
}

// closer reports whether candidate a lies closer to c than b does.
func (s *scan) closer(c *candidate, a, b int) bool {
	distance := func(i int) int { return abs(int(s.found[i].place.start) - int(c.place.start)) }
	return distance(a) < distance(b)
}
