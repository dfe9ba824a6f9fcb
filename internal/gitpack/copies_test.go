package gitpack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A base is what a test keeps of an object for those made of it.
type base struct {
	id       OID
	kind     Type
	data     []byte
	leaf     bool
	released atomic.Bool
}

// copyCheck walks with visits that hold each copy against the base.
type copyCheck struct {
	t       testing.TB
	keep    func(OID) bool // nil: every object is kept
	mu      sync.Mutex
	objects map[OID]int // how often each was visited
	copied  map[OID]OID // the base of each object that has copies
	kept    map[OID]*base
	live    atomic.Int32
	most    atomic.Int32
}

func newCopyCheck(t testing.TB) *copyCheck {
	return &copyCheck{t: t, objects: map[OID]int{}, copied: map[OID]OID{}, kept: map[OID]*base{}}
}

func (c *copyCheck) visit(_ int, o Object) (any, error) {
	c.compare(o)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.objects[o.OID]++
	if c.keep != nil && !c.keep(o.OID) {
		return nil, nil
	}
	b := &base{id: o.OID, kind: o.Type, data: bytes.Clone(o.Data), leaf: o.Leaf}
	c.kept[o.OID] = b
	c.most.Store(max(c.most.Load(), c.live.Add(1)))
	return b, nil
}

func (c *copyCheck) release(_ int, keep any) {
	c.live.Add(-1)
	if keep.(*base).released.Swap(true) {
		c.t.Errorf("%s was released twice", keep.(*base).id)
	}
}

func (c *copyCheck) compare(o Object) {
	if o.Copies == nil {
		if o.Base != nil {
			c.t.Errorf("%s: a base without copies", o.OID)
		}
		return
	}
	b, ok := o.Base.(*base)
	if !ok {
		if c.keep == nil {
			c.t.Errorf("%s: copies without a base", o.OID)
		}
		return
	}
	c.mu.Lock()
	c.copied[o.OID] = b.id
	c.mu.Unlock()
	if b.leaf {
		c.t.Errorf("%s: its base %s was said to be of no use", o.OID, b.id)
	}
	if b.kind != o.Type {
		c.t.Errorf("%s: a %v made of a %v", o.OID, o.Type, b.kind)
	}
	if b.released.Load() {
		c.t.Errorf("%s: its base %s was released before", o.OID, b.id)
	}
	at := 0
	last := Copy{To: -1}
	for _, p := range o.Copies {
		if p.To < at || p.Len <= 0 || p.To+p.Len > len(o.Data) || p.From < 0 || p.From+p.Len > len(b.data) {
			c.t.Errorf("%s: %+v does not fit", o.OID, p)
			return
		}
		if p.To == last.To+last.Len && p.From == last.From+last.Len {
			c.t.Errorf("%s: %+v goes on where %+v ends", o.OID, p, last)
		}
		if !bytes.Equal(o.Data[p.To:p.To+p.Len], b.data[p.From:p.From+p.Len]) {
			c.t.Errorf("%s: %+v of %s is no copy", o.OID, p, b.id)
		}
		at, last = p.To+p.Len, p
	}
}

func (c *copyCheck) walk(s *Store, o WalkOptions, bad func(OID, error)) {
	c.t.Helper()
	o.Release = c.release
	ids := make([]OID, 0, s.Len())
	s.Each(func(o OID) bool { ids = append(ids, o); return true })
	err := s.Walk(context.Background(), o, func(worker int, o Object) (any, error) {
		if ids[o.Number] != o.OID {
			c.t.Errorf("%s: its number is %d", o.OID, o.Number)
		}
		return c.visit(worker, o)
	}, bad)
	if err != nil {
		c.t.Fatal(err)
	}
	c.allReleased()
}

func (c *copyCheck) bad(o OID, err error) { c.t.Errorf("%s: %v", o, err) }

func (c *copyCheck) allReleased() {
	c.t.Helper()
	for id, b := range c.kept {
		if !b.released.Load() {
			c.t.Errorf("%s was never released", id)
		}
	}
}

// deltas counts the objects that are made of others.
func deltas(s *Store) (n int) {
	t := s.objects()
	var scratch []byte
	for i := range t.count() {
		src, at := t.place(i)
		if src.pack == nil {
			continue
		}
		if e, err := src.pack.entry(src.pack.idx.offset(at), &scratch); err == nil && e.kind >= offsetDelta {
			n++
		}
	}
	return n
}

