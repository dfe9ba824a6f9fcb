package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// within is Chunks with a budget of time. First it is found out which files there
// are, then they are read, the riskiest first; what the commits say themselves comes
// in between. What is left when the time is over is told.
func (c *changes) within(ctx context.Context, yield mudlark.Yield) error {
	end := c.began.Add(c.opts.Budget)
	limited, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	// Comparing trees says which files there are. Of a push so large that this
	// takes all of the time, the files of the first commits are still looked at.
	half, stop := context.WithDeadline(limited, end.Add(-time.Until(end)/2))
	defer stop()

	if over, err := c.late(ctx, c.choosePicks(limited, yield)); over {
		return c.tellLate(yield, 1, "which commits are new was not found out")
	} else if err != nil {
		return err
	}
	if over, err := c.late(ctx, c.compare(half, yield)); err != nil {
		return err
	} else if over {
		n := len(c.picks) - c.done
		what := fmt.Sprintf("what %d of %d commits changed was not found out", n, len(c.picks))
		if n == 0 {
			what = "what lies in the folders that are pushed was not found out"
		}
		if err := c.tellLate(yield, max(1, n), what); err != nil {
			return err
		}
	}
	return c.yieldRiskiest(ctx, limited, yield)
}

// late reports whether an error says that the time was over, which is none.
func (c *changes) late(ctx context.Context, err error) (bool, error) {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return true, nil
	}
	return false, err
}

// tellLate yields a skip for what there was no time for.
func (c *changes) tellLate(yield mudlark.Yield, n int, what string) error {
	return skip(yield, origin("", "", ""), &mudlark.Skip{
		Reason: mudlark.TimedOut, Count: n, Detail: fmt.Sprintf("the budget of %s was over: %s", c.opts.Budget, what),
	})
}

// A riskyBlob is a blob that commits add, with the versions that it was made from.
type riskyBlob struct {
	id     gitpack.OID
	before []gitpack.OID
	risk   risk
	size   int64
	whole  bool // it and those before it were read to the end
}

// A reading is one blob being yielded, by whoever needs it first.
type reading struct {
	once  sync.Once
	whole bool
}

// yieldRiskiest yields blobs until limited is done, the riskiest first.
func (c *changes) yieldRiskiest(ctx, limited context.Context, yield mudlark.Yield) error {
	c.blobs.settle()
	list := c.riskyBlobs(limited)
	readings := make(map[gitpack.OID]*reading, len(c.blobs))
	for id := range c.blobs {
		readings[id] = &reading{}
	}
	c.count(len(readings), 0)
	at, _ := slices.BinarySearchFunc(list, riskText, func(b riskyBlob, r risk) int { return cmp.Compare(b.risk, r) })
	if _, err := c.late(ctx, c.yieldRisky(limited, yield, list[:at], readings)); err != nil {
		return err
	}
	if over, err := c.late(ctx, c.yieldTexts(limited, yield)); err != nil {
		return err
	} else if over {
		if err := c.tellLate(yield, 1, "not all messages of commits were read"); err != nil {
			return err
		}
	}
	if _, err := c.late(ctx, c.yieldRisky(limited, yield, list[at:], readings)); err != nil {
		return err
	}
	c.forget(readings)
	return c.tellLeft(yield, list)
}

// yieldRisky yields blobs in their order. A version is only looked at after those
// that it was made from: without them what is new in it could not be told.
func (c *changes) yieldRisky(limited context.Context, yield mudlark.Yield, list []riskyBlob, readings map[gitpack.OID]*reading) error {
	var next atomic.Int64
	p := pool.New().WithContext(limited).WithCancelOnError().WithFirstError()
	for range max(1, min(c.env.Parallel(), (len(list)+7)/8)) {
		p.Go(func(limited context.Context) error {
			var buf []byte
			read := func(id gitpack.OID) (whole bool, err error) {
				r := readings[id]
				r.once.Do(func() {
					if err = limited.Err(); err == nil {
						buf, err = c.yieldOne(limited, yield, c.blobs, id, buf)
					}
					r.whole = err == nil
				})
				return r.whole, err
			}
			for {
				n := int(next.Add(1)) - 1
				if n >= len(list) {
					return nil
				}
				if err := list[n].read(read); err != nil {
					return err
				}
			}
		})
	}
	return p.Wait()
}

