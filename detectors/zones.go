package detectors

import (
	"slices"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/codec"
)

// searchNear finds what near rules find where the text is new.
func (s *scan) searchNear() {
	d := &s.delta
	s.begin(&s.layers[0])
	s.asking = askNear
	for _, z := range d.look {
		part := s.text[z.Start:min(len(s.text), z.End+s.e.longest)]
		for at := 0; at < len(part); {
			s.hits, at = s.e.matcher.Scan(part, at, s.hits[:0])
			for _, h := range s.hits {
				if h.Start += z.Start; h.Start < z.End {
					s.noticed(h)
				}
			}
		}
	}
	s.asking = askAll
	for _, i := range s.e.always {
		r := &s.e.rules[i]
		if r.far() || !s.willing(i) {
			continue
		}
		if r.code != nil {
			s.tryEverywhere(i, d.look)
		} else { // lines bound it, and those of the core are all that counts
			st := s.wake(i)
			st.windows = append(st.windows, d.core...)
		}
	}
	for _, i := range s.woken { // what the other lines hold is carried over
		st := &s.states[i]
		st.windows = slices.DeleteFunc(st.windows, func(w mudlark.Span) bool { return !touching(d.core, w) })
	}
	s.tryWoken()
}

// searchFar asks the far rules, whose keywords are all noted, about what may
// have changed.
func (s *scan) searchFar() {
	d := &s.delta
	d.tried = d.tried[:0]
	s.asking = askFar
	for _, n := range s.notes {
		s.noticed(s.e.hitOf(n))
	}
	s.asking = askAll
	for _, i := range s.e.always {
		if s.e.rules[i].far() && s.willing(i) {
			s.wake(i).whole = true
		}
	}
	for _, i := range s.woken { // not in order: it does not matter what is found first
		st := &s.states[i]
		if st.whole {
			s.stats.WholeEvaluations++
			continue
		}
		f := s.e.rules[i].ready()
		kept := st.windows[:0]
		for _, w := range merged(st.windows) {
			if d.changed(w, s.text, &f.bytes) {
				kept = append(kept, w)
				d.tried = append(d.tried, window{i, w})
			}
		}
		st.windows = kept
	}
	s.tryWoken()
}

// decodeZones searches what is encoded near the dirt, and carries over what was
// found in other encoded text. It returns false if the budget is spent.
func (s *scan) decodeZones(base *Anchors) bool {
	d := &s.delta
	d.around = widen(d.around[:0], d.dirt, s.text, reach{left: codec.Gap, right: codec.Gap})
	for i := range d.around {
		s.moveApart(&d.around[i])
	}
	for i := range s.e.decoders {
		d.slices, d.encoded, d.effort = d.slices[:0], d.encoded[:0], 4*len(s.text)
		for _, z := range d.around {
			if !s.addSlice(i, z) {
				return false
			}
		}
		for _, z := range d.encoded {
			s.decodeSlice(i, z)
		}
		s.carryDecoded(base, i, d.slices)
	}
	return !s.budget.Hit
}

// moveApart grows z so that no encoded text goes on over its ends.
func (s *scan) moveApart(z *mudlark.Span) {
	for !codec.Apart(s.text, z.Start) {
		z.Start = linesBefore(s.text, z.Start-1, 0, 0)
	}
	for !codec.Apart(s.text, z.End) {
		z.End = lineEnd(s.text, z.End)
	}
}

// addSlice appends z to the slices, grown until all encoded text in it keeps its
// distance from both its ends, and joined with those before it if it meets them.
// It returns false if that takes as long as to look at all of the text.
func (s *scan) addSlice(decoder int, z mudlark.Span) bool {
	d := &s.delta
	if n := len(d.slices); n > 0 && d.slices[n-1].Contains(z) {
		return true
	}
	for step := codec.Gap; ; step *= 2 {
		for n := len(d.slices) - 1; n >= 0 && d.slices[n].End >= z.Start; n-- {
			z.Start, z.End = min(z.Start, d.slices[n].Start), max(z.End, d.slices[n].End)
			d.slices = d.slices[:n]
		}
		if d.effort -= z.Len(); d.effort < 0 {
			return false
		}
		d.region = mudlark.Span{Start: -1}
		d.budget = s.budget
		s.e.decoders[decoder].Decode(s.text[z.Start:z.End], &d.budget, s.onRegion)
		if d.budget.Hit {
			return false
		}
		if d.region.Start < 0 {
			break
		}
		left := z.Start > 0 && d.region.Start < codec.Gap
		right := z.End < len(s.text) && d.region.End > z.Len()-codec.Gap
		if !left && !right {
			break
		}
		if left {
			z.Start = linesBefore(s.text, max(0, z.Start-step), 0, 0)
		}
		if right {
			z.End = lineEnd(s.text, min(len(s.text), z.End+step))
		}
		s.moveApart(&z)
	}
	for n := len(d.encoded) - 1; n >= 0 && d.encoded[n].End > z.Start; n-- {
		d.encoded = d.encoded[:n]
	}
	d.slices = append(d.slices, z)
	if d.region.Start >= 0 {
		d.encoded = append(d.encoded, z)
	}
	return true
}

// measure notes where encoded text lies.
func (s *scan) measure(t codec.Text) {
	r := &s.delta.region
	from, _ := t.Source(0, 0)
	_, to := t.Source(len(t.Data)-1, len(t.Data))
	if r.Start < 0 {
		r.Start, r.End = from, to
	}
	r.Start, r.End = min(r.Start, from), max(r.End, to)
}

// decodeSlice searches what one decoder finds in a slice of the text.
func (s *scan) decodeSlice(decoder int, z mudlark.Span) {
	part := layer{data: s.text[z.Start:z.End], base: z.Start}
	s.slice = part
	s.parent, s.decoder = &s.slice, decoder
	before := s.budget.Left
	s.e.decoders[decoder].Decode(part.data, &s.budget, s.onText)
	s.spent += before - s.budget.Left
	s.parent, s.slice = nil, layer{}
}
