package git

import (
	"hash/maphash"
	"slices"
	"strings"
)

// A filter sees of every tree only what leads to something wanted: to blobs, or
// to names. What is left of a tree is a list; equal ones are one, so trees that
// differ in nothing wanted have the same list, and comparing two histories of
// trees costs little more than looking at the changes that matter.
type filter struct {
	trees *trees
	blobs map[uint32]bool // the wanted ones
	part  func(name uint32) bool
	// names, if not nil, are wanted instead, whatever lies behind them.
	names map[uint32]bool

	list  []uint32  // by tree: index in lists, or none if it is not made yet
	lists [][]entry // sorted by name; the child of a folder is its list, not its tree
	size  int       // entries in all lists
	equal map[uint64][]uint32
	seed  maphash.Seed

	entered map[uint64]int // by folder and what it is compared with, in one diff
	cut     int            // folders that were not entered because they repeat too often or lie too deep
}

// maxRepeats is how often a diff compares the same folder with the same others.
const maxRepeats = 64

func newFilter(t *trees) *filter {
	f := &filter{trees: t, equal: map[uint64][]uint32{}, entered: map[uint64]int{}, seed: maphash.MakeSeed(), lists: [][]entry{nil}}
	f.list = make([]uint32, len(t.all))
	for i := range f.list {
		f.list[i] = none
	}
	return f
}

// prepare makes the lists of all trees, deepest folders first, so that the lists
// of a tree's folders are there, and mostly its base's too. It reports false as
// soon as the lists together are larger than limit.
func (f *filter) prepare(order []uint32, limit int) bool {
	for _, at := range order {
		f.make(at)
		if f.size > limit {
			return false
		}
	}
	return true
}

// of returns the list of a tree, 0 if nothing wanted is in it or it is not there.
func (f *filter) of(object uint32) uint32 {
	at, ok := f.trees.record(object)
	if !ok {
		return 0
	}
	return f.make(at)
}

// make makes the list of a tree, from that of its base if that is known. Only
// folders of the tree may have to be made before it, never its base: a base can
// be a folder around the tree, so that asking for both would never end.
func (f *filter) make(at uint32) uint32 {
	if f.list[at] == none {
		t := &f.trees.all[at]
		if t.base != none && f.list[t.base] != none {
			f.list[at] = f.apply(f.list[t.base], t.edits)
		} else {
			f.list[at] = f.apply(0, f.trees.entries(at, nil))
		}
	}
	return f.list[at]
}

// apply returns the list that edits make of another one.
func (f *filter) apply(list uint32, edits []entry) uint32 {
	base := f.lists[list]
	var out []entry
	changed := false
	from := 0
	for i := 0; i < len(edits); {
		name := edits[i].text()
		at := from
		for at < len(base) && base[at].text() < name {
			at++
		}
		out = append(out, base[from:at]...)
		for from = at; from < len(base) && base[from].text() == name; {
			from++
		}
		first := len(out)
		for ; i < len(edits) && edits[i].text() == name; i++ {
			if e, ok := f.keep(edits[i]); ok {
				out = append(out, e)
			}
		}
		changed = changed || !slices.Equal(out[first:], base[at:from])
	}
	if !changed {
		return list
	}
	return f.intern(append(out, base[from:]...))
}

// keep returns what is left of an entry.
func (f *filter) keep(e entry) (entry, bool) {
	if e.child == gone {
		return e, false
	}
	folder := e.kind() == kindTree
	if f.names != nil {
		if !f.names[e.text()] {
			return e, false
		}
		if folder {
			return entry{e.name, f.of(e.child)}, true
		}
		return entry{e.text(), 0}, true
	}
	if folder {
		list := f.of(e.child)
		return entry{e.name, list}, list != 0
	}
	return e, e.child != module && f.blobs[e.child] && (f.part == nil || f.part(e.text()))
}

func (f *filter) intern(list []entry) uint32 {
	if len(list) == 0 {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(f.seed)
	for _, e := range list {
		maphash.WriteComparable(&h, e)
	}
	sum := h.Sum64()
	for _, at := range f.equal[sum] {
		if slices.Equal(f.lists[at], list) {
			return at
		}
	}
	at := uint32(len(f.lists))
	f.lists = append(f.lists, slices.Clip(list))
	f.equal[sum] = append(f.equal[sum], at)
	f.size += len(list)
	return at
}

// A change is something wanted that a tree has at a path and other trees do not.
type change struct {
	path   string
	blob   uint32   // none for a name
	before []uint32 // what the others have there, those of them that are wanted
}

// diff calls emit for everything wanted in the tree own that is not at the same
// path in any of the trees before.
func (f *filter) diff(own uint32, before []uint32, emit func(change)) {
	lists := make([]uint32, len(before))
	for i, b := range before {
		lists[i] = f.of(b)
	}
	clear(f.entered)
	d := differ{filter: f, emit: emit}
	d.compare(f.of(own), lists)
}

type differ struct {
	*filter
	path  []byte
	depth int
	emit  func(change)
}

func (d *differ) compare(own uint32, before []uint32) {
	if own == 0 || slices.Contains(before, own) {
		return
	}
	key := uint64(own)
	for _, b := range before {
		key = key*0x100000001b3 ^ uint64(b) // FNV
	}
	if d.entered[key]++; d.entered[key] > maxRepeats || len(d.path) > maxPathBytes || d.depth == maxPathDepth {
		d.cut++
		return
	}
	d.depth++
	defer func() { d.depth-- }()
	at := make([]int, len(before)) // how far each list was gone through
	var there []entry
	length := len(d.path)
	for _, e := range d.lists[own] {
		there = there[:0]
		for i, b := range before {
			list := d.lists[b]
			for at[i] < len(list) && list[at[i]].text() < e.text() {
				at[i]++
			}
			for k := at[i]; k < len(list) && list[k].text() == e.text(); k++ {
				there = append(there, list[k])
			}
		}
		if length > 0 {
			d.path = append(d.path, '/')
		}
		d.path = append(d.path, d.trees.names.text[e.text()]...)
		d.entry(e, there)
		d.path = d.path[:length]
	}
}

// entry looks at one entry and at what the others have by its name.
func (d *differ) entry(e entry, there []entry) {
	folder := e.kind() == kindTree
	if d.names != nil && len(there) == 0 {
		d.emit(change{path: string(d.path), blob: none})
	}
	var before []uint32
	for _, b := range there {
		if (b.kind() == kindTree) != folder {
			continue
		}
		if b.child == e.child {
			return
		}
		before = append(before, b.child)
	}
	switch {
	case folder:
		d.compare(e.child, before)
	case d.names == nil:
		d.emit(change{string(d.path), e.child, before})
	}
}

// leads reports whether a path of wanted names leads through a list.
func (f *filter) leads(list uint32, path string) bool {
	name, rest, more := strings.Cut(path, "/")
	n := f.trees.names.ids[name]
	for _, e := range f.lists[list] {
		if e.text() == n && (!more || e.kind() == kindTree && f.leads(e.child, rest)) {
			return true
		}
	}
	return false
}
