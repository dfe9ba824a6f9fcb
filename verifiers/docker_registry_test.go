package verifiers

import (
	"cmp"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/servers"
)

// startRegistry starts Debian's docker-registry, with one user if there is a
// password.
func startRegistry(t *testing.T, user, password string) (host string, roots *x509.CertPool, server *servers.Server) {
	t.Helper()
	program := servers.Need(t, "docker-registry")
	folder := servers.Folder(t, "")
	id := newIdentity(t, folder)
	host = servers.Address(servers.Port(t))
	config := map[string]any{
		"version": "0.1",
		"log":     map[string]any{"level": "error"},
		"storage": map[string]any{"filesystem": map[string]any{"rootdirectory": folder}},
		"http":    map[string]any{"addr": host, "tls": map[string]any{"certificate": id.certificate, "key": id.key}},
	}
	if password != "" {
		file := filepath.Join(folder, "users")
		servers.Run(t, exec.Command(servers.Need(t, "htpasswd"), "-Bbc", file, user, password))
		config["auth"] = map[string]any{"htpasswd": map[string]any{"realm": "tests", "path": file}}
	}
	data, err := json.Marshal(config) // YAML too
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "config.yml")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return host, id.roots, servers.Start(t, exec.Command(program, "serve", file), servers.Dialled(host))
}

// dockerEntry is the login of a config.json.
func dockerEntry(registry, user, password string) Credential {
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	c := credential("docker-config-auth", auth)
	c.Match = `"` + registry + "\": {\n  \"auth\": \"" + auth + `"`
	c.Line = `  "auth": "` + auth + `"`
	return c
}

func TestRealRegistryKnowsItsUser(t *testing.T) {
	password := drawn(t, "<alnum 20>", 1)
	host, roots, server := startRegistry(t, "deploy", password)
	verify := func(user, password string) (mudlark.Verification, error) {
		return dockerRegistry{}.Verify(t.Context(), dockerEntry("https://"+host+"/v2/", user, password), networkTo(t, host, roots))
	}
	v, err := verify("deploy", password)
	if err != nil || v.Status != mudlark.Active || !slices.Contains(v.Identity, mudlark.Fact{Name: "user", Value: "deploy"}) {
		t.Errorf("right password: got %+v, %v", v, err)
	}
	if v, err = verify("deploy", drawn(t, "<alnum 20>", 2)); err != nil || v.Status != mudlark.Inactive {
		t.Errorf("wrong password: got %+v, %v", v, err)
	}
	if v, err = verify("nobody", password); err != nil || v.Status != mudlark.Inactive {
		t.Errorf("wrong user: got %+v, %v", v, err)
	}
	server.Stop()
	if v, err = verify("deploy", password); err == nil {
		t.Errorf("stopped: got %+v, want an error", v)
	}
}

func TestRealRegistryThatIsOpenSaysNothing(t *testing.T) {
	host, roots, _ := startRegistry(t, "", "")
	v, err := dockerRegistry{}.Verify(t.Context(), dockerEntry(host, "deploy", drawn(t, "<alnum 20>", 3)), networkTo(t, host, roots))
	if err == nil || !strings.Contains(err.Error(), "everybody") {
		t.Errorf("got %+v, %v", v, err)
	}
}

// tokenOf is a JSON web token of a subject, with a signature of nobody.
func tokenOf(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none"}`)) + "." + part([]byte(claims)) + "." + part([]byte("signature"))
}

