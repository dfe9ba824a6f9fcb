package verifiers

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
)

// awsAccount returns the account, 12 digits, that an AWS access key id belongs
// to; ok says that id is one that tells. The account is 40 bits of the first 48
// that stand in base32 after the four letters of the kind.
func awsAccount(id string) (account string, ok bool) {
	const kind, length = 4, 20
	if len(id) != length || !strings.HasPrefix(id, "AKIA") && !strings.HasPrefix(id, "ASIA") {
		return "", false
	}
	raw, err := base32.StdEncoding.DecodeString(id[kind:])
	if err != nil {
		return "", false
	}
	bits := binary.BigEndian.Uint64(raw[:8]) >> 16
	const mask = 0x7fffffffff80
	return fmt.Sprintf("%012d", bits&mask>>7), true
}