// TestCopiesFromElsewhere has bases in another pack, loose, damaged, too large,
// not wanted, and of an index that is in disorder.
func TestCopiesFromElsewhere(t *testing.T) {
	text := bytes.Repeat([]byte("a line of the base that others are made of\n"), 40)
	n := len(text)
	child := slices.Concat(text[:300], []byte("new"), text[300:])
	ops := delta(n, len(child), copyOp(0, 100), copyOp(100, 200), insertOp("new"), copyOp(300, n-300))
	baseID, childID := idOf(Blob, text), idOf(Blob, child)
	want := []Copy{{0, 0, 300}, {303, 300, n - 300}}

	type world struct {
		near, far *crafter // far's base is the child's base
		dir       string
		loose     bool
		opts      Options
		walk      WalkOptions
		copies    []Copy
	}
	worlds := map[string]func(w *world){
		"another pack": func(w *world) { w.far.whole(Blob, text); w.copies = want },
		"loose":        func(w *world) { w.loose = true; w.copies = want },
		"by offset":    func(w *world) { w.near.onOffset(childID, w.near.whole(Blob, text), ops); w.copies = want },
		"damaged, and loose as well": func(w *world) {
			at := w.far.whole(Blob, text)
			w.far.data[at+8] ^= 0xff
			w.loose = true
			w.copies = want
		},
		"skipped": func(w *world) {
			w.far.whole(Blob, text)
			w.walk.Skip = func(o OID) bool { return o == baseID }
		},
		"too large": func(w *world) {
			w.far.whole(Blob, text)
			w.near = newCrafter(t)
			w.near.onID(idOf(Blob, text[:9]), baseID, delta(n, 9, copyOp(0, 9)))
			w.opts.MaxObjectBytes = 10
		},
		"nothing copied": func(w *world) {
			w.far.whole(Blob, text)
			w.near = newCrafter(t)
			w.near.onID(idOf(Blob, []byte("x")), baseID, delta(n, 1, insertOp("x")))
		},
	}
	for name, make := range worlds {
		for _, check := range []Checking{CheckIDs, CheckCRC} {
			w := &world{near: newCrafter(t), far: newCrafter(t), dir: t.TempDir()}
			make(w)
			if w.near.entries == 0 {
				w.near.onID(childID, baseID, ops)
			}
			w.near.save(w.dir)
			if w.far.entries > 0 {
				w.far.save(w.dir)
			}
			if w.loose {
				saveLoose(t, w.dir, Blob, text)
			}
			s, err := Open(w.dir, SHA1, w.opts)
			if err != nil {
				t.Fatal(err)
			}
			w.walk.Check = check
			var got []Copy
			err = s.Walk(context.Background(), w.walk, func(_ int, o Object) (any, error) {
				if o.OID != baseID {
					got = slices.Clone(o.Copies)
				}
				if (o.Base == "kept") != (got != nil) {
					t.Errorf("%s: base %v, copies %v", name, o.Base, got)
				}
				return "kept", nil
			}, func(OID, error) {})
			if err != nil || !slices.Equal(got, w.copies) {
				t.Errorf("%s: got %v, %v; want %v", name, got, err, w.copies)
			}
			s.Close()
		}
	}
}

