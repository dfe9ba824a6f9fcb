package verifiers

import (
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"testing"
)

// TestScramIsThatOfTheStandards holds the messages to the examples of RFC 5802,
// section 5, and RFC 7677, section 3.
func TestScramIsThatOfTheStandards(t *testing.T) {
	for _, test := range []struct {
		hash                           func() hash.Hash
		nonce, challenge, proof, final string
	}{
		{
			sha1.New, "fyko+d2lbbFgONRv9qkxdawL", "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
		},
		{
			sha256.New, "rOprNGfwEbeRWgbNEkqO", "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
			"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
		},
	} {
		s := scram{hash: test.hash, user: "user", password: "pencil", nonce: test.nonce}
		if got, err := s.answer(test.challenge); got != test.proof || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, test.proof)
		}
		if err := s.check(test.final); err != nil {
			t.Error(err)
		}
		if s.check("v=AAAA") == nil || s.check("e=other-error") == nil || (&scram{}).check("v=") == nil {
			t.Error("a wrong proof is taken")
		}
	}
}

func TestScramRefusesWhatNoServerMayAsk(t *testing.T) {
	for _, challenge := range []string{
		"", "r=abc,s=QQ==,i=1", "r=abcd,s=QQ==,i=0", "r=abcd,s=,i=1", "r=abcd,s=!,i=1", "r=xabcd,s=QQ==,i=1", "m=x,r=abcd,s=QQ==,i=1",
		"r=abcd,s=QQ==,i=2000000000", "r=abcd,s=QQ==,i=99999999999999999999",
	} {
		s := scram{hash: sha1.New, nonce: "abc"}
		if got, err := s.answer(challenge); err == nil {
			t.Errorf("%q: got %q", challenge, got)
		}
	}
	s := scram{hash: sha1.New, nonce: "abc"}
	if _, err := s.answer("r=abcd,s=QQ==,i=1"); err != nil {
		t.Error(err)
	}
}
