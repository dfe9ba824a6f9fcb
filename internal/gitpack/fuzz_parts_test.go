package gitpack

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// FuzzEntry holds what is read of an entry's header against what writes it.
func FuzzEntry(f *testing.F) {
	c := newCrafter(f)
	at := c.whole(Blob, bytes.Repeat([]byte("text"), 1000))
	f.Add(c.data[at:], at)
	at = c.onOffset(invented[0], packHead, delta(4000, 4000, copyOp(0, 4000)))
	f.Add(c.data[at:], at)
	at = c.onID(invented[1], invented[0], delta(4000, 4000, copyOp(0, 4000)))
	f.Add(c.data[at:], at)
	f.Add([]byte{0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, int64(12))
	f.Fuzz(func(t *testing.T, data []byte, offset int64) {
		if offset < packHead || offset > 1<<60 {
			return
		}
		for _, idSize := range []int{20, 32} {
			e, err := parseEntry(data, offset, idSize)
			if err != nil {
				continue
			}
			used := int(e.data - offset)
			if e.size < 0 || used < 1 || used > len(data) {
				t.Fatalf("%+v of %d bytes", e, len(data))
			}
			size, rest := e.size>>4, data[1:used]
			head := []byte{byte(e.kind)<<4 | byte(e.size&15)}
			// What is written at its shortest may also be read at greater length.
			for ; data[len(head)-1]&0x80 != 0; size >>= 7 {
				head[len(head)-1] |= 0x80
				head = append(head, byte(size&0x7f))
				rest = rest[1:]
			}
			if size != 0 || !bytes.Equal(head, data[:len(head)]) {
				t.Fatalf("%+v is not what % x says", e, data[:used])
			}
			var want []byte
			switch e.kind {
			case Commit, Tree, Blob, Tag:
			case offsetDelta:
				if e.base < packHead || e.base >= offset {
					t.Fatalf("base at %d of an entry at %d", e.base, offset)
				}
				want = distance(offset - e.base)
			case refDelta:
				want = e.baseID.Bytes()
			default:
				t.Fatalf("an entry of kind %d", e.kind)
			}
			if !bytes.Equal(rest, want) {
				t.Fatalf("%+v is not what % x says", e, data[:used])
			}
		}
	})
}

// FuzzCopies holds what is taken down of a delta against the promise that
// Object.Copies makes, and against the delta itself.
func FuzzCopies(f *testing.F) {
	base := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	f.Add(base[:100], delta(100, 33, copyOp(3, 10), copyOp(13, 10), insertOp("new"), copyOp(0, 10)))
	f.Add(base, delta(len(base), 0x20000, []byte{0x80}, []byte{0x80}))
	f.Add(base[:300], delta(300, 256, []byte{0xb4, 1, 128}, []byte{0x91, 0, 128}))
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		baseSize, size, ops, err := parseDelta(delta)
		if err != nil || baseSize != int64(len(base)) {
			return
		}
		if total, err := deltaTotal(ops); err != nil || total != size || size > 1<<22 {
			return
		}
		var l copyList
		made := make([]byte, size)
		if applyDelta(made, base, ops, &l) != nil {
			return
		}
		from := make([]int, size) // where each byte was copied from
		for i := range from {
			from[i] = -1
		}
		at, last := 0, Copy{To: -1}
		for _, c := range l.all() {
			if c.To < at || c.Len <= 0 || c.To+c.Len > len(made) || c.From < 0 || c.From+c.Len > len(base) {
				t.Fatalf("%+v does not fit", c)
			}
			if c.To == last.To+last.Len && c.From == last.From+last.Len {
				t.Fatalf("%+v goes on where %+v ends", c, last)
			}
			if !bytes.Equal(made[c.To:c.To+c.Len], base[c.From:c.From+c.Len]) {
				t.Fatalf("%+v is no copy", c)
			}
			for i := range c.Len {
				from[c.To+i] = c.From + i
			}
			at, last = c.To+c.Len, c
		}
		if l.full {
			return
		}
		at = 0
		for len(ops) > 0 {
			n, offset := int(ops[0]), -1
			if ops[0] < 0x80 {
				ops = ops[1+n:]
			} else {
				var used int
				offset, n, used = parseCopy(ops[0], ops[1:])
				ops = ops[1+used:]
			}
			for i := range n {
				want := -1
				if offset >= 0 {
					want = offset + i
				}
				if from[at+i] != want {
					t.Fatalf("byte %d comes from %d, the list says %d", at+i, want, from[at+i])
				}
			}
			at += n
		}
	})
}

// FuzzZlib holds data with its header and checksum against the standard library,
// in memory and read piece by piece.
func FuzzZlib(f *testing.F) {
	for _, level := range []int{0, 1, 9, -2} {
		f.Add(append(deflated(f, bytes.Repeat([]byte("some text "), 300), level), "what follows"...))
	}
	path := filepath.Join(f.TempDir(), "zlib")
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 2 && data[1]&0x20 != 0 {
			return // a dictionary is foreign to git, and the library wants one
		}
		source := bytes.NewReader(data)
		var want []byte
		r, wantErr := zlib.NewReader(source)
		if wantErr == nil {
			want, wantErr = io.ReadAll(io.LimitReader(r, 1<<20))
		}
		if len(want) == 1<<20 {
			return
		}
		var z inflater
		dst := sized(nil, int64(len(want)))
		used, err := z.whole(dst, data)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got %v, want %v", err, wantErr)
		}
		if err == nil && (!bytes.Equal(dst, want) || used != len(data)-source.Len()) {
			t.Fatalf("%d bytes of %d, which differ or are too many", used, len(data)-source.Len())
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := openFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		clear(dst)
		n, err := z.from(dst, newSection(file, 0, file.size))
		if (err == nil) != (wantErr == nil) || err == nil && (n != int64(used) || !bytes.Equal(dst, want)) {
			t.Fatalf("piece by piece: %d of %d, %v, want %v", n, used, err, wantErr)
		}
	})
}

// FuzzLoose reads a loose object and holds it against what its zlib data holds.
func FuzzLoose(f *testing.F) {
	for _, text := range []string{"blob 4\x00text", "tree 0\x00", "blob 5\x00text", "blob 04\x00text", "tag 4 \x00text"} {
		f.Add(deflated(f, []byte(text), 9))
	}
	path := filepath.Join(f.TempDir(), "loose")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		s := &Store{options: Options{MaxObjectBytes: 1 << 20}}
		r := s.newReader()
		kind, got, err := r.looseFile(path, func(size int64) []byte { return sized(nil, size) })
		if err != nil {
			return
		}
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, ok := bytes.Cut(whole, []byte{0})
		if want := fmt.Sprintf("%v %d", kind, len(rest)); !ok || string(head) != want || !bytes.Equal(rest, got) {
			t.Fatalf("got a %v of %d bytes, want %q and %d bytes", kind, len(got), head, len(rest))
		}
	})
}
