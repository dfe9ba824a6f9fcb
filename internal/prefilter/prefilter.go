// Package prefilter finds every occurrence of thousands of short literals in
// one fast pass over text, the case of ASCII letters aside. Start with New and
// Scan. It looks at every second position only: each literal is registered by
// the rarest four bytes of it that a look at an even, and at an odd, distance
// from its beginning can meet. What survives that look is looked at more closely,
// with the byte before these, and what survives that is compared in full.
package prefilter

import "encoding/binary"

// A Hit is an occurrence of a literal.
type Hit struct {
	Start   int // of the occurrence
	Literal int // index in what New was given
}

const (
	fold = 0xDFDFDFDFDFDFDFDF // drops the bit that tells the case of letters
	// cells is how many the table has, 256 kB in all. With the three thousand
	// literals of the built-in rules half of that lets a tenth more through, and
	// cells of eight bits a third more. To look at a window's first byte as well,
	// where all text is looked at, costs more than it spares.
	cells     = 1 << 17
	shift     = 32 - 17 // the upper 17 bits of a hash choose the cell
	closeBits = 20      // of a hash for the closer look
	groupBits = 14
	groups    = 1 << groupBits
	spread    = 0x9E3779 << 8 // its low byte is zero: the fourth byte of what it multiplies does not count
	closeMix  = 0x9E3779B97F4A7C15
)

// A window is five bytes of text, the lowest of the number first. The second
// stands at an even place.
type window uint64

// The bytes of a window that a literal fixes. A kind of window is the number of
// one of these masks.
const (
	allFive   window = 0xFFFFFFFFFF
	lastFour  window = 0xFFFFFFFF00
	firstFour window = 0x00FFFFFFFF
	middle    window = 0x00FFFFFF00
)

// masks has them by kind.
func masks() [4]window { return [4]window{allFive, lastFour, firstFour, middle} }

func windowAt(data []byte) window { return window(binary.LittleEndian.Uint64(data) & fold) }

// A Matcher holds a set of literals. It never changes after New, so that many
// goroutines may use it.
type Matcher struct {
	table    [cells]uint16 // a bit for each window that may belong to a literal
	after    [256]uint16   // the bit of a cell that stands for a window's last byte
	close    [1 << closeBits / 64]uint64
	whole    entries // by a hash of their windows
	loose    entries // of windows whose middle has an open byte, by a hash of the third byte and the fourth
	literals []string
}

// Entries are sorted by a hash, of which groups have a few bits in common.
type entries struct {
	starts [groups + 1]int32 // of the groups in list
	list   []entry
}

func groupOf(hash uint64) uint64 { return hash >> (closeBits - groupBits) }

func (e *entries) group(hash uint64) []entry {
	group := groupOf(hash) % groups
	return e.list[e.starts[group]:e.starts[group+1]]
}

// An entry is one window by which a literal is noticed.
type entry struct {
	head, mask uint64 // the literal's first eight bytes, and which of their bits count
	literal    int32
	offset     int16 // of the window's second byte from the literal's beginning
	kind       int16 // of the window
}

// New returns a matcher for literals, which are lower case and at least two
// bytes long; shorter ones are never found.
func New(literals []string) *Matcher {
	m := &Matcher{literals: literals}
	for c := range m.after {
		m.after[c] = 1 << (c & 15)
	}
	b := builder{m: m, grams: newGrams(), whole: make([]placed, 0, 2*len(literals))}
	for i, text := range literals {
		b.add(i, text)
	}
	m.whole.sort(b.whole)
	m.loose.sort(b.loose)
	return m
}

// Scan appends to hits the occurrences in data, each once, beginning at from,
// which is 0 or what an earlier call on the same data returned. It stops when
// cap(hits) is about to be exceeded and returns where to go on; len(data) when
// it is done. Occurrences come roughly, not strictly, in the order of their
// beginnings.
func (m *Matcher) Scan(data []byte, from int, hits []Hit) ([]Hit, int) {
	i, n := from, len(data)
	limit := cap(hits)*3/4 + 1
	var blocks [blockRoom]int
	var places [placeRoom]int
	if i == 0 && n > restLen { // no byte stands before the first window
		hits = m.verify(data, 0, windowAt(data)<<8, hits)
		i = 2
	}
	for more := i > 0 && n-i >= restLen; more; {
		var count int
		count, i, more = m.notice(data, i, &blocks)
		for _, at := range places[:m.narrow(data, blocks[:count], &places)] {
			if hits = m.verify(data, at, windowAt(data[at-1:]), hits); len(hits) >= limit {
				return hits, at + 2
			}
		}
	}
	// The last windows reach over the end: they are read from a padded copy.
	var last [2 * restLen]byte
	copy(last[1:], data[i:])
	if i > 0 {
		last[0] = data[i-1]
	}
	for at := i; at < n; at += 2 {
		hits = m.verify(data, at, windowAt(last[at-i:]), hits)
	}
	return hits, n
}

