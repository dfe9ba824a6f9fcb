package scanner

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
)

const (
	defaultMaxAlike    = 1000
	defaultMaxFindings = 50_000
	// Before findings are traced, each version of a file has its own; they are
	// folded only where memory asks for it, lest a secret's first version is lost.
	maxUntraced = 150_000
	// maxText bounds the bytes of secrets and what stands around them: a report
	// holds them in several forms. Versions of a file share theirs, so before
	// findings are traced it may be more.
	maxText         = 16 << 20
	maxUntracedText = 256 << 20
)

// A collector takes what a source yields, from many goroutines, and holds
// findings and skips in bounded memory. What it keeps does not depend on the
// order in which they come.
type collector struct {
	engine *detectors.Engine
	opts   Options
	// skipped is told of every skip as it comes; nil: nobody asks.
	skipped func(mudlark.Skip)

	mu          sync.Mutex
	traced      bool // findings are traced after they were collected
	most        int  // findings held
	found       []mudlark.Finding
	text        int // bytes of found, as far as size knows
	seed        maphash.Seed
	alike       map[uint64]int // findings of one rule in one piece of content, by hash
	folds       folds
	texts       map[string]string
	skips       skips
	chunks      int
	bytes       int64
	decoded     int64
	allowlisted int
}

// content is one rule in one piece of content. Findings that count are kept
// apart from others, so that a flood of the ones never hides one of the others.
type content struct {
	rule, path, object string
	counts             bool
}

func (c *collector) contentOf(f *mudlark.Finding) content {
	return content{f.RuleID, f.Origin.Path, f.Origin.Object, c.mayCount(f)}
}

// mayCount reports whether, for all that is known before paths are, f counts.
func (c *collector) mayCount(f *mudlark.Finding) bool {
	return f.Counts() && f.Confidence >= c.opts.Confidence
}

// newCollector returns a collector for findings that are traced afterwards, or
// are not.
func newCollector(e *detectors.Engine, opts Options, traced bool) *collector {
	if opts.MaxAlike == 0 {
		opts.MaxAlike = defaultMaxAlike
	}
	if opts.MaxFindings == 0 {
		opts.MaxFindings = defaultMaxFindings
	}
	most := opts.MaxFindings
	if traced {
		most = max(most, maxUntraced)
	}
	return &collector{
		engine: e, opts: opts, traced: traced, most: most,
		seed: maphash.MakeSeed(), alike: map[uint64]int{}, texts: map[string]string{},
	}
}

