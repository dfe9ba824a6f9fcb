package detectors

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

const (
	// companionLines is how many lines from a secret what it is used with may stand.
	companionLines = 10
	// neededLines is that for what a live check needs besides, which decides nothing
	// of a finding: a kubeconfig names its server far above the token.
	neededLines = 30
)

// resolveCompanions finds the rules of what secrets are used with, and of what
// live checks need besides. One that the set does not hold says nothing: its
// absence must not lower anything.
func (e *Engine) resolveCompanions() {
	for i := range e.rules {
		r := &e.rules[i]
		for _, id := range r.Companions {
			if c := e.find(id); c != nil {
				r.companions = append(r.companions, c)
				e.parts = true
			}
		}
		for _, check := range []*rules.Check{r.Verify, r.Revocation} {
			if check == nil {
				continue
			}
			for _, id := range check.Needs() {
				if p := e.find(id); p != nil && !slices.Contains(r.needed, p) {
					r.needed = append(r.needed, p)
					e.parts = true
				}
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
	return s.fillNeeded(c, append(near, best...), byRule)
}

// fillNeeded adds to near the nearest match of each rule that the live check of
// c needs and near has none of. They say nothing of the confidence.
func (s *scan) fillNeeded(c *candidate, near []int, byRule map[int32][]int) []int {
	lines := neededLines
	for _, need := range s.ruleOf(c).needed {
		has := func(at int) bool { return s.found[at].rule == int32(need.index) }
		if slices.ContainsFunc(near, has) {
			continue
		}
		if at := s.nearest(c, byRule[int32(need.index)], &lines, nil); at >= 0 {
			near = append(near, at)
		}
	}
	return near
}

const (
	// maxOthers bounds what else may be a part: as many as are asked about, so that
	// with the nearest it shows that there are more.
	maxOthers = 4
	// fewNeighbours bounds for each secret of a flood what is looked at on either side.
	fewNeighbours = 32
)

// fillOthers finds, for the parts of candidate i that its live check needs, what
// else near by may be meant: a secret may stand between two accounts.
func (s *scan) fillOthers(i int, byRule map[int32][]int) {
	c := &s.found[i]
	for _, need := range s.ruleOf(c).needed {
		var taken [][]byte
		for _, at := range s.parts[i] {
			if s.found[at].rule == int32(need.index) {
				taken = append(taken, s.secretOf(&s.found[at]))
			}
		}
		list := byRule[int32(need.index)]
		if len(taken) == 0 || len(list) < 2 {
			continue
		}
		var near []int
		at, _ := slices.BinarySearchFunc(list, c.place.start, func(i int, start uint32) int { return cmp.Compare(s.found[i].place.start, start) })
		for _, k := range list[max(0, at-fewNeighbours):min(len(list), at+fewNeighbours)] {
			if k != i && abs(int(s.found[k].line)-int(c.line)) <= neededLines {
				near = append(near, k)
			}
		}
		slices.SortStableFunc(near, func(a, b int) int {
			d := func(k int) int { return abs(int(s.found[k].place.start) - int(c.place.start)) }
			return cmp.Compare(d(a), d(b))
		})
		for _, k := range near {
			text := s.secretOf(&s.found[k])
			if len(taken) > maxOthers || slices.ContainsFunc(taken, func(t []byte) bool { return bytes.Equal(t, text) }) {
				continue
			}
			taken = append(taken, text)
			s.others[i] = append(s.others[i], k)
		}
	}
}

// closer reports whether candidate a lies closer to c than b does.
func (s *scan) closer(c *candidate, a, b int) bool {
	distance := func(i int) int { return abs(int(s.found[i].place.start) - int(c.place.start)) }
	return distance(a) < distance(b)
}
