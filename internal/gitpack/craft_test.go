package gitpack

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// A crafter writes packs that git would not write.
type crafter struct {
	t       testing.TB
	data    []byte
	entries int
	listed  []listed

	unindexed bool // save writes no index
}

func newCrafter(t testing.TB) *crafter {
	return &crafter{t: t, data: append([]byte("PACK\x00\x00\x00\x02"), 0, 0, 0, 0)}
}

func idOf(kind Type, data []byte) OID { return makeOID(newHasher(SHA1).id(kind, data)) }

// add writes an entry, lists it under an id, and returns its offset.
func (c *crafter) add(id OID, kind Type, size int64, middle, zlibData []byte) int64 {
	at := len(c.data)
	head := byte(kind)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		c.data = append(c.data, head|0x80)
		head = byte(size & 0x7f)
	}
	c.data = append(append(append(c.data, head), middle...), zlibData...)
	c.listed = append(c.listed, listed{id, int64(at), crc32.ChecksumIEEE(c.data[at:])})
	c.entries++
	return int64(at)
}

func (c *crafter) whole(kind Type, data []byte) int64 {
	return c.add(idOf(kind, data), kind, int64(len(data)), nil, squeeze(data))
}

// onOffset adds a blob that a delta makes of the entry at base.
func (c *crafter) onOffset(id OID, base int64, delta []byte) int64 {
	return c.add(id, offsetDelta, int64(len(delta)), distance(int64(len(c.data))-base), squeeze(delta))
}

func (c *crafter) onID(id, base OID, delta []byte) int64 {
	return c.add(id, refDelta, int64(len(delta)), base.Bytes(), squeeze(delta))
}

var squeezers = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

func squeeze(data []byte) []byte {
	var out bytes.Buffer
	w := squeezers.Get().(*zlib.Writer)
	defer squeezers.Put(w)
	w.Reset(&out)
	w.Write(data)
	w.Close()
	return out.Bytes()
}

func distance(n int64) []byte {
	b := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		b = append([]byte{byte(n&0x7f) | 0x80}, b...)
	}
	return b
}

// delta writes a delta; its instructions are made by copyOp and insertOp.
func delta[N int | int64](base int, result N, ops ...[]byte) []byte {
	b := binary.AppendUvarint(nil, uint64(base))
	b = binary.AppendUvarint(b, uint64(result))
	return append(b, bytes.Join(ops, nil)...)
}

func copyOp[N int | int64](offset N, n int) []byte {
	return []byte{0xff, byte(offset), byte(offset >> 8), byte(offset >> 16), byte(offset >> 24), byte(n), byte(n >> 8), byte(n >> 16)}
}

func insertOp(text string) []byte { return append([]byte{byte(len(text))}, text...) }

// finish returns the pack and its index.
func (c *crafter) finish() (pack, idx []byte) {
	binary.BigEndian.PutUint32(c.data[8:], uint32(c.entries))
	sum := sha1.Sum(c.data)
	pack = append(bytes.Clone(c.data), sum[:]...)
	return pack, indexFile(makeIndex(c.listed, 20, sum[:]))
}

func indexFile(x *index) []byte {
	b := []byte("\377tOc\x00\x00\x00\x02")
	for _, n := range x.fan {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	b = append(append(append(append(append(b, x.names...), x.crcs...), x.offsets...), x.large...), x.packSum...)
	sum := sha1.Sum(b)
	return append(b, sum[:]...)
}

// open writes pack and index to a new object directory and opens it.
func (c *crafter) open(opts Options) *Store {
	c.t.Helper()
	dir := c.t.TempDir()
	c.save(dir)
	s, err := Open(dir, SHA1, opts)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { s.Close() })
	return s
}

func (c *crafter) save(dir string) {
	c.t.Helper()
	pack, idx := c.finish()
	name := filepath.Join(dir, "pack", fmt.Sprintf("pack-%x", pack[len(pack)-20:]))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		c.t.Fatal(err)
	}
	for suffix, data := range map[string][]byte{".pack": pack, ".idx": idx} {
		if suffix == ".idx" && c.unindexed {
			continue
		}
		if err := os.WriteFile(name+suffix, data, 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
}
