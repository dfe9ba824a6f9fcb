package archive

import (
	"encoding/binary"
	"math/bits"
)

// sevenZipReader parses a header. The first error stays, and nothing is read
// after it.
type sevenZipReader struct {
	data   []byte
	limits Limits
	head   *sevenZipHead
	err    error
}

// The ids of parts of a header.
const (
	sevenEnd          = 0
	sevenMainStreams  = 4
	sevenFiles        = 5
	sevenPackInfo     = 6
	sevenUnpackInfo   = 7
	sevenSubStreams   = 8
	sevenSize         = 9
	sevenSums         = 10
	sevenFolder       = 11
	sevenUnpackSizes  = 12
	sevenNumStreams   = 13
	sevenEmptyStreams = 14
	sevenEmptyFiles   = 15
	sevenNames        = 17
)

func (r *sevenZipReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.data = nil
}

func (r *sevenZipReader) bytes(n int64) []byte {
	if n < 0 || n > int64(len(r.data)) {
		r.fail(errSevenZip)
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *sevenZipReader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

// number reads a number of one to nine bytes; how many follow the first is the
// number of its leading ones.
func (r *sevenZipReader) number() int64 {
	first := r.byte()
	more := bits.LeadingZeros8(^first)
	var v uint64
	for i, b := range r.bytes(int64(more)) {
		v |= uint64(b) << (8 * i)
	}
	if more < 7 {
		v |= uint64(first&(1<<(7-more)-1)) << (8 * more)
	}
	if v > 1<<61 {
		r.fail(errSevenZip)
		return 0
	}
	return int64(v)
}

// count reads how many things follow, each of which takes a byte at least.
func (r *sevenZipReader) count() int {
	n := r.number()
	if n > int64(len(r.data)) {
		r.fail(errSevenZip)
		return 0
	}
	return int(n)
}

func (r *sevenZipReader) want(id byte) {
	if r.byte() != id {
		r.fail(errSevenZipID)
	}
}

// sums calls set for those of n things that have a checksum.
func (r *sevenZipReader) sums(n int, set func(i int, sum uint32)) {
	var defined bitSet
	all := r.byte() != 0
	if !all {
		defined = r.bytes(int64(n+7) / 8)
	}
	for i := 0; i < n && r.err == nil; i++ {
		if all || defined.has(i) {
			if b := r.bytes(4); b != nil {
				set(i, binary.LittleEndian.Uint32(b))
			}
		}
	}
}

func (r *sevenZipReader) header() {
	id := r.byte()
	if id == sevenMainStreams {
		r.streams()
		id = r.byte()
	}
	switch id {
	case sevenFiles:
		r.files()
	case sevenEnd:
	default:
		r.fail(errSevenZipID)
	}
}

// streams reads where the packed data lies and how it is packed.
func (r *sevenZipReader) streams() {
	id := r.byte()
	if id == sevenPackInfo {
		r.packInfo()
		id = r.byte()
	}
	if id == sevenUnpackInfo {
		r.unpackInfo()
		id = r.byte()
	}
	id = r.subStreams(id)
	if id != sevenEnd {
		r.fail(errSevenZipID)
	}
}

func (r *sevenZipReader) packInfo() {
	r.head.pack = r.number()
	n := r.count()
	if n > 4*sevenZipBlocks {
		r.fail(errSevenZipLong)
		return
	}
	id := r.byte()
	if id == sevenSize {
		at := int64(0)
		for range n {
			size := r.number()
			r.head.packed = append(r.head.packed, [2]int64{at, size})
			if at += size; at > 1<<61 {
				r.fail(errSevenZip)
			}
		}
		id = r.byte()
	}
	if id == sevenSums {
		r.sums(n, func(int, uint32) {})
		id = r.byte()
	}
	if id != sevenEnd {
		r.fail(errSevenZipID)
	}
}

func (r *sevenZipReader) unpackInfo() {
	r.want(sevenFolder)
	n := r.count()
	if n > sevenZipBlocks {
		r.fail(errSevenZipLong)
		return
	}
	r.want(0) // nothing lies elsewhere
	packed := 0
	for range n {
		b := r.block()
		b.first = packed
		packed += len(b.inputs)
		if r.err != nil {
			return
		}
		r.head.blocks = append(r.head.blocks, b)
	}
	r.want(sevenUnpackSizes)
	for i := range r.head.blocks {
		b := &r.head.blocks[i]
		for range b.coders {
			b.sizes = append(b.sizes, r.number())
		}
	}
	id := r.byte()
	if id == sevenSums {
		r.sums(n, func(i int, sum uint32) { r.head.blocks[i].sum, r.head.blocks[i].hasSum = sum, true })
		id = r.byte()
	}
	if id != sevenEnd {
		r.fail(errSevenZipID)
	}
}

// block reads how one block is packed: coders, and which feeds which.
func (r *sevenZipReader) block() (b sevenZipBlock) {
	coders := r.count()
	if coders < 1 || coders > 16 {
		r.fail(errSevenZip)
		return b
	}
	inputs := 0
	for range coders {
		flags := r.byte()
		c := sevenZipCoder{id: string(r.bytes(int64(flags & 15))), inputs: 1}
		outputs := int64(1)
		if flags&0x10 != 0 {
			in := r.number()
			outputs = r.number()
			c.inputs = int(min(in, 99))
		}
		if flags&0x20 != 0 {
			c.properties = r.bytes(r.number())
		}
		if c.inputs < 1 || c.inputs > 4 || outputs != 1 {
			r.fail(errSevenZip)
			return b
		}
		inputs += c.inputs
		b.coders = append(b.coders, c)
	}
	fed := make([]bool, inputs)
	for range coders - 1 {
		in, out := r.number(), r.number()
		if in >= int64(inputs) || out >= int64(coders) || fed[in] {
			r.fail(errSevenZip)
			return b
		}
		fed[in] = true
		b.binds = append(b.binds, [2]int{int(in), int(out)})
	}
	r.inputs(&b, fed)
	return b
}

// inputs reads which inputs of coders packed streams feed: those that no coder
// does.
func (r *sevenZipReader) inputs(b *sevenZipBlock, fed []bool) {
	n := len(fed) - len(b.binds)
	for i := range fed {
		if n == 1 && !fed[i] {
			b.inputs = append(b.inputs, i)
		}
	}
	if n == 1 {
		return
	}
	for range n {
		in := r.number()
		if in >= int64(len(fed)) || fed[in] {
			r.fail(errSevenZip)
			return
		}
		fed[in] = true
		b.inputs = append(b.inputs, int(in))
	}
}

// subStreams reads how blocks are cut into members, if id says that it follows,
// and returns the id behind it.
func (r *sevenZipReader) subStreams(id byte) byte {
	cut := id == sevenSubStreams
	if cut {
		id = r.byte()
	}
	total := int64(0)
	for i := range r.head.blocks {
		b := &r.head.blocks[i]
		b.streams = 1
		if cut && id == sevenNumStreams {
			n := r.number()
			if total += n; total > int64(r.limits.Members) {
				r.fail(&hit{kind: TooMany, detail: "it has too many members"})
				return 0
			}
			b.streams = int(n)
		}
	}
	if cut && id == sevenNumStreams {
		id = r.byte()
	}
	if r.err != nil {
		return 0
	}
	r.sizes(cut && id == sevenSize)
	if cut && id == sevenSize {
		id = r.byte()
	}
	if cut && id == sevenSums {
		r.streamSums()
		id = r.byte()
	}
	if !cut {
		return id
	}
	if id != sevenEnd {
		r.fail(errSevenZipID)
	}
	return r.byte()
}

// sizes fills the streams. The size of the last of a block is what the others
// leave of it.
func (r *sevenZipReader) sizes(given bool) {
	for i := range r.head.blocks {
		b := &r.head.blocks[i]
		left := b.unpacked()
		for j := range b.streams {
			s := sevenZipStream{size: left}
			if j < b.streams-1 {
				if !given {
					r.fail(errSevenZip)
				}
				s.size = r.number()
			}
			if s.size > left || r.err != nil {
				r.fail(errSevenZip)
				return
			}
			left -= s.size
			if b.streams == 1 && b.hasSum {
				s.sum = b.sum
			}
			r.head.streams = append(r.head.streams, s)
		}
	}
}

// streamSums reads the checksums of streams that are not those of blocks.
func (r *sevenZipReader) streamSums() {
	var which []int
	at := 0
	for i := range r.head.blocks {
		b := &r.head.blocks[i]
		for j := range b.streams {
			if b.streams != 1 || !b.hasSum {
				which = append(which, at+j)
			}
		}
		at += b.streams
	}
	r.sums(len(which), func(i int, sum uint32) { r.head.streams[which[i]].sum = sum })
}

// files reads what is said of members. Only what content and names need is kept.
func (r *sevenZipReader) files() {
	n := r.number()
	if n > int64(r.limits.Members) {
		r.fail(&hit{kind: TooMany, detail: "it has too many members"})
		return
	}
	r.head.files = int(n)
	for {
		property := r.byte()
		if property == sevenEnd || r.err != nil {
			return
		}
		body := r.bytes(r.number())
		switch property {
		case sevenEmptyStreams:
			r.head.empty = bitSet(body)
		case sevenEmptyFiles:
			r.head.emptyFile = bitSet(body)
		case sevenNames:
			if len(body) == 0 || body[0] != 0 {
				r.fail(errSevenZipID)
				return
			}
			r.head.names = body[1:]
		}
	}
}
