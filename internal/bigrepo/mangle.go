package bigrepo

import (
	"fmt"
	"slices"
	"strings"
)

// mangle changes lines as no careful author would: it breaks and joins them,
// cuts out and puts in single bytes, and moves, doubles and mixes up pieces,
// most often where something is planted.
func (h *history) mangle(b *branch, lines []string) []string {
	for range h.rng.IntN(3) {
		if len(lines) < 2 {
			return lines
		}
		at := h.target(lines)
		switch h.rng.IntN(8) {
		case 0: // break a line
			cut := h.rng.IntN(len(lines[at]) + 1)
			lines = slices.Insert(lines, at+1, lines[at][cut:])
			lines[at] = lines[at][:cut]
		case 1: // join it with the next one
			if at+1 < len(lines) {
				lines[at] += lines[at+1]
				lines = slices.Delete(lines, at+1, at+2)
			}
		case 2: // cut out a few bytes
			from := h.rng.IntN(len(lines[at]) + 1)
			to := min(len(lines[at]), from+1+h.rng.IntN(3))
			lines[at] = lines[at][:from] + lines[at][to:]
		case 3: // put in a few
			cut := h.rng.IntN(len(lines[at]) + 1)
			lines[at] = lines[at][:cut] + h.splinter() + lines[at][cut:]
		case 4: // move lines
			from := h.rng.IntN(len(lines))
			to := min(len(lines), from+1+h.rng.IntN(4))
			piece := slices.Clone(lines[from:to])
			lines = slices.Delete(lines, from, to)
			lines = slices.Insert(lines, h.rng.IntN(len(lines)+1), piece...)
		case 5: // double them
			to := min(len(lines), at+1+h.rng.IntN(4))
			lines = slices.Insert(lines, h.rng.IntN(len(lines)+1), slices.Clone(lines[at:to])...)
		case 6: // bring some from another file
			other := b.files[h.pick(b)]
			if len(other) > 0 {
				from := h.rng.IntN(len(other))
				lines = slices.Insert(lines, at, slices.Clone(other[from:min(len(other), from+6)])...)
			}
		default: // bytes that no text has
			lines = slices.Insert(lines, at, h.noise())
		}
	}
	return lines
}

// target chooses a line, one in two times what is planted or next to it.
func (h *history) target(lines []string) int {
	at := h.rng.IntN(len(lines))
	if h.rng.IntN(2) == 0 {
		return at
	}
	for i := range lines {
		if j := (at + i) % len(lines); h.isPlanted(lines[j]) {
			return max(0, j-h.rng.IntN(2))
		}
	}
	return at
}

// splinters are what may turn one answer about a line into another.
const splinters = `" ' = : a Z 9 _ - / \n \\ %20 # // mudlark:allow key= password= example 0x`

func (h *history) splinter() string {
	all := append(strings.Fields(splinters), " ", "\t", "\x00", "\r", "é", "\xff")
	return all[h.rng.IntN(len(all))]
}

func (h *history) noise() string {
	b := make([]byte, 1+h.rng.IntN(60))
	for i := range b {
		b[i] = byte(h.rng.IntN(256))
	}
	return string(b)
}

// double copies a file to a new path.
func (h *history) double(b *branch, n int) {
	lines := slices.Clone(b.files[h.pick(b)])
	if len(lines) > 0 {
		h.put(b, fmt.Sprintf("copies/copy%d.txt", n), lines)
	}
}
