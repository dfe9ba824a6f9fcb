package detectors

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// jwt finds signed JSON web tokens around ".eyJ", where their claims begin, and
// reads them. A token is graded low if its header is none, if nobody signed it,
// or if it has expired. Two kinds are no secret to anyone: the sample that
// documentation shows, and those of the role that everybody has.
type jwt struct {
	now time.Time // zero: nothing has expired
}

const (
	maxJWTHeader    = 4 << 10
	maxJWTClaims    = 16 << 10
	minJWTSignature = 20
)

// Detect implements Detector.
func (j jwt) Detect(data []byte, at mudlark.Span, emit func(Match)) {
	dot := at.Start
	if data[dot] != '.' {
		return
	}
	start := dot
	for start > 0 && dot-start < maxJWTHeader && isBase64URL(data[start-1]) {
		start--
	}
	header := string(data[start:dot])
	// A name such as "token-" may stand before it.
	if i := strings.Index(header, "eyJ"); i < 0 || i > 0 && isWord(header[i-1]) {
		return
	} else {
		start, header = start+i, header[i:]
	}
	second := endOfBase64URL(data, dot+1, maxJWTClaims)
	if second >= len(data) || data[second] != '.' || second-dot <= len("eyJ") || second == dot+1+maxJWTClaims {
		return
	}
	end := endOfBase64URL(data, second+1, maxJWTClaims)
	if end-second-1 < minJWTSignature || end == second+1+maxJWTClaims {
		return
	}
	grade, secret := j.grade(header, string(data[dot+1:second]))
	if secret {
		span := mudlark.Span{Start: start, End: end}
		emit(Match{Whole: span, Secret: span, Grade: grade})
	}
}

// grade reads header and claims. It returns false if the token is no secret.
func (j jwt) grade(header, claims string) (mudlark.Confidence, bool) {
	var h struct {
		Alg string `json:"alg"`
	}
	var c struct {
		Sub  any     `json:"sub"`
		Name any     `json:"name"`
		Role any     `json:"role"`
		Exp  float64 `json:"exp"`
	}
	if !decodeJSON(header, &h) || !decodeJSON(claims, &c) {
		return mudlark.Low, true
	}
	switch {
	case c.Sub == "1234567890" && (c.Name == "John Doe" || c.Name == "Jane Doe"), c.Role == "anon":
		return mudlark.ConfidenceUnset, false
	case h.Alg == "" || strings.EqualFold(h.Alg, "none"), c.Exp > 0 && !j.now.IsZero() && c.Exp < float64(j.now.Unix()):
		return mudlark.Low, true
	}
	return mudlark.ConfidenceUnset, true
}

func endOfBase64URL(data []byte, p, most int) int {
	limit := min(len(data), p+most)
	for p < limit && isBase64URL(data[p]) {
		p++
	}
	return p
}

func isBase64URL(c byte) bool { return isWord(c) || c == '-' }

func decodeJSON(text string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	return err == nil && json.Unmarshal(raw, into) == nil
}