// TestRegistryDoubleChallenges has registries that give tokens elsewhere than
// at /v2/, which the real one does with a second server alone.
func TestRegistryDoubleChallenges(t *testing.T) {
	for _, test := range []struct {
		name      string
		challenge []string // {host} is the registry's own
		status    int      // of the token server
		body      any
		want      mudlark.Status // empty: an error
		passwords int            // requests that held it
	}{
		{"a token for the user", []string{`Bearer realm="https://{host}/token",service="reg, \"1\""`}, 200, map[string]string{"token": tokenOf(`{"sub":"deploy"}`)}, mudlark.Active, 1},
		{"a token by another name", []string{`bearer service=x, realm="https://{host}/token"`}, 200, map[string]string{"access_token": tokenOf(`{"sub":"deploy"}`)}, mudlark.Active, 1},
		{"a token that says nothing", []string{`Bearer realm="https://{host}/token"`}, 200, map[string]string{"token": "b3BhcXVl"}, mudlark.Active, 1},
		{"a token for everybody", []string{`Bearer realm="https://{host}/token"`}, 200, map[string]string{"token": tokenOf(`{"sub":""}`)}, "", 1},
		{"no token", []string{`Bearer realm="https://{host}/token"`}, 200, map[string]string{}, "", 1},
		{"a refusal", []string{`Bearer realm="https://{host}/token"`}, 401, map[string]string{}, mudlark.Inactive, 1},
		{"a denial", []string{`Bearer realm="https://{host}/token"`}, 403, map[string]string{"code": "DENIED"}, "", 1},
		{"too many questions", []string{`Bearer realm="https://{host}/token"`}, 429, map[string]string{}, "", 1},
		{"another host", []string{`Bearer realm="https://auth.evil.example/token"`}, 200, nil, "", 0},
		{"another port", []string{`Bearer realm="https://127.0.0.1:1/token"`}, 200, nil, "", 0},
		{"no TLS", []string{`Bearer realm="http://{host}/token"`}, 200, nil, "", 0},
		{"a host behind an at sign", []string{`Bearer realm="https://{host}@auth.evil.example/token"`}, 200, nil, "", 0},
		{"no place", []string{`Bearer service="x"`}, 200, nil, "", 0},
		{"no challenge", nil, 200, nil, "", 0},
		{"another way", []string{`Negotiate`}, 200, nil, "", 0},
		{"Basic, of something else than a registry", []string{`Basic realm="page"`}, 200, nil, "", 1},
		{"Basic besides another host", []string{`Bearer realm="https://auth.evil.example/"`, `Basic realm="x"`}, 200, nil, mudlark.Active, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			passwords := 0
			password := drawn(t, "<alnum 20>", 4)
			host, n := serverOf(t, func(w http.ResponseWriter, r *http.Request) {
				user, got, sent := r.BasicAuth()
				if sent {
					passwords++
				}
				switch {
				case sent && (user != "deploy" || got != password):
					t.Errorf("it was told %s and %s", user, got)
				case r.URL.Path == "/token":
					if strings.Contains(test.name, "for the user") && r.URL.Query().Get("service") != `reg, "1"` {
						t.Errorf("asked for the service %q", r.URL.Query().Get("service"))
					}
					answerJSON(w, test.status, test.body)
				case r.URL.Path != "/v2/":
					t.Errorf("asked for %s", r.URL.Path)
				case sent && strings.Contains(test.name, "something else"):
					_, _ = w.Write([]byte("<!DOCTYPE html><html></html>"))
				case sent:
					w.WriteHeader(http.StatusOK)
				default:
					for _, c := range test.challenge {
						w.Header().Add("WWW-Authenticate", strings.ReplaceAll(c, "{host}", r.Host))
					}
					w.WriteHeader(http.StatusUnauthorized)
				}
			})
			v, err := dockerRegistry{}.Verify(t.Context(), dockerEntry(host, "deploy", password), n)
			if v.Status != test.want || (err == nil) != (test.want != "") || passwords != test.passwords {
				t.Errorf("got %+v, %v with %d passwords sent, want %q and %d", v, err, passwords, test.want, test.passwords)
			}
			if _, passing := errors.AsType[*again](err); passing != (test.status == 429) {
				t.Errorf("%v may pass: %v", err, passing)
			}
		})
	}
}

