package verifiers

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

func TestOneQuestionForEachCredentialHoweverManyFindings(t *testing.T) {
	const distinct, each = 500, 20
	var asked atomic.Int64
	p := worldPool(t, setOf(t, acmeRule), Options{Rate: 1e6}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answerJSON(w, 200, map[string]any{"ok": true})
	}))
	var list []mudlark.Finding
	for range each {
		for i := range distinct {
			list = append(list, found("acme-token", drawn(t, "acme_<base32lower 32>", i))...)
		}
	}
	plan := p.Plan(list)
	if plan.Questions() != distinct || len(plan.Hosts()) != 1 {
		t.Errorf("the plan has %d questions to %v", plan.Questions(), plan.Hosts())
	}
	if asked.Load() != 0 {
		t.Error("planning asked")
	}
	p.Ask(t.Context(), plan)
	if asked.Load() != distinct {
		t.Errorf("%d questions were asked, and %d planned", asked.Load(), distinct)
	}
	for _, f := range list {
		if f.Verification.Status != mudlark.Active {
			t.Fatalf("a finding is %q: %s", f.Verification.Status, f.Verification.Reason)
		}
	}
}

func TestManyFindingsNeedLittleMemory(t *testing.T) {
	p := worldPool(t, setOf(t, acmeRule), Options{Rate: 1e6}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, 200, map[string]any{"ok": true})
	}))
	var list []mudlark.Finding
	for i := range 10_000 {
		list = append(list, found("acme-token", drawn(t, "acme_<base32lower 32>", i%500))...)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p.Verify(t.Context(), list)
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 100<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}

func TestHostThatHangsKeepsNobodyWaiting(t *testing.T) {
	release := make(chan struct{})
	rule := func(name string) string { return strings.ReplaceAll(acmeRule, "acme", name) }
	done := make(chan struct{})
	var good atomic.Int64
	const each = 20
	p := worldPool(t, setOf(t, rule("acme")+rule("idle")), Options{Rate: 1e6, Timeout: time.Minute}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Host, "idle") {
			select {
			case <-release:
			case <-r.Context().Done():
			}
			return
		}
		answerJSON(w, 200, map[string]any{"ok": true})
		if good.Add(1) == each {
			close(done)
		}
	}))
	var list []mudlark.Finding
	for i := range each {
		list = append(list, found("acme-token", drawn(t, "acme_<base32lower 32>", i))...)
		list = append(list, found("idle-token", drawn(t, "idle_<base32lower 32>", i))...)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.Verify(t.Context(), list)
	}()
	<-done // though the other host has not answered once
	close(release)
	<-over
	for _, f := range list {
		want := mudlark.Active
		if f.RuleID == "idle-token" {
			want = mudlark.Unknown
		}
		if f.Verification.Status != want {
			t.Errorf("%s: %s (%s)", f.RuleID, f.Verification.Status, f.Verification.Reason)
		}
	}
}

func TestHostThatNeverAnswersIsGivenUp(t *testing.T) {
	var asked atomic.Int64
	p := worldPool(t, setOf(t, acmeRule), Options{Rate: 1e6}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}))
	var list []mudlark.Finding
	for i := range 200 {
		list = append(list, found("acme-token", drawn(t, "acme_<base32lower 32>", i))...)
	}
	p.Verify(t.Context(), list)
	if most := int64(attempts * (failuresInARow + perHost)); asked.Load() > most {
		t.Errorf("asked %d times, want %d at most", asked.Load(), most)
	}
	for _, f := range list {
		if f.Verification.Status != mudlark.Unknown || f.Verification.Reason == "" {
			t.Fatalf("got %+v", f.Verification)
		}
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	var asked atomic.Int64
	v := statusOf(t, Options{Rate: 1e6}, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		answerJSON(w, 200, map[string]any{"ok": true})
	})
	if v.Status != mudlark.Active || asked.Load() != 2 {
		t.Errorf("got %s after %d questions", v.Status, asked.Load())
	}
	asked.Store(0)
	v = statusOf(t, Options{Rate: 1e6}, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	if v.Status != mudlark.Unknown || asked.Load() != 1 || !strings.Contains(v.Reason, "2h0m0s") {
		t.Errorf("got %s (%s) after %d questions", v.Status, v.Reason, asked.Load())
	}
}

func TestCacheAnswersForAWhileAndHoldsNoSecret(t *testing.T) {
	folder := t.TempDir()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	var asked atomic.Int64
	ask := func() mudlark.Verification {
		cache, err := OpenCache(folder, time.Hour, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		v := statusOf(t, Options{Cache: cache, Now: func() time.Time { return now }}, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			answerJSON(w, 200, map[string]any{"ok": true})
		})
		if err := cache.Save(); err != nil {
			t.Fatal(err)
		}
		return v
	}
	first := ask()
	now = now.Add(30 * time.Minute)
	second := ask()
	if asked.Load() != 1 || first.Cached || !second.Cached || second.Status != mudlark.Active || !second.At.Equal(first.At) {
		t.Errorf("asked %d times: %+v, then %+v", asked.Load(), first, second)
	}
	now = now.Add(31 * time.Minute)
	if third := ask(); asked.Load() != 2 || third.Cached {
		t.Errorf("asked %d times: an answer is remembered for longer than it lives", asked.Load())
	}
	holdsNone(t, folder, drawn(t, "acme_<base32lower 32>", 1))
}

