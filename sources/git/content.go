package git

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// wantedBlobs is a set of blobs to yield, each once.
//
// A source does not know what a secret is. So that Attribute can tell the new
// findings of a version from those that it took over, the versions that it was
// made from are yielded too, and their findings are dropped in Attribute.
type wantedBlobs map[gitpack.OID]*wantedBlob

type wantedBlob struct {
	paths []string
	kinds uint8
	// context says that the blob is only there to be compared with: what of it
	// cannot be read is no gap in the scan.
	context bool
	more    bool // there are more paths
}

// places returns the paths that the blob is judged by: none if some are not
// known, for a rule or an allowlist that knew only some of them would judge wrong.
func (b *wantedBlob) places() []string {
	if b.more {
		return nil
	}
	return b.paths
}

func (w wantedBlobs) add(id gitpack.OID, kind uint8, path string, context bool) {
	b := w[id]
	if b == nil {
		b = &wantedBlob{context: true}
		w[id] = b
	}
	b.kinds |= 1 << kind
	b.context = b.context && context
	if len(b.paths) < maxBlobPlaces {
		b.paths = append(b.paths, path)
	} else {
		b.more = true
	}
}

// more notes that a blob has more paths than are known.
func (w wantedBlobs) more(id gitpack.OID) {
	if w[id] == nil {
		w[id] = &wantedBlob{}
	}
	w[id].more = true
}

// allMore notes that any blob may have more paths than are known.
func (w wantedBlobs) allMore() {
	for _, b := range w {
		b.more = true
	}
}

// settle sorts the paths of each blob.
func (w wantedBlobs) settle() []gitpack.OID {
	for _, b := range w {
		slices.Sort(b.paths)
		b.paths = slices.Compact(b.paths)
	}
	return slices.SortedFunc(maps.Keys(w), gitpack.OID.Compare)
}

// first returns the path that a blob is yielded with.
func (w wantedBlobs) first(id gitpack.OID) string {
	if b := w[id]; b != nil && len(b.paths) > 0 {
		return b.paths[0]
	}
	return ""
}

// yieldWanted yields the blobs, on several workers if there are many.
func (b *base) yieldWanted(ctx context.Context, yield mudlark.Yield, w wantedBlobs) error {
	ids := w.settle()
	b.count(len(ids), 0)
	workers := min(b.env.Parallel(), (len(ids)+7)/8)
	if workers <= 1 {
		return b.yieldEach(ctx, yield, w, ids)
	}
	p := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError().WithMaxGoroutines(workers)
	for part := range slices.Chunk(ids, (len(ids)+4*workers-1)/(4*workers)) {
		p.Go(func(ctx context.Context) error { return b.yieldEach(ctx, yield, w, part) })
	}
	return p.Wait()
}

func (b *base) yieldEach(ctx context.Context, yield mudlark.Yield, w wantedBlobs, ids []gitpack.OID) error {
	var buf []byte
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if buf, err = b.yieldOne(ctx, yield, w, id, buf); err != nil {
			return err
		}
	}
	return nil
}

// yieldOne yields a blob, which it reads into buf or what it returns in place
// of it.
func (b *base) yieldOne(ctx context.Context, yield mudlark.Yield, w wantedBlobs, id gitpack.OID, buf []byte) ([]byte, error) {
	blob := w[id]
	if blob.context {
		yield = silent(yield)
	}
	o, err := b.store.Read(id, buf)
	if err == nil && o.Type != gitpack.Blob {
		err = errors.New("object " + id.String() + " is no blob, as a tree says, but a " + o.Type.String())
	}
	if err != nil {
		if wellKnown(id.String()) {
			return buf, nil
		}
		return buf, skip(yield, origin("", w.first(id), id.String()), b.unread(id.String(), err))
	}
	if err := b.blob(ctx, yield, id.String(), blob.places(), blob.kinds, o.Data); err != nil {
		return o.Data, err
	}
	return o.Data, b.yieldLarge(ctx, yield, id.String(), w.first(id), o.Data)
}

// yieldLarge yields the large file that a blob stands for, if it is at hand.
func (b *base) yieldLarge(ctx context.Context, yield mudlark.Yield, id, path string, data []byte) error {
	p, ok := split.LFS(data)
	if !ok || !b.lfs.has(p) {
		return nil
	}
	o := origin("", path, id)
	o.Labels = map[string]string{labelLFS: p.OID}
	return b.large(ctx, yield, b.lfs.name(p.OID), o)
}

// silent drops skips.
func silent(yield mudlark.Yield) mudlark.Yield {
	return func(c mudlark.Chunk, err error) error {
		if err != nil {
			return nil
		}
		return yield(c, nil)
	}
}
