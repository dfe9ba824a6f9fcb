package codec

import (
	"bytes"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/runs"
)

// Hex returns the decoder of runs of at least 32 hexadecimal digits, and of
// arrays of bytes as source text has them: 0x41, 0x42.
func Hex() Decoder { return Decoder{"hex", decodeHex} }

func decodeHex(src []byte, b *Budget, emit func(Text)) {
	w := writer{src: src, b: b, emit: emit}
	defer w.finish()
	for at := 0; ; {
		start, end, found := arrayClass.Next(src, at, minArrayLen)
		if !found {
			return
		}
		if at, found = w.hex(start, end); !found {
			return
		}
	}
}

// hex decodes what is in src[at:end], all of which may be part of an array. It
// returns where that ends, and false when the budget is spent.
func (w *writer) hex(at, end int) (int, bool) {
	for at < end {
		start, stop, found := hexRadix.class.Next(w.src[:end], at, hexRadix.min)
		if !found {
			return end, w.arrays(at, end)
		}
		// No array has so many digits in a row.
		if !w.arrays(at, start) {
			return at, false
		}
		var ok bool
		if at, ok = hexRadix.one(w, start, stop); !ok {
			return at, false
		}
	}
	return at, true
}

var hexRadix = radix{digits: &hexDigits, chars: 2, bytes: 1, min: 32, class: digitsOf(&hexDigits)}

var hexDigits = [256]byte{
	'0': known, '1': known | 1, '2': known | 2, '3': known | 3, '4': known | 4,
	'5': known | 5, '6': known | 6, '7': known | 7, '8': known | 8, '9': known | 9,
	'a': known | 10, 'b': known | 11, 'c': known | 12, 'd': known | 13, 'e': known | 14, 'f': known | 15,
	'A': known | 10, 'B': known | 11, 'C': known | 12, 'D': known | 13, 'E': known | 14, 'F': known | 15,
}

const (
	minArray    = 8              // bytes of an array that is worth a look
	minArrayLen = minArray*4 - 1 // how long that is at least: 0x1 and a blank for each but the last
)

// arrayClass has all characters that an array can hold. Runs of digits hold no
// others, so both are looked for in runs of these.
var arrayClass = runs.Of(func(c byte) bool { return hexDigits[c] != 0 || strings.IndexByte("xX, \t\r\n(byte)(char)", c) >= 0 })

// arrays decodes the arrays in src[at:to]. It returns false when the budget is
// spent.
func (w *writer) arrays(at, to int) bool {
	for {
		i := bytes.Index(w.src[at:to], []byte("0x"))
		if i < 0 {
			return true
		}
		at += i
		a := array{src: w.src[:to], at: at}
		var head [24]byte
		n := 0
		for n < len(head) && a.next() {
			head[n] = a.value
			n++
		}
		if n < minArray || judge(head[:n], n < len(head)) != text {
			at = max(a.at, at+2)
			continue
		}
		a = array{src: w.src[:to], at: at}
		if !w.begin(at) {
			return false
		}
		for a.next() {
			if !w.piece(a.start, a.at-a.start, []byte{a.value}, false) {
				return false
			}
		}
		at = a.at
	}
}

// An array is read element by element.
type array struct {
	src   []byte
	at    int // behind the element and what separates it from the next
	start int // of the element
	value byte
}

// next reads an element: one or two digits behind 0x.
func (a *array) next() bool {
	s := a.src[a.at:]
	if len(s) < 3 || s[0] != '0' || s[1]|0x20 != 'x' || hexDigits[s[2]] == 0 {
		return false
	}
	value, n := hexDigits[s[2]]&0x0f, 3
	if len(s) > 3 && hexDigits[s[3]] != 0 {
		value, n = value<<4|hexDigits[s[3]]&0x0f, 4
	}
	if len(s) > n && hexDigits[s[n]] != 0 {
		return false
	}
	a.start, a.value = a.at, value
	a.at += n
	if sep := separator(s[n:]); sep > 0 {
		a.at += sep
	}
	return true
}

// separator returns the length of what separates two elements; 0 if no element
// follows.
func separator(s []byte) int {
	comma := false
	for at := range min(len(s), contextLen) {
		switch c := s[at]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case c == ',' && !comma:
			comma = true
		case c == '0' && at > 0:
			if len(s) > at+2 && s[at+1]|0x20 == 'x' && hexDigits[s[at+2]] != 0 {
				return at
			}
			return 0
		case c == '(':
			return cast(s, at)
		default:
			return 0
		}
	}
	return 0
}

// cast is separator for elements that are converted: (byte)0x41, (byte) 0x42.
func cast(s []byte, at int) int {
	const length = len("(byte)")
	if !bytes.HasPrefix(s[at:], []byte("(byte)")) && !bytes.HasPrefix(s[at:], []byte("(char)")) {
		return 0
	}
	at += length
	if at < len(s) && s[at] == ' ' {
		at++
	}
	if len(s) > at+2 && s[at] == '0' && s[at+1]|0x20 == 'x' && hexDigits[s[at+2]] != 0 {
		return at
	}
	return 0
}
