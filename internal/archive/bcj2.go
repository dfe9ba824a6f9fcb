package archive

import (
	"bufio"
	"encoding/binary"
	"io"
)

// bcj2 puts the targets of calls and jumps, which are packed apart, back into
// machine code. A range coder says at each instruction that may be one whether
// it is. Source: LZMA SDK, Bcj2.c.
type bcj2 struct {
	main, calls, jumps, coded *bufio.Reader

	probability [256 + 2]uint32 // by the byte before a call; of jumps; of conditional jumps
	width, code uint32

	before  byte
	written uint32
	target  []byte // what is left to be given of an address
	buf     [4]byte
	err     error
}

func newBCJ2(inputs []*bufio.Reader) (io.Reader, error) {
	if len(inputs) != 4 {
		return nil, errSevenZip
	}
	b := &bcj2{main: inputs[0], calls: inputs[1], jumps: inputs[2], coded: inputs[3], width: 1<<32 - 1}
	for i := range b.probability {
		b.probability[i] = 1 << 10
	}
	for range 5 {
		c, err := b.coded.ReadByte()
		if err != nil {
			return nil, errBCJ2
		}
		b.code = b.code<<8 | uint32(c)
	}
	return b, nil
}

func (b *bcj2) Read(p []byte) (n int, err error) {
	for n < len(p) && b.err == nil {
		if len(b.target) > 0 {
			k := copy(p[n:], b.target)
			b.target = b.target[k:]
			n += k
			continue
		}
		c, err := b.main.ReadByte()
		if err != nil {
			b.err = err
			break
		}
		p[n] = c
		n++
		b.written++
		jump := c&0xfe == 0xe8 || b.before == 0x0f && c&0xf0 == 0x80
		if !jump || !b.coder(c) {
			b.before = c
			continue
		}
		b.address(c)
	}
	if n > 0 {
		return n, nil
	}
	return 0, b.err
}

// coder asks the range coder whether the instruction c has its address elsewhere.
func (b *bcj2) coder(c byte) bool {
	i := 257
	switch c {
	case 0xe8:
		i = int(b.before)
	case 0xe9:
		i = 256
	}
	p := &b.probability[i]
	bound := b.width >> 11 * *p
	var set bool
	if b.code < bound {
		b.width = bound
		*p += (1<<11 - *p) >> 5
	} else {
		b.width -= bound
		b.code -= bound
		*p -= *p >> 5
		set = true
	}
	if b.width < 1<<24 {
		next, err := b.coded.ReadByte()
		if err != nil {
			b.err = errBCJ2
			return false
		}
		b.width <<= 8
		b.code = b.code<<8 | uint32(next)
	}
	return set
}

func (b *bcj2) address(c byte) {
	from := b.jumps
	if c == 0xe8 {
		from = b.calls
	}
	if _, err := io.ReadFull(from, b.buf[:]); err != nil {
		b.err = errBCJ2
		return
	}
	b.written += 4
	target := binary.BigEndian.Uint32(b.buf[:]) - b.written
	binary.LittleEndian.PutUint32(b.buf[:], target)
	b.target = b.buf[:]
	b.before = b.buf[3]
}