func TestUnknownIsNotRemembered(t *testing.T) {
	cache, err := OpenCache(t.TempDir(), time.Hour, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	status := http.StatusForbidden
	ask := func() mudlark.Status {
		return statusOf(t, Options{Cache: cache}, func(w http.ResponseWriter, r *http.Request) {
			answerJSON(w, status, map[string]any{"ok": true})
		}).Status
	}
	if got := ask(); got != mudlark.Unknown {
		t.Error(got)
	}
	status = http.StatusOK
	if got := ask(); got != mudlark.Active {
		t.Errorf("got %s: an unknown was remembered", got)
	}
}

// holdsNone fails if a file below a folder holds a secret.
func holdsNone(t *testing.T, folder string, secrets ...string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, s := range secrets {
			if bytes.Contains(text, []byte(s)) {
				t.Errorf("%s holds a secret", path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestJournalHasALineForEachCallAndNoSecret(t *testing.T) {
	var log bytes.Buffer
	secret := drawn(t, "acme_<base32lower 32>", 1)
	v := statusOf(t, Options{Journal: NewJournal(&log)}, func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, 401, map[string]any{})
	})
	line := log.String()
	if v.Status != mudlark.Inactive || strings.Count(line, "\n") != 1 {
		t.Fatalf("%s, journal %q", v.Status, line)
	}
	for _, want := range []string{`"rule":"acme-token"`, `"method":"GET"`, `"host":"api.acme.example"`, `"secret":"acme..."`, `"verdict":"inactive"`, `"time":"`} {
		if !strings.Contains(line, want) {
			t.Errorf("%s lacks %s", line, want)
		}
	}
	if strings.Contains(line, secret[len("acme_"):]) {
		t.Errorf("%s holds the secret", line)
	}
}

func TestLaterVerificationTellsWhatChanged(t *testing.T) {
	status := 200
	p := worldPool(t, setOf(t, acmeRule), Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, status, map[string]any{"ok": true})
	}))
	list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
	p.Verify(t.Context(), list)
	status = 401
	p.Verify(t.Context(), list)
	if v := list[0].Verification; v.Status != mudlark.Inactive || v.Was != mudlark.Active {
		t.Errorf("got %s, was %s", v.Status, v.Was)
	}
	p.Verify(t.Context(), list)
	if v := list[0].Verification; v.Status != mudlark.Inactive || v.Was != mudlark.NotAsked {
		t.Errorf("nothing changed, and it says that it was %q", v.Was)
	}
}

func TestEffectsAreAskedForByName(t *testing.T) {
	rule := strings.Replace(acmeRule, "active =", "effect = \"token\"\nactive =", 1)
	var asked atomic.Int64
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answerJSON(w, 200, map[string]any{"ok": true})
	})
	list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
	worldPool(t, setOf(t, rule), Options{}, handler).Verify(t.Context(), list)
	if v := list[0].Verification; asked.Load() != 0 || v.Status != mudlark.Unknown || !strings.Contains(v.Reason, "--effects token") {
		t.Errorf("asked %d times, %+v", asked.Load(), v)
	}
	worldPool(t, setOf(t, rule), Options{Effects: []string{"token"}}, handler).Verify(t.Context(), list)
	if v := list[0].Verification; asked.Load() != 1 || v.Status != mudlark.Active {
		t.Errorf("asked %d times, %+v", asked.Load(), v)
	}
}

const pairRule = `
[[rules]]
id = "pair-id"
description = "Pair id"
regex = '''\bpid_[0-9]{8}\b'''
keywords = ["pid_"]
[[rules]]
id = "pair-secret"
description = "Pair secret"
regex = '''\bpsec_[0-9a-z]{32}\b'''
keywords = ["psec_"]
[rules.verify]
url = "https://{{region}}.pair.example/v1/{{pair-id}}"
basic = ["{{pair-id}}", "{{secret}}"]
values = { region = { from = "line", regex = 'region=([a-z0-9-]+)', default = "us" } }
active = { status = [200] }
inactive = { status = [401] }
`

// pair returns a finding of pairRule.
func pair(secret, id, line string) mudlark.Finding {
	f := found("pair-secret", secret)[0]
	f.Excerpt.Text = mudlark.NewSensitive(line)
	if id != "" {
		f.Parts = map[string]mudlark.Sensitive{"pair-id": mudlark.NewSensitive(id)}
	}
	return f
}

