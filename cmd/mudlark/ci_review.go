package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/internal/ci"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// maxAttributes bounds a .gitattributes file. Git itself reads larger ones.
const maxAttributes = 4 << 20

// maxSilenced bounds the silenced findings that are listed.
const maxSilenced = 100

// A review looks for findings that a change silences: that count by the rules and
// suppressions which hold without it, and do not by those that hold with it.
//
// Only files that the change touches are scanned for that, at both of its ends,
// which mostly shows that there is nothing to ask about: without anything that
// suppresses they have no findings. If the change touches what configures a scan, all
// files of its end are scanned as they were judged before, and all of the history: an
// entry may be about a commit, or about what is only there.
type review struct {
	scan *scan
	plan *ciPlan
	view *git.View
	ctx  context.Context // of the scan whose end it waits for

	rules *rules.Set // of the scan
	// counts are what the scan found that counts, and excused what a comment in the
	// change itself suppresses.
	counts, excused []mudlark.Finding
	// placed are those that an entry suppresses which is about a place, not a secret.
	placed []mudlark.Finding

	changes  []git.Change
	before   policy // that holds without the change
	after    policy // that holds with it
	touched  bool   // whether the change touches what configures a scan
	silenced []mudlark.Silence
	more     int
	unknown  string // why it is not known what is silenced
	summary  mudlark.Summary
}

// A policy is all that decides what counts.
type policy struct {
	engine *detectors.Engine
	conf   configuration
}

func newReview(s *scan, plan *ciPlan) *review {
	return &review{scan: s, plan: plan, view: s.from.view}
}

// over returns a sink that tells sink what it is told, and at the end what the
// change silences.
func (r *review) over(ctx context.Context, set *rules.Set, sink mudlark.Sink) mudlark.Sink {
	if r == nil {
		return sink
	}
	r.ctx, r.rules = ctx, set
	return &reviewed{Sink: sink, review: r}
}

// amended returns the summary of the scan with what the review found.
func (r *review) amended(s mudlark.Summary) mudlark.Summary {
	if r == nil {
		return s
	}
	return r.summary
}

type reviewed struct {
	mudlark.Sink
	review *review
}

// Finding implements mudlark.Sink.
func (s *reviewed) Finding(f mudlark.Finding) error {
	switch {
	case f.Counts():
		s.review.counts = append(s.review.counts, f)
	case f.Suppression.By == mudlark.ByComment:
		s.review.excused = append(s.review.excused, f)
	case s.review.byPlace(&f):
		s.review.placed = append(s.review.placed, f)
	}
	return s.Sink.Finding(f)
}

// byPlace reports whether an ignore file or a baseline suppresses whatever stands
// where f does: by an entry that names the place, or by a fingerprint that does, as of
// a secret that can be guessed if there is no key.
func (r *review) byPlace(f *mudlark.Finding) bool {
	switch f.Suppression.By {
	case mudlark.ByBaseline:
		return f.Suppression.Positional
	case mudlark.ByIgnoreFile:
		rule := r.rules.Rule(f.RuleID)
		return f.Suppression.Positional || rule != nil && rule.Guessable && r.scan.sys.getenv("MUDLARK_KEY") == ""
	}
	return false
}

// End implements mudlark.Sink.
func (s *reviewed) End(summary mudlark.Summary) error {
	r := s.review
	if err := r.run(); err != nil {
		r.unknown = err.Error()
		summary.Incomplete = true
		if summary.Verdict == mudlark.Clean {
			summary.Verdict = mudlark.Incomplete
		}
		summary.Coverage.Notes = append(summary.Coverage.Notes, "it is not known whether the change silences findings: "+r.unknown)
	}
	summary.Silenced, summary.MoreSilenced = r.silenced, r.more
	r.summary = summary
	return s.Sink.End(summary)
}

// run finds what is silenced.
func (r *review) run() error {
	var err error
	if r.changes, err = r.view.Changes(r.plan.before, r.plan.after); err != nil {
		return err
	}
	if len(r.changes)+len(r.excused)+len(r.placed) == 0 {
		return nil
	}
	if err := r.policies(); err != nil {
		return err
	}
	return r.compare()
}

