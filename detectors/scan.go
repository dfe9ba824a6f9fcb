package detectors

import (
	"slices"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/codec"
	"github.com/mudlark-scan/mudlark/internal/prefilter"
)

// A scan is what one call of Detect needs. It is used again by later calls, so
// that content without secrets costs no memory.
//
// search runs the prefilter over a text: hits note for each rule the windows in
// which it may match, or ask a detector in code at once. Then the woken rules'
// expressions are tried on their windows. judge decides about each match; what
// it lets through becomes a candidate. When all text was searched, run settles
// candidates against each other and tells of those that are left. Of a chunk that
// was made from another by copies, delta.go searches what is new, and carry.go
// takes over the rest.
type scan struct {
	e       *Engine
	chunk   mudlark.Chunk
	text    []byte   // the chunk's data, or what it is if that is UTF-16
	paths   []string // all that are known
	only    [1]string
	refused int8 // whether the global allowlists refuse all paths: 0 not asked yet, 1 no, 2 yes
	budget  codec.Budget
	spent   int64 // of the budget
	stats   Stats

	hits   []prefilter.Hit
	states []state // by rule
	woken  []int32 // those with something to be searched
	asked  []int32 // those whose refused is known
	lower  []byte  // room for a secret in lower case

	layer  *layer
	layers [maxDepth + 1]layer
	rule   *rule    // whose expression is tried
	coder  *codeUse // the detector in code that is asked
	hit    mudlark.Span
	recent [64]proposal // some of what detectors in code proposed last
	recall bool         // there is something in recent

	parent  *layer // what is being decoded
	decoder int

	asking  asking
	explain *explaining // nil: nobody asks what is dropped

	noting bool // what wakes far rules is noted
	delta  deltaScan
	slice  layer // of the chunk's text, decoded by itself

	found []candidate
	notes []note
	parts map[int][]int // of those whose rule requires others: the others
	// others are, of those with parts that a live check needs, what else may be one.
	others map[int][]int

	// These are methods of the scan, kept so that handing them on costs nothing.
	onMatch  func(Match)
	onText   func(codec.Text)
	onRegion func(codec.Text)
	onLine   func() []byte
	judged   Match
}

// A state is what a scan knows of a rule.
type state struct {
	windows []mudlark.Span // to be searched in this text; neighbours do not overlap
	whole   bool           // all of this text is to be searched
	woken   bool
	refused int8 // for this chunk: 0 not asked yet, 1 no, 2 yes
}

// A proposal is one of a detector in code. Keywords that stand close together
// lead to the same ones, which are judged once.
type proposal struct {
	coder *codeUse
	Match
	named bool // the keyword is part of the key
}

func newScan(e *Engine) *scan {
	s := &scan{e: e, states: make([]state, len(e.rules)), hits: make([]prefilter.Hit, 0, 1024)}
	s.onMatch, s.onText, s.onRegion, s.onLine = s.propose, s.decoded, s.measure, s.lineOfMatch
	return s
}

// reset lets go of the chunk.
func (s *scan) reset() {
	s.chunk, s.text, s.paths, s.only, s.refused = mudlark.Chunk{}, nil, nil, [1]string{}, 0
	s.layers[0], s.layer, s.parent = layer{}, nil, nil
	s.parts, s.others = nil, nil
	if s.notes = s.notes[:0]; cap(s.notes) > 1<<14 {
		s.notes = nil
	}
	if cap(s.delta.copies) > 1<<14 {
		s.delta = deltaScan{}
	}
	s.stats, s.rule, s.coder = Stats{}, nil, nil
	if cap(s.found) > 1<<12 {
		s.found = nil
	}
	clear(s.found)
	s.found = s.found[:0]
	for _, i := range s.asked {
		s.states[i].refused = 0
	}
	s.asked = s.asked[:0]
}

// run searches a chunk and tells of what it finds.
func (s *scan) run(c mudlark.Chunk, emit func(mudlark.Finding)) Stats {
	defer s.reset()
	s.chunk = c
	if s.paths = c.Paths; c.Paths == nil && c.Origin.Path != "" {
		s.only[0] = c.Origin.Path
		s.paths = s.only[:]
	}
	s.pathFindings(emit)
	root := &s.layers[0]
	*root = layer{data: c.Data}
	if s.e.opts.DecodeDepth > 0 {
		if name, text, ok := codec.UTF(c.Data); ok {
			*root = layer{data: text.Data, text: *text, name: name}
		}
	}
	s.text = root.data
	if !s.searchDelta() {
		s.searchAll()
	}
	s.stats.DecodeHit = s.budget.Hit
	s.order()
	s.keep()
	if len(s.found) > 0 {
		s.tell(emit)
	}
	if s.explain != nil {
		s.explainDropped()
	}
	return s.stats
}

// allowance returns how much decoded text is searched.
func (s *scan) allowance() int64 {
	if s.e.opts.DecodeBytes != 0 {
		return s.e.opts.DecodeBytes
	}
	return 4*int64(len(s.chunk.Data)) + defaultDecode
}

// restart forgets what was found so far.
func (s *scan) restart() {
	s.found, s.notes, s.stats = s.found[:0], s.notes[:0], Stats{}
	s.budget, s.spent = codec.Budget{Left: s.allowance()}, 0
}

// searchAll searches all of the chunk.
func (s *scan) searchAll() {
	s.restart()
	root := &s.layers[0]
	if root.name != "" {
		s.stats.Decoded += int64(len(root.data))
	}
	s.search(root)
	if s.e.opts.DecodeDepth > 0 {
		s.decode(root)
	}
	s.spent = s.allowance() - s.budget.Left
}

