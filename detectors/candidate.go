package detectors

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/mudlark-scan/mudlark"
)

// A candidate is a match that nothing spoke against when it was judged alone. A
// chunk may hold a million of them, so they are small: offsets fit 32 bits, see
// maxData, and what can be told from the chunk's text is not kept.
type candidate struct {
	place, around extent // of the secret and the whole match in the chunk's text
	key           extent // there; not used if copy is
	copy          *copied
	rule          int32 // index
	line, column  int32 // of place, when candidates are settled
	depth         int8  // of decoding
	decoder       int8  // that decoded the chunk's text, if depth is not 0
	grade         mudlark.Confidence
	lost          bool // another one tells of it
	doubted       bool // by the detector that proposed it
	lone          bool // nothing that the secret is used with stands near it
	backed        bool // its key's name tells as much as a rule that guesses asks for
}

// An extent is a span of the chunk's text.
type extent struct{ start, end uint32 }

func extentOf(s mudlark.Span) extent { return extent{uint32(s.Start), uint32(s.End)} }

func (x extent) span() mudlark.Span { return mudlark.Span{Start: int(x.start), End: int(x.end)} }

func (x extent) len() int { return int(x.end - x.start) }

// copied is what was found in decoded text, which is gone when it is told.
type copied struct {
	secret, match, key string
	tags               []string
}

// settle goes through the candidates, which are in order, and marks those as lost
// that are not to be reported because others are.
func (s *scan) settle() {
	s.found = slices.CompactFunc(s.found, func(a, b candidate) bool { return a.rule == b.rule && a.place == b.place })
	w := newWalker(&s.chunk, s.text)
	for i := range s.found {
		start := w.at(int(s.found[i].place.start))
		s.found[i].line, s.found[i].column = int32(start.line), int32(start.column)
	}
	if s.e.parts {
		s.fillParts()
	}
	s.settleOverlaps()
	s.settleGeneric()
}

// compareCandidates orders by place, and at one place by rule, what was found
// plainly first.
func compareCandidates(a, b candidate) int {
	return cmp.Or(
		cmp.Compare(a.place.start, b.place.start),
		cmp.Compare(a.place.end, b.place.end),
		cmp.Compare(a.rule, b.rule),
		cmp.Compare(a.depth, b.depth),
		-cmp.Compare(a.grade, b.grade),
		cmp.Compare(a.around.start, b.around.start),
		cmp.Compare(a.around.end, b.around.end),
		cmp.Compare(a.key.start, b.key.start),
		cmp.Compare(a.key.end, b.key.end),
		a.copy.compare(b.copy),
	)
}

func (c *copied) compare(o *copied) int {
	if c == o || c == nil || o == nil {
		return cmp.Compare(b2i(c != nil), b2i(o != nil))
	}
	return cmp.Or(cmp.Compare(c.secret, o.secret), cmp.Compare(c.match, o.match), cmp.Compare(c.key, o.key), slices.Compare(c.tags, o.tags))
}

// reported reports whether c would be reported if it were alone.
func (s *scan) reported(c *candidate) bool { return !c.lost && !s.ruleOf(c).SkipReport }

func (s *scan) ruleOf(c *candidate) *rule { return &s.e.rules[c.rule] }

// settleOverlaps goes through the groups of candidates whose secrets overlap.
func (s *scan) settleOverlaps() {
	group := make([]int, 0, 16)
	end := uint32(0)
	for i := range s.found {
		c := &s.found[i]
		if !s.reported(c) || s.ruleOf(c).Plain {
			continue
		}
		if len(group) > 0 && c.place.start >= end {
			s.settleGroup(group)
			group = group[:0]
		}
		group = append(group, i)
		end = max(end, c.place.end)
	}
	s.settleGroup(group)
}

// settleGroup keeps the best candidate of a group, the best of what does not
// overlap that one, and so on.
func (s *scan) settleGroup(group []int) {
	if len(group) < 2 {
		return
	}
	s.weighGuesses(group)
	slices.SortStableFunc(group, func(a, b int) int { return -s.compareWorth(&s.found[a], &s.found[b]) })
	var kept []extent // in order, not overlapping
	for _, i := range group {
		place := s.found[i].place
		at, _ := slices.BinarySearchFunc(kept, place, func(k, p extent) int { return cmp.Compare(k.start, p.start) })
		if at > 0 && kept[at-1].end > place.start || at < len(kept) && kept[at].start < place.end {
			s.found[i].lost = true
			continue
		}
		if s.everywhere(s.ruleOf(&s.found[i])) {
			kept = slices.Insert(kept, at, place)
		}
	}
}

// weighGuesses lets no rule that asks for more to be sure make less of a secret
// than a guess at the same place does: it is raised to that.
func (s *scan) weighGuesses(group []int) {
	for _, i := range group {
		g := &s.found[i]
		if !s.ruleOf(g).generic || g.grade < mudlark.Medium {
			continue
		}
		for _, k := range group {
			c := &s.found[k]
			r := s.ruleOf(c)
			if c.place == g.place && c.grade == mudlark.Low && !c.doubted && !r.generic && (c.lone || r.grade() == mudlark.Low && r.check == nil) {
				c.grade, c.backed = mudlark.Medium, true
			}
		}
	}
}

