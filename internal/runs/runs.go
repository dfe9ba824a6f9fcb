// Package runs finds runs of bytes of one class, such as the digits of base64,
// in text. Start with Of and Class.Next. Where the processor can, 32 bytes are
// looked at together; the result is the same.
package runs

// A Class is a set of ASCII characters. It never changes after Of, so that many
// goroutines may use it.
type Class struct {
	set [256]uint8 // 1: the byte is in the class
	// The same for two look-ups of a byte's halves: it is in the class if
	// low[c&15]&high[c>>4] is not zero. Each upper half has a bit of its own.
	halves halves
}

type halves struct{ low, high [16]uint8 }

// Of returns the class of the ASCII bytes for which in reports true.
func Of(in func(c byte) bool) *Class {
	k := new(Class)
	for c := range byte(0x80) {
		if in(c) {
			k.set[c] = 1
			k.halves.low[c&15] |= 1 << (c >> 4)
			k.halves.high[c>>4] = 1 << (c >> 4)
		}
	}
	return k
}

// Has reports whether c is in the class.
func (k *Class) Has(c byte) bool { return k.set[c] != 0 }

// Next returns the first run of at least n bytes of the class in data[from:],
// with n at least 1, and false if there is none. A run that begins before from
// counts from there.
func (k *Class) Next(data []byte, from, n int) (start, end int, ok bool) {
	for from < len(data) {
		at, found := k.find(data, from, min(n, wide))
		if !found {
			break
		}
		if end = k.End(data, at+min(n, wide)); end-at >= n {
			return at, end, true
		}
		from = end
	}
	return 0, 0, false
}

// End returns where the bytes of the class that begin at from end.
func (k *Class) End(data []byte, from int) int {
	for from+8 <= len(data) {
		s := data[from : from+8 : from+8]
		if k.set[s[0]]&k.set[s[1]]&k.set[s[2]]&k.set[s[3]]&k.set[s[4]]&k.set[s[5]]&k.set[s[6]]&k.set[s[7]] == 0 {
			break
		}
		from += 8
	}
	for from < len(data) && k.set[data[from]] != 0 {
		from++
	}
	return from
}

// skip returns where the first run of at least n bytes in data[from:] begins. It
// looks at the places where such a run must have a byte, and reads backward from
// there; no byte is looked at twice.
func (k *Class) skip(data []byte, from, n int) (start int, ok bool) {
	start = from
	seen := from // data[start:seen] are in the class
	for p := start + n - 1; p < len(data); p = start + n - 1 {
		q := p
		for q >= seen && k.set[data[q]] != 0 {
			q--
		}
		if q < seen {
			return start, true
		}
		start, seen = q+1, p+1
	}
	return 0, false
}
