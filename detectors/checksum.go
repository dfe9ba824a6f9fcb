package detectors

import (
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/checksum"
)

// forms lists the checks that rules can name besides those of package checksum.
// Each says whether a secret has the inner form that its kind has; those that
// have not are invented, and graded low as those are whose checksum is wrong.
var forms = []struct {
	name  string
	holds func(secret []byte) bool
}{
	{"basic-auth", basicAuth},
	{"cisco7", cisco7},
	{"encoded-password", encodedPassword},
	{"key-der", keyDER},
	{"password", realPassword},
	{"spare-bits", spareBits},
	{"strong-password", strongPassword},
	{"uuid4", uuid4},
}

func checksumNamed(name string) func([]byte) bool {
	if c, ok := checksum.Named(name); ok {
		return c.Holds
	}
	for _, f := range forms {
		if f.name == name {
			return f.holds
		}
	}
	return nil
}

func checksumNames() []string {
	names := checksum.Names()
	for _, f := range forms {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return names
}

// spareBits: the last characters of a prefixed token are one number in base64
// without padding, of 16, 20, 32 or 64 bytes, so that some bits of the very last
// must be zero.
//
// In base32 of small letters, 32 bytes leave four bits of the last of 52.
func spareBits(s []byte) bool {
	const digits32 = "abcdefghijklmnopqrstuvwxyz234567"
	if n := len(s) - 52; n > 0 && strings.IndexByte("_-.:", s[n-1]) >= 0 && strings.Trim(string(s[n:]), digits32) == "" {
		return strings.IndexByte(digits32, s[len(s)-1])&15 == 0
	}
	for _, n := range [...]int{86, 43, 27, 22} {
		if len(s) <= n || strings.IndexByte("_-.:", s[len(s)-n-1]) < 0 {
			continue
		}
		last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", s[len(s)-1])
		if n%4 == 2 {
			return last&15 == 0
		}
		return last&3 == 0
	}
	return true
}

// uuid4: the first 32 hexadecimal digits after the prefix are a random UUID.
func uuid4(s []byte) bool {
	digits := make([]byte, 0, 32)
	for _, c := range afterPrefix(s) {
		if c != '-' && len(digits) < 32 {
			digits = append(digits, c)
		}
	}
	return len(digits) < 32 || digits[12] == '4' && strings.IndexByte("89ab", digits[16]) >= 0
}
