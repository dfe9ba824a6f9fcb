package verifiers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// An oracle answers questions without a network.
type oracle func(ctx context.Context, c Credential) (mudlark.Verification, error)

// Target implements Verifier.
func (oracle) Target(Credential) (Target, error) { return Target{}, nil }

// Verify implements Verifier.
func (o oracle) Verify(ctx context.Context, c Credential, _ *Network) (mudlark.Verification, error) {
	return o(ctx, c)
}

// active is the answer that a secret works.
func active() (mudlark.Verification, error) {
	return mudlark.Verification{Status: mudlark.Active}, nil
}

// consult asks o instead of providers, and returns how long that took. It is for
// synctest, whose clock goes on when everybody waits, and not before.
func consult(ctx context.Context, t *testing.T, set *rules.Set, opts Options, list []mudlark.Finding, o oracle) time.Duration {
	t.Helper()
	p, err := New(set, opts)
	if err != nil {
		t.Fatal(err)
	}
	plan := p.Plan(list)
	for _, q := range plan.questions {
		q.verifier = o
	}
	start := time.Now()
	p.Ask(ctx, plan)
	return time.Since(start)
}

const tenantRule = `
[[rules]]
id = "acme-token"
description = "Acme token"
regex = '''\bacme_[0-9a-z]{32}\b'''
keywords = ["acme_"]
[rules.verify]
url = "https://{{tenant}}.acme.example/v1/me"
headers = { Authorization = "Bearer {{secret}}" }
values = { tenant = { from = "line", regex = 'https://([a-z0-9]+)\.', default = "us" } }
active = { status = [200] }
inactive = { status = [401] }
`

// tenants returns findings of tenantRule or its like, each of another tenant.
func tenants(t *testing.T, name string, n int) (list []mudlark.Finding) {
	t.Helper()
	for i := range n {
		f := found(name+"-token", drawn(t, name+"_<base32lower 32>", i))[0]
		f.Excerpt.Text = mudlark.NewSensitive(fmt.Sprintf("https://t%d.%s.example", i, name))
		list = append(list, f)
	}
	return list
}

// acmes returns findings of acmeRule.
func acmes(t *testing.T, n int) (list []mudlark.Finding) {
	t.Helper()
	for i := range n {
		list = append(list, found("acme-token", drawn(t, "acme_<base32lower 32>", i))...)
	}
	return list
}

func TestTenantsThatHangKeepNoOtherProviderWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := setOf(t, tenantRule+strings.ReplaceAll(tenantRule, "acme", "good"))
		list := append(tenants(t, "acme", 320), tenants(t, "good", 80)...)
		var mu sync.Mutex
		var now, most, late int
		start := time.Now()
		consult(t.Context(), t, set, Options{}, list, func(ctx context.Context, c Credential) (mudlark.Verification, error) {
			mu.Lock()
			defer mu.Unlock()
			if c.Rule.ID == "good-token" {
				if time.Since(start) > 0 {
					late++
				}
				return active()
			}
			now++
			most = max(most, now)
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			now--
			return mudlark.Verification{}, ctx.Err()
		})
		if late > 0 {
			t.Errorf("%d of 80 questions waited for tenants of another provider", late)
		}
		if most > perDomain {
			t.Errorf("%d tenants of one provider were asked at once", most)
		}
		for _, f := range list[320:] {
			if f.Verification.Status != mudlark.Active {
				t.Fatalf("got %+v", f.Verification)
			}
		}
	})
}

// puttingOff is an oracle's error of a provider that asks to be left alone.
func puttingOff(d time.Duration) (mudlark.Verification, error) {
	return mudlark.Verification{}, Again(errors.New("too many questions"), d)
}

func TestHostThatPutsOffAgainAndAgainIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		tries := map[string]int{}
		list := acmes(t, 60)
		took := consult(t.Context(), t, setOf(t, acmeRule), Options{}, list, func(_ context.Context, c Credential) (mudlark.Verification, error) {
			mu.Lock()
			defer mu.Unlock()
			if tries[c.Secret]++; tries[c.Secret] < attempts {
				return puttingOff(25 * time.Second)
			}
			return active()
		})
		if most := maxPauses + maxPause; took > most {
			t.Errorf("it kept us waiting for %s, want %s at most", took, most)
		}
		if first := list[0].Verification; first.Status != mudlark.Active {
			t.Errorf("the first, which pauses of a minute were enough for: %+v", first)
		}
		if last := list[len(list)-1].Verification; last.Status != mudlark.Unknown || !strings.Contains(last.Reason, "left alone") {
			t.Errorf("the last: %+v", last)
		}
	})
}

func TestOneKeyThatIsPutOffForLongIsNotTheHost(t *testing.T) {
	for _, test := range []struct {
		name  string
		long  int // how many keys, from the first on, are put off for an hour
		given bool
	}{
		{"one key", 1, false},
		{"two keys", 2, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list := acmes(t, 40)
				var asked atomic.Int64
				consult(t.Context(), t, setOf(t, acmeRule), Options{}, list, func(_ context.Context, c Credential) (mudlark.Verification, error) {
					asked.Add(1)
					time.Sleep(time.Second)
					for _, f := range list[:test.long] {
						if f.Secret.Reveal() == c.Secret {
							return puttingOff(time.Hour)
						}
					}
					time.Sleep(time.Second)
					return active()
				})
				for i, f := range list {
					v := f.Verification
					switch {
					case i < test.long, test.given && i > perHost:
						if v.Status != mudlark.Unknown || !strings.Contains(v.Reason, "left alone for 1h0m0s") {
							t.Errorf("key %d: %+v", i, v)
						}
					case v.Status != mudlark.Active:
						t.Errorf("key %d: %+v", i, v)
					}
				}
				if most := int64(1 + perHost); test.given && asked.Load() > most {
					t.Errorf("%d questions were asked, want %d at most", asked.Load(), most)
				}
			})
		})
	}
}

func TestHostThatAsksForAPauseGetsItFromThoseThatWaitAlready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := acmes(t, 3)
		start := time.Now()
		var mu sync.Mutex
		var asked []time.Duration
		consult(t.Context(), t, setOf(t, acmeRule), Options{}, list, func(_ context.Context, c Credential) (mudlark.Verification, error) {
			at := time.Since(start)
			mu.Lock()
			asked = append(asked, at)
			mu.Unlock()
			switch {
			case c.Secret == list[1].Secret.Reveal() && at < time.Second: // tries again after half a second
				return puttingOff(0)
			case c.Secret == list[2].Secret.Reveal() && at < time.Second:
				time.Sleep(100 * time.Millisecond)
				return puttingOff(20 * time.Second)
			}
			return active()
		})
		slices.Sort(asked)
		if len(asked) != 5 || asked[3] < 20*time.Second {
			t.Errorf("asked after %v, though it wanted to be left alone for 20s", asked)
		}
	})
}

func TestInterruptEndsTheAskingAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		list := tenants(t, "acme", 200)
		took := consult(ctx, t, setOf(t, tenantRule), Options{}, list, func(ctx context.Context, _ Credential) (mudlark.Verification, error) {
			cancel()
			<-ctx.Done()
			return mudlark.Verification{}, ctx.Err()
		})
		if took > 0 {
			t.Errorf("it took %s", took)
		}
		for _, f := range list {
			if v := f.Verification; v.Status != mudlark.Unknown || v.Reason != errInterrupted.Error() {
				t.Fatalf("got %+v", v)
			}
		}
	})
}

// full is a disk without room.
type full struct{}

// Write implements io.Writer.
func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestNothingIsAskedThatCannotBeLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := acmes(t, 20)
		var asked atomic.Int64
		consult(t.Context(), t, setOf(t, acmeRule), Options{Journal: NewJournal(full{})}, list, func(context.Context, Credential) (mudlark.Verification, error) {
			asked.Add(1)
			return active()
		})
		if asked.Load() != 1 {
			t.Errorf("%d questions were asked, though the log took none", asked.Load())
		}
		for _, f := range list[1:] {
			if v := f.Verification; v.Status != mudlark.Unknown || !strings.Contains(v.Reason, "log") {
				t.Fatalf("got %+v", v)
			}
		}
	})
}

