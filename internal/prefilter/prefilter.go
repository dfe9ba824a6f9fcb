// Package prefilter finds every occurrence of thousands of short literals in
// one fast pass over text, the case of ASCII letters aside. Start with New and
// Scan. It looks at every second position only: each literal is registered by
// the rarest four bytes of it that a look at an even, and at an odd, distance
// from its beginning can meet. What survives that look is looked at more closely,
// and what survives that is compared in full.
package prefilter

import (
	"encoding/binary"
	"math/bits"
)

// A Hit is an occurrence of a literal.
type Hit struct {
	Start   int // of the occurrence
	Literal int // index in what New was given
}

const (
	fold   = 0xDFDFDFDF // drops the bit that tells the case of letters
	fold64 = 0xDFDFDFDFDFDFDFDF
	// cells is how many the table has, 256 kB in all. With the three thousand
	// literals of the built-in rules half of that lets a tenth more through, and
	// cells of eight bits a third more.
	cells     = 1 << 17
	shift     = 32 - 17 // the upper 17 bits of a hash choose the cell
	closeBits = 20      // of a hash of all four bytes, for the closer look
	closeMix  = 0x9E3779B1
	groupBits = 14
	groups    = 1 << groupBits
	spread    = 0x9E3779 << 8 // its low byte is zero: the fourth byte of a window does not count in the hash
)

// A Matcher holds a set of literals. It never changes after New, so that many
// goroutines may use it.
type Matcher struct {
	table    [cells]uint16 // a bit for each window that may belong to a literal
	fourth   [256]uint16   // the bit of a cell that stands for a fourth byte
	close    [1 << closeBits / 64]uint64
	whole    entries // of windows without an open byte
	heads    entries // of those whose fourth byte is open
	tails    entries // of those whose first byte is open
	literals []literal
}

// Entries are sorted by a hash of their windows' known bytes, of which groups have
// one in common.
type entries struct {
	starts [groups + 1]int32 // of the groups in list
	list   []entry
}

// of returns the entries whose known bytes may be x.
func (e *entries) of(x uint32) []entry {
	group := groupOf(x)
	return e.list[e.starts[group]:e.starts[group+1]]
}

func groupOf(x uint32) uint32 { return x * closeMix >> (32 - groupBits) }

// An entry is one window by which a literal is noticed.
type entry struct {
	gram, mask uint32 // the window's known bytes, case folded
	literal    int32
	offset     int32 // of the window from the literal's beginning; -1 is one byte before
}

type literal struct {
	head, mask uint64 // the first eight bytes, and which of their bits count
	text       string // lower case
}

// New returns a matcher for literals, which are lower case and at least two
// bytes long; shorter ones are never found.
func New(literals []string) *Matcher {
	m := &Matcher{literals: make([]literal, len(literals))}
	for c := range m.fourth {
		m.fourth[c] = 1 << (c & 15)
	}
	b := builder{m: m, grams: newGrams(), whole: sorter{to: &m.whole}, heads: sorter{to: &m.heads}, tails: sorter{to: &m.tails}}
	for i, text := range literals {
		m.literals[i] = newLiteral(text)
		b.add(i, text)
	}
	b.whole.finish()
	b.heads.finish()
	b.tails.finish()
	return m
}

func newLiteral(text string) literal {
	l := literal{text: text}
	var head, mask [8]byte
	for i := 0; i < len(text) && i < 8; i++ {
		head[i], mask[i] = text[i], 0xFF
		if isLetter(text[i]) {
			mask[i] = 0xDF
		}
		head[i] &= mask[i]
	}
	l.head, l.mask = binary.LittleEndian.Uint64(head[:]), binary.LittleEndian.Uint64(mask[:])
	return l
}

// Scan appends to hits the occurrences in data, each once, beginning at from,
// which is 0 or what an earlier call on the same data returned. It stops when
// cap(hits) is about to be exceeded and returns where to go on; len(data) when
// it is done. Occurrences come roughly, not strictly, in the order of their
// beginnings.
func (m *Matcher) Scan(data []byte, from int, hits []Hit) ([]Hit, int) {
	i, n := from, len(data)
	limit := cap(hits)*3/4 + 1
	var blocks [256]int
	for more := true; more; {
		var count int
		count, i, more = m.notice(data, i, &blocks)
		for _, at := range blocks[:count] {
			for seen := m.seen(data[at:]); seen != 0; seen &= seen - 1 {
				window := at + 2*bits.TrailingZeros32(seen)
				hits = m.verify(data, window, binary.LittleEndian.Uint32(data[window:])&fold, hits)
			}
			if len(hits) >= limit {
				return hits, at + blockLen
			}
		}
	}
	// The last windows reach over the end: they are read from a padded copy.
	var last [32]byte
	copy(last[:], data[i:])
	for at := i; at < n; at += 2 {
		x := binary.LittleEndian.Uint32(last[at-i:]) & fold
		if m.mark(x) != 0 {
			hits = m.verify(data, at, x, hits)
		}
	}
	return hits, n
}

