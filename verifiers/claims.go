package verifiers

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// claims are what a JSON web token says of itself. Nobody has checked its
// signature: they are no more than words.
type claims struct {
	Issuer  string  `json:"iss"`
	Subject string  `json:"sub"`
	Expires float64 `json:"exp"`
	// Audience is a name or a list of them.
	Audience audience `json:"aud"`
}

type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// readClaims reads the claims of a token; ok says that it is one.
func readClaims(token string) (c claims, ok bool) {
	parts := strings.Split(token, ".")
	const signed = 3
	if len(parts) != signed {
		return c, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || !shallow(raw) {
		return c, false
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return claims{}, false
	}
	return c, true
}
