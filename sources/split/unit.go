package split

import "bytes"

// unit is the size of the code units of text: wide text must be cut between
// them, and its ends of lines are not single bytes.
type unit struct {
	size int // 1, 2 or 4
	// little says that the low byte of a unit comes first.
	little bool
}

// unitOf looks at the beginning of content for a mark, or for the zero bytes
// that wide text is full of.
func unitOf(head []byte) unit {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe, 0, 0}):
		return unit{4, true}
	case bytes.HasPrefix(head, []byte{0, 0, 0xfe, 0xff}):
		return unit{4, false}
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		return unit{2, true}
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unit{2, false}
	}
	head = head[:min(len(head), 4096)&^3]
	if len(head) < 8 {
		return unit{size: 1}
	}
	var zeros [4]int
	for i, c := range head {
		if c == 0 {
			zeros[i&3]++
		}
	}
	// Most characters of text in wide units are Latin: full counts the places
	// that are nearly always, empty those that are hardly ever zero.
	quarter := len(head) / 4
	full := func(i int) bool { return zeros[i] >= quarter/2 }
	empty := func(i int) bool { return zeros[i] <= quarter/16 }
	switch {
	case empty(0) && full(1) && full(2) && full(3):
		return unit{4, true}
	case full(0) && full(1) && full(2) && empty(3):
		return unit{4, false}
	case empty(0) && full(1) && empty(2) && full(3):
		return unit{2, true}
	case full(0) && empty(1) && full(2) && empty(3):
		return unit{2, false}
	}
	return unit{size: 1}
}

// floor returns the last place up to at that lies between two units, in a buffer
// that begins at offset.
func (u unit) floor(offset int64, at int) int {
	return at - int((offset+int64(at))%int64(u.size))
}

// isLine reports whether the unit that starts at data[at] ends a line.
func (u unit) isLine(data []byte, at int) bool {
	if at < 0 || at+u.size > len(data) {
		return false
	}
	low := at + u.size - 1
	if u.little {
		low = at
	}
	for i := at; i < at+u.size; i++ {
		if i == low && data[i] != '\n' || i != low && data[i] != 0 {
			return false
		}
	}
	return true
}

// lastLine returns the place behind the last end of a line that ends in
// data[from:to], or -1. The data begins at offset.
func (u unit) lastLine(data []byte, offset int64, from, to int) int {
	if u.size == 1 {
		if at := bytes.LastIndexByte(data[from:to], '\n'); at >= 0 {
			return from + at + 1
		}
		return -1
	}
	for at := u.floor(offset, to); at-u.size >= from; at -= u.size {
		if u.isLine(data, at-u.size) {
			return at
		}
	}
	return -1
}

// lines counts the ends of lines in data, which begins at offset.
func (u unit) lines(data []byte, offset int64) int {
	if u.size == 1 {
		return countLines(data)
	}
	n := 0
	start := int(-offset & int64(u.size-1))
	for at := start; at+u.size <= len(data); at += u.size {
		if u.isLine(data, at) {
			n++
		}
	}
	return n
}
