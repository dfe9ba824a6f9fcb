package gitpack

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// slowDelta is applyDelta as one would first write it.
func slowDelta(base, delta []byte) ([]byte, bool) {
	baseSize, n := binary.Uvarint(delta)
	if n <= 0 || n > 9 || baseSize != uint64(len(base)) {
		return nil, false
	}
	size, m := binary.Uvarint(delta[n:])
	if m <= 0 || m > 9 {
		return nil, false
	}
	var out []byte
	for ops := delta[n+m:]; len(ops) > 0; {
		op := ops[0]
		ops = ops[1:]
		if op < 0x80 {
			if op == 0 || len(ops) < int(op) {
				return nil, false
			}
			out = append(out, ops[:op]...)
			ops = ops[op:]
			continue
		}
		var offset, length uint64
		for i := range 7 {
			if op>>i&1 == 1 {
				if len(ops) == 0 {
					return nil, false
				}
				if i < 4 {
					offset |= uint64(ops[0]) << (8 * i)
				} else {
					length |= uint64(ops[0]) << (8 * (i - 4))
				}
				ops = ops[1:]
			}
		}
		if length == 0 {
			length = 0x10000
		}
		if offset+length > uint64(len(base)) || uint64(len(out))+length > size {
			return nil, false
		}
		out = append(out, base[offset:offset+length]...)
	}
	return out, uint64(len(out)) == size
}

func FuzzDelta(f *testing.F) {
	base := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	f.Add(base[:100], delta(100, 13, copyOp(3, 10), insertOp("new")))
	f.Add(base, delta(len(base), 0x10001, []byte{0x80}, insertOp("x")))
	f.Add(base[:10], []byte{10, 3, 0x91, 2, 3})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		want, ok := slowDelta(base, delta)
		baseSize, size, ops, err := parseDelta(delta)
		if err != nil || baseSize != int64(len(base)) {
			if ok {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		total, err := deltaTotal(ops)
		if fits := err == nil && total == size && size < 1<<24; fits {
			got := make([]byte, size)
			if err = applyDelta(got, base, ops, nil); err == nil && !bytes.Equal(got, want) {
				t.Fatal("result differs")
			}
			clear(got)
			streamed := applyStream(got, base, bufio.NewReaderSize(bytes.NewReader(ops), 16))
			if (streamed == nil) != (err == nil) || err == nil && !bytes.Equal(got, want) {
				t.Fatalf("stream: got %v, want %v", streamed, err)
			}
		}
		if applied := err == nil && total == size; applied != ok && size < 1<<24 {
			t.Fatalf("taken: %v, want %v", applied, ok)
		}
	})
}

// smallPack is a pack of a few objects of every kind, and its index.
func smallPack(t testing.TB) (pack, idx []byte) {
	c := newCrafter(t)
	text := []byte("some text that is the base of others, long enough")
	at := c.whole(Blob, text)
	c.whole(Tree, append([]byte("100644 a\x00"), idOf(Blob, text).Bytes()...))
	c.whole(Commit, []byte("tree "+idA+"\n"))
	c.onOffset(idOf(Blob, text[:20]), at, delta(len(text), 20, copyOp(0, 20)))
	c.onID(idOf(Blob, text[20:]), idOf(Blob, text), delta(len(text), len(text)-20, copyOp(20, len(text)-20)))
	return c.finish()
}

