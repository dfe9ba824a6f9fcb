package verifiers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// noon is the time in these tests. Servers tell it too.
func noon() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) }

// ruleWith is a rule whose secrets a verifier asks about.
func ruleWith(values ...rules.Value) *rules.Rule {
	return &rules.Rule{ID: "acme-key", Verify: &rules.Check{Values: values}}
}

// askCloud lets a verifier ask about c in a world in which handler answers for
// every host. It holds the verifier to its contract: what was planned is asked,
// nothing of the secrets is told.
func askCloud(t *testing.T, v Verifier, c Credential, handler http.HandlerFunc) (mudlark.Verification, error) {
	t.Helper()
	if c.Rule == nil {
		c.Rule = ruleWith()
	}
	target, err := v.Target(c)
	if err != nil {
		t.Fatalf("target: %v", err)
	}
	p := worldPool(t, &rules.Set{}, Options{Now: noon}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if w.Header().Get("Date") == "" {
			w.Header().Set("Date", noon().Format(http.TimeFormat))
		}
		if r.Host != target.Host || r.Method != target.Method {
			t.Errorf("asked %s %s, planned %s %s", r.Method, r.Host, target.Method, target.Host)
		}
		// A session token and a shared access signature are made to be sent.
		made := strings.HasPrefix(c.Secret, "IQo") || strings.Contains(r.URL.RawQuery, "sig="+c.Secret)
		if text := fmt.Sprint(r.URL, r.Header); strings.Contains(text, c.Secret) && !made {
			t.Errorf("the secret itself is sent: %s", text)
		}
		handler(w, r)
	}))
	got, err := v.Verify(t.Context(), c, &Network{wire: p.wire, host: target.Host, internal: true})
	told := fmt.Sprint(got, err)
	for _, secret := range append([]string{c.Secret}, c.Parts["aws-session-token"]) {
		if secret != "" && strings.Contains(told, secret) {
			t.Errorf("the answer repeats the secret: %s", told)
		}
	}
	if err != nil && got.Status != mudlark.NotAsked {
		t.Errorf("%s together with an error", got.Status)
	}
	return got, err
}

// statusWord is what came of a question, an error being unknown.
func statusWord(v mudlark.Verification, err error) mudlark.Status {
	if err != nil {
		return mudlark.Unknown
	}
	return v.Status
}

// fact returns what v tells under a name.
func fact(v mudlark.Verification, name string) string {
	i := slices.IndexFunc(v.Identity, func(f mudlark.Fact) bool { return f.Name == name })
	if i < 0 {
		return ""
	}
	return v.Identity[i].Value
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hostile are answers that no verifier may take for a clear one.
func hostile() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"garbage":           says(200, "\x00\xff<Arn>{\"slug\":"),
		"an empty answer":   says(200, ""),
		"a page":            says(200, "<html><body>Welcome</body></html>"),
		"a proxy's refusal": says(403, "<html>blocked</html>"),
		"a missing login":   says(407, ""),
		"a missing page":    says(404, "<html>"),
		"a busy server":     says(503, "<Code>SlowDown</Code>"),
		"too many requests": says(429, ""),
		"a redirect elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusTemporaryRedirect)
		},
		"an endless answer": func(w http.ResponseWriter, _ *http.Request) {
			block := []byte(strings.Repeat("<Code>", 10_000))
			for {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		},
		"nested brackets": says(200, strings.Repeat(`{"a":`, 100_000)),
	}
}

// cloudCase is a verifier with a credential that it can ask about.
type cloudCase struct {
	name       string
	verifier   Verifier
	credential Credential
}

// s3Rule is a rule whose values come from rules of the same names.
func s3Rule() *rules.Rule {
	return ruleWith(rules.Value{Name: "id", From: "key-id"}, rules.Value{Name: "host", From: "endpoint-host"}, rules.Value{Name: "region", From: "region-name"})
}

// s3Pair is a key of a store, another for each seed.
func s3Pair(t testing.TB, host string, seed int) Credential {
	return Credential{Rule: s3Rule(), Secret: drawn(t, "<base64 43>", seed), Parts: map[string]string{
		"key-id": drawn(t, "DO00<ALNUM 16>", seed), "endpoint-host": host,
	}}
}

func cloudCases(t *testing.T) []cloudCase {
	return []cloudCase{
		{"aws", awsSTS(), awsPair(t, 1)},
		{"wasabi", wasabiSTS(), awsPair(t, 1)},
		{"s3", s3{}, s3Pair(t, "nyc3.digitaloceanspaces.com", 1)},
		{"azure-storage", azureStorage{}, azureKey(t, 1)},
		{"azure-sas", azureSAS{}, azureToken(t, "https://acmefiles.blob.core.windows.net/backup?sp=rl&se=2031-01-01T00:00:00Z&sv=2022-11-02&sr=c&sig=", "")},
		{"gcp", gcpToken{}, gcpKey(t, 1)},
		{"gcp-public", gcpPublic{}, gcpKey(t, 1)},
		{"github-app", githubApp{}, githubKey(t, 1)},
		{"alibaba", alibaba(), alibabaKey(t, 1)},
		{"tencent", tencent(), tencentKey(t, 1)},
		{"azure-shared-access", azureSharedAccess(), busKey(t, busEndpoint, "", 1)},
		{"azure-shared-access of a hub", azureSharedAccess(), busKey(t, hubEndpoint, "", 1)},
		{"azure-cosmos", azureCosmos(), cosmosKey(t, 1)},
		{"azure-app-config", azureAppConfig(), appConfigKey(t, 1)},
		{"duo", duo(), duoKey(t, 1)},
	}
}

