package detectors

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

func TestJSONWebTokensAreRead(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	list := set(rules.Rule{ID: "jwt", Detector: "jwt", Keywords: []string{".eyj"}, Confidence: mudlark.High})
	const plain = `{"alg":"RS256","typ":"JWT","kid":"k1"}`
	for _, test := range []struct {
		header, claims, want string
		clock                bool
	}{
		{plain, `{"sub":"8842","iss":"https://acme.io","exp":1900000000}`, "high", true},
		{plain, `{"sub":"8842"}`, "high", true},
		{plain, `{"sub":"8842","exp":1700000000}`, "low", true},
		{plain, `{"sub":"8842","exp":1700000000}`, "high", false},
		{plain, `{"sub":"1234567890","name":"A. Real Person"}`, "high", true},
		{plain, `{"sub":"1234567890","name":"John Doe","admin":true,"iat":1516239022}`, "", true},
		{plain, `{"iss":"supabase","ref":"abcd","role":"anon","exp":1983812996}`, "", true},
		{plain, `{"iss":"supabase","ref":"abcd","role":"service_role","exp":1983812996}`, "high", true},
		{`{"alg":"none"}`, `{"sub":"8842"}`, "low", true},
		{`{"typ":"JWT"}`, `{"sub":"8842"}`, "low", true},
		{`{"alg":"HS256"`, `{"sub":"8842"}`, "low", true},
		{plain, `{"sub":`, "low", true},
	} {
		opts := Options{}
		if test.clock {
			opts.Now = now
		}
		e := engine(t, list, opts)
		text := base64.RawURLEncoding.EncodeToString([]byte(test.header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(test.claims)) + "." + fill(t, "<base64url 43>", 7)
		for _, around := range []string{"token=@", `"Bearer @"`, "https://acme.io/?jwt=@&x=1", "session-@;"} {
			secret, grade := graded(t, e, strings.Replace(around, "@", text, 1))
			if grade != test.want || grade != "" && secret != text {
				t.Errorf("%s %s in %s: got %q, want %q", test.header, test.claims, around, grade, test.want)
			}
		}
	}
}

func TestWhatIsNoJSONWebTokenIsNotFound(t *testing.T) {
	e := engine(t, set(rules.Rule{ID: "jwt", Detector: "jwt", Keywords: []string{".eyj"}}), Options{})
	token := fill(t, "<jwt>", 1)
	parts := strings.Split(token, ".")
	for _, text := range []string{
		".eyJ", "a.eyJ", parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1] + ".abc", "x" + token, "." + parts[1] + "." + parts[2],
		strings.Repeat("eyJ", 10000) + "." + strings.Repeat("eyJ", 10000) + "." + parts[2],
	} {
		if found := detect(e, text); len(found) != 0 {
			t.Errorf("found %d in %.80q", len(found), text)
		}
	}
}
