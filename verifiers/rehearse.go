package verifiers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/providers"
	"github.com/mudlark-scan/mudlark/rules"
)

// Rehearse asks about f a server on this machine that answers as the check of
// f's rule says that its provider does, and returns what does not come of it as
// the check says. Nothing leaves the machine.
func Rehearse(ctx context.Context, set *rules.Set, f mudlark.Finding) []error {
	r := set.Rule(f.RuleID)
	switch {
	case r == nil || r.Verify == nil:
		return []error{errors.New("there is no check")}
	case r.Verify.With != "":
		return []error{fmt.Errorf("it is code (%s), which is tried in its own tests", r.Verify.With)}
	case len(r.Verify.Answers) == 0:
		return []error{errors.New("describe what the provider answers with [[rules.verify.answers]]: status, header, body, want")}
	}
	var now rules.Answer
	world, err := providers.Start(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { play(w, now) }))
	if err != nil {
		return []error{err}
	}
	defer world.Close()
	opts := Options{Proxy: world.Through, Roots: world.Roots, Effects: rules.Effects(), Canaries: true}
	if r.Verify.Elsewhere || r.Verify.FixedHost() == "" {
		opts.Endpoints = map[string]string{r.ID: "https://endpoint.example"}
	}
	pool, err := New(set, opts)
	if err != nil {
		return []error{err}
	}
	defer pool.wire.client.CloseIdleConnections()
	var errs []error
	for i, answer := range r.Verify.Answers {
		now = answer
		list := []mudlark.Finding{f}
		pool.Verify(ctx, list)
		if v := list[0].Verification; v.Status != answer.Want {
			errs = append(errs, fmt.Errorf("answer %d (status %d): want %s, got %s: %s", i+1, answer.Status, answer.Want, v.Status, v.Reason))
		}
	}
	return errs
}

func play(w http.ResponseWriter, a rules.Answer) {
	w.Header().Set("Content-Type", "text/plain")
	if json.Valid([]byte(a.Body)) {
		w.Header().Set("Content-Type", "application/json")
	}
	for _, h := range a.Header {
		w.Header().Set(h.Name, h.Text)
	}
	w.WriteHeader(a.Status)
	_, _ = io.WriteString(w, a.Body)
}
