package gitpack

import (
	"errors"
	"sync"
)

// A Plan says in which order the objects of a store are read. Walks that are given
// the same one, one after the other, share the work of making it, which the first
// of them does, and none visits what an earlier one has visited. The zero value is
// ready for use. It holds some 40 bytes for each object.
type Plan struct{ f *forest }

// begin makes the plan, or readies it for another walk. Done is how many packed
// bytes need not be looked at again.
func (p *Plan) begin(s *Store, o WalkOptions) (f *forest, done int64, err error) {
	if p.f != nil {
		return p.f, p.f.renew(), nil
	}
	p.f, err = s.plan(o)
	return p.f, 0, err
}

// A planner is how a walk's forest is made.
type planner struct {
	s       *Store
	t       *table
	f       *forest
	node    []uint32 // of each object
	parent  []uint32 // of each node
	check   Checking
	workers int
}

// plan builds the forest of all objects.
func (s *Store) plan(o WalkOptions) (*forest, error) {
	t := s.objects()
	n := t.count()
	p := &planner{
		s: s, t: t, f: &forest{nodes: make([]node, n+1)}, node: make([]uint32, n), parent: make([]uint32, n),
		check: o.Check, workers: max(o.Workers, 1),
	}
	p.number()
	for i := range t.sources {
		if t.sources[i].pack == nil {
			p.readLoose(uint16(i))
		} else if err := p.readPack(uint16(i)); err != nil {
			return nil, err
		}
	}
	f := p.f
	for i := range n {
		node := &f.nodes[i]
		if o.Skip == nil || !o.Skip(makeOID(t.sources[node.source].id(int(node.at)))) {
			node.state |= stateWanted | stateNeeded
		}
		node.weight = weigh(node.length)
	}
	f.link(p.parent, p.node)
	if unreached := f.gather(p.parent); len(unreached) > 0 {
		f.open(p.parent, unreached)
	}
	f.order()
	return f, nil
}

// number gives each object its node: in the order in which they lie, which is
// about the order in which they are visited. Those that cannot lie where their
// index says come last.
func (p *planner) number() {
	for i := range p.node {
		p.node[i], p.parent[i] = noNode, noNode
	}
	next := uint32(0)
	for i := range p.t.sources {
		src := &p.t.sources[i]
		at := func(j int) int { return j }
		n := src.count()
		if src.pack != nil {
			order := src.pack.index().layout(src.pack.end)
			n, at = len(order), func(j int) int { return int(order[j]) }
		}
		for j := range n {
			if n := src.number(at(j)); p.t.isPlace(int(n), src, at(j)) {
				p.node[n] = next
				next++
			}
		}
	}
	for n := range p.node {
		if p.node[n] == noNode {
			src, at := p.t.place(n)
			p.node[n] = next
			p.f.nodes[next] = node{source: p.t.sourceOf(n), at: uint32(at), offset: src.pack.index().offset(at)}
			next++
		}
	}
}

func weigh(length uint32) uint32 { return length/weightUnit + 1 }

func (p *planner) readLoose(source uint16) {
	src := &p.t.sources[source]
	for at := range src.count() {
		if n := int(src.number(at)); p.t.isPlace(n, src, at) {
			p.f.nodes[p.node[n]] = node{source: source, at: uint32(at), length: looseBytes, state: stateListed}
		}
	}
}

// headersMin is how many headers of entries are worth a goroutine.
const headersMin = 1 << 13

// readPack takes in the objects that lie first in a pack.
func (p *planner) readPack(source uint16) error {
	pack := p.t.sources[source].pack
	n := len(pack.index().layout(pack.end))
	parts := min(4*p.workers, n/headersMin+1)
	errs := make([]error, parts)
	var wait sync.WaitGroup
	for i := range parts {
		wait.Go(func() {
			errs[i] = guarded(func() error {
				p.readHeaders(source, n*i/parts, n*(i+1)/parts)
				return nil
			})
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// readHeaders takes in a part of a pack's layout.
func (p *planner) readHeaders(source uint16, from, to int) {
	src, touched := &p.t.sources[source], int64(0)
	x := src.pack.index()
	order := x.layout(src.pack.end)
	var scratch []byte
	next := int64(0)
	for i := from; i < to; i++ {
		at := int(order[i])
		offset := x.offset(at)
		for j := i; next <= offset; j++ { // a damaged index may state one twice
			next = src.pack.end
			if j < len(order) {
				next = x.offset(int(order[j]))
			}
		}
		n := src.number(at)
		if !p.t.isPlace(int(n), src, at) {
			continue
		}
		if touched += next - offset; touched >= unloadBytes/int64(p.workers) {
			touched = 0
			p.s.unload()
		}
		self := p.node[n]
		node := &p.f.nodes[self]
		node.source, node.at, node.offset = source, uint32(at), offset
		node.length = uint32(min(next-offset, lengthUnknown))
		node.state = stateListed
		node.crc = p.crc(x, n, at, &node.state)
		e, err := src.pack.entry(offset, &scratch)
		switch {
		case err != nil: // whoever comes to make the object sees it again
		case e.kind == offsetDelta:
			if j, ok := searchBase(x, order[:i], e.base); ok {
				p.parent[self] = p.node[src.number(int(order[j]))]
			}
		case e.kind == refDelta:
			if base := src.base(p.t, &e.baseID); base != noNode {
				p.parent[self] = p.node[base]
			}
		default:
			node.kind = e.kind
		}
	}
}

// crc returns the checksum of an object's entry, and says in its state what that
// is worth.
func (p *planner) crc(x *index, n uint32, at int, state *uint8) uint32 {
	sum, ok := x.crc(at)
	if !ok {
		return 0
	}
	*state |= stateSummed
	if p.check == CheckCRC && x.sound && !p.t.several(n) && !p.t.partial {
		*state |= stateTrusted
	}
	return sum
}

// base returns the number of an object that a delta in a source is made of.
func (s *source) base(t *table, id *OID) uint32 {
	raw := id.raw[:id.size]
	if i, ok := s.pack.index().find(raw); ok {
		return s.number(i)
	}
	if i, ok := t.find(raw); ok {
		return uint32(i)
	}
	return noNode
}

// searchBase finds an offset in a layout. Bases are mostly near, so it looks
// back in growing steps before it halves.
func searchBase(x *index, order []uint32, offset int64) (int, bool) {
	high := len(order)
	step := 1
	low := high - step
	for low > 0 && x.offset(int(order[low])) > offset {
		high = low
		step *= 4
		low = high - step
	}
	low = max(low, 0)
	for low < high {
		mid := int(uint(low+high) / 2)
		if x.offset(int(order[mid])) < offset {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < len(order) && x.offset(int(order[low])) == offset
}
