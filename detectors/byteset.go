package detectors

// A byteSet is a set of byte values.
type byteSet [4]uint64

func (s *byteSet) has(c byte) bool { return s[c>>6]>>(c&63)&1 != 0 }

func (s *byteSet) add(c byte) { s[c>>6] |= 1 << (c & 63) }

func (s *byteSet) addRange(lo, hi int) {
	for c := lo; c <= hi; c++ {
		s.add(byte(c))
	}
}

func (s *byteSet) union(t *byteSet) {
	for i := range s {
		s[i] |= t[i]
	}
}

func (s *byteSet) meets(t *byteSet) bool {
	return s[0]&t[0]|s[1]&t[1]|s[2]&t[2]|s[3]&t[3] != 0
}

// runBefore returns the beginning of the bytes of the set that end at end.
func (s *byteSet) runBefore(data []byte, end, floor int) int {
	for end > floor && s.has(data[end-1]) {
		end--
	}
	return end
}

// runAfter returns the end of the bytes of the set that begin at start.
func (s *byteSet) runAfter(data []byte, start, limit int) int {
	for start < limit && s.has(data[start]) {
		start++
	}
	return start
}

func (s *byteSet) hasAll(data []byte) bool {
	for _, c := range data {
		if !s.has(c) {
			return false
		}
	}
	return true
}
