package git

import (
	"slices"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// graph is every commit of a store, reachable or not.
type graph struct {
	objects *objects
	commits []commit // sorted by object
	parents []uint32 // of all commits, one after the other: indexes in commits
	order   []uint32 // indexes in commits, parents before children
}

type commit struct {
	object uint32
	tree   uint32 // an object
	first  uint32 // index in graph.parents
	count  uint32
	date   int64 // when it was committed, in Unix seconds
}

// rawCommit is a commit on the way into a graph.
type rawCommit struct {
	commit
	parents []uint32 // objects
}

// newGraph joins commits. A parent that is not among them is told to missing,
// and the child is as one that never had it.
func newGraph(o *objects, list []rawCommit, missing func(child, parent uint32)) *graph {
	at := make([]uint32, o.len()) // by object: index in list, then in g.commits
	for i := range at {
		at[i] = none
	}
	for i := range list {
		at[list[i].object] = uint32(i)
	}
	g := &graph{objects: o, commits: make([]commit, 0, len(list))}
	order := make([]uint32, 0, len(list))
	for n, i := range at {
		if i != none {
			at[n] = uint32(len(order))
			order = append(order, i)
		}
	}
	for _, i := range order {
		c := list[i]
		c.first = uint32(len(g.parents))
		for _, parent := range c.parents {
			if int(parent) < len(at) && at[parent] != none {
				g.parents = append(g.parents, at[parent])
			} else {
				missing(c.object, parent)
			}
		}
		c.count = uint32(len(g.parents)) - c.first
		g.commits = append(g.commits, c.commit)
	}
	g.sort()
	return g
}

func compare(a, b uint32) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// sort fills g.order.
func (g *graph) sort() {
	waiting := make([]uint32, len(g.commits)) // parents that are not in order yet
	first := make([]uint32, len(g.commits)+1) // children of i are children[first[i]:first[i+1]]
	for _, parent := range g.parents {
		first[parent+1]++
	}
	for i := range g.commits {
		waiting[i] = g.commits[i].count
		first[i+1] += first[i]
	}
	children, fill := make([]uint32, len(g.parents)), slices.Clone(first)
	for i := range g.commits {
		for _, parent := range g.of(uint32(i)) {
			children[fill[parent]] = uint32(i)
			fill[parent]++
		}
	}
	g.order = make([]uint32, 0, len(g.commits))
	for i := range g.commits {
		if waiting[i] == 0 {
			g.order = append(g.order, uint32(i))
		}
	}
	for at := 0; at < len(g.order); at++ {
		c := g.order[at]
		for _, child := range children[first[c]:first[c+1]] {
			if waiting[child]--; waiting[child] == 0 {
				g.order = append(g.order, child)
			}
		}
	}
}

// of returns the parents of commit i, for reading only.
func (g *graph) of(i uint32) []uint32 {
	c := &g.commits[i]
	return g.parents[c.first : c.first+c.count]
}

// find returns the index of the commit that is an object.
func (g *graph) find(object uint32) (uint32, bool) {
	at, ok := slices.BinarySearchFunc(g.commits, object, func(c commit, n uint32) int { return compare(c.object, n) })
	return uint32(at), ok
}

// reach marks the commits from which mark has not been set yet and that can be
// reached from roots.
func (g *graph) reach(roots []uint32, mark func(i uint32) bool) {
	stack := slices.Clone(roots)
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if mark(i) {
			stack = append(stack, g.of(i)...)
		}
	}
}

// A commitReader takes in the commits that one worker meets.
type commitReader struct {
	objects *objects
	links   gitpack.CommitLinks
	list    []rawCommit
	block   []uint32
}

// add takes from a commit's text what a graph needs.
func (r *commitReader) add(object uint32, data []byte) error {
	if err := r.links.Parse(data, r.objects.format); err != nil {
		return err
	}
	tree, n := r.objects.numberOf(r.links.Tree), len(r.links.Parents)
	if len(r.block)+n > cap(r.block) {
		r.block = make([]uint32, 0, max(1<<12, n))
	}
	first := len(r.block)
	for _, p := range r.links.Parents {
		r.block = append(r.block, r.objects.numberOf(p))
	}
	r.list = append(r.list, rawCommit{
		commit:  commit{object: object, tree: tree, date: r.links.Committed},
		parents: r.block[first:len(r.block):len(r.block)],
	})
	return nil
}

// commitReaders returns one for each of some workers.
func commitReaders(o *objects, workers int) []*commitReader {
	all := make([]*commitReader, workers)
	for i := range all {
		all[i] = &commitReader{objects: o}
	}
	return all
}

// commitsOf lists what the workers took in.
func commitsOf(readers []*commitReader) []rawCommit {
	if len(readers) == 1 {
		return readers[0].list
	}
	var list []rawCommit
	for _, r := range readers {
		list = append(list, r.list...)
	}
	return list
}
