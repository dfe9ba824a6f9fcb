package verifiers

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// alibabaKey is a key of Alibaba Cloud, another for each seed.
func alibabaKey(t testing.TB, seed int) Credential {
	return Credential{Rule: ruleWith(), Secret: drawn(t, "<base62 30>", seed), Parts: map[string]string{"alibaba-access-key-id": drawn(t, "LTAI5t<base62 18>", seed)}}
}

func alibabaSession(t testing.TB, seed int) Credential {
	c := Credential{Rule: ruleWith(), Secret: drawn(t, "<base62 44>", seed), Parts: map[string]string{
		"alibaba-sts-access-key-id": drawn(t, "STS.<base62 24>", seed), "alibaba-sts-security-token": drawn(t, "CAIS<base64 100>==", seed),
	}}
	c.Rule.ID = "alibaba-sts-secret"
	return c
}

// The vector is that of "RPC signature" in Alibaba Cloud's documentation.
func TestRPCSignatureIsTheOneThatAlibabaDocuments(t *testing.T) {
	query := url.Values{
		"Timestamp": {"2016-02-23T12:46:24Z"}, "Format": {"XML"}, "AccessKeyId": {"testid"}, "Action": {"DescribeRegions"}, "SignatureMethod": {"HMAC-SHA1"},
		"SignatureNonce": {"3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"}, "Version": {"2014-05-26"}, "SignatureVersion": {"1.0"},
	}
	got := signRPC(query, "testsecret")
	if want := "&Signature=" + url.QueryEscape("OLeaidS1JvxuMvnyHOwuJ+uX5qY="); !strings.HasSuffix(got, want) {
		t.Errorf("%s, want %s at its end", got, want)
	}
}

// loopbackAlibaba answers as the Security Token Service does. It knows one key,
// and checks signatures.
func loopbackAlibaba(t *testing.T, known Credential) http.HandlerFunc {
	encode := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		var pairs []string
		for name, values := range query {
			if name != "Signature" {
				pairs = append(pairs, encode(name)+"="+encode(values[0]))
			}
		}
		slices.Sort(pairs)
		m := hmac.New(sha1.New, []byte(known.Secret+"&"))
		m.Write([]byte("GET&" + encode("/") + "&" + encode(strings.Join(pairs, "&"))))
		id := known.Parts["alibaba-access-key-id"] + known.Parts["alibaba-sts-access-key-id"]
		switch {
		case query.Get("Action") != "GetCallerIdentity" || query.Get("Version") != "2015-04-01" || query.Get("Timestamp") != "2026-05-01T12:00:00Z" || len(query.Get("SignatureNonce")) < 16:
			t.Errorf("asked %s", r.URL)
		case query.Get("AccessKeyId") != id:
			answerJSON(w, http.StatusNotFound, map[string]any{"Code": "InvalidAccessKeyId.NotFound"})
		case query.Get("SecurityToken") != known.Parts["alibaba-sts-security-token"]:
			answerJSON(w, http.StatusBadRequest, map[string]any{"Code": "InvalidSecurityToken.Malformed"})
		case query.Get("Signature") != base64.StdEncoding.EncodeToString(m.Sum(nil)):
			answerJSON(w, http.StatusBadRequest, map[string]any{"Code": "SignatureDoesNotMatch"})
		default:
			answerJSON(w, http.StatusOK, map[string]any{"IdentityType": "RAMUser", "AccountId": "1234", "Arn": "acs:ram::1234:user/ci", "PrincipalId": "5678"})
		}
	}
}

func TestAlibabaKeysAreAskedAboutAtALoopbackSTSThatChecksSignatures(t *testing.T) {
	for _, known := range []Credential{alibabaKey(t, 1), alibabaSession(t, 1)} {
		other := alibabaKey(t, 2)
		if known.Rule.ID == "alibaba-sts-secret" {
			other = alibabaSession(t, 2)
		}
		wrong := known
		wrong.Secret = other.Secret
		for _, test := range []struct {
			name string
			c    Credential
			want mudlark.Status
		}{{"the right key", known, mudlark.Active}, {"a wrong secret", wrong, mudlark.Inactive}, {"an unknown id", other, mudlark.Inactive}} {
			v, err := askCloud(t, alibaba(), test.c, loopbackAlibaba(t, known))
			if got := statusWord(v, err); got != test.want || got == mudlark.Active && (fact(v, "account") != "1234" || fact(v, "arn") != "acs:ram::1234:user/ci") {
				t.Errorf("%s: %s (%v) %v, want %s", test.name, got, err, v.Identity, test.want)
			}
		}
	}
}

func TestAlibabaRefusalsAreReadByTheirCode(t *testing.T) {
	for _, test := range []struct {
		status int
		code   string
		want   mudlark.Status
	}{
		{404, "InvalidAccessKeyId.NotFound", mudlark.Inactive},
		{404, "InvalidAccessKeyId.Inactive", mudlark.Inactive},
		{400, "SignatureDoesNotMatch", mudlark.Inactive},
		{403, "InvalidSecurityToken.Expired", mudlark.Inactive},
		{400, "InvalidTimeStamp.Expired", mudlark.Unknown},
		{400, "SignatureNonceUsed", mudlark.Unknown},
		{403, "NoPermission", mudlark.Unknown},
		{200, "SignatureDoesNotMatch", mudlark.Unknown},
		{503, "SignatureDoesNotMatch", mudlark.Unknown},
	} {
		v, err := askCloud(t, alibaba(), alibabaKey(t, 1), says(test.status, `{"Code":"`+test.code+`"}`))
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%d %s: %s (%v), want %s", test.status, test.code, got, err, test.want)
		}
	}
}
