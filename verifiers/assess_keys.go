package verifiers

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"strings"
)

// key tells whether a private key is one that is published for development, and
// of a certificate beside it whose it is and until when.
func (s *said) key(secret string) {
	const armoured = "LS0tLS1CRUdJTi" // -----BEGIN in base64
	if strings.HasPrefix(secret, armoured) {
		raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(secret, "="))
		if err != nil {
			return
		}
		secret = string(raw)
	}
	if strings.Contains(secret, "BEGIN CERTIFICATE-----") {
		s.certificates([]byte(secret))
	}
	public := publicPart(keyBytes(secret))
	if public == nil {
		return
	}
	sum := sha256.Sum256(public)
	digest := hex.EncodeToString(sum[:])
	for _, known := range publishedKeys {
		if known.digest == digest {
			s.test = known.what
		}
	}
}

// keyBytes returns what a private key's block, or base64 without one, holds.
func keyBytes(secret string) []byte {
	body := secret
	if _, rest, ok := strings.Cut(secret, "PRIVATE KEY-----"); ok {
		body, _, _ = strings.Cut(rest, "-----END")
	} else if !strings.HasPrefix(secret, "MI") {
		return nil
	}
	body = strings.NewReplacer(`\r`, "\n", `\n`, "\n", "\r", "\n").Replace(body)
	var text strings.Builder
	for line := range strings.SplitSeq(body, "\n") {
		line = strings.TrimSuffix(strings.TrimSpace(line), `" +`)
		line = strings.Trim(line, " \t\"'`,;\\#*>|")
		if !strings.ContainsAny(line, ": ") { // headers and comments have them
			text.WriteString(line)
		}
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text.String(), "="))
	if err != nil {
		return nil
	}
	return raw
}

// publicPart returns what of a private key is public: the modulus of RSA, the
// point of a curve. Nil: the key's form is another.
func publicPart(raw []byte) []byte {
	const openssh = "openssh-key-v1\x00"
	if rest, ok := bytes.CutPrefix(raw, []byte(openssh)); ok {
		return opensshPublic(rest)
	}
	const nested = 2 // PKCS #8 holds one of the others
	for range nested {
		var kind byte
		if kind, raw = derKey(raw); kind != 0 {
			return derPublic(kind, raw)
		}
	}
	return nil
}

// Kinds of what follows the version of a private key in DER.
const (
	derNumber  = asn1.TagInteger         // PKCS #1, RFC 8017
	derOctets  = asn1.TagOctetString     // SEC 1, RFC 5915
	derWrapped = asn1.TagSequence | 0x20 // PKCS #8, RFC 5958
	derSeed    = 0xff                    // of Ed25519, RFC 8410
)

