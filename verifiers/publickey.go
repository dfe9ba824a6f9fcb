package verifiers

import (
	"crypto"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"
)

// publicKey returns the public part of the private key that c is: a block of
// PEM as it stands in the scanned text, perhaps indented, commented out or
// written as a program's string, or PuTTY's format.
func publicKey(c Credential) (ssh.PublicKey, error) {
	if strings.HasPrefix(c.Match, "PuTTY-User-Key-File") {
		return puttyPublicKey(c.Match)
	}
	block, err := pemBlock(c.Secret)
	if err != nil {
		return nil, err
	}
	private, err := ssh.ParseRawPrivateKey(pem.EncodeToMemory(block))
	if _, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		return nil, lacks("only its passphrase tells which key it is")
	}
	signer, ok := private.(interface{ Public() crypto.PublicKey })
	if err != nil || !ok {
		return nil, lacks("it is no key that SSH knows")
	}
	public := signer.Public()
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return nil, lacks("it is no key that SSH knows")
	}
	return key, nil
}

// maxPEM is as long as the encoding of a key of 16384 bits may be, the longest
// that SSH knows: a longer one takes its time.
const maxPEM = 10 << 10

// pemBlock reads a block: its label, and all that is base64 up to its end.
func pemBlock(text string) (*pem.Block, error) {
	for _, escaped := range []string{`\r`, `\n`} {
		text = strings.ReplaceAll(text, escaped, "\n")
	}
	_, text, found := strings.Cut(text, "-----BEGIN ")
	label, text, closed := strings.Cut(text, "-----")
	text, _, ended := strings.Cut(text, "-----END ")
	if !found || !closed || !ended {
		return nil, lacks("it is not a whole key")
	}
	var body strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, ":") { // a header, which only encrypted keys have
			return nil, lacks("only its passphrase tells which key it is")
		}
		for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return !isBase64Letter(r) }) {
			if len(word) > 2 || strings.Trim(word, "+/") != "" { // else an operator, or a comment's sign
				body.WriteString(word)
			}
		}
	}
	raw, err := base64.StdEncoding.DecodeString(body.String())
	if err != nil || len(raw) > maxPEM {
		return nil, lacks("it is not a whole key")
	}
	return &pem.Block{Type: label, Bytes: raw}, nil
}

func isBase64Letter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '+' || r == '/' || r == '='
}

// puttyPublicKey reads the public part of a key in PuTTY's format, which stands
// in it unencrypted.
func puttyPublicKey(text string) (ssh.PublicKey, error) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\r`, "\n"), `\n`, "\n")
	_, text, found := strings.Cut(text, "Public-Lines:")
	text, _, closed := strings.Cut(text, "Private-Lines:")
	if !found || !closed {
		return nil, lacks("it is not a whole key")
	}
	words := strings.Fields(text)
	if len(words) < 2 {
		return nil, lacks("it is not a whole key")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(words[1:], ""))
	if err != nil {
		return nil, lacks("it is not a whole key")
	}
	key, err := ssh.ParsePublicKey(raw)
	if err != nil {
		return nil, lacks("it is no key that SSH knows")
	}
	return key, nil
}
