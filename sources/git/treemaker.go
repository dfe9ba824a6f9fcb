package git

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A treeMaker makes trees of the entries of an index, as git would write them.
// It keeps their ids alone and gives the entries when they are asked for: of
// most folders the id says that nothing changed.
type treeMaker struct {
	format gitpack.Format
	hash   hash.Hash
	paths  []item // with whole paths, in the order of an index
	texts  [][]byte
	ids    map[folderKey]gitpack.OID
	places map[gitpack.OID]folderKey
}

// A folderKey names a folder: by its first entry, and by how many bytes of that
// entry's path lead to the folder.
type folderKey struct{ first, skip int }

// makeTrees makes the trees of items with whole paths, which stand in the order
// of an index, and returns the id of the root.
func makeTrees(f gitpack.Format, paths []item) (*treeMaker, gitpack.OID) {
	m := &treeMaker{
		format: f, hash: newHash(f), paths: paths,
		ids: map[folderKey]gitpack.OID{}, places: map[gitpack.OID]folderKey{},
	}
	id, _ := m.folder(0, 0, 0)
	return m, id
}

// folder makes the tree of a folder and returns its id and where its entries end.
func (m *treeMaker) folder(first, skip, depth int) (gitpack.OID, int) {
	if depth == len(m.texts) {
		m.texts = append(m.texts, nil)
	}
	text := m.texts[depth][:0]
	end := m.each(first, skip, func(i int, e item) int {
		next := i + 1
		if e.kind == kindTree && e.id == (gitpack.OID{}) {
			e.id, next = m.folder(i, skip+len(e.name)+1, depth+1)
		}
		text = append(append(append(text, modeOf(e)...), e.name...), 0)
		text = append(text, e.id.Bytes()...)
		return next
	})
	m.texts[depth] = text
	id := m.id(text)
	at := folderKey{first, skip}
	m.ids[at], m.places[id] = id, at
	return id, end
}

// each calls visit with the entries of a folder and the place of their first
// path; visit returns where to go on. A folder in it has no id yet.
func (m *treeMaker) each(first, skip int, visit func(i int, e item) int) int {
	if first >= len(m.paths) {
		return first
	}
	prefix := m.paths[first].name[:skip]
	i := first
	for i < len(m.paths) && strings.HasPrefix(m.paths[i].name, prefix) {
		e := m.paths[i]
		e.name = e.name[skip:]
		if n := strings.IndexByte(e.name, '/'); n >= 0 {
			e = item{name: e.name[:n], kind: kindTree}
		}
		i = visit(i, e)
	}
	return i
}

// items returns the entries of a tree that was made, sorted by name.
func (m *treeMaker) items(id gitpack.OID) ([]item, bool) {
	at, ok := m.places[id]
	if !ok {
		return nil, false
	}
	var list []item
	m.each(at.first, at.skip, func(i int, e item) int {
		next := i + 1
		if e.kind == kindTree && e.id == (gitpack.OID{}) {
			inner := folderKey{i, at.skip + len(e.name) + 1}
			e.id, next = m.ids[inner], m.end(inner)
		}
		list = append(list, e)
		return next
	})
	slices.SortStableFunc(list, func(a, b item) int { return strings.Compare(a.name, b.name) })
	return list, true
}

// end returns where the entries of a folder end.
func (m *treeMaker) end(f folderKey) int {
	prefix, end := m.paths[f.first].name[:f.skip], f.first
	for end < len(m.paths) && strings.HasPrefix(m.paths[end].name, prefix) {
		end++
	}
	return end
}

// id returns the id of a tree. Modes are those that git writes today; an entry
// with another one only makes the tree look different, so that it is read.
func (m *treeMaker) id(text []byte) gitpack.OID {
	m.hash.Reset()
	m.hash.Write(append(strconv.AppendInt([]byte("tree "), int64(len(text)), 10), 0))
	m.hash.Write(text)
	var sum [sha256.Size]byte
	id, _ := m.format.Parse(hex.EncodeToString(m.hash.Sum(sum[:0])))
	return id
}

func newHash(f gitpack.Format) hash.Hash {
	if f == gitpack.SHA256 {
		return sha256.New()
	}
	return sha1.New()
}

func modeOf(e item) string {
	switch {
	case e.kind == kindTree:
		return "40000 "
	case e.kind == kindLink:
		return "120000 "
	case e.kind == kindModule:
		return "160000 "
	case e.exec:
		return "100755 "
	}
	return "100644 "
}
