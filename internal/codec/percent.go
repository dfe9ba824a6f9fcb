package codec

import (
	"bytes"
	"unicode/utf8"
)

// Percent returns the decoder of percent escapes, as URLs have them: %3D. Bytes
// that are neither printable nor part of UTF-8 stay as they are, for so do the
// formats of printf look.
func Percent() Decoder { return Decoder{"percent", decodePercent} }

func decodePercent(src []byte, b *Budget, emit func(Text)) {
	w := writer{src: src, b: b, emit: emit}
	for at := 0; ; {
		if at = next(src, at, '%'); at < 0 {
			break
		}
		var dec [utf8.UTFMax]byte
		n := percentRune(&dec, src[at:])
		if n == 0 {
			at++
			continue
		}
		if !w.escape(at, 3*n, dec[:n]) {
			break
		}
		at += 3 * n
	}
	w.finish()
}

// percentRune decodes the character that the escapes at the beginning of src
// stand for and returns its length in bytes, each of which is one escape; 0 if
// there is none.
func percentRune(dec *[utf8.UTFMax]byte, src []byte) int {
	for n := 0; n < len(dec) && len(src) >= 3*n+3 && src[3*n] == '%'; n++ {
		high, low := hexDigits[src[3*n+1]], hexDigits[src[3*n+2]]
		if high&low&known == 0 {
			return 0
		}
		c := high<<4 | low&0x0f
		dec[n] = c
		if n == 0 {
			if plain(c) {
				return 1
			}
			if c < 0xc2 {
				return 0
			}
		}
		if r, size := utf8.DecodeRune(dec[:n+1]); r != utf8.RuneError && size == n+1 {
			return size
		}
	}
	return 0
}

// next returns where c next stands in src, from at on; -1: nowhere.
func next(src []byte, at int, c byte) int {
	if at < len(src) && src[at] == c {
		return at // IndexByte would take long for so little
	}
	i := bytes.IndexByte(src[at:], c)
	if i < 0 {
		return -1
	}
	return at + i
}

// escape adds an escape src[at:at+length] that stands for dec. It returns false
// when the budget is spent.
func (w *writer) escape(at, length int, dec []byte) bool {
	if w.buf == nil || w.end != at {
		if !w.begin(at) {
			return false
		}
	}
	return w.piece(at, length, dec, false)
}
