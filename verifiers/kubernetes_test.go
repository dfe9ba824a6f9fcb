package verifiers

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/mudlark-scan/mudlark"
)

// A clusterDouble answers as a Kubernetes API server does: who is asked for is
// known by its token or its client certificate.
type clusterDouble struct {
	t     *testing.T
	token string
	user  map[string]any // of userInfo
	rules []map[string]any
	asked []string
}

func (d *clusterDouble) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		APIVersion, Kind string
		Spec             struct{ Namespace string }
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		d.t.Errorf("the body is no JSON: %v", err)
	}
	d.asked = append(d.asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+body.Spec.Namespace))
	if want := "/apis/" + body.APIVersion + "/" + strings.ToLower(body.Kind) + "s"; r.URL.Path != want {
		d.t.Errorf("asked at %s for what is at %s", r.URL.Path, want)
	}
	certified := len(r.TLS.PeerCertificates) > 0
	if r.Header.Get("Authorization") != "Bearer "+d.token && !certified || certified && r.Header.Get("Authorization") != "" {
		kubeStatus(w, http.StatusUnauthorized, "Unauthorized", "Unauthorized")
		return
	}
	switch body.Kind {
	case "SelfSubjectReview":
		answerJSON(w, http.StatusCreated, map[string]any{
			"apiVersion": body.APIVersion, "kind": body.Kind, "status": map[string]any{"userInfo": d.user},
		})
	case "SelfSubjectRulesReview":
		answerJSON(w, http.StatusCreated, map[string]any{"kind": body.Kind, "status": map[string]any{"resourceRules": d.rules}})
	}
}

// kubeStatus answers with what an API server says when it refuses.
func kubeStatus(w http.ResponseWriter, code int, reason, message string) {
	answerJSON(w, code, map[string]any{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code,
	})
}

func kubeRule(group, resource string, verbs ...string) map[string]any {
	return map[string]any{"apiGroups": []string{group}, "resources": []string{resource}, "verbs": verbs}
}

func clusterCredential(token, host string) Credential {
	c := credential("kubernetes-service-account-token", token)
	c.Line = `curl -H "Authorization: Bearer ` + token + `" https://` + host + "/api"
	return c
}

func TestKubernetesDoubleKnowsItsTokens(t *testing.T) {
	token := tokenOf(`{"iss":"https://kubernetes.default.svc","sub":"system:serviceaccount:shop:ci","exp":1893456000}`)
	account := map[string]any{"username": "system:serviceaccount:shop:ci", "groups": []string{"system:serviceaccounts", "system:authenticated"}}
	for _, test := range []struct {
		name      string
		user      map[string]any
		rules     []map[string]any
		scopes    []string
		privilege mudlark.Privilege
		namespace string
	}{
		{"one that sees", account, []map[string]any{kubeRule("authorization.k8s.io", "selfsubjectaccessreviews", "create"), kubeRule("", "pods", "get", "list")}, []string{"get,list pods"}, mudlark.PrivilegeRead, "shop"},
		{"one that changes", account, []map[string]any{kubeRule("", "pods", "get"), kubeRule("apps", "deployments", "patch")}, []string{"get pods", "patch deployments"}, mudlark.PrivilegeWrite, "shop"},
		{"one that may do all", account, []map[string]any{kubeRule("*", "*", "*")}, []string{"* *"}, mudlark.PrivilegeAdmin, "shop"},
		{"one of the masters", map[string]any{"username": "admin", "groups": []string{"system:masters"}}, nil, nil, mudlark.PrivilegeAdmin, "default"},
		{"one without rights", account, nil, nil, mudlark.PrivilegeUnset, "shop"},
	} {
		t.Run(test.name, func(t *testing.T) {
			double := &clusterDouble{t: t, token: token, user: test.user, rules: test.rules}
			host, n := serverOf(t, double.ServeHTTP)
			v, err := kubernetes{}.Verify(t.Context(), clusterCredential(token, host), n)
			if err != nil || v.Status != mudlark.Active || !slices.Equal(v.Scopes, test.scopes) || v.Privilege != test.privilege {
				t.Fatalf("got %+v, %v", v, err)
			}
			for _, f := range []mudlark.Fact{
				{Name: "user", Value: test.user["username"].(string)}, {Name: "issuer", Value: "https://kubernetes.default.svc"},
				{Name: "expires", Value: "2030-01-01T00:00:00Z"},
			} {
				if !slices.Contains(v.Identity, f) {
					t.Errorf("got %v without %v", v.Identity, f)
				}
			}
			want := []string{
				"POST /apis/authentication.k8s.io/v1/selfsubjectreviews",
				"POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews " + test.namespace,
			}
			if !slices.Equal(double.asked, want) {
				t.Errorf("asked %q, want %q", double.asked, want)
			}
		})
	}
}

