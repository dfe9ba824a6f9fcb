package codec

import "bytes"

// Gap is how far apart two pieces of encoded text are at least that know
// nothing of each other: neither do they share a region nor its context. Text
// that changes so far from a region changes nothing of it.
const Gap = 2*contextLen + 64

// Apart reports that no encoded text goes on over at, where a line of src
// begins: what Decode makes of either side, it also makes of that side alone,
// if its regions stay Gap away from there. It may be too careful.
func Apart(src []byte, at int) bool {
	if at <= 0 || at >= len(src) {
		return true
	}
	if bytes.IndexByte(src[max(0, at-4):min(len(src), at+4)], 0) >= 0 {
		return false
	}
	return !arrayOver(src, at) && !runOver(src, at)
}

// arrayOver reports whether an array of bytes may go on over at.
func arrayOver(src []byte, at int) bool {
	p := at
	for p > max(0, at-contextLen) && (src[p-1] == ',' || src[p-1] == ' ' || src[p-1] == '\t' || src[p-1] == '\r' || src[p-1] == '\n') {
		p--
	}
	if p < 3 || src[p-2]|0x20 != 'x' && (p < 4 || src[p-3]|0x20 != 'x') {
		return false
	}
	return p+separator(src[p:]) >= at
}

// runOver reports whether a run of digits may go on over at. Only those count
// that end near the end of the line, and of those the last few: not more can
// stand among what may be between the parts of a run.
func runOver(src []byte, at int) bool {
	p := at
	for range 4 {
		for p > 0 && base64Digits[src[p-1]] == 0 {
			if p--; p < at-1 && src[p] == '\n' || at-p > 2*contextLen || !inSeam(src[p]) {
				return false
			}
		}
		end := p
		for p > 0 && base64Digits[src[p-1]] != 0 {
			p--
		}
		next, join := seam(src, end)
		if join != apart && next >= at && next < len(src) && base64Digits[src[next]] != 0 && (join == literal || end-p >= minWidth) {
			return true
		}
		for _, c := range src[p:end] {
			if !inSeam(c) {
				return false
			}
		}
	}
	return false
}

// inSeam reports whether c may stand before the end of a line over which seam
// goes.
func inSeam(c byte) bool {
	switch c {
	case '\\', 'r', 'n', '\r', '\n', ' ', '\t':
		return true
	}
	return isQuote(c) || isOperator(c)
}
