package verifiers

import (
	"crypto/hmac"
	"crypto/sha1"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// duoKey is the key of an integration, another for each seed.
func duoKey(t testing.TB, seed int) Credential {
	return Credential{Rule: ruleWith(), Secret: drawn(t, "<base62 40>", seed), Parts: map[string]string{
		"duo-integration-key": drawn(t, "DI<ALNUM 18>", seed), "duo-api-host": "api-1234abcd.duosecurity.com",
	}}
}

// loopbackDuo answers as Duo does. It knows one integration, and checks
// signatures.
func loopbackDuo(known Credential, status, code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, signature, _ := r.BasicAuth()
		m := hmac.New(sha1.New, []byte(known.Secret))
		fmt.Fprintf(m, "Fri, 01 May 2026 12:00:00 +0000\nGET\napi-1234abcd.duosecurity.com\n/auth/v2/check\n")
		switch {
		case id != known.Parts["duo-integration-key"]:
			answerJSON(w, http.StatusUnauthorized, map[string]any{"stat": "FAIL", "code": 40102, "message": "Invalid integration key in request credentials"})
		case r.Header.Get("Date") != "Fri, 01 May 2026 12:00:00 +0000" || r.URL.Path != "/auth/v2/check" || signature != fmt.Sprintf("%x", m.Sum(nil)):
			answerJSON(w, http.StatusUnauthorized, map[string]any{"stat": "FAIL", "code": 40103, "message": "Invalid signature in request credentials"})
		case code != 0:
			answerJSON(w, status, map[string]any{"stat": "FAIL", "code": code})
		default:
			answerJSON(w, http.StatusOK, map[string]any{"stat": "OK", "response": map[string]any{"time": 1}})
		}
	}
}

func TestDuoKeysAreAskedAboutAtALoopbackDuoThatChecksSignatures(t *testing.T) {
	known := duoKey(t, 1)
	wrong := known
	wrong.Secret = duoKey(t, 2).Secret
	for _, test := range []struct {
		name         string
		c            Credential
		status, code int
		want         mudlark.Status
	}{
		{"the right key", known, 0, 0, mudlark.Active},
		{"the right key of another API", known, 403, 40301, mudlark.Active},
		{"a wrong secret", wrong, 0, 0, mudlark.Inactive},
		{"an integration that is gone", duoKey(t, 2), 0, 0, mudlark.Inactive},
		{"a time that Duo does not like", known, 401, 40105, mudlark.Unknown},
	} {
		v, err := askCloud(t, duo(), test.c, loopbackDuo(known, test.status, test.code))
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%s: %s (%v), want %s", test.name, got, err, test.want)
		}
	}
	for _, host := range []string{"", "api-1234abcd.duosecurity.com.evil.example", "evil.example"} {
		c := duoKey(t, 1)
		c.Parts["duo-api-host"] = host
		if got, err := duo().Target(c); !errors.Is(err, errLacks) {
			t.Errorf("%s: %+v, %v", host, got, err)
		}
	}
}
