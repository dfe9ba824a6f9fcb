package verifiers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/providers"
	"github.com/mudlark-scan/mudlark/rules"
)

// A seen request, as a provider gets it.
type seen struct{ Host, Method, URL, Header, Body string }

// A recorder keeps what providers are asked.
type recorder struct {
	mu   sync.Mutex
	list []seen
}

func (r *recorder) add(req *http.Request, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, seen{req.Host, req.Method, req.URL.String(), fmt.Sprint(req.Header), string(body)})
}

func (r *recorder) all() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list
}

// newWorld starts a world that ends with the test.
func newWorld(t testing.TB, handler http.Handler) *providers.World {
	t.Helper()
	w, err := providers.Start(handler)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// worldPool returns a pool all of whose questions go to handler.
func worldPool(t testing.TB, set *rules.Set, opts Options, handler http.Handler) *Pool {
	t.Helper()
	world := newWorld(t, handler)
	opts.Proxy, opts.Roots = world.Through, world.Roots
	p, err := New(set, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.wire.client.CloseIdleConnections)
	return p
}

// setOf returns the rules of a TOML text.
func setOf(t testing.TB, text string) *rules.Set {
	t.Helper()
	set, err := rules.Parse("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// found returns a finding of a rule for each secret.
func found(rule string, secrets ...string) []mudlark.Finding {
	var list []mudlark.Finding
	for _, s := range secrets {
		list = append(list, mudlark.Finding{
			RuleID: rule, Secret: mudlark.NewSensitive(s), Match: mudlark.NewSensitive(s), Fingerprint: rule + s,
		})
	}
	return list
}

// drawn returns a text from a template, another for each seed.
func drawn(t testing.TB, template string, seed int) string {
	t.Helper()
	s, err := rules.Fill(template, uint64(seed))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const acmeRule = `
[[rules]]
id = "acme-token"
description = "Acme token"
regex = '''\bacme_[0-9a-z]{32}\b'''
keywords = ["acme_"]
[rules.verify]
url = "https://api.acme.example/v1/me"
headers = { Authorization = "Bearer {{secret}}" }
active = { status = [200], json = { ok = true } }
inactive = [{ status = [401] }, { status = [200], json = { ok = false } }]
identity = ["user.name", "user.mail"]
scopes = ["header:X-Scopes"]
`

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// statusOf verifies one secret of acmeRule and returns what came of it.
func statusOf(t *testing.T, opts Options, handler http.HandlerFunc) mudlark.Verification {
	t.Helper()
	p := worldPool(t, setOf(t, acmeRule), opts, handler)
	list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
	p.Verify(t.Context(), list)
	v := list[0].Verification
	if text := fmt.Sprint(v); strings.Contains(text, list[0].Secret.Reveal()) {
		t.Errorf("the verification repeats the secret: %s", text)
	}
	return v
}

func TestAnswersAreJudgedByTheirConditions(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   any
		want   mudlark.Status
	}{
		{"what the rule calls active", 200, map[string]any{"ok": true}, mudlark.Active},
		{"an error in a good status", 200, map[string]any{"ok": false}, mudlark.Inactive},
		{"what the rule calls inactive", 401, map[string]any{}, mudlark.Inactive},
		{"a status that the rule does not name", 403, map[string]any{"ok": true}, mudlark.Unknown},
		{"a body without the field", 200, map[string]any{"hello": 1}, mudlark.Unknown},
		{"a body of another form", 200, "text", mudlark.Unknown},
		{"a missing page", 404, map[string]any{}, mudlark.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := statusOf(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, test.status, test.body) })
			if v.Status != test.want {
				t.Errorf("got %s (%s), want %s", v.Status, v.Reason, test.want)
			}
			if (v.Reason == "") != (v.Status != mudlark.Unknown) {
				t.Errorf("%s with reason %q", v.Status, v.Reason)
			}
		})
	}
}

func TestIdentityAndScopesAreKept(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	v := statusOf(t, Options{Now: func() time.Time { return now }}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Scopes", "read:user, admin:org")
		answerJSON(w, 200, map[string]any{"ok": true, "user": map[string]any{
			"name": "ci-deploy", "mail": "we know " + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
		}})
	})
	want := mudlark.Verification{
		Status: mudlark.Active, At: now, Host: "api.acme.example", Privilege: mudlark.PrivilegeAdmin, Scopes: []string{"read:user", "admin:org"},
		Identity: []mudlark.Fact{{Name: "user.name", Value: "ci-deploy"}, {Name: "user.mail", Value: "we know " + mudlark.Masked}},
	}
	if fmt.Sprint(v) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", v, want)
	}
}