// TestPublicRegistryDoubles asks doubles of the registries that are known by
// name, at the places where they give tokens.
func TestPublicRegistryDoubles(t *testing.T) {
	wrong := map[string]string{"details": "incorrect username or password"}
	for _, test := range []struct {
		registry, place, service string
		status                   int
		body                     any
		want                     mudlark.Status
		user, secret             string // "deploy" and a password, if empty
	}{
		{"https://index.docker.io/v1/", "auth.docker.io/token", "registry.docker.io", 200, map[string]string{"token": tokenOf(`{"sub":"4f3c"}`)}, mudlark.Active, "", ""},
		{"docker.io", "auth.docker.io/token", "registry.docker.io", 401, wrong, mudlark.Inactive, "", ""},
		{"registry-1.docker.io", "auth.docker.io/token", "registry.docker.io", 401, map[string]string{"details": "a personal access token is needed"}, "", "", ""},
		{"docker.io", "auth.docker.io/token", "registry.docker.io", 200, map[string]string{"token": tokenOf(`{"sub":""}`)}, "", "", ""},
		{"ghcr.io", "ghcr.io/token", "ghcr.io", 200, map[string]string{"token": "b3BhcXVl"}, mudlark.Active, "", ""},
		{"ghcr.io", "ghcr.io/token", "ghcr.io", 403, map[string]any{"errors": []any{map[string]string{"code": "DENIED"}}}, "", "", ""},
		{"https://quay.io", "quay.io/v2/auth", "quay.io", 401, map[string]string{}, "", "", ""},
		{"https://quay.io", "quay.io/v2/auth", "quay.io", 401, map[string]string{}, mudlark.Inactive, "acme+ci", ""},
		{"quay.io/acme", "quay.io/v2/auth", "quay.io", 200, map[string]string{"token": tokenOf(`{"sub":"acme+ci"}`)}, mudlark.Active, "", ""},
		{"registry.gitlab.com", "gitlab.com/jwt/auth", "container_registry", 200, map[string]string{"token": tokenOf(`{"sub":"deploy"}`)}, mudlark.Active, "", ""},
		{"registry.gitlab.com", "gitlab.com/jwt/auth", "container_registry", 401, map[string]string{}, "", "", ""},
		{"registry.gitlab.com", "gitlab.com/jwt/auth", "container_registry", 401, map[string]string{}, mudlark.Inactive, "deploy", "gl<alnum 20>"},
		{"registry.gitlab.com", "gitlab.com/jwt/auth", "container_registry", 403, map[string]string{}, "", "", ""},
	} {
		t.Run(test.registry+" "+test.place, func(t *testing.T) {
			var asked []string
			world := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, _, _ := r.BasicAuth()
				asked = append(asked, r.Host+r.URL.Path+" "+r.URL.Query().Get("service")+" "+user)
				answerJSON(w, test.status, test.body)
			}))
			user := cmp.Or(test.user, "deploy")
			c := dockerEntry(test.registry, user, drawn(t, cmp.Or(test.secret, "<alnum 20>"), 5))
			target, err := dockerRegistry{}.Target(c)
			if err != nil || target.Guessed {
				t.Fatalf("got %+v, %v", target, err)
			}
			n := &Network{wire: newWire(Options{Now: time.Now, Roots: world.Roots, Proxy: world.Through}), host: target.Host}
			t.Cleanup(n.wire.client.CloseIdleConnections)
			v, err := dockerRegistry{}.Verify(t.Context(), c, n)
			if v.Status != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %+v, %v, want %q", v, err, test.want)
			}
			if want := []string{test.place + " " + test.service + " " + user}; !slices.Equal(asked, want) {
				t.Errorf("asked %q, want %q", asked, want)
			}
		})
	}
}

