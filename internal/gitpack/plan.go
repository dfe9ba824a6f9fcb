package gitpack

import (
	"cmp"
	"math"
	"slices"
)

// A forest says in which order objects can be made: a delta's base before the
// delta. Its nodes are the objects by their number; each is told by its first
// copy alone. All is flat slices, at some 30 bytes for an object.
type forest struct {
	start  []uint32 // the children of n are kids[start[n]:start[n+1]], the lightest first
	kids   []uint32
	roots  []uint32 // heavy ones first, then in the order in which they lie
	length []uint32 // bytes that the entry takes; lengthUnknown if it is not known
	weight []uint32 // of the subtree, in units of weightUnit packed bytes
	state  []uint8
}

// What is known of a node. Bits below are set while planning, done by the worker
// that has the node.
const (
	stateWanted uint8 = 1 << iota // to be visited, if its type is
	stateNeeded                   // it, or one below it, is wanted
	stateDone
)

const (
	noNode        = math.MaxUint32
	lengthUnknown = math.MaxUint32
	// weightUnit keeps the weight of the largest store within 32 bits. Each
	// entry weighs one unit more than its bytes, for the work that any entry is.
	weightUnit = 64
)

// plan builds the forest of all objects. Skip names those not wanted; it may be
// nil.
func (s *Store) plan(skip func(OID) bool) *forest {
	t := s.objects()
	n := t.count()
	f := &forest{
		start:  make([]uint32, n+1),
		length: make([]uint32, n),
		weight: make([]uint32, n),
		state:  make([]uint8, n),
	}
	parent := make([]uint32, n)
	for i := range parent {
		parent[i] = noNode
	}
	for i := range t.sources {
		src := &t.sources[i]
		if src.pack != nil {
			f.readHeaders(s, src, parent)
			continue
		}
		for at := range src.count() {
			if node := int(src.number(at)); t.isPlace(node, src, at) {
				f.length[node] = looseBytes
			}
		}
	}
	for i := range f.state {
		if skip == nil || !skip(makeOID(t.id(i))) {
			f.state[i] = stateWanted | stateNeeded
		}
		f.weight[i] = weigh(f.length[i])
	}
	f.link(parent)
	cyclic := f.gather(parent)
	f.order(t.lies, parent, cyclic)
	return f
}

func weigh(length uint32) uint32 { return length/weightUnit + 1 }

// readHeaders finds the length and the base of each object that lies first in
// a source.
func (f *forest) readHeaders(s *Store, src *source, parent []uint32) {
	t, p, touched := &s.table, src.pack, int64(0)
	x := p.index()
	order := x.layout(p.end)
	var scratch []byte
	next := int64(0)
	for i := range order {
		at := int(order[i])
		offset := x.offset(at)
		for j := i; next <= offset; j++ { // a damaged index may state one twice
			next = p.end
			if j < len(order) {
				next = x.offset(int(order[j]))
			}
		}
		node := src.number(at)
		if !t.isPlace(int(node), src, at) {
			continue
		}
		f.length[node] = uint32(min(next-offset, lengthUnknown))
		if touched += next - offset; touched >= unloadBytes {
			touched = 0
			s.unload()
		}
		e, err := p.entry(offset, &scratch)
		if err != nil {
			continue // whoever comes to make the object sees it again
		}
		switch e.kind {
		case offsetDelta:
			if j, ok := searchBase(x, order[:i], e.base); ok {
				parent[node] = src.number(int(order[j]))
			}
		case refDelta:
			id := e.baseID.raw[:p.idSize]
			if j, ok := x.find(id); ok {
				parent[node] = src.number(j)
			} else if j, ok := t.find(id); ok {
				parent[node] = uint32(j)
			}
		}
	}
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
			f.start[p+1]++
		}
	}
	for i := 1; i < len(f.start); i++ {
		f.start[i] += f.start[i-1]
	}
	f.kids = make([]uint32, f.start[len(f.start)-1])
	// Filling backwards turns each end into the start, in ascending order.
	fill := slices.Clone(f.start[1:])
	for i := len(parent) - 1; i >= 0; i-- {
		if p := parent[i]; p != noNode {
			fill[p]--
			f.kids[fill[p]] = uint32(i)
		}
	}
}

// gather adds each node's weight and need to its parent's, from the leaves up.
// It returns the nodes that this does not reach: those that are their own
// ancestors, which only damaged packs have.
func (f *forest) gather(parent []uint32) (cyclic []uint32) {
	waiting := make([]uint32, len(parent))
	for i := range waiting {
		waiting[i] = f.start[i+1] - f.start[i]
	}
	reached := 0
	for i := range parent {
		if f.start[i+1] > f.start[i] {
			continue
		}
		for n := uint32(i); ; {
			reached++
			p := parent[n]
			if p == noNode {
				break
			}
			f.weight[p] = uint32(min(uint64(f.weight[p])+uint64(f.weight[n]), math.MaxUint32))
			f.state[p] |= f.state[n] & stateNeeded
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

// order sorts children by weight, and finds the roots. Lies tells where a node
// lies.
func (f *forest) order(lies func(uint32) uint64, parent, cyclic []uint32) {
	byWeight := func(a, b uint32) int {
		return cmp.Or(cmp.Compare(f.weight[a], f.weight[b]), cmp.Compare(a, b))
	}
	var total uint64
	for n := range f.weight {
		if kids := f.kids[f.start[n]:f.start[n+1]]; len(kids) > 1 {
			slices.SortFunc(kids, byWeight)
		}
		if parent[n] == noNode {
			f.roots = append(f.roots, uint32(n))
			total += uint64(f.weight[n])
		}
	}
	// A cycle has no root, so one of its nodes serves. The others are below it;
	// what has been done is not done again.
	seen := make(map[uint32]bool)
	for _, n := range cyclic {
		if !seen[n] {
			f.roots = append(f.roots, n)
		}
		for ; !seen[n]; n = parent[n] {
			seen[n] = true
			f.state[n] |= stateNeeded
		}
	}
	heavy := uint32(min(total/256, math.MaxUint32))
	class := func(n uint32) uint32 {
		if f.weight[n] > heavy {
			return f.weight[n]
		}
		return 0
	}
	slices.SortFunc(f.roots, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(class(b), class(a)), cmp.Compare(lies(a), lies(b)), cmp.Compare(a, b))
	})
}

// lies returns where an object's first copy lies, as a number that orders
// sources and the places in them.
func (t *table) lies(object uint32) uint64 {
	s, i := t.place(int(object))
	where := uint64(0)
	if t.where != nil {
		where = uint64(t.where[object])
	}
	if s.pack == nil {
		return where<<48 | uint64(i)
	}
	return where<<48 | uint64(max(s.pack.index().offset(i), 0))&(1<<48-1)
}
