// Package checksum checks the checksums that providers put into their credentials.
// Begin with Named.
package checksum

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"math/big"
	"math/bits"
	"strings"
)

// A Check is a checksum of one kind of credential.
type Check struct {
	Name string
	// Holds reports whether a secret is as its provider makes them. A secret of a
	// form without a checksum passes.
	Holds func(secret []byte) bool
	// Hard says that no credential fails: whatever does was never issued. Of the
	// others the algorithm is known from too few samples to be sure of that.
	Hard bool
}

// Named returns the check of a name; ok says that there is one.
func Named(name string) (c Check, ok bool) {
	for _, c := range checks {
		if c.Name == name {
			return c, true
		}
	}
	return Check{}, false
}

// Names returns the names of all checks, sorted.
func Names() []string {
	var names []string
	for _, c := range checks {
		names = append(names, c.Name)
	}
	return names
}

const hard = true

var checks = []Check{
	{"age", age, !hard},
	{"artifactory", artifactory, hard},
	{"atlassian", atlassian, hard},
	{"azure-entra", azureEntra, hard},
	{"azure-key", azureKey, !hard},
	{"base58check", base58check, hard},
	{"cask", cask, !hard},
	{"cloudflare", cloudflare, hard},
	{"confluent", confluent, hard},
	{"crc62", crc62Tail, !hard},
	{"github", github, hard},
	{"gitlab-routable", gitlabRoutable, hard},
	{"grafana", grafana, hard},
	{"honeybadger", honeybadger, hard},
	{"matrix", matrix, !hard},
	{"npm", crc62Tail, !hard},
}

const (
	digits62      = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digits62Lower = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits36      = "0123456789abcdefghijklmnopqrstuvwxyz"
	digits66      = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~"
	digits58      = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
)

