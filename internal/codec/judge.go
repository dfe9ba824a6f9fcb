package codec

import "unicode/utf8"

// verdict is what decoded bytes look like.
type verdict uint8

const (
	nothing  verdict = iota
	text             // mostly printable, in UTF-8 or UTF-16
	zipped           // the beginning of gzip
	deflated         // the beginning of zlib
)

// shortLen is how many bytes must be printable ASCII without exception: so few
// may be by chance what an identifier or a path decodes to.
const shortLen = 32

// judge says what the decoded bytes are the beginning of; all says that they
// are all there is.
func judge(dec []byte, all bool) verdict {
	switch {
	case len(dec) == 0:
		return nothing
	case all && len(dec) < shortLen:
		if printable(dec) || wide(dec) {
			return text
		}
	case mostlyText(dec) || wide(dec):
		return text
	}
	switch {
	case len(dec) > 18 && dec[0] == 0x1f && dec[1] == 0x8b && dec[2] == 8 && dec[3] < 0x20:
		return zipped
	case len(dec) > 8 && dec[0] == 0x78 && (dec[1] == 0x01 || dec[1] == 0x5e || dec[1] == 0x9c || dec[1] == 0xda):
		return deflated
	}
	return nothing
}

// plain reports whether c is printable ASCII or the space between lines.
func plain(c byte) bool { return c >= ' ' && c < 0x7f || c == '\n' || c == '\t' || c == '\r' }

// promising reports whether something that judge knows may begin with three
// bytes. It is quick.
func promising(a, b, c byte) bool {
	switch {
	case plain(a):
		switch {
		case plain(b):
			return plain(c) || c >= 0xc2
		case b >= 0xc2:
			return c >= 0x80 && c < 0xc0
		case b == 0:
			return plain(c)
		}
		return a == 0x78 && (b == 0x01 || b == 0x9c || b == 0xda)
	case a >= 0xc2:
		return b >= 0x80 && b < 0xc0 || a == 0xff && b == 0xfe || a == 0xfe && b == 0xff
	case a == 0x1f:
		return b == 0x8b && c == 8
	}
	return a == 0 && plain(b) && c == 0
}

func printable(dec []byte) bool {
	for _, c := range dec {
		if !plain(c) {
			return false
		}
	}
	return true
}

// mostlyText reports whether seven bytes in eight are printable or belong to
// valid UTF-8. It gives up early.
func mostlyText(dec []byte) bool {
	bad := len(dec)/8 + 1
	for i := 0; i < len(dec); {
		if c := dec[i]; c < utf8.RuneSelf {
			if i++; !plain(c) {
				if bad--; bad == 0 {
					return false
				}
			}
			continue
		}
		r, size := utf8.DecodeRune(dec[i:])
		i += size
		if r == utf8.RuneError && size == 1 && utf8.FullRune(dec[i-1:]) || r < 0xa0 {
			if bad--; bad == 0 {
				return false
			}
		}
	}
	return true
}

// wide reports whether dec is UTF-16 that is mostly ASCII: every other byte is
// zero, the others are printable.
func wide(dec []byte) bool {
	if len(dec) >= 2 && (dec[0] == 0xff && dec[1] == 0xfe || dec[0] == 0xfe && dec[1] == 0xff) {
		dec = dec[2:]
	}
	if len(dec) < 8 {
		return false
	}
	at := 0 // of the bytes that are not zero
	if dec[0] == 0 {
		at = 1
	}
	bad := len(dec)/16 + 1
	for i := 0; i+1 < len(dec); i += 2 {
		if !plain(dec[i+at]) || dec[i+1-at] != 0 {
			if bad--; bad == 0 {
				return false
			}
		}
	}
	return true
}
