package gitpack

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// indexed returns a store of one pack whose index was changed.
func indexed(t *testing.T, r *repo, change func(idx []byte) []byte) *Store {
	t.Helper()
	name := filepath.Join("pack", filepath.Base(r.packs(".idx")[0]))
	all := readFiles(t, r.objects())
	s, err := Open(all.write(t, name, change(bytes.Clone(all[name]))), SHA1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func packedRepo(t *testing.T, n int, seed uint64) *repo {
	t.Helper()
	r := newRepo(t, SHA1)
	r.history(n, seed)
	r.git("repack", "-adq")
	return r
}

// TestIndexOutOfOrder exchanges two objects of an index that a search would go
// astray between.
func TestIndexOutOfOrder(t *testing.T) {
	r := packedRepo(t, 200, 71)
	truth := r.truth()
	s := indexed(t, r, func(idx []byte) []byte {
		x, err := parseIndex(idx, 20)
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i+1 < x.n; i++ {
			if x.name(i - 1)[0] == x.name(i)[0] {
				for _, table := range []struct {
					b    []byte
					size int
				}{{x.names, 20}, {x.crcs, 4}, {x.offsets, 4}} {
					a, b := table.b[(i-1)*table.size:i*table.size], table.b[i*table.size:(i+1)*table.size]
					old := bytes.Clone(a)
					copy(a, b)
					copy(b, old)
				}
				i++
			}
		}
		return idx
	})
	r.checkWalk(s, truth, 2)
	if p := s.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), "not in order") {
		t.Errorf("problems %v", p)
	}
	for id := range truth {
		if _, err := s.Read(id, nil); err != nil {
			t.Errorf("Read(%s): %v", id, err)
		}
	}
}

// TestLargeOffsets has an index that writes all offsets with 64 bits.
func TestLargeOffsets(t *testing.T) {
	r := packedRepo(t, 30, 72)
	truth := r.truth()
	wide := func(idx []byte) []byte {
		x, err := parseIndex(idx, 20)
		if err != nil {
			t.Fatal(err)
		}
		x.large = nil
		for i := range x.n {
			x.large = binary.BigEndian.AppendUint64(x.large, uint64(x.offset(i)))
			binary.BigEndian.PutUint32(x.offsets[4*i:], 1<<31|uint32(i))
		}
		return indexFile(x)
	}
	s := indexed(t, r, wide)
	r.checkWalk(s, truth, 2)
	if p := s.Problems(); len(p) > 0 {
		t.Errorf("problems %v", p)
	}
	// One that leads outside the table, and one that is negative.
	s = indexed(t, r, func(idx []byte) []byte {
		idx = wide(idx)
		x, _ := parseIndex(idx, 20)
		binary.BigEndian.PutUint32(x.offsets, 1<<31|uint32(x.n))
		x.large[8] = 0xff
		return idx
	})
	if got := walkAll(t, s, WalkOptions{}); len(got.bad) < 2 || len(got.objects)+len(got.bad) != len(truth) {
		t.Errorf("visited %d, bad %v", len(got.objects), got.bad)
	}
}

// TestIndexThatListsLess leaves an object out of the index.
func TestIndexThatListsLess(t *testing.T) {
	r := packedRepo(t, 30, 73)
	s := indexed(t, r, func(idx []byte) []byte {
		x, _ := parseIndex(idx, 20)
		var fewer []listed
		for i := range x.n {
			crc, _ := x.crc(i)
			if i != x.n/2 {
				fewer = append(fewer, listed{makeOID(x.name(i)), x.offset(i), crc})
			}
		}
		return indexFile(makeIndex(fewer, 20, x.packSum))
	})
	walkAll(t, s, WalkOptions{})
	if p := s.Problems(); len(p) != 2 || !strings.Contains(p[0].Error(), "index lists") || !strings.Contains(p[1].Error(), "entries") {
		t.Errorf("problems %v", p)
	}
}

// TestTypeBitFlipped makes a blob look like a tree; a walk over blobs must not
// take that for a reason to pass it over, nor those made of it.
func TestTypeBitFlipped(t *testing.T) {
	for _, version := range []string{"1", "2"} {
		r := newRepo(t, SHA1)
		r.history(40, 74)
		r.git("-c", "pack.indexVersion="+version, "repack", "-adq")
		blobs := 0
		for _, o := range r.truth() {
			if o.Type == Blob {
				blobs++
			}
		}
		probe := r.open(Options{})
		p := probe.packs[0]
		name := filepath.Join("pack", filepath.Base(p.path))
		all := readFiles(t, r.objects())
		for i := range p.index().n {
			offset := p.index().offset(i)
			if Type(all[name][offset]>>4&7) != Blob {
				continue
			}
			pack := bytes.Clone(all[name])
			pack[offset] ^= 1 << 4 // a tree
			dir := all.write(t, name, pack)
			s, err := Open(dir, SHA1, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := walkAll(t, s, WalkOptions{Types: []Type{Blob}})
			if len(got.bad) == 0 || len(got.bad)+len(got.objects) != blobs {
				t.Errorf("version %s: visited %d of %d, bad %d", version, len(got.objects), blobs, len(got.bad))
			}
			s.Close()
			os.RemoveAll(dir)
		}
	}
}

func TestMultiIndexThatPromisesMore(t *testing.T) {
	pack, idx := smallPack(t)
	x, _ := parseIndex(idx, 20)
	tests := []struct {
		name, want string
		midx       []byte
	}{
		{"fine", "", multiIndexFile(t, idx, "pack-0.idx")},
		{"another pack", "missing", multiIndexFile(t, idx, "pack-1.idx")},
		{"another object", "not where it says", multiIndexFile(t, indexFile(makeIndex([]listed{{invented[3], 12, 0}}, 20, x.packSum)), "pack-0.idx")},
		{"cut off", "damaged", multiIndexFile(t, idx, "pack-0.idx")[:200]},
	}
	for _, test := range tests {
		dir := files{"pack/pack-0.pack": pack, "pack/pack-0.idx": idx, "pack/multi-pack-index": test.midx}.write(t, "", nil)
		s, err := Open(dir, SHA1, Options{})
		if err != nil {
			t.Fatal(err)
		}
		walkAll(t, s, WalkOptions{})
		p := s.Problems()
		if test.want == "" && len(p) > 0 || test.want != "" && (len(p) != 1 || !strings.Contains(p[0].Error(), test.want)) {
			t.Errorf("%s: problems %v, want %q", test.name, p, test.want)
		}
		s.Close()
	}
}
