package scanner

import (
	"context"
	"maps"
	"slices"

	"github.com/mudlark-scan/mudlark"
)

// A Recording is a Sink that keeps a scan, for Reverify.
type Recording struct {
	Run      mudlark.Run
	Findings []mudlark.Finding
	Skips    []mudlark.Skip
	Summary  mudlark.Summary
}

// Begin implements mudlark.Sink.
func (r *Recording) Begin(run mudlark.Run) error {
	r.Run = run
	return nil
}

// Finding implements mudlark.Sink.
func (r *Recording) Finding(f mudlark.Finding) error {
	r.Findings = append(r.Findings, f)
	return nil
}

// Skip implements mudlark.Sink.
func (r *Recording) Skip(s mudlark.Skip) error {
	r.Skips = append(r.Skips, s)
	return nil
}

// End implements mudlark.Sink.
func (r *Recording) End(s mudlark.Summary) error {
	r.Summary = s
	return nil
}

// Replay tells sink what was recorded.
func (r *Recording) Replay(sink mudlark.Sink) error {
	if err := sink.Begin(r.Run); err != nil {
		return err
	}
	return tell(sink, r.Findings, r.Skips, r.Summary)
}

// Reverify tells sink a recorded scan as if its findings had been verified now,
// by opts.Verify; of the options Statuses and Accept count besides. What an
// earlier verification took out comes back to be judged anew.
func Reverify(ctx context.Context, r *Recording, sink mudlark.Sink, opts Options) (mudlark.Summary, error) {
	if err := sink.Begin(r.Run); err != nil {
		return mudlark.Summary{}, err
	}
	r.reopen()
	opts.Accept = append(slices.Clone(r.Summary.Coverage.Accepted), opts.Accept...)
	s, c := &Scanner{opts: opts}, &collector{opts: opts}
	notes := s.verify(ctx, r.Findings, c)
	summary := r.summary(c, notes)
	unanswered := func(s mudlark.Skip) bool { return s.Reason == mudlark.Unanswered }
	skips := append(slices.DeleteFunc(slices.Clone(r.Skips), unanswered), c.skips.settled()...)
	return summary, tell(sink, r.Findings, skips, summary)
}

// reopen makes count again what an earlier verification took out, and forgets what
// was said of what does not count.
func (r *Recording) reopen() {
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Suppression.By == mudlark.ByStatus {
			f.Suppression = mudlark.Suppression{}
		}
		f.Verification.Was = mudlark.NotAsked
	}
}

// Asked returns the findings that Reverify would ask about.
func (r *Recording) Asked() (list []mudlark.Finding) {
	r.reopen()
	for i := range r.Findings {
		if r.Findings[i].Counts() {
			list = append(list, r.Findings[i])
		}
	}
	return list
}

// summary counts anew what verification may have changed, and keeps what was
// read and what was not.
func (r *Recording) summary(c *collector, notes []string) mudlark.Summary {
	old := r.Summary.Coverage
	skipped := maps.Clone(old.Skipped)
	delete(skipped, mudlark.Unanswered)
	if skipped == nil {
		skipped = map[mudlark.Reason]int{}
	}
	maps.Copy(skipped, c.skips.count)
	c.skips.count = skipped

	s := c.summary(r.Findings, nil)
	cover := s.Coverage
	s.Coverage = old
	s.Coverage.Skipped, s.Coverage.Accepted = cover.Skipped, cover.Accepted
	s.Coverage.Notes = append(slices.Clone(old.Notes), notes...)
	s.Allowlisted, s.Folds, s.Failure = r.Summary.Allowlisted, r.Summary.Folds, r.Summary.Failure
	s.Incomplete = s.Incomplete || s.Failure != "" ||
		len(s.Folds) > 0 && s.Findings == 0 && (r.Summary.Findings > 0 || r.Summary.Incomplete)
	s.Verdict = verdict(s)
	return s
}
