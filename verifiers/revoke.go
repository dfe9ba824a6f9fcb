package verifiers

import (
	"context"
	"errors"
	"fmt"

	"github.com/mudlark-scan/mudlark"
)

// A Revocation is what would end a credential's life.
type Revocation struct {
	Target Target

	pool *Pool
	q    *question
}

// Revocation returns how f's secret can end its own life. An error says why it
// cannot. Nothing is sent.
func (p *Pool) Revocation(f *mudlark.Finding) (*Revocation, error) {
	c := p.credential(f)
	switch {
	case c.Rule == nil:
		return nil, fmt.Errorf("there is no rule %q any more", f.RuleID)
	case c.Rule.Revocation == nil:
		return nil, fmt.Errorf("a secret of the rule %s cannot revoke itself. %s", f.RuleID, c.Rule.Revoke)
	case c.Secret == "":
		return nil, errors.New("the finding has no secret")
	}
	check := request{c.Rule.Revocation}
	target, err := check.Target(c)
	if err != nil {
		return nil, errors.New(sentence(err))
	}
	if why := p.unapproved(c, target); why != "" {
		return nil, errors.New(why)
	}
	return &Revocation{Target: target, pool: p, q: &question{credential: c, target: target}}, nil
}

// Send ends the credential's life. It is sent once, whatever happens: an error
// leaves open whether the credential still works.
func (r *Revocation) Send(ctx context.Context) error {
	p, q := r.pool, r.q
	ctx, cancel := context.WithTimeout(ctx, p.opts.Timeout)
	defer cancel()
	start := p.opts.Now()
	check := q.credential.Rule.Revocation
	f := filler{check: check, credential: q.credential}
	got, err := f.ask(ctx, p.network(q))
	if err == nil && !got.meets(check.Done) {
		err = fmt.Errorf("it answered %d, which does not say that it is revoked", got.Status)
	}
	text := p.hide(q, errText(err))
	p.opts.Journal.record(start, p.opts.Now().Sub(start), q, mudlark.Verification{Status: revoked}, text)
	if v := of(q.credential.Rule); v != nil {
		p.opts.Cache.forget(p.question(q.credential, v).key)
		usual := q.credential
		usual.Endpoint = ""
		p.opts.Cache.forget(p.question(usual, v).key)
	}
	if err != nil {
		return errors.New(text)
	}
	return nil
}

// revoked is the verdict that a journal has for a revocation.
const revoked mudlark.Status = "revoked"
