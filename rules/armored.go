package rules

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// armored returns what fills the blanks of whole key files, or nil:
//
//	<pem LABEL>                 a block of several lines
//	<pem-line LABEL>            the same with \n for the line ends, as in JSON
//	<pem-encrypted LABEL>       protected by a passphrase
//	<pem-line-encrypted LABEL>  both
//	<putty> <putty-encrypted>   PuTTY's own format
//	<der-key>                   a key in base64 alone, on one line
//	<basic-auth>                user and password, with a colon between, in base64
//	<encoded-password>          a password in base64
//	<k8s-jwt>                   a service account's token of Kubernetes
//	<cisco7>                    a password as routers hide it
//
// The keys have the look and the length of real ones, and are none.
func armored(name string) blankFunc {
	switch name {
	case "pem", "pem-encrypted":
		return func(f *filler, label string) (string, error) { return f.pem(label, name == "pem-encrypted") }
	case "pem-line", "pem-line-encrypted":
		return func(f *filler, label string) (string, error) {
			text, err := f.pem(label, name == "pem-line-encrypted")
			return strings.ReplaceAll(text, "\n", `\n`), err
		}
	case "der-key":
		return plain(func(f *filler) string {
			return base64.StdEncoding.EncodeToString(f.der(1218, pkcs8RSA))
		})
	case "basic-auth":
		return plain(func(f *filler) string {
			return base64.StdEncoding.EncodeToString([]byte(f.word(6) + ":" + f.password(16)))
		})
	case "encoded-password":
		return plain(func(f *filler) string { return base64.StdEncoding.EncodeToString([]byte(f.password(15))) })
	case "k8s-jwt":
		return plain((*filler).serviceAccount)
	case "cisco7":
		return plain((*filler).cisco7)
	case "putty":
		return plain(func(f *filler) string { return f.putty(false) })
	case "putty-encrypted":
		return plain(func(f *filler) string { return f.putty(true) })
	}
	return nil
}

// pkcs8RSA begins an RSA key of 2048 bits in PKCS#8.
const pkcs8RSA = "30 82 04 be 02 01 00 30 0d 06 09 2a 86 48 86 f7 0d 01 01 01 05 00 04 82 04 a8 30 82 04 a4 02 01 00 02 82 01 01 00"

func (f *filler) pem(label string, encrypted bool) (string, error) {
	if label == "" || len(label) > 60 || strings.ContainsAny(label, "<-\n") {
		return "", fmt.Errorf("give the label of the block, as in <pem RSA PRIVATE KEY>")
	}
	var headers string
	width := 64
	var body []byte
	switch label {
	case "RSA PRIVATE KEY":
		body = f.der(1192, "30 82 04 a4 02 01 00 02 82 01 01 00")
	case "EC PRIVATE KEY":
		body = f.der(121, "30 77 02 01 01 04 20")
		copy(body[39:], unhex("a0 0a 06 08 2a 86 48 ce 3d 03 01 07 a1 44 03 42 00 04"))
	case "DSA PRIVATE KEY":
		body = f.der(447, "30 82 01 bb 02 01 00 02 81 81 00")
	case "PRIVATE KEY":
		body = f.der(1218, pkcs8RSA)
	case "ENCRYPTED PRIVATE KEY":
		body = f.der(1325, "30 82 05 29 30 53 06 09 2a 86 48 86 f7 0d 01 05 0d 30 46 30 25 06 09 2a 86 48 86 f7 0d 01 05 0c 30 18 04 10")
	case "OPENSSH PRIVATE KEY":
		width = 70
		body = f.openssh(encrypted)
	case "PGP PRIVATE KEY BLOCK":
		return f.pgp(label, encrypted), nil
	default:
		body = f.bytes(300)
	}
	if encrypted {
		switch label {
		case "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		case "PRIVATE KEY":
			return "", fmt.Errorf("its label is another when it is encrypted: use <pem ENCRYPTED PRIVATE KEY>")
		default:
			headers = fmt.Sprintf("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,%X\n\n", f.bytes(16))
			body = f.bytes((len(body) + 15) / 16 * 16)
		}
	}
	return block(label, headers, wrapped(body, width)), nil
}

// block puts a body between a label's two lines.
func block(label, headers, body string) string {
	const dashes = "-----"
	return dashes + "BEGIN " + label + dashes + "\n" + headers + body + dashes + "END " + label + dashes + "\n"
}

// wrapped returns data in base64, in lines.
func wrapped(data []byte, width int) string {
	var lines strings.Builder
	text := base64.StdEncoding.EncodeToString(data)
	for len(text) > width {
		lines.WriteString(text[:width] + "\n")
		text = text[width:]
	}
	lines.WriteString(text + "\n")
	return lines.String()
}

// der returns n bytes that begin as a key of some kind does.
func (f *filler) der(n int, begin string) []byte {
	b := f.bytes(n)
	copy(b, unhex(begin))
	return b
}

// unhex returns bytes written as hex digits and blanks.
func unhex(s string) []byte {
	b, _ := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	return b
}

