package gitpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A multiIndex lists the objects of several packs ("multi-pack-index files have
// the following format" in git's gitformat-pack). Each pack has an index of its
// own besides, which holds more, so a Store reads that one and uses the multiIndex
// only as a second witness of what the packs should hold.
type multiIndex struct {
	size    int // of an id
	packs   []string
	n       int
	names   []byte
	offsets []byte
	large   []byte
}

var errMultiIndex = errors.New("damaged multi-pack index")

func multiIndexError(what string) error { return fmt.Errorf("%w: %s", errMultiIndex, what) }

const (
	multiIndexHead  = 12
	multiIndexChunk = 12 // an entry of the table of chunks
)

func parseMultiIndex(data []byte, f Format) (*multiIndex, error) {
	if len(data) < multiIndexHead+f.Size() || string(data[:4]) != "MIDX" || data[4] != 1 && data[4] != 2 {
		return nil, multiIndexError("not one of a known version")
	}
	if data[5] != byte(f)+1 {
		return nil, multiIndexError("ids are of another kind")
	}
	chunks, packs := int(data[6]), int64(binary.BigEndian.Uint32(data[8:]))
	table := data[multiIndexHead:]
	if len(table) < (chunks+1)*multiIndexChunk {
		return nil, multiIndexError(errTruncated.Error())
	}
	m := &multiIndex{size: f.Size()}
	var fan, packNames []byte
	for range chunks {
		from := binary.BigEndian.Uint64(table[4:])
		to := binary.BigEndian.Uint64(table[multiIndexChunk+4:])
		if from > to || to > uint64(len(data)-f.Size()) {
			return nil, multiIndexError("chunk lies outside the file")
		}
		chunk := data[from:to]
		switch string(table[:4]) {
		case "PNAM":
			packNames = chunk
		case "OIDF":
			fan = chunk
		case "OIDL":
			m.names = chunk
		case "OOFF":
			m.offsets = chunk
		case "LOFF":
			m.large = chunk
		}
		table = table[multiIndexChunk:]
	}
	if len(fan) != fanBytes {
		return nil, multiIndexError("no fan-out table")
	}
	n := int64(binary.BigEndian.Uint32(fan[fanBytes-4:]))
	if int64(len(m.names)) != n*int64(m.size) || int64(len(m.offsets)) != 8*n {
		return nil, multiIndexError("tables are not of the stated size")
	}
	m.n = int(n)
	for range packs {
		name, rest, ok := bytes.Cut(packNames, []byte{0})
		if !ok {
			return nil, multiIndexError("names of packs are cut off")
		}
		m.packs = append(m.packs, string(name))
		packNames = rest
	}
	return m, nil
}

func (m *multiIndex) name(i int) []byte { return m.names[i*m.size:][:m.size:m.size] }

// place returns the pack, by its number, and the offset in it of object i; -1 if
// it does not say.
func (m *multiIndex) place(i int) (pack uint32, offset int64) {
	b := m.offsets[8*i:]
	pack = binary.BigEndian.Uint32(b)
	o := binary.BigEndian.Uint32(b[4:])
	if o>>31 == 0 || len(m.large) == 0 {
		return pack, int64(o)
	}
	at := int64(o&^(1<<31)) * 8
	if at+8 > int64(len(m.large)) {
		return pack, -1
	}
	return pack, int64(binary.BigEndian.Uint64(m.large[at:]) &^ (1 << 63))
}

// checkMultiIndexes reports what a multi-pack index promises and the packs'
// own indexes do not.
func (s *Store) checkMultiIndexes() {
	for _, d := range s.loose {
		dir := filepath.Join(d.root, "pack")
		s.checkMultiIndex(dir, filepath.Join(dir, "multi-pack-index"))
		layers := filepath.Join(dir, "multi-pack-index.d")
		entries, err := os.ReadDir(layers)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.problem(layers, bare(err))
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".midx") {
				s.checkMultiIndex(dir, filepath.Join(layers, e.Name()))
			}
		}
	}
}

func (s *Store) checkMultiIndex(dir, path string) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return
	}
	f, err := openFile(path, !s.options.noMap)
	if err != nil {
		s.problem(path, err)
		return
	}
	defer f.Close()
	var held []byte
	data, err := f.bytes(0, f.size, &held)
	var m *multiIndex
	if err == nil {
		m, err = parseMultiIndex(data, s.format)
	}
	if err == nil {
		err = s.compare(m, dir)
	}
	if err != nil {
		s.problem(path, err)
	}
}

// compare holds a multi-pack index against the packs' own. Both are in order,
// so it goes through all of them side by side.
func (s *Store) compare(m *multiIndex, dir string) error {
	byName := make(map[string]*index)
	for _, p := range s.packs {
		if filepath.Dir(p.path) == dir {
			byName[strings.TrimSuffix(filepath.Base(p.path), ".pack")+".idx"] = p.index()
		}
	}
	indexes := make([]*index, len(m.packs))
	for i, name := range m.packs {
		if indexes[i] = byName[name]; indexes[i] == nil {
			return fmt.Errorf("it names the pack %q, which is missing", name)
		}
	}
	next := make([]int, len(indexes))
	wrong := 0
	var example []byte
	for i := range m.n {
		pack, offset := m.place(i)
		if pack >= uint32(len(indexes)) || !indexes[pack].lists(m.name(i), offset, &next[pack]) {
			wrong++
			example = m.name(i)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of its objects are not where it says, such as %s", wrong, makeOID(example))
	}
	return nil
}

// lists says whether an object lies at offset. *from is where to look on from
// when asked in the order of ids.
func (x *index) lists(id []byte, offset int64, from *int) bool {
	i := *from
	for step := 1; i < x.n && bytes.Compare(x.name(i), id) < 0; i++ {
		if step++; step > 64 { // far off
			i, _ = x.find(id)
			break
		}
	}
	*from = i
	for ; i < x.n && bytes.Equal(x.name(i), id); i++ {
		if x.offset(i) == offset {
			return true
		}
	}
	return false
}
