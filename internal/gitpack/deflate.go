package gitpack

import (
	"encoding/binary"
	"sync"
)

// A decoder inflates whole buffers of deflate data (RFC 1951) whose inflated size
// is known. Compared with a decoder that reads and writes streams it needs no
// window and no state between symbols. Its tables are used again and again: most
// of what packs hold is small, so that making them is much of the work.
type decoder struct {
	src []byte
	in  int
	dst []byte // what is inflated, and room behind it for copies that overshoot
	n   int    // size of what is inflated
	out int

	bits  uint64 // the next bits of the stream, the first one lowest
	count uint   // how many of them are valid
	// past is how many bytes of zeros were taken for what follows the end of src.
	past int
	// partial says that n is less than what there is, which is no error.
	partial bool

	literal      [literalSize]uint32
	distance     [distanceSize]uint32
	length       [lengthSize]uint32
	literalMask  uint64
	distanceMask uint64
	used         [literals + distances + 1]uint16 // symbols that have codes, see coded
	sorted       [literals]uint16                 // for makeTable
}

// Shared tables, made when they are first needed.
var (
	symbols = sync.OnceValue(func() *symbolEntries {
		s := new(symbolEntries)
		s.fill()
		return s
	})
	fixed = sync.OnceValue(func() *fixedTables {
		f := new(fixedTables)
		f.fill(symbols())
		return f
	})
)

// fixedTables are those of blocks that bring no codes of their own.
type fixedTables struct {
	literal  [literalSize]uint32
	distance [distanceSize]uint32
}

const (
	fixedLiteralMask  = 1<<9 - 1
	fixedDistanceMask = 1<<5 - 1
)

func (f *fixedTables) fill(s *symbolEntries) {
	var used, sorted [literals]uint16
	for i := range used {
		length := 8
		switch {
		case i >= 144 && i < 256:
			length = 9
		case i >= 256 && i < 280:
			length = 7
		}
		used[i] = coded(i, length)
	}
	makeTable(f.literal[:], used[:], &sorted, s.literal[:], literalBits)
	for i := range distances {
		used[i] = coded(i, 5)
	}
	makeTable(f.distance[:], used[:distances], &sorted, s.distance[:], distanceBits)
}

// overshoot is how far behind the end of what is inflated a copy may write.
const overshoot = 258 + 16

// inflate inflates src into dst[:n] and returns how many bytes of src that took.
// What dst holds behind n may be overwritten; overshoot bytes there make it
// faster. With partial, the rest of the data does not matter once dst[:n] is
// full, and the number means nothing.
func (d *decoder) inflate(dst []byte, n int, src []byte, partial bool) (used int, err error) {
	d.src, d.dst, d.n, d.partial = src, dst, n, partial
	d.in, d.out, d.bits, d.count, d.past = 0, 0, 0, 0, 0
	for last := false; !last; {
		d.fill()
		last = d.take(1) == 1
		switch d.take(2) {
		case 0:
			err = d.stored()
		case 1:
			f := fixed()
			err = d.block(&f.literal, &f.distance, fixedLiteralMask, fixedDistanceMask)
		case 2:
			if err = d.codes(); err == nil {
				err = d.block(&d.literal, &d.distance, d.literalMask, d.distanceMask)
			}
		default:
			err = errZlib
		}
		if err != nil {
			return 0, err
		}
		if d.past > 8 {
			return 0, errTruncatedZlib
		}
		if partial && d.out == n {
			return 0, nil
		}
	}
	if d.out != n {
		return 0, errInflatedSize
	}
	ahead := int(d.count / 8)
	if d.past > ahead {
		return 0, errTruncatedZlib
	}
	return d.in - (ahead - d.past), nil
}

// fill makes sure that at least 56 bits are there.
func (d *decoder) fill() {
	if d.in+8 <= len(d.src) {
		d.bits |= binary.LittleEndian.Uint64(d.src[d.in:]) << (d.count & 63)
		d.in += int((63 - d.count) >> 3)
		d.count |= 56
		return
	}
	for d.count <= 56 {
		if d.in < len(d.src) {
			d.bits |= uint64(d.src[d.in]) << (d.count & 63)
			d.in++
		} else {
			d.past++
		}
		d.count += 8
	}
}

