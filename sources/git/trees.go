package git

import (
	"cmp"
	"slices"
)

// An entry of a tree, in eight bytes: what it is called, what it is, and the
// number of the object behind it.
type entry struct {
	name  uint32 // kind<<kindShift | number of the name
	child uint32
}

// The kinds of entries.
const (
	kindFile = iota
	kindLink
	kindTree
	kindModule
	kindShift = 30
	nameMask  = 1<<kindShift - 1
)

// The child of entries that have none.
const (
	gone   = none     // in the edits of a tree: the base's entry of that name is not in this tree
	module = none - 1 // a submodule's commit lies in another repository
)

func (e entry) kind() uint32 { return e.name >> kindShift }
func (e entry) text() uint32 { return e.name & nameMask }

// trees holds every tree of a repository, most of them as what distinguishes
// them from a similar one. The versions of a folder differ in an entry or two,
// so all of them together need little more memory than their changes.
//
// A tree is a set of entries by name here; the order of their names' bytes is
// that of their numbers. One that git would not write, with names out of order
// or twice, stands whole and is nobody's base.
type trees struct {
	objects *objects
	names   *names
	all     []tree
	slot    []uint32          // by object: index in all, or none
	made    map[uint32]uint32 // the same for trees that are no objects: an index's
}

type tree struct {
	object uint32
	base   uint32  // index in trees.all of what the edits change; none: they are the entries
	edits  []entry // sorted by name
}

// record returns the index of a tree in t.all.
func (t *trees) record(object uint32) (uint32, bool) {
	if int(object) < len(t.slot) {
		return t.slot[object], t.slot[object] != none
	}
	at, ok := t.made[object]
	return at, ok
}

// empty reports whether a tree has no entries.
func (t *trees) empty(at uint32) bool { return t.all[at].base == none && len(t.all[at].edits) == 0 }

// entries returns the entries of a tree, sorted by name; out is overwritten.
func (t *trees) entries(at uint32, out []entry) []entry {
	out = out[:0]
	if t.all[at].base == none {
		return append(out, t.all[at].edits...)
	}
	newer := map[uint32]bool{}
	for ; ; at = t.all[at].base {
		last := t.all[at].base == none
		for _, e := range t.all[at].edits {
			if newer[e.text()] {
				continue
			}
			if !last {
				newer[e.text()] = true
			}
			if e.child != gone {
				out = append(out, e)
			}
		}
		if last {
			slices.SortFunc(out, byName)
			return out
		}
	}
}

// byName compares entries by name, then by what is behind it.
func byName(a, b entry) int { return cmp.Compare(a.rank(), b.rank()) }

func (e entry) rank() uint64 {
	return uint64(e.text())<<(64-kindShift) | uint64(e.child)<<(32-kindShift) | uint64(e.kind())
}

// ranked returns the entry of a rank.
func ranked(rank uint64) entry {
	return entry{name: uint32(rank&3)<<kindShift | uint32(rank>>(64-kindShift)), child: uint32(rank >> (32 - kindShift))}
}

// gather makes one set of trees of what the workers took in, and gives names
// the numbers that they keep.
func gather(o *objects, n *names, readers []*treeReader) *trees {
	t := &trees{objects: o, names: n, made: map[uint32]uint32{}}
	t.slot = make([]uint32, o.len())
	for i := range t.slot {
		t.slot[i] = none
	}
	total := uint32(0)
	first := map[*treeReader]uint32{} // index in t.all of a reader's first tree
	for _, r := range readers {
		first[r] = total
		total += uint32(len(r.all))
	}
	rank := n.sort()
	t.all = make([]tree, 0, total)
	for _, r := range readers {
		for i, rec := range r.all {
			if from := r.foreign[uint32(i)]; from != nil {
				rec.base += first[from]
			} else if rec.base != none {
				rec.base += first[r]
			}
			for i, e := range rec.edits {
				rec.edits[i].name = e.name&^nameMask | rank[e.text()]
			}
			slices.SortFunc(rec.edits, byName)
			t.slot[rec.object] = uint32(len(t.all))
			t.all = append(t.all, rec)
		}
		r.all = nil
	}
	return t
}

// grow adds a tree that is no object of the store and returns its number.
func (t *trees) grow(list []entry) uint32 {
	object := t.objects.invent()
	slices.SortFunc(list, byName)
	t.made[object] = uint32(len(t.all))
	t.all = append(t.all, tree{object: object, base: none, edits: list})
	return object
}