// fuzzStore reads all of a store made of a pack, an index and a multi-pack
// index, of which some may be nil. What it visits is what the ids say, since Walk
// sees to that.
func fuzzStore(t *testing.T, pack, idx, midx []byte) {
	dir := t.TempDir()
	for name, data := range map[string][]byte{"pack-0.pack": pack, "pack-0.idx": idx, "multi-pack-index": midx} {
		if data == nil {
			continue
		}
		os.MkdirAll(filepath.Join(dir, "pack"), 0o755)
		if err := os.WriteFile(filepath.Join(dir, "pack", name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(dir, SHA1, Options{MaxObjectBytes: 1 << 22})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := walkAll(t, s, WalkOptions{Workers: 2})
	if len(got.twice) > 0 || len(got.objects)+len(got.bad) != s.Len() {
		t.Errorf("%d visited and %d bad of %d, %d twice", len(got.objects), len(got.bad), s.Len(), len(got.twice))
	}
	walkAll(t, s, WalkOptions{Types: []Type{Tag}})
	fuzzTrust(t, dir, s.Len())
	s.Each(func(o OID) bool {
		_, err := s.Read(o, nil)
		if _, ok := got.objects[o]; ok != (err == nil) {
			t.Errorf("%s: visited: %v; Read: %v", o, ok, err)
		}
		s.Type(o)
		return true
	})
	s.Problems()
}

// fuzzTrust walks a store anew: what has the right checksum is believed then to
// have the id that it is given, until it is checked.
func fuzzTrust(t *testing.T, dir string, n int) {
	s, err := Open(dir, SHA1, Options{MaxObjectBytes: 1 << 22})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := walkAll(t, s, WalkOptions{Workers: 2, Check: CheckCRC})
	if len(got.twice) > 0 || len(got.objects)+len(got.bad) != n {
		t.Errorf("trusting: %d visited and %d bad of %d, %d twice", len(got.objects), len(got.bad), n, len(got.twice))
	}
	for id, o := range got.objects {
		if s.Check(id) == nil && idOf(o.Type, o.Data) != id {
			t.Errorf("%s: wrong content was found to be right", id)
		}
	}
}

func FuzzPack(f *testing.F) {
	pack, idx := smallPack(f)
	f.Add(pack, true)
	f.Add(pack, false)
	f.Fuzz(func(t *testing.T, pack []byte, indexed bool) {
		if indexed {
			fuzzStore(t, pack, idx, nil)
		} else {
			fuzzStore(t, pack, nil, nil)
		}
	})
}

func FuzzIndex(f *testing.F) {
	pack, idx := smallPack(f)
	f.Add(idx)
	f.Add(indexFile1(f, idx))
	f.Fuzz(func(t *testing.T, idx []byte) {
		fuzzStore(t, pack, idx, nil)
		for _, size := range []int{20, 32} {
			x, err := parseIndex(idx, size)
			if err != nil {
				continue
			}
			for i := range x.n {
				x.offset(i)
				x.crc(i)
				x.find(x.name(i))
			}
			x.lower(nil)
			x.layout(1 << 40)
		}
	})
}

// indexFile1 turns an index of version 2 into one of version 1.
func indexFile1(t testing.TB, idx []byte) []byte {
	x, err := parseIndex(idx, 20)
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, n := range x.fan {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	for i := range x.n {
		b = append(binary.BigEndian.AppendUint32(b, uint32(x.offset(i))), x.name(i)...)
	}
	return append(b, idx[len(idx)-40:]...)
}

func FuzzMultiIndex(f *testing.F) {
	pack, idx := smallPack(f)
	f.Add(multiIndexFile(f, idx, "pack-0.idx"))
	f.Fuzz(func(t *testing.T, midx []byte) { fuzzStore(t, pack, idx, midx) })
}

// multiIndexFile writes a multi-pack index over the pack of one index.
func multiIndexFile(t testing.TB, idx []byte, name string) []byte {
	x, err := parseIndex(idx, 20)
	if err != nil {
		t.Fatal(err)
	}
	var fan, offsets []byte
	for _, n := range x.fan {
		fan = binary.BigEndian.AppendUint32(fan, n)
	}
	for i := range x.n {
		offsets = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(offsets, 0), uint32(x.offset(i)))
	}
	b := append([]byte("MIDX"), 1, 1, 4, 0, 0, 0, 0, 1)
	chunks := []struct {
		id   string
		data []byte
	}{{"PNAM", []byte(name + "\x00")}, {"OIDF", fan}, {"OIDL", x.names}, {"OOFF", offsets}, {"\x00\x00\x00\x00", nil}}
	at := len(b) + multiIndexChunk*len(chunks)
	for _, c := range chunks {
		b = binary.BigEndian.AppendUint64(append(b, c.id...), uint64(at))
		at += len(c.data)
	}
	for _, c := range chunks {
		b = append(b, c.data...)
	}
	return append(b, make([]byte, 20)...)
}
