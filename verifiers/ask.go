package verifiers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/pool"
	"golang.org/x/time/rate"

	"github.com/mudlark-scan/mudlark"
)

// Ask asks what plan holds, and writes the answers into the findings that it
// was made from. It returns when everything was asked, or ctx is done: what was
// not asked by then is unknown.
func (p *Pool) Ask(ctx context.Context, plan *Plan) {
	byHost := map[string]*host{}
	families := map[string]*family{}
	for _, q := range plan.questions {
		switch {
		case q.answer.Cached:
			continue
		case q.held != "":
			q.answer = p.unknown(q, q.held)
			q.answer.At, q.answer.Host = time.Time{}, "" // nobody was asked
			continue
		}
		h := byHost[q.target.Host]
		if h == nil {
			h = p.host()
			byHost[q.target.Host] = h
			domain := q.domain()
			if families[domain] == nil {
				families[domain] = &family{places: make(chan struct{}, perDomain)}
			}
			h.family = families[domain]
		}
		h.queue = append(h.queue, q)
	}
	slots := make(chan struct{}, atOnce)
	workers := pool.New()
	for _, h := range byHost {
		for range h.width() {
			workers.Go(func() { h.work(ctx, slots) })
		}
	}
	workers.Wait()
	plan.tell()
}

// domain is what the hosts of a provider's tenants have in common.
func (q *question) domain() string {
	if c := q.credential.Rule.Verify; c.With == "" && c.FixedHost() != "" {
		return c.FixedHost()
	}
	return q.target.Host
}

// A family is the hosts of one domain, of which many may hang: it has a place for
// each question on its way to them, and is given up as a whole.
type family struct {
	places chan struct{}
	failed atomic.Int64 // questions in a row without an answer
}

func (f *family) gone() bool { return f.failed.Load() >= failuresOfDomain }

// A host is one that questions go to, with its own pace: one that hangs keeps
// nobody else waiting.
type host struct {
	pool   *Pool
	queue  []*question
	pace   *rate.Limiter
	family *family

	mu       sync.Mutex
	next     int           // of queue
	failed   int           // questions in a row without an answer
	limited  int           // questions that were put off for long
	paused   time.Duration // in all
	gone     string        // why nothing more is asked
	until    time.Time     // the host asked to be left alone
	started  atomic.Bool
	answered chan struct{} // closed once it did, or did not
	first    sync.Once
}

func (p *Pool) host() *host {
	return &host{pool: p, pace: rate.NewLimiter(rate.Limit(p.opts.Rate), 2*perHost), answered: make(chan struct{})}
}

// width is how many questions may be on their way at the same time. Logins come
// one after the other.
func (h *host) width() int {
	for _, q := range h.queue {
		if q.credential.Rule.Verify.Effect == "login" {
			return 1
		}
	}
	return min(perHost, len(h.queue))
}

// work asks one question after the other. All workers but the first wait until
// the host has answered once.
func (h *host) work(ctx context.Context, slots chan struct{}) {
	if !h.started.CompareAndSwap(false, true) {
		<-h.answered
	}
	for {
		h.mu.Lock()
		if h.next == len(h.queue) {
			h.mu.Unlock()
			return
		}
		q := h.queue[h.next]
		h.next++
		h.mu.Unlock()
		q.answer = h.ask(ctx, q, slots)
		h.first.Do(func() { close(h.answered) })
		if h.pool.opts.Asked != nil {
			h.pool.opts.Asked()
		}
	}
}

// ask asks one question, again if the reason why there was no answer may pass.
func (h *host) ask(ctx context.Context, q *question, slots chan struct{}) mudlark.Verification {
	p := h.pool
	var err error
	for try := range attempts {
		if err = h.wait(ctx, try); err != nil {
			break
		}
		var v mudlark.Verification
		if v, err = h.once(ctx, q, slots); err == nil {
			h.settle(nil)
			return v
		}
		passing, ok := errors.AsType[*again](err)
		if !ok {
			break
		}
		if tooLong := h.pause(passing.after); tooLong != nil {
			err = tooLong
			break
		}
		if !q.mayRepeat(err) {
			break
		}
	}
	h.settle(err)
	return p.unknown(q, sentence(err))
}

// mayRepeat reports whether to ask again after err. A login that was on its way
// may have been counted, and accounts stand only so many: it is not repeated.
func (q *question) mayRepeat(err error) bool {
	if q.credential.Rule.Verify.Effect != "login" {
		return true
	}
	dial, ok := errors.AsType[*net.OpError](err)
	return ok && dial.Op == "dial"
}

// once asks a question once, when there is a place for it.
func (h *host) once(ctx context.Context, q *question, slots chan struct{}) (mudlark.Verification, error) {
	for _, places := range []chan struct{}{h.family.places, slots} {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		case <-ctx.Done():
			return mudlark.Verification{}, errInterrupted
		}
	}
	if h.family.gone() { // while the question waited
		return mudlark.Verification{}, errDomain
	}
	return h.pool.once(ctx, q)
}

const errDomain errGone = "the hosts of its domain answer nothing, so they are not asked any more"

