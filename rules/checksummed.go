package rules

import (
	"crypto/sha256"
	stdbase32 "encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math/bits"
	"strconv"
	"strings"
)

// A token is a filled blank with a checksum in it.
type token struct {
	text string
	body int // where what the checksum is over begins
}

// spoiled returns the token with one character of the body changed, so that the
// checksum is wrong.
func (t token) spoiled() string {
	// Each stands for another of the same kind in every alphabet in use.
	const of, by = "234567adcfADCFpqrstuvwxyzPQRSTUVWXYZ", "567234dafcDAFCuvwxyzpqrstUVWXYZPQRST"
	for i := t.body; i < len(t.text); i++ {
		if at := strings.IndexByte(of, t.text[i]); at >= 0 && by[at] != t.text[i] {
			return t.text[:i] + by[at:at+1] + t.text[i+1:]
		}
	}
	return t.text
}

type makeFunc func(f *filler, arg string) (token, error)

// checksummed returns what makes the tokens of a name, or nil.
func checksummed(name string) makeFunc {
	switch name {
	case "crc62":
		return makeCRC62
	case "github":
		return makeGitHub
	case "npm":
		return fixed(func(f *filler) token { return f.crc62("npm_", 30) })
	case "gitlab-routable":
		return prefixed(makeGitLab)
	case "grafana-sa":
		return fixed(makeGrafana)
	case "grafana-cloud":
		return fixed(makeGrafanaCloud)
	case "cloudflare":
		return prefixed(makeCloudflare)
	case "atlassian-api":
		return fixed(func(f *filler) token { return f.atlassian("ATATT3xFfGF0", 171, "=") })
	case "atlassian":
		return makeAtlassian
	case "confluent":
		return fixed(makeConfluent)
	case "honeybadger":
		return fixed(makeHoneybadger)
	case "azure-entra":
		return fixed(makeEntra)
	case "azure":
		return makeAzure
	case "azure-cask":
		return makeCASK
	case "jfrog", "artifactory":
		return fixed(makeJFrog)
	case "jfrog-reference":
		return fixed(makeJFrogReference)
	case "wif":
		return fixed(makeWIF)
	case "xprv":
		return fixed(makeXprv)
	case "age-plugin":
		return prefixed(makeAgePlugin)
	case "age":
		return fixed(makeAge)
	case "matrix":
		return prefixed(makeMatrix)
	}
	return nil
}

// fixed is for blanks without an argument.
func fixed(make func(*filler) token) makeFunc {
	return func(f *filler, arg string) (token, error) {
		if arg != "" {
			return token{}, fmt.Errorf("it takes no argument")
		}
		return make(f), nil
	}
}

// prefixed is for blanks whose argument is what the token begins with.
func prefixed(make func(f *filler, prefix string) token) makeFunc {
	return func(f *filler, prefix string) (token, error) {
		if prefix == "" || len(prefix) > 40 || strings.ContainsAny(prefix, " <\t") {
			return token{}, fmt.Errorf("give what the token begins with, as in <github ghp_>")
		}
		return make(f, prefix), nil
	}
}

// crc62 returns a prefix, n base62 characters, and the CRC-32 of these in
// base62. GitHub began with it, and many followed.
func (f *filler) crc62(prefix string, n int) token {
	body := f.drawn(base62, n)
	return token{prefix + body + numeral(crc(body), base62, 6), len(prefix)}
}

func crc(s string) uint32 { return crc32.ChecksumIEEE([]byte(s)) }

// numeral writes a number with an alphabet's digits, padded to a width.
func numeral(n uint32, alphabet string, width int) string {
	b := make([]byte, width)
	for i := range b {
		b[width-1-i] = alphabet[n%uint32(len(alphabet))]
		n /= uint32(len(alphabet))
	}
	return string(b)
}

func makeCRC62(f *filler, arg string) (token, error) {
	n, err := f.count(arg)
	if err != nil {
		return token{}, err
	}
	return f.crc62("", n), nil
}

