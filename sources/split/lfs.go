package split

import (
	"bytes"
	"strconv"

	"github.com/mudlark-scan/mudlark"
)

// A Pointer stands in a repository for a file that lies in a large file store.
type Pointer struct {
	Hash string // the kind of hash, as "sha256"
	OID  string // hex
	Size int64
}

// The first lines of pointer files; the second was used before version 1.
// Source: git-lfs, docs/spec.md.
const (
	lfsVersion    = "version https://git-lfs.github.com/spec/"
	lfsPrerelease = "version https://hawser.github.com/spec/"
	// lfsLongest is the size below which pointer files stay.
	lfsLongest = 1024
)

// LFS reports whether data is the text of a pointer, and which.
func LFS(data []byte) (Pointer, bool) {
	if len(data) >= lfsLongest || !bytes.HasPrefix(data, []byte("version https://")) {
		return Pointer{}, false
	}
	if !bytes.HasPrefix(data, []byte(lfsVersion)) && !bytes.HasPrefix(data, []byte(lfsPrerelease)) {
		return Pointer{}, false
	}
	var p Pointer
	sized := false
	for line := range bytes.Lines(data) {
		key, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		switch string(key) {
		case "oid":
			kind, oid, _ := bytes.Cut(value, []byte(":"))
			p.Hash, p.OID = string(kind), string(oid)
		case "size":
			n, err := strconv.ParseInt(string(value), 10, 64)
			p.Size, sized = n, err == nil
		}
	}
	return p, sized && hexadecimal(p.OID)
}

func hexadecimal(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s != ""
}

// pointer yields a skip if data is a pointer to content that is not read.
func (s *Splitter) pointer(o mudlark.Origin, paths []string, data []byte, yield mudlark.Yield) error {
	p, ok := LFS(data)
	if !ok || s.Stored != nil && s.Stored(p) {
		return nil
	}
	skip := mudlark.Skipped(mudlark.LFSPointer,
		"%s:%s, %d bytes, lies in a large file store: fetch it with `git lfs pull` and scan the files with `mudlark dir`",
		p.Hash, p.OID, p.Size)
	return yield(mudlark.Chunk{Origin: o, Paths: paths}, skip)
}
