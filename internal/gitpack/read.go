package gitpack

import (
	"bytes"
	"errors"
	"slices"
	"sync"
)

// Read returns an object, with its data in buf if that is large enough; all of
// buf's capacity may be overwritten. Its error is ErrNotFound, a TooLargeError or
// a CorruptError.
func (s *Store) Read(o OID, buf []byte) (Object, error) {
	r := s.newReader()
	defer r.free()
	var got Object
	err := guarded(func() (err error) {
		got, err = r.read(o, buf)
		return err
	})
	if errors.Is(err, errFault) {
		err = &CorruptError{OID: o, Path: "object store", Offset: -1, Err: err}
	}
	return got, err
}

// A copyPlace is one of the places where an object lies.
type copyPlace struct {
	pack   *pack
	object int // in the pack's index
	loose  *looseDir
}

// copies calls yield with every place of an object, until it returns false.
func (s *Store) copies(id []byte, yield func(copyPlace) bool) {
	for _, p := range s.packsFrom(id) {
		x := p.index()
		for i, ok := x.find(id); ok && i < x.n && bytes.Equal(x.name(i), id); i++ {
			if !yield(copyPlace{pack: p, object: i}) {
				return
			}
		}
	}
	for _, d := range s.loose {
		if d.has(id) && !yield(copyPlace{loose: d}) {
			return
		}
	}
}

// manyPacks is how many packs make it worth to look an object up in the table of
// all, once there is one.
const manyPacks = 4

// packsFrom returns the packs that may hold an object.
func (s *Store) packsFrom(id []byte) []*pack {
	if len(s.packs) < manyPacks || !s.tableBuilt.Load() || s.table.partial {
		return s.packs
	}
	i, ok := s.table.find(id)
	if !ok {
		return nil
	}
	first, _ := s.table.place(i)
	if first.pack == nil {
		return nil
	}
	return s.packs[slices.Index(s.packs, first.pack):]
}

// A reader is what it takes to read an object; one goroutine may use it at a
// time.
type reader struct {
	s       *Store
	inflate inflater
	hasher  *hasher
	scratch []byte // packed bytes, where they are not mapped
	head    []byte // of an entry, likewise
	delta   []byte
	chain   []link
	copies  copyList
	record  *copyList // takes down what the next delta copies: copies, or nil
	nested  int       // how many readers wait for this one
	// careful has the ids of bases checked as well, which finds the damaged one
	// of a chain whose end turned out wrong.
	careful bool
}

var readers sync.Pool

func (s *Store) newReader() *reader {
	if r, ok := readers.Get().(*reader); ok && r.hasher.format == s.format {
		r.s = s
		return r
	}
	return &reader{s: s, hasher: newHasher(s.format)}
}

// maxKept is the most scratch memory that a reader keeps between uses.
const maxKept = 1 << 20

func (r *reader) free() {
	r.s, r.nested, r.careful, r.inflate.trusting, r.record = nil, 0, false, false, nil
	for _, b := range []*[]byte{&r.scratch, &r.delta} {
		if cap(*b) > maxKept {
			*b = nil
		}
	}
	if cap(r.chain) > 1<<8 {
		r.chain = nil
	}
	clear(r.chain[:cap(r.chain)]) // it holds on to packs
	readers.Put(r)
}

// read tries one copy of an object after the other.
func (r *reader) read(o OID, buf []byte) (Object, error) {
	if int(o.size) != r.s.format.Size() {
		return Object{}, ErrNotFound
	}
	found, first := Object{OID: o}, ErrNotFound
	r.s.copies(o.raw[:o.size], func(c copyPlace) bool {
		t, data, err := r.copyOf(o, c, buf)
		if err == nil {
			found.Type, found.Data = t, data
		}
		if err == nil || errors.Is(first, ErrNotFound) {
			first = err
		}
		return err != nil
	})
	if first != nil {
		return Object{}, first
	}
	return found, nil
}

// copyOf reads one copy of an object and checks that it is what it should be.
func (r *reader) copyOf(o OID, c copyPlace, buf []byte) (Type, []byte, error) {
	defer func(was bool) { r.inflate.trusting = was }(r.inflate.trusting)
	if c.loose != nil {
		path := c.loose.path(o.raw[:o.size])
		r.inflate.trusting = true
		t, data, err := r.looseFile(path, func(size int64) []byte { return sized(buf, size) })
		if err == nil && !bytes.Equal(r.hasher.id(t, data), o.raw[:o.size]) {
			err = errWrongID
		}
		return t, data, r.failure(o, path, -1, err)
	}
	x := c.pack.index()
	offset := x.offset(c.object)
	t, data, err := r.packedAs(o, c, offset, buf)
	if err != nil && !tooLarge(err) && !r.careful {
		r.careful = true
		t, data, err = r.packedAs(o, c, offset, buf)
		r.careful = false
	}
	if err == nil {
		x.verified.grow(x.n)
		x.verified.set(c.object)
	}
	return t, data, r.failure(o, c.pack.path, offset, err)
}

// packedAs reads an entry that should be an object. It checks the object's id,
// or, if that was done before, the checksums of what is inflated.
func (r *reader) packedAs(o OID, c copyPlace, offset int64, buf []byte) (Type, []byte, error) {
	check := r.s.options.Verify || r.careful || !c.pack.index().verified.has(c.object)
	r.inflate.trusting = check
	t, data, err := r.packed(c.pack, offset, buf)
	if err == nil && check && !bytes.Equal(r.hasher.id(t, data), o.raw[:o.size]) {
		err = errWrongID
	}
	return t, data, err
}