// everywhere reports whether a rule holds at all places of the content. One that
// does not may be refused at the place where a secret came in, and must not hide
// what another rule says there.
func (s *scan) everywhere(r *rule) bool {
	if len(s.paths) == 0 {
		return r.Path == ""
	}
	return !slices.ContainsFunc(s.paths, func(p string) bool { return s.e.refuses(r, p) })
}

// compareWorth says which of two overlapping candidates tells more.
func (s *scan) compareWorth(a, b *candidate) int {
	ruleA, ruleB := s.ruleOf(a), s.ruleOf(b)
	return cmp.Or(
		-cmp.Compare(b2i(ruleA.generic), b2i(ruleB.generic)),
		cmp.Compare(ruleA.Specificity, ruleB.Specificity),
		cmp.Compare(a.grade, b.grade),
		cmp.Compare(a.place.len(), b.place.len()),
		cmp.Compare(a.around.len(), b.around.len()),
		-cmp.Compare(a.depth, b.depth),
		-cmp.Compare(a.rule, b.rule),
	)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// settleGeneric drops what a generic rule found if another rule found, on the
// same line, a secret that has it in it.
func (s *scan) settleGeneric() {
	for from := 0; from < len(s.found); {
		to := from + 1
		for to < len(s.found) && s.found[to].line == s.found[from].line {
			to++
		}
		s.settleLine(s.found[from:to])
		from = to
	}
}

func (s *scan) settleLine(line []candidate) {
	for i := range line {
		g := &line[i]
		if !s.ruleOf(g).generic || !s.reported(g) {
			continue
		}
		// Few secrets share a line; many that do are a flood, and comparing
		// all of it would take long.
		for k := max(0, i-64); k < min(len(line), i+64); k++ {
			if o := &line[k]; !s.ruleOf(o).generic && s.reported(o) && s.everywhere(s.ruleOf(o)) && bytes.Contains(s.secretOf(o), s.secretOf(g)) {
				g.lost = true
				break
			}
		}
	}
}

func (s *scan) secretOf(c *candidate) []byte {
	if c.copy != nil {
		return []byte(c.copy.secret)
	}
	return s.text[c.place.start:c.place.end]
}

// fillParts finds for each candidate of a rule that requires others, has
// companions or a live check that needs them, the nearest of those. It marks one as lost that lacks what its rule
// requires.
func (s *scan) fillParts() {
	var byRule map[int32][]int
	for i := range s.found {
		c := &s.found[i]
		r := s.ruleOf(c)
		if len(r.parts)+len(r.companions)+len(r.needed) == 0 {
			continue
		}
		if byRule == nil {
			byRule = make(map[int32][]int)
			for k := range s.found {
				byRule[s.found[k].rule] = append(byRule[s.found[k].rule], k)
			}
			s.parts, s.others = make(map[int][]int), make(map[int][]int)
		}
		var near []int
		for k, part := range r.parts {
			need := &r.Required[k]
			at := s.nearest(c, byRule[int32(part.index)], need.WithinLines, need.WithinColumns)
			if c.lost = at < 0; c.lost {
				break
			}
			near = append(near, at)
		}
		if !c.lost {
			s.parts[i] = s.fillCompanions(i, near, byRule)
			s.fillOthers(i, byRule)
		}
	}
}

// maxNeighbours is how many candidates to either side are looked at: a flood of them
// is no pair.
const maxNeighbours = 256

// nearest returns which of the candidates in list, sorted by place, lies
// nearest to c and within the given distances; -1 if none does. Of many, some
// hundred to either side are looked at.
func (s *scan) nearest(c *candidate, list []int, lines, columns *int) int {
	at, _ := slices.BinarySearchFunc(list, c.place.start, func(i int, start uint32) int { return cmp.Compare(s.found[i].place.start, start) })
	best, bestDistance := -1, [2]int{}
	try := func(i int) {
		o := &s.found[i]
		if o == c || o.place == c.place && !s.ruleOf(c).Plain {
			return
		}
		distance := [2]int{abs(int(o.line) - int(c.line)), abs(int(o.column) - int(c.column))}
		if lines != nil && distance[0] > *lines || columns != nil && distance[1] > *columns {
			return
		}
		distance[1] = abs(int(o.place.start) - int(c.place.start))
		if best < 0 || slices.Compare(distance[:], bestDistance[:]) < 0 {
			best, bestDistance = i, distance
		}
	}
	for k := at; k < min(len(list), at+maxNeighbours); k++ {
		try(list[k])
	}
	for k := at - 1; k >= max(0, at-maxNeighbours); k-- {
		try(list[k])
	}
	return best
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
