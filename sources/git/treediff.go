package git

import (
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// An item is an entry of a tree that was read on its own.
type item struct {
	name string
	id   gitpack.OID
	kind uint8
	exec bool
}

func itemOf(name string, mode uint32, id gitpack.OID) item {
	return item{name, id, uint8(kindOf(mode)), mode&0o111 != 0}
}

// same reports whether two entries of a name have the same behind them.
func (e item) same(o item) bool {
	return e.id == o.id && (e.kind == kindTree) == (o.kind == kindTree) && (e.kind == kindModule) == (o.kind == kindModule)
}

// A treeReading reads trees as they are asked for. It serves where few of a
// repository's trees are needed; history takes in all of them instead.
type treeReading struct {
	*base
	made *treeMaker // of trees that need not be in the store; nil: there are none
	held map[gitpack.OID][]item
	size int // items in held
	// unread is told of each tree that cannot be read, once.
	unread func(id gitpack.OID, path string, err error)
	failed map[gitpack.OID]bool
	read   map[gitpack.OID]bool // filled in with what was asked for; nil: nobody wants to know
	buf    []byte
	names  []byte // of the tree that is being read, one after the other
	ends   []int
}

// maxHeld bounds the items that are kept for the next one who asks.
const maxHeld = 1 << 17

func newTreeReading(b *base, unread func(gitpack.OID, string, error)) *treeReading {
	return &treeReading{base: b, held: map[gitpack.OID][]item{}, unread: unread, failed: map[gitpack.OID]bool{}}
}

// items returns the entries of a tree, sorted by name. path is where it lies.
func (r *treeReading) items(id gitpack.OID, path string) []item {
	if list, ok := r.held[id]; ok {
		return list
	}
	if r.read != nil {
		r.read[id] = true
	}
	if r.made != nil {
		if list, ok := r.made.items(id); ok {
			return list
		}
	}
	o, err := r.store.Read(id, r.buf)
	if err == nil && o.Type != gitpack.Tree {
		err = &gitpack.CorruptError{OID: id, Path: "object", Offset: -1, Err: errTree}
	}
	var list []item
	if err == nil {
		list, err = r.parse(o.Data)
		r.buf = o.Data
	}
	if err != nil && !r.failed[id] && !wellKnown(id.String()) {
		r.failed[id] = true
		r.unread(id, path, err)
	}
	if !slices.IsSortedFunc(list, compareItems) { // git's order is another one where folders are
		slices.SortStableFunc(list, compareItems)
	}
	if r.size += len(list) + 1; r.size > maxHeld {
		clear(r.held)
		r.size = len(list) + 1
	}
	r.held[id] = list
	return list
}

func compareItems(a, b item) int { return strings.Compare(a.name, b.name) }

// parse returns the entries of a tree. Their names share one string.
func (r *treeReading) parse(data []byte) ([]item, error) {
	list := make([]item, 0, len(data)/32)
	r.names, r.ends = r.names[:0], r.ends[:0]
	err := gitpack.ParseTree(data, r.format, func(mode uint32, name []byte, id gitpack.OID) error {
		list = append(list, itemOf("", mode, id))
		r.names = append(r.names, name...)
		r.ends = append(r.ends, len(r.names))
		return nil
	})
	text, start := string(r.names), 0
	for i, end := range r.ends {
		list[i].name, start = text[start:end], end
	}
	return list, err
}

// An edit is something that one tree has at a path and others do not have there.
type edit struct {
	path string
	// fresh is where in path the part begins that none of the others has:
	// len(path) if all of them are there already, as something else.
	fresh  int
	item   item
	before []item // what the others have at the path, other trees left out
}

// A treeDiff compares trees as a commit's tree is compared with its parents'.
type treeDiff struct {
	*treeReading
	emit func(edit)
	// bare is told of folders with nothing in them; nil: nobody asks.
	bare func(edit)
	// gone is told of what others have at paths that the tree lacks; nil:
	// nobody asks.
	gone    func(item)
	stop    func() bool    // no more folders are entered; nil: never
	entered map[string]int // by the folder's id and those that it is compared with
	depth   int
	repeats int // folders that were passed over because the same comparison was made often enough
	cut     int // folders that were passed over because they lie too deep
	left    map[gitpack.OID]bool
}

// compare calls emit for everything in the tree own that is not in any of the
// trees before, in the order of names.
func (d *treeDiff) compare(own gitpack.OID, before []gitpack.OID) {
	d.entered, d.left = map[string]int{}, map[gitpack.OID]bool{}
	if !slices.Contains(before, own) {
		d.folder(own, before, "", -1)
	}
}

// tellCut tells of folders that were passed over.
func (d *treeDiff) tellCut(yield mudlark.Yield) error {
	if d.repeats > 0 {
		d.note(repeatNote)
	}
	if d.cut == 0 {
		return nil
	}
	return skip(yield, origin(partPath, "", ""), &mudlark.Skip{
		Reason: mudlark.Unsupported, Count: d.cut,
		Detail: "folders that lie in each other so deep that they were not compared; a scan of the whole repository reads them",
	})
}

// folder compares a folder. fresh is as in edit, or -1 if the folder is in one
// of the others.
func (d *treeDiff) folder(own gitpack.OID, before []gitpack.OID, path string, fresh int) {
	raw := slices.Clone(own.Bytes())
	for _, b := range before {
		raw = append(raw, b.Bytes()...)
	}
	key := string(raw)
	d.entered[key]++
	switch {
	case d.stop != nil && d.stop():
		return
	case d.entered[key] > maxRepeats:
		d.repeats++
		return
	case len(path) > maxPathBytes || d.depth == maxPathDepth:
		d.cut++
		return
	}
	d.depth++
	defer func() { d.depth-- }()
	lists := make([][]item, len(before))
	for i, b := range before {
		lists[i] = d.items(b, path)
	}
	var there []item
	for _, e := range d.items(own, path) {
		there = there[:0]
		for i := range lists {
			for len(lists[i]) > 0 && lists[i][0].name < e.name {
				d.leave(lists[i][0], path)
				lists[i] = lists[i][1:]
			}
			n := 0
			for n < len(lists[i]) && lists[i][n].name == e.name {
				n++
			}
			there, lists[i] = append(there, lists[i][:n]...), lists[i][n:]
		}
		if len(there) == 0 || !there[0].same(e) {
			d.item(e, there, path, fresh)
		}
	}
	for _, list := range lists {
		for _, e := range list {
			d.leave(e, path)
		}
	}
}

func (d *treeDiff) item(e item, there []item, path string, fresh int) {
	if path != "" {
		path += "/"
	}
	if fresh < 0 && len(there) == 0 {
		fresh = len(path)
	}
	path += e.name
	e.name = path[len(path)-len(e.name):] // not part of a whole tree's names
	folder := e.kind == kindTree
	var before []gitpack.OID
	edit := edit{path: path, fresh: fresh, item: e}
	for _, b := range there {
		switch {
		case (b.kind == kindTree) != folder:
			if b.kind == kindTree {
				d.leave(b, path)
			}
		case b.same(e):
			return
		case folder:
			if !slices.Contains(before[max(0, len(before)-64):], b.id) { // parents mostly have the same
				before = append(before, b.id)
			}
		default:
			b.name = e.name
			edit.before = append(edit.before, b)
		}
	}
	if folder {
		d.folder(e.id, before, path, fresh)
		if d.bare != nil && fresh >= 0 && len(d.items(e.id, path)) == 0 {
			edit.fresh = fresh
			d.bare(edit)
		}
		return
	}
	if fresh < 0 {
		edit.fresh = len(path)
	}
	d.emit(edit)
}

// leave tells of everything in a place that the tree does not have.
func (d *treeDiff) leave(e item, path string) {
	switch {
	case d.gone == nil:
	case e.kind != kindTree:
		d.gone(e)
	case !d.left[e.id]:
		d.left[e.id] = true
		for _, inner := range d.items(e.id, path) {
			d.leave(inner, path)
		}
	}
}

// at returns what lies at a path of a tree.
func (r *treeReading) at(tree gitpack.OID, path string) (item, bool) {
	e := item{kind: kindTree, id: tree}
	for part := range strings.SplitSeq(path, "/") {
		if e.kind != kindTree {
			return e, false
		}
		list := r.items(e.id, path)
		i, ok := slices.BinarySearchFunc(list, part, func(e item, name string) int { return strings.Compare(e.name, name) })
		if !ok {
			return e, false
		}
		e = list[i]
	}
	return e, true
}