// read reads the versions before a blob, and then it.
func (b *riskyBlob) read(read func(gitpack.OID) (bool, error)) error {
	for _, id := range append(b.before, b.id) {
		if whole, err := read(id); !whole {
			return err
		}
	}
	b.whole = true
	return nil
}

// riskyBlobs lists the blobs that the commits add, the riskiest first and the
// small ones of the same risk before large ones.
func (c *changes) riskyBlobs(limited context.Context) []riskyBlob {
	before := map[gitpack.OID][]gitpack.OID{}
	for _, e := range c.edits {
		for _, b := range e.before {
			if b.kind != kindModule {
				before[e.item.id] = append(before[e.item.id], b.id)
			}
		}
	}
	for _, s := range c.strays {
		before[s.id] = append(before[s.id], s.before...)
	}
	var list []riskyBlob
	for id, blob := range c.blobs {
		if blob.context {
			continue
		}
		r := riskyBlob{id: id, risk: riskBinary, before: before[id]}
		slices.SortFunc(r.before, gitpack.OID.Compare)
		r.before = slices.Compact(r.before)
		for _, path := range blob.paths {
			r.risk = min(r.risk, riskOf(path))
		}
		if len(blob.paths) == 0 {
			r.risk = riskText
		}
		if limited.Err() == nil {
			_, r.size, _ = c.store.Type(id) // what cannot be read is told when it is to be read
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b riskyBlob) int {
		return cmp.Or(cmp.Compare(a.risk, b.risk), cmp.Compare(a.size, b.size), a.id.Compare(b.id))
	})
	return list
}

// forget drops what commits did to versions that were not compared with all of
// those before them.
func (c *changes) forget(readings map[gitpack.OID]*reading) {
	c.edits = slices.DeleteFunc(c.edits, func(e pickedEdit) bool {
		return slices.ContainsFunc(e.before, func(b item) bool { return b.kind != kindModule && !readings[b.id].whole })
	})
	c.strays = slices.DeleteFunc(c.strays, func(s stray) bool {
		return slices.ContainsFunc(s.before, func(id gitpack.OID) bool { return !readings[id].whole })
	})
}

// tellLeft yields skips for the blobs that there was no time for: the largest by
// name, the others by their number.
func (c *changes) tellLeft(yield mudlark.Yield, list []riskyBlob) error {
	const named = 3
	all := len(list)
	left := slices.DeleteFunc(list, func(b riskyBlob) bool { return b.whole })
	slices.SortStableFunc(left, func(a, b riskyBlob) int { return cmp.Compare(b.size, a.size) })
	if len(left) > named {
		var size int64
		for i := range left {
			size += left[i].size
		}
		what := fmt.Sprintf("%d of %d files were not read%s", len(left), all, sizeText(", ", size))
		if err := c.tellLate(yield, len(left)-named, what); err != nil {
			return err
		}
	}
	for i := range left[:min(len(left), named)] {
		b := &left[i]
		err := skip(yield, origin("", c.blobs.first(b.id), b.id.String()), mudlark.Skipped(mudlark.TimedOut,
			"not read within the budget of %s%s", c.opts.Budget, sizeText(": ", b.size)))
		if err != nil {
			return err
		}
	}
	return nil
}

// sizeText writes a size behind what comes before it, nothing if it is not known.
func sizeText(before string, n int64) string {
	switch {
	case n >= 1e7:
		return fmt.Sprintf("%s%d MB", before, n/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%s%d kB", before, n/1e3)
	case n > 0:
		return fmt.Sprintf("%s%d bytes", before, n)
	}
	return ""
}