// derKey returns the kind of a private key in DER and what follows its version;
// kind 0: the key that it holds, which is to be read the same way.
func derKey(raw []byte) (kind byte, rest []byte) {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(raw, &outer); err != nil || outer.Tag != asn1.TagSequence {
		return derSeed, nil
	}
	var version int
	rest, err := asn1.Unmarshal(outer.Bytes, &version)
	if err != nil || len(rest) == 0 {
		return derSeed, nil
	}
	if rest[0] != derWrapped {
		return rest[0], rest
	}
	var algorithm struct {
		ID         asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	var key []byte
	if rest, err = asn1.Unmarshal(rest, &algorithm); err != nil {
		return derSeed, nil
	}
	if _, err = asn1.Unmarshal(rest, &key); err != nil {
		return derSeed, nil
	}
	if algorithm.ID.Equal(asn1.ObjectIdentifier{1, 3, 101, 112}) {
		return derSeed, key
	}
	return 0, key
}

func derPublic(kind byte, rest []byte) []byte {
	switch kind {
	case derNumber:
		modulus := new(big.Int)
		if _, err := asn1.Unmarshal(rest, &modulus); err == nil {
			return modulus.Bytes()
		}
	case derOctets:
		for len(rest) > 0 {
			var field asn1.RawValue
			var err error
			if rest, err = asn1.Unmarshal(rest, &field); err != nil {
				return nil
			}
			var point asn1.BitString
			if field.Class == asn1.ClassContextSpecific && field.Tag == 1 {
				if _, err := asn1.Unmarshal(field.Bytes, &point); err == nil {
					return point.Bytes
				}
			}
		}
	case derSeed:
		var seed []byte
		if _, err := asn1.Unmarshal(rest, &seed); err == nil && len(seed) == ed25519.SeedSize {
			return ed25519.NewKeyFromSeed(seed)[ed25519.SeedSize:]
		}
	}
	return nil
}

// opensshPublic returns the same of OpenSSH's own format, PROTOCOL.key: three
// texts about encryption, the number of keys, and the public key, of which the
// last field is it.
func opensshPublic(raw []byte) []byte {
	for range 3 {
		var ok bool
		if _, raw, ok = sshField(raw); !ok {
			return nil
		}
	}
	const number = 4
	if len(raw) < number {
		return nil
	}
	public, _, _ := sshField(raw[number:])
	kind, public, _ := sshField(public)
	var last []byte
	for len(public) > 0 {
		var ok bool
		if last, public, ok = sshField(public); !ok {
			return nil
		}
	}
	if string(kind) == "ssh-rsa" {
		last = bytes.TrimLeft(last, "\x00")
	}
	return last
}

// sshField splits the first field from raw, RFC 4251 section 5.
func sshField(raw []byte) (field, rest []byte, ok bool) {
	const width = 4
	if len(raw) < width {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(raw)
	if raw = raw[width:]; uint64(n) > uint64(len(raw)) {
		return nil, nil, false
	}
	return raw[:n], raw[n:], true
}

const (
	keyOfVagrant = "the insecure key that Vagrant's boxes trust at first"
	keyOfGo      = "a test key of Go's standard library"
	keyOfGoSSH   = "a test key of Go's x/crypto/ssh"
)

// publishedKeys lists private keys that everybody has, by the SHA-256 of their
// public part.
var publishedKeys = []struct{ digest, what string }{
	{"4fd9973c9cc206ef5f736fb578800da4b443aea2b15c6ed77de5ee895369d071", keyOfVagrant},
	{"a3c8c113bcf3d3ff84d6c87f79f97e7cb8d818dd4c1b6bb0576876785a6d9185", keyOfGo},
	{"ecc988c75167e058e34ecab309ff1a31031882e921ee634a750aa11895dc8e34", keyOfGo},
	{"c746d785c017a236fb0153484053e14da91270bce956ba3c53263d12fbf0e0d5", keyOfGoSSH},
	{"1e3165672b117b2c786d97c67516bdf6de0ed9b9e67df3de5ac5eec180cf999b", keyOfGoSSH},
	{"b312c42b1d70a9277e914b18c600ecc6c7ae12eb2e99cd7f567348506c58c5e1", keyOfGoSSH},
	{"8d3deff62f930712b786ab4265c1e57f3f90f230e0d687dfe76df4d8007be8d7", keyOfGoSSH},
	{"da32b8f56b9e64f1388c5a432685c486f4cf21d6042eea7da934806654dabc6b", keyOfGoSSH},
	{"4e2bf2ab1e08eb5c717ec74fd28cb5c92956c3597959f701e7d635dfd2432461", keyOfGoSSH},
	{"96786a9f1fde665d56454d7ea62d664e6b41e6425cd914a947b238283617d722", keyOfGoSSH},
	{"fc1d1ce1e571574fb52770b7b3c2af1bf087f18f7fab80255deae8a8f440aba8", keyOfGoSSH},
	{"bd41829465cdea0113856c199371d7dfd2685edca2932b9f2bde2d8c0d207c3c", keyOfGoSSH},
	{"91cf990099e33c67e5e5b82a8b1d26502c81068c0a3a75149878ae6a20a9c5ed", keyOfGoSSH},
	{"db348244f4631a068940565bd744ea3c806ac55c97039c13e8ea9b718c17a872", keyOfGoSSH},
	{"9a339a6ee0bbf0f1bc4d000e2d634c30f6d8788b4fb2bc0f05a6747798800b9a", keyOfGoSSH},
	{"152836eae8b16e6a2684c7a2d536c230a8b3d41e270cf7ca2350fd9c63d6c48b", keyOfGoSSH},
}
