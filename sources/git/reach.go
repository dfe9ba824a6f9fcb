package git

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// A holding says what keeps each commit of a graph, and which refs lead to it.
type holding struct {
	graph *graph
	tips  []tip
	level []mudlark.Held // by commit
}

// A tip is a commit that refs point to.
type tip struct {
	commit uint32
	names  []string // full names of the refs, sorted
}

// A root is a commit that something points to.
type root struct {
	commit uint32
	ref    string // empty: a reflog
	held   mudlark.Held
}

// holdingOf finds what keeps the commits of a graph.
func holdingOf(g *graph, roots []root) *holding {
	h := &holding{graph: g, level: make([]mudlark.Held, len(g.commits))}
	for _, held := range []mudlark.Held{mudlark.HeldByRef, mudlark.HeldByStash, mudlark.HeldByReflog} {
		var from []uint32
		for _, r := range roots {
			if r.held == held {
				from = append(from, r.commit)
			}
		}
		g.reach(from, func(i uint32) bool {
			if h.level[i] != "" {
				return false
			}
			h.level[i] = held
			return true
		})
	}
	for i := range h.level {
		if h.level[i] == "" {
			h.level[i] = mudlark.HeldByNothing
		}
	}
	h.gatherTips(roots)
	return h
}

func (h *holding) gatherTips(roots []root) {
	at := map[uint32]int{}
	for _, r := range roots {
		if r.ref == "" || r.held == mudlark.HeldByReflog {
			continue
		}
		i, ok := at[r.commit]
		if !ok {
			i = len(h.tips)
			at[r.commit] = i
			h.tips = append(h.tips, tip{commit: r.commit})
		}
		h.tips[i].names = append(h.tips[i].names, r.ref)
	}
	for i := range h.tips {
		slices.Sort(h.tips[i].names)
		h.tips[i].names = slices.Compact(h.tips[i].names)
	}
	slices.SortFunc(h.tips, func(a, b tip) int { return strings.Compare(a.names[0], b.names[0]) })
}

// A tipSet is a set of tips: bit i is tip i.
type tipSet []uint64

func (s tipSet) has(i int) bool { return s[i/64]>>(i%64)&1 != 0 }

// passWords is how many times 64 commits one pass over the graph follows.
const passWords = 4

// reached returns for each of the wanted commits which tips lead to it. Commits
// that the same tips lead to share one set. A pass over the graph carries a bit
// for each of 256 wanted commits from parents to children, so the cost does not
// depend on how long the ways are.
func (h *holding) reached(wanted []uint32) []tipSet {
	sets := make([]tipSet, 0, len(wanted))
	known := map[string]tipSet{}
	carried := make([][passWords]uint64, len(h.graph.commits))
	for len(wanted) > 0 {
		n := min(len(wanted), 64*passWords)
		h.carry(wanted[:n], carried)
		rows := make([]uint64, n*h.words())
		for i, t := range h.tips {
			for w, word := range carried[t.commit] {
				for ; word != 0; word &= word - 1 {
					row := 64*w + bits.TrailingZeros64(word)
					rows[row*h.words()+i/64] |= 1 << (i % 64)
				}
			}
		}
		for row := range n {
			sets = append(sets, share(known, rows[row*h.words():(row+1)*h.words()]))
		}
		wanted = wanted[n:]
	}
	return sets
}

func (h *holding) words() int { return (len(h.tips) + 63) / 64 }

func (h *holding) carry(wanted []uint32, carried [][passWords]uint64) {
	clear(carried)
	for i, c := range wanted {
		carried[c][i/64] |= 1 << (i % 64)
	}
	for _, c := range h.graph.order {
		own := &carried[c]
		for _, parent := range h.graph.of(c) {
			for w, word := range carried[parent] {
				own[w] |= word
			}
		}
	}
}

func share(known map[string]tipSet, row []uint64) tipSet {
	key := make([]byte, 0, 8*len(row))
	for _, word := range row {
		key = binary.LittleEndian.AppendUint64(key, word)
	}
	if s, ok := known[string(key)]; ok {
		return s
	}
	s := tipSet(slices.Clone(row))
	known[string(key)] = s
	return s
}

// names returns the names of the refs of a set, and of those that and is set for
// as well, sorted.
func (h *holding) names(s, and tipSet) (all, both []string) {
	for i, t := range h.tips {
		if !s.has(i) {
			continue
		}
		all = append(all, t.names...)
		if and != nil && and.has(i) {
			both = append(both, t.names...)
		}
	}
	slices.Sort(all)
	slices.Sort(both)
	return all, both
}
