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
// candidates against each other and tells of those that are left.
type scan struct {
	e       *Engine
	chunk   mudlark.Chunk
	text    []byte   // the chunk's data, or what it is if that is UTF-16
	paths   []string // all that are known
	only    [1]string
	refused int8 // whether the global allowlists refuse all paths: 0 not asked yet, 1 no, 2 yes
	budget  codec.Budget
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

	parent  *layer // what is being decoded
	decoder int

	found []candidate
	parts map[int][]int // of those whose rule requires others: the others

	// These are methods of the scan, kept so that handing them on costs nothing.
	onMatch func(Match)
	onText  func(codec.Text)
	onLine  func() []byte
	judged  Match
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
	coder       *codeUse
	key, secret int
	named       bool // the keyword is part of the key
}

func newScan(e *Engine) *scan {
	s := &scan{e: e, states: make([]state, len(e.rules)), hits: make([]prefilter.Hit, 0, 1024)}
	s.onMatch, s.onText, s.onLine = s.propose, s.decoded, s.lineOfMatch
	return s
}

// reset lets go of the chunk.
func (s *scan) reset() {
	s.chunk, s.text, s.paths, s.only, s.refused = mudlark.Chunk{}, nil, nil, [1]string{}, 0
	s.layers[0], s.layer, s.parent = layer{}, nil, nil
	s.parts = nil
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
	s.budget = codec.Budget{Left: s.e.opts.DecodeBytes}
	if s.budget.Left == 0 {
		s.budget.Left = 4*int64(len(c.Data)) + defaultDecode
	}
	s.pathFindings(emit)
	root := &s.layers[0]
	*root = layer{data: c.Data}
	if s.e.opts.DecodeDepth > 0 {
		if name, text, ok := codec.UTF(c.Data); ok {
			*root = layer{data: text.Data, text: *text, name: name}
			s.stats.Decoded += int64(len(text.Data))
		}
	}
	s.text = root.data
	s.search(root)
	if s.e.opts.DecodeDepth > 0 {
		s.decode(root)
	}
	s.stats.DecodeHit = s.budget.Hit
	if len(s.found) > 0 {
		s.tell(emit)
	}
	return s.stats
}

// search proposes everything in l to judge.
func (s *scan) search(l *layer) {
	s.layer, s.recent = l, [64]proposal{}
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
	if len(s.woken) == 0 {
		return
	}
	slices.Sort(s.woken)
	for _, i := range s.woken {
		s.try(i)
	}
	s.woken = s.woken[:0]
}

// noticed deals with one keyword.
func (s *scan) noticed(h prefilter.Hit) {
	u := &s.e.literals[h.Literal]
	for _, i := range u.regexps {
		if s.states[i].whole || s.states[i].refused == 2 {
			continue
		}
		r := &s.e.rules[i]
		f := r.ready()
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
		s.coder = c.ready(s.e.rules)
		s.hit = mudlark.Span{Start: h.Start, End: h.Start + u.length}
		c.Detect(s.layer.data, s.hit, s.onMatch)
	}
	s.coder = nil
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
			if !excludesPath(s.e.global, p) {
				s.refused = 1
			}
		}
	}
	if s.refused == 2 {
		return true
	}
	for _, p := range s.paths {
		if !s.e.rules[i].refuses(p) && !excludesPath(s.e.global, p) {
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
	if r.code != nil { // a rule without keywords for a detector in code: it is asked everywhere
		s.coder = (&codeUse{Detector: r.code, rules: []int32{i}}).ready(s.e.rules)
		s.tryEverywhere()
		s.coder = nil
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

// tryEverywhere asks a detector in code at every word.
func (s *scan) tryEverywhere() {
	data := s.layer.data
	for at := 0; at < len(data); at++ {
		if !isWord(data[at]) || at > 0 && isWord(data[at-1]) {
			continue
		}
		s.hit = mudlark.Span{Start: at, End: at + 1}
		s.coder.Detect(data, s.hit, s.onMatch)
	}
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
	p := proposal{u, m.Key.Start, m.Secret.Start, m.Key.Overlaps(s.hit)}
	slot := &s.recent[(m.Secret.Start+m.Key.Start*5)%len(s.recent)]
	if *slot == p {
		return
	}
	*slot = p
	for _, i := range u.rules {
		s.judge(&s.e.rules[i], m)
	}
}