// number writes n with at least width of the digits, most significant first.
func number(n uint32, digits string, width int) string {
	out := make([]byte, 0, 16)
	for base := uint32(len(digits)); n > 0 || len(out) < width; n /= base {
		out = append(out, digits[n%base])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

// split parts the last n bytes from s.
func split(s []byte, n int) (body, tail []byte) {
	if len(s) < n {
		return nil, s
	}
	return s[:len(s)-n], s[len(s)-n:]
}

// github: the classic forms end in the CRC-32 of what stands between prefix and
// checksum, in base 62; github_pat_ ends in part of a SHA-256 before more text.
func github(s []byte) bool {
	if strings.HasPrefix(string(s), "github_pat_") {
		if len(s) != 93 {
			return true
		}
		sum := sha256.Sum256(s[:77])
		return base32.StdEncoding.EncodeToString(sum[:])[:8] == string(s[77:85])
	}
	if strings.HasPrefix(string(s), "ghs_") && strings.IndexByte(string(s), '.') >= 0 {
		return true // the form with a JWT in it
	}
	return crc62Tail(s)
}

// crc62Tail: the last six characters are the CRC-32 of the body between them
// and the prefix, which ends with the last "_" before them.
func crc62Tail(s []byte) bool {
	body, tail := split(s, 6)
	body = body[strings.LastIndexByte(string(body), '_')+1:]
	return len(body) > 0 && number(crc32.ChecksumIEEE(body), digits62, 6) == string(tail)
}

func honeybadger(s []byte) bool {
	body, tail := split(s, 6)
	return number(crc32.ChecksumIEEE(body), digits62Lower, 6) == string(tail)
}

// gitlabRoutable: a token of two or three parts, of which the last ends in the
// CRC-32 of all before; other tokens have no checksum.
func gitlabRoutable(s []byte) bool {
	dot := strings.LastIndexByte(string(s), '.')
	if dot < 0 || len(s)-dot-1 < 9 {
		return true
	}
	body, tail := split(s, 7)
	return number(crc32.ChecksumIEEE(body), digits36, 7) == string(tail)
}

func grafana(s []byte) bool {
	if len(s) != 46 {
		return true
	}
	body, tail := s[:37], s[38:]
	return hex32(bits.ReverseBytes32(crc32.ChecksumIEEE(body))) == string(tail)
}

func hex32(n uint32) string { return strings.ToLower(number(n, digits36[:16], 8)) }

func cloudflare(s []byte) bool {
	body, tail := split(s, 8)
	body = body[strings.LastIndexByte(string(body), '_')+1:]
	return len(body) > 0 && hex32(crc32.ChecksumIEEE(body)) == string(tail)
}

// atlassian: the last eight digits are the CRC-32 of everything before, which
// in the long forms ends with "=". That may be escaped.
func atlassian(s []byte) bool {
	text := strings.NewReplacer("%3D", "=", "%3d", "=", `\=`, "=").Replace(string(s))
	body, tail := split([]byte(text), 8)
	if strings.HasPrefix(text, "ATATT") || strings.HasPrefix(text, "ATCTT") {
		if len(body) == 0 || body[len(body)-1] != '=' {
			return true // a form without a checksum, or cut off
		}
	}
	return strings.ToUpper(hex32(crc32.ChecksumIEEE(body))) == string(tail)
}

func confluent(s []byte) bool {
	if len(s) != 64 || !strings.HasPrefix(string(s), "cflt") {
		return true
	}
	var sum [4]byte
	binary.LittleEndian.PutUint32(sum[:], crc32.ChecksumIEEE(s[4:58]))
	return base64.RawStdEncoding.EncodeToString(sum[:]) == string(s[58:])
}

// artifactory: AKCp is not part of the base58 text but for its last two
// characters; what they decode to ends in a double SHA-256.
func artifactory(s []byte) bool {
	if len(s) != 73 || !strings.HasPrefix(string(s), "AKCp") {
		return true
	}
	raw, ok := Base58(s[2:])
	if !ok || len(raw) != 52 {
		return false
	}
	sum := doubleSHA(raw[:50])
	return sum[0] == raw[50] && sum[1] == raw[51]
}

func doubleSHA(data []byte) [32]byte {
	sum := sha256.Sum256(data)
	return sha256.Sum256(sum[:])
}

// base58check: keys of Bitcoin and its kin end in four bytes of a double SHA-256.
func base58check(s []byte) bool {
	raw, ok := Base58(s)
	if !ok || len(raw) < 5 {
		return false
	}
	body, tail := split(raw, 4)
	sum := doubleSHA(body)
	return string(sum[:4]) == string(tail)
}

// Base58 decodes text in the alphabet of Bitcoin; ok says that it is of that.
// Long text, which takes time, is refused.
func Base58(s []byte) ([]byte, bool) {
	if len(s) > 256 {
		return nil, false
	}
	n, base := new(big.Int), big.NewInt(58)
	zeros := 0
	for i, c := range s {
		d := strings.IndexByte(digits58, c)
		if d < 0 {
			return nil, false
		}
		if d == 0 && zeros == i {
			zeros++
		}
		n.Add(n.Mul(n, base), big.NewInt(int64(d)))
	}
	return append(make([]byte, zeros), n.Bytes()...), true
}

// marvin32 is the checksum of Microsoft's identifiable keys.
func marvin32(data []byte, seed string) uint32 {
	lo, hi := binary.BigEndian.Uint32([]byte(seed[4:8])), binary.BigEndian.Uint32([]byte(seed[:4]))
	mix := func() {
		hi ^= lo
		lo = bits.RotateLeft32(lo, 20) + hi
		hi = bits.RotateLeft32(hi, 9) ^ lo
		lo = bits.RotateLeft32(lo, 27) + hi
		hi = bits.RotateLeft32(hi, 19)
	}
	for ; len(data) >= 4; data = data[4:] {
		lo += binary.LittleEndian.Uint32(data)
		mix()
	}
	var last [4]byte
	last[copy(last[:], data)] = 0x80
	lo += binary.LittleEndian.Uint32(last[:])
	mix()
	mix()
	return lo ^ hi
}

func azureEntra(s []byte) bool {
	if len(s) != 40 || string(s[3:6]) != "8Q~" {
		return true
	}
	return number(marvin32(s[:37], "AadPwd00"), digits66, 6)[:3] == string(s[37:])
}

// azureSeeds are the seeds by the mark that a service's keys carry.
var azureSeeds = []struct{ mark, seeds string }{
	{"+ASt", "Default0"}, {"+ABa", "AbAcct00"}, {"+AMC", "Classic0"}, {"+ACR", "ACRDflt0"}, {"AZEG", "SendRecv"}, {"AzCa", "Access00"},
	{"ACDb", "MastRW00 MastRO00 SystRW00 SystRO00 SysAll00 Resour00 Encryp00"},
	{"APIM", "Tenant00 IoTHub00 Gatewy00 GitKey00"},
	{"AzFu", "Master00 System00 Functi00"}, {"AzSe", "Query000 PAdmin00"}, {"AIoT", "IoTHub00 Device00 DpsKey00"},
	{"+ASb", "Send0000 Listen00 Manage00 System00 Unknown0"},
	{"+AEh", "Send0000 Listen00 Manage00 System00 Unknown0"},
	{"+ARm", "Send0000 Listen00 Manage00 System00 Unknown0"},
}

// azureKey: a key in base64 with its service's mark ends in the checksum.
func azureKey(s []byte) bool {
	text := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(string(s), "="))
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(raw) < 8 {
		return true
	}
	body, tail := split(raw, 4)
	known := false
	for _, a := range azureSeeds {
		if strings.Contains(text[max(0, len(text)-14):], a.mark) || strings.Contains(string(s[max(0, len(s)-14):]), a.mark) {
			known = true
			for seed := range strings.FieldsSeq(a.seeds) {
				if marvin32(body, seed) == binary.LittleEndian.Uint32(tail) {
					return true
				}
			}
		}
	}
	return !known
}

// cask: the common form of Microsoft's newer keys.
func cask(s []byte) bool {
	if len(s) < 84 || string(s[52:57]) != "JQQJ9" {
		return true
	}
	raw, err := base64.RawStdEncoding.DecodeString(string(s[:80]))
	if err != nil || len(raw) != 60 {
		return true
	}
	digits := number(bits.ReverseBytes32(marvin32(raw, "Default0")), digits62, 0) + "000000"
	return digits[:4] == string(s[80:84])
}

// matrix: the last part is the CRC-32 of everything before it.
func matrix(s []byte) bool {
	i := strings.LastIndexByte(string(s), '_')
	return i > 0 && number(crc32.ChecksumIEEE(s[:i]), digits62, 6) == string(s[i+1:])
}

// age: Bech32, as BIP 173 has it, in capitals.
func age(s []byte) bool {
	text := strings.ToLower(string(s))
	one := strings.LastIndexByte(text, '1')
	if one < 1 {
		return false
	}
	sum := uint32(1)
	add := func(v uint32) {
		top := sum >> 25
		sum = sum&0x1FFFFFF<<5 ^ v
		for i, g := range [...]uint32{0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3} {
			if top>>i&1 != 0 {
				sum ^= g
			}
		}
	}
	for i := range one {
		add(uint32(text[i]) >> 5)
	}
	add(0)
	for i := range one {
		add(uint32(text[i]) & 31)
	}
	for i := one + 1; i < len(text); i++ {
		v := strings.IndexByte("qpzry9x8gf2tvdw0s3jn54khce6mua7l", text[i])
		if v < 0 {
			return false
		}
		add(uint32(v))
	}
	return sum == 1
}
