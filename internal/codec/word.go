package codec

// This file looks at eight bytes at once, which lie in a word. Of each byte the
// highest bit tells the outcome; nothing is carried from one byte to the next.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	evens = 0x00FF00FF00FF00FF // of little-endian words: the first byte and every second from there
)

// hasZero reports whether one of the bytes of w is zero.
func hasZero(w uint64) bool { return (w-ones)&^w&highs != 0 }
