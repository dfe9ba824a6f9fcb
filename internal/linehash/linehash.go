// Package linehash computes what GitHub's code scanning calls
// primaryLocationLineHash: the identity of a line by its text. It does what the
// upload action does to a checked-out file, so that both give the same value.
package linehash

import (
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
// sorted. It reads text twice, whatever the number of lines.
func Of(text []byte, lines []int) Hashes {
	if len(lines) == 0 {
		return Hashes{}
	}
	h := Hashes{lines: lines, of: make([]hash, len(lines))}
	count := make(map[uint64]int)
	next := 0
	each(text, func(line int, sum uint64) {
		if next < len(lines) && line == lines[next] {
			h.of[next].sum = sum
			count[sum] = 0
			next++
		}
	})
	next = 0
	each(text, func(line int, sum uint64) {
		n, ok := count[sum]
		if !ok {
			return
		}
		count[sum] = n + 1
		if next < len(lines) && line == lines[next] {
			h.of[next].n = n + 1
			next++
		}
	})
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

// each calls emit for every line, in order.
func each(text []byte, emit func(line int, hash uint64)) {
	r := roller{emit: emit, lineStart: true, lead: 1}
	for range block {
		r.lead *= base
	}
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			r.read(uint64(c))
			i++
			continue
		}
		c, n := decode(text[i:])
		if c > 0xFFFF { // two UTF-16 code units
			c -= 0x10000
			r.read(0xD800 + uint64(c>>10))
			c = 0xDC00 + c&0x3FF
		}
		r.read(uint64(c))
		i += n
	}
	r.read(eof)
	for range block {
		r.flush()
		r.push(0)
	}
}

// A roller holds a hash over the last hundred characters: the polynomial with
// the base 37, modulo 2 to the power of 64.
type roller struct {
	emit      func(line int, hash uint64)
	window    [block]uint64
	lines     [block]int // the number of the line that begins at this place of window; 0: none
	at        int
	hash      uint64
	lead      uint64 // 37 to the power of the window's length
	line      int
	lineStart bool
	afterCR   bool
}

// read takes one UTF-16 code unit. Blanks do not count, and a line feed after
// a carriage return neither.
func (r *roller) read(c uint64) {
	if c == ' ' || c == '\t' || r.afterCR && c == '\n' {
		r.afterCR = false
		return
	}
	r.afterCR = c == '\r'
	if r.afterCR {
		c = '\n'
	}
	r.flush()
	if r.lineStart {
		r.line++
		r.lines[r.at] = r.line
	}
	r.lineStart = c == '\n'
	r.push(c)
}

// flush emits the line that begins where the window begins.
func (r *roller) flush() {
	if n := r.lines[r.at]; n != 0 {
		r.emit(n, r.hash)
		r.lines[r.at] = 0
	}
}

func (r *roller) push(c uint64) {
	r.hash = r.hash*base + c - r.lead*r.window[r.at]
	r.window[r.at] = c
	if r.at++; r.at == block {
		r.at = 0
	}
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
