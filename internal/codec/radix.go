package codec

import "github.com/mudlark-scan/mudlark/internal/runs"

// A radix is an encoding in which a group of digits stands for a group of
// bytes: four for three in base64, two for one in hex.
type radix struct {
	digits *[256]byte // the value of a digit, with what is known of it; 0: none
	chars  int        // in a group
	bytes  int
	min    int         // digits that are worth a look
	class  *runs.Class // the digits
}

func digitsOf(table *[256]byte) *runs.Class {
	return runs.Of(func(c byte) bool { return table[c] != 0 })
}

// What a table says of a digit besides its value.
const (
	known = 0x80 // it is one
	mark  = 0x40 // it often stands between words
)

// decode decodes as many whole groups of digits as src and dst have room for.
func (x *radix) decode(dst, src []byte) (n int) {
	if x.chars == 2 {
		for len(src) >= 2 && n < len(dst) {
			dst[n] = x.digits[src[0]]<<4 | x.digits[src[1]]&0x0f
			src, n = src[2:], n+1
		}
		return n
	}
	for len(src) >= 4 && n+3 <= len(dst) {
		v := uint32(x.digits[src[0]]&0x3f)<<18 | uint32(x.digits[src[1]]&0x3f)<<12 |
			uint32(x.digits[src[2]]&0x3f)<<6 | uint32(x.digits[src[3]]&0x3f)
		dst[n], dst[n+1], dst[n+2] = byte(v>>16), byte(v>>8), byte(v)
		src, n = src[4:], n+3
	}
	return n
}

// last decodes the digits of a group that is not whole.
func (x *radix) last(dst *[3]byte, src []byte) []byte {
	if x.chars == 2 || len(src) < 2 {
		return nil
	}
	var group [4]byte
	copy(group[:], "AAAA")
	copy(group[:], src)
	x.decode(dst[:], group[:])
	return dst[:len(src)-1]
}

// all decodes every run of src that is worth it.
func (x *radix) all(src []byte, b *Budget, emit func(Text)) {
	w := writer{src: src, b: b, emit: emit}
	for at, ok := 0, true; ok; {
		start, end, found := x.class.Next(src, at, x.min)
		if !found {
			break
		}
		at, ok = x.one(&w, start, end)
	}
	w.finish()
}

// one decodes the run src[start:end] if it is worth it, and what continues it
// on the next lines. It returns where that ends, and false when the budget is
// spent.
func (x *radix) one(w *writer, start, end int) (int, bool) {
	start, kind := x.probe(w.src, start, end)
	switch kind {
	case text:
		return x.write(w, start, end)
	case zipped, deflated:
		at, ok := x.inflate(w, start, end, kind)
		return max(at, end), ok
	}
	return end, true
}

// probe finds where in a run of digits encoded text begins, and what it is: at
// the beginning, or behind one of the first marks.
func (x *radix) probe(src []byte, start, end int) (int, verdict) {
	start += x.escaped(src, start)
	for range 4 {
		if end-start < x.min {
			break
		}
		if kind := x.judge(src[start:end]); kind != nothing {
			return start, kind
		}
		if x.chars == 2 {
			break
		}
		next := start
		for next < end-x.min && x.digits[src[next]]&mark == 0 {
			next++
		}
		start = next + 1
	}
	return start, nothing
}

// escaped returns how many of the digits at at belong to an escape before them,
// as the n in `\nQUJD`.
func (x *radix) escaped(src []byte, at int) int {
	if at == 0 || x.chars == 2 {
		return 0
	}
	switch {
	case src[at-1] == '%':
		return 2
	case src[at-1] != '\\':
		return 0
	case src[at] == 'u':
		return 5
	case src[at] == 'x':
		return 3
	}
	return 1
}

// judge decodes the beginning of a run and says what it is.
func (x *radix) judge(run []byte) verdict {
	tail := len(run) % x.chars
	if tail == 1 && len(run) < 2*shortLen {
		return nothing
	}
	// Most runs are none, and show it in their first bytes.
	var first [24]byte
	if n := x.decode(first[:3], run); n < 3 || !promising(first[0], first[1], first[2]) {
		return nothing
	}
	n := x.decode(first[:], run)
	if judge(first[:n], false) == nothing {
		return nothing
	}
	var more [1024]byte
	n = x.decode(more[:], run)
	return judge(more[:n], n < len(more))
}