func TestCloudsTellNothingByAnswersThatAreNotTheirs(t *testing.T) {
	for _, test := range cloudCases(t) {
		for name, handler := range hostile() {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				v, err := askCloud(t, test.verifier, test.credential, handler)
				if err == nil {
					t.Errorf("got %s (%s), want an error", v.Status, v.Reason)
				}
				_, passing := errors.AsType[*again](err)
				if busy := strings.HasPrefix(name, "a busy") || strings.HasPrefix(name, "too many"); busy && !passing {
					t.Errorf("%v: want one that may pass", err)
				}
			})
		}
	}
}

func TestCloudVerifiersLeaveNothingRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	for _, test := range cloudCases(t) {
		t.Run(test.name, func(t *testing.T) { _, _ = askCloud(t, test.verifier, test.credential, says(500, "")) })
	}
	goleak.VerifyNone(t, before)
}

// A No that comes from a server of another time is none: signatures hold for a
// time.
func TestRefusalsOfServersWithAnotherClockAreNoAnswer(t *testing.T) {
	for _, test := range cloudCases(t) {
		if test.name == "azure-sas" || test.name == "gcp-public" {
			continue // nothing is signed there
		}
		t.Run(test.name, func(t *testing.T) {
			for off, want := range map[time.Duration]mudlark.Status{0: mudlark.Inactive, time.Minute: mudlark.Inactive, -time.Hour: mudlark.Unknown, 20 * time.Minute: mudlark.Unknown} {
				v, err := askCloud(t, test.verifier, test.credential, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Date", noon().Add(off).Format(http.TimeFormat))
					refuse(test.name)(w, r)
				})
				if got := statusWord(v, err); got != want {
					t.Errorf("%s off: %s (%v), want %s", off, got, err, want)
				}
			}
		})
	}
}

// refuse is the answer to a wrong signature.
func refuse(name string) http.HandlerFunc {
	switch name {
	case "azure-storage", "azure-sas":
		return says(403, "<Error><Code>AuthenticationFailed</Code></Error>")
	case "gcp":
		return says(400, `{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`)
	case "alibaba":
		return says(400, `{"Code":"SignatureDoesNotMatch"}`)
	case "tencent":
		return says(200, `{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure"}}}`)
	case "azure-shared-access":
		return says(401, "<Error><Detail>InvalidSignature: The token has an invalid signature.</Detail></Error>")
	case "azure-shared-access of a hub":
		return says(401, `{"Message":"ErrorCode:IotHubUnauthorizedAccess"}`)
	case "azure-cosmos":
		return says(401, `{"code":"Unauthorized","message":"The input authorization token can't serve the request."}`)
	case "azure-app-config":
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `HMAC-SHA256 error="invalid_token" error_description="Invalid Signature", Bearer`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	case "duo":
		return says(401, `{"stat":"FAIL","code":40103}`)
	case "github-app":
		return says(401, `{"message":"A JSON web token could not be decoded"}`)
	}
	return says(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
}

// verifySigV4 says whether a request is signed with a secret key, by a reading
// of the header that is not the signer's: "" if so, else why not.
func verifySigV4(r *http.Request, body []byte, secret, service string, now time.Time) string {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ", ") {
		name, value, _ := strings.Cut(part, "=")
		fields[name] = value
	}
	scope := strings.Split(fields["Credential"], "/")
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	switch {
	case !ok || len(scope) != 5 || scope[3] != service || scope[4] != "aws4_request":
		return "IncompleteSignature"
	case err != nil || now.Sub(at).Abs() > 5*time.Minute || scope[1] != at.Format("20060102"):
		return "Signature expired"
	}
	sum := sha256.Sum256(body)
	text := r.Method + "\n" + r.URL.Path + "\n" + r.URL.Query().Encode() + "\n"
	for name := range strings.SplitSeq(fields["SignedHeaders"], ";") {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		text += name + ":" + value + "\n"
	}
	text += "\n" + fields["SignedHeaders"] + "\n" + hex.EncodeToString(sum[:])
	digest := sha256.Sum256([]byte(text))
	toSign := fmt.Sprintf("AWS4-HMAC-SHA256\n%s\n%s\n%x", r.Header.Get("X-Amz-Date"), strings.Join(scope[1:], "/"), digest)
	key := mac256([]byte("AWS4"+secret), scope[1])
	key = mac256(mac256(mac256(key, scope[2]), scope[3]), "aws4_request")
	if hex.EncodeToString(mac256(key, toSign)) != fields["Signature"] {
		return "SignatureDoesNotMatch"
	}
	return ""
}

// hangsUp ends the connection instead of answering.
func hangsUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestCloudsThatDoNotAnswerAreUnknown(t *testing.T) {
	for _, test := range cloudCases(t) {
		t.Run(test.name, func(t *testing.T) {
			if v, err := askCloud(t, test.verifier, test.credential, hangsUp); err == nil {
				t.Errorf("hangs up: %v", v)
			}
			c := test.credential
			if c.Rule == nil {
				c.Rule = ruleWith()
			}
			target, err := test.verifier.Target(c)
			if err != nil {
				t.Fatal(err)
			}
			p := worldPool(t, &rules.Set{}, Options{Now: noon}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if v, err := test.verifier.Verify(ctx, c, &Network{wire: p.wire, host: target.Host, internal: true}); err == nil {
				t.Errorf("hangs: %v", v)
			}
		})
	}
}