// saveLoose writes a loose object to an object directory.
func saveLoose(t testing.TB, dir string, kind Type, data []byte) {
	t.Helper()
	id := idOf(kind, data).String()
	path := filepath.Join(dir, id[:2], id[2:])
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	text := append(fmt.Appendf(nil, "%s %d\x00", kind, len(data)), data...)
	if err := os.WriteFile(path, squeeze(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCopiesAreBounded has a delta of very many pieces.
func TestCopiesAreBounded(t *testing.T) {
	c := newCrafter(t)
	text := []byte("abcdef")
	at := c.whole(Blob, text)
	var ops [][]byte
	var made []byte
	for i := range maxCopies + 1 {
		ops = append(ops, []byte{0x91, byte(2 * i % 5), 1})
		made = append(made, text[2*i%5])
	}
	c.onOffset(idOf(Blob, made), at, delta(len(text), len(made), ops...))
	err := c.open(Options{}).Walk(context.Background(), WalkOptions{}, func(_ int, o Object) (any, error) {
		if o.Copies != nil || o.Base != nil {
			t.Errorf("%d copies", len(o.Copies))
		}
		return "kept", nil
	}, func(_ OID, err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
}

// TestKeptIsLetGo has a long chain and a wide tree: what is kept is never more
// than the bases that others are still to be made of.
func TestKeptIsLetGo(t *testing.T) {
	c := newCrafter(t)
	text := []byte("the first of a chain of many")
	at := c.whole(Blob, text)
	root, before := at, len(text)
	for i := range 500 {
		next := append(bytes.Clone(text[:10]), byte(i), byte(i>>8))
		at = c.onOffset(idOf(Blob, next), at, delta(before, len(next), copyOp(0, 10), insertOp(string(next[10:]))))
		before = len(next)
		wide := append(bytes.Clone(text[:12]), byte(i), byte(i>>8))
		c.onOffset(idOf(Blob, wide), root, delta(len(text), len(wide), copyOp(0, 12), insertOp(string(wide[12:]))))
	}
	s := c.open(Options{})
	check := newCopyCheck(t)
	check.walk(s, WalkOptions{Workers: 1}, check.bad)
	if most := check.most.Load(); most > 3 {
		t.Errorf("%d objects' states were held at once", most)
	}
	if len(check.copied) != 1000 {
		t.Errorf("%d objects have copies", len(check.copied))
	}

	// Without Release, too, nothing holds on to it.
	var gone atomic.Int32
	last := 0
	err := s.Walk(context.Background(), WalkOptions{Workers: 1}, func(int, Object) (any, error) {
		b := new(base)
		runtime.AddCleanup(b, func(int) { gone.Add(1) }, 0)
		if last++; last == 1001 {
			deadline := time.Now().Add(10 * time.Second)
			for gone.Load() < 990 && time.Now().Before(deadline) {
				runtime.GC()
				time.Sleep(time.Millisecond)
			}
		}
		return b, nil
	}, func(_ OID, err error) { t.Error(err) })
	if err != nil || gone.Load() < 990 {
		t.Errorf("%d of 1001 states were collected before the last visit: %v", gone.Load(), err)
	}
}

// TestKeptIsReleasedWhenStopped ends walks in the middle, by an error.
func TestKeptIsReleasedWhenStopped(t *testing.T) {
	r := newRepo(t, SHA1)
	r.history(60, 95)
	r.git("repack", "-adfq", "--depth=50")
	s := r.open(Options{})
	stop := errors.New("stop")
	for end := int32(1); end < 120; end += 17 {
		c := newCopyCheck(t)
		var visits atomic.Int32
		err := s.Walk(context.Background(), WalkOptions{Workers: 3, Release: c.release}, func(w int, o Object) (any, error) {
			if visits.Add(1) >= end {
				return "lost", stop
			}
			return c.visit(w, o)
		}, func(_ OID, err error) { t.Error(err) })
		if !errors.Is(err, stop) {
			t.Errorf("got %v", err)
		}
		c.allReleased()
	}
}

// TestSplitBranchesKnowTheirBase has several workers share one family, of whose
// objects only some keep anything.
func TestSplitBranchesKnowTheirBase(t *testing.T) {
	c, _ := family(t, 3000)
	s := c.open(Options{})
	check := newCopyCheck(t)
	check.keep = func(o OID) bool { return o.raw[0]%4 != 0 }
	check.walk(s, WalkOptions{Workers: 6, Check: CheckCRC}, check.bad)
	if len(check.objects) != s.Len() || len(check.copied) < s.Len()/2 {
		t.Errorf("visited %d, with copies %d, of %d", len(check.objects), len(check.copied), s.Len())
	}
}

// TestCopiesSurviveMadeAgain walks a family of blobs so large that bases are let
// go of and made again.
func TestCopiesSurviveMadeAgain(t *testing.T) {
	const size = 9 << 20
	c := newCrafter(t)
	content := func(first string) []byte {
		b := make([]byte, size)
		copy(b, first)
		return b
	}
	at := []int64{c.whole(Blob, content(""))}
	for i := range 16 {
		first := string(rune('a' + i))
		ops := [][]byte{insertOp(first)}
		for from := 1; from < size; from += 1 << 20 {
			ops = append(ops, copyOp(from, min(1<<20, size-from)))
		}
		at = append(at, c.onOffset(idOf(Blob, content(first)), at[i-i/3], delta(size, size, ops...)))
	}
	copies := 0
	s := c.open(Options{})
	err := s.Walk(context.Background(), WalkOptions{Workers: 1, Check: CheckCRC}, func(_ int, o Object) (any, error) {
		if o.Base != nil && slices.Equal(o.Copies, []Copy{{1, 1, size - 1}}) {
			copies++
		}
		return o.OID, nil
	}, func(_ OID, err error) { t.Error(err) })
	if err != nil || copies != 16 {
		t.Errorf("%d of 16 objects have copies: %v", copies, err)
	}
}

// TestWalkAllocatesNothingPerObject compares a long walk with a short one.
func TestWalkAllocatesNothingPerObject(t *testing.T) {
	allocs := func(n int) float64 {
		c, _ := family(t, n)
		s := c.open(Options{})
		s.Len()
		keep := new(int)
		return testing.AllocsPerRun(3, func() {
			err := s.Walk(context.Background(), WalkOptions{Check: CheckCRC}, func(int, Object) (any, error) { return keep, nil },
				func(_ OID, err error) { t.Error(err) })
			if err != nil {
				t.Fatal(err)
			}
		})
	}
	if short, long := allocs(500), allocs(2500); long > short+200 {
		t.Errorf("2500 objects: %v allocations; 500: %v", long, short)
	}
}
