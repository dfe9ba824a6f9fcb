// Package codec finds encoded text in other text and decodes it: base64, hex,
// percent, unicode and HTML escapes, UTF-16 and UTF-32. What it gives keeps the
// way back, so that a place in decoded text can be told as a place in the
// original. Start with Text and Decoder.
//
// It runs over every byte that is scanned, so each decoder probes rather than
// reads, takes time linear in the text whatever the text, and allocates nothing
// where it finds nothing.
package codec

import "sort"

// A Text is decoded text together with where it comes from.
type Text struct {
	Data   []byte
	Pieces []Piece // in order, covering Data; their sources are in order too
}

// A Piece is a part of a Text that has one place in the source.
type Piece struct {
	Dec, Src, DecLen, SrcLen int
	Encoded                  bool // it was decoded; false: it is context, copied as it stands
	// Whole says that its bytes cannot be told apart in the source, as those of
	// compressed text: each comes from all of it.
	Whole bool
}

// Source returns the range of the source that Data[start:end] comes from. It is
// exact to the encoded character; where a character holds parts of two bytes,
// it belongs to both.
func (t *Text) Source(start, end int) (srcStart, srcEnd int) {
	if len(t.Pieces) == 0 {
		return start, end
	}
	start = min(max(start, 0), len(t.Data))
	end = min(max(end, start), len(t.Data))
	first := t.Pieces[t.piece(start)]
	srcStart = first.Src + first.before(start-first.Dec)
	if end == start {
		return srcStart, srcStart
	}
	last := t.Pieces[t.piece(end-1)]
	return srcStart, last.Src + last.after(end-last.Dec)
}

// Touches reports whether any of Data[start:end] was decoded.
func (t *Text) Touches(start, end int) bool {
	for i := t.piece(start); i < len(t.Pieces) && t.Pieces[i].Dec < end; i++ {
		if p := t.Pieces[i]; p.Encoded && p.Dec+p.DecLen > start {
			return true
		}
	}
	return false
}

// piece returns the index of the last piece that begins at or before at.
func (t *Text) piece(at int) int {
	i := sort.Search(len(t.Pieces), func(i int) bool { return t.Pieces[i].Dec > at })
	return max(i-1, 0)
}

// before returns where in the piece's source its first n bytes end, rounded
// down; after rounds up.
func (p Piece) before(n int) int {
	if p.Whole || p.DecLen == 0 {
		return 0
	}
	return int(int64(n) * int64(p.SrcLen) / int64(p.DecLen))
}

func (p Piece) after(n int) int {
	if p.Whole || p.DecLen == 0 {
		return p.SrcLen
	}
	return int((int64(n)*int64(p.SrcLen) + int64(p.DecLen) - 1) / int64(p.DecLen))
}

// A Budget bounds how much decoded text may be emitted, context included.
type Budget struct {
	Left int64 // bytes
	Hit  bool  // set when text was not decoded, or not all of it, for want of Left
}

// A Decoder finds text in one encoding.
type Decoder struct {
	Name string
	// Decode calls emit for the regions of src that hold encoded text: the line
	// or lines around it, but no more than 256 bytes to each side, with
	// everything in them that has this encoding decoded. The Text is lent until
	// emit returns. Regions are in order and do not overlap; one that is very
	// long comes in several parts, which share some text so that nothing is cut
	// in two.
	Decode func(src []byte, b *Budget, emit func(Text))
}
