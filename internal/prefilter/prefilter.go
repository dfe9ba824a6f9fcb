// Package prefilter finds every occurrence of thousands of short literals in
// one fast pass over text, the case of ASCII letters aside. Start with New and
// Scan. It looks at every second position only: each literal is registered by
// the rarest four bytes of it that a look at an even, and at an odd, distance
// from its beginning can meet, and a survivor of that look is compared in full.
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
	// words is how many the table has. It is 64 kB in all, of which text needs
	// so little that it stays in the first-level cache; a smaller one lets more
	// through, which costs more.
	words  = 8192
	shift  = 32 - 13       // the upper 13 bits of a hash choose the word
	spread = 0x9E3779 << 8 // its low byte is zero: the fourth byte of a window does not count in the hash
)

// A Matcher holds a set of literals. It never changes after New, so that many
// goroutines may use it.
type Matcher struct {
	table    [words]uint64 // a bit for each window that may belong to a literal
	starts   [words + 1]int32
	entries  []entry // those of one word lie side by side, from starts[word]
	literals []literal
}

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
	b := builder{m: m, found: make([]placed, 0, 4*len(literals))}
	for i, text := range literals {
		m.literals[i] = newLiteral(text)
		b.add(i, text)
	}
	b.finish()
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
	for {
		var seen uint64
		if i, seen = m.next(data, i); seen == 0 {
			break
		}
		for ; seen != 0; seen &= seen - 1 {
			at := i + 2*bits.TrailingZeros64(seen)
			hits = m.verify(data, at, binary.LittleEndian.Uint32(data[at:])&fold, hits)
		}
		if i += 8; len(hits) >= limit {
			return hits, i
		}
	}
	// The last windows reach over the end: they are read from a padded copy.
	var last [32]byte
	copy(last[:], data[i:])
	for at := i; at < n; at += 2 {
		x := binary.LittleEndian.Uint32(last[at-i:]) & fold
		if m.look(x)&1 != 0 {
			hits = m.verify(data, at, x, hits)
		}
	}
	return hits, n
}

// blockLen is how many bytes must be left for the four looks at a block of eight.
const blockLen = 16

// next returns where the next block begins, at from or eight, sixteen, ...
// bytes further, of which a window may belong to a literal, and a bit for each
// of its four windows that may; no bits, and where the rest begins that is too
// short for a block, if there is none.
func (m *Matcher) next(data []byte, from int) (at int, seen uint64) {
	at = from
	for rest := data[from:]; len(rest) >= blockLen; rest = rest[8:] {
		x := binary.LittleEndian.Uint64(rest) & fold64
		y := binary.LittleEndian.Uint32(rest[6:]) & fold
		a, b, c, d := m.look(uint32(x)), m.look(uint32(x>>16)), m.look(uint32(x>>32)), m.look(y)
		if (a|b|c|d)&1 != 0 {
			return at, a&1 | b&1<<1 | c&1<<2 | d&1<<3
		}
		at += 8
	}
	return at, 0
}

// look returns a number whose lowest bit says whether the window may belong to
// a literal.
func (m *Matcher) look(x uint32) uint64 {
	h := x * spread
	return m.table[h>>shift] >> (bit(h, x) & 63)
}

// bit chooses a bit of the word: three bits of its number come from the hash
// of the first three bytes, three from the fourth byte as it stands, so that a
// window whose fourth byte is open takes only eight bits, all of one word.
func bit(h, x uint32) uint32 { return (h>>15)&7 | (x>>21)&0x38 }

// verify appends the literals that really are noticed by the window x at i.
func (m *Matcher) verify(data []byte, i int, x uint32, hits []Hit) []Hit {
	word := (x * spread) >> shift
	for _, e := range m.entries[m.starts[word]:m.starts[word+1]] {
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
