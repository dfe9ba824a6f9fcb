package detectors

import (
	"cmp"
	"slices"
	"strings"
)

// Anchors are what an engine remembers of a chunk, so that of one made from it
// only what is new must be looked at. They never change and hold nothing of the
// chunk's data but what was decoded from it.
//
// What is found at a place depends on the text around it alone. Most rules look
// no further than a line or a few: they are near. What they found is carried
// over from text that is copied, if the copy reaches far enough to all sides.
// Of the others, the far ones, the words that woke them are carried over, and
// they are asked anew.
type Anchors struct {
	engine *Engine
	size   int         // of the data
	place  string      // what was known of it when it was searched
	opaque bool        // nothing can be carried over
	spent  int64       // of the budget for decoded text; no less than a search of all data would spend
	found  []candidate // before they are settled; in order
	notes  []note      // in order
}

// A note is an occurrence of a literal that is worth remembering: it wakes a
// far rule, or is the word of a marker.
type note struct {
	at      uint32
	literal int32
}

func compareNotes(a, b note) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.literal, b.literal))
}

// base returns what is known of what the chunk was made from, nil if that does
// not help.
func (s *scan) base() *Anchors {
	if !s.keeps() {
		return nil
	}
	a, ok := s.chunk.Delta.Base.(*Anchors)
	if !ok || a == nil || a.engine != s.e || a.opaque || a.place != s.place() {
		return nil
	}
	return a
}

// keeps reports whether the chunk is to be remembered.
func (s *scan) keeps() bool {
	c := &s.chunk
	return c.Delta != nil && c.Fresh == nil && c.Offset == 0
}

// place is all that a search heeds besides the text.
func (s *scan) place() string {
	commit := s.chunk.Origin.Commit
	if len(s.paths) == 0 && commit == nil {
		return ""
	}
	place := strings.Join(s.paths, "\x00") + "\x00\x00"
	if commit != nil {
		place += commit.ID
	}
	return place
}

// keep remembers the chunk, whose candidates are in order and not yet settled.
func (s *scan) keep() {
	if s.chunk.Delta == nil {
		return
	}
	s.chunk.Delta.Keep = nil
	if !s.keeps() {
		return
	}
	a := &Anchors{engine: s.e, size: len(s.chunk.Data), place: s.place(), spent: s.spent}
	a.opaque = s.layers[0].name != "" || s.budget.Hit
	if !a.opaque {
		if len(s.found) > 0 {
			a.found = append(make([]candidate, 0, len(s.found)), s.found...)
		}
		if len(s.notes) > 0 {
			a.notes = append(make([]note, 0, len(s.notes)), s.notes...)
		}
	}
	s.chunk.Delta.Keep = a
}

// order sorts what was found and noted, and drops what was found twice.
func (s *scan) order() {
	slices.SortFunc(s.found, compareCandidates)
	s.found = slices.CompactFunc(s.found, func(a, b candidate) bool { return compareCandidates(a, b) == 0 })
	if !slices.IsSortedFunc(s.notes, compareNotes) {
		slices.SortFunc(s.notes, compareNotes)
	}
}
