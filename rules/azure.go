package rules

import (
	"encoding/base64"
	"fmt"
	"math/bits"
	"strings"
)

// makeEntra makes a client secret of Entra ID: 8Q~ at its fourth character, and
// the first three digits of a checksum at its end.
func makeEntra(f *filler) token {
	const alphabet = lowers + uppers + "1234567890.-_~"
	head := f.drawn(base62, 3) + "8Q~" + f.drawn(base62+".-_~", 30) + f.drawn(base62, 1)
	return token{head + numeral(marvin32("AadPwd00", []byte(head)), alphabet, 6)[:3], 6}
}

// An azureKey is a kind of key whose service has signed it with four
// characters.
type azureKey struct {
	random int    // characters before the signature
	bytes  int    // the whole key decodes to, checksum included
	seed   string // of the checksum
	url    bool   // base64url
	plain  bool   // letters and digits alone
}

func azureKeyOf(signature string) (azureKey, bool) {
	switch signature {
	case "+ASt":
		return azureKey{76, 64, "Default0", false, false}, true
	case "ACDb":
		return azureKey{76, 64, "MastRW00", false, false}, true
	case "+ABa":
		return azureKey{76, 64, "AbAcct00", false, false}, true
	case "APIM":
		return azureKey{76, 64, "IoTHub00", false, false}, true
	case "AzFu":
		return azureKey{44, 40, "Functi00", true, false}, true
	case "AzSe":
		return azureKey{42, 39, "PAdmin00", false, true}, true
	case "+ACR":
		return azureKey{42, 39, "ACRDflt0", false, false}, true
	case "+ASb", "+AEh", "+ARm":
		return azureKey{33, 32, "Manage00", false, false}, true
	case "AIoT":
		return azureKey{33, 32, "IoTHub00", false, false}, true
	case "AzCa":
		return azureKey{33, 32, "Access00", false, false}, true
	case "AZEG":
		return azureKey{33, 32, "SendRecv", false, false}, true
	}
	return azureKey{}, false
}

// makeAzure makes a key by its signature: <azure +ASt> is one of a storage
// account. The last four bytes are the checksum of those before.
func makeAzure(f *filler, signature string) (token, error) {
	k, ok := azureKeyOf(signature)
	if !ok {
		return token{}, fmt.Errorf("there is no such signature: use one such as +ASt, ACDb, +ACR, AzSe, +ASb or AIoT")
	}
	e, alphabet := base64.StdEncoding, base64s
	if k.url {
		e, alphabet = base64.URLEncoding, base64u
	}
	if k.plain {
		alphabet = base62
	}
	for {
		head := f.drawn(alphabet, k.random) + signature
		// What follows the signature, up to the checksum, is zero bits.
		data, err := e.DecodeString(head + strings.Repeat("A", 8-len(head)%4))
		if err != nil {
			return token{}, err
		}
		data = data[:k.bytes-4]
		text := e.EncodeToString(append(data, littleEndian(marvin32(k.seed, data))...))
		if k.plain && strings.ContainsAny(text, "+/") {
			continue
		}
		return token{text, 2}, nil
	}
}

// makeCASK makes a key of the common annotated form: <azure-cask AZDO> is a
// token of Azure DevOps. The signature may have the product's four characters
// before it.
func makeCASK(f *filler, signature string) (token, error) {
	switch len(signature) {
	case 4:
		signature = "AAAA" + signature
	case 8:
	default:
		return token{}, fmt.Errorf("give the provider's signature, as in <azure-cask AZDO>")
	}
	const months = "ABCDEFGHIJKL"
	head := f.drawn(base62, 52) + "JQQJ99" + "B" + f.drawn(months, 1) + f.drawn(base62, 12) + signature
	data, err := base64.StdEncoding.DecodeString(head)
	if err != nil {
		return token{}, fmt.Errorf("the signature is not base64")
	}
	sum := bits.ReverseBytes32(marvin32("Default0", data))
	digits := strings.TrimLeft(numeral(sum, base62, 6), "0") + "000000"
	return token{head + digits[:4], 2}, nil
}
