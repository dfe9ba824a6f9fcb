package main

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progressDelay keeps the bar away from scans that are over before it could be
// read.
const progressDelay = 700 * time.Millisecond

// progress shows how far something is, on a terminal. It implements
// mudlark.Progress. A nil progress shows nothing.
type progress struct {
	decorators  []mpb.BarOption
	total, done atomic.Int64
	quit        chan struct{}
	ended       sync.WaitGroup
	once        sync.Once
}

// progress starts the bar if somebody would see it.
func (s *scan) progress() *progress {
	return s.sys.progress(s.flags.quiet,
		mpb.PrependDecorators(decor.Name("scanning "), decor.CountersKibiByte("% .1f / % .1f")),
		mpb.AppendDecorators(decor.AverageSpeed(decor.SizeB1024(0), "% .1f"), decor.Name("  "), decor.AverageETA(decor.ET_STYLE_GO)),
	)
}

// asking starts a bar that counts questions.
func (s *sys) asking(quiet bool) *progress {
	return s.progress(quiet,
		mpb.PrependDecorators(decor.Name("asking "), decor.CountersNoUnit("%d / %d")),
		mpb.AppendDecorators(decor.AverageETA(decor.ET_STYLE_GO)),
	)
}

func (s *sys) progress(quiet bool, decorators ...mpb.BarOption) *progress {
	if !s.errTerm || quiet {
		return nil
	}
	p := &progress{quit: make(chan struct{}), decorators: decorators}
	p.ended.Go(func() { p.show(*s) })
	return p
}

// Expect implements mudlark.Progress.
func (p *progress) Expect(bytes int64) { p.total.Add(bytes) }

// Advance implements mudlark.Progress.
func (p *progress) Advance(bytes int64) { p.done.Add(bytes) }

// stop takes the bar away. It may be called more than once.
func (p *progress) stop() {
	if p == nil {
		return
	}
	p.once.Do(func() { close(p.quit) })
	p.ended.Wait()
}

func (p *progress) show(s sys) {
	select {
	case <-p.quit:
		return
	case <-time.After(progressDelay):
	}
	bars := mpb.New(mpb.WithOutput(s.err), mpb.WithWidth(40))
	bar := bars.AddBar(0, append(p.decorators, mpb.BarRemoveOnComplete())...)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.quit:
			bar.Abort(true)
			bars.Wait()
			return
		case <-tick.C:
			bar.SetTotal(max(p.total.Load(), p.done.Load()+1), false)
			bar.SetCurrent(p.done.Load())
		}
	}
}
