package verifiers

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func wrapped(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return block("PRIVATE KEY", der)
}

// opensshBlock returns a key that is not encrypted in OpenSSH's own format, as far as
// its public part goes.
func opensshBlock(fields ...[]byte) string {
	field := func(to, text []byte) []byte {
		return append(binary.BigEndian.AppendUint32(to, uint32(len(text))), text...)
	}
	var public []byte
	for _, f := range fields {
		public = field(public, f)
	}
	raw := []byte("openssh-key-v1\x00")
	raw = field(field(field(raw, []byte("none")), []byte("none")), nil)
	raw = field(binary.BigEndian.AppendUint32(raw, 1), public)
	return block("OPENSSH PRIVATE KEY", field(raw, bytes.Repeat([]byte{7}, 64)))
}

func TestPublicPartsAreReadFromEveryForm(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curveKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := curveKey.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(curveKey)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	modulus := rsaKey.N.Bytes()
	pkcs1 := block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	for _, test := range []struct {
		name, key string
		want      []byte
	}{
		{"PKCS #1", pkcs1, modulus},
		{"PKCS #1 on one line", strings.ReplaceAll(pkcs1, "\n", `\n`), modulus},
		{"PKCS #1 in a program", strings.ReplaceAll(pkcs1, "\n", "\\n\" +\n\t\""), modulus},
		{"PKCS #1 in a comment", "// " + strings.ReplaceAll(strings.TrimSpace(pkcs1), "\n", "\n# "), modulus},
		{"PKCS #1 without lines around it", base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(rsaKey)), modulus},
		{"PKCS #8 of RSA", wrapped(t, rsaKey), modulus},
		{"PKCS #8 of a curve", wrapped(t, curveKey), point},
		{"SEC 1", block("EC PRIVATE KEY", sec1), point},
		{"Ed25519", wrapped(t, edKey), edPublic},
		{"OpenSSH's RSA", opensshBlock([]byte("ssh-rsa"), []byte{1, 0, 1}, append([]byte{0}, modulus...)), modulus},
		{"OpenSSH's Ed25519", opensshBlock([]byte("ssh-ed25519"), edPublic), edPublic},
		{"a block that was cut", pkcs1[:900], nil},
		{"an encrypted one", strings.Replace(pkcs1, "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA", 1), nil},
		{"nested for ever", block("PRIVATE KEY", nest(40)), nil},
		{"no key", "MIIB", nil},
	} {
		if got := publicPart(keyBytes(test.key)); !bytes.Equal(got, test.want) {
			t.Errorf("%s: %d bytes, want %d", test.name, len(got), len(test.want))
		}
	}
}

// nest returns a key of PKCS #8 in another, and so on.
func nest(depth int) []byte {
	inner := []byte{0x30, 3, 2, 1, 0}
	for range depth {
		body := append([]byte{2, 1, 0, 0x30, 3, 6, 1, 42, 4, byte(len(inner))}, inner...)
		if len(body) > 127 {
			break
		}
		inner = append([]byte{0x30, byte(len(body))}, body...)
	}
	return inner
}

// TestPublishedKeysAreForTests takes one of the list from where everybody can
// find it: the test server of the standard library.
func TestPublishedKeysAreForTests(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	key := wrapped(t, server.TLS.Certificates[0].PrivateKey.(crypto.Signer))
	for _, text := range []string{key, base64.StdEncoding.EncodeToString([]byte(key))} {
		if a := assessed(t, "private-key", text); a.Verdict != mudlark.TestMode || !strings.Contains(a.Reason, "Go") {
			t.Errorf("%+v", a)
		}
	}
	for i, known := range publishedKeys {
		if len(known.digest) != 2*sha256.Size || known.what == "" {
			t.Errorf("entry %d: %v", i, known)
		}
	}
}

// The key does not expire: it may have a new certificate.
func TestCertificatesTellWhenTheyExpire(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := func(name string, until time.Time) string {
		c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: until.AddDate(-1, 0, 0), NotAfter: until}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return block("CERTIFICATE", der)
	}
	past, future := time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		secret string
		want   mudlark.Assessed
		told   string
	}{
		{certificate("ci", past) + wrapped(t, key), mudlark.Plausible, "certificate of ci, certificate until 2021-03-01"},
		{base64.StdEncoding.EncodeToString([]byte(wrapped(t, key) + certificate("ci", future))), mudlark.Plausible, "certificate of ci, certificate until 2031-01-01"},
		{certificate("ci", future) + certificate("ca", past), mudlark.Plausible, "certificate of ci, certificate of ca, certificate until 2031-01-01"},
		{strings.Replace(certificate("ci", past), "M", "N", 3), "", ""},
	} {
		a := assessed(t, "private-key", test.secret)
		if a.Verdict != test.want || told(a) != test.told || !a.Expires.IsZero() {
			t.Errorf("%+v, want %q %q", a, test.want, test.told)
		}
	}
}
