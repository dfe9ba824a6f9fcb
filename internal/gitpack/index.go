package gitpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
)

// An index lists the objects of one pack in the order of their ids. Its tables
// lie in the file as they are (versions 1 and 2 of "pack-*.idx files have the
// following format" in git's gitformat-pack), so it takes no memory of its own.
type index struct {
	size     int // of an id
	n        int
	fan      [256]uint32 // fan[b] is the number of ids whose first byte is at most b
	names    []byte      // id i is names[i*nameStep:][:size]
	nameStep int
	offsets  []byte // offset i is offsets[i*offsetStep:][:4]
	offStep  int
	large    []byte // offsets of more than 31 bits; version 2 alone
	crcs     []byte // of the packed bytes; nil in version 1
	packSum  []byte // the pack's trailer
	version1 bool
	file     []byte // all of the file; nil if it was made in memory
	sound    bool   // the file's own checksum was found to be right

	layoutOnce sync.Once
	order      []uint32 // objects by offset, those without a possible offset left out
	failed     bitset   // by place in order: entries that cannot be read
	verified   bitset   // by object: its id has been checked
}

const fanBytes = 256 * 4

var errIndex = errors.New("damaged index")

func indexError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errIndex, fmt.Sprintf(format, args...))
}

// parseIndex reads the tables' places and checks what can be checked without
// reading them all. Data is kept.
func parseIndex(data []byte, idSize int) (*index, error) {
	x := &index{size: idSize, file: data}
	version2 := len(data) >= 8 && string(data[:4]) == "\377tOc"
	if version2 {
		if v := binary.BigEndian.Uint32(data[4:]); v != 2 {
			return nil, indexError("version %d is unknown", v)
		}
		data = data[8:]
	}
	if len(data) < fanBytes+2*idSize {
		return nil, indexError("%v", errTruncated)
	}
	for i := range x.fan {
		x.fan[i] = binary.BigEndian.Uint32(data[4*i:])
		if i > 0 && x.fan[i] < x.fan[i-1] {
			return nil, indexError("fan-out table is not in order")
		}
	}
	tables := data[fanBytes : len(data)-2*idSize]
	x.packSum = data[len(data)-2*idSize : len(data)-idSize]
	n := int64(x.fan[255])
	if version2 {
		if err := x.split2(tables, n); err != nil {
			return nil, err
		}
	} else if err := x.split1(tables, n); err != nil {
		return nil, err
	}
	if err := x.checkFan(); err != nil {
		return nil, err
	}
	return x, nil
}

// checkSum holds the file's trailer, a hash of all before it, against the file.
func (x *index) checkSum(h *hasher) {
	n := len(x.file) - x.size
	if n < 0 {
		return // it was made in memory
	}
	h.h.Reset()
	h.h.Write(x.file[:n])
	x.sound = bytes.Equal(h.h.Sum(nil), x.file[n:])
}

func (x *index) split1(tables []byte, n int64) error {
	step := int64(4 + x.size)
	if int64(len(tables)) != n*step {
		return indexError("%d objects do not fit its size", n)
	}
	x.n, x.version1 = int(n), true
	x.nameStep, x.offStep = int(step), int(step)
	x.offsets = tables
	x.names = tables[min(4, len(tables)):]
	return nil
}

func (x *index) split2(tables []byte, n int64) error {
	rest := int64(len(tables)) - n*int64(x.size+8)
	if rest < 0 || rest%8 != 0 || rest/8 > n {
		return indexError("%d objects do not fit its size", n)
	}
	x.n = int(n)
	x.nameStep, x.offStep = x.size, 4
	names := n * int64(x.size)
	x.names, tables = tables[:names], tables[names:]
	x.crcs, tables = tables[:4*n], tables[4*n:]
	x.offsets, x.large = tables[:4*n], tables[4*n:]
	return nil
}

