package verifiers

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// tencentKey is a key of Tencent Cloud, another for each seed.
func tencentKey(t testing.TB, seed int) Credential {
	return Credential{Rule: ruleWith(), Secret: drawn(t, "<base62 32>", seed), Parts: map[string]string{tencentID: drawn(t, "AKID<base62 32>", seed)}}
}

// loopbackTencent answers as the Security Token Service does. It knows one key,
// and checks signatures.
func loopbackTencent(t *testing.T, known Credential) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("X-TC-Action") != "GetCallerIdentity" || r.Header.Get("X-TC-Version") != "2018-08-13" || string(body) != "{}" {
			t.Errorf("asked %v %s", r.Header, body)
		}
		fail := func(code string) {
			answerJSON(w, http.StatusOK, map[string]any{"Response": map[string]any{"Error": map[string]any{"Code": code, "Message": "no"}}})
		}
		stamp := r.Header.Get("X-TC-Timestamp")
		canonical := fmt.Sprintf("POST\n/\n\ncontent-type:%s\nhost:%s\n\ncontent-type;host\n%s", r.Header.Get("Content-Type"), r.Host, hexSHA256(body))
		key := mac256(mac256(mac256([]byte("TC3"+known.Secret), "2026-05-01"), "sts"), "tc3_request")
		signature := fmt.Sprintf("%x", mac256(key, "TC3-HMAC-SHA256\n"+stamp+"\n2026-05-01/sts/tc3_request\n"+hexSHA256([]byte(canonical))))
		got := r.Header.Get("Authorization")
		switch {
		case stamp != fmt.Sprint(noon().Unix()):
			fail("AuthFailure.SignatureExpire")
		case !strings.Contains(got, "Credential="+known.Parts[tencentID]+"/2026-05-01/sts/tc3_request, SignedHeaders=content-type;host, "):
			fail("AuthFailure.SecretIdNotFound")
		case !strings.HasSuffix(got, "Signature="+signature):
			fail("AuthFailure.SignatureFailure")
		default:
			answerJSON(w, http.StatusOK, map[string]any{"Response": map[string]any{"Arn": "qcs::cam::uin/1234:uin/5678", "AccountId": "1234", "UserId": "5678"}})
		}
	}
}

func TestTencentKeysAreAskedAboutAtALoopbackSTSThatChecksSignatures(t *testing.T) {
	known := tencentKey(t, 1)
	wrong := known
	wrong.Secret = tencentKey(t, 2).Secret
	abroad := tencentKey(t, 3)
	abroad.Parts[tencentID] = drawn(t, "IKID<base62 32>", 3)
	for _, test := range []struct {
		name string
		c    Credential
		want mudlark.Status
	}{
		{"the right key", known, mudlark.Active},
		{"a wrong secret", wrong, mudlark.Inactive},
		{"an unknown id", tencentKey(t, 2), mudlark.Inactive},
		{"an unknown id of the international site", abroad, mudlark.Unknown},
	} {
		v, err := askCloud(t, tencent(), test.c, loopbackTencent(t, known))
		if got := statusWord(v, err); got != test.want || got == mudlark.Active && fact(v, "account") != "1234" {
			t.Errorf("%s: %s (%v) %v, want %s", test.name, got, err, v.Identity, test.want)
		}
	}
}

func TestTencentRefusalsAreReadByTheirCode(t *testing.T) {
	for code, want := range map[string]mudlark.Status{
		"AuthFailure.SignatureFailure":      mudlark.Inactive,
		"AuthFailure.SecretIdNotFound":      mudlark.Inactive,
		"AuthFailure.SignatureExpire":       mudlark.Unknown,
		"AuthFailure.UnauthorizedOperation": mudlark.Unknown,
		"AuthFailure.MFAFailure":            mudlark.Unknown,
		"RequestLimitExceeded":              mudlark.Unknown,
	} {
		v, err := askCloud(t, tencent(), tencentKey(t, 1), says(200, `{"Response":{"Error":{"Code":"`+code+`"}}}`))
		if got := statusWord(v, err); got != want {
			t.Errorf("%s: %s (%v), want %s", code, got, err, want)
		}
	}
}
