package verifiers

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"
)

// twoKeys are RSA keys, small because they take a while to make.
var twoKeys = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// pemOf is a key as files hold it: PKCS #1, or else PKCS #8.
func pemOf(t testing.TB, key any, label string) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if own, ok := key.(*rsa.PrivateKey); ok && label == "RSA PRIVATE KEY" {
		der = x509.MarshalPKCS1PrivateKey(own)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func TestPrivateKeysAreReadAsTheyStandInFilesAndPrograms(t *testing.T) {
	key := twoKeys()[0]
	for _, label := range []string{"PRIVATE KEY", "RSA PRIVATE KEY"} {
		block := pemOf(t, key, label)
		lines := strings.Split(strings.TrimSpace(block), "\n")
		for name, text := range map[string]string{
			"a file":                 block,
			"a file of Windows":      strings.ReplaceAll(block, "\n", "\r\n"),
			"JSON":                   strings.ReplaceAll(block, "\n", `\n`),
			"JSON in a string":       strings.ReplaceAll(block, "\n", `\\n`),
			"a file in JSON":         strings.ReplaceAll(block, "\n", `\r\n`),
			"a YAML block":           strings.ReplaceAll(block, "\n", "\n    "),
			"one line with blanks":   strings.ReplaceAll(block, "\n", " "),
			"a program's strings":    `"` + strings.Join(lines, "\\n\" +\n\t\"") + `"`,
			"a comment":              "# " + strings.Join(lines, "\n# "),
			"without the first line": strings.Join(lines[1:], "\n"),
		} {
			got, err := rsaKey(text)
			if err != nil || !got.Equal(key) {
				t.Errorf("%s, %s: %v", label, name, err)
			}
		}
	}
}

func TestWhatIsNoPrivateKeyIsSaidToBe(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block := pemOf(t, twoKeys()[0], "PRIVATE KEY")
	for name, test := range map[string]struct{ text, want string }{
		"nothing":             {"", "not whole"},
		"a drawn text":        {drawn(t, "<pem PRIVATE KEY>", 1), "not whole"},
		"half a key":          {block[:len(block)/2], "not whole"},
		"another kind of key": {pemOf(t, other, "PRIVATE KEY"), "not of the RSA kind"},
		"a passphrase":        {drawn(t, "<pem-encrypted RSA PRIVATE KEY>", 1), "passphrase"},
		"a key of 100 kB":     {"-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("MIIE", 25_000), "too long"},
	} {
		if _, err := rsaKey(test.text); !errors.Is(err, errLacks) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// readJWT returns the claims of a token that is signed with RS256 by key.
func readJWT(t testing.TB, token string, key *rsa.PublicKey) (claims map[string]any, signed bool) {
	t.Helper()
	text, signature := token[:max(0, strings.LastIndexByte(token, '.'))], token[strings.LastIndexByte(token, '.')+1:]
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	digest := sha256.Sum256([]byte(text))
	if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw) != nil {
		return nil, false
	}
	header, body, _ := strings.Cut(text, ".")
	first, _ := base64.RawURLEncoding.DecodeString(header)
	second, _ := base64.RawURLEncoding.DecodeString(body)
	if json.Unmarshal(second, &claims) != nil || string(first) != `{"alg":"RS256","typ":"JWT"}` {
		return nil, false
	}
	return claims, true
}