const (
	blockLen = 8            // bytes whose windows are looked at together
	restLen  = 2 * blockLen // bytes that must be left for that
	// reach is how far notice goes at most: what it notes may be noted again, if
	// there is no more room for hits.
	reach = 64 << 10
)

// notice enters in blocks where blocks begin, at from or eight, sixteen, ...
// bytes further, of which a window may belong to a literal. It returns how many
// these are and how far it came, and false if the rest is too short for a block.
//
// Which blocks these are cannot be foretold, so that a branch for each would cost
// more than the looks.
func (m *Matcher) notice(data []byte, from int, blocks *[256]int) (count, at int, more bool) {
	at = from
	for rest := data[from:min(len(data), from+reach)]; len(rest) >= restLen; rest = rest[blockLen:] {
		x := binary.LittleEndian.Uint64(rest) & fold64
		y := binary.LittleEndian.Uint32(rest[6:]) & fold
		seen := m.look(uint32(x)) | m.look(uint32(x>>16)) | m.look(uint32(x>>32)) | m.look(y)
		blocks[count] = at
		count += (int(seen) + 0xFFFF) >> 16
		if at += blockLen; count == len(blocks) {
			return count, at, true
		}
	}
	return count, at, len(data)-at >= restLen
}

// seen returns a bit for each window of the block at the beginning of data that
// may belong to a literal.
func (m *Matcher) seen(data []byte) (seen uint32) {
	x := binary.LittleEndian.Uint64(data) & fold64
	y := binary.LittleEndian.Uint32(data[6:]) & fold
	return m.mark(uint32(x)) | m.mark(uint32(x>>16))<<1 | m.mark(uint32(x>>32))<<2 | m.mark(y)<<3
}

// mark returns 1 if the window may belong to a literal, or else 0. It looks more
// closely than look, where few windows get: all four bytes choose one bit.
func (m *Matcher) mark(x uint32) uint32 {
	if m.look(x) == 0 {
		return 0
	}
	h := x * closeMix >> (32 - closeBits)
	return uint32(m.close[h/64]>>(h%64)) & 1
}

// look returns a number that is not zero if the window may belong to a literal.
// The first three bytes choose a cell, the fourth a bit of it, so that a window
// whose fourth byte is open takes only sixteen bits, all of one cell.
func (m *Matcher) look(x uint32) uint16 {
	return m.table[x*spread>>shift] & m.fourth[x>>24]
}

// verify appends the literals that really are noticed by the window x at i.
func (m *Matcher) verify(data []byte, i int, x uint32, hits []Hit) []Hit {
	if list := m.whole.of(x); len(list) > 0 {
		hits = m.check(list, data, i, x, hits)
	}
	if list := m.heads.of(x & 0xFFFFFF); len(list) > 0 {
		hits = m.check(list, data, i, x, hits)
	}
	if list := m.tails.of(x >> 8); len(list) > 0 {
		hits = m.check(list, data, i, x, hits)
	}
	return hits
}

// check appends those of the entries.
func (m *Matcher) check(list []entry, data []byte, i int, x uint32, hits []Hit) []Hit {
	for k := range list {
		e := &list[k]
		if (x^e.gram)&e.mask != 0 {
			continue
		}
		start := i - int(e.offset)
		if start >= 0 && m.literals[e.literal].at(data, start) {
			hits = append(hits, Hit{Start: start, Literal: int(e.literal)})
		}
	}
	return hits
}

// at reports whether l stands in data at start.
func (l *literal) at(data []byte, start int) bool {
	end := start + len(l.text)
	if end > len(data) {
		return false
	}
	if start+8 > len(data) {
		return equalFold(data[start:end], l.text)
	}
	if binary.LittleEndian.Uint64(data[start:])&l.mask != l.head {
		return false
	}
	return len(l.text) <= 8 || equalFold(data[start+8:end], l.text[8:])
}

// equalFold compares text with lower, which is lower case and as long.
func equalFold(text []byte, lower string) bool {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }
