package gitpack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
)

// WalkOptions say what a walk visits, and how.
type WalkOptions struct {
	Workers int    // 0: one
	Types   []Type // nil: all
	// Skip says whether an object need not be visited; nil: none. It is called
	// once for each object, of whatever type, before the first visit.
	Skip func(OID) bool
	// Check says how content is checked.
	Check Checking
	// Plan, if set, is what this walk shares with others of the same Skip and
	// Check. No two of them may run at once.
	Plan *Plan
	// Release, if set, is given what visit returned, unless that was nil or came
	// with an error, once no visit can be given it any more.
	Release func(worker int, keep any)
	// Advance, if set, is told how many more bytes were read, of those that
	// PackedBytes counts. Calls never overlap.
	Advance func(packedBytes int64)

	memory *memory // of large objects; nil: one of its own
}

// Walk visits every distinct object of the given types exactly once, whole, and
// each entry of a pack is inflated once. Visit runs in several goroutines, worker
// is less than Workers; what the object holds is lent until visit returns and must
// not be changed. What visit returns, to keep, is handed to the visits of those
// objects that are made of this one, together with which ranges they share with
// it, and let go of after the last of them. Bad is told, never in two goroutines
// at once, of every object that cannot be read, or whose type cannot be told. The
// order of the calls is not defined, but that a base is visited before what is
// made of it. An error of visit, or the end of ctx, ends the walk and is returned.
func (s *Store) Walk(ctx context.Context, o WalkOptions, visit func(worker int, o Object) (keep any, err error), bad func(OID, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &walk{ctx: ctx, s: s, visit: visit, bad: bad, advance: o.Advance, gaps: make(map[*pack]int64)}
	for _, t := range o.Types {
		w.types |= 1 << t
	}
	if o.Types == nil {
		w.types = allTypes
	}
	w.t = s.objects()
	plan, done := o.Plan, int64(0)
	if plan == nil {
		plan = new(Plan)
	}
	err := w.t.err
	if err == nil {
		err = guarded(func() (err error) {
			if o.Check == CheckCRC {
				s.checkIndexes()
			}
			w.f, done, err = plan.begin(s, o)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("planning the walk: %w", err)
	}
	w.progress(&done)
	g := &w.grove
	g.roots, g.heavy = w.f.roots, w.f.heavy
	g.branches = w.f.branches
	g.weight = func(n uint32) uint32 { return w.f.nodes[n].weight }
	g.grow = w.grow
	g.again = w.again
	g.release = o.Release
	g.trusting = true
	g.memory = o.memory
	if g.memory == nil {
		g.memory = newMemory(memoryLimit)
	}
	defer context.AfterFunc(ctx, g.halt)()
	g.run(s, o.Workers)
	for p, at := range w.gaps {
		s.problem(p.path, fmt.Errorf("the index lists no entry for the bytes from %d on", at))
	}
	if w.err != nil {
		return w.err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	rest := w.t.packed - w.told
	w.progress(&rest)
	return nil
}

// A walk is the state of one call of Walk.
type walk struct {
	ctx   context.Context
	s     *Store
	t     *table
	f     *forest
	grove grove
	types uint16 // bit t: objects of type t are visited
	visit func(int, Object) (any, error)
	bad   func(OID, error)

	mu      sync.Mutex
	err     error      // of visit
	tell    sync.Mutex // held while bad or advance is called
	advance func(int64)
	told    int64
	gaps    map[*pack]int64 // where the first bytes are that belong to no entry
}

const allTypes = 1<<Commit | 1<<Tree | 1<<Blob | 1<<Tag

func (w *walk) wants(t Type) bool { return w.types>>t&1 != 0 }

// grow makes and visits the object of a node. An object that cannot be made
// from its first copy is read from another. It follows the nodes below in any
// case: their content may be had elsewhere.
func (w *walk) grow(k *worker, n uint32, base content) (content, bool) {
	state := &w.f.nodes[n].state
	if *state&stateNeeded == 0 || *state&stateDone != 0 {
		return content{}, false
	}
	*state |= stateDone
	k.ahead = w.ahead(k, n)
	var i item
	var made content
	passed, err := w.attempt(k, n, base, &i, &made)
	if err != nil && !tooLarge(err) {
		k.pool.release(made.buf)
		w.identify(&i)
		made, err = w.remake(k, i.id, err)
	}
	if err == nil && !passed && int64(len(made.buf.data)) > w.s.options.MaxObjectBytes {
		w.report(k, i, w.tooLarge(made))
		w.count(k, n)
		return made, true // others may be made of it that are not
	}
	switch {
	case err != nil:
		w.report(k, i, err)
	case passed:
	case *state&stateWanted != 0 && w.wants(made.kind):
		*state &^= stateWanted
		made.kept = w.show(k, Object{
			OID: i.id, Number: int(i.source.number(i.at)), Type: made.kind, Data: made.buf.data,
			Copies: k.reader.copies.all(), Base: base.kept.of(), Leaf: len(w.f.branches(n)) == 0,
		})
	}
	w.count(k, n)
	return made, true
}

// again makes an object that was visited before.
func (w *walk) again(k *worker, n uint32) content {
	node := &w.f.nodes[n]
	i := item{source: &w.t.sources[node.source], at: int(node.at)}
	w.identify(&i)
	made, err := w.remake(k, i.id, errKnown)
	if err != nil {
		return content{}
	}
	return made
}

// identify fills in the id of an object that was not attempted to the point
// where it is needed.
func (w *walk) identify(i *item) {
	var err error
	defer onFault(&err)
	i.id = makeOID(i.source.id(i.at))
}

// An item is what the index, or the name of a loose object, says of a node.
type item struct {
	id     OID
	source *source
	at     int // in source
	offset int64
}

// attempt makes the object of a node from its first copy, and checks it. Passed
// says that it need not be made, since its type is not wanted; made then holds
// the type.
func (w *walk) attempt(k *worker, n uint32, base content, i *item, made *content) (passed bool, err error) {
	defer onFault(&err)
	node := &w.f.nodes[n]
	i.source, i.at, i.offset = &w.t.sources[node.source], int(node.at), node.offset
	kind := w.kindOf(k, n, i, base)
	passed = kind != 0 && !w.wants(kind)
	if passed && w.intact(k, node, i) {
		made.kind = kind
		return true, nil
	}
	i.id = makeOID(i.source.id(i.at))
	if passed {
		return false, errPassed // what is stored cannot be trusted
	}
	k.reader.copies.reset()
	checked := false
	if i.source.pack == nil {
		err = w.makeLoose(k, i, made)
	} else {
		if checked = node.state&stateTrusted != 0; checked && !w.intact(k, node, i) {
			return false, errCRC
		}
		w.fetchEntry(k.ahead)
		err = w.makePacked(k, n, i, base, made)
	}
	if err != nil || checked {
		return false, err
	}
	if !bytes.Equal(k.reader.hasher.id(made.kind, made.buf.data), i.id.raw[:i.id.size]) {
		return false, errWrongID
	}
	i.source.verified(i.at)
	return false, nil
}

// kindOf returns an object's type as far as it can be told without making it;
// 0 if it cannot.
func (w *walk) kindOf(k *worker, n uint32, i *item, base content) Type {
	if w.types == allTypes {
		return 0
	}
	if base.kind != 0 {
		return base.kind
	}
	if i.source.pack != nil {
		return w.f.nodes[n].kind
	}
	kind, _, err := k.reader.looseType(i.source.loose.path(i.source.id(i.at)))
	if err != nil {
		return 0
	}
	return kind
}

func (i *item) path() string {
	if i.source.pack != nil {
		return i.source.pack.path
	}
	return i.source.loose.path(i.id.raw[:i.id.size])
}

// intact says whether what is stored of an object that is passed over because of
// its type is what was once stored. Else a flipped bit in its header could be
// why it seems to be of that type.
//
// It also serves where an entry's checksum stands for the object's id.
func (w *walk) intact(k *worker, n *node, i *item) bool {
	p := i.source.pack
	if p == nil {
		return true // the type is a whole word
	}
	if n.state&stateSummed == 0 {
		return false
	}
	if n.state&stateIntact != 0 {
		return true
	}
	end := i.offset + int64(n.length)
	if n.length == lengthUnknown {
		end = p.index().end(i.offset, p.end)
	}
	sum, err := p.crc(i.offset, end, &k.reader.scratch)
	if err != nil || sum != n.crc {
		return false
	}
	n.state |= stateIntact
	return true
}

func (w *walk) makePacked(k *worker, n uint32, i *item, base content, made *content) error {
	p := i.source.pack
	e, err := p.entry(i.offset, &k.reader.head)
	if err != nil {
		return err
	}
	made.kind = e.kind
	if e.kind == offsetDelta || e.kind == refDelta {
		if base.buf == nil {
			return w.noBase(p, e)
		}
		made.kind = base.kind
	}
	if base.kept != nil {
		k.reader.record = &k.reader.copies
	}
	end, err := k.make(p, e, base, made, w.limit(n))
	k.reader.record = nil
	if length := w.f.nodes[n].length; err == nil && length != lengthUnknown && end < i.offset+int64(length) {
		w.gap(p, end)
	}
	return err
}

// limit returns how large the object of a node may be to be made: larger than
// what is visited if others are made of it.
func (w *walk) limit(n uint32) int64 {
	if len(w.f.branches(n)) > 0 {
		return max(w.s.options.MaxObjectBytes, defaultMaxObjectBytes)
	}
	return w.s.options.MaxObjectBytes
}

func (w *walk) tooLarge(made content) error {
	return &TooLargeError{Type: made.kind, Size: int64(len(made.buf.data)), Max: w.s.options.MaxObjectBytes}
}

// noBase says why there is no base.
func (w *walk) noBase(p *pack, e entry) error {
	if e.kind == refDelta {
		if _, ok := w.t.find(e.baseID.raw[:p.idSize]); !ok {
			return missingBase(e.baseID.raw[:p.idSize])
		}
	}
	return errBase
}

func (w *walk) makeLoose(k *worker, i *item, made *content) (err error) {
	made.kind, _, err = k.reader.looseFile(i.path(), func(size int64) []byte {
		made.buf = k.pool.get(size)
		return made.buf.data
	})
	return err
}

// remake reads an object that cannot be made from its first copy, which failed
// with failure, by all means that are left.
func (w *walk) remake(k *worker, id OID, failure error) (made content, err error) {
	defer onFault(&err)
	k.reader.record = nil
	k.reader.copies.reset()
	k.reader.careful = true
	defer func() { k.reader.careful = false }()
	o, err := k.reader.read(id, nil)
	if tooLarge(err) || err != nil && errors.Is(failure, errPassed) {
		return content{}, err
	}
	if err != nil {
		return content{}, failure
	}
	return content{kind: o.Type, buf: k.pool.adopt(o.Data)}, nil
}

// show visits an object and returns what is kept for those made of it.
func (w *walk) show(k *worker, o Object) *kept {
	if w.ctx.Err() != nil {
		w.grove.halt()
	}
	if w.grove.stop.Load() {
		return nil
	}
	if o.Copies == nil {
		o.Base = nil
	}
	keep, err := w.visit(k.number, o)
	if err == nil {
		return k.kept.hold(keep)
	}
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	w.mu.Unlock()
	w.grove.halt()
	return nil
}

func (w *walk) report(k *worker, i item, err error) {
	if e, ok := errors.AsType[*CorruptError](err); ok {
		err = e.Err
	}
	offset := int64(-1)
	if i.source.pack != nil {
		offset = i.offset
	}
	err = k.reader.failure(i.id, i.path(), offset, err)
	if e, ok := errors.AsType[*TooLargeError](err); ok && e.Type != 0 && !w.wants(e.Type) {
		return
	}
	w.tell.Lock()
	defer w.tell.Unlock()
	if !w.grove.stop.Load() {
		w.bad(i.id, err)
	}
}

// gap notes bytes that belong to no entry.
func (w *walk) gap(p *pack, at int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if first, ok := w.gaps[p]; !ok || at < first {
		w.gaps[p] = at
	}
}

// count notes that a node is done.
func (w *walk) count(k *worker, n uint32) {
	length := int64(w.f.nodes[n].length)
	if length == lengthUnknown {
		length = 0
	}
	k.read += length
	k.touched += length + touchedMin
	if k.read >= advanceBytes {
		w.progress(&k.read)
	}
	if k.touched >= unloadBytes/int64(w.grove.workers) {
		k.touched = 0
		w.s.unload()
	}
}

// advanceBytes is how much a worker reads before it says so.
const advanceBytes = 256 << 10

func (w *walk) progress(read *int64) {
	w.tell.Lock()
	defer w.tell.Unlock()
	w.told += *read
	if w.advance != nil && *read > 0 {
		w.advance(*read)
	}
	*read = 0
}
