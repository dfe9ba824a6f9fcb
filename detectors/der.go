package detectors

import (
	"bytes"
	"encoding/base64"
)

// isKeyDER reports whether size bytes, which begin with head, may be a private
// key in DER: PKCS#1, PKCS#8, SEC 1 or the old form of DSA keys. All of these
// are a sequence of a version and something else; a certificate or a public key
// is not. The length must be right, so that a key that was cut is none.
func isKeyDER(head []byte, size int) bool {
	content, length, ok := derHeader(head, 0x30)
	if !ok || len(head)-len(content)+length != size {
		return false
	}
	if len(content) < 4 || content[0] != 0x02 || content[1] != 1 || content[2] > 3 {
		return false
	}
	switch content[3] {
	case 0x02, 0x30, 0x04: // a number, an algorithm, the key itself
		return true
	}
	return false
}

// derHeader reads tag and length of what raw begins with. It returns what follows
// them, as far as it is there.
func derHeader(raw []byte, tag byte) (content []byte, length int, ok bool) {
	if len(raw) < 2 || raw[0] != tag {
		return nil, 0, false
	}
	n := int(raw[1])
	if n < 0x80 {
		return raw[2:], n, true
	}
	if n &= 0x7f; n == 0 || n > 3 || len(raw) < 2+n {
		return nil, 0, false
	}
	for _, c := range raw[2 : 2+n] {
		length = length<<8 | int(c)
	}
	return raw[2+n:], length, true
}

// structured reports whether a body that is not encrypted has the form that its
// label promises. Labels that promise nothing known pass.
func (b *body) structured(label []byte) bool {
	var room [len(b.head)]byte
	text := b.head[:min(len(b.head), b.chars)]
	head := decodedBase64(room[:], text)
	switch string(label) {
	case "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "PRIVATE KEY":
		return isKeyDER(head, (b.chars-b.padding)*6/8)
	case "OPENSSH PRIVATE KEY":
		return bytes.HasPrefix(head, []byte(opensshMagic))
	}
	return true
}

// decodedBase64 decodes as much of text as is valid into room.
func decodedBase64(room, text []byte) []byte {
	text = bytes.TrimRight(text, "=")
	n, _ := base64.RawStdEncoding.Decode(room, text)
	return room[:n]
}

// keyDER is the check of keys in base64 without BEGIN and END.
func keyDER(s []byte) bool {
	text := bytes.TrimRight(s, "=")
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(raw, text)
	return err == nil && isKeyDER(raw[:n], n)
}