func TestKubernetesDoubleRefuses(t *testing.T) {
	token := drawn(t, "<base64url 64>", 1)
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		want   mudlark.Status // empty: an error
	}{
		{"an unknown token", func(w http.ResponseWriter, _ *http.Request) {
			kubeStatus(w, http.StatusUnauthorized, "Unauthorized", "Unauthorized")
		}, mudlark.Inactive},
		{"a token without rights", func(w http.ResponseWriter, _ *http.Request) {
			kubeStatus(w, http.StatusForbidden, "Forbidden", `selfsubjectreviews.authentication.k8s.io is forbidden: User "ci" cannot create resource`)
		}, mudlark.Active},
		{"a token that was not looked at", func(w http.ResponseWriter, _ *http.Request) {
			kubeStatus(w, http.StatusForbidden, "Forbidden", `selfsubjectreviews.authentication.k8s.io is forbidden: User "system:anonymous" cannot create resource`)
		}, ""},
		{"anonymous users", func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, http.StatusCreated, map[string]any{"kind": "SelfSubjectReview", "status": map[string]any{"userInfo": map[string]any{"username": "system:anonymous"}}})
		}, ""},
		{"an old cluster", func(w http.ResponseWriter, _ *http.Request) {
			kubeStatus(w, http.StatusNotFound, "NotFound", "the server could not find the requested resource")
		}, ""},
		{"a gate that says 401", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, ""},
		{"a gate that says 403", func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, http.StatusForbidden, map[string]string{"reason": "Forbidden"})
		}, ""},
		{"a busy cluster", func(w http.ResponseWriter, _ *http.Request) {
			kubeStatus(w, http.StatusTooManyRequests, "TooManyRequests", "try again")
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			host, n := serverOf(t, test.answer)
			v, err := kubernetes{}.Verify(t.Context(), clusterCredential(token, host), n)
			if v.Status != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %+v, %v, want %q", v, err, test.want)
			}
			// The nearest server of a kubeconfig may be that of another token.
			c := credential("kubeconfig-token", token)
			c.Parts = map[string]string{"kubernetes-server": "https://" + host}
			if v, err = (kubernetes{}).Verify(t.Context(), c, n); v.Status == mudlark.Inactive {
				t.Errorf("inactive by a server that stands near by: %+v, %v", v, err)
			}
		})
	}
}

func TestKubernetesDoubleIsTrustedByItsOwnAuthority(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	token := drawn(t, "<base64url 64>", 2)
	host, authority := certifiedCluster(t, &clusterDouble{t: t, token: token, user: map[string]any{"username": "ci"}})
	c := clusterCredential(token, host)
	n := networkTo(t, host, x509.NewCertPool())
	if v, err := (kubernetes{}).Verify(t.Context(), c, n); !errors.As(err, new(*tls.CertificateVerificationError)) {
		t.Errorf("without it: got %+v, %v", v, err)
	}
	c.Parts = map[string]string{"kubeconfig-certificate-authority": base64.StdEncoding.EncodeToString(authority.pem)}
	if v, err := (kubernetes{}).Verify(t.Context(), c, n); err != nil || v.Status != mudlark.Active {
		t.Errorf("with it: got %+v, %v", v, err)
	}
	other := newIdentity(t, t.TempDir())
	c.Parts["kubeconfig-certificate-authority"] = base64.StdEncoding.EncodeToString(other.pem)
	if v, err := (kubernetes{}).Verify(t.Context(), c, n); !errors.As(err, new(*tls.CertificateVerificationError)) {
		t.Errorf("with another: got %+v, %v", v, err)
	}
	n.internal = false
	if v, err := (kubernetes{}).Verify(t.Context(), c, n); !errors.As(err, new(*refused)) {
		t.Errorf("to an address that is not allowed: got %+v, %v", v, err)
	}
	n.host = "cluster.acme.example"
	if v, err := (kubernetes{}).Verify(t.Context(), c, n); err == nil {
		t.Errorf("to another host than planned: got %+v", v)
	}
}

