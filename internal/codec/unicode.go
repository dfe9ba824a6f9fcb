package codec

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Unicode returns the decoder of the escapes with a backslash that programming
// languages have: \u0041 \u{41} \U00000041 \x41 \101, each also with more
// backslashes, as a string within a string has them, of the slashes of
// https:\/\/ that some encoders of JSON escape, and of \n, \r and \t where a word
// with digits follows, which their letter would be part of.
func Unicode() Decoder { return Decoder{"unicode", decodeUnicode} }

func decodeUnicode(src []byte, b *Budget, emit func(Text)) {
	w := writer{src: src, b: b, emit: emit}
	for at := 0; ; {
		if at = next(src, at, '\\'); at < 0 {
			break
		}
		slashes := 1
		for at+slashes < len(src) && src[at+slashes] == '\\' {
			slashes++
		}
		var buf [utf8.UTFMax]byte
		dec, n := backslash(&w, &buf, at+slashes)
		if n > 0 && !w.escape(at, slashes+n, dec) {
			break
		}
		at += slashes + n
		if n > 0 && dec[0] < ' ' && wordFollows(src[at:]) {
			// The byte behind counts as decoded: that a word begins with it is
			// what the escape hid.
			if !w.escape(at, 1, src[at:at+1]) {
				break
			}
			at++
		}
	}
	w.finish()
}

// backslash decodes the escape whose backslash stands before w.src[at:]. It
// returns its length, 0 if it is none.
func backslash(w *writer, buf *[utf8.UTFMax]byte, at int) (dec []byte, n int) {
	src := w.src[at:]
	if len(src) < 1 {
		return nil, 0
	}
	switch c := src[0]; {
	case c == 'u':
		return unicodeEscape(buf, src)
	case c == 'U':
		if v, ok := hexValue(src, 1, 8); ok {
			return character(buf, v, 9)
		}
	case c == 'x':
		if v, ok := hexValue(src, 1, 2); ok && plain(byte(v)) {
			buf[0] = byte(v)
			return buf[:1], 3
		}
	case c >= '0' && c <= '3':
		if len(src) >= 3 && src[1]|7 == '7' && src[2]|7 == '7' {
			if v := c<<6 | src[1]&7<<3 | src[2]&7; plain(v) {
				buf[0] = v
				return buf[:1], 3
			}
		}
	case c == 'n' || c == 'r' || c == 't':
		if wordFollows(src[1:]) {
			buf[0] = space(c)
			return buf[:1], 1
		}
	case c == '/':
		if at >= 2 && w.src[at-2] == ':' && bytes.HasPrefix(src, []byte(`/\/`)) || w.near(at-1) {
			buf[0] = '/'
			return buf[:1], 1
		}
	}
	return nil, 0
}

// minHidden is how long a word with digits is that an escape before it hides:
// shorter ones are no secrets, and many.
const minHidden = 14

// wordFollows reports whether src begins with a long word with digits.
func wordFollows(src []byte) bool {
	if len(src) < minHidden {
		return false
	}
	digits := 0
	for i, c := range src[:min(len(src), 4*minHidden)] {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c|0x20 && c|0x20 <= 'z', c == '_', c == '-':
		default:
			return i >= minHidden && digits > 0
		}
	}
	return digits > 0
}

// space returns the character that an escape with this letter stands for.
func space(letter byte) byte {
	switch letter {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	}
	return '\t'
}

// unicodeEscape decodes u0041, u{41} and the surrogates of ud83d\ude00.
func unicodeEscape(buf *[utf8.UTFMax]byte, src []byte) ([]byte, int) {
	if len(src) > 1 && src[1] == '{' {
		i := 2
		for i < len(src) && i < 8 && hexDigits[src[i]] != 0 {
			i++
		}
		if v, ok := hexValue(src, 2, i-2); ok && i < len(src) && src[i] == '}' {
			return character(buf, v, i+1)
		}
		return nil, 0
	}
	v, ok := hexValue(src, 1, 4)
	if !ok {
		return nil, 0
	}
	if utf16.IsSurrogate(rune(v)) {
		slashes := 0
		for 5+slashes < len(src) && src[5+slashes] == '\\' {
			slashes++
		}
		at := 5 + slashes
		low, ok := hexValue(src, at+1, 4)
		if slashes == 0 || !ok || src[at] != 'u' {
			return nil, 0
		}
		r := utf16.DecodeRune(rune(v), rune(low))
		if r == utf8.RuneError {
			return nil, 0
		}
		return character(buf, uint32(r), at+5)
	}
	return character(buf, v, 5)
}

// hexValue reads n hexadecimal digits at src[at:].
func hexValue(src []byte, at, n int) (v uint32, ok bool) {
	if n < 1 || len(src) < at+n {
		return 0, false
	}
	for _, c := range src[at : at+n] {
		d := hexDigits[c]
		if d == 0 {
			return 0, false
		}
		v = v<<4 | uint32(d&0x0f)
	}
	return v, true
}

// character encodes a character that is worth showing in UTF-8.
func character(buf *[utf8.UTFMax]byte, v uint32, n int) ([]byte, int) {
	if v > utf8.MaxRune || !utf8.ValidRune(rune(v)) || v < utf8.RuneSelf && !plain(byte(v)) {
		return nil, 0
	}
	return buf[:utf8.EncodeRune(buf[:], rune(v))], n
}
