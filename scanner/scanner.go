// Package scanner is the pipeline: it reads a source through the engine, traces
// what was found, decides what counts, and tells a sink. Start with Scan.
package scanner

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/suppress"
)

// graceAfterStop is how long findings may still be traced to commits once a
// scan was stopped early: what was found must be reported, but soon.
const graceAfterStop = 10 * time.Second

// Options are what a scan may be told. The zero value counts every finding.
type Options struct {
	Run        mudlark.Run        // what the sink is told at the beginning; Rules and Confidence are filled in
	Confidence mudlark.Confidence // findings of less do not count
	Suppress   []suppress.List    // files that say what does not count
	Now        time.Time          // what "until" dates are compared with; zero: none has passed
	Key        []byte             // keys the fingerprints of secrets that can be guessed; nil: they name the place
	Accept     []mudlark.Reason   // skips that do not make a scan incomplete
	// MaxAlike bounds the findings of one rule in one piece of content, and the
	// places of one secret; MaxFindings bounds all of them; 0 means a default. What
	// is over is folded: counted, not listed.
	MaxAlike, MaxFindings int
	// Verify asks providers about findings, and writes what they say into them; nil:
	// nobody is asked.
	Verify func(context.Context, []mudlark.Finding)
	Notes  []string // of what was done with the scan's place, for its coverage
	// Statuses are the answers that count, NotAsked for no question; nil: all.
	Statuses []mudlark.Status
}

// A Scanner scans sources. Each scan may run beside others.
type Scanner struct {
	engine *detectors.Engine
	opts   Options
}

// New returns a scanner that finds what e finds.
func New(e *detectors.Engine, opts Options) *Scanner {
	if opts.Confidence == mudlark.ConfidenceUnset {
		opts.Confidence = mudlark.Low
	}
	opts.Run.Confidence = opts.Confidence
	opts.Run.Rules = e.Rules()
	return &Scanner{engine: e, opts: opts}
}

// Scan reads src to its end and tells sink everything, in an order that
// depends on nothing but the content. A scan that was cut short, by ctx or by
// an error of src, still tells what was found; its summary says that it is
// incomplete. The error returned is one of the sink; one of src is the
// summary's Failure.
func (s *Scanner) Scan(ctx context.Context, src mudlark.Source, sink mudlark.Sink) (mudlark.Summary, error) {
	if err := sink.Begin(s.opts.Run); err != nil {
		return mudlark.Summary{}, err
	}
	_, traced := src.(mudlark.Attributor)
	c := newCollector(s.engine, s.opts, traced)
	if r, ok := src.(mudlark.Rememberer); ok {
		c.skipped = r.Skipped
	}
	failure := src.Chunks(ctx, c.yield)
	if ctx.Err() != nil {
		c.stopped(ctx)
		failure = nil
	}
	found, traceErr := s.attribute(ctx, src, c)
	failure = errors.Join(failure, traceErr)

	found = s.applicable(found, c)
	s.Judge(found)
	notes := s.verify(ctx, found, c)
	found = ordered(c.fold(ordered(found), c.opts.MaxFindings, true))

	summary := c.summary(found, failure)
	summary.Files = suppress.Uses(s.opts.Suppress, s.opts.Now)
	if a, ok := src.(mudlark.Accountant); ok {
		addCoverage(&summary.Coverage, a.Covered())
	}
	summary.Coverage.Notes = append(append(summary.Coverage.Notes, s.opts.Notes...), notes...)
	return summary, tell(sink, found, c.skips.settled(), summary)
}

// attribute asks src, if it knows, where the findings come from.
func (s *Scanner) attribute(ctx context.Context, src mudlark.Source, c *collector) ([]mudlark.Finding, error) {
	found := c.settled()
	a, ok := src.(mudlark.Attributor)
	if !ok || len(found) == 0 {
		return found, nil
	}
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), graceAfterStop)
		defer cancel()
	}
	traced, err := a.Attribute(ctx, found, c.yield)
	if err != nil {
		return found, err
	}
	return traced, nil
}

// applicable drops what the rules and allowlists refuse, now that paths and
// commits are known.
func (s *Scanner) applicable(found []mudlark.Finding, c *collector) []mudlark.Finding {
	kept := found[:0]
	for _, f := range found {
		if !s.engine.Applies(f) {
			c.allowlisted++
			continue
		}
		if by, tell, ok := s.engine.Allowed(f); ok {
			if !tell {
				c.allowlisted++
				continue
			}
			if f.Counts() {
				f.Suppression = by
			}
		}
		kept = append(kept, f)
	}
	clear(found[len(kept):])
	return placed(kept)
}

// placed drops findings without a path of which another one says where they are:
// a source that does not know all places of content says so with one.
func placed(found []mudlark.Finding) []mudlark.Finding {
	type key struct {
		object, rule string
		secret       mudlark.Sensitive
		offset       int64
	}
	keyOf := func(f *mudlark.Finding) key {
		return key{f.Origin.Object, f.RuleID, f.Secret, f.Position.Offset}
	}
	lost := map[key]bool{} // whether only findings without a path tell of it
	pathless := func(f *mudlark.Finding) bool {
		return f.Origin.Path == "" && f.Origin.Part == "" && f.Origin.Object != ""
	}
	for i := range found {
		if pathless(&found[i]) {
			lost[keyOf(&found[i])] = true
		}
	}
	if len(lost) == 0 {
		return found
	}
	for i := range found {
		if k := keyOf(&found[i]); !pathless(&found[i]) && lost[k] {
			lost[k] = false
		}
	}
	seen := map[key]bool{}
	return slices.DeleteFunc(found, func(f mudlark.Finding) bool {
		if !pathless(&f) {
			return false
		}
		k := keyOf(&f)
		again := seen[k]
		seen[k] = true
		return again || !lost[k]
	})
}

func tell(sink mudlark.Sink, found []mudlark.Finding, skips []mudlark.Skip, summary mudlark.Summary) error {
	for _, f := range found {
		if err := sink.Finding(f); err != nil {
			return err
		}
	}
	for _, skip := range skips {
		if err := sink.Skip(skip); err != nil {
			return err
		}
	}
	return sink.End(summary)
}

func addCoverage(to *mudlark.Coverage, from mudlark.Coverage) {
	to.Files += from.Files
	to.Objects += from.Objects
	to.Commits += from.Commits
	to.Refs += from.Refs
	to.Notes = append(to.Notes, from.Notes...)
}
