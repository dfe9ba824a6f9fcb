package gitpack

import (
	"slices"
	"testing"
)

// TestForestHoldsEveryNodeOnce plants forests as sound packs give them, with
// bases behind their deltas, and with nodes that are their own ancestors. Each
// node must be come by, from one root in all, with weight and need as they are
// told by asking every node about all its ancestors.
func TestForestHoldsEveryNodeOnce(t *testing.T) {
	rng := newRand(83)
	const anywhere, cyclic = 1, 2 // inOrder: 0
	for round := range 300 {
		n, kind := 1+rng.IntN(60), round%3
		f, parent := &forest{nodes: make([]node, n+1)}, make([]uint32, n)
		rank := rng.Perm(n) // bases have the lower one
		for i := range n {
			parent[i] = noNode
			f.nodes[i] = node{offset: int64(i), length: uint32(rng.IntN(5000)), state: stateListed}
			if rng.IntN(4) == 0 {
				f.nodes[i].state |= stateNeeded
			}
			f.nodes[i].weight = weigh(f.nodes[i].length)
			if rng.IntN(4) == 0 {
				continue
			}
			base := rng.IntN(n)
			if kind == cyclic || kind == anywhere && rank[base] < rank[i] || base < i {
				parent[i] = uint32(base)
			}
		}
		before := slices.Clone(f.nodes)
		f.link(parent, make([]uint32, n))
		unreached := f.gather(parent)
		if len(unreached) > 0 {
			f.open(parent, unreached)
		}
		f.order()

		// Ancestors of each node, itself included; a cycle ends the list.
		weights, needed, loops := make([]uint32, n), make([]bool, n), make([]bool, n)
		for i := range uint32(n) {
			met := make([]bool, n)
			at := i
			for ; at != noNode && !met[at]; at = parent[at] {
				met[at] = true
				weights[at] += before[i].weight
				needed[at] = needed[at] || before[i].state&stateNeeded != 0
			}
			loops[i] = at != noNode
		}
		seen := make([]int, n)
		var visit func(i uint32)
		visit = func(i uint32) {
			if seen[i]++; seen[i] > 1 {
				return
			}
			last := uint32(0)
			for _, kid := range f.branches(i) {
				if f.nodes[kid].weight < last {
					t.Fatalf("round %d: children are not in the order of their weight", round)
				}
				last = f.nodes[kid].weight
				visit(kid)
			}
		}
		for _, root := range f.roots {
			if seen[root] > 0 {
				t.Fatalf("round %d: root %d is below another", round, root)
			}
			visit(root)
		}
		for i := range n {
			if seen[i] == 0 {
				t.Fatalf("round %d: node %d is below no root", round, i)
			}
			need := f.nodes[i].state&stateNeeded != 0
			if loops[i] {
				if !need && needed[i] {
					t.Fatalf("round %d: node %d of a cycle is not needed", round, i)
				}
				continue
			}
			if seen[i] > 1 || f.nodes[i].weight != weights[i] || need != needed[i] {
				t.Fatalf("round %d: node %d was seen %d times, weighs %d, needed %v; want once, %d, %v",
					round, i, seen[i], f.nodes[i].weight, need, weights[i], needed[i])
			}
		}
	}
}
