package gitpack

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
)

// A table lists every distinct object of a store in the order of their ids, and
// where its first copy lies: in a pack (own before alternates', by name), else
// loose. An object's number is its place in the table.
type table struct {
	sources []source
	// where and at give for each object the source and the place there. With a
	// single source without repetitions both are nil: object i lies at i.
	where   []uint16
	at      []uint32
	again   []uint64 // bit n: object n lies in more than one place; nil: none does
	n       int
	packed  int64 // bytes that hold the objects
	err     error // why there is no table
	partial bool  // not all packs are in it
}

// looseBytes is what a loose object counts for among the bytes that hold objects:
// its size is not known before it is read.
const looseBytes = 1 << 10

// maxObjects is how many objects a table can number.
const maxObjects = min(math.MaxUint32-1, math.MaxInt)

// A source is a pack or the loose objects of a directory.
type source struct {
	pack  *pack
	loose *looseDir
	// object gives the number of the object at each place; nil if it is the
	// place itself.
	object []uint32
}

func (s *source) count() int {
	if s.pack != nil {
		return s.pack.idx.n
	}
	return s.loose.count()
}

func (s *source) id(i int) []byte {
	if s.pack != nil {
		return s.pack.index().name(i)
	}
	return s.loose.name(i)
}

// number returns the number of the object at place i.
func (s *source) number(i int) uint32 {
	if s.object == nil {
		return uint32(i)
	}
	return s.object[i]
}

func (t *table) count() int { return t.n }

// place returns where the first copy of an object lies.
func (t *table) place(object int) (*source, int) {
	if t.where == nil {
		return &t.sources[0], object
	}
	return &t.sources[t.where[object]], int(t.at[object])
}

// sourceOf returns the number of the source in which the first copy lies.
func (t *table) sourceOf(object int) uint16 {
	if t.where == nil {
		return 0
	}
	return t.where[object]
}

// isPlace says whether an object's first copy is the one in a source.
func (t *table) isPlace(object int, s *source, at int) bool {
	first, i := t.place(object)
	return first == s && i == at
}

func (t *table) id(object int) []byte {
	s, i := t.place(object)
	return s.id(i)
}

// several says whether an object lies in more than one place.
func (t *table) several(object uint32) bool {
	return t.again != nil && t.again[object/64]>>(object%64)&1 != 0
}

// find returns the number of the object with an id.
func (t *table) find(id []byte) (int, bool) {
	if t.n > 0 && t.where == nil && t.sources[0].pack != nil {
		return t.sources[0].pack.index().find(id)
	}
	i := sort.Search(t.n, func(i int) bool { return bytes.Compare(t.id(i), id) >= 0 })
	return i, i < t.n && bytes.Equal(t.id(i), id)
}

// objects returns the store's table.
func (s *Store) objects() *table {
	s.list()
	s.tableOnce.Do(func() {
		err := guarded(func() error {
			s.table.build(s)
			s.checkMultiIndexes()
			return nil
		})
		if err != nil {
			s.problem(s.loose[0].root, err)
			s.table = table{err: err}
		}
		s.tableBuilt.Store(err == nil)
	})
	return &s.table
}

func (t *table) build(s *Store) {
	total := 0
	for _, p := range s.packs {
		if !p.index().inOrder() {
			s.problem(p.path, errors.New("the names in its index are not in order"))
			p.mended.Store(p.idx.sort())
		}
		if len(t.sources) == math.MaxUint16 || total+p.idx.n > maxObjects {
			s.problem(p.path, fmt.Errorf("more packs or objects than one scan can number"))
			t.partial = true
			continue
		}
		t.sources = append(t.sources, source{pack: p})
		t.packed += max(p.end-packHead, 0)
		total += p.idx.n
	}
	for _, d := range s.loose {
		if d.count() > 0 {
			t.sources = append(t.sources, source{loose: d})
			t.packed += looseBytes * int64(d.count())
			total += d.count()
		}
	}
	switch {
	case total == 0:
		t.sources = nil
	case len(t.sources) == 1 && t.sources[0].distinct():
		t.n = total
	default:
		t.merge(total)
	}
}

// distinct says whether no id stands twice.
func (s *source) distinct() bool {
	for i := 1; i < s.count(); i++ {
		if bytes.Equal(s.id(i-1), s.id(i)) {
			return false
		}
	}
	return true
}

// merge numbers the objects of several sources, each of which is in order.
func (t *table) merge(total int) {
	t.where = make([]uint16, 0, total)
	t.at = make([]uint32, 0, total)
	t.again = make([]uint64, (total+63)/64)
	h := mergeHeap{sources: t.sources, next: make([]int, len(t.sources))}
	for i := range t.sources {
		t.sources[i].object = make([]uint32, t.sources[i].count())
		h.push(i)
	}
	var last []byte
	for len(h.heap) > 0 {
		src := h.heap[0]
		s, i := &t.sources[src], h.next[src]
		if id := s.id(i); !bytes.Equal(id, last) {
			t.where = append(t.where, uint16(src))
			t.at = append(t.at, uint32(i))
			last = id
		} else {
			n := len(t.where) - 1
			t.again[n/64] |= 1 << (n % 64)
		}
		s.object[i] = uint32(len(t.where) - 1)
		h.advance()
	}
	t.n = len(t.where)
	t.where, t.at = slices.Clip(t.where), slices.Clip(t.at)
}

// A mergeHeap orders sources by their next id; equal ids by the source's place.
type mergeHeap struct {
	sources []source
	next    []int
	heap    []int
}

func (h *mergeHeap) less(i, j int) bool {
	a, b := h.heap[i], h.heap[j]
	c := bytes.Compare(h.sources[a].id(h.next[a]), h.sources[b].id(h.next[b]))
	return c < 0 || c == 0 && a < b
}

func (h *mergeHeap) push(source int) {
	if h.sources[source].count() == 0 {
		return
	}
	h.heap = append(h.heap, source)
	for i := len(h.heap) - 1; i > 0 && h.less(i, (i-1)/2); i = (i - 1) / 2 {
		h.heap[i], h.heap[(i-1)/2] = h.heap[(i-1)/2], h.heap[i]
	}
}

// advance moves the first source on to its next id.
func (h *mergeHeap) advance() {
	first := h.heap[0]
	if h.next[first]++; h.next[first] == h.sources[first].count() {
		last := len(h.heap) - 1
		h.heap[0] = h.heap[last]
		h.heap = h.heap[:last]
	}
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h.heap) {
			return
		}
		if child+1 < len(h.heap) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			return
		}
		h.heap[i], h.heap[child] = h.heap[child], h.heap[i]
		i = child
	}
}
