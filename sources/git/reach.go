package git

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// A holding says what keeps each commit of a graph, and which refs lead to it.
type holding struct {
	graph *graph
	tips  []tip
	refs  []tipName      // sorted by name
	level []mudlark.Held // by commit
}

// A tip is a commit that refs point to.
type tip struct {
	commit uint32
	names  []string // full names of the refs, sorted
}

// A tipName is the name of a ref that points to a tip.
type tipName struct {
	name string
	tip  int // index in holding.tips
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
	for i := range h.tips {
		for _, name := range h.tips[i].names {
			h.refs = append(h.refs, tipName{name, i})
		}
	}
	slices.SortFunc(h.refs, func(a, b tipName) int { return strings.Compare(a.name, b.name) })
}

// A tipSet is a set of tips: bit i is tip i.
type tipSet []uint64

func (s tipSet) has(i int) bool { return s[i/64]>>(i%64)&1 != 0 }

// passWords is how many times 64 stays one pass over the graph follows.
const passWords = 4

func (h *holding) words() int { return (len(h.tips) + 63) / 64 }

// share returns the set that is row, the same one each time.
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

// names returns the names of the refs of a set, the first of them if there are
// more than most, and how many more there are.
func (h *holding) names(s tipSet, most int) (names []string, more int) {
	if s == nil {
		return nil, 0
	}
	for _, r := range h.refs {
		switch {
		case !s.has(r.tip):
		case len(names) == most:
			more++
		default:
			names = append(names, r.name)
		}
	}
	return names, more
}

// both returns the tips that are in two sets.
func (s tipSet) both(t tipSet) tipSet {
	if t == nil {
		return nil
	}
	out := make(tipSet, len(s))
	for i := range s {
		out[i] = s[i] & t[i]
	}
	return out
}
