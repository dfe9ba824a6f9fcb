package gitpack

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"sync"
)

// A forest says in which order objects can be made: a delta's base before the
// delta. Its nodes are the objects by their number; each is told by its first
// copy alone. All is flat slices, at some 45 bytes for an object.
type forest struct {
	nodes []node // and one more, which only says where the last one's children end
	kids  []uint32
	roots []uint32 // heavy ones first, then in the order in which they lie
}

// A node is what a walk needs to know of an object before it is made. What
// belongs to one object lies together: objects are visited in quite another
// order than they are numbered.
type node struct {
	offset int64  // in the pack
	first  uint32 // its children are kids[first:next.first], the lightest first
	length uint32 // bytes that the entry takes; lengthUnknown if it is not known
	weight uint32 // of the subtree, in units of weightUnit packed bytes
	crc    uint32 // of the entry, if it is known
	at     uint32 // place in the source
	source uint16 // in the table
	state  uint8
	kind   Type // as its entry says; 0: unknown, as of deltas
}

// What is known of a node. All but stateDone is set while planning, that by the
// worker that has the node.
const (
	stateWanted  uint8 = 1 << iota // to be visited, if its type is
	stateNeeded                    // it, or one below it, is wanted
	stateDone                      // it is made, or being made
	stateListed                    // where it lies is known
	stateSummed                    // crc is known
	stateTrusted                   // and is as good as the id
)

const (
	noNode        = math.MaxUint32
	lengthUnknown = math.MaxUint32
	// weightUnit keeps the weight of the largest store within 32 bits. Each
	// entry weighs one unit more than its bytes, for the work that any entry is.
	weightUnit = 64
)

// branches returns the children of a node.
func (f *forest) branches(n uint32) []uint32 {
	return f.kids[f.nodes[n].first:f.nodes[n+1].first]
}

// A planner is how a walk's forest is made.
type planner struct {
	s       *Store
	t       *table
	f       *forest
	parent  []uint32
	check   Checking
	workers int
}

// plan builds the forest of all objects.
func (s *Store) plan(o WalkOptions) (*forest, error) {
	t := s.objects()
	n := t.count()
	p := &planner{s: s, t: t, f: &forest{nodes: make([]node, n+1)}, parent: make([]uint32, n), check: o.Check, workers: max(o.Workers, 1)}
	for i := range p.parent {
		p.parent[i] = noNode
	}
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
		if node.state&stateListed == 0 {
			p.readUnlisted(i)
		}
		if o.Skip == nil || !o.Skip(makeOID(t.id(i))) {
			node.state |= stateWanted | stateNeeded
		}
		node.weight = weigh(node.length)
	}
	f.link(p.parent)
	cyclic := f.gather(p.parent)
	f.order(p.parent, cyclic)
	return f, nil
}

func weigh(length uint32) uint32 { return length/weightUnit + 1 }

func (p *planner) readLoose(source uint16) {
	src := &p.t.sources[source]
	for at := range src.count() {
		if n := int(src.number(at)); p.t.isPlace(n, src, at) {
			p.f.nodes[n] = node{source: source, at: uint32(at), length: looseBytes, state: stateListed}
			p.f.roots = append(p.f.roots, uint32(n))
		}
	}
}

// readUnlisted takes in an object that cannot lie where its index says.
func (p *planner) readUnlisted(n int) {
	src, at := p.t.place(n)
	p.f.nodes[n] = node{source: p.t.sourceOf(n), at: uint32(at), offset: src.pack.index().offset(at)}
	p.f.roots = append(p.f.roots, uint32(n))
}

// headersMin is how many headers of entries are worth a goroutine.
const headersMin = 1 << 13

// readPack takes in the objects that lie first in a pack, in the order in which
// they lie there.
func (p *planner) readPack(source uint16) error {
	pack := p.t.sources[source].pack
	n := len(pack.index().layout(pack.end))
	parts := min(4*p.workers, n/headersMin+1)
	roots, errs := make([][]uint32, parts), make([]error, parts)
	var wait sync.WaitGroup
	for i := range parts {
		wait.Go(func() {
			errs[i] = guarded(func() error {
				roots[i] = p.readHeaders(source, n*i/parts, n*(i+1)/parts)
				return nil
			})
		})
	}
	wait.Wait()
	p.f.roots = append(p.f.roots, slices.Concat(roots...)...)
	return errors.Join(errs...)
}

