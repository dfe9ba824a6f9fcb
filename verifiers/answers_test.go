package verifiers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"
	"golang.org/x/net/publicsuffix"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/internal/providers"
	"github.com/mudlark-scan/mudlark/rules"
)

// A row of testdata/answers: what a provider answers about a rule's secret, as
// far as it documents that, and what follows.
type row struct {
	Rule     string            `json:"rule"`
	Status   int               `json:"status"`
	Header   map[string]string `json:"header"`
	Body     string            `json:"body"`
	Want     mudlark.Status    `json:"want"`
	Identity []string          `json:"identity"`
}

func rows(t *testing.T) map[string][]row {
	t.Helper()
	files, err := filepath.Glob("testdata/answers/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no answers in testdata", err)
	}
	byRule := map[string][]row{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for n := 1; lines.Scan(); n++ {
			var r row
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Fatalf("%s:%d: %v", name, n, err)
			}
			byRule[r.Rule] = append(byRule[r.Rule], r)
		}
	}
	return byRule
}

// catalogue returns the built-in rules, and those among them whose check is data.
func catalogue(t *testing.T) (*rules.Set, []*rules.Rule) {
	t.Helper()
	set, err := rules.Source()
	if err != nil {
		t.Fatal(err)
	}
	var checked []*rules.Rule
	for i := range set.Rules {
		if r := &set.Rules[i]; r.Verify != nil && r.Verify.With == "" {
			checked = append(checked, r)
		}
	}
	return set, checked
}

// An exemplar makes findings of rules from their examples.
type exemplar struct {
	set    *rules.Set
	engine *detectors.Engine
}

// of returns a finding of a rule with everything that a check of it needs.
func (x *exemplar) of(t *testing.T, r *rules.Rule, check *rules.Check) mudlark.Finding {
	t.Helper()
	var first *mudlark.Finding
	for _, example := range r.Examples {
		for _, f := range x.detect(t, example) {
			if f.RuleID != r.ID {
				continue
			}
			if _, err := (request{check}).Target(Credential{Rule: r, Secret: f.Secret.Reveal(), Match: f.Match.Reveal(), Line: f.Excerpt.Text.Reveal(), Parts: plain(f.Parts)}); err == nil {
				return f
			}
			if first == nil {
				first = &f
			}
		}
	}
	if first == nil {
		t.Fatalf("%s: no example gives a finding", r.ID)
	}
	if first.Parts == nil {
		first.Parts = map[string]mudlark.Sensitive{}
	}
	for _, id := range check.Needs() {
		if _, ok := first.Parts[id]; !ok {
			first.Parts[id] = mudlark.NewSensitive(x.secret(t, id))
		}
	}
	return *first
}

// secret returns a secret that a rule finds.
func (x *exemplar) secret(t *testing.T, id string) string {
	t.Helper()
	r := x.set.Rule(id)
	if r == nil {
		t.Fatalf("no rule %s", id)
	}
	engine, err := detectors.New(&rules.Set{Rules: []rules.Rule{reported(*r)}}, detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range r.Examples {
		for _, f := range detect(t, engine, example) {
			return f.Secret.Reveal()
		}
	}
	t.Fatalf("%s: no example gives a finding", id)
	return ""
}

func reported(r rules.Rule) rules.Rule {
	r.SkipReport, r.Required, r.Companions, r.Verify, r.Revocation = false, nil, nil, nil, nil
	return r
}

func (x *exemplar) detect(t *testing.T, template string) []mudlark.Finding {
	return detect(t, x.engine, template)
}

func detect(t *testing.T, e *detectors.Engine, template string) []mudlark.Finding {
	t.Helper()
	text, err := rules.Fill(template, 7)
	if err != nil {
		t.Fatal(err)
	}
	var list []mudlark.Finding
	e.Detect(mudlark.Chunk{Data: []byte(text), Line: 1, Column: 1}, func(f mudlark.Finding) { list = append(list, f) })
	return list
}

func plain(parts map[string]mudlark.Sensitive) map[string]string {
	m := map[string]string{}
	for id, p := range parts {
		m[id] = p.Reveal()
	}
	return m
}

// A stage answers as a scene of a rule says. The rule's ID stands in the name of
// the program that asks.
type stage struct {
	mu     sync.Mutex
	scenes map[string]http.HandlerFunc
	stray  []string
}

// ServeHTTP implements http.Handler.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	s.mu.Lock()
	scene := s.scenes[r.UserAgent()]
	if strings.HasPrefix(r.Host, "elsewhere.") {
		s.stray = append(s.stray, r.UserAgent())
	}
	s.mu.Unlock()
	if scene == nil {
		http.Error(w, "no scene", http.StatusTeapot)
		return
	}
	scene(w, r)
}

