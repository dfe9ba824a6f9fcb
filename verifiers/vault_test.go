package verifiers

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/servers"
)

// A realVault is a server of test/peers/vault.
type realVault struct {
	t      testing.TB
	host   string
	roots  *x509.CertPool
	client *http.Client
	server *servers.Server

	RootToken string `json:"root_token"`
	UnsealKey string `json:"unseal_key"`
}

func startVault(t *testing.T) *realVault {
	t.Helper()
	if os.Getenv("MUDLARK_PEERS") == "" {
		t.Skip("test/peers/vault is not built: go build -C test/peers/vault -o FOLDER/vault-peer, and name the folder in MUDLARK_PEERS")
	}
	program := servers.Need(t, "vault-peer")
	folder := servers.Folder(t, "")
	id := newIdentity(t, folder)
	v := &realVault{t: t, host: servers.Address(servers.Port(t)), roots: id.roots}
	out := filepath.Join(folder, "tokens.json")
	v.server = servers.Start(t, exec.Command(program, "-address", v.host, "-cert", id.certificate, "-key", id.key, "-out", out), func() error {
		data, err := os.ReadFile(out)
		if err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	})
	v.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: id.roots}}}
	t.Cleanup(v.client.CloseIdleConnections)
	return v
}

// do asks the server as its root.
func (v *realVault) do(method, path string, body map[string]any) (answer struct {
	Auth struct {
		ClientToken string `json:"client_token"`
	}
}) {
	v.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, "https://"+v.host+"/v1/"+path, bytes.NewReader(data))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", v.RootToken)
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		v.t.Fatalf("%s %s: %d %s, %v", method, path, resp.StatusCode, text, err)
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			v.t.Fatal(err)
		}
	}
	return answer
}

// token makes a token.
func (v *realVault) token(body map[string]any) string {
	v.t.Helper()
	return v.do(http.MethodPost, "auth/token/create", body).Auth.ClientToken
}

// verify asks about a token.
func (v *realVault) verify(token string) (mudlark.Verification, error) {
	v.t.Helper()
	c := credential("vault-service-token", token)
	c.Parts = map[string]string{"vault-address": "https://" + v.host}
	got, err := vault{}.Verify(v.t.Context(), c, networkTo(v.t, v.host, v.roots))
	if err != nil && strings.Contains(err.Error(), token) {
		v.t.Errorf("the error holds the token: %v", err)
	}
	return got, err
}

func TestRealVaultKnowsItsTokens(t *testing.T) {
	real := startVault(t)
	for _, test := range []struct {
		name      string
		token     string
		facts     []mudlark.Fact
		scopes    []string
		privilege mudlark.Privilege
	}{
		{
			"the root token", real.RootToken, []mudlark.Fact{{Name: "name", Value: "root"}, {Name: "expires", Value: "never"}},
			[]string{"root"}, mudlark.PrivilegeAdmin,
		},
		{
			"one of a policy", real.token(map[string]any{"policies": []string{"deploy"}, "display_name": "ci", "meta": map[string]any{"username": "ada"}}),
			[]mudlark.Fact{{Name: "name", Value: "token-ci"}, {Name: "user", Value: "ada"}}, []string{"default", "deploy"}, mudlark.PrivilegeUnset,
		},
		{
			"one without a policy of its own", real.token(map[string]any{"policies": []string{"default"}}),
			[]mudlark.Fact{{Name: "path", Value: "auth/token/create"}}, []string{"default"}, mudlark.PrivilegeRead,
		},
		{
			"a batch token", real.token(map[string]any{"type": "batch", "policies": []string{"deploy"}, "ttl": "1h"}),
			nil, []string{"default", "deploy"}, mudlark.PrivilegeUnset,
		},
		{
			"one with uses left", real.token(map[string]any{"policies": []string{"deploy"}, "num_uses": 5}),
			[]mudlark.Fact{{Name: "uses left", Value: "4"}}, []string{"default", "deploy"}, mudlark.PrivilegeUnset,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := real.verify(test.token)
			if err != nil || v.Status != mudlark.Active || !slices.Equal(v.Scopes, test.scopes) || v.Privilege != test.privilege {
				t.Fatalf("got %+v, %v", v, err)
			}
			for _, f := range test.facts {
				if !slices.Contains(v.Identity, f) {
					t.Errorf("got %v without %v", v.Identity, f)
				}
			}
			for _, f := range v.Identity {
				if strings.Contains(f.Value, test.token) {
					t.Errorf("a fact holds the token: %v", f)
				}
			}
		})
	}
}

