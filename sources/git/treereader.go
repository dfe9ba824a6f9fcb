package git

import (
	"bytes"
	"errors"
	"math"
	"slices"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A treeReader takes in the trees that one worker meets. Of most a pack's delta
// says which bytes are those of another tree. The entries in them are taken over
// from that tree, and only those between are parsed. The tree is held as its
// difference from the other one, if it is small.
//
// A tree that a pack holds whole, or that lies alone, is compared with the last
// few of its kind instead.
type treeReader struct {
	objects *objects
	names   *names
	text    []string // the beginning of names.text
	all     []tree   // bases are indexes in this slice
	// foreign is, by index in all, whose tree the base is if it is another
	// reader's.
	foreign map[uint32]*treeReader
	recent  [recentTrees]recentTree
	next    int
	spare   []*heldTree
	scratch heldTree
	edits   []entry
	fresh   []uint32 // names that the base has not
	numbers []uint32
	block   []entry
}

// A heldTree is a tree that others may be made of.
type heldTree struct {
	reader *treeReader
	at     uint32   // index in reader.all
	starts []uint32 // where each entry begins, and the end
	list   []entry
	depth  int  // how many bases it rests on
	usable bool // it is as git writes trees
}

// A recentTree is a tree that was made of no other.
type recentTree struct {
	raw []byte
	heldTree
}

const recentTrees = 4

var errTree = errors.New("not a well-formed tree")

// add takes in a tree that shares copies with base, or that nothing is known of
// if base is nil. It returns what is to be given as the base of trees that are
// made of this one, and to release when there are no more; nil if it is a leaf.
// Of a malformed tree what is well-formed is kept.
func (r *treeReader) add(object uint32, raw []byte, base *heldTree, copies []gitpack.Copy, leaf bool) (*heldTree, error) {
	alone := base == nil
	if alone {
		base, copies = r.closest(raw)
	}
	cur := &r.scratch
	if !leaf && len(r.spare) > 0 {
		cur, r.spare = r.spare[len(r.spare)-1], r.spare[:len(r.spare)-1]
	} else if !leaf {
		cur = &heldTree{}
	}
	err := r.read(cur, object, raw, base, copies)
	if alone {
		r.remember(raw, cur)
	}
	if leaf {
		return nil, err
	}
	return cur, err
}

// release takes back what add returned.
func (r *treeReader) release(h *heldTree) { r.spare = append(r.spare, h) }

// read takes in a tree and fills cur.
func (r *treeReader) read(cur *heldTree, object uint32, raw []byte, base *heldTree, copies []gitpack.Copy) error {
	if base == nil || !base.usable || int64(len(raw)) > math.MaxUint32 {
		base, copies = &heldTree{starts: []uint32{0}}, nil
	}
	cur.starts, cur.list = cur.starts[:0], cur.list[:0]
	r.edits, r.fresh = r.edits[:0], r.fresh[:0]
	regular, err := r.compare(cur, raw, base, copies)
	regular = regular && int64(len(raw)) <= math.MaxUint32
	rec := tree{object: object, base: none}
	at := uint32(len(r.all))
	switch {
	case base.usable && regular && 2*len(r.edits) <= len(cur.list)+2 && base.depth < 64+len(cur.list)/4:
		rec.base, rec.edits, cur.depth = base.at, r.keep(tidy(r.edits)), base.depth+1
		if base.reader != r {
			if r.foreign == nil {
				r.foreign = map[uint32]*treeReader{}
			}
			r.foreign[at] = base.reader
		}
	default:
		rec.edits, cur.depth = r.keep(cur.list), 0
	}
	cur.reader, cur.at, cur.usable = r, at, regular
	r.all = append(r.all, rec)
	return err
}

// closest returns which of the recent trees shares most bytes with raw at its
// beginning and end, and what it shares.
func (r *treeReader) closest(raw []byte) (*heldTree, []gitpack.Copy) {
	var best *recentTree
	var prefix, suffix int
	for i := range r.recent {
		t := &r.recent[(r.next+recentTrees-1-i)%recentTrees] // the last one first
		if !t.usable {
			continue
		}
		p := commonPrefix(raw, t.raw)
		if s := commonSuffix(raw[p:], t.raw[p:]); p+s > prefix+suffix {
			best, prefix, suffix = t, p, s
		}
		if prefix+suffix > len(raw)-len(raw)/8 {
			break
		}
	}
	if best == nil {
		return nil, nil
	}
	return &best.heldTree, []gitpack.Copy{
		{To: 0, From: 0, Len: prefix}, {To: len(raw) - suffix, From: len(best.raw) - suffix, Len: suffix},
	}
}

// remember keeps a tree for closest.
func (r *treeReader) remember(raw []byte, cur *heldTree) {
	t := &r.recent[r.next]
	r.next = (r.next + 1) % recentTrees
	t.raw = append(t.raw[:0], raw...)
	starts, list := append(t.starts[:0], cur.starts...), append(t.list[:0], cur.list...)
	t.heldTree = *cur
	t.starts, t.list = starts, list
}

// compare fills the entries of cur from raw, taking over from base what both
// have, and gathers in r.edits what differs. It reports whether the tree is as
// git writes them.
func (r *treeReader) compare(cur *heldTree, raw []byte, base *heldTree, copies []gitpack.Copy) (regular bool, err error) {
	regular = true
	pos, i := 0, 0
	for pos < len(raw) {
		for len(copies) > 0 && copies[0].To+copies[0].Len <= pos {
			copies = copies[1:]
		}
		if len(copies) > 0 && copies[0].To <= pos {
			if from, to := base.run(i, copies[0], pos); from < to {
				r.leave(base.list[i:from])
				if last := len(cur.list) - 1; last >= 0 {
					e := base.list[from]
					regular = regular && before(r.word(cur.list[last]), cur.list[last].kind(), r.word(e), e.kind())
				}
				pos, i = cur.copy(pos, base, from, to), to
				continue
			}
		}
		kind, name, id, n := cutEntry(raw[pos:], r.objects.size)
		if n == 0 {
			cur.starts = append(cur.starts, uint32(pos))
			return false, errTree
		}
		if last := len(cur.list) - 1; last >= 0 && !before(r.word(cur.list[last]), cur.list[last].kind(), name, kind) {
			regular = false
		}
		from := i
		for i < len(base.list) && before(r.word(base.list[i]), base.list[i].kind(), name, kind) {
			i++
		}
		r.leave(base.list[from:i])
		e := entry{child: module}
		if kind != kindModule {
			e.child = r.objects.number(id)
		}
		if i < len(base.list) && r.word(base.list[i]) == string(name) {
			e.name = kind<<kindShift | base.list[i].text()
			i++
		} else {
			e.name = kind<<kindShift | r.names.number(name)
			r.fresh = append(r.fresh, e.text())
		}
		r.edits = append(r.edits, e)
		cur.starts, cur.list = append(cur.starts, uint32(pos)), append(cur.list, e)
		pos += n
	}
	r.leave(base.list[i:])
	cur.starts = append(cur.starts, uint32(pos))
	return regular && !r.repeats(cur.list), nil
}

// leave notes that entries of the base are not in the tree.
func (r *treeReader) leave(list []entry) {
	for _, e := range list {
		r.edits = append(r.edits, entry{e.name, gone})
	}
}

// run returns which entries of t, from its i-th on, stand in a copy from the
// place on that is pos in what was copied to.
func (t *heldTree) run(i int, c gitpack.Copy, pos int) (from, to int) {
	from, found := slices.BinarySearch(t.starts[i:], uint32(c.From+pos-c.To))
	if !found {
		return 0, 0
	}
	from += i
	to, found = slices.BinarySearch(t.starts[from:], uint32(c.From+c.Len))
	if !found {
		to--
	}
	return from, from + to
}

// copy takes over entries of base that stand at pos, and returns where they end.
func (t *heldTree) copy(pos int, base *heldTree, from, to int) (end int) {
	shift := uint32(pos) - base.starts[from]
	at := len(t.starts)
	t.starts = append(t.starts, base.starts[from:to]...)
	if shift != 0 {
		for i := range t.starts[at:] {
			t.starts[at+i] += shift
		}
	}
	t.list = append(t.list, base.list[from:to]...)
	return pos + int(base.starts[to]-base.starts[from])
}

// word returns the name of an entry.
func (r *treeReader) word(e entry) string {
	n := int(e.text())
	if n >= len(r.text) {
		r.text = r.names.all()
	}
	return r.text[n]
}

// before reports whether an entry stands before another in the order in which
// git writes trees: that of the names, a folder's with a slash behind it.
func before[T string | []byte](a string, aKind uint32, b T, bKind uint32) bool {
	n := min(len(a), len(b))
	switch {
	case a[:n] < string(b[:n]):
		return true
	case a[:n] > string(b[:n]):
		return false
	}
	return next(a, n, aKind) < next(b, n, bKind)
}

func next[T string | []byte](name T, n int, kind uint32) int {
	switch {
	case n < len(name):
		return int(name[n])
	case kind == kindTree:
		return '/'
	}
	return 0
}

// repeats reports whether a name occurs twice in a list. Those that the base has
// are not in r.fresh.
func (r *treeReader) repeats(list []entry) bool {
	if len(r.fresh) <= 4 {
		for _, name := range r.fresh {
			times := 0
			for _, e := range list {
				if e.text() == name {
					times++
				}
			}
			if times > 1 {
				return true
			}
		}
		return false
	}
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
