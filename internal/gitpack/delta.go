package gitpack

import (
	"bufio"
	"encoding/binary"
	"io"
	"math/bits"
)

// A delta begins with the size of the base it was made for and the size of its
// result, and goes on with instructions: copy a range of the base, or insert
// the bytes that follow ("Deltified representation" in git's gitformat-pack).

// deltaHead is the most bytes that the two sizes take.
const deltaHead = 20

// parseDelta splits a delta into the two sizes and the instructions.
func parseDelta(delta []byte) (base, result int64, ops []byte, err error) {
	base, delta, err = deltaSize(delta)
	if err == nil {
		result, delta, err = deltaSize(delta)
	}
	return base, result, delta, err
}

func deltaSize(b []byte) (size int64, rest []byte, err error) {
	for i := 0; i < len(b) && i < 9; i++ {
		size |= int64(b[i]&0x7f) << (7 * i)
		if b[i]&0x80 == 0 {
			return size, b[i+1:], nil
		}
	}
	return 0, nil, errDelta
}

// applyDelta fills dst, which must have the size of the result, by a delta's
// instructions. What they copy is added to copies, if that is not nil.
func applyDelta(dst, base, ops []byte, copies *copyList) error {
	at := 0
	for len(ops) > 0 {
		op := ops[0]
		ops = ops[1:]
		if op&0x80 == 0 {
			n := int(op)
			if n == 0 || n > len(ops) || n > len(dst)-at {
				return errDelta
			}
			copy(dst[at:], ops[:n])
			ops = ops[n:]
			at += n
			continue
		}
		offset, n, used := parseCopy(op, ops)
		if used < 0 || offset < 0 || offset > len(base) || n > len(base)-offset || n > len(dst)-at {
			return errDelta
		}
		ops = ops[used:]
		copy(dst[at:], base[offset:offset+n])
		if copies != nil {
			copies.add(Copy{To: at, From: offset, Len: n})
		}
		at += n
	}
	if at != len(dst) {
		return errDelta
	}
	return nil
}

// A copyList takes down what a delta copies.
type copyList struct {
	list []Copy
	full bool // there were more than maxCopies
}

// maxCopies bounds what is taken down of one delta. Whoever copies so many pieces
// saves nobody work.
const maxCopies = 1 << 15

func (c *copyList) add(next Copy) {
	n := len(c.list)
	if n > 0 {
		last := &c.list[n-1]
		if last.To+last.Len == next.To && last.From+last.Len == next.From {
			last.Len += next.Len
			return
		}
	}
	if n == maxCopies {
		c.full = true
		return
	}
	c.list = append(c.list, next)
}

func (c *copyList) reset() { c.list, c.full = c.list[:0], false }

// all returns the copies; nil if there are none, or too many.
func (c *copyList) all() []Copy {
	if c.full || len(c.list) == 0 {
		return nil
	}
	return c.list
}

// parseCopy reads the operands of a copy instruction. Used is how many bytes
// they take; -1 if they are cut off.
func parseCopy(op byte, b []byte) (offset, n, used int) {
	var word [8]byte // four bytes of offset, three of size
	for i := range 7 {
		if op>>i&1 == 0 {
			continue
		}
		if used == len(b) {
			return 0, 0, -1
		}
		word[i] = b[used]
		used++
	}
	v := binary.LittleEndian.Uint64(word[:])
	n = int(v >> 32)
	if n == 0 {
		n = 0x10000
	}
	return int(v & (1<<32 - 1)), n, used
}

// deltaTotal returns the size of what instructions give, so that a lying delta
// is refused before memory is set aside for it.
func deltaTotal(ops []byte) (total int64, err error) {
	for len(ops) > 0 {
		op := ops[0]
		ops = ops[1:]
		if op&0x80 == 0 {
			if op == 0 || int(op) > len(ops) {
				return 0, errDelta
			}
			total += int64(op)
			ops = ops[op:]
			continue
		}
		_, n, used := parseCopy(op, ops)
		if used < 0 {
			return 0, errDelta
		}
		total += int64(n)
		ops = ops[used:]
	}
	return total, nil
}

// applyStream is applyDelta for instructions that come piece by piece.
func applyStream(dst, base []byte, ops *bufio.Reader) error {
	at := 0
	for {
		op, err := ops.ReadByte()
		if err == io.EOF && at == len(dst) {
			return nil
		}
		if err == io.EOF {
			return errDelta
		}
		if err != nil {
			return zlibError(err)
		}
		if op&0x80 == 0 {
			n := int(op)
			if n == 0 || n > len(dst)-at {
				return errDelta
			}
			if _, err := io.ReadFull(ops, dst[at:at+n]); err != nil {
				return zlibError(err)
			}
			at += n
			continue
		}
		operands, err := ops.Peek(bits.OnesCount8(op & 0x7f))
		if err != nil {
			return zlibError(err)
		}
		offset, n, used := parseCopy(op, operands)
		if offset < 0 || offset > len(base) || n > len(base)-offset || n > len(dst)-at {
			return errDelta
		}
		if _, err := ops.Discard(used); err != nil {
			return zlibError(err)
		}
		copy(dst[at:], base[offset:offset+n])
		at += n
	}
}

// readDeltaSize reads one of the two sizes at the beginning of a delta.
func readDeltaSize(r *bufio.Reader) (size int64, err error) {
	for i := range 9 {
		c, err := r.ReadByte()
		if err != nil {
			return 0, zlibError(err)
		}
		size |= int64(c&0x7f) << (7 * i)
		if c&0x80 == 0 {
			return size, nil
		}
	}
	return 0, errDelta
}
