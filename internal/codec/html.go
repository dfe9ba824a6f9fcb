package codec

import (
	"unicode/utf8"
)

// HTML returns the decoder of character references as HTML and XML have them:
// &#65; &#x41; and those names that stand for ASCII.
func HTML() Decoder { return Decoder{"html", decodeHTML} }

func decodeHTML(src []byte, b *Budget, emit func(Text)) {
	w := writer{src: src, b: b, emit: emit}
	for at := 0; ; {
		if at = next(src, at, '&'); at < 0 {
			break
		}
		var buf [utf8.UTFMax]byte
		dec, n := reference(&buf, src[at:])
		if n == 0 {
			at++
			continue
		}
		if !w.escape(at, n, dec) {
			break
		}
		at += n
	}
	w.finish()
}

// maxReference bounds the length of a reference.
const maxReference = 12

// reference decodes the reference at the beginning of src and returns its
// length, 0 if there is none.
func reference(buf *[utf8.UTFMax]byte, src []byte) ([]byte, int) {
	src = src[:min(len(src), maxReference)]
	end := 1
	for end < len(src) && src[end] != ';' {
		if c := src[end]; c != '#' && hexDigits[c] == 0 && !(c|0x20 >= 'a' && c|0x20 <= 'z') {
			return nil, 0
		}
		end++
	}
	if end == len(src) || end < 3 {
		return nil, 0
	}
	name := src[1:end]
	if name[0] != '#' {
		c := named(string(name))
		if c == 0 {
			return nil, 0
		}
		buf[0] = c
		return buf[:1], end + 1
	}
	v, ok := number(name[1:])
	if !ok {
		return nil, 0
	}
	return character(buf, v, end+1)
}

// number reads 65 or x41.
func number(digits []byte) (v uint32, ok bool) {
	if digits[0]|0x20 == 'x' {
		return hexValue(digits, 1, len(digits)-1)
	}
	for _, c := range digits {
		if c < '0' || c > '9' || v > utf8.MaxRune {
			return 0, false
		}
		v = v*10 + uint32(c-'0')
	}
	return v, true
}

// named returns the ASCII character with a name, 0 for other names
// (https://html.spec.whatwg.org/multipage/named-characters.html).
func named(name string) byte {
	switch name {
	case "amp", "AMP":
		return '&'
	case "lt", "LT":
		return '<'
	case "gt", "GT":
		return '>'
	case "quot", "QUOT":
		return '"'
	case "apos":
		return '\''
	case "nbsp":
		return ' '
	case "equals":
		return '='
	case "colon":
		return ':'
	case "semi":
		return ';'
	case "sol":
		return '/'
	case "bsol":
		return '\\'
	case "plus":
		return '+'
	case "commat":
		return '@'
	case "num":
		return '#'
	case "lowbar", "UnderBar":
		return '_'
	case "period":
		return '.'
	case "comma":
		return ','
	case "excl":
		return '!'
	case "quest":
		return '?'
	case "dollar":
		return '$'
	case "percnt":
		return '%'
	case "ast", "midast":
		return '*'
	case "lpar":
		return '('
	case "rpar":
		return ')'
	case "lsqb", "lbrack":
		return '['
	case "rsqb", "rbrack":
		return ']'
	case "lcub", "lbrace":
		return '{'
	case "rcub", "rbrace":
		return '}'
	case "vert", "verbar", "VerticalLine":
		return '|'
	case "grave", "DiacriticalGrave":
		return '`'
	case "Hat":
		return '^'
	case "Tab":
		return '\t'
	case "NewLine":
		return '\n'
	}
	return 0
}