func TestRealVaultLetsATokenWithoutRightsPassAsActive(t *testing.T) {
	real := startVault(t)
	v, err := real.verify(real.token(map[string]any{"policies": []string{"deploy"}, "no_default_policy": true}))
	if err != nil || v.Status != mudlark.Active || v.Reason == "" {
		t.Errorf("got %+v, %v", v, err)
	}
}

// The last line of Vault under a free licence has the same words for a token
// that was revoked as for one that comes from the wrong address. They must not
// be told apart by luck.
func TestRealVaultOfOldLeavesItOpenWhyItRefuses(t *testing.T) {
	real := startVault(t)
	revoked := real.token(map[string]any{"policies": []string{"deploy"}})
	real.do(http.MethodPost, "auth/token/revoke", map[string]any{"token": revoked})
	real.do(http.MethodPost, "auth/token/roles/elsewhere", map[string]any{"allowed_policies": "deploy", "token_bound_cidrs": "192.0.2.0/24"})
	bound := real.do(http.MethodPost, "auth/token/create/elsewhere", map[string]any{"policies": []string{"deploy"}}).Auth.ClientToken
	for name, token := range map[string]string{"revoked": revoked, "bound to another address": bound, "never issued": drawn(t, "hvs.<base62 24>", 1)} {
		v, err := real.verify(token)
		if err == nil || errors.As(err, new(*again)) {
			t.Errorf("%s: got %+v, %v, want an error that stays", name, v, err)
		}
	}
}

func TestRealVaultThatIsSealedSaysNothing(t *testing.T) {
	real := startVault(t)
	token := real.token(map[string]any{"policies": []string{"deploy"}})
	real.do(http.MethodPut, "sys/seal", nil)
	v, err := real.verify(token)
	if err == nil || !strings.Contains(err.Error(), "sealed") {
		t.Errorf("got %+v, %v", v, err)
	}
	real.do(http.MethodPut, "sys/unseal", map[string]any{"key": real.UnsealKey})
	if v, err = real.verify(token); err != nil || v.Status != mudlark.Active {
		t.Errorf("opened again: got %+v, %v", v, err)
	}
}

func TestRealVaultThatStoppedSaysNothing(t *testing.T) {
	real := startVault(t)
	real.server.Stop()
	if v, err := real.verify(real.RootToken); err == nil {
		t.Errorf("got %+v, want an error", v)
	}
}

// TestVaultDoubleRefuses has the answers of servers that cannot be built here:
// later versions of Vault, and OpenBao.
func TestVaultDoubleRefuses(t *testing.T) {
	type errs = map[string]any
	for _, test := range []struct {
		name   string
		status int
		body   any
		want   mudlark.Status // empty: an error
	}{
		{"an unknown token", 403, errs{"errors": []string{"2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"}}, mudlark.Inactive},
		{"a token of another form", 403, errs{"errors": []string{"bad token"}}, mudlark.Inactive},
		{"a token without rights", 403, errs{"errors": []string{"1 error occurred:\n\t* permission denied\n\n"}}, mudlark.Active},
		{"bare words", 403, errs{"errors": []string{"permission denied"}}, ""},
		{"a gate before the server", 403, "no entry", ""},
		{"a missing token", 400, errs{"errors": []string{"missing client token"}}, ""},
		{"a namespace that is not there", 404, errs{"errors": []string{"route entry not found"}}, ""},
		{"a server in need of its leader", 500, errs{"errors": []string{"local node not active but active cluster node not found"}}, ""},
		{"a sealed server", 503, errs{"errors": []string{"Vault is sealed"}}, ""},
		{"a server that lacks the object", 200, errs{"data": errs{"policies": []string{"root"}}}, ""},
		{"a page that tells nothing", 401, errs{"errors": []string{"invalid token"}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			host, n := serverOf(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, test.status, test.body) })
			c := credential("vault-service-token", drawn(t, "hvs.<base62 24>", 5))
			c.Endpoint = "https://" + host
			v, err := vault{}.Verify(t.Context(), c, n)
			if v.Status != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %+v, %v, want %q", v, err, test.want)
			}
		})
	}
}

