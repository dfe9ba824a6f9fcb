package prefilter

import "iter"

// A builder collects the entries of a matcher.
type builder struct {
	m                   *Matcher
	grams               *grams
	whole, heads, tails sorter
}

// A window is one way to notice a literal: four bytes of which some are known.
type window struct {
	offset      int // from the literal's beginning
	first, last int // the known bytes are first..last-1 of the four
}

// add registers text by its rarest window at an even and at an odd offset.
func (b *builder) add(id int, text string) {
	switch n := len(text); {
	case n < 2:
	case n == 2: // the hash needs three bytes: a look at either side of the two
		b.put(id, text, window{offset: 0, last: 2})
		b.put(id, text, window{offset: -1, first: 1, last: 3})
	case n == 3:
		b.put(id, text, window{offset: 0, last: 3})
		b.put(id, text, window{offset: -1, first: 1, last: 4})
	default:
		b.put(id, text, b.rarest(text, 0))
		odd := b.rarest(text, 1)
		// A window that begins before the text takes many more bits.
		const cost = 16
		if n := odd.last; b.grams.rarityOf(text[:3]) > b.grams.rarityOf(text[odd.offset:odd.offset+n])+cost {
			odd = window{offset: -1, first: 1, last: 4}
		}
		b.put(id, text, odd)
	}
}

// rarest returns the window of text, of at least four bytes, that ordinary
// text holds least often, among those at offsets with the given parity.
func (b *builder) rarest(text string, parity int) window {
	best, bestRarity := window{}, -1
	for at := parity; at+3 <= len(text); at += 2 {
		w := window{offset: at, last: min(4, len(text)-at)}
		if r := b.grams.rarityOf(text[at : at+w.last]); r > bestRarity {
			best, bestRarity = w, r
		}
	}
	return best
}

// put enters the window.
func (b *builder) put(id int, text string, w window) {
	e := entry{literal: int32(id), offset: int32(w.offset)}
	for i := w.first; i < w.last; i++ {
		e.gram |= uint32(text[w.offset+i]&0xDF) << (8 * i)
		e.mask |= 0xDF << (8 * i)
	}
	for x := range variants(e.gram, e.mask) {
		cell := x * spread >> shift
		if e.mask>>24 != 0 {
			b.m.table[cell] |= b.m.fourth[x>>24]
			b.close(x)
			continue
		}
		b.m.table[cell] = 0xFFFF
		for c := range uint32(256) {
			if c&0x20 == 0 {
				b.close(x | c<<24)
			}
		}
	}
	switch {
	case e.mask&0xFF == 0:
		b.tails.add(e, e.gram>>8, e.mask>>8)
	case e.mask>>24 == 0:
		b.heads.add(e, e.gram, e.mask)
	default:
		b.whole.add(e, e.gram, e.mask)
	}
}

// close enters the window x for the closer look.
func (b *builder) close(x uint32) {
	h := x * closeMix >> (32 - closeBits)
	b.m.close[h/64] |= 1 << (h % 64)
}

// variants yields gram with each value of the first of its three bytes that mask
// leaves open.
func variants(gram, mask uint32) iter.Seq[uint32] {
	open := 0
	for open < 3 && mask>>(8*open)&0xFF != 0 {
		open++
	}
	return func(yield func(uint32) bool) {
		if open == 3 {
			yield(gram)
			return
		}
		for v := range uint32(256) {
			if v&0x20 == 0 && !yield(gram|v<<(8*open)) {
				return
			}
		}
	}
}

// A sorter collects entries and sorts them by group.
type sorter struct {
	to    *entries
	found []placed
	last  [groups]int32 // the entry that came to each group last, plus one
}

type placed struct {
	group uint32
	entry
}

// add enters e, once in each group that its known bytes may belong to.
func (s *sorter) add(e entry, gram, mask uint32) {
	mark := int32(len(s.found)) + 1 // tells this entry from others in last
	for x := range variants(gram, mask) {
		group := groupOf(x)
		if s.last[group] < mark {
			s.last[group] = int32(len(s.found)) + 1
			s.found = append(s.found, placed{group, e})
		}
	}
}

// finish sorts the entries.
func (s *sorter) finish() {
	for _, p := range s.found {
		s.to.starts[p.group+1]++
	}
	for i := range groups {
		s.to.starts[i+1] += s.to.starts[i]
	}
	next := s.to.starts
	s.to.list = make([]entry, len(s.found))
	for _, p := range s.found {
		s.to.list[next[p.group]] = p.entry
		next[p.group]++
	}
}