func makeGitHub(f *filler, prefix string) (token, error) {
	switch prefix {
	case "ghp_", "gho_", "ghu_", "ghs_":
		return f.crc62(prefix, 30), nil
	case "ghr_":
		return f.crc62(prefix, 70), nil
	case "github_pat_":
		// The 77 characters that the checksum is over begin with the version
		// of the format.
		head := prefix + "11" + f.drawn(base62, 20) + "_" + f.drawn(base62, 43)
		sum := sha256.Sum256([]byte(head))
		return token{head + stdbase32.StdEncoding.EncodeToString(sum[:])[:8] + f.drawn(base62, 8), len(prefix) + 2}, nil
	}
	return token{}, fmt.Errorf("there is no such prefix: use ghp_, gho_, ghu_, ghs_, ghr_ or github_pat_")
}

func makeGitLab(f *filler, prefix string) token {
	routing := fmt.Sprintf("o:%s\nu:%s\n", f.drawn(digits, 1), strconv.FormatInt(int64(1000+f.below(9_000_000)), 36))
	data := append([]byte(routing), f.bytes(16)...)
	payload := base64.RawURLEncoding.EncodeToString(append(data, 16))
	head := prefix + payload + ".01." + numeral(uint32(len(payload)), digits+lowers, 2)
	return token{head + numeral(crc(head), digits+lowers, 7), len(prefix) + 10}
}

func makeGrafana(f *filler) token {
	head := "glsa_" + f.drawn(base62, 32)
	return token{head + "_" + hex.EncodeToString(littleEndian(crc(head))), len("glsa_")}
}

