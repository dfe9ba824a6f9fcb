package git

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// objects numbers the objects of a store as that does, in the order of their ids, so
// that the rest of a scan can work with four bytes instead of an id. Objects that are
// named but not there get the numbers behind.
type objects struct {
	format gitpack.Format
	size   int
	ids    []byte   // of all objects, sorted
	fan    []uint32 // how many ids begin with two bytes below i
	keys   []uint32 // of each id, the four bytes behind those two

	mu     sync.Mutex
	absent map[string]uint32 // by raw id
	extra  [][]byte          // nil: no object at all, see invent
}

// none is no object, no commit, no folder: it depends on the place.
const none = ^uint32(0)

func numberObjects(s *gitpack.Store, f gitpack.Format) *objects {
	o := &objects{format: f, size: f.Size(), absent: map[string]uint32{}}
	o.ids = make([]byte, 0, s.Len()*o.size)
	s.Each(func(id gitpack.OID) bool {
		o.ids = id.AppendTo(o.ids)
		return true
	})
	o.index()
	return o
}

// index makes o.fan and o.keys.
func (o *objects) index() {
	o.fan = make([]uint32, 1<<16+1)
	o.keys = make([]uint32, o.len())
	for i := range o.keys {
		id := o.ids[i*o.size:]
		o.fan[int(binary.BigEndian.Uint16(id))+1]++
		o.keys[i] = binary.BigEndian.Uint32(id[2:])
	}
	for i := range 1 << 16 {
		o.fan[i+1] += o.fan[i]
	}
}

// len returns how many objects the store has.
func (o *objects) len() int { return len(o.ids) / o.size }

// raw returns the id of object n, for reading only.
func (o *objects) raw(n uint32) []byte {
	if int(n) < o.len() {
		return o.ids[int(n)*o.size : (int(n)+1)*o.size]
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.extra[int(n)-o.len()]
}

// hex returns the id of object n as text.
func (o *objects) hex(n uint32) string { return hex.EncodeToString(o.raw(n)) }

// id returns the id of object n.
func (o *objects) id(n uint32) gitpack.OID {
	id, _ := o.format.Parse(o.hex(n))
	return id
}

// find returns the number of an object that the store has.
func (o *objects) find(raw []byte) (uint32, bool) {
	at := int(binary.BigEndian.Uint16(raw))
	lo, hi := o.fan[at], o.fan[at+1]
	// Six bytes nearly always tell ids apart, and the keys of all are small enough
	// to stay near the processor, which goes on before it has fetched the id.
	key := binary.BigEndian.Uint32(raw[2:])
	for hi-lo > fewKeys {
		if mid := (lo + hi) / 2; o.keys[mid] < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for lo < hi && o.keys[lo] < key {
		lo++
	}
	if end := o.fan[at+1]; lo == end || o.keys[lo] != key {
		return 0, false
	} else if bytes.Equal(o.raw(lo), raw) {
		return lo, true
	}
	return o.findAlike(lo, o.fan[at+1], raw)
}

// fewKeys is how many keys are rather gone through than halved.
const fewKeys = 8

// findAlike is find between two objects.
func (o *objects) findAlike(lo, hi uint32, raw []byte) (uint32, bool) {
	n := sort.Search(int(hi-lo), func(i int) bool { return bytes.Compare(o.raw(lo+uint32(i)), raw) >= 0 })
	at := lo + uint32(n)
	return at, at < hi && bytes.Equal(o.raw(at), raw)
}

// number returns the number of an object that the store may lack. Many
// goroutines may call it at once.
func (o *objects) number(raw []byte) uint32 {
	if n, ok := o.find(raw); ok {
		return n
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	n, ok := o.absent[string(raw)]
	if !ok {
		n = uint32(o.len() + len(o.extra))
		o.absent[string(raw)] = n
		o.extra = append(o.extra, bytes.Clone(raw))
	}
	return n
}

// numberOf is number for an id.
func (o *objects) numberOf(id gitpack.OID) uint32 {
	var raw [32]byte
	return o.number(id.AppendTo(raw[:0]))
}

// invent returns a number for something that is no object.
func (o *objects) invent() uint32 {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.extra = append(o.extra, nil)
	return uint32(o.len() + len(o.extra) - 1)
}

// parse returns the number of the object with an id in hexadecimal; ok is false
// if it is no id, or that of nothing.
func (o *objects) parse(text string) (n uint32, ok bool) {
	id, err := o.format.Parse(text)
	if err != nil || id.IsZero() {
		return none, false
	}
	return o.numberOf(id), true
}

// has reports whether the store has object n.
func (o *objects) has(n uint32) bool { return int(n) < o.len() }

// names interns the components of paths. Many goroutines may call number.
type names struct {
	mu   sync.Mutex
	ids  map[string]uint32
	text []string
}

func (t *names) number(name []byte) uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n, ok := t.ids[string(name)]; ok {
		return n
	}
	n := uint32(len(t.text))
	t.text = append(t.text, string(name))
	t.ids[t.text[n]] = n
	return n
}

// all returns the names that have a number so far, by number, for reading only.
func (t *names) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text
}

// sort renumbers the names in the order of their bytes, so that no number
// depends on which worker met a name first. It returns the new numbers by the old.
func (t *names) sort() []uint32 {
	order := make([]uint32, len(t.text))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return strings.Compare(t.text[a], t.text[b]) })
	rank := make([]uint32, len(order))
	sorted := make([]string, len(order))
	for to, from := range order {
		rank[from], sorted[to] = uint32(to), t.text[from]
		t.ids[sorted[to]] = uint32(to)
	}
	t.text = sorted
	return rank
}