// yield is the mudlark.Yield of a scan.
func (c *collector) yield(chunk mudlark.Chunk, err error) error {
	if err != nil {
		c.skip(chunk.Origin, err)
		return nil
	}
	stats := c.engine.Detect(chunk, c.add)
	if stats.DecodeHit {
		c.skip(chunk.Origin, mudlark.Skipped(mudlark.DecodeTotal,
			"more encoded text than the bound for decoded bytes allows; raise it with --max-decode-bytes"))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.chunks++
	c.bytes += answered(chunk)
	c.decoded += stats.Decoded
	c.allowlisted += stats.Allowlisted
	return nil
}

// answered is the number of bytes that the chunk answers for.
func answered(c mudlark.Chunk) int64 {
	if c.Fresh == nil {
		return int64(len(c.Data))
	}
	var n int64
	for _, s := range c.Fresh {
		n += int64(s.Len())
	}
	return n
}

func (c *collector) skip(o mudlark.Origin, err error) {
	skip := mudlark.Skip{Reason: mudlark.Unreadable, Detail: err.Error()}
	if s, ok := errors.AsType[*mudlark.Skip](err); ok {
		skip = *s
	}
	if skip.Origin.Source == "" {
		skip.Origin = o
	}
	if c.skipped != nil {
		c.skipped(skip)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skips.add(skip)
}

// stopped records that ctx ended the scan.
func (c *collector) stopped(ctx context.Context) {
	skip := mudlark.Skip{Reason: mudlark.Interrupted, Detail: "the scan was interrupted; what comes after was not read"}
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		skip = mudlark.Skip{Reason: mudlark.TimedOut, Detail: "the time allowed was over; raise --timeout"}
	}
	c.skips.add(skip)
}

func (c *collector) add(f mudlark.Finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.contentOf(&f)
	hash := maphash.Comparable(c.seed, at)
	c.alike[hash]++
	if c.alike[hash] > c.opts.MaxAlike {
		c.folds.add(at)
		return
	}
	f.Secret = c.shared(f.Secret)
	f.Match = c.shared(f.Match)
	f.Excerpt.Text = c.shared(f.Excerpt.Text)
	c.found = append(c.found, f)
	c.text += size(&f)
	if len(c.found) >= c.most+c.most/4 || c.text > c.textLimit(!c.traced)*3/2 {
		c.found = c.fold(c.found, c.most, !c.traced)
		clear(c.texts)
		c.text = 0
		for i := range c.found {
			c.text += size(&c.found[i])
		}
	}
}

func (c *collector) textLimit(places bool) int {
	if places {
		return maxText
	}
	return maxUntracedText
}

// size is the number of bytes of text that f holds.
func size(f *mudlark.Finding) int { return f.Secret.Len() + f.Match.Len() + f.Excerpt.Text.Len() }

// shared returns s, sharing its memory with equal text of other findings: the
// versions of one file repeat the same lines.
func (c *collector) shared(s mudlark.Sensitive) mudlark.Sensitive {
	text := s.Reveal()
	if known, ok := c.texts[text]; ok {
		return mudlark.NewSensitive(known)
	}
	c.texts[text] = text
	return s
}

// fold keeps the first most of found in report order, those that may count
// before others, and if places is set of each secret the first MaxAlike places.
// Folding what was folded before together with more gives the same as folding
// all at once.
func (c *collector) fold(found []mudlark.Finding, most int, places bool) []mudlark.Finding {
	if len(found) <= min(most, c.opts.MaxAlike) && c.text <= c.textLimit(places) {
		return found
	}
	slices.SortFunc(found, func(a, b mudlark.Finding) int {
		return cmp.Or(order(c.mayCount(&a), c.mayCount(&b)), compare(a, b))
	})
	type secret struct {
		rule, text string
		counts     bool
	}
	seen := map[secret]int{}
	kept := found[:0]
	text, full := 0, false
	for i := range found {
		f := &found[i]
		if places {
			key := secret{f.RuleID, f.Secret.Reveal(), c.mayCount(f)}
			seen[key]++
			if seen[key] > c.opts.MaxAlike {
				c.folds.add(c.contentOf(f))
				continue
			}
		}
		text += size(f)
		full = full || len(kept) == most || text > c.textLimit(places)
		if full {
			c.folds.add(c.contentOf(f))
			continue
		}
		kept = append(kept, *f)
	}
	clear(found[len(kept):])
	return kept
}

// settled returns what was found, each thing once.
func (c *collector) settled() []mudlark.Finding {
	found := ordered(c.fold(c.found, c.most, !c.traced))
	c.found, c.texts = nil, nil
	return found
}

type distinctSecret struct {
	fingerprint string
	secret      mudlark.Sensitive
}

func (c *collector) summary(found []mudlark.Finding, failure error) mudlark.Summary {
	s := mudlark.Summary{Allowlisted: c.allowlisted, Folds: c.folds.list(found)}
	s.Coverage = mudlark.Coverage{
		Chunks: c.chunks, Bytes: c.bytes, Decoded: c.decoded,
		Skipped: c.skips.count, Accepted: c.opts.Accept,
	}
	// One fingerprint may stand for several passwords of one place.
	distinct := map[distinctSecret]mudlark.Status{}
	for i := range found {
		f := &found[i]
		if f.Counts() {
			s.Findings++
			at := distinctSecret{f.Fingerprint, f.Secret}
			if known, ok := distinct[at]; !ok || f.Verification.Status.Compare(known) > 0 {
				distinct[at] = f.Verification.Status
			}
			continue
		}
		if s.Suppressed == nil {
			s.Suppressed = map[mudlark.SuppressedBy]int{}
		}
		s.Suppressed[f.Suppression.By]++
	}
	s.Secrets = len(distinct)
	if c.opts.Verify != nil {
		s.Statuses = map[mudlark.Status]int{}
		for _, status := range distinct {
			s.Statuses[status]++
		}
	}
	for reason := range s.Coverage.Skipped {
		s.Incomplete = s.Incomplete || !slices.Contains(c.opts.Accept, reason)
	}
	// All that is listed is suppressed; what is folded may not be.
	s.Incomplete = s.Incomplete || c.folds.counting && s.Findings == 0
	if failure != nil {
		s.Failure = failure.Error()
		s.Incomplete = true
	}
	s.Verdict = verdict(s)
	return s
}

func verdict(s mudlark.Summary) mudlark.Verdict {
	switch {
	case s.Findings > 0:
		return mudlark.Found
	case s.Failure != "":
		return mudlark.Failed
	case s.Incomplete:
		return mudlark.Incomplete
	}
	return mudlark.Clean
}
