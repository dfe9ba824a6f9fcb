package prefilter

import (
	"encoding/binary"
	"slices"
)

// A builder collects the entries of a matcher.
type builder struct {
	m            *Matcher
	grams        *grams
	whole, loose []placed
}

type placed struct {
	group uint64
	entry
}

// add registers text by its rarest window at an even and at an odd offset.
func (b *builder) add(id int, text string) {
	n := len(text)
	if n < 2 {
		return
	}
	e := entry{literal: int32(id)}
	e.head, e.mask = head(text)
	e.offset = int16(b.rarest(text, 0))
	b.put(e, text)
	// The last three bytes of a short one may be common. A window of which the
	// second byte is open, too, has its first three, but takes many bits.
	const common, gain = 26, 4
	odd := b.rarest(text, 1)
	if n < 4 || n == 4 && rarity(text[1:]) < common && rarity(text[:3]) > rarity(text[1:])+gain {
		odd = -1
	}
	e.offset = int16(odd)
	b.put(e, text)
}

// head returns the first eight bytes of text, and which of their bits count.
func head(text string) (value, mask uint64) {
	var v, m [8]byte
	for i := 0; i < len(text) && i < len(v); i++ {
		if v[i], m[i] = text[i], 0xFF; isLetter(text[i]) {
			m[i] = 0xDF
		}
		v[i] &= m[i]
	}
	return binary.LittleEndian.Uint64(v[:]), binary.LittleEndian.Uint64(m[:])
}

// rarest returns the offset, of the given parity, of the second byte of the window
// of text that ordinary text holds least often.
func (b *builder) rarest(text string, parity int) int {
	const most = 256 // bytes of a literal that are worth a look
	best, bestRarity := parity, -1
	for at := parity; at+3 <= min(len(text), most); at += 2 {
		if r := b.grams.rarityOf(text[at:min(at+4, len(text))]); r > bestRarity {
			best, bestRarity = at, r
		}
	}
	return best
}

// put enters e. What its window holds beyond the literal is open.
func (b *builder) put(e entry, text string) {
	var w, known window
	for i := range 5 {
		if at := int(e.offset) + i - 1; at >= 0 && at < len(text) {
			w |= window(text[at]&0xDF) << (8 * i)
			known |= 0xFF << (8 * i)
		}
	}
	if known&middle == middle {
		hash := b.note(w, known)
		masks := masks()
		e.kind = int16(slices.Index(masks[:], known))
		b.whole = append(b.whole, placed{groupOf(hash), e})
		return
	}
	open := 8
	for known>>open&0xFF != 0 {
		open += 8
	}
	for c := range window(256) {
		if c&0x20 != 0 {
			continue
		}
		x := w | c<<open
		if b.note(x, known|0xFF<<open); c == 0 || open > 8 { // the hash does not heed the second byte
			b.loose = append(b.loose, placed{groupOf(hashOf(x >> 16 & 0xFFFF)), e})
		}
	}
}

// note sets the bits by which a window is noticed of which the middle, at least,
// is known, and returns the hash of what is.
func (b *builder) note(w, known window) uint64 {
	x := uint32(w >> 8)
	if cell := &b.m.table[x*spread>>shift]; known>>32 != 0 {
		*cell |= b.m.after[x>>24]
	} else {
		*cell = 0xFFFF
	}
	hash := hashOf(w)
	b.m.close[hash/64] |= 1 << (hash % 64)
	return hash
}

// sort enters what was found, by group.
func (e *entries) sort(found []placed) {
	for _, p := range found {
		e.starts[p.group+1]++
	}
	for i := range groups {
		e.starts[i+1] += e.starts[i]
	}
	next := e.starts
	e.list = make([]entry, len(found))
	for _, p := range found {
		e.list[next[p.group]] = p.entry
		next[p.group]++
	}
}