func TestVaultIsAskedInTheNamespaceNearBy(t *testing.T) {
	token := drawn(t, "hvs.<base62 24>", 6)
	for _, test := range []struct {
		name, line, namespace string
		token, header         string
		unknown               bool // the server's No is no answer
	}{
		{"none", "VAULT_TOKEN=" + token, "", token, "", false},
		{"one near by", "VAULT_TOKEN=" + token, "team/a/", token, "team/a", false},
		{"its mark after the token", "VAULT_TOKEN=" + token + ".a1B2c", "", token + ".a1B2c", "", true},
		{"the end of a sentence", "the token is " + token + ". Thus", "", token, "", false},
		{"a file's name", "cat " + token + ".backups", "", token, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			host, n := serverOf(t, func(w http.ResponseWriter, r *http.Request) {
				got = []string{r.Method, r.URL.Path, r.Header.Get("X-Vault-Token"), r.Header.Get("X-Vault-Namespace")}
				answerJSON(w, 403, map[string]any{"errors": []string{"invalid token"}})
			})
			c := credential("vault-service-token", token)
			c.Endpoint, c.Line, c.Parts = "https://"+host, test.line, map[string]string{"vault-namespace": test.namespace}
			v, err := vault{}.Verify(t.Context(), c, n)
			if want := []string{"GET", "/v1/auth/token/lookup-self", test.token, test.header}; !slices.Equal(got, want) {
				t.Errorf("asked %q, want %q", got, want)
			}
			if (err != nil) != test.unknown || (v.Status == mudlark.Inactive) == test.unknown {
				t.Errorf("got %+v, %v", v, err)
			}
		})
	}
}

func TestVaultThatTheUserNamesKnowsNothingOfAnotherNearBy(t *testing.T) {
	host, n := serverOf(t, func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 403, map[string]any{"errors": []string{"invalid token"}})
	})
	c := credential("vault-service-token", drawn(t, "hvs.<base62 24>", 7))
	c.Endpoint, c.Parts = "https://"+host, map[string]string{"vault-address": "https://vault.other.example"}
	if v, err := (vault{}).Verify(t.Context(), c, n); err == nil {
		t.Errorf("got %+v, want an error", v)
	}
}

func TestVaultTargets(t *testing.T) {
	token := drawn(t, "hvs.<base62 24>", 8)
	for _, test := range []struct {
		name, endpoint, part string
		want                 Target // without Subject; no Host: lacking
	}{
		{"the user's", "https://vault.acme.io", "", Target{Method: "GET", Host: "vault.acme.io"}},
		{"one near by", "", "https://vault.acme.io:8200", Target{Method: "GET", Host: "vault.acme.io:8200", Guessed: true}},
		{"none", "", "", Target{}},
		{"one without TLS", "", "http://127.0.0.1:8200", Target{}},
		{"a line's end in the address", "", "https://vault.acme.io\r\nX: y", Target{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := credential("vault-service-token", token)
			c.Endpoint, c.Parts = test.endpoint, map[string]string{"vault-address": test.part}
			got, err := vault{}.Target(c)
			got.Subject = ""
			if got != test.want || errors.Is(err, errLacks) != (test.want.Host == "") {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}
