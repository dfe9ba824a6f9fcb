package codec

// Base64 returns the decoder of base64 in the standard and the URL alphabet,
// with or without padding, also wrapped over lines, and of what gzip or zlib
// made of text before it was encoded so.
func Base64() Decoder { return Decoder{"base64", decodeBase64} }

func decodeBase64(src []byte, b *Budget, emit func(Text)) { base64Radix.all(src, b, emit) }

var base64Radix = radix{digits: &base64Digits, chars: 4, bytes: 3, min: 16, class: digitsOf(&base64Digits)}

// base64Digits has both alphabets.
var base64Digits = [256]byte{
	'A': known, 'B': known | 1, 'C': known | 2, 'D': known | 3, 'E': known | 4, 'F': known | 5,
	'G': known | 6, 'H': known | 7, 'I': known | 8, 'J': known | 9, 'K': known | 10, 'L': known | 11,
	'M': known | 12, 'N': known | 13, 'O': known | 14, 'P': known | 15, 'Q': known | 16, 'R': known | 17,
	'S': known | 18, 'T': known | 19, 'U': known | 20, 'V': known | 21, 'W': known | 22, 'X': known | 23,
	'Y': known | 24, 'Z': known | 25, 'a': known | 26, 'b': known | 27, 'c': known | 28, 'd': known | 29,
	'e': known | 30, 'f': known | 31, 'g': known | 32, 'h': known | 33, 'i': known | 34, 'j': known | 35,
	'k': known | 36, 'l': known | 37, 'm': known | 38, 'n': known | 39, 'o': known | 40, 'p': known | 41,
	'q': known | 42, 'r': known | 43, 's': known | 44, 't': known | 45, 'u': known | 46, 'v': known | 47,
	'w': known | 48, 'x': known | 49, 'y': known | 50, 'z': known | 51, '0': known | 52, '1': known | 53,
	'2': known | 54, '3': known | 55, '4': known | 56, '5': known | 57, '6': known | 58, '7': known | 59,
	'8': known | 60, '9': known | 61, '+': known | mark | 62, '-': known | mark | 62, '/': known | mark | 63, '_': known | mark | 63,
}