func TestKubernetesDoubleKnowsAClientByItsCertificate(t *testing.T) {
	host, authority := certifiedCluster(t, &clusterDouble{t: t, user: map[string]any{"username": "kubernetes-admin"}})
	key, err := os.ReadFile(authority.key)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.StdEncoding.EncodeToString
	c := credential("kubeconfig-client-key-data", encode(key))
	c.Endpoint = "https://" + host
	c.Parts = map[string]string{"kubeconfig-certificate-authority": encode(authority.pem), "kubeconfig-client-certificate": encode(authority.pem)}
	n := networkTo(t, host, nil)
	v, err := kubernetes{}.Verify(t.Context(), c, n)
	if err != nil || v.Status != mudlark.Active || !slices.Contains(v.Identity, mudlark.Fact{Name: "user", Value: "kubernetes-admin"}) {
		t.Errorf("got %+v, %v", v, err)
	}
	for name, certificate := range map[string]string{
		"no certificate": "", "one of another key": encode(newIdentity(t, t.TempDir()).pem), "garbage": encode([]byte("-----BEGIN x")),
	} {
		c.Parts["kubeconfig-client-certificate"] = certificate
		if _, err := (kubernetes{}).Target(c); !errors.Is(err, errLacks) {
			t.Errorf("%s: got %v, want what it lacks", name, err)
		}
	}
}

// certifiedCluster starts a double that has a certificate of its own, and asks
// its clients for theirs.
func certifiedCluster(t *testing.T, double *clusterDouble) (host string, authority serverIdentity) {
	t.Helper()
	authority = newIdentity(t, t.TempDir())
	pair, err := tls.LoadX509KeyPair(authority.certificate, authority.key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(double)
	s.Config.ErrorLog = quietLog()
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: authority.roots}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), authority
}

func TestEndlessAnswersOfAClusterWithItsOwnAuthorityAreCut(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	token := drawn(t, "<base64url 64>", 3)
	authority := newIdentity(t, t.TempDir())
	pair, err := tls.LoadX509KeyPair(authority.certificate, authority.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, handler := range map[string]http.HandlerFunc{
		"a body": func(w http.ResponseWriter, _ *http.Request) {
			for _, err := w.Write([]byte("{")); err == nil; _, err = w.Write(bytes.Repeat([]byte("x"), 64<<10)) {
			}
		},
		"a header": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 2*maxHeader)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(handler)
			s.Config.ErrorLog = quietLog()
			s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
			s.StartTLS()
			defer s.Close()
			host := s.Listener.Addr().String()
			c := clusterCredential(token, host)
			c.Parts = map[string]string{"kubeconfig-certificate-authority": base64.StdEncoding.EncodeToString(authority.pem)}
			if v, err := (kubernetes{}).Verify(t.Context(), c, networkTo(t, host, nil)); err == nil {
				t.Errorf("got %+v, want an error", v)
			}
		})
	}
}

func TestKubernetesTargets(t *testing.T) {
	token := drawn(t, "<base64url 64>", 4)
	for _, test := range []struct {
		name, endpoint, part, line, host string
		guessed                          bool
	}{
		{"the user's", "https://k.acme.io:6443", "", "", "k.acme.io:6443", false},
		{"one near by", "", "https://10.0.0.1:6443", "", "10.0.0.1:6443", true},
		{"one on the line", "", "", "kubectl --server=https://k.acme.io:6443 --token=x", "k.acme.io:6443", true},
		{"one without TLS", "", "http://localhost:8080", "", "", false},
		{"none", "", "", "token: x", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := credential("kubeconfig-token", token)
			c.Endpoint, c.Line, c.Parts = test.endpoint, test.line, map[string]string{"kubernetes-server": test.part}
			got, err := kubernetes{}.Target(c)
			if got.Host != test.host || got.Guessed != test.guessed || errors.Is(err, errLacks) != (test.host == "") {
				t.Errorf("got %+v, %v", got, err)
			}
			if err == nil && got.Method != "POST" {
				t.Errorf("got the method %q", got.Method)
			}
		})
	}
}

func TestClaimsAreReadFromTokensAlone(t *testing.T) {
	for text, want := range map[string]bool{
		tokenOf(`{"sub":"a"}`): true, tokenOf(`{"sub":1}`): false, tokenOf(`[]`): false, tokenOf(strings.Repeat(`{"a":`, 1000)): false,
		"a.b": false, "a.b.c": false, "": false, "..": false,
	} {
		if _, ok := readClaims(text); ok != want {
			t.Errorf("%.40s: got %v", text, ok)
		}
	}
}