// failure says of which object and place err speaks.
func (r *reader) failure(o OID, path string, offset int64, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*TooLargeError](err); ok {
		return &TooLargeError{OID: o, Type: e.Type, Size: e.Size, Max: e.Max}
	}
	return &CorruptError{OID: o, Path: path, Offset: offset, Err: err}
}

// A link is an entry of a chain of deltas.
type link struct {
	pack   *pack
	offset int64
	entry  entry
	err    error // why the entry cannot be used
}

const (
	// maxChain is more than git makes a chain of deltas, which is 4095.
	maxChain = 1 << 14
	// maxNested bounds how often a base is looked for in another pack.
	maxNested = 32
)

// packed returns what an entry holds, with the data in buf if that is large
// enough. If it is careful, what cannot be read of the entries that this one is
// made of is looked for elsewhere.
func (r *reader) packed(p *pack, offset int64, buf []byte) (Type, []byte, error) {
	kind, data, err := r.descend(p, offset)
	if len(r.chain) == 0 && err == nil {
		return kind, append(buf[:0], data...), nil
	}
	var spare []byte // was a base, and nobody else has it
	shared := true   // data is also in the cache
	for i := len(r.chain) - 1; i >= 0; i-- {
		l := &r.chain[i]
		into, base := spare, data
		if i == 0 {
			into = buf
		}
		kind, data, err = r.climb(l, kind, base, err, into, i == 0)
		if err != nil && !r.careful {
			return 0, nil, err
		}
		if err != nil && !tooLarge(err) {
			l.pack.fail(l.offset)
			if id, ok := l.pack.id(l.offset); ok && i > 0 {
				kind, data, err = r.elsewhere(id)
			}
		}
		spare = nil
		if !shared {
			spare = base
		}
		shared = err == nil && i > 0 && r.s.cache.put(cacheKey{l.pack, l.offset}, kind, data)
	}
	return kind, data, err
}

// A circle notices when offsets repeat, by holding each against one that was met
// before, which it changes ever more rarely.
type circle struct {
	mark       int64
	step, next int
}

func (c *circle) closes(offset int64) bool {
	if c.step > 0 && c.mark == offset {
		return true
	}
	if c.step++; c.step > c.next {
		c.mark, c.next = offset, 2*c.step
	}
	return false
}

// descend lists in r.chain the entries that the one at offset is made of, down
// to one that needs no other. If the last one needs what lies elsewhere, that is
// returned.
func (r *reader) descend(p *pack, offset int64) (kind Type, base []byte, err error) {
	r.chain = r.chain[:0]
	var met circle
	for {
		if kind, base, ok := r.s.cache.get(cacheKey{p, offset}); ok && !r.careful {
			return kind, base, nil
		}
		l := link{pack: p, offset: offset}
		l.entry, l.err = p.entry(offset, &r.head)
		if met.closes(offset) || len(r.chain) == maxChain {
			l.err = errChain
		} else if l.err == nil && p.failedAt(offset) {
			l.err = errKnown
		}
		r.chain = append(r.chain, l)
		if l.err != nil {
			return 0, nil, nil
		}
		switch l.entry.kind {
		case offsetDelta:
			offset = l.entry.base
		case refDelta:
			id := l.entry.baseID.raw[:p.idSize]
			x := p.index()
			i, ok := x.find(id)
			if !ok {
				return r.elsewhere(id)
			}
			offset = x.offset(i)
		default:
			return 0, nil, nil
		}
	}
}

// climb returns what an entry holds, given what its base is, if it is a delta.
func (r *reader) climb(l *link, kind Type, base []byte, err error, buf []byte, last bool) (Type, []byte, error) {
	isDelta := l.entry.kind == offsetDelta || l.entry.kind == refDelta
	switch {
	case l.err != nil:
		return 0, nil, l.err
	case isDelta && errors.Is(err, ErrNotFound):
		return 0, nil, missingBase(l.entry.baseID.raw[:l.pack.idSize])
	case isDelta && tooLarge(err):
		return 0, nil, err
	case isDelta && err != nil:
		return 0, nil, errBase
	}
	limit := r.s.options.MaxObjectBytes
	if !last {
		limit = max(limit, defaultMaxObjectBytes)
	}
	if !isDelta {
		kind = l.entry.kind
	}
	data, _, err := r.make(l.pack, l.entry, base, func(size int64) ([]byte, error) {
		if size > limit {
			return nil, &TooLargeError{Type: kind, Size: size, Max: limit}
		}
		return sized(buf, size), nil
	})
	if err == nil && r.careful {
		if id, ok := l.pack.id(l.offset); ok && !bytes.Equal(r.hasher.id(kind, data), id) {
			err = errWrongID
		}
	}
	return kind, data, err
}

// elsewhere reads an object that serves as a base from wherever it can be read.
func (r *reader) elsewhere(id []byte) (Type, []byte, error) {
	if r.nested == maxNested {
		return 0, nil, errChain
	}
	other := r.s.newReader()
	defer other.free()
	other.nested, other.careful = r.nested+1, true
	o, err := other.read(makeOID(id), nil)
	return o.Type, o.Data, err
}

func tooLarge(err error) bool {
	_, ok := errors.AsType[*TooLargeError](err)
	return ok
}