// readHeaders takes in a part of a pack's layout. It returns the nodes that have
// no parent.
func (p *planner) readHeaders(source uint16, from, to int) (roots []uint32) {
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
		node := &p.f.nodes[n]
		node.source, node.at, node.offset = source, uint32(at), offset
		node.length = uint32(min(next-offset, lengthUnknown))
		node.state = stateListed
		node.crc = p.crc(x, n, at, &node.state)
		e, err := src.pack.entry(offset, &scratch)
		switch {
		case err != nil: // whoever comes to make the object sees it again
		case e.kind == offsetDelta:
			if j, ok := searchBase(x, order[:i], e.base); ok {
				p.parent[n] = src.number(int(order[j]))
			}
		case e.kind == refDelta:
			p.parent[n] = src.base(p.t, &e.baseID)
		default:
			node.kind = e.kind
		}
		if p.parent[n] == noNode {
			roots = append(roots, n)
		}
	}
	return roots
}

// crc returns the checksum of an object's entry, and says in its state what that
// is worth.
func (p *planner) crc(x *index, n uint32, at int, state *uint8) uint32 {
	sum, ok := x.crc(at)
	if !ok {
		return 0
	}
	*state |= stateSummed
	if p.check == CheckCRC && x.sound && !p.t.several(n) {
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

// link makes the lists of children out of the parents.
func (f *forest) link(parent []uint32) {
	for _, p := range parent {
		if p != noNode {
			f.nodes[p].first++
		}
	}
	end := uint32(0)
	for i := range f.nodes {
		end += f.nodes[i].first
		f.nodes[i].first = end
	}
	f.kids = make([]uint32, end)
	// Filling backwards turns each end into the beginning.
	for i := len(parent) - 1; i >= 0; i-- {
		if p := parent[i]; p != noNode {
			node := &f.nodes[p]
			node.first--
			f.kids[node.first] = uint32(i)
		}
	}
}

// gather adds each node's weight and need to its parent's, from the leaves up.
// It returns the nodes that this does not reach: those that are their own
// ancestors, which only damaged packs have.
func (f *forest) gather(parent []uint32) (cyclic []uint32) {
	waiting := make([]uint32, len(parent))
	for i := range waiting {
		waiting[i] = f.nodes[i+1].first - f.nodes[i].first
	}
	reached := 0
	for i := range parent {
		if f.nodes[i+1].first > f.nodes[i].first {
			continue
		}
		for n := uint32(i); ; {
			reached++
			p := parent[n]
			if p == noNode {
				break
			}
			from, to := &f.nodes[n], &f.nodes[p]
			to.weight = uint32(min(uint64(to.weight)+uint64(from.weight), math.MaxUint32))
			to.state |= from.state & stateNeeded
			if waiting[p]--; waiting[p] > 0 {
				break
			}
			n = p
		}
	}
	if reached == len(parent) {
		return nil
	}
	for i, w := range waiting {
		if w > 0 {
			cyclic = append(cyclic, uint32(i))
		}
	}
	return cyclic
}

// order sorts children by weight, and puts heavy roots before the others.
func (f *forest) order(parent, cyclic []uint32) {
	// A cycle has no root, so one of its nodes serves. The others are below it;
	// what has been done is not done again.
	seen := make(map[uint32]bool)
	for _, n := range cyclic {
		if !seen[n] {
			f.roots = append(f.roots, n)
		}
		for ; !seen[n]; n = parent[n] {
			seen[n] = true
			f.nodes[n].state |= stateNeeded
		}
	}
	for n := range uint32(len(parent)) {
		if kids := f.branches(n); len(kids) > 1 {
			f.sortKids(kids)
		}
	}
	var total uint64
	for _, n := range f.roots {
		total += uint64(f.nodes[n].weight)
	}
	limit := uint32(min(total/256, math.MaxUint32))
	var heavy, light []uint32
	for _, n := range f.roots {
		if f.nodes[n].weight > limit {
			heavy = append(heavy, n)
		}
	}
	slices.SortStableFunc(heavy, func(a, b uint32) int { return cmp.Compare(f.nodes[b].weight, f.nodes[a].weight) })
	light = slices.DeleteFunc(f.roots, func(n uint32) bool { return f.nodes[n].weight > limit })
	f.roots = slices.Insert(light, 0, heavy...)
}

// fewKids is up to how many children are sorted in the simplest way.
const fewKids = 8

// sortKids sorts children, which are in ascending order, by their weight.
func (f *forest) sortKids(kids []uint32) {
	if len(kids) > fewKids {
		slices.SortStableFunc(kids, func(a, b uint32) int { return cmp.Compare(f.nodes[a].weight, f.nodes[b].weight) })
		return
	}
	for i := 1; i < len(kids); i++ {
		for j := i; j > 0 && f.nodes[kids[j]].weight < f.nodes[kids[j-1]].weight; j-- {
			kids[j], kids[j-1] = kids[j-1], kids[j]
		}
	}
}
