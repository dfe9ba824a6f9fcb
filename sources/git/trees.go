package git

import (
	"bytes"
	"cmp"
	"errors"
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

func byName(a, b entry) int {
	return cmp.Or(cmp.Compare(a.text(), b.text()), cmp.Compare(a.child, b.child), cmp.Compare(a.name, b.name))
}

// A treeReader takes in the trees that one worker meets. Trees that are met one
// after the other are mostly versions of each other, because a pack's deltas
// lead from one to the next; each is held as its difference from the most
// similar of the last few.
type treeReader struct {
	objects *objects
	names   *names
	all     []tree // bases are indexes in this slice
	recent  [recentTrees]recentTree
	next    int
	edits   []entry
	numbers []uint32
	block   []entry
}

const recentTrees = 4

// recentTree is a tree as bytes and as entries, side by side.
type recentTree struct {
	raw    []byte
	starts []int // of each entry in raw, and the end
	list   []entry
	at     uint32 // in treeReader.all
	depth  int    // how many bases it rests on
	usable bool
}

var errTree = errors.New("not a well-formed tree")

// add takes in a tree. Of a malformed one, what is well-formed is kept.
func (r *treeReader) add(object uint32, raw []byte) error {
	base := r.closest(raw)
	cur := &r.recent[r.next]
	if base == cur {
		r.next = (r.next + 1) % recentTrees
		cur = &r.recent[r.next]
	}
	r.next = (r.next + 1) % recentTrees
	cur.raw = append(cur.raw[:0], raw...)
	cur.starts, cur.list, cur.usable = cur.starts[:0], cur.list[:0], false
	r.edits = r.edits[:0]

	regular, err := r.compare(cur, base)
	cur.starts = append(cur.starts, len(raw))
	rec := tree{object: object, base: none}
	switch {
	case base != nil && regular && 2*len(r.edits) <= len(cur.list)+2 && base.depth < 64+len(cur.list)/4:
		rec.base, rec.edits, cur.depth = base.at, r.keep(tidy(r.edits)), base.depth+1
	default:
		rec.edits, cur.depth = r.keep(cur.list), 0
	}
	cur.at, cur.usable = uint32(len(r.all)), regular
	r.all = append(r.all, rec)
	return err
}

// closest returns which of the recent trees shares most bytes with raw at its
// beginning and end.
func (r *treeReader) closest(raw []byte) *recentTree {
	var best *recentTree
	most := 0
	for i := range r.recent {
		t := &r.recent[(r.next+recentTrees-1-i)%recentTrees] // the last one first
		if !t.usable {
			continue
		}
		if n := commonPrefix(raw, t.raw) + commonSuffix(raw, t.raw); n > most {
			best, most = t, n
		}
		if most > len(raw)-len(raw)/8 {
			break
		}
	}
	return best
}

// compare parses cur.raw, taking over from base what both have, and gathers in
// r.edits what differs. It reports whether cur is as git writes trees.
func (r *treeReader) compare(cur, base *recentTree) (regular bool, err error) {
	if base == nil {
		base = &recentTree{starts: []int{0}}
	}
	regular, inserted := true, false
	for pos, i := 0, 0; ; {
		pos, i = cur.copyRun(pos, base, i)
		if pos == len(cur.raw) {
			for ; i < len(base.list); i++ {
				r.edits = append(r.edits, entry{base.list[i].name, gone})
			}
			break
		}
		kind, name, id, n := cutEntry(cur.raw[pos:], r.objects.size)
		if n == 0 {
			cur.raw = cur.raw[:pos]
			return false, errTree
		}
		if last := len(cur.list) - 1; last >= 0 && !cur.before(last, name, kind) {
			regular = false
		}
		if i < len(base.list) && base.before(i, name, kind) {
			r.edits = append(r.edits, entry{base.list[i].name, gone})
			i++
			continue
		}
		e := entry{child: module}
		if kind != kindModule {
			e.child = r.objects.number(id)
		}
		if i < len(base.list) && bytes.Equal(base.name(i), name) {
			e.name = kind<<kindShift | base.list[i].text()
			i++
		} else {
			e.name = kind<<kindShift | r.names.number(name)
			inserted = true
		}
		r.edits = append(r.edits, e)
		cur.starts, cur.list = append(cur.starts, pos), append(cur.list, e)
		pos += n
	}
	return regular && !(inserted && r.repeats(cur.list)), nil
}

// copyRun takes over the entries from base's i-th on that stand at pos in t.raw
// as they stand in base. It returns where t and base go on.
func (t *recentTree) copyRun(pos int, base *recentTree, i int) (int, int) {
	from := base.starts[i]
	same := commonPrefix(t.raw[pos:], base.raw[from:])
	end, found := slices.BinarySearch(base.starts[i:], from+same)
	if !found {
		end--
	}
	end += i
	for k := i; k < end; k++ {
		t.starts = append(t.starts, base.starts[k]-from+pos)
	}
	t.list = append(t.list, base.list[i:end]...)
	return pos + base.starts[end] - from, end
}

// name returns the name of t's i-th entry.
func (t *recentTree) name(i int) []byte {
	_, name, _, _ := cutEntry(t.raw[t.starts[i]:], 0)
	return name
}

// before reports whether t's i-th entry stands before another in the order in
// which git writes trees: that of the names, a folder's with a slash behind it.
func (t *recentTree) before(i int, name []byte, kind uint32) bool {
	mine := t.name(i)
	n := min(len(mine), len(name))
	if c := bytes.Compare(mine[:n], name[:n]); c != 0 {
		return c < 0
	}
	return next(mine, n, t.list[i].kind()) < next(name, n, kind)
}

func next(name []byte, n int, kind uint32) int {
	switch {
	case n < len(name):
		return int(name[n])
	case kind == kindTree:
		return '/'
	}
	return 0
}

// repeats reports whether a name occurs twice.
func (r *treeReader) repeats(list []entry) bool {
	r.numbers = r.numbers[:0]
	for _, e := range list {
		r.numbers = append(r.numbers, e.text())
	}
	slices.Sort(r.numbers)
	for i := 1; i < len(r.numbers); i++ {
		if r.numbers[i] == r.numbers[i-1] {
			return true
		}
	}
	return false
}

// tidy leaves of the edits of each name one: a name that is gone as a file may
// be there as a folder.
func tidy(edits []entry) []entry {
	slices.SortFunc(edits, byName)
	return slices.CompactFunc(edits, func(a, b entry) bool { return a.text() == b.text() })
}

// keep copies entries to where they stay.
func (r *treeReader) keep(list []entry) []entry {
	const size = 1 << 14
	if len(list) > size/4 {
		return slices.Clone(list)
	}
	if len(r.block)+len(list) > cap(r.block) {
		r.block = make([]entry, 0, size)
	}
	at := len(r.block)
	r.block = append(r.block, list...)
	return r.block[at:len(r.block):len(r.block)]
}

// cutEntry splits the first entry off a tree; n is its length, 0 if it is not
// well-formed.
func cutEntry(raw []byte, idSize int) (kind uint32, name, id []byte, n int) {
	var mode uint32
	i := 0
	for ; i < len(raw) && raw[i] != ' '; i++ {
		if raw[i] < '0' || raw[i] > '7' || i > 10 {
			return 0, nil, nil, 0
		}
		mode = mode<<3 | uint32(raw[i]-'0')
	}
	if i == 0 || i == len(raw) {
		return 0, nil, nil, 0
	}
	raw = raw[i+1:]
	end := bytes.IndexByte(raw, 0)
	if end < 1 || len(raw) < end+1+idSize {
		return 0, nil, nil, 0
	}
	return kindOf(mode), raw[:end], raw[end+1 : end+1+idSize], i + 1 + end + 1 + idSize
}

func kindOf(mode uint32) uint32 {
	switch mode & 0o170000 {
	case 0o040000:
		return kindTree
	case 0o120000:
		return kindLink
	case 0o160000:
		return kindModule
	}
	return kindFile
}

// gather makes one set of trees of what the workers took in, and gives names
// the numbers that they keep.
func gather(o *objects, n *names, readers []*treeReader) *trees {
	t := &trees{objects: o, names: n, made: map[uint32]uint32{}}
	t.slot = make([]uint32, o.len())
	for i := range t.slot {
		t.slot[i] = none
	}
	total := 0
	for _, r := range readers {
		total += len(r.all)
	}
	rank := n.sort()
	t.all = make([]tree, 0, total)
	for _, r := range readers {
		first := uint32(len(t.all))
		for _, rec := range r.all {
			if rec.base != none {
				rec.base += first
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

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+32 <= n; i += 32 {
		if *(*[32]byte)(a[i:]) != *(*[32]byte)(b[i:]) {
			break
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

func commonSuffix(a, b []byte) int {
	n := min(len(a), len(b))
	a, b = a[len(a)-n:], b[len(b)-n:]
	i := n
	for ; i >= 32; i -= 32 {
		if *(*[32]byte)(a[i-32:]) != *(*[32]byte)(b[i-32:]) {
			break
		}
	}
	for i > 0 && a[i-1] == b[i-1] {
		i--
	}
	return n - i
}