func TestSecretIsHiddenBeforeATextIsCut(t *testing.T) {
	secret := drawn(t, "acme_<base32lower 32>", 1)
	// All but the last letter of the secret fits.
	astride := func(most int) string { return strings.Repeat("x", most-len(secret)+1) + secret }
	v := statusOf(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Scopes", "read "+astride(maxFact))
		answerJSON(w, 200, map[string]any{"ok": true, "user": map[string]any{"name": astride(maxFact)}})
	})
	if v.Status != mudlark.Active || len(v.Identity) != 1 || len(v.Scopes) != 2 {
		t.Fatalf("got %+v", v)
	}
	list := found("acme-token", secret)
	consult(t.Context(), t, setOf(t, acmeRule), Options{}, list, func(context.Context, Credential) (mudlark.Verification, error) {
		return mudlark.Verification{}, errors.New(astride(maxReason) + strings.Repeat("y", maxReason))
	})
	reason := list[0].Verification.Reason
	for _, text := range []string{v.Identity[0].Value, v.Scopes[1], reason} {
		if strings.Contains(text, secret[:len(secret)-1]) {
			t.Errorf("it holds most of the secret: %s", text)
		}
	}
	if len(reason) > maxReason+len("...") {
		t.Errorf("the reason has %d bytes", len(reason))
	}
}

func TestHandshakeThatHangsEndsWithItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := New(setOf(t, acmeRule), Options{Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan struct{})
		p.wire.client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				_, _ = io.Copy(io.Discard, theirs) // and never a word
				close(closed)
			}()
			return ours, nil
		}
		list := acmes(t, 1)
		p.Verify(t.Context(), list)
		if v := list[0].Verification; v.Status != mudlark.Unknown || v.Reason != errSlow.Error() {
			t.Errorf("got %+v", v)
		}
		<-closed
	})
}
func TestKeyThatIsPutOffForLongTakesNoTriesFromOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := acmes(t, 10)
		var again atomic.Bool
		consult(t.Context(), t, setOf(t, acmeRule), Options{}, list, func(_ context.Context, c Credential) (mudlark.Verification, error) {
			switch {
			case c.Secret == list[0].Secret.Reveal():
				return puttingOff(time.Hour)
			case c.Secret == list[9].Secret.Reveal() && again.CompareAndSwap(false, true):
				return puttingOff(0) // an error that passes
			}
			return active()
		})
		for i, f := range list[1:] {
			if f.Verification.Status != mudlark.Active {
				t.Errorf("key %d: %+v", i+1, f.Verification)
			}
		}
	})
}

func TestQuestionsThatArePutOffTogetherWaitOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		tries := map[string]int{}
		list := acmes(t, 1+perHost)
		took := consult(t.Context(), t, setOf(t, acmeRule), Options{}, list, func(_ context.Context, c Credential) (mudlark.Verification, error) {
			time.Sleep(time.Second) // so that all are on their way
			mu.Lock()
			defer mu.Unlock()
			if tries[c.Secret]++; tries[c.Secret] == 1 {
				return puttingOff(25 * time.Second)
			}
			return active()
		})
		if took > time.Minute {
			t.Errorf("it took %s", took)
		}
		for i, f := range list {
			if f.Verification.Status != mudlark.Active {
				t.Errorf("key %d: %+v", i, f.Verification)
			}
		}
	})
}

func TestTenantsOfADomainThatAnswersNothingAreGivenUpTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := tenants(t, "acme", 5000)
		var asked atomic.Int64
		consult(t.Context(), t, setOf(t, tenantRule), Options{}, list, func(ctx context.Context, _ Credential) (mudlark.Verification, error) {
			asked.Add(1)
			<-ctx.Done()
			return mudlark.Verification{}, ctx.Err()
		})
		if most := int64(failuresOfDomain + perDomain); asked.Load() > most {
			t.Errorf("%d tenants were asked, want %d at most", asked.Load(), most)
		}
		for _, f := range list {
			if f.Verification.Status != mudlark.Unknown {
				t.Fatalf("got %+v", f.Verification)
			}
		}
	})
}
