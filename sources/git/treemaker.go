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
type treeMaker struct {
	*treeReading
	hash hash.Hash
	text []byte
}

func newHash(f gitpack.Format) hash.Hash {
	if f == gitpack.SHA256 {
		return sha256.New()
	}
	return sha1.New()
}

// make makes the trees of items with whole paths, in the order of an index, and
// returns the id of the root.
func (m *treeMaker) make(items []item) gitpack.OID {
	id, _ := m.folder(items, 0)
	return id
}

// folder makes the tree of the items at the beginning of the list that share the
// first skip bytes of their paths, and returns the rest.
func (m *treeMaker) folder(items []item, skip int) (gitpack.OID, []item) {
	var list []item
	prefix := ""
	if len(items) > 0 {
		prefix = items[0].name[:skip]
	}
	for len(items) > 0 && strings.HasPrefix(items[0].name, prefix) {
		name := items[0].name[skip:]
		i := strings.IndexByte(name, '/')
		if i < 0 {
			list = append(list, item{name, items[0].id, items[0].kind, items[0].exec})
			items = items[1:]
			continue
		}
		inner := item{name: name[:i], kind: kindTree}
		inner.id, items = m.folder(items, skip+i+1)
		list = append(list, inner)
	}
	id := m.id(list)
	slices.SortStableFunc(list, func(a, b item) int { return strings.Compare(a.name, b.name) })
	m.made[id] = list
	return id, items
}

// id returns the id of a tree. Modes are those that git writes today; an entry
// with another one only makes the tree look different, so that it is read.
func (m *treeMaker) id(list []item) gitpack.OID {
	m.text = m.text[:0]
	for _, e := range list {
		m.text = append(m.text, modeOf(e)...)
		m.text = append(append(m.text, e.name...), 0)
		m.text = append(m.text, e.id.Bytes()...)
	}
	m.hash.Reset()
	m.hash.Write(strconv.AppendInt([]byte("tree "), int64(len(m.text)), 10))
	m.hash.Write([]byte{0})
	m.hash.Write(m.text)
	id, _ := m.format.Parse(hex.EncodeToString(m.hash.Sum(nil)))
	return id
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