func TestRegistryTargets(t *testing.T) {
	password := drawn(t, "<alnum 20>", 6)
	auth := base64.StdEncoding.EncodeToString([]byte("deploy:" + password))
	entry := func(text string) Credential {
		c := credential("docker-config-auth", auth)
		c.Match, c.Line = `"auth":"`+auth+`"`, strings.ReplaceAll(text, "AUTH", auth)
		return c
	}
	command := func(text string) Credential {
		c := credential("docker-login-password", password)
		c.Line = strings.ReplaceAll(text, "PW", password)
		return c
	}
	at := func(c Credential, endpoint string) Credential {
		c.Endpoint = endpoint
		return c
	}
	for _, test := range []struct {
		name    string
		c       Credential
		host    string // empty: lacking
		guessed bool
		subject string
	}{
		{"an entry", dockerEntry("registry.acme.io:5000", "deploy", password), "registry.acme.io:5000", true, "registry.acme.io:5000 deploy"},
		{"an entry with an address", dockerEntry("https://Registry.Acme.io/v2/", "deploy", password), "registry.acme.io", true, "registry.acme.io deploy"},
		{"an entry without TLS", dockerEntry("http://registry.acme.io", "deploy", password), "", false, ""},
		{"an entry of Docker Hub", dockerEntry("https://index.docker.io/v1/", "deploy", password), "auth.docker.io", false, "docker.io deploy"},
		{"the second entry of a line", entry(`{"auths":{"a.acme.io":{"auth":"x"},"b.acme.io":{"email":"a@b.c","auth":"AUTH"},"c.acme.io":{}}}`), "b.acme.io", true, "b.acme.io deploy"},
		{"an entry whose name is elsewhere", entry(`"auth":"AUTH"},"c.acme.io":{"auth":"x"}`), "", false, ""},
		{"an entry whose name is elsewhere, with the user's word", at(entry(`"auth":"AUTH"`), "https://r.acme.io"), "r.acme.io", false, "r.acme.io deploy"},
		{"the user's word for this host", at(dockerEntry("r.acme.io:5000", "deploy", password), "https://R.acme.io/docker"), "r.acme.io", false, "r.acme.io:5000 deploy"},
		{"the user's word for another host", at(dockerEntry("b.acme.io", "deploy", password), "https://a.acme.io"), "", false, ""},
		{"the user's word, and Docker Hub", at(dockerEntry("docker.io", "deploy", password), "https://a.acme.io"), "auth.docker.io", false, "docker.io deploy"},
		{"a token in place of a user", dockerEntry("acme.azurecr.io", "00000000-0000-0000-0000-000000000000", password), "", false, ""},
		{"no user", dockerEntry("r.acme.io", "", password), "", false, ""},
		{"a line's end in the user", dockerEntry("r.acme.io", "a\r\nb", password), "", false, ""},
		{"a command", command("RUN docker login -u deploy -p PW r.acme.io && make"), "r.acme.io", true, "r.acme.io deploy"},
		{"a command with its host first", command(`podman login r.acme.io --username="deploy" -p 'PW'`), "r.acme.io", true, "r.acme.io deploy"},
		{"a command with flags", command("skopeo login --tls-verify=false -u=deploy -p PW https://r.acme.io/"), "r.acme.io", true, "r.acme.io deploy"},
		{"a command without a host", command("docker login -u deploy -p PW"), "auth.docker.io", false, "docker.io deploy"},
		{"another program's command without a host", command("podman login -u deploy -p PW"), "", false, ""},
		{"a command with a variable for a host", command("docker login -u deploy -p PW $REGISTRY"), "", false, ""},
		{"a command with a template for a host", command("docker login -u deploy -p PW {{ registry }}"), "", false, ""},
		{"a command without a user", command("docker login -p PW r.acme.io"), "", false, ""},
		{"no command", command("password: PW"), "", false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := dockerRegistry{}.Target(test.c)
			want := Target{Method: "GET", Host: test.host, Guessed: test.guessed, Subject: test.subject}
			if test.host == "" {
				want = Target{}
			}
			if got != want || errors.Is(err, errLacks) != (test.host == "") {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
			if err != nil && (strings.Contains(err.Error(), password) || strings.Contains(err.Error(), auth)) {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}
