package codec

import "encoding/binary"

// Wide returns the decoder of ASCII text in UTF-16 that stands within something
// else: in a program, or in what base64 was decoded to.
func Wide() Decoder { return Decoder{"wide", decodeWide} }

// minWide is how many characters are worth a look.
const minWide = 8

func decodeWide(src []byte, b *Budget, emit func(Text)) {
	w := writer{src: src, b: b, emit: emit}
	defer w.finish()
	for at := 0; ; {
		zero := next(src, at, 0)
		if zero < 0 {
			return
		}
		p := nextWide(src, max(at, zero-1))
		if p < 0 {
			return
		}
		for at = wideStart(src, at, p); at <= p; {
			zero = next(src, at, 0)
			start, end := wideRun(src, at, zero)
			if end-start >= 2*minWide && !w.wide(start, end, src[start] == 0) {
				return
			}
			at = max(end, zero+1)
		}
	}
}

// nextWide returns where eight bytes lie that a run from at on may cover, -1 if
// nowhere: a run that is long enough covers eight bytes in a row wherever they
// are looked for.
func nextWide(src []byte, at int) int {
	const step = 2*minWide - 7
	for p := at + step - 1; p+8 <= len(src); p += step {
		w := binary.LittleEndian.Uint64(src[p:])
		if even, odd := w&evens, w&^evens; even == 0 && !hasZero(odd|evens) || odd == 0 && !hasZero(even|^uint64(evens)) {
			return p
		}
	}
	return -1
}

// wideStart returns from where runs have to be read so that those around p are
// found as if all from at on had been read: no run goes on over two bytes of
// which none is zero, but for one that begins with the second.
func wideStart(src []byte, at, p int) int {
	for p > at && (src[p] == 0 || src[p-1] == 0) {
		p--
	}
	return p
}

// wideRun returns where the run of wide characters around the zero at zero
// begins, not before from, and where it ends. Behind ASCII, the beginning of
// big-endian text looks like that of little-endian text one byte earlier; it
// reads the same, for its last byte is then context.
func wideRun(src []byte, from, zero int) (start, end int) {
	start, low := zero, 1 // low: where in a unit the character is
	if zero > from && plain(src[zero-1]) {
		start, low = zero-1, 0
	}
	end = start
	for end+1 < len(src) && plain(src[end+low]) && src[end+1-low] == 0 {
		end += 2
	}
	return start, end
}

func (w *writer) wide(start, end int, zeroFirst bool) bool {
	if !w.begin(start) {
		return false
	}
	low := 0
	if zeroFirst {
		low = 1
	}
	var dec [blockLen]byte
	for start < end {
		n := 0
		for n < len(dec) && start+2*n < end {
			dec[n] = w.src[start+2*n+low]
			n++
		}
		if !w.piece(start, 2*n, dec[:n], false) {
			return false
		}
		start += 2 * n
	}
	return true
}
