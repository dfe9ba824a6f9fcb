package gitpack

import "math/bits"

// A Huffman code is looked up in a table by the next bits of the stream: their
// first 11 (of distances 8) lead to a symbol, or for the rare longer codes to a
// second table. An entry says all that the decoder needs of its symbol:
//
//	bits 0-7    how many bits it takes, extra bits included
//	bits 8-11   how many of them are the code
//	bits 12-15  entryOdd and what kind of odd; 0 for lengths and distances
//	bits 16-30  the literal, or the length or distance that extra bits add to,
//	            or where the second table begins
//	bit 31      entryLiteral
//
// An entry that leads to a second table takes the bits of the first, and in
// place of the code's bits says how many look up the second.
const (
	entryLiteral = 1 << 31
	entryOdd     = 1 << 15
	entrySecond  = entryOdd | 1<<14
	entryEnd     = entryOdd | 1<<13 // end of block
	entryBad     = entryOdd         // no code, or a symbol that must not be used
)

const (
	maxCode      = 15
	literalBits  = 11
	distanceBits = 8
	lengthBits   = 7 // of the code that the other codes' lengths are told in
	// Sizes of tables with what second tables can need, rounded up to powers of
	// two, for which the compiler sees that an index fits. They are those of
	// zlib's enough.c: 2342 for 288 symbols, 402 for 32.
	literalSize  = 4096
	distanceSize = 512
	lengthSize   = 1 << lengthBits
	literals     = 288
	distances    = 32
)

// symbolEntries are the entries of the symbols of both alphabets, without what
// their codes' lengths add.
type symbolEntries struct {
	literal  [literals]uint32
	distance [distances]uint32
	length   [19]uint32
}

func (s *symbolEntries) fill() {
	for i := range s.literal {
		s.literal[i] = entryLiteral | uint32(i)<<16
		if i > 285 {
			s.literal[i] = entryBad
		}
	}
	s.literal[256] = entryEnd
	base := uint32(3)
	for i := range uint32(28) {
		extra := uint32(0)
		if i >= 8 {
			extra = i/4 - 1
		}
		s.literal[257+i] = base<<16 | extra
		base += 1 << extra
	}
	s.literal[285] = 258 << 16
	base = 1
	for i := range uint32(30) {
		extra := uint32(0)
		if i >= 4 {
			extra = i/2 - 1
		}
		s.distance[i] = base<<16 | extra
		base += 1 << extra
	}
	s.distance[30], s.distance[31] = entryBad, entryBad
	for i := range s.length {
		s.length[i] = uint32(i) << 16
	}
}

// coded puts a symbol and the length of its code into one number.
func coded(symbol, length int) uint16 { return uint16(symbol)<<lengthShift | uint16(length) }

const lengthShift = 4

// makeTable fills table by the lengths of the codes of those symbols that have
// one, in ascending order; sorted is scratch memory. It returns how many bits look
// up the first table, at most tableBits. Like compress/flate it takes a code only
// if it is complete, is a single code of one bit, or is empty; what is no code
// then leads to entryBad.
func makeTable(table []uint32, used []uint16, sorted *[literals]uint16, entries []uint32, tableBits int) (int, bool) {
	var counts [maxCode + 1]int
	for _, u := range used {
		counts[u&maxCode]++
	}
	longest := maxCode
	for longest > 0 && counts[longest] == 0 {
		longest--
	}
	var next [maxCode + 2]int
	space := 0
	for n := 1; n <= longest; n++ {
		next[n+1] = next[n] + counts[n]
		space = space<<1 + counts[n]
	}
	if longest <= 1 && space < 2 {
		table[0], table[1] = entryBad, entryBad
		for _, u := range used {
			table[0] = entries[u>>lengthShift] + 1<<8 + 1
		}
		return 1, true
	}
	if space != 1<<longest {
		return 0, false
	}
	for _, u := range used {
		at := &next[u&maxCode]
		sorted[*at] = u >> lengthShift
		*at++
	}
	tableBits = min(tableBits, longest)
	fillTable(table, sorted[:len(used)], entries, &counts, tableBits)
	return tableBits, true
}

// fillTable goes through the codes of a complete code in order. Codes stand in the
// stream with their first bit lowest, so code counts from its highest bit down.
// The first table grows by doubling: what is in it for n bits serves for n+1.
func fillTable(table []uint32, sorted []uint16, entries []uint32, counts *[maxCode + 1]int, tableBits int) {
	length := 1
	for counts[length] == 0 {
		length++
	}
	code, size, done := 0, 1<<length, 0
	for length <= tableBits {
		for range counts[length] {
			table[code] = entries[sorted[done]] + uint32(length)<<8 + uint32(length)
			done++
			if code == 1<<length-1 {
				for ; size < 1<<tableBits; size *= 2 {
					copy(table[size:2*size], table[:size])
				}
				return
			}
			code = nextCode(code, length)
		}
		for length++; length <= tableBits; length++ {
			copy(table[size:2*size], table[:size])
			size *= 2
			if counts[length] > 0 {
				break
			}
		}
	}
	fillSecond(table, sorted[done:], entries, counts, tableBits, code, length)
}

// nextCode returns the code after one of a number of bits, which is not the last.
func nextCode(code, length int) int {
	bit := 1 << (bits.Len(uint(code^(1<<length-1))) - 1)
	return code&(bit-1) | bit
}

// fillSecond fills the second tables, which follow the first one, with the codes
// from one on that are longer than tableBits.
func fillSecond(table []uint32, sorted []uint16, entries []uint32, counts *[maxCode + 1]int, tableBits, code, length int) {
	left := counts[length]
	for left == 0 {
		length++
		left = counts[length]
	}
	prefix, start, end := -1, 0, 1<<tableBits
	for {
		if p := code & (1<<tableBits - 1); p != prefix {
			prefix, start = p, end
			secondBits := length - tableBits
			for space := left; space < 1<<secondBits; {
				secondBits++
				space = space<<1 + counts[tableBits+secondBits]
			}
			end = start + 1<<secondBits
			table[prefix] = uint32(start)<<16 | entrySecond | uint32(secondBits)<<8 | uint32(tableBits)
		}
		n := length - tableBits
		entry := entries[sorted[0]] + uint32(n)<<8 + uint32(n)
		sorted = sorted[1:]
		for i := start + code>>tableBits; i < end; i += 1 << n {
			table[i] = entry
		}
		if code == 1<<length-1 {
			return
		}
		code = nextCode(code, length)
		for left--; left == 0; left = counts[length] {
			length++
		}
	}
}
