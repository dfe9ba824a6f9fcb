package gitpack

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"slices"
	"sort"
	"sync/atomic"
)

// scanPacks gives the packs that have no index, or none that can be used, one
// made of what they hold.
func (s *Store) scanPacks() {
	var scans []*scan
	for _, p := range s.packs {
		if p.idx == nil {
			p.idx = makeIndex(nil, p.idSize, nil)
			scans = append(scans, &scan{s: s, p: p})
		}
	}
	for _, c := range scans {
		c.split()
	}
	// A pack may need another one's objects, so go on as long as that helps.
	for more := true; more; {
		more = false
		for _, c := range scans {
			first := !c.begun
			if c.left() > 0 && (c.identify() || first) {
				more = true
			}
		}
	}
	for _, c := range scans {
		c.conclude()
	}
}

// A scan finds out what a pack holds. Its nodes are the entries, in the order in
// which they lie.
type scan struct {
	s       *Store
	p       *pack
	starts  []int64
	crcs    []uint32
	err     error // what ended the search for entries
	f       *forest
	parent  []uint32
	waiting []waiting
	ids     []byte // of each node, once it is stateDone
	claimed bitset // nodes that are made, or being made
	done    atomic.Int64
	begun   bool
	outside bool // bases may be looked for in other packs
}

// A waiting is a delta that names its base by its id.
type waiting struct {
	base OID
	node uint32
}

// split finds the entries.
func (c *scan) split() {
	r := c.s.newReader()
	defer r.free()
	touched := int64(0)
	for at := int64(packHead); at < c.p.end; {
		e, err := c.p.entry(at, &r.head)
		end := at
		if err == nil {
			end, err = r.skip(c.p, e)
		}
		if err != nil {
			c.err = fmt.Errorf("at offset %d: %w", at, err)
			break
		}
		parent := uint32(noNode)
		switch e.kind {
		case offsetDelta:
			if i, ok := slices.BinarySearch(c.starts, e.base); ok {
				parent = uint32(i)
			}
		case refDelta:
			c.waiting = append(c.waiting, waiting{e.baseID, uint32(len(c.starts))})
		}
		c.starts = append(c.starts, at)
		c.parent = append(c.parent, parent)
		sum, _ := c.p.crc(at, end, &r.scratch)
		c.crcs = append(c.crcs, sum)
		if touched += end - at; touched >= unloadBytes {
			touched = 0
			c.s.unload()
		}
		at = end
	}
	slices.SortFunc(c.waiting, func(a, b waiting) int { return a.base.Compare(b.base) })
	n := len(c.starts)
	c.ids = make([]byte, n*c.p.idSize)
	c.claimed.grow(n)
	c.f = &forest{nodes: make([]node, n+1)}
	for i, at := range c.starts {
		end := c.p.end
		if i+1 < n {
			end = c.starts[i+1]
		}
		length := uint32(min(end-at, lengthUnknown))
		c.f.nodes[i] = node{offset: at, length: length, weight: weigh(length), state: stateListed}
	}
	c.f.link(c.parent, make([]uint32, n))
	c.f.gather(c.parent)
	c.f.order()
}

// skip returns where an entry ends.
func (r *reader) skip(p *pack, e entry) (int64, error) {
	if !plausible(e.size, p.end-e.data) {
		return 0, errImpossible
	}
	if e.size <= maxDelta {
		r.delta = sized(r.delta, e.size)
		used, err := r.inflateAt(p, e.data, r.delta)
		return e.data + used, err
	}
	section := newSection(p.file, e.data, p.end)
	z, err := r.inflate.stream(section)
	if err == nil {
		_, err = io.CopyN(io.Discard, z, e.size)
		err = zlibError(err)
	}
	if err == nil {
		err = r.inflate.finish(z)
	}
	return section.position(), err
}

// crc returns the CRC-32 of a part of the pack.
func (p *pack) crc(from, to int64, scratch *[]byte) (sum uint32, err error) {
	for from < to {
		b, err := p.bytes(from, min(to-from, 1<<18), scratch)
		if err != nil {
			return 0, err
		}
		sum = crc32.Update(sum, crc32.IEEETable, b)
		from += int64(len(b))
	}
	return sum, nil
}

func (c *scan) left() int { return len(c.starts) - int(c.done.Load()) }

// identify makes what objects it can, for their ids, and says whether there
// were any.
func (c *scan) identify() bool {
	before := c.left()
	roots, heavy := c.f.roots, c.f.heavy
	if c.outside = c.begun; c.outside {
		roots, heavy = nil, 0
	}
	c.begun = true
	for _, w := range c.waiting {
		if c.outside && c.f.nodes[w.node].state&stateDone == 0 {
			roots = append(roots, w.node)
		}
	}
	g := &grove{
		roots:    roots,
		heavy:    heavy,
		branches: c.branches,
		weight:   func(n uint32) uint32 { return c.f.nodes[n].weight },
		grow:     c.grow,
		again:    c.again,
		memory:   newMemory(memoryLimit),
	}
	g.run(c.s, runtime.GOMAXPROCS(0))
	if c.left() == before {
		return false
	}
	c.p.idx = c.index()
	return true
}

// branches returns the deltas against node n, which was made.
func (c *scan) branches(n uint32) []uint32 {
	id := makeOID(c.id(n))
	i := sort.Search(len(c.waiting), func(i int) bool { return c.waiting[i].base.Compare(id) >= 0 })
	kids := c.f.branches(n)
	if i == len(c.waiting) || c.waiting[i].base != id {
		return kids
	}
	kids = slices.Clone(kids)
	for ; i < len(c.waiting) && c.waiting[i].base == id; i++ {
		kids = append(kids, c.waiting[i].node)
	}
	return kids
}

func (c *scan) id(n uint32) []byte { return c.ids[int(n)*c.p.idSize:][:c.p.idSize] }

func (c *scan) grow(w *worker, n uint32, base content) (content, bool) {
	// A delta that waits for its base may be come by twice at once: by itself, and
	// from a base that was made meanwhile.
	if !c.claimed.claim(int(n)) {
		return content{}, false
	}
	made, err := c.make(w, n, base)
	if err != nil {
		c.claimed.unset(int(n)) // it may be had another way, or later
		return made, false
	}
	copy(c.id(n), w.reader.hasher.id(made.kind, made.buf.data))
	c.f.nodes[n].state |= stateDone
	c.done.Add(1)
	return made, true
}

func (c *scan) make(w *worker, n uint32, base content) (content, error) {
	e, err := c.p.entry(c.starts[n], &w.reader.head)
	if err != nil {
		return content{}, err
	}
	made := content{kind: e.kind}
	if e.kind == offsetDelta || e.kind == refDelta {
		if base.buf == nil && c.outside && e.kind == refDelta {
			kind, data, err := w.reader.elsewhere(e.baseID.raw[:c.p.idSize])
			if err != nil {
				return content{}, err
			}
			base = content{kind: kind, buf: w.pool.adopt(data)}
			defer w.pool.release(base.buf)
		}
		if base.buf == nil {
			return content{}, errBase
		}
		made.kind = base.kind
	}
	_, err = w.make(c.p, e, base, &made, defaultMaxObjectBytes)
	return made, err
}

// again makes an object a second time.
func (c *scan) again(w *worker, n uint32) content {
	kind, data, err := w.reader.packed(c.p, c.starts[n], nil)
	if err != nil {
		return content{}
	}
	return content{kind: kind, buf: w.pool.adopt(data)}
}

// index lists what has been made.
func (c *scan) index() *index {
	var objects []listed
	for n, at := range c.starts {
		if c.f.nodes[n].state&stateDone != 0 {
			objects = append(objects, listed{makeOID(c.id(uint32(n))), at, c.crcs[n]})
		}
	}
	return makeIndex(objects, c.p.idSize, nil)
}

// conclude reports what could not be read of the pack.
func (c *scan) conclude() {
	r := c.s.newReader()
	defer r.free()
	switch left := c.left(); {
	case c.err != nil:
		c.s.problem(c.p.path, fmt.Errorf("only %d of %d entries could be read; %w", c.done.Load(), c.p.count, c.err))
	case left > 0:
		c.s.problem(c.p.path, fmt.Errorf("%d of %d entries could not be read: their bases are missing or damaged", left, len(c.starts)))
	case len(c.starts) != int(c.p.count):
		c.s.problem(c.p.path, fmt.Errorf("the pack says that it holds %d entries, but it holds %d", c.p.count, len(c.starts)))
	default:
		if err := c.p.checkSum(r.hasher); err != nil {
			c.s.problem(c.p.path, err)
		}
	}
}

// checkSum holds the pack's trailer, a hash of all before it, against the pack.
func (p *pack) checkSum(h *hasher) error {
	h.h.Reset()
	if _, err := io.Copy(h.h, io.NewSectionReader(p.file, 0, p.end)); err != nil {
		return err
	}
	var scratch []byte
	want, err := p.bytes(p.end, int64(p.idSize), &scratch)
	if err != nil {
		return err
	}
	if !bytes.Equal(h.h.Sum(nil), want) {
		return errors.New("the pack's checksum is wrong")
	}
	return nil
}
