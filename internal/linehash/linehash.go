// Package linehash computes what GitHub's code scanning calls
// primaryLocationLineHash: the identity of a line by its text. It does what the
// upload action does to a checked-out file, so that both give the same value.
package linehash

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

const (
	block = 100 // characters that count, from the beginning of the line
	base  = 37
	eof   = 65535 // stands for the end of the text
)

// Hashes are the hashes of some lines of a text. The zero value holds none.
type Hashes struct {
	lines []int // sorted
	of    []hash
}

type hash struct {
	sum uint64
	n   int // how many lines alike there are up to this one
}

// Of returns the hashes of the lines with the given numbers, from 1, which are
// sorted. It reads text up to the last of them, but of most lines no more than
// where they begin.
func Of(text []byte, lines []int) Hashes {
	if len(lines) == 0 {
		return Hashes{}
	}
	h := Hashes{lines: lines, of: make([]hash, len(lines))}
	var begins [256]bool // what a wanted line begins with
	count := make(map[uint64]int, len(lines))
	next := 0
	w := newWalker(text)
	for ; next < len(lines) && w.find(lines[next]); next++ {
		sum := w.sum()
		h.of[next].sum = sum
		count[sum] = 0
		begins[w.first()] = true
	}
	last := next
	next, w = 0, newWalker(text)
	for ; next < last; w.step() {
		wanted := w.line == lines[next]
		if !begins[w.first()] {
			continue
		}
		sum := w.sum()
		n, ok := count[sum]
		if !ok {
			continue
		}
		count[sum] = n + 1
		if wanted {
			h.of[next].n = n + 1
			next++
		}
	}
	return h
}

// At returns the hash of a line: hexadecimal digits, a colon, and how many lines
// alike there are up to this one. It is empty if the line was not asked for, or
// is not there.
func (h Hashes) At(line int) string {
	i, ok := slices.BinarySearch(h.lines, line)
	if !ok || h.of[i].n == 0 {
		return ""
	}
	return strconv.FormatUint(h.of[i].sum, 16) + ":" + strconv.Itoa(h.of[i].n)
}

// A walker goes from line to line. Carriage returns end lines, too; a line feed
// behind one belongs to it.
type walker struct {
	text []byte
	at   int // where the line begins
	line int // its number
	feed int // where the next line feed stands, if that is not before at
}

func newWalker(text []byte) walker { return walker{text: text, line: 1, feed: -1} }

// step goes to the next line. It returns false if there is none.
func (w *walker) step() bool {
	if w.feed < w.at { // not for each carriage return
		w.feed = len(w.text)
		if i := bytes.IndexByte(w.text[w.at:], '\n'); i >= 0 {
			w.feed = w.at + i
		}
	}
	end := w.feed
	if i := bytes.IndexByte(w.text[w.at:end], '\r'); i >= 0 {
		if end = w.at + i; end+1 == w.feed && w.feed < len(w.text) {
			end = w.feed
		}
	}
	if end >= len(w.text) {
		return false
	}
	w.at = end + 1
	w.line++
	return true
}

// find goes to the line with a number that is not less than the current one's.
func (w *walker) find(line int) bool {
	for w.line < line {
		if !w.step() {
			return false
		}
	}
	return w.line == line
}

// first returns the first byte of the line that counts, 0 at the end of the text.
func (w *walker) first() byte {
	for _, c := range w.text[w.at:] {
		switch c {
		case ' ', '\t':
		case '\r':
			return '\n'
		default:
			return c
		}
	}
	return 0
}

// sum returns the hash of the characters from the beginning of the line on: the
// polynomial with the base 37, modulo 2 to the power of 64. Blanks do not count,
// and a line feed behind a carriage return neither.
func (w *walker) sum() (h uint64) {
	left := block
	read := func(c uint64) {
		if left > 0 {
			h = h*base + c
			left--
		}
	}
	afterCR := false
	for i := w.at; i < len(w.text) && left > 0; {
		c := w.text[i]
		if c == ' ' || c == '\t' || c == '\n' && afterCR {
			afterCR = false
			i++
			continue
		}
		afterCR = c == '\r'
		switch {
		case afterCR:
			read('\n')
			i++
		case c < utf8.RuneSelf:
			read(uint64(c))
			i++
		default:
			r, n := decode(w.text[i:])
			if r > 0xFFFF { // two UTF-16 code units
				r -= 0x10000
				read(0xD800 + uint64(r>>10))
				r = 0xDC00 + r&0x3FF
			}
			read(uint64(r))
			i += n
		}
	}
	read(eof)
	for left > 0 {
		read(0)
	}
	return h
}

// decode reads a character as the action does: of what is not UTF-8, each
// longest beginning of a character becomes one replacement character.
func decode(text []byte) (r rune, n int) {
	if r, n = utf8.DecodeRune(text); r != utf8.RuneError || n != 1 {
		return r, n
	}
	need, lo, hi := 0, byte(0x80), byte(0xBF)
	switch c := text[0]; {
	case 0xC2 <= c && c <= 0xDF:
		need = 1
	case 0xE0 <= c && c <= 0xEF:
		need = 2
	case 0xF0 <= c && c <= 0xF4:
		need = 3
	}
	switch text[0] { // the second byte of some has narrower bounds
	case 0xE0:
		lo = 0xA0
	case 0xED:
		hi = 0x9F
	case 0xF0:
		lo = 0x90
	case 0xF4:
		hi = 0x8F
	}
	for n = 1; n <= need && n < len(text) && lo <= text[n] && text[n] <= hi; n++ {
		lo, hi = 0x80, 0xBF
	}
	return utf8.RuneError, n
}
