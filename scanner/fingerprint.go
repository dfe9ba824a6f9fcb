package scanner

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// fingerprint gives each finding its stable name, "v1:RULE:HASH".
//
// HASH is of rule and secret, so that it survives whatever moves the secret.
// A secret that can be guessed must not be hashed like that: whoever reads an
// ignore file could search a dictionary for it. With a key it is a keyed hash;
// without one it names the place, path and key, and says nothing of the value.
func (s *Scanner) fingerprint(found []mudlark.Finding) {
	guessable := map[string]bool{}
	for i := range found {
		f := &found[i]
		if _, known := guessable[f.RuleID]; !known {
			rule, _ := s.engine.Rule(f.RuleID)
			guessable[f.RuleID] = rule.Guessable
		}
		f.Fingerprint = "v1:" + f.RuleID + ":" + s.digest(f, guessable[f.RuleID])
	}
}

func (s *Scanner) digest(f *mudlark.Finding, guessable bool) string {
	h := sha256.New()
	fields := []string{"secret", f.RuleID, f.Secret.Reveal()}
	if guessable {
		if len(s.opts.Key) > 0 {
			h = hmac.New(sha256.New, s.opts.Key)
		} else {
			fields = append([]string{"place", f.RuleID}, place(f)...)
		}
	}
	h.Write([]byte(strings.Join(fields, "\x00")))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// place says where f lies in words that outlive an edit elsewhere in the file.
func place(f *mudlark.Finding) []string {
	if f.Origin.Part == "" {
		return []string{f.Origin.Path, f.Key}
	}
	return []string{f.Origin.Path, f.Key, f.Origin.Part, f.Origin.Object}
}
