package verifiers

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"hash"
	"strconv"
	"strings"
)

// A scram is one login by SCRAM, in which the server learns nothing of the
// password and must prove in turn that it knows it. See RFC 5802; without
// channel binding.
type scram struct {
	hash           func() hash.Hash
	user, password string // user escaped by scramName; password as the protocol wants it

	nonce  string
	proven []byte // the server's signature, if it is the one
}

// maxScramRounds bounds the work that a server may ask for: half a second.
const maxScramRounds = 500_000

var (
	errScram      = errors.New("the server does not keep to the rules of the login that it asks for")
	errScramProof = errors.New("the server does not prove that it knows the password, so its word means nothing")
)

// scramName is a user's name as it stands in a message.
func scramName(name string) string { return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name) }

// first returns the message that the login begins with.
func (s *scram) first() string {
	s.nonce = rand.Text()
	return "n,," + s.bare()
}

func (s *scram) bare() string { return "n=" + s.user + ",r=" + s.nonce }

// answer returns the answer to the server's first message.
func (s *scram) answer(challenge string) (string, error) {
	var nonce, salt, rounds string
	for part := range strings.SplitSeq(challenge, ",") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "r":
			nonce = value
		case "s":
			salt = value
		case "i":
			rounds = value
		case "m":
			return "", errScram
		}
	}
	raw, err := base64.StdEncoding.DecodeString(salt)
	n, errRounds := strconv.Atoi(rounds)
	if err != nil || errRounds != nil || n < 1 || len(raw) == 0 || len(nonce) <= len(s.nonce) || !strings.HasPrefix(nonce, s.nonce) {
		return "", errScram
	}
	if n > maxScramRounds {
		return "", errors.New("the server asks for more work than a login is worth")
	}
	salted, err := pbkdf2.Key(s.hash, s.password, raw, n, s.hash().Size())
	if err != nil {
		return "", errScram
	}
	without := "c=biws,r=" + nonce
	signed := s.bare() + "," + challenge + "," + without
	key := s.mac(salted, "Client Key")
	h := s.hash()
	h.Write(key)
	proof := s.mac(h.Sum(nil), signed)
	subtle.XORBytes(proof, proof, key)
	s.proven = s.mac(s.mac(salted, "Server Key"), signed)
	return without + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

// check judges the server's last message.
func (s *scram) check(final string) error {
	text, _, _ := strings.Cut(final, ",")
	value, found := strings.CutPrefix(text, "v=")
	signature, err := base64.StdEncoding.DecodeString(value)
	if !found || err != nil || len(s.proven) == 0 || !hmac.Equal(signature, s.proven) {
		return errScramProof
	}
	return nil
}

func (s *scram) mac(key []byte, text string) []byte {
	h := hmac.New(s.hash, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// isASCII reports whether a password is the same however it is prepared for
// SCRAM: the preparation of others, RFC 4013, is left out here.
func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > '~' || r < ' ' })
}
