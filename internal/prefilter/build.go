package prefilter

// A builder collects the entries of a matcher and sorts them by word.
type builder struct {
	m     *Matcher
	found []placed
	last  [words]int32 // the entry that came to each word last, plus one
}

type placed struct {
	word int32
	entry
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
		b.put(id, text, rarest(text, 0))
		b.put(id, text, rarest(text, 1))
	}
}

// rarest returns the window of text, of at least four bytes, that ordinary
// text holds least often, among those at offsets with the given parity.
func rarest(text string, parity int) window {
	best, bestRarity := window{}, -1
	for at := parity; at+3 <= len(text); at += 2 {
		w := window{offset: at, last: min(4, len(text)-at)}
		if r := rarity(text[at : at+w.last]); r > bestRarity {
			best, bestRarity = w, r
		}
	}
	return best
}

// put enters the window once for each value of the open byte among the three
// that make the hash.
func (b *builder) put(id int, text string, w window) {
	var gram, mask uint32
	open := -1
	for i := range 4 {
		if w.first <= i && i < w.last {
			gram |= uint32(text[w.offset+i]&0xDF) << (8 * i)
			mask |= 0xDF << (8 * i)
		} else if i < 3 {
			open = i
		}
	}
	e := entry{gram: gram, mask: mask, literal: int32(id), offset: int32(w.offset)}
	mark := int32(len(b.found)) + 1 // tells this window from others in last
	if open < 0 {
		b.mark(e, gram, mark)
		return
	}
	for v := range uint32(256) {
		if v&0x20 == 0 {
			b.mark(e, gram|v<<(8*open), mark)
		}
	}
}

// mark sets the bits of one value x of e's window.
func (b *builder) mark(e entry, x uint32, mark int32) {
	h := x * spread
	word := h >> shift
	if e.mask>>24 != 0 {
		b.m.table[word] |= 1 << bit(h, x)
	} else {
		for v := range uint32(8) {
			b.m.table[word] |= 1 << bit(h, v<<24)
		}
	}
	if b.last[word] < mark {
		b.last[word] = int32(len(b.found)) + 1
		b.found = append(b.found, placed{word: int32(word), entry: e})
	}
}

// finish sorts the entries by word.
func (b *builder) finish() {
	m := b.m
	for _, p := range b.found {
		m.starts[p.word+1]++
	}
	for i := range words {
		m.starts[i+1] += m.starts[i]
	}
	next := m.starts
	m.entries = make([]entry, len(b.found))
	for _, p := range b.found {
		m.entries[next[p.word]] = p.entry
		next[p.word]++
	}
}