func (s *stage) set(id string, scene http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scenes[id] = scene
}

// TestEveryCheckSaysWhatItsProviderAnswers runs each check of the catalogue
// against a server on loopback that answers as testdata/answers has it, and as
// no provider should.
func TestEveryCheckSaysWhatItsProviderAnswers(t *testing.T) {
	set, checked := catalogue(t)
	full, err := detectors.New(withoutSets(set), detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, all := &exemplar{set, full}, rows(t)
	s := &stage{scenes: map[string]http.HandlerFunc{}}
	world := newWorld(t, s)
	workers := pool.New().WithMaxGoroutines(8)
	for _, r := range checked {
		f := x.of(t, r, r.Verify)
		if len(all[r.ID]) == 0 {
			t.Errorf("%s: no answers in testdata/answers", r.ID)
			continue
		}
		workers.Go(func() { newRehearsal(t, set, world, s, r, f).run(all[r.ID]) })
	}
	workers.Wait()
	if len(s.stray) > 0 {
		t.Errorf("redirects were followed to another host: %v", s.stray)
	}
	for id := range all {
		if !slices.ContainsFunc(checked, func(r *rules.Rule) bool { return r.ID == id }) {
			t.Errorf("testdata/answers has rows of %s, which has no check", id)
		}
	}
	t.Logf("%d checks", len(checked))
}

// withoutSets returns a set whose optional rules are ordinary ones.
func withoutSets(s *rules.Set) *rules.Set {
	c := *s
	c.Rules = slices.Clone(s.Rules)
	return &c
}

// A rehearsal asks about one finding of one rule, again and again.
type rehearsal struct {
	t     *testing.T
	pool  *Pool
	short *Pool // gives up soon
	stage *stage
	rule  *rules.Rule
	f     mudlark.Finding
}

func newRehearsal(t *testing.T, set *rules.Set, world *providers.World, s *stage, r *rules.Rule, f mudlark.Finding) *rehearsal {
	opts := Options{
		Agent: r.ID, Proxy: world.Through, Roots: world.Roots, Rate: 1e6, Effects: rules.Effects(), Canaries: true,
		Hosts: []string{"*.com", "*.org", "*.io", "*.net", "*.example"}, Timeout: time.Minute,
	}
	if strings.Contains(r.Verify.Host(), "{{"+rules.Endpoint+"}}") || r.Verify.Elsewhere {
		opts.Endpoints = map[string]string{r.ID: "https://own.example"}
	}
	long, err := New(set, opts)
	if err != nil {
		t.Fatal(err)
	}
	opts.Timeout = 100 * time.Millisecond
	short, err := New(set, opts)
	if err != nil {
		t.Fatal(err)
	}
	return &rehearsal{t, long, short, s, r, f}
}

func (h *rehearsal) run(rows []row) {
	defer h.pool.wire.client.CloseIdleConnections()
	defer h.short.wire.client.CloseIdleConnections()
	told := map[mudlark.Status]bool{}
	for _, r := range rows {
		h.expect(h.pool, fmt.Sprintf("%d %s", r.Status, r.Body), r.Want, r.Identity, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if !json.Valid([]byte(r.Body)) {
				w.Header().Set("Content-Type", "text/plain")
			}
			for name, v := range r.Header {
				w.Header().Set(name, v)
			}
			w.WriteHeader(r.Status)
			_, _ = io.WriteString(w, r.Body)
		})
		told[r.Want] = true
	}
	if !told[mudlark.Active] {
		h.t.Errorf("%s: no row says what an active secret gets", h.rule.ID)
	}
	if len(h.rule.Verify.Inactive) > 0 && !told[mudlark.Inactive] && !h.assumes() {
		h.t.Errorf("%s: no row says what an inactive secret gets", h.rule.ID)
	}
	h.adversity()
}

// assumes reports whether the check rests on a default, so that it never says
// inactive.
func (h *rehearsal) assumes() bool {
	return slices.ContainsFunc(h.rule.Verify.Values, func(v rules.Value) bool { return v.Default != "" })
}