// policies loads what holds without the change and what holds with it. A file of
// the change holds if the change touches it; if not, it is that of the base.
func (r *review) policies() error {
	touched := map[string]bool{}
	for _, c := range r.changes {
		touched[c.Path] = true
	}
	asked := map[string]bool{}
	load := func(commit func(string) string) (p policy, err error) {
		from := *r.scan.from
		from.commit, from.asked = commit, asked
		s := *r.scan
		s.from, s.review = &from, nil
		if p.conf, err = s.configuration(); err == nil {
			p.engine, err = r.engine(p.conf.set, s.flags.ignoreInline, true)
		}
		return p, err
	}
	base := r.base()
	var err error
	if r.before, err = load(func(string) string { return base }); err != nil {
		return err
	}
	r.after = r.before
	for name := range asked {
		r.touched = r.touched || touched[name]
	}
	if r.touched {
		r.after, err = load(func(name string) string {
			if touched[name] {
				return r.plan.after
			}
			return base
		})
		if err != nil {
			return fmt.Errorf("with the change the configuration cannot be used: %w", err)
		}
	}
	return nil
}

// base is the commit whose files hold without the change.
func (r *review) base() string {
	if r.plan.trust == r.plan.after { // of a push, what holds now is part of it
		return r.plan.before
	}
	return r.plan.trust
}

// engine returns an engine for a set. tell says that it tells of what allowlists
// say is no finding, and of the line that says so.
func (r *review) engine(set *rules.Set, ignoreInline, tell bool) (*detectors.Engine, error) {
	f := &r.scan.flags
	return detectors.New(set, detectors.Options{
		IgnoreInline: ignoreInline, DecodeDepth: f.depth(), DecodeBytes: int64(f.decodeBytes), Now: r.scan.sys.now(),
		TellAllowed: tell,
	})
}

// read scans files of a commit under a policy; no paths stand for all of them.
func (r *review) read(commit string, paths []string, p policy) (treeFindings, error) {
	if commit == "" || paths != nil && len(paths) == 0 {
		return treeFindings{}, nil
	}
	opts := git.Options{Path: r.plan.Path, Tree: &git.Tree{Revision: commit, Paths: paths}, Limits: r.plan.Limits}
	return r.scanned(opts, fmt.Sprintf("the files of commit %.12s", commit), p)
}

// past scans the history of commits under a policy.
func (r *review) past(commits []string, p policy) (treeFindings, error) {
	opts := git.Options{Path: r.plan.Path, Range: strings.Join(commits, " "), Limits: r.plan.Limits}
	return r.scanned(opts, "the history of the change and its base", p)
}

// scanned scans what opts ask for, which is called so, under a policy.
func (r *review) scanned(opts git.Options, what string, p policy) (treeFindings, error) {
	src, done, err := opened(opts.Open(r.ctx, r.scan.env(nil)))
	if err != nil {
		return treeFindings{}, err
	}
	defer done()
	accept, err := r.scan.flags.accepted()
	if err != nil {
		return treeFindings{}, err
	}
	accept = append(accept, slices.DeleteFunc(natural(), func(reason mudlark.Reason) bool { return reason == mudlark.Promised })...)
	var got scanner.Recording
	judging := r.scan.judging(p.conf)
	judging.MaxAlike, judging.MaxFindings, judging.Accept = 20_000, 200_000, accept
	summary, err := scanner.New(p.engine, judging).Scan(r.ctx, src, &got)
	switch {
	case err != nil:
		return treeFindings{}, err
	case summary.Failure != "":
		return treeFindings{}, errors.New(summary.Failure)
	case len(summary.Folds) > 0:
		return treeFindings{}, fmt.Errorf("%s: there are more findings than can be compared", what)
	case summary.Incomplete:
		return treeFindings{}, fmt.Errorf("of %s not all could be compared%s", what, firstSkip(&got))
	}
	return newFindings(got.Findings), nil
}

func firstSkip(got *scanner.Recording) string {
	if len(got.Skips) == 0 {
		return ""
	}
	return ": " + strings.TrimPrefix(got.Skips[0].Origin.Path+": ", ": ") + got.Skips[0].Error()
}

// attributesTouched reports whether the change touches .gitattributes.
func (r *review) attributesTouched() bool {
	return slices.ContainsFunc(r.changes, func(c git.Change) bool { return path.Base(c.Path) == ".gitattributes" })
}

// attributes returns the attributes of a commit.
func (r *review) attributes(commit string) *ci.Attributes {
	return ci.NewAttributes(func(name string) []byte {
		text, err := r.view.ReadFile(commit, name, maxAttributes)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, git.ErrNoFile) {
			return []byte("** -diff") // not known, so nothing is said to be shown
		}
		return text
	})
}