// take takes n bits, which must be there.
func (d *decoder) take(n uint) uint {
	v := uint(d.bits & (1<<(n&63) - 1))
	d.bits >>= n & 63
	d.count -= n
	return v
}

// stored copies a block that is not compressed.
func (d *decoder) stored() error {
	d.take(d.count & 7)
	// Give back the bytes that were read ahead.
	ahead := int(d.count / 8)
	if d.past > ahead {
		return errTruncatedZlib
	}
	d.in -= ahead - d.past
	d.bits, d.count, d.past = 0, 0, 0
	if len(d.src)-d.in < 4 {
		return errTruncatedZlib
	}
	size := int(binary.LittleEndian.Uint16(d.src[d.in:]))
	if uint16(size) != ^binary.LittleEndian.Uint16(d.src[d.in+2:]) {
		return errZlib
	}
	d.in += 4
	copied := size
	if size > d.n-d.out {
		if !d.partial {
			return errInflatedSize
		}
		copied = d.n - d.out
	}
	if copied > len(d.src)-d.in {
		return errTruncatedZlib
	}
	copy(d.dst[d.out:], d.src[d.in:d.in+copied])
	d.in += copied
	d.out += copied
	return nil
}

// lengthOrder is the order in which the lengths of the length code are told.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// codes reads the codes of a block and makes their tables.
func (d *decoder) codes() error {
	nLiteral := int(d.take(5)) + 257
	nDistance := int(d.take(5)) + 1
	nLength := int(d.take(4)) + 4
	if nLiteral > 286 || nDistance > 30 {
		return errZlib
	}
	var lengths [19]uint8
	for _, i := range lengthOrder[:nLength] {
		if d.count < 3 {
			d.fill()
		}
		lengths[i] = uint8(d.take(3))
	}
	used := d.used[:0]
	for i, n := range lengths {
		if n > 0 {
			used = append(used, coded(i, int(n)))
		}
	}
	s := symbols()
	lengthBits, ok := makeTable(d.length[:], used, &d.sorted, s.length[:], lengthBits)
	if !ok {
		return errZlib
	}
	n, ok := d.readLengths(nLiteral+nDistance, 1<<lengthBits-1)
	if !ok {
		return errZlib
	}
	// Those of literals come first, then those of distances.
	used = d.used[:n]
	split := n
	for split > 0 && int(used[split-1]>>lengthShift) >= nLiteral {
		split--
		used[split] -= uint16(nLiteral) << lengthShift
	}
	most := literalBits
	if d.n-d.out < smallBlock {
		most = smallBits
	}
	n, ok = makeTable(d.literal[:], used[:split], &d.sorted, s.literal[:], most)
	if !ok {
		return errZlib
	}
	d.literalMask = 1<<n - 1
	n, ok = makeTable(d.distance[:], used[split:], &d.sorted, s.distance[:], distanceBits)
	if !ok {
		return errZlib
	}
	d.distanceMask = 1<<n - 1
	return nil
}

// What is smaller than smallBlock is decoded with a smaller table, which takes
// less time to make.
const (
	smallBlock = 2 << 10
	smallBits  = 9
)

// readLengths reads the lengths of n codes. It lists those in d.used that are not
// 0, and returns how many.
func (d *decoder) readLengths(n int, mask uint64) (listed int, ok bool) {
	last := -1
	for i := 0; i < n; {
		if d.count < lengthBits+7 { // a code, and what says how often
			d.fill()
		}
		e := d.length[d.bits&mask&(lengthSize-1)]
		if e&entryOdd != 0 {
			return 0, false
		}
		d.take(uint(e & 15))
		symbol := int(e >> 16)
		if symbol < 16 {
			last = symbol
			d.used[listed] = coded(i, symbol)
			i++
			if symbol != 0 {
				listed++
			}
			continue
		}
		times := 0
		switch symbol {
		case 16:
			times = 3 + int(d.take(2))
			if last < 0 || times > n-i {
				return 0, false
			}
			if last > 0 {
				for j := range times {
					d.used[listed+j] = coded(i+j, last)
				}
				listed += times
			}
			i += times
			continue
		case 17:
			times = 3 + int(d.take(3))
		case 18:
			times = 11 + int(d.take(7))
		}
		if times > n-i {
			return 0, false
		}
		last = 0
		i += times
	}
	return listed, true
}
