package verifiers

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// Bounds of the parts of tokens.
const (
	maxClaims       = 16 << 10
	maxCertificates = 8
)

// token reads what a JSON web token in the secret claims, RFC 7519.
func (s *said) token(secret string) {
	start := strings.Index(secret, "eyJ")
	if start < 0 {
		return
	}
	parts := strings.SplitN(secret[start:], ".", 4)
	if len(parts) != 3 {
		return
	}
	header, ok := jsonObject(parts[0])
	if !ok {
		return
	}
	claims, ok := jsonObject(parts[1])
	if !ok {
		return
	}
	if exp := claims.Get("exp"); exp.Type == gjson.Number {
		s.until(timeOf(exp.Float()))
	}
	s.fact("issuer", plainText(claims.Get("iss")))
	s.fact("subject", plainText(claims.Get("sub")))
	s.fact("audience", plainText(claims.Get("aud")))
	if isSample(claims) {
		s.test = "the claims of jwt.io's sample"
	}
	if strings.EqualFold(header.Get("alg").String(), "HS256") && signedForShow(parts) {
		s.test = "signed with the key of an example, which anybody can do"
	}
}

// isSample reports whether claims are those that jwt.io shows, and no more.
func isSample(claims gjson.Result) bool {
	name := claims.Get("name").String()
	return claims.Get("sub").String() == "1234567890" && (name == "John Doe" || name == "Jane Doe") &&
		!claims.Get("iss").Exists() && !claims.Get("exp").Exists()
}

// signedForShow reports whether a token is signed with one of the keys that
// jwt.io and countless tutorials show.
func signedForShow(parts []string) bool {
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != sha256.Size {
		return false
	}
	for _, key := range [...]string{"your-256-bit-secret", "a-string-secret-at-least-256-bits-long", "secret", "your-secret-key"} {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(parts[0]))
		h.Write([]byte{'.'})
		h.Write([]byte(parts[1]))
		if hmac.Equal(h.Sum(nil), signature) {
			return true
		}
	}
	return false
}

// jsonObject decodes a JSON object in base64, of either alphabet, padded or not.
func jsonObject(encoded string) (gjson.Result, bool) {
	raw, ok := fromBase64(encoded)
	if !ok || len(raw) < 2 || raw[0] != '{' || !shallow(raw) || !gjson.ValidBytes(raw) {
		return gjson.Result{}, false
	}
	return gjson.ParseBytes(raw), true
}

func fromBase64(encoded string) ([]byte, bool) {
	if len(encoded) > maxClaims {
		return nil, false
	}
	encoded = strings.TrimRight(encoded, "=")
	if raw, err := base64.RawURLEncoding.DecodeString(encoded); err == nil {
		return raw, true
	}
	raw, err := base64.RawStdEncoding.DecodeString(encoded)
	return raw, err == nil
}

// plainText returns a value if it is a text or a number, or the first of a list.
func plainText(v gjson.Result) string {
	if v.IsArray() {
		v = v.Get("0")
	}
	switch v.Type {
	case gjson.String, gjson.Number:
		return v.String()
	}
	return ""
}

// timeOf returns the time that a number of seconds stands for; of milliseconds, if
// it were a time too far off.
func timeOf(seconds float64) time.Time {
	const farOff = 1e11 // the year 5138
	if seconds > farOff {
		seconds /= 1000
	}
	if !(seconds > 0 && seconds < farOff) {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// signedQuery reads the parameters of a signed URL of AWS or Azure. All that a
// parameter says several times counts: the last date of expiry is told. Where a
// stored policy says when it expires, a date that stands there is not its own.
func (s *said) signedQuery(query string) {
	query = strings.ReplaceAll(query, "&amp;", "&")
	var begin, end time.Time
	policy := false
	lasts := time.Duration(-1)
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' || r == '?' }) {
		name, value, _ := strings.Cut(pair, "=")
		value, err := url.QueryUnescape(value)
		if err != nil {
			continue
		}
		switch strings.ToLower(name) {
		case "x-amz-date":
			if t, err := time.Parse("20060102T150405Z", value); err == nil && t.After(begin) {
				begin = t
			}
		case "x-amz-expires":
			const longest = 7 * 24 * 60 * 60
			if n, err := strconv.Atoi(value); err == nil && 0 < n && n <= longest {
				lasts = max(lasts, time.Duration(n)*time.Second)
			}
		case "x-amz-credential":
			id, _, _ := strings.Cut(value, "/")
			s.awsKeyID(id)
		case "se":
			if t := azureTime(value); t.After(end) {
				end = t
			}
		case "si":
			policy = true
		case "sp":
			s.fact("permissions", value)
		}
	}
	if !policy {
		s.until(end)
	}
	if !begin.IsZero() && lasts > 0 {
		s.until(begin.Add(lasts))
	}
}

// azureTime reads a date in one of the forms that a shared access signature may
// have it in.
func azureTime(value string) time.Time {
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if t, err := time.Parse(layout, value); err == nil {
			return t
		}
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil { // of a service bus
		return timeOf(float64(n))
	}
	return time.Time{}
}

// certificates reads when the certificates in PEM that stand beside a key
// expire. The key does not expire with them: it may have a new one.
func (s *said) certificates(secret []byte) {
	var until time.Time
	for range maxCertificates {
		var block *pem.Block
		if block, secret = pem.Decode(secret); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		if c.NotAfter.After(until) {
			until = c.NotAfter
		}
		if !c.IsCA {
			s.fact("certificate of", c.Subject.CommonName)
		}
	}
	if y := until.Year(); y >= 1990 && y <= 9999 {
		s.fact("certificate until", until.UTC().Format(time.DateOnly))
	}
}
