package verifiers

import (
	"crypto/rsa"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// githubKey is the key of an app, the first or the second.
func githubKey(t testing.TB, number int) Credential {
	return Credential{Secret: pemOf(t, twoKeys()[number-1], "RSA PRIVATE KEY"), Parts: map[string]string{githubAppID: "123456"}}
}

// loopbackGitHub answers as GitHub does. It knows one app, and checks
// signatures.
func loopbackGitHub(t *testing.T, path string, known *rsa.PrivateKey) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			t.Errorf("asked %s", r.URL)
		}
		claims, signed := readJWT(t, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), &known.PublicKey)
		from, _ := claims["iat"].(float64)
		until, _ := claims["exp"].(float64)
		switch now := float64(noon().Unix()); {
		case !signed || claims["iss"] != "123456":
			answerJSON(w, http.StatusUnauthorized, map[string]any{"message": "A JSON web token could not be decoded"})
		case from > now || until <= now || until > now+600:
			answerJSON(w, http.StatusUnauthorized, map[string]any{"message": "'Expiration time' claim ('exp') is too far in the future"})
		default:
			answerJSON(w, http.StatusOK, map[string]any{
				"id": 123456, "slug": "acme-deployer", "owner": map[string]any{"login": "acme"}, "installations_count": 5,
				"permissions": map[string]any{"contents": "write", "metadata": "read"},
			})
		}
	}
}

func TestGitHubAppKeysAreAskedAboutAtALoopbackGitHubThatChecksSignatures(t *testing.T) {
	other := githubKey(t, 1)
	other.Parts = map[string]string{githubAppID: "654321"}
	own := githubKey(t, 1)
	own.Endpoint = "https://ghe.acme.example/api/v3"
	for _, test := range []struct {
		name, path string
		c          Credential
		want       mudlark.Status
	}{
		{"the right key", "/app", githubKey(t, 1), mudlark.Active},
		{"the right key, at the user's own GitHub", "/api/v3/app", own, mudlark.Active},
		{"a key that was deleted", "/app", githubKey(t, 2), mudlark.Inactive},
		{"a key of another app", "/app", other, mudlark.Inactive},
	} {
		v, err := askCloud(t, githubApp{}, test.c, loopbackGitHub(t, test.path, twoKeys()[0]))
		if got := statusWord(v, err); got != test.want {
			t.Errorf("%s: %s (%v), want %s", test.name, got, err, test.want)
		}
		if v.Status == mudlark.Active && (fact(v, "app") != "acme-deployer" || fact(v, "owner") != "acme" || strings.Join(v.Scopes, " ") != "contents:write metadata:read" || v.Privilege != mudlark.PrivilegeWrite) {
			t.Errorf("%+v", v)
		}
	}
}

// Where keys of other installations look the same, the No of one of them says
// nothing of the others.
func TestGitHubAppKeysOfOtherInstallationsAreUnknown(t *testing.T) {
	elsewhere := githubKey(t, 2)
	elsewhere.Rule = ruleWith()
	elsewhere.Rule.Verify.Elsewhere = true
	asked := elsewhere
	asked.Endpoint = "https://ghe.acme.example/api/v3"
	for path, c := range map[string]Credential{"/app": elsewhere, "/api/v3/app": asked} {
		want := mudlark.Unknown
		if c.Endpoint != "" {
			want = mudlark.Inactive
		}
		v, err := askCloud(t, githubApp{}, c, loopbackGitHub(t, path, twoKeys()[0]))
		if got := statusWord(v, err); got != want {
			t.Errorf("%s: %s (%v), want %s", path, got, err, want)
		}
	}
}

func TestGitHubAnswersAboutTheTimeTellNothing(t *testing.T) {
	for status, body := range map[int]string{
		401: `{"message":"'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"}`,
		403: `{"message":"API rate limit exceeded"}`,
		404: `{"message":"Integration not found"}`,
	} {
		if v, err := askCloud(t, githubApp{}, githubKey(t, 1), says(status, body)); err == nil {
			t.Errorf("%s: %v", body, v)
		}
	}
}

func TestGitHubAppKeysNeedTheirApp(t *testing.T) {
	for name, c := range map[string]Credential{
		"no id":  {Secret: githubKey(t, 1).Secret},
		"no key": {Secret: drawn(t, "<pem RSA PRIVATE KEY>", 1), Parts: map[string]string{githubAppID: "123456"}},
	} {
		c.Rule = ruleWith()
		if got, err := (githubApp{}).Target(c); !errors.Is(err, errLacks) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