// openssh returns the inside of OpenSSH's own format with an Ed25519 key.
func (f *filler) openssh(encrypted bool) []byte {
	str := func(b []byte, s string) []byte {
		return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	public := string(f.bytes(32))
	key := str(str(nil, "ssh-ed25519"), public)

	check := f.bytes(4)
	private := append(append([]byte(nil), check...), check...)
	private = str(str(private, "ssh-ed25519"), public)
	private = str(private, string(f.bytes(32))+public)
	private = str(private, f.word(6)+"@"+f.word(8))
	for pad := byte(1); len(private)%8 != 0; pad++ {
		private = append(private, pad)
	}

	b := []byte("openssh-key-v1\x00")
	if encrypted {
		b = str(str(b, "aes256-ctr"), "bcrypt")
		b = str(b, string(binary.BigEndian.AppendUint32(str(nil, string(f.bytes(16))), 16)))
		private = f.bytes((len(private) + 15) / 16 * 16)
	} else {
		b = str(str(str(b, "none"), "none"), "")
	}
	b = binary.BigEndian.AppendUint32(b, 1) // key
	return str(str(b, string(key)), string(private))
}

// pgp returns an OpenPGP secret key packet in its armour. The octet after the
// public part says whether the rest is encrypted.
func (f *filler) pgp(label string, encrypted bool) string {
	number := func(b []byte, bytes int) []byte {
		n := f.bytes(bytes)
		n[0] |= 0x80
		return append(append(b, byte(bytes*8>>8), byte(bytes*8)), n...)
	}
	body := append([]byte{4}, f.bytes(4)...) // version and time
	body = append(body, 1)                   // RSA
	body = number(body, 256)
	body = append(body, 0, 17, 1, 0, 1) // the exponent 65537
	if encrypted {
		body = append(body, 254, 9, 3, 8) // AES-256, salted and iterated SHA-256
		body = append(body, f.bytes(8)...)
		body = append(body, 0xff)
		body = append(body, f.bytes(16+660)...)
	} else {
		body = append(body, 0)
		for _, bytes := range []int{256, 128, 128, 128} {
			body = number(body, bytes)
		}
		body = append(body, f.bytes(2)...)
	}
	packet := append([]byte{0x95, byte(len(body) >> 8), byte(len(body))}, body...)
	sum := crc24(packet)
	check := base64.StdEncoding.EncodeToString([]byte{byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return block(label, "\n", wrapped(packet, 64)+"="+check+"\n")
}

// crc24 is the checksum of OpenPGP's armour, RFC 4880, section 6.1.
func crc24(data []byte) uint32 {
	crc := uint32(0xb704ce)
	for _, b := range data {
		crc ^= uint32(b) << 16
		for range 8 {
			if crc <<= 1; crc&0x1000000 != 0 {
				crc ^= 0x1864cfb
			}
		}
	}
	return crc & 0xffffff
}

// putty returns a file of PuTTY's format, version 3.
func (f *filler) putty(encrypted bool) string {
	encryption, derivation := "none", ""
	if encrypted {
		encryption = "aes256-cbc"
		derivation = fmt.Sprintf("Key-Derivation: Argon2id\nArgon2-Memory: 8192\nArgon2-Passes: 21\nArgon2-Parallelism: 1\nArgon2-Salt: %x\n", f.bytes(16))
	}
	public := append(unhex("00 00 00 0b"), "ssh-ed25519"...)
	public = append(append(public, 0, 0, 0, 32), f.bytes(32)...)
	private := append([]byte{0, 0, 0, 32}, f.bytes(32)...)
	if encrypted {
		private = f.bytes(48)
	}
	return "PuTTY-User-Key-File-" + "3: ssh-ed25519\nEncryption: " + encryption +
		"\nComment: " + f.word(6) + "@" + f.word(8) +
		"\nPublic-Lines: 2\n" + wrapped(public, 64) + derivation +
		"Private-Lines: 1\n" + wrapped(private, 64) +
		fmt.Sprintf("Private-MAC: %x\n", f.bytes(32))
}

// cisco7 hides a password with the key that routers of old have in common.
func (f *filler) cisco7() string {
	const key = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
	at, text := f.below(16), []byte(f.password(12))
	for i := range text {
		text[i] ^= key[(at+i)%len(key)]
	}
	return fmt.Sprintf("%02d%X", at, text)
}

// serviceAccount returns a token as a cluster signs it.
func (f *filler) serviceAccount() string {
	e := base64.RawURLEncoding
	header := fmt.Sprintf(`{"alg":"RS256","kid":"%s"}`, e.EncodeToString(f.bytes(32)))
	claims := fmt.Sprintf(`{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"%s","sub":"system:serviceaccount:%s:%s"}`, f.word(6), f.word(6), f.word(5))
	return e.EncodeToString([]byte(header)) + "." + e.EncodeToString([]byte(claims)) + "." + e.EncodeToString(f.bytes(256))
}