// checkFan holds the fan-out table against the names where it leads to, so
// that a search never misses a name for a wrong table.
func (x *index) checkFan() error {
	low := 0
	for b, high := range x.fan {
		if int(high) == low {
			continue
		}
		if x.name(low)[0] != byte(b) || x.name(int(high) - 1)[0] != byte(b) {
			return indexError("fan-out table does not match the names")
		}
		low = int(high)
	}
	return nil
}

// inOrder says whether the names are in order, which every search relies on.
func (x *index) inOrder() bool {
	for i := 1; i < x.n; i++ {
		if bytes.Compare(x.name(i-1), x.name(i)) > 0 {
			return false
		}
	}
	return true
}

// name returns the id of object i.
func (x *index) name(i int) []byte {
	at := i * x.nameStep
	return x.names[at : at+x.size : at+x.size]
}

// offset returns where object i lies in the pack; -1 if the index does not
// say.
func (x *index) offset(i int) int64 {
	o := binary.BigEndian.Uint32(x.offsets[i*x.offStep:])
	if x.version1 || o>>31 == 0 {
		return int64(o)
	}
	at := int64(o&^(1<<31)) * 8
	if at+8 > int64(len(x.large)) {
		return -1
	}
	v := binary.BigEndian.Uint64(x.large[at:])
	if v>>62 != 0 {
		return -1
	}
	return int64(v)
}

// crc returns the CRC-32 of object i's packed bytes, if the index holds it.
func (x *index) crc(i int) (uint32, bool) {
	if x.version1 {
		return 0, false
	}
	return binary.BigEndian.Uint32(x.crcs[4*i:]), true
}

// find returns the first object of an id, or where it would stand.
func (x *index) find(id []byte) (int, bool) {
	i := x.lower(id)
	return i, i < x.n && bytes.Equal(x.name(i), id)
}

// lower returns the first object whose id is not less than prefix, which may be
// shorter than an id.
func (x *index) lower(prefix []byte) int {
	low, high := 0, x.n
	if len(prefix) > 0 {
		high = int(x.fan[prefix[0]])
		if prefix[0] > 0 {
			low = int(x.fan[prefix[0]-1])
		}
	}
	return low + sort.Search(high-low, func(i int) bool {
		return bytes.Compare(x.name(low+i), prefix) >= 0
	})
}

// A listed object is one that an index made in memory lists.
type listed struct {
	id     OID
	offset int64
	crc    uint32
}

// makeIndex lists objects in memory, in the form of an index of version 2.
func makeIndex(objects []listed, idSize int, packSum []byte) *index {
	slices.SortStableFunc(objects, func(a, b listed) int { return a.id.Compare(b.id) })
	x := &index{size: idSize, n: len(objects), nameStep: idSize, offStep: 4, packSum: packSum}
	x.names = make([]byte, 0, idSize*x.n)
	x.crcs = make([]byte, 0, 4*x.n)
	x.offsets = make([]byte, 0, 4*x.n)
	for _, o := range objects {
		x.names = append(x.names, o.id.raw[:idSize]...)
		x.crcs = binary.BigEndian.AppendUint32(x.crcs, o.crc)
		if o.offset < 1<<31 {
			x.offsets = binary.BigEndian.AppendUint32(x.offsets, uint32(o.offset))
		} else {
			x.offsets = binary.BigEndian.AppendUint32(x.offsets, 1<<31|uint32(len(x.large)/8))
			x.large = binary.BigEndian.AppendUint64(x.large, uint64(o.offset))
		}
		x.fan[o.id.raw[0]]++
	}
	for b := 1; b < 256; b++ {
		x.fan[b] += x.fan[b-1]
	}
	return x
}

// sort returns the same list with its names in order.
func (x *index) sort() *index {
	objects := make([]listed, x.n)
	for i := range objects {
		crc, _ := x.crc(i) // of version 1: 0, which makes Walk look closer
		objects[i] = listed{makeOID(x.name(i)), max(x.offset(i), 0), crc}
	}
	return makeIndex(objects, x.size, x.packSum)
}
