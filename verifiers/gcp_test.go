package verifiers

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

const testAccount = "ci@acme-test.iam.gserviceaccount.com"

// gcpKey is a key of a service account, the first or the second.
func gcpKey(t testing.TB, number int) Credential {
	block := strings.ReplaceAll(pemOf(t, twoKeys()[number-1], "PRIVATE KEY"), "\n", `\n`)
	return Credential{Secret: block, Parts: map[string]string{gcpEmail: testAccount}}
}

// loopbackGoogle answers as Google's token service does. It knows one account
// with one key, and checks signatures.
func loopbackGoogle(t *testing.T, known *rsa.PrivateKey) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "oauth2.googleapis.com" || r.URL.Path != "/token" || r.PostFormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
			t.Errorf("asked %s%s", r.Host, r.URL)
		}
		claims, signed := readJWT(t, r.PostFormValue("assertion"), &known.PublicKey)
		refuse := func(why string) {
			answerJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": why})
		}
		life, _ := claims["exp"].(float64)
		switch {
		case !signed:
			refuse("Invalid JWT Signature.")
		case claims["aud"] != "https://oauth2.googleapis.com/token", claims["iat"] != float64(noon().Unix()), life > float64(noon().Add(time.Hour).Unix()):
			refuse("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
		case claims["iss"] != testAccount:
			refuse("Invalid grant: account not found")
		default:
			answerJSON(w, http.StatusOK, map[string]any{"access_token": "an access token", "expires_in": 3599, "token_type": "Bearer"})
		}
	}
}

func TestServiceAccountKeysAreAskedAboutAtALoopbackTokenServiceThatChecksSignatures(t *testing.T) {
	gone := gcpKey(t, 1)
	gone.Parts = map[string]string{gcpEmail: "gone@acme-test.iam.gserviceaccount.com"}
	for _, test := range []struct {
		name string
		c    Credential
		want mudlark.Status
	}{
		{"the right key", gcpKey(t, 1), mudlark.Active},
		{"a key that was deleted", gcpKey(t, 2), mudlark.Inactive},
		{"an account that is gone", gone, mudlark.Inactive},
	} {
		v, err := askCloud(t, gcpToken{}, test.c, loopbackGoogle(t, twoKeys()[0]))
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%s: %s (%v), want %s", test.name, got, err, test.want)
		}
		if v.Status == mudlark.Active && (fact(v, "client_email") != testAccount || fact(v, "project_id") != "acme-test" || strings.Contains(v.Reason, "access token")) {
			t.Errorf("%+v", v)
		}
	}
}

func TestTokenServicesThatDoNotLikeTheTimeTellNothing(t *testing.T) {
	for _, body := range []string{
		`{"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."}`,
		`{"error":"invalid_grant"}`,
		`{"error":"invalid_request","error_description":"Invalid JWT Signature."}`,
		`{"error":"unauthorized_client","error_description":"Unauthorized client or scope in request."}`,
	} {
		if v, err := askCloud(t, gcpToken{}, gcpKey(t, 1), says(400, body)); err == nil {
			t.Errorf("%s: %v", body, v)
		}
	}
}

// loopbackCertificates lists a certificate of each key, as Google does for a
// service account.
func loopbackCertificates(t *testing.T, keys ...*rsa.PrivateKey) http.HandlerFunc {
	t.Helper()
	list := map[string]any{}
	for i, key := range keys {
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: testAccount}, NotAfter: noon()}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		list[strings.Repeat(string(rune('a'+i)), 40)] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "www.googleapis.com" || r.URL.Path != "/robot/v1/metadata/x509/"+testAccount {
			t.Errorf("asked %s%s", r.Host, r.URL)
		}
		if r.Header.Get("Authorization") != "" {
			t.Error("the question is signed")
		}
		answerJSON(w, http.StatusOK, list)
	}
}

func TestServiceAccountKeysAreLookedUpWithoutBeingUsed(t *testing.T) {
	keys := twoKeys()
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		want    mudlark.Status
	}{
		{"listed", loopbackCertificates(t, keys[1], keys[0]), mudlark.Active},
		{"deleted", loopbackCertificates(t, keys[1]), mudlark.Inactive},
		{"the account is gone", says(404, "Not found"), mudlark.Inactive},
		{"a page of somebody between", says(404, "<!DOCTYPE html><html>"), mudlark.Unknown},
		{"forbidden", says(403, ""), mudlark.Unknown},
		{"no certificates", says(200, `{"a":"b"}`), mudlark.Unknown},
		{"a list", says(200, `["a"]`), mudlark.Unknown},
		{"half a list", says(200, `{"a":`), mudlark.Unknown},
	} {
		v, err := askCloud(t, gcpPublic{}, gcpKey(t, 1), test.handler)
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%s: %s (%v), want %s", test.name, got, err, test.want)
		}
		if v.Status == mudlark.Active && fact(v, "key id") != strings.Repeat("b", 40) {
			t.Errorf("%+v", v.Identity)
		}
	}
}

func TestServiceAccountsAreAskedAboutAtGoogleAlone(t *testing.T) {
	for _, test := range []struct {
		name, email, secret string
		whole               bool
	}{
		{"whole", testAccount, gcpKey(t, 1).Secret, true},
		{"an account that Google made", "123456789-compute@developer.gserviceaccount.com", gcpKey(t, 1).Secret, true},
		{"no address", "", gcpKey(t, 1).Secret, false},
		{"another address", "ci@acme.example", gcpKey(t, 1).Secret, false},
		{"no key", testAccount, drawn(t, "<pem PRIVATE KEY>", 1), false},
	} {
		c := Credential{
			Rule: ruleWith(), Secret: test.secret, Parts: map[string]string{gcpEmail: test.email},
			Line: `"token_uri": "https://evil.example/token"`, Match: "https://evil.example/token",
		}
		for host, v := range map[string]Verifier{"oauth2.googleapis.com": gcpToken{}, "www.googleapis.com": gcpPublic{}} {
			got, err := v.Target(c)
			if test.whole && (err != nil || got.Host != host || got.Guessed) || !test.whole && !errors.Is(err, errLacks) {
				t.Errorf("%s: %+v, %v", test.name, got, err)
			}
		}
	}
}
