package verifiers

import (
	"context"
	"net/http"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// A signed is a Verifier whose question is one request that is signed as a
// whole.
type signed struct {
	// build makes the request, signed for a time. The subject tells it from
	// other questions with the same secret, whenever it is asked.
	build func(ctx context.Context, c Credential, now time.Time) (req *http.Request, subject string, err error)
	// judge says what the answer means.
	judge func(c Credential, net *Network, a *Answer) (mudlark.Verification, error)
}

// Target implements Verifier.
func (s signed) Target(c Credential) (Target, error) {
	req, subject, err := s.build(context.Background(), c, time.Time{})
	if err != nil {
		return Target{}, err
	}
	return Target{Method: req.Method, Host: req.URL.Host, Subject: subject}, nil
}

// Verify implements Verifier.
func (s signed) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	req, _, err := s.build(ctx, c, net.Now())
	if err != nil {
		return mudlark.Verification{}, err
	}
	a, err := net.Do(ctx, req)
	if err != nil {
		return mudlark.Verification{}, err
	}
	return s.judge(c, net, a)
}

// newGet is the request for a path below the user's endpoint, or below a host.
func newGet(ctx context.Context, c Credential, host, path string) (*http.Request, error) {
	u, err := addressOf(c, host, path)
	if err != nil {
		return nil, err
	}
	return http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
}
