package gitpack

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A looseDir holds the objects that lie in files of their own, of one object
// directory.
type looseDir struct {
	root   string
	idSize int
	names  []byte  // the ids in order, one after the other, once listed
	strays []stray // in the order of their ids

	verified bitset // by object, once listed: its id has been checked
}

// A stray is an object in a file that is not named after it: the leftover of a
// write that was interrupted before the file got its name.
type stray struct {
	id   OID
	path string
}

func (d *looseDir) count() int { return len(d.names) / d.idSize }

func (d *looseDir) name(i int) []byte { return d.names[i*d.idSize:][:d.idSize:d.idSize] }

func (d *looseDir) path(id []byte) string {
	if i, ok := slices.BinarySearchFunc(d.strays, makeOID(id), func(s stray, o OID) int { return s.id.Compare(o) }); ok {
		return d.strays[i].path
	}
	name := hex.EncodeToString(id)
	return filepath.Join(d.root, name[:2], name[2:])
}

// find returns the place of an id among the names.
func (d *looseDir) find(id []byte) (int, bool) {
	i := sort.Search(d.count(), func(i int) bool { return bytes.Compare(d.name(i), id) >= 0 })
	return i, i < d.count() && bytes.Equal(d.name(i), id)
}

// list reads the names of all loose objects. Found is called with what lies
// between them and may be a leftover.
func (d *looseDir) list(leftover func(path string), problem func(path string, err error)) {
	entries, err := os.ReadDir(d.root)
	if err != nil {
		problem(d.root, bare(err))
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, "tmp_obj_") {
			leftover(filepath.Join(d.root, name))
		}
		if first, err := hex.DecodeString(name); err == nil && len(first) == 1 && strings.ToLower(name) == name {
			d.listFan(first[0], filepath.Join(d.root, name), leftover, problem)
		}
	}
}

func (d *looseDir) listFan(first byte, dir string, leftover func(string), problem func(string, error)) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		problem(dir, bare(err))
	}
	var rest [32]byte
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, "tmp_obj_") {
			leftover(filepath.Join(dir, name))
		}
		if len(name) != 2*d.idSize-2 || strings.ToLower(name) != name {
			continue
		}
		if _, err := hex.Decode(rest[:], []byte(name)); err == nil {
			d.names = append(append(d.names, first), rest[:d.idSize-1]...)
		}
	}
}

// addStray adds an object that lies in a file of another name.
func (d *looseDir) addStray(id OID, path string) {
	at, ok := d.find(id.raw[:id.size])
	if ok {
		return
	}
	d.names = slices.Insert(d.names, at*d.idSize, id.raw[:id.size]...)
	i, _ := slices.BinarySearchFunc(d.strays, id, func(s stray, o OID) int { return s.id.Compare(o) })
	d.strays = slices.Insert(d.strays, i, stray{id, path})
}

// looseHead is more than the header of a loose object takes.
const looseHead = 32

// parseLoose reads the header of an inflated loose object: type, size, and the
// number of bytes it takes itself.
func parseLoose(b []byte) (t Type, size int64, used int, err error) {
	end := bytes.IndexByte(b[:min(len(b), looseHead)], 0)
	space := bytes.IndexByte(b, ' ')
	if end < 0 || space < 0 || space > end {
		return 0, 0, 0, errLooseHeader
	}
	t, ok := parseType(b[:space])
	digits := string(b[space+1 : end])
	size, err = strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || strconv.FormatInt(size, 10) != digits || size < 0 {
		return 0, 0, 0, errLooseHeader
	}
	return t, size, end + 1, nil
}

// has says whether there is a file for an object, or whether it cannot be told.
func (d *looseDir) has(id []byte) bool {
	_, err := os.Stat(d.path(id))
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}