// adversity is what must never be taken for an answer.
func (h *rehearsal) adversity() {
	for _, scene := range []struct {
		name   string
		status int // that the check may have its own opinion of
		play   http.HandlerFunc
	}{
		{"forbidden", 403, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }},
		{"too many requests", 0, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		{"garbage", 0, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{\"\x00\xff:[")
		}},
		{"a page for people", 0, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<!DOCTYPE html><title>Welcome to our network</title>")
		}},
		{"a redirect to elsewhere", 302, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example"+r.URL.Path)
			w.WriteHeader(http.StatusFound)
		}},
	} {
		if names(h.rule.Verify, scene.status) {
			continue
		}
		h.expect(h.pool, scene.name, mudlark.Unknown, nil, scene.play)
	}
	if testing.Short() {
		return
	}
	h.expect(h.short, "a body that never ends", mudlark.Unknown, nil, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
}

func names(c *rules.Check, status int) bool {
	for _, list := range [][]rules.Condition{c.Active, c.Inactive} {
		for _, cond := range list {
			if slices.Contains(cond.Status, status) {
				return true
			}
		}
	}
	return false
}

func (h *rehearsal) expect(p *Pool, scene string, want mudlark.Status, identity []string, play http.HandlerFunc) {
	h.stage.set(h.rule.ID, play)
	list := []mudlark.Finding{h.f}
	p.Verify(h.t.Context(), list)
	v := list[0].Verification
	if want == mudlark.Inactive && v.Status == mudlark.Unknown && strings.Contains(v.Reason, "is assumed") {
		return // it was the wrong one to ask, for all that is known
	}
	if v.Status != want {
		h.t.Errorf("%s: %s: got %s (%s), want %s", h.rule.ID, scene, v.Status, v.Reason, want)
	}
	for _, name := range identity {
		if !strings.Contains(fmt.Sprint(v.Identity), name) {
			h.t.Errorf("%s: %s: the identity %v does not say %q", h.rule.ID, scene, v.Identity, name)
		}
	}
}

// TestEveryCheckNamesOneHostAndReads holds the catalogue to what it promises:
// each check goes over https to one host, or to hosts below a domain that
// somebody registered, and reads.
func TestEveryCheckNamesOneHostAndReads(t *testing.T) {
	_, checked := catalogue(t)
	if len(checked) < 300 {
		t.Errorf("%d checks, and there should be 300 at least", len(checked))
	}
	for _, r := range checked {
		c := r.Verify
		if !strings.HasPrefix(c.URL, "https://") {
			t.Errorf("%s: %s is not https", r.ID, c.URL)
		}
		if c.Method != "GET" && c.Method != "HEAD" && (c.Method != "POST" || c.Effect == "") {
			t.Errorf("%s: %s with the effect %q does not say that it reads", r.ID, c.Method, c.Effect)
		}
		fixed, _, _ := strings.Cut(c.FixedHost(), ":")
		if fixed == "" {
			if c.Host() != "{{"+rules.Endpoint+"}}" {
				t.Errorf("%s: nobody says what host %q is", r.ID, c.Host())
			}
			continue
		}
		domain, err := publicsuffix.EffectiveTLDPlusOne(fixed)
		if err != nil && fixed != c.Host() && !slices.Contains(providersOwn(), fixed) {
			// Below it anybody may put a server of their own.
			t.Errorf("%s: %s is no domain of one owner: %v", r.ID, c.Host(), err)
			continue
		}
		if err == nil && !strings.HasSuffix(fixed, domain) {
			t.Errorf("%s: %s ends in no domain that one can own: %v", r.ID, c.Host(), err)
		}
	}
}

// TestEndpointsOfOneNameAreOneProviders: who says where one provider is must not
// send another's secrets there.
func TestEndpointsOfOneNameAreOneProviders(t *testing.T) {
	_, checked := catalogue(t)
	domains := map[string]string{}
	for _, r := range checked {
		fixed, _, _ := strings.Cut(r.Verify.FixedHost(), ":")
		domain, err := publicsuffix.EffectiveTLDPlusOne(fixed)
		if err != nil {
			domain = fixed
		}
		name := r.EndpointName()
		if known, ok := domains[name]; ok && known != domain && domain != "" && known != "" {
			t.Errorf("%s: its endpoint %q is also that of a provider at %s, not %s", r.ID, name, known, domain)
		}
		if domains[name] == "" {
			domains[name] = domain
		}
	}
}

// providersOwn are domains below which customers have names, but the provider's
// own servers answer.
func providersOwn() []string {
	return []string{"hasura.app", "ladesk.com", "myshopify.com", "supabase.co"}
}