func TestPartsAndRegionsMakeTheQuestion(t *testing.T) {
	var got recorder
	p := worldPool(t, setOf(t, pairRule), Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.add(r, nil)
		_, password, _ := r.BasicAuth()
		if strings.HasSuffix(password, "a") {
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	secret, other := drawn(t, "psec_<base32lower 31>", 1), drawn(t, "psec_<base32lower 31>", 2)
	list := []mudlark.Finding{
		pair(secret+"a", "pid_11111111", "region=eu-1"),
		pair(secret+"a", "", "alone"),                    // the same secret elsewhere
		pair(other+"b", "pid_22222222", "region=eu-1"),   // wrong
		pair(other+"c", "pid_33333333", "no region"),     // wrong, but where?
		pair(other+"d", "", "alone"),                     // nothing to ask with
		pair(other+"e", "pid_44444444", "region=a.b@.c"), // takes what the pattern takes
	}
	p.Verify(t.Context(), list)
	want := []mudlark.Status{mudlark.Active, mudlark.Active, mudlark.Inactive, mudlark.Unknown, mudlark.Unknown, mudlark.Inactive}
	for i, f := range list {
		if f.Verification.Status != want[i] {
			t.Errorf("%d: got %s (%s), want %s", i, f.Verification.Status, f.Verification.Reason, want[i])
		}
	}
	var hosts []string
	for _, s := range got.all() {
		hosts = append(hosts, s.Host+s.URL)
	}
	if len(hosts) != 4 || !strings.Contains(fmt.Sprint(hosts), "eu-1.pair.example/v1/pid_11111111") {
		t.Errorf("asked %v", hosts)
	}
}

func TestSecretBesideManyIdsIsAskedAboutFewTimes(t *testing.T) {
	var asked atomic.Int64
	p := worldPool(t, setOf(t, pairRule), Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	secret := drawn(t, "psec_<base32lower 32>", 1)
	var list []mudlark.Finding
	for i := range 100 {
		list = append(list, pair(secret, fmt.Sprintf("pid_%08d", i), "region=eu"))
	}
	p.Verify(t.Context(), list)
	if asked.Load() != maxPairs {
		t.Errorf("asked %d times", asked.Load())
	}
	for _, f := range list {
		if f.Verification.Status == mudlark.Inactive {
			t.Fatal("inactive, though most pairs were not tried")
		}
	}
}

func TestSecretBetweenTwoAccountsIsAskedAboutWithBoth(t *testing.T) {
	secret := drawn(t, "psec_<base32lower 32>", 1)
	between := func() []mudlark.Finding {
		f := pair(secret, "pid_11111111", "region=eu")
		f.Others = map[string][]mudlark.Sensitive{"pair-id": {mudlark.NewSensitive("pid_22222222")}}
		f.Verification.Status = mudlark.Active
		return []mudlark.Finding{f}
	}
	for _, test := range []struct {
		right string
		want  mudlark.Status
	}{{"pid_22222222", mudlark.Active}, {"pid_33333333", mudlark.Inactive}} {
		var asked atomic.Int64
		p := worldPool(t, setOf(t, pairRule), Options{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			if user, _, _ := r.BasicAuth(); user != test.right {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}))
		list := between()
		p.Verify(t.Context(), list)
		v := list[0].Verification
		if v.Status != test.want || asked.Load() != 2 || (v.Was == mudlark.Active) != (v.Status == mudlark.Inactive) {
			t.Errorf("right %s: asked %d times: %+v", test.right, asked.Load(), v)
		}
	}
}

func TestLoginIsTriedWithTheNearestAccountAlone(t *testing.T) {
	var asked atomic.Int64
	rule := strings.Replace(pairRule, "active =", "effect = \"login\"\nactive =", 1)
	p := worldPool(t, setOf(t, rule), Options{Effects: []string{"login"}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	f := pair(drawn(t, "psec_<base32lower 32>", 1), "pid_11111111", "region=eu")
	f.Others = map[string][]mudlark.Sensitive{"pair-id": {mudlark.NewSensitive("pid_22222222")}}
	list := []mudlark.Finding{f}
	p.Verify(t.Context(), list)
	if v := list[0].Verification; asked.Load() != 1 || v.Status != mudlark.Unknown {
		t.Errorf("asked %d times: %+v", asked.Load(), v)
	}
}

func TestSamePasswordAtAnotherHostIsAnotherSecret(t *testing.T) {
	p := worldPool(t, setOf(t, guessRule), Options{Hosts: []string{"a.example", "b.example"}}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "b.example" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	list := found("forge-token", drawn(t, "forge_<base32lower 32>", 1))
	list = append(list, list[0], list[0])
	for i, host := range []string{"a.example", "b.example", "c.example"} {
		list[i].Excerpt.Text = mudlark.NewSensitive("https://" + host + "/x")
	}
	p.Verify(t.Context(), list)
	for i, want := range []mudlark.Status{mudlark.Active, mudlark.Inactive, mudlark.Unknown} {
		if list[i].Verification.Status != want {
			t.Errorf("%d: %+v, want %s", i, list[i].Verification, want)
		}
	}
}
