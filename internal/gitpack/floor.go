package gitpack

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// InflateEntries inflates every entry of every pack once, in the order in which
// they lie, and does nothing else: no delta is applied, no checksum or id looked
// at. It is what no reader of packs can do without, so measurements of Walk, and
// of what is built on it, are given as multiples of it. Bytes is what the entries
// inflate to. It ends with the first entry that cannot be inflated.
func (s *Store) InflateEntries(ctx context.Context, workers int) (bytes int64, err error) {
	f := floor{ctx: ctx, workers: max(workers, 1)}
	for _, p := range s.packs {
		if err := f.inflate(s, p); err != nil {
			return f.bytes.Load(), fmt.Errorf("inflating %s: %w", p.path, err)
		}
	}
	return f.bytes.Load(), nil
}

// A floor is the state of one call of InflateEntries.
type floor struct {
	ctx     context.Context
	workers int
	bytes   atomic.Int64
}

// floorEntries is how many entries a worker takes at once.
const floorEntries = 1 << 10

func (f *floor) inflate(s *Store, p *pack) error {
	order := p.index().layout(p.end)
	var next atomic.Int64
	errs := make([]error, f.workers)
	var wait sync.WaitGroup
	for i := range f.workers {
		wait.Go(func() {
			r := s.newReader()
			defer r.free()
			r.inflate.trusting = true
			errs[i] = guarded(func() error {
				for {
					from := int(next.Add(floorEntries)) - floorEntries
					if from >= len(order) {
						return nil
					}
					if err := f.part(r, p, order[from:min(from+floorEntries, len(order))]); err != nil {
						next.Store(int64(len(order)))
						return err
					}
				}
			})
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// part inflates a few entries, one after the other.
func (f *floor) part(r *reader, p *pack, entries []uint32) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	total := int64(0)
	for _, at := range entries {
		offset := p.index().offset(int(at))
		e, err := p.entry(offset, &r.head)
		if err == nil && (!plausible(e.size, p.end-e.data) || e.size > defaultMaxObjectBytes) {
			err = errImpossible
		}
		if err == nil {
			r.delta = sized(r.delta, e.size)
			_, err = r.inflateAt(p, e.data, r.delta)
		}
		if err != nil {
			return fmt.Errorf("at offset %d: %w", offset, err)
		}
		total += e.size
	}
	f.bytes.Add(total)
	return nil
}