const (
	blockLen = 8            // bytes whose windows are looked at together
	restLen  = 2 * blockLen // bytes that must be left for that
	// reach is how far notice goes at most: what it notes may be noted again, if
	// there is no more room for hits.
	reach = 64 << 10

	blockRoom = 128 // blocks and windows that are noted before one looks closer
	placeRoom = blockRoom * blockLen / 2
)

// notice enters in blocks where blocks begin, at from or eight, sixteen, ...
// bytes further, of which a window may belong to a literal. It returns how many
// these are and how far it came, and false if the rest is too short for a block.
//
// Which blocks these are cannot be foretold, so that a branch for each would cost
// more than the looks.
func (m *Matcher) notice(data []byte, from int, blocks *[blockRoom]int) (count, at int, more bool) {
	at = from
	for rest := data[from:min(len(data), from+reach)]; len(rest) >= restLen; rest = rest[blockLen:] {
		x := binary.LittleEndian.Uint64(rest) & fold
		y := binary.LittleEndian.Uint32(rest[6:]) & (fold & 0xFFFFFFFF)
		seen := m.look(uint32(x)) | m.look(uint32(x>>16)) | m.look(uint32(x>>32)) | m.look(y)
		blocks[count] = at
		count += (int(seen) + 0xFFFF) >> 16
		if at += blockLen; count == len(blocks) {
			return count, at, true
		}
	}
	return count, at, len(data)-at >= restLen
}

// narrow enters in places where the windows of blocks stand that may belong to a
// literal, and returns how many these are. It has no branches either.
func (m *Matcher) narrow(data []byte, blocks []int, places *[placeRoom]int) (count int) {
	found := 0
	for _, at := range blocks {
		b := data[at:]
		x := binary.LittleEndian.Uint64(b) & fold
		y := binary.LittleEndian.Uint32(b[6:]) & (fold & 0xFFFFFFFF)
		places[found%placeRoom] = at
		found += bit(m.look(uint32(x)))
		places[found%placeRoom] = at + 2
		found += bit(m.look(uint32(x >> 16)))
		places[found%placeRoom] = at + 4
		found += bit(m.look(uint32(x >> 32)))
		places[found%placeRoom] = at + 6
		found += bit(m.look(y))
	}
	for _, at := range places[:found] {
		places[count] = at
		count += int(m.closer(windowAt(data[at-1:])))
	}
	return count
}

func bit(cell uint16) int { return (int(cell) + 0xFFFF) >> 16 }

// look returns a number that is not zero if a window may belong to a literal,
// of which it is given all bytes but the first. The first three choose a cell,
// the fourth a bit of it, so that a window whose last byte is open takes only
// sixteen bits, all of one cell.
func (m *Matcher) look(x uint32) uint16 {
	return m.table[x*spread>>shift] & m.after[x>>24]
}

// closer returns 1 if the window may belong to a literal, or else 0. It looks at
// all bytes that literals fix, where few windows get.
func (m *Matcher) closer(w window) uint64 {
	return m.bit(hashOf(w&allFive)) | m.bit(hashOf(w&lastFour)) | m.bit(hashOf(w&firstFour)) | m.bit(hashOf(w&middle))
}

func (m *Matcher) bit(hash uint64) uint64 { return m.close[hash/64] >> (hash % 64) & 1 }

func hashOf(w window) uint64 { return uint64(w) * closeMix >> (64 - closeBits) }

// verify appends the literals that really are noticed by the window whose second
// byte stands at i.
func (m *Matcher) verify(data []byte, i int, w window, hits []Hit) []Hit {
	for kind, mask := range masks() {
		if hash := hashOf(w & mask); m.bit(hash) != 0 {
			hits = m.check(m.whole.group(hash), kind, data, i, hits)
		}
	}
	return m.check(m.loose.group(hashOf(w>>16&0xFFFF)), 0, data, i, hits)
}

// check appends those of the entries, of one kind of window.
func (m *Matcher) check(list []entry, kind int, data []byte, i int, hits []Hit) []Hit {
	for k := range list {
		e := &list[k]
		if start := i - int(e.offset); int(e.kind) == kind && m.stands(e, data, start) {
			hits = append(hits, Hit{Start: start, Literal: int(e.literal)})
		}
	}
	return hits
}

// stands reports whether e's literal stands in data at start.
func (m *Matcher) stands(e *entry, data []byte, start int) bool {
	if start >= 0 && start+8 <= len(data) && binary.LittleEndian.Uint64(data[start:])&e.mask != e.head {
		return false
	}
	text := m.literals[e.literal]
	end := start + len(text)
	if start < 0 || end > len(data) {
		return false
	}
	return equalFold(data[start:end], text)
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
