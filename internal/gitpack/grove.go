package gitpack

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// A grove is a forest while workers grow it: each takes a tree and makes its
// objects depth first, so that a base is at hand when its deltas are made and
// is let go before the heaviest of them, the last, is followed. A worker that
// finds no tree left is given a branch of another's.
type grove struct {
	roots []uint32
	heavy int // how many of the roots, the first ones, are a lot of work each
	// branches returns the nodes below n, the lightest first, once n was made.
	branches func(n uint32) []uint32
	weight   func(n uint32) uint32
	// again makes the object of a node that was made and let go of for want of
	// memory; nil: memory is never so short.
	again func(w *worker, n uint32) content
	// grow makes the object of node n. Base is what the node above it is, which
	// holds no buffer if that could not be made or n is a root. Follow is
	// whether the nodes below are to be made too; if so they are given made.
	grow func(w *worker, n uint32, base content) (made content, follow bool)

	// release, if set, is given what grow kept when nobody is given it any more.
	release func(worker int, value any)

	// trusting says that grow checks ids, so that checksums need not be.
	trusting bool

	memory  *memory
	stop    atomic.Bool
	hungry  atomic.Int32
	workers int

	mu      sync.Mutex
	changed sync.Cond
	next    int      // of roots
	offered []branch // for whoever is hungry
	idle    int
}

// A content is what an object is, in memory. Without a buffer it could not be
// made.
type content struct {
	kind Type
	buf  *buffer
	kept *kept // nil: the object was not visited
}

// A branch is a node that is still to be made, and what it is made of.
type branch struct {
	node uint32
	base content
}

// A frame is a node that was made, and those below it that were not yet.
type frame struct {
	node uint32
	made content
	kids []uint32
	let  bool // the buffer was let go for want of memory
}

// A worker is one goroutine's share of a walk, and its scratch memory.
type worker struct {
	grove   *grove
	number  int
	pool    bufferPool
	kept    keptPool
	reader  *reader
	stack   []frame
	base    *buffer  // in use
	roots   []uint32 // taken, and not yet begun
	ahead   uint32   // the node that comes next, or noNode
	read    int64    // packed bytes that nobody was told of
	touched int64    // bytes of mapped files that may have become resident
}

// run grows everything.
func (g *grove) run(s *Store, workers int) {
	g.changed.L = &g.mu
	g.workers = max(workers, 1)
	var wait sync.WaitGroup
	for i := range g.workers {
		wait.Go(func() {
			debug.SetPanicOnFault(true) // see onFault
			w := &worker{grove: g, number: i, reader: s.newReader()}
			w.reader.inflate.trusting = g.trusting
			w.pool = bufferPool{memory: g.memory, letGo: w.letGo}
			w.kept = keptPool{number: i, release: g.release}
			defer w.reader.free()
			for b, ok := w.take(); ok; b, ok = w.take() {
				w.follow(b)
				g.memory.rest(&w.pool)
			}
		})
	}
	wait.Wait()
	last := keptPool{release: g.release}
	for _, b := range g.offered { // and not taken, because of halt
		last.letGo(b.base.kept)
	}
	g.offered = nil
}

// halt has all workers end soon.
func (g *grove) halt() {
	g.stop.Store(true)
	g.memory.close()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.changed.Broadcast()
}

// take returns what to grow next; false when all is done.
func (w *worker) take() (branch, bool) {
	if len(w.roots) == 0 {
		return w.grove.take(w)
	}
	root := w.roots[0]
	w.roots = w.roots[1:]
	return branch{node: root}, !w.grove.stop.Load()
}

// manyRoots is how many light roots a worker takes at once, at the most.
const manyRoots = 16

// take returns a branch for a worker, and may give it roots for later.
func (g *grove) take(w *worker) (branch, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for {
		if g.stop.Load() {
			return branch{}, false
		}
		if n := len(g.offered); n > 0 {
			b := g.offered[n-1]
			g.offered[n-1] = branch{}
			g.offered = g.offered[:n-1]
			return b, true
		}
		if at := g.next; at < len(g.roots) {
			g.next++
			if at >= g.heavy {
				// As long as there is plenty for everybody.
				g.next += min(manyRoots-1, (len(g.roots)-g.next)/(8*g.workers))
			}
			w.roots = g.roots[at+1 : g.next]
			return branch{node: g.roots[at]}, true
		}
		if g.idle++; g.idle == g.workers {
			g.changed.Broadcast()
			return branch{}, false
		}
		g.hungry.Add(1)
		g.changed.Wait()
		g.hungry.Add(-1)
		if g.idle == g.workers {
			return branch{}, false
		}
		g.idle--
	}
}

