package verifiers

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// maxDER is as long as the encoding of a key of 8192 bits may be: a longer one
// takes its time.
const maxDER = 5000

// rsaKey reads a private key from a block of PEM as it stands in files and
// programs: on one line with escaped line ends, indented, or cut into quoted
// strings. An error says what is wrong with it.
func rsaKey(block string) (*rsa.PrivateKey, error) {
	if strings.Contains(block, "ENCRYPTED") {
		return nil, lacks("a passphrase protects the key")
	}
	block = strings.NewReplacer(`\r`, "\n", `\n`, "\n", "\r", "\n", "\t", "\n", " ", "\n", `"`, "\n", "'", "\n", `\`, "\n").Replace(block)
	var text strings.Builder
	for line := range strings.SplitSeq(block, "\n") {
		// Dashes mark the first and last line; single signs are those of a program.
		if len(line) > 1 && isBase64(strings.TrimRight(line, "=")) && !isLabel(line) {
			text.WriteString(line)
		}
	}
	if base64.StdEncoding.DecodedLen(text.Len()) > maxDER {
		return nil, lacks("the key is too long for one that is in use")
	}
	der, err := base64.StdEncoding.DecodeString(text.String())
	if err != nil {
		return nil, lacks("the key is not whole")
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if any, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if key, ok := any.(*rsa.PrivateKey); ok {
			return key, nil
		}
		return nil, lacks("the key is not of the RSA kind")
	}
	return nil, lacks("the key is not whole")
}

// isLabel reports whether a word is one of a BEGIN or END line.
func isLabel(word string) bool { return word == "RSA" || word == "PRIVATE" }

// signJWT returns claims as a JSON Web Token signed with RS256. See RFC 7515.
func signJWT(key *rsa.PrivateKey, claims map[string]any) (string, error) {
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(body)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		return "", lacks("the key cannot sign")
	}
	return text + "." + encode(signature), nil
}