func littleEndian(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func makeGrafanaCloud(f *filler) token {
	text := fmt.Sprintf(`{"o":"%s","n":"%s","k":"%s","m":{"r":"us"}}`, f.drawn(digits, 6), f.word(8), f.drawn(base62, 24))
	return token{"glc_" + base64.StdEncoding.EncodeToString([]byte(text)), len("glc_eyJ")}
}

func makeCloudflare(f *filler, prefix string) token {
	body := f.drawn(base62, 40)
	return token{fmt.Sprintf("%s%s%08x", prefix, body, crc(body)), len(prefix)}
}

// atlassian returns a prefix, n characters, a mark, and the CRC-32 of all.
func (f *filler) atlassian(prefix string, n int, mark string) token {
	alphabet := base64u
	if mark == "" {
		alphabet = base62
	}
	head := prefix + f.drawn(alphabet, n) + mark
	return token{fmt.Sprintf("%s%08X", head, crc(head)), len(prefix)}
}

func makeAtlassian(f *filler, prefix string) (token, error) {
	switch {
	case prefix == "ATBB":
		return f.atlassian(prefix, 24, ""), nil
	case prefix == "ATOA":
		return f.atlassian(prefix, 64, ""), nil
	case strings.HasPrefix(prefix, "ATATT3xFfG") || strings.HasPrefix(prefix, "ATCTT3xFfG"):
		return f.atlassian(prefix, 183-len(prefix), "="), nil
	}
	return token{}, fmt.Errorf("there is no such prefix: use ATATT3xFfGF0, ATCTT3xFfGN0, ATBB or ATOA")
}

func makeConfluent(f *filler) token {
	body := f.drawn(base64s, 54)
	return token{"cflt" + body + base64.RawStdEncoding.EncodeToString(littleEndian(crc(body))), len("cflt")}
}

func makeHoneybadger(f *filler) token {
	head := "hbp_" + f.drawn(base62, 30)
	return token{head + numeral(crc(head), digits+lowers+uppers, 6), len("hbp_")}
}

func makeMatrix(f *filler, prefix string) token {
	head := prefix + base64.RawStdEncoding.EncodeToString([]byte(f.word(8))) + "_" + f.drawn(base62, 20)
	return token{head + "_" + numeral(crc(head), base62, 6), len(head) - 20}
}

// makeJFrog makes an Artifactory API key: base58 of its time, a UUID and the
// first two bytes of a double SHA-256. The encoding begins with Cp by itself.
func makeJFrog(f *filler) token {
	text := fmt.Sprintf("%d:%s", 1_600_000_000_000+int64(f.below(1<<30))*100, f.uuid())
	sum := sha256.Sum256([]byte(text))
	sum = sha256.Sum256(sum[:])
	return token{"AK" + encodeBase58(append([]byte(text), sum[:2]...)), 20}
}

// makeWIF makes a private key as Bitcoin's wallets write it: a version, 32 bytes,
// and a mark that its public key is compressed.
func makeWIF(f *filler) token {
	return token{base58Check(append(append([]byte{0x80}, f.bytes(32)...), 1)), 8}
}

// makeXprv makes an extended private key, BIP 32: version, depth, parent, number,
// chain code and key.
func makeXprv(f *filler) token {
	data := append(unhex("04 88 ad e4"), f.bytes(9+32)...)
	data = append(append(data, 0), f.bytes(32)...)
	return token{base58Check(data), 20}
}

// base58Check writes data and four bytes of its double SHA-256 in base58.
func base58Check(data []byte) string {
	sum := sha256.Sum256(data)
	sum = sha256.Sum256(sum[:])
	return encodeBase58(append(data, sum[:4]...))
}

func makeJFrogReference(f *filler) token {
	text := fmt.Sprintf("reftkn:01:%d:%s", 1_900_000_000+f.below(1<<26), f.drawn(base62, 27))
	return token{base64.StdEncoding.EncodeToString([]byte(text)), 40}
}

// encodeBase58 writes data, which does not begin with a zero, in base58.
func encodeBase58(data []byte) string {
	var reversed []byte
	for number := append([]byte(nil), data...); len(number) > 0; {
		rest := 0
		for i := range number {
			rest = rest<<8 | int(number[i])
			number[i], rest = byte(rest/58), rest%58
		}
		reversed = append(reversed, base58[rest])
		for len(number) > 0 && number[0] == 0 {
			number = number[1:]
		}
	}
	b := make([]byte, len(reversed))
	for i := range reversed {
		b[len(b)-1-i] = reversed[i]
	}
	return string(b)
}

// makeAge makes an age identity: 32 bytes in Bech32, in upper case.
func makeAge(f *filler) token {
	const prefix = "AGE-SECRET-KEY-"
	return token{strings.ToUpper(bech32(strings.ToLower(prefix), f.bytes(32))), len(prefix) + 1}
}

func makeAgePlugin(f *filler, name string) token {
	prefix := "AGE-PLUGIN-" + name + "-"
	return token{strings.ToUpper(bech32(strings.ToLower(prefix), f.bytes(32))), len(prefix) + 1}
}

// bech32 encodes data as BIP 173 says.
func bech32(prefix string, data []byte) string {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	var groups []byte
	number, have := 0, 0
	for _, b := range data {
		number, have = number<<8|int(b), have+8
		for have >= 5 {
			have -= 5
			groups = append(groups, byte(number>>have&31))
		}
		number &= 1<<have - 1
	}
	if have > 0 {
		groups = append(groups, byte(number<<(5-have)&31))
	}
	var all []byte
	for i := range len(prefix) {
		all = append(all, prefix[i]>>5)
	}
	all = append(all, 0)
	for i := range len(prefix) {
		all = append(all, prefix[i]&31)
	}
	all = append(all, groups...)
	sum := polymod(append(all, 0, 0, 0, 0, 0, 0)) ^ 1
	for i := range 6 {
		groups = append(groups, byte(sum>>(5*(5-i))&31))
	}
	var text strings.Builder
	text.WriteString(prefix + "1")
	for _, g := range groups {
		text.WriteByte(alphabet[g])
	}
	return text.String()
}

func polymod(values []byte) uint32 {
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}

// marvin32 is Microsoft's checksum of identifiable keys. The seed is eight
// characters, read as a big-endian number.
func marvin32(seed string, data []byte) uint32 {
	s := binary.BigEndian.Uint64([]byte(seed))
	low, high := uint32(s), uint32(s>>32)
	mix := func() {
		high ^= low
		low = bits.RotateLeft32(low, 20) + high
		high = bits.RotateLeft32(high, 9) ^ low
		low = bits.RotateLeft32(low, 27) + high
		high = bits.RotateLeft32(high, 19)
	}
	for ; len(data) >= 4; data = data[4:] {
		low += binary.LittleEndian.Uint32(data)
		mix()
	}
	var last [4]byte
	copy(last[:], data)
	last[len(data)] = 0x80
	low += binary.LittleEndian.Uint32(last[:])
	mix()
	mix()
	return low ^ high
}
