package gitpack

import "encoding/binary"

// block decodes the symbols of a block. As long as neither end is near it takes
// the fast way.
func (d *decoder) block(literal *[literalSize]uint32, distance *[distanceSize]uint32, literalMask, distanceMask uint64) error {
	for {
		ended, err := d.fast(literal, distance, literalMask, distanceMask)
		if ended || err != nil {
			return err
		}
		ended, err = d.slow(literal, distance, literalMask, distanceMask)
		if ended || err != nil {
			return err
		}
	}
}

// fast decodes symbols while there are 16 bytes to read and overshoot bytes to
// write to, so that it need not look at either within a round. It says whether
// the block ended.
func (d *decoder) fast(literal *[literalSize]uint32, distance *[distanceSize]uint32, literalMask, distanceMask uint64) (ended bool, err error) {
	src, dst := d.src, d.dst
	in, out, buf, count := d.in, d.out, d.bits, d.count
	lastIn, lastOut := len(src)-16, min(len(dst)-overshoot, d.n)
	for in <= lastIn && out <= lastOut {
		buf |= binary.LittleEndian.Uint64(src[in:]) << (count & 63)
		in += int((63 - count) >> 3)
		count |= 56
		// Two literals of at most 11 bits each, and a length of at most 20 with
		// its extra bits, leave 14.
		e := literal[buf&literalMask&(literalSize-1)]
		if e >= entryLiteral {
			buf >>= e & 63
			count -= uint(e & 63)
			dst[out] = byte(e >> 16)
			out++
			e = literal[buf&literalMask&(literalSize-1)]
			if e >= entryLiteral {
				buf >>= e & 63
				count -= uint(e & 63)
				dst[out] = byte(e >> 16)
				out++
				e = literal[buf&literalMask&(literalSize-1)]
				if e >= entryLiteral {
					buf >>= e & 63
					count -= uint(e & 63)
					dst[out] = byte(e >> 16)
					out++
					continue
				}
			}
		}
		if e&entryOdd != 0 {
			if e&entrySecond == entrySecond {
				buf >>= e & 63
				count -= uint(e & 63)
				e = literal[(uint64(e>>16)+buf&(1<<(e>>8&15)-1))&(literalSize-1)]
				if e >= entryLiteral {
					buf >>= e & 63
					count -= uint(e & 63)
					dst[out] = byte(e >> 16)
					out++
					continue
				}
			}
			if e&entryOdd != 0 {
				ended = e&entryEnd == entryEnd
				if !ended {
					err = errZlib
				}
				buf >>= e & 63
				count -= uint(e & 63)
				break
			}
		}
		length := int(e>>16) + int(buf&(1<<(e&63)-1)>>(e>>8&15))
		buf >>= e & 63
		count -= uint(e & 63)

		buf |= binary.LittleEndian.Uint64(src[in:]) << (count & 63)
		in += int((63 - count) >> 3)
		count |= 56
		e = distance[buf&distanceMask&(distanceSize-1)]
		if e&entryOdd != 0 {
			if e&entrySecond == entrySecond {
				buf >>= e & 63
				count -= uint(e & 63)
				e = distance[(uint64(e>>16)+buf&(1<<(e>>8&15)-1))&(distanceSize-1)]
			}
			if e&entryOdd != 0 {
				err = errZlib
				break
			}
		}
		back := int(e>>16) + int(buf&(1<<(e&63)-1)>>(e>>8&15))
		buf >>= e & 63
		count -= uint(e & 63)
		if back > out {
			err = errZlib
			break
		}
		copyBack(dst[out-back:out+length+8], back, length)
		out += length
	}
	d.in, d.out, d.bits, d.count = in, out, buf, count
	if err == nil && out > d.n {
		if d.partial {
			d.out = d.n
			return true, nil
		}
		err = errInflatedSize
	}
	return ended, err
}

// copyBack copies length bytes from the beginning of b to back bytes further on,
// where they may overlap. It may overwrite the eight bytes that follow.
func copyBack(b []byte, back, length int) {
	switch {
	case back >= 8 && length <= 32:
		to := b[back:]
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(to[i:], binary.LittleEndian.Uint64(b[i:]))
		}
	case back >= length:
		copy(b[back:], b[:length])
	case back == 1:
		v := uint64(b[0]) * 0x0101010101010101
		for i := 1; i <= length; i += 8 {
			binary.LittleEndian.PutUint64(b[i:], v)
		}
	default:
		// What has been copied serves as source too, so it doubles.
		for done := 0; done < length; {
			done += copy(b[back+done:back+length], b[:back+done])
		}
	}
}

// slow decodes one symbol at a time until the fast way is open again, or to the
// end of the block or of what is wanted.
func (d *decoder) slow(literal *[literalSize]uint32, distance *[distanceSize]uint32, literalMask, distanceMask uint64) (ended bool, err error) {
	for {
		if d.in <= len(d.src)-16 && d.out <= min(len(d.dst)-overshoot, d.n) {
			return false, nil
		}
		d.fill()
		if d.past > 8 {
			return false, errTruncatedZlib
		}
		e := literal[d.bits&literalMask&(literalSize-1)]
		if e&entrySecond == entrySecond && e < entryLiteral {
			d.take(uint(e & 63))
			e = literal[(uint64(e>>16)+d.bits&(1<<(e>>8&15)-1))&(literalSize-1)]
		}
		if e >= entryLiteral {
			d.take(uint(e & 63))
			if d.out == d.n {
				return d.full()
			}
			d.dst[d.out] = byte(e >> 16)
			d.out++
			continue
		}
		if e&entryOdd != 0 {
			d.take(uint(e & 63))
			if e&entryEnd == entryEnd {
				return true, nil
			}
			return false, errZlib
		}
		length := d.extra(e)
		d.fill()
		e = distance[d.bits&distanceMask&(distanceSize-1)]
		if e&entrySecond == entrySecond {
			d.take(uint(e & 63))
			e = distance[(uint64(e>>16)+d.bits&(1<<(e>>8&15)-1))&(distanceSize-1)]
		}
		if e&entryOdd != 0 {
			return false, errZlib
		}
		back := d.extra(e)
		if back > d.out {
			return false, errZlib
		}
		if length > d.n-d.out {
			if !d.partial {
				return false, errInflatedSize
			}
			length = d.n - d.out
		}
		for range length {
			d.dst[d.out] = d.dst[d.out-back]
			d.out++
		}
		if d.partial && d.out == d.n {
			return true, nil
		}
	}
}

// full is what a symbol beyond what is wanted means.
func (d *decoder) full() (ended bool, err error) {
	if d.partial {
		return true, nil
	}
	return false, errInflatedSize
}

// extra takes the bits of an entry and returns its length or distance.
func (d *decoder) extra(e uint32) int {
	code := uint(e >> 8 & 15)
	d.take(code)
	return int(e>>16) + int(d.take(uint(e&63)-code))
}