// begin makes l the layer that is searched.
func (s *scan) begin(l *layer) {
	if s.layer = l; s.recall {
		s.recent, s.recall = [len(s.recent)]proposal{}, false
	}
	s.noting = l.depth == 0 && s.keeps()
}

// search proposes everything in l to judge.
func (s *scan) search(l *layer) {
	s.begin(l)
	for at := 0; at < len(l.data); {
		s.hits, at = s.e.matcher.Scan(l.data, at, s.hits[:0])
		for _, h := range s.hits {
			s.noticed(h)
		}
	}
	for _, i := range s.e.always {
		if s.willing(i) {
			s.wake(i).whole = true
		}
	}
	s.tryWoken()
}

// tryWoken runs the expressions of the rules that something woke.
func (s *scan) tryWoken() {
	if len(s.woken) == 0 {
		return
	}
	slices.Sort(s.woken)
	for _, i := range s.woken {
		s.try(i)
	}
	s.woken = s.woken[:0]
}

// asking says which rules keywords wake.
type asking uint8

const (
	askAll  asking = iota
	askNear        // the keywords of far ones are noted, to be heeded when all are known
	askFar
)

// noticed deals with one keyword.
func (s *scan) noticed(h prefilter.Hit) {
	u := &s.e.literals[h.Literal]
	noted := u.word != 0
	for _, i := range u.regexps {
		st := &s.states[i]
		if st.refused == 2 || st.whole && noted {
			continue
		}
		r := &s.e.rules[i]
		f := r.ready()
		noted = noted || s.noting && f.far && f.notable(s.layer.data, h, r)
		if st.whole || s.asking != askAll && f.far != (s.asking == askFar) {
			continue
		}
		if len(f.anchors) == 0 {
			if s.willing(i) {
				s.wake(i).whole = true
			}
			continue
		}
		for k := range f.anchors {
			a := &f.anchors[k]
			if int(r.literals[a.keyword]) == h.Literal && a.holds(s.layer.data, h.Start) && s.willing(i) {
				f.addAnchor(&s.wake(i).windows, s.layer.data, a, h.Start)
			}
		}
	}
	for _, c := range u.code {
		isFar := c.far
		noted = noted || s.noting && isFar
		if s.asking != askAll && isFar != (s.asking == askFar) {
			continue
		}
		s.coder = c.ready(s.e.rules)
		s.hit = mudlark.Span{Start: h.Start, End: h.Start + u.length}
		c.Detect(s.layer.data, s.hit, s.onMatch)
	}
	s.coder = nil
	if noted && s.layer.depth == 0 && s.asking != askFar {
		s.notes = append(s.notes, note{uint32(h.Start), int32(h.Literal)})
	}
}

func (s *scan) wake(i int32) *state {
	st := &s.states[i]
	if !st.woken {
		st.woken = true
		s.woken = append(s.woken, i)
	}
	return st
}

// willing reports whether rule i may have a finding at one of the chunk's
// paths, if they are known.
func (s *scan) willing(i int32) bool {
	st := &s.states[i]
	if st.refused == 0 {
		s.asked = append(s.asked, i)
		st.refused = 1
		if s.allRefuse(i) {
			st.refused = 2
		}
	}
	return st.refused == 1
}

func (s *scan) allRefuse(i int32) bool {
	if len(s.paths) == 0 {
		return false
	}
	if s.refused == 0 {
		s.refused = 2
		for _, p := range s.paths {
			if !s.e.excludesPath(s.e.global, p) {
				s.refused = 1
			}
		}
	}
	if s.refused == 2 {
		return true
	}
	for _, p := range s.paths {
		if !s.e.refuses(&s.e.rules[i], p) && !s.e.excludesPath(s.e.global, p) {
			return false
		}
	}
	return true
}

// try runs a woken rule's expression.
func (s *scan) try(i int32) {
	st := &s.states[i]
	r := &s.e.rules[i]
	s.rule = r
	if r.code != nil {
		s.tryEverywhere(i, []mudlark.Span{{End: len(s.layer.data)}})
	} else {
		f := r.ready()
		if st.whole {
			st.windows = f.everywhere(st.windows[:0], s.layer.data)
		}
		for _, w := range merged(st.windows) {
			f.each(s.layer.data, w, s.onMatch)
		}
	}
	st.windows, st.whole, st.woken = st.windows[:0], false, false
	s.rule = nil
}

// tryEverywhere asks a detector in code, for a rule without keywords, at every
// word that begins in zones.
func (s *scan) tryEverywhere(i int32, zones []mudlark.Span) {
	s.coder = (&codeUse{Detector: s.e.rules[i].code, rules: []int32{i}}).ready(s.e.rules)
	data := s.layer.data
	for _, z := range zones {
		for at := z.Start; at < z.End; at++ {
			if !isWord(data[at]) || at > 0 && isWord(data[at-1]) {
				continue
			}
			s.hit = mudlark.Span{Start: at, End: at + 1}
			s.coder.Detect(data, s.hit, s.onMatch)
		}
	}
	s.coder = nil
}

// propose takes a match of the rule that is tried, or of each rule that the
// asked detector in code works for.
func (s *scan) propose(m Match) {
	u := s.coder
	if u == nil {
		s.judge(s.rule, m)
		return
	}
	if m.Secret.Len() < u.least {
		return
	}
	p := proposal{u, m, m.Key.Overlaps(s.hit)}
	slot := &s.recent[(m.Secret.Start+m.Key.Start*5)%len(s.recent)]
	if *slot == p {
		return
	}
	*slot, s.recall = p, true
	for _, i := range u.rules {
		s.judge(&s.e.rules[i], m)
	}
}
