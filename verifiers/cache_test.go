package verifiers

import (
	"bytes"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// openCache opens a cache whose answers live for an hour.
func openCache(t *testing.T, folder string) *Cache {
	t.Helper()
	c, err := OpenCache(folder, time.Hour, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func saved(t *testing.T, c *Cache) {
	t.Helper()
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
}

func TestFolderThatOthersMayWriteToIsNoCache(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("its rights say nothing here")
	}
	for _, test := range []struct {
		mode os.FileMode
		ok   bool
	}{
		{0o700, true}, {0o755, true}, {0o750, true},
		{0o777, false}, {0o770, false}, {0o722, false}, {0o702, false}, {0o777 | os.ModeSticky, false},
	} {
		folder := t.TempDir()
		if err := os.Chmod(folder, test.mode); err != nil {
			t.Fatal(err)
		}
		_, err := OpenCache(folder, time.Hour, time.Now)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", test.mode, err)
		}
		if err != nil && (!strings.Contains(err.Error(), folder) || !strings.Contains(err.Error(), "others may write")) {
			t.Errorf("%s: it does not say where and why: %v", test.mode, err)
		}
	}
}

func TestRunsSideBySideKeepBothAnswers(t *testing.T) {
	folder := t.TempDir()
	one, two := openCache(t, folder), openCache(t, folder)
	var asked atomic.Int64
	ask := func(c *Cache, seed int) mudlark.Verification {
		p := worldPool(t, setOf(t, acmeRule), Options{Cache: c}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			answerJSON(w, 200, map[string]any{"ok": true})
		}))
		list := found("acme-token", drawn(t, "acme_<base32lower 32>", seed))
		p.Verify(t.Context(), list)
		return list[0].Verification
	}
	ask(one, 1)
	ask(two, 2)
	saved(t, one)
	saved(t, two)
	third := openCache(t, folder)
	for seed := 1; seed <= 2; seed++ {
		if v := ask(third, seed); !v.Cached {
			t.Errorf("the answer of run %d is lost", seed)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestLaterAnswerOfAnotherRunIsKept(t *testing.T) {
	folder := t.TempDir()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	question := [32]byte{1}
	var runs [3]*Cache
	for i := range runs {
		var err error
		if runs[i], err = OpenCache(folder, time.Hour, clock); err != nil {
			t.Fatal(err)
		}
	}
	runs[0].put(question, mudlark.Verification{Status: mudlark.Active, At: now})
	now = now.Add(time.Minute)
	runs[1].put(question, mudlark.Verification{Status: mudlark.Inactive, At: now})
	for _, c := range []*Cache{runs[1], runs[0]} {
		saved(t, c)
		again, err := OpenCache(folder, time.Hour, clock)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := again.get(question); !ok || v.Status != mudlark.Inactive {
			t.Errorf("got %+v, %v", v, ok)
		}
	}
	runs[2].forget(question)
	saved(t, runs[2])
	again, err := OpenCache(folder, time.Hour, clock)
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := again.get(question); ok {
		t.Errorf("forgotten, and there is %+v", v)
	}
}

func TestRunsThatBeginTogetherShareOneKey(t *testing.T) {
	for range 20 {
		folder := t.TempDir()
		var keys [8][]byte
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for i := range keys {
			wg.Go(func() {
				<-begin
				c, err := OpenCache(folder, time.Hour, time.Now)
				if err != nil {
					t.Error(err)
					return
				}
				keys[i] = c.key
			})
		}
		close(begin)
		wg.Wait()
		for _, key := range keys {
			if len(key) != 32 || !bytes.Equal(key, keys[0]) {
				t.Fatal("two runs have two keys, so that one does not find what the other knows")
			}
		}
	}
}

func TestAnswerToAnotherCheckIsNotRemembered(t *testing.T) {
	for _, test := range []struct {
		name, old, new string
		known          bool
	}{
		{"the same check", "", "", true},
		{"what active means", "json = { ok = true } }", "json = { ok = false } }", false},
		{"what inactive means", "status = [401]", "status = [401, 403]", false},
		{"what is kept of an answer", `["user.name", "user.mail"]`, `["user.name"]`, false},
		{"where it is asked", "/v1/me", "/v2/me", false},
		{"how it is asked", "Bearer", "Token", false},
	} {
		folder := t.TempDir()
		var asked atomic.Int64
		for _, rule := range []string{acmeRule, strings.Replace(acmeRule, test.old, test.new, 1)} {
			cache := openCache(t, folder)
			p := worldPool(t, setOf(t, rule), Options{Cache: cache}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				answerJSON(w, 200, map[string]any{"ok": true})
			}))
			p.Verify(t.Context(), found("acme-token", drawn(t, "acme_<base32lower 32>", 1)))
			saved(t, cache)
		}
		if known := asked.Load() == 1; known != test.known {
			t.Errorf("%s changed: asked %d times", test.name, asked.Load())
		}
	}
}

// revocableRule is acmeRule with a way to end a token's life.
const revocableRule = acmeRule + `
[rules.revocation]
method = "DELETE"
url = "https://api.acme.example/v1/token"
headers = { Authorization = "Bearer {{secret}}" }
done = { status = [200, 204] }
`

func TestRevocationForgetsThatTheSecretWorked(t *testing.T) {
	for _, status := range []int{204, 500} { // whatever is answered: it may have ended
		folder := t.TempDir()
		var asked atomic.Int64
		ask := func(revoke bool) mudlark.Verification {
			cache := openCache(t, folder)
			p := worldPool(t, setOf(t, revocableRule), Options{Cache: cache}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete {
					w.WriteHeader(status)
					return
				}
				answerJSON(w, 200, map[string]any{"ok": asked.Add(1) == 1})
			}))
			list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
			if !revoke {
				p.Verify(t.Context(), list)
			} else if r, err := p.Revocation(&list[0]); err != nil {
				t.Fatal(err)
			} else if err := r.Send(t.Context()); (err == nil) != (status == 204) {
				t.Errorf("answered %d: %v", status, err)
			}
			saved(t, cache)
			return list[0].Verification
		}
		before := ask(false)
		ask(true)
		after := ask(false)
		if before.Status != mudlark.Active || after.Status != mudlark.Inactive || after.Cached {
			t.Errorf("answered %d: %+v, then %+v", status, before, after)
		}
	}
}
