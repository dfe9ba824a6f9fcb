package verifiers

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
)

// done is the body of an answer that meets a condition on JSON of true values.
func done(t *testing.T, c rules.Condition) string {
	t.Helper()
	var parts []string
	for _, e := range c.JSON {
		if strings.Contains(e.Path, ".") || e.Want != "true" {
			t.Fatalf("this test does not know how to say %s = %s", e.Path, e.Want)
		}
		parts = append(parts, `"`+e.Path+`":true`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// TestEveryRevocationIsSentOnceAndDoneWhenTheProviderSaysSo runs each revocation of
// the catalogue against a server on loopback.
func TestEveryRevocationIsSentOnceAndDoneWhenTheProviderSaysSo(t *testing.T) {
	set, err := rules.Source()
	if err != nil {
		t.Fatal(err)
	}
	engine, err := detectors.New(set, detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, count := &exemplar{set, engine}, 0
	var asked atomic.Int64
	var play atomic.Value
	world := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		play.Load().(http.HandlerFunc)(w, r)
	}))
	for i := range set.Rules {
		r := &set.Rules[i]
		if r.Revocation == nil {
			continue
		}
		count++
		opts := Options{Proxy: world.Through, Roots: world.Roots}
		if r.Revocation.FixedHost() == "" {
			opts.Endpoints = map[string]string{r.ID: "https://own.example"}
		}
		p, err := New(set, opts)
		if err != nil {
			t.Fatal(err)
		}
		f := x.of(t, r, r.Revocation)
		good := r.Revocation.Done[0]
		for _, scene := range []struct {
			name string
			done bool
			play http.HandlerFunc
		}{
			{"done", true, func(w http.ResponseWriter, req *http.Request) {
				if req.Method != r.Revocation.Method {
					t.Errorf("%s: it is sent with %s", r.ID, req.Method)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(good.Status[0])
				if good.Status[0] != http.StatusNoContent {
					_, _ = io.WriteString(w, done(t, good))
				}
			}},
			{"refused", false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }},
			{"failed", false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }},
			{"a page for people", false, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, "<html>welcome</html>")
			}},
			{"sent elsewhere", false, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "https://elsewhere.example/")
				w.WriteHeader(http.StatusTemporaryRedirect)
			}},
		} {
			play.Store(scene.play)
			asked.Store(0)
			rev, err := p.Revocation(&f)
			if err != nil {
				t.Fatalf("%s: %v", r.ID, err)
			}
			if asked.Load() != 0 {
				t.Errorf("%s: something was sent before it was asked for", r.ID)
			}
			if err := rev.Send(t.Context()); (err == nil) != scene.done {
				t.Errorf("%s: %s: %v", r.ID, scene.name, err)
			}
			if asked.Load() != 1 {
				t.Errorf("%s: %s: sent %d times", r.ID, scene.name, asked.Load())
			}
		}
		p.wire.client.CloseIdleConnections()
	}
	if count < 30 {
		t.Errorf("%d revocations", count)
	}
}

func TestSecretOfAKindThatCannotRevokeItselfSaysWhatToDo(t *testing.T) {
	p, err := New(setOf(t, acmeRule), Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := mudlark.Finding{RuleID: "acme-token", Secret: mudlark.NewSensitive("x")}
	if _, err := p.Revocation(&f); err == nil || !strings.Contains(err.Error(), "cannot revoke itself") {
		t.Error(err)
	}
}
