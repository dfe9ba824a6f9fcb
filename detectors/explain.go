package detectors

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// An Explanation says what became of one candidate.
type Explanation struct {
	// Finding is the candidate's rule, place, secret, key and evidence.
	Finding mudlark.Finding
	// Dropped says why it is no finding; the zero value: it is one. Its Effect is 0.
	Dropped mudlark.Evidence
}

// maxExplained is how many dropped candidates of one chunk are told.
const maxExplained = 10_000

// An explaining takes what is dropped while a chunk is searched.
type explaining struct {
	allowed bool // only what allowlists drop
	drops   []drop
	told    []Explanation
}

// A drop is a match that was dropped. Its place is in the chunk's text.
type drop struct {
	rule               int32
	place              extent
	why                reason
	secret, match, key string
	tags               []string
}

// Explain is Detect for one chunk of which all is fresh, and tells also what was
// dropped, and why: in the order of their places.
func (e *Engine) Explain(c mudlark.Chunk, tell func(Explanation)) Stats {
	c.Fresh, c.Delta = nil, nil
	s := newScan(e)
	var all []Explanation
	s.explain = &explaining{}
	stats := s.run(c, func(f mudlark.Finding) { all = append(all, Explanation{Finding: f}) })
	all = append(all, s.explain.told...)
	slices.SortStableFunc(all, func(a, b Explanation) int {
		return cmp.Or(cmp.Compare(a.Finding.Position.Offset, b.Finding.Position.Offset), cmp.Compare(a.Finding.RuleID, b.Finding.RuleID))
	})
	for _, x := range all {
		tell(x)
	}
	return stats
}

// detectAllowed is Detect that also emits what allowlists drop, marked as suppressed
// by them. Nothing is carried over from another chunk, which knows nothing of that.
func (e *Engine) detectAllowed(c mudlark.Chunk, emit func(mudlark.Finding)) Stats {
	if c.Delta != nil {
		c.Delta.Keep = nil
	}
	c.Fresh, c.Delta = nil, nil
	s := newScan(e)
	s.explain = &explaining{allowed: true}
	var stats Stats
	if len(c.Data) > maxData {
		stats = s.runPieces(c, maxData, emit)
	} else {
		stats = s.run(c, emit)
	}
	for _, x := range s.explain.told {
		emit(x.Finding)
	}
	stats.Allowlisted = 0 // they are told
	return stats
}

// dropped notes that a match was dropped, if anybody wants to know.
func (s *scan) dropped(r *rule, m Match, why reason) {
	if s.explain == nil || len(s.explain.drops) >= maxExplained || s.explain.allowed && why.list == nil {
		return
	}
	data := s.layer.data
	s.explain.drops = append(s.explain.drops, drop{
		rule: int32(r.index), place: extentOf(s.layer.source(m.Secret)), why: why, tags: s.layer.tags(),
		secret: string(data[m.Secret.Start:m.Secret.End]), match: string(data[m.Whole.Start:m.Whole.End]), key: string(data[m.Key.Start:m.Key.End]),
	})
}

// explainDropped tells of what was dropped, once the chunk is settled: matches
// that something spoke against, and candidates that gave way to others.
func (s *scan) explainDropped() {
	for i := range s.found {
		c := &s.found[i]
		if !c.lost || s.explain.allowed {
			continue
		}
		why := reason{name: "overlap", detail: "another rule tells more of the same text"}
		if len(s.ruleOf(c).Required) > 0 && s.parts[i] == nil {
			why = reason{name: "part", detail: "what the rule requires besides is not near"}
		}
		f := s.finding(i)
		s.explain.drops = append(s.explain.drops, drop{
			rule: c.rule, place: c.place, why: why, tags: f.Tags, secret: f.Secret.Reveal(), match: f.Match.Reveal(), key: f.Key,
		})
	}
	slices.SortStableFunc(s.explain.drops, func(a, b drop) int {
		return cmp.Or(cmp.Compare(a.place.start, b.place.start), cmp.Compare(a.place.end, b.place.end), cmp.Compare(a.why.name, b.why.name), cmp.Compare(a.rule, b.rule))
	})
	s.explain.drops = slices.CompactFunc(s.explain.drops, func(a, b drop) bool {
		return a.place == b.place && a.why == b.why && (a.rule == b.rule || a.why.name == "key")
	})
	w := newWalker(&s.chunk, s.text)
	for i := range s.explain.drops {
		s.explain.told = append(s.explain.told, s.explanation(&s.explain.drops[i], &w))
	}
	s.explain.drops = s.explain.drops[:0]
}

func (s *scan) explanation(d *drop, w *walker) Explanation {
	r := &s.e.rules[d.rule]
	f := mudlark.Finding{
		RuleID: r.ID, Secret: mudlark.NewSensitive(d.secret), Match: mudlark.NewSensitive(d.match), Key: d.key,
		Entropy: entropy([]byte(d.secret)), Tags: d.tags, Origin: s.chunk.Origin,
	}
	f.Position = position(s.text, d.place.span(), w.at(int(d.place.start)))
	f.Position.Offset = s.chunk.Offset + int64(s.inData(d.place.span()).Start)
	if d.why.list != nil {
		f.Suppression, f.Confidence = d.why.list.by(), r.grade()
	}
	return Explanation{Finding: f, Dropped: mudlark.Evidence{Name: d.why.name, Detail: d.why.detail}}
}

// A Nearness says that a keyword of a rule stands in a text.
type Nearness struct{ Rule, Keyword string }

// Near returns the rules of which a keyword stands in text, the longest keyword
// first. It is for explaining, and looks for one after the other.
func (e *Engine) Near(text []byte) []Nearness {
	lower := string(bytes.ToLower(text))
	var near []Nearness
	for i := range e.rules {
		best := ""
		for _, word := range e.rules[i].Keywords {
			if len(word) > len(best) && strings.Contains(lower, strings.ToLower(word)) {
				best = word
			}
		}
		if best != "" {
			near = append(near, Nearness{e.rules[i].ID, best})
		}
	}
	slices.SortStableFunc(near, func(a, b Nearness) int { return cmp.Compare(len(b.Keyword), len(a.Keyword)) })
	return near
}