// wait waits for the host's turn; an error says that it will not come.
func (h *host) wait(ctx context.Context, try int) error {
	if h.pool.opts.Journal.Err() != nil {
		return errors.New("it was not asked, since the log of questions cannot be written")
	}
	if err := h.pace.Wait(ctx); err != nil {
		return errInterrupted
	}
	var left time.Duration
	if try > 0 {
		left = 250 * time.Millisecond << try
	}
	for {
		h.mu.Lock()
		gone, until := h.gone, h.until
		h.mu.Unlock()
		switch {
		case gone != "":
			return errGone(gone)
		case h.family.gone():
			return errDomain
		}
		if left = max(left, until.Sub(h.pool.opts.Now())); left <= 0 {
			break
		}
		t := time.NewTimer(left)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return errInterrupted
		}
		left = 0
	}
	if ctx.Err() != nil {
		return errInterrupted
	}
	return nil
}

// pause obeys a host that asks to be left alone for a while. An error says that it
// asks for more than a question is worth; a host that does so again and again is
// given up.
func (h *host) pause(d time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	until := h.pool.opts.Now().Add(d)
	longer := min(d, until.Sub(h.until)) // than it is left alone already
	tooLong := errGone(fmt.Sprintf("it asks to be left alone for %s: verify again after that", d.Round(time.Second)))
	switch {
	case d > maxPause:
		if h.limited++; h.limited > 1 {
			h.gone = string(tooLong)
		}
		return tooLong
	case longer <= 0:
		return nil
	case h.paused+longer > maxPauses:
		h.gone = string(tooLong)
		return tooLong
	}
	h.paused += longer
	h.until = until
	return nil
}

// settle counts what got no answer, and gives a host up that gives none.
func (h *host) settle(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, unasked := errors.AsType[errGone](err); unasked {
		return
	}
	_, passing := errors.AsType[*again](err)
	if !passing && !errors.Is(err, errSlow) {
		h.failed = 0
		h.family.failed.Store(0)
		return
	}
	h.family.failed.Add(1)
	if h.failed++; h.failed >= failuresInARow && h.gone == "" {
		h.gone = fmt.Sprintf("it answered none of %d questions in a row, so it is not asked any more", h.failed)
	}
}

// errGone is why a host is not asked any more.
type errGone string

// Error implements error.
func (e errGone) Error() string { return string(e) }

var errInterrupted = errors.New("the verification was interrupted")

// once asks a question once, and records it.
func (p *Pool) once(ctx context.Context, q *question) (mudlark.Verification, error) {
	ctx, cancel := context.WithTimeout(ctx, p.opts.Timeout)
	defer cancel()
	start := p.opts.Now()
	v, err := q.verifier.Verify(ctx, q.credential, p.network(q))
	switch {
	case err == nil:
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = errSlow
	case errors.Is(ctx.Err(), context.Canceled):
		err = errInterrupted
	}
	if err == nil && v.Status != mudlark.Active && v.Status != mudlark.Inactive {
		err = errors.New("the answer says neither that it works nor that it does not")
	}
	if err == nil {
		v = p.clean(q, v)
	}
	p.opts.Journal.record(start, p.opts.Now().Sub(start), q, v, p.hide(q, errText(err)))
	if err != nil {
		return mudlark.Verification{}, err
	}
	p.opts.Cache.put(q.key, v)
	return v, nil
}

// network returns the way out to a question's target.
func (p *Pool) network(q *question) *Network {
	return &Network{
		wire: p.wire, host: q.target.Host,
		internal: p.opts.AllowInternal && (q.target.Guessed || q.credential.Endpoint != ""),
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return sentence(err)
}

// clean completes an answer, and takes the secret out of what a provider
// repeated.
func (p *Pool) clean(q *question, v mudlark.Verification) mudlark.Verification {
	v.At, v.Host = p.opts.Now().UTC().Truncate(time.Second), q.target.Host
	v.Reason = cut(p.hide(q, v.Reason))
	for i := range v.Identity {
		v.Identity[i].Value = cut(p.hide(q, v.Identity[i].Value))
	}
	for i := range v.Scopes {
		v.Scopes[i] = cut(p.hide(q, v.Scopes[i]))
	}
	return v
}

func (p *Pool) unknown(q *question, reason string) mudlark.Verification {
	return mudlark.Verification{
		Status: mudlark.Unknown, Reason: cutTo(p.hide(q, reason), maxReason), At: p.opts.Now().UTC().Truncate(time.Second), Host: q.target.Host,
	}
}

// hide takes a credential's secrets out of a text. What a rule calls no secret, as
// a user's name, stays: it may be the answer to whose it is.
func (p *Pool) hide(q *question, text string) string {
	const short = 4 // what is shorter stands in ordinary words too
	c := &q.credential
	secrets := []string{c.Secret}
	for id, part := range c.Parts {
		if r := p.set.Rule(id); r == nil || !r.SkipReport {
			secrets = append(secrets, part)
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for _, s := range secrets {
		if len(s) >= short || s == c.Secret && s != "" {
			text = strings.ReplaceAll(text, s, mudlark.Masked)
		}
	}
	return text
}
