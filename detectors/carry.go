package detectors

import (
	"slices"
	"sort"

	"github.com/mudlark-scan/mudlark"
)

// gaps goes through the text between zones. Each stretch of it lies in one copy.
type gaps struct {
	copies []mudlark.Copy
	zones  []mudlark.Span
	size   int
	at     int
	mudlark.Span
	shift int // from a place in the base to the one here
}

func (d *deltaScan) between(zones []mudlark.Span, size int) gaps {
	return gaps{copies: d.copies, zones: zones, size: size}
}

func (g *gaps) next() bool {
	for g.at <= g.size {
		g.Start, g.End = g.at, g.size
		if len(g.zones) > 0 {
			g.End, g.at = g.zones[0].Start, g.zones[0].End
			g.zones = g.zones[1:]
		} else {
			g.at = g.size + 1
		}
		if g.Start >= g.End {
			continue
		}
		for len(g.copies) > 0 && g.copies[0].To+g.copies[0].Len <= g.Start {
			g.copies = g.copies[1:]
		}
		if len(g.copies) == 0 || g.copies[0].To > g.Start || g.copies[0].To+g.copies[0].Len < g.End {
			continue // cannot be: what is not copied is in a zone
		}
		g.shift = g.copies[0].To - g.copies[0].From
		return true
	}
	return false
}

// candidates calls each for those of base whose secret and match lie in the
// gap, moved to where they are here.
func (g *gaps) candidates(base []candidate, each func(c candidate)) {
	lo, hi := g.Start-g.shift, g.End-g.shift
	i := sort.Search(len(base), func(i int) bool { return int(base[i].place.start) >= lo })
	for ; i < len(base) && int(base[i].place.start) < hi; i++ {
		c := base[i]
		if h := c.hull(); h.Start >= lo && h.End <= hi {
			c.move(g.shift)
			each(c)
		}
	}
}

// hull is the span in the chunk's text that holds the secret, the match and
// what the secret is called.
func (c *candidate) hull() mudlark.Span {
	h := mudlark.Span{Start: int(min(c.place.start, c.around.start)), End: int(max(c.place.end, c.around.end))}
	if c.copy == nil && c.key.len() > 0 {
		h.Start, h.End = min(h.Start, int(c.key.start)), max(h.End, int(c.key.end))
	}
	return h
}

func (c *candidate) move(by int) {
	c.place, c.around = c.place.moved(by), c.around.moved(by)
	if c.copy == nil && c.key.len() > 0 {
		c.key = c.key.moved(by)
	}
}

func (x extent) moved(by int) extent {
	return extent{uint32(int(x.start) + by), uint32(int(x.end) + by)}
}

// carry takes over what was found in text that is copied, but for what rules
// found that were asked anew.
func (s *scan) carry(base *Anchors) {
	if len(base.found) == 0 {
		return
	}
	d := &s.delta
	d.sortTried()
	for g := d.between(d.core, len(s.text)); g.next(); {
		g.candidates(base.found, func(c candidate) {
			if c.copy == nil && s.ruleOf(&c).carries() && !d.superseded(c.rule, c.hull()) {
				s.found = append(s.found, c)
			}
		})
	}
}

// carryNotes takes over the notes in text that is copied. Afterwards all of the
// chunk are known.
func (s *scan) carryNotes(base *Anchors) {
	if len(base.notes) > 0 {
		for g := s.delta.between(s.delta.look, len(s.text)); g.next(); {
			lo, hi := g.Start-g.shift, g.End-g.shift
			i := sort.Search(len(base.notes), func(i int) bool { return int(base.notes[i].at) >= lo })
			for ; i < len(base.notes) && int(base.notes[i].at) < hi; i++ {
				n := base.notes[i]
				n.at = uint32(int(n.at) + g.shift)
				s.notes = append(s.notes, n)
			}
		}
	}
	slices.SortFunc(s.notes, compareNotes)
}

// carryDecoded takes over what was found in text that a decoder made of what is
// copied, all but in zones.
func (s *scan) carryDecoded(base *Anchors, decoder int, zones []mudlark.Span) {
	if len(base.found) == 0 {
		return
	}
	for g := s.delta.between(zones, len(s.text)); g.next(); {
		g.candidates(base.found, func(c candidate) {
			if c.copy != nil && int(c.decoder) == decoder {
				s.found = append(s.found, c)
			}
		})
	}
}