// follow grows a branch to its last node.
func (w *worker) follow(b branch) {
	w.stack = w.stack[:0]
	w.grow(b.node, b.base)
	w.release(b.base)
	b = branch{}
	for len(w.stack) > 0 && !w.grove.stop.Load() {
		if w.grove.hungry.Load() > 0 {
			w.offer()
		}
		top := &w.stack[len(w.stack)-1]
		if len(top.kids) == 0 {
			w.release(top.made)
			w.pop()
			continue
		}
		if top.let {
			top.let = false
			top.made.buf = w.grove.again(w, top.node).buf
		}
		kid, base := top.kids[0], top.made
		if top.kids = top.kids[1:]; len(top.kids) > 0 {
			w.grow(kid, base)
			continue
		}
		w.pop()
		w.grow(kid, base)
		w.release(base)
	}
	for len(w.stack) > 0 { // stopped
		w.release(w.stack[len(w.stack)-1].made)
		w.pop()
	}
}

// release lets go of what an object is.
func (w *worker) release(c content) {
	w.pool.release(c.buf)
	w.kept.letGo(c.kept)
}

func (w *worker) pop() {
	w.stack[len(w.stack)-1] = frame{}
	w.stack = w.stack[:len(w.stack)-1]
}

// grow makes one node, and remembers it if there are nodes below it.
func (w *worker) grow(n uint32, base content) {
	w.base = base.buf
	made, follow := w.grove.grow(w, n, base)
	var kids []uint32
	if follow {
		kids = w.grove.branches(n)
	}
	if len(kids) == 0 {
		w.release(made)
		return
	}
	w.stack = append(w.stack, frame{node: n, made: made, kids: kids})
}

// letGo gives back the large buffers of the nodes that were made, but for the
// one in use, if they take much of a memory that is too small. Whoever comes
// back to such a node makes it again.
func (w *worker) letGo() {
	if w.grove.again == nil {
		return
	}
	held := int64(0)
	for i := range w.stack {
		if b := w.stack[i].made.buf; b != nil && b != w.base {
			held += b.charged
		}
	}
	if held < memoryLimit/4 {
		return
	}
	for i := range w.stack {
		f := &w.stack[i]
		if b := f.made.buf; b != nil && b != w.base && b.charged > 0 {
			w.pool.release(b)
			f.made.buf, f.let = nil, true
		}
	}
}

// offerWeight is the least weight that is worth handing to another worker.
const offerWeight = 1 << 10 // 64 KB packed

// offer hands the heaviest branch that is not begun, of the node nearest to the
// root, to a worker that has nothing to do.
func (w *worker) offer() {
	g := w.grove
	for i := range w.stack {
		f := &w.stack[i]
		last := len(f.kids) - 1
		if last < 0 || f.let || last == 0 && i == len(w.stack)-1 {
			continue // at the end of the stack it is the node this worker goes to next
		}
		if g.weight(f.kids[last]) < offerWeight {
			continue
		}
		b := branch{node: f.kids[last], base: f.made}
		f.kids = f.kids[:last]
		if b.base.buf != nil {
			b.base.buf.retain()
		}
		b.base.kept.retain()
		g.mu.Lock()
		if len(g.offered) < g.workers {
			g.offered = append(g.offered, b)
			g.changed.Signal()
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		f.kids = f.kids[:last+1]
		w.release(b.base)
		return
	}
}

// make fills in the object that an entry holds, by itself or made of base, and
// returns where its zlib data ends. Made has its kind.
func (w *worker) make(p *pack, e entry, base content, made *content, maxBytes int64) (int64, error) {
	var from []byte
	if base.buf != nil {
		from = base.buf.data
	}
	_, end, err := w.reader.make(p, e, from, func(size int64) ([]byte, error) {
		if size > maxBytes {
			return nil, &TooLargeError{Type: made.kind, Size: size, Max: maxBytes}
		}
		made.buf = w.pool.get(size)
		return made.buf.data, nil
	})
	return end, err
}
