package gitpack

import (
	"cmp"
	"math"
	"slices"
)

// A forest says in which order objects can be made: a delta's base before the
// delta. Its nodes are the objects in the order in which they lie; each is told by
// its first copy alone. All is flat slices, at some 40 bytes for an object.
type forest struct {
	sorted bool   // each base comes before what is made of it
	nodes  []node // and one more, which only says where the last one's children end
	kids   []uint32
	roots  []uint32 // heavy ones first, then in the order in which they lie
	heavy  int      // how many roots are heavy
}

// A node is what a walk needs to know of an object before it is made.
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

// What is known of a node. Most is set while planning; the worker that has the node
// sets stateDone and stateIntact, and takes stateWanted away.
const (
	stateWanted  uint8 = 1 << iota // to be visited, if its type is
	stateNeeded                    // it, or one below it, is wanted
	stateDone                      // it is made, or being made
	stateListed                    // where it lies is known
	stateSummed                    // crc is known
	stateTrusted                   // and is as good as the id
	stateReached                   // it is below a root
	stateIntact                    // what is stored was held against crc
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

// link makes the lists of children and of roots out of the parents. They lie in
// room, which has a place for each node.
func (f *forest) link(parent, room []uint32) {
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
	f.kids, f.roots = room[:end:end], room[end:]
	// Filling backwards turns each end into the beginning.
	root := len(f.roots)
	for i := len(parent) - 1; i >= 0; i-- {
		if p := parent[i]; p != noNode {
			node := &f.nodes[p]
			node.first--
			f.kids[node.first] = uint32(i)
		} else {
			root--
			f.roots[root] = uint32(i)
		}
	}
}

// gather adds each node's weight and need to its parent's. It returns the nodes that
// are below no root: those that are their own ancestors, which only damaged packs
// have, and what is below them.
func (f *forest) gather(parent []uint32) (unreached []uint32) {
	f.sorted = true
	for n, p := range parent {
		if p != noNode && p >= uint32(n) {
			f.sorted = false
			break
		}
	}
	if !f.sorted {
		return f.gatherDown(parent)
	}
	for n := len(parent) - 1; n >= 0; n-- {
		if p := parent[n]; p != noNode {
			f.nodes[p].add(&f.nodes[n])
		}
	}
	return nil
}

// renew readies a forest for another walk, which need not come to what was visited
// with all that is below it. It returns how many packed bytes that is.
func (f *forest) renew() (done int64) {
	for n := len(f.nodes) - 2; n >= 0; n-- {
		node := &f.nodes[n]
		node.state &^= stateDone
		if !f.sorted {
			continue
		}
		node.state &^= stateNeeded
		if node.state&stateWanted != 0 {
			node.state |= stateNeeded
		}
		for _, kid := range f.branches(uint32(n)) {
			node.state |= f.nodes[kid].state & stateNeeded
		}
		if node.state&stateNeeded == 0 && node.length != lengthUnknown {
			done += int64(node.length)
		}
	}
	return done
}

func (n *node) add(child *node) {
	n.weight = uint32(min(uint64(n.weight)+uint64(child.weight), math.MaxUint32))
	n.state |= child.state & stateNeeded
}

// gatherDown is gather for nodes that lie in any order: it follows each root to
// its leaves.
func (f *forest) gatherDown(parent []uint32) (unreached []uint32) {
	type frame struct{ n, kid uint32 } // kid is the next to go to, as a place in kids
	var stack []frame
	reached := 0
	for _, root := range f.roots {
		stack = append(stack, frame{root, f.nodes[root].first})
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.kid < f.nodes[top.n+1].first {
				kid := f.kids[top.kid]
				top.kid++
				stack = append(stack, frame{kid, f.nodes[kid].first})
				continue
			}
			reached++
			from := &f.nodes[top.n]
			from.state |= stateReached
			if stack = stack[:len(stack)-1]; len(stack) > 0 {
				f.nodes[stack[len(stack)-1].n].add(from)
			}
		}
	}
	if reached == len(parent) {
		return nil
	}
	for n := range parent {
		if f.nodes[n].state&stateReached == 0 {
			unreached = append(unreached, uint32(n))
		}
	}
	return unreached
}

// order sorts children by weight, and puts heavy roots before the others.
func (f *forest) order() {
	for n := range uint32(len(f.nodes) - 1) {
		if kids := f.branches(n); len(kids) > 1 {
			f.sortKids(kids)
		}
	}
	var total uint64
	for _, n := range f.roots {
		total += uint64(f.nodes[n].weight)
	}
	limit := uint32(min(total/256, math.MaxUint32))
	var heavy []uint32
	light := f.roots[:0]
	for _, n := range f.roots {
		if f.nodes[n].weight > limit {
			heavy = append(heavy, n)
		} else {
			light = append(light, n)
		}
	}
	slices.SortStableFunc(heavy, func(a, b uint32) int { return cmp.Compare(f.nodes[b].weight, f.nodes[a].weight) })
	f.roots, f.heavy = slices.Insert(light, 0, heavy...), len(heavy)
}

// open adds a root for each cycle, which has none: one of its nodes serves, and
// all others, and what hangs on them, are below it. What has been done is not
// done again.
func (f *forest) open(parent, unreached []uint32) {
	met := make([]uint32, len(parent)) // on the way from which node each was met first
	for _, from := range unreached {
		n, way := from, from+1
		for ; met[n] == 0; n = parent[n] {
			met[n] = way
			f.nodes[n].state |= stateNeeded
		}
		if met[n] == way {
			f.roots = append(f.roots, n)
		}
	}
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
