package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"testing"
)

// FuzzWalk holds walks to their bounds, whatever the bytes: no panic, no more
// content than the limits allow, clean paths, the same by either way of reading.
func FuzzWalk(f *testing.F) {
	for _, data := range streams(f, tarOf(f, files)) {
		f.Add(data)
	}
	f.Add(tarOf(f, files))
	f.Add(zipOf(f, files, zip.Deflate))
	f.Add(zipOf(f, files, zip.Store))
	f.Add(zipOf(f, map[string]string{"inner.zip": string(zipOf(f, files, zip.Deflate))}, zip.Store))
	f.Add(rarOf(map[string]string{"a": "b"}))
	f.Add([]byte("!<arch>\n" + arMember("a", "b") + arMember("//", "long/\n") + arMember("/0", "c")))
	f.Add([]byte(cpioMember("a", 0o100644, "b") + cpioMember("TRAILER!!!", 0, "")))
	f.Add([]byte("7z\xbc\xaf\x27\x1c\x00\x04\x00\x00\x00\x00"))
	limits := Limits{Depth: 4, Ratio: 100, Bytes: 32 << 20, Members: 1000, Memory: 1 << 20, Window: 1 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, r := range []io.Reader{bytes.NewReader(data), onlyReader{bytes.NewReader(data)}} {
			v := &bounded{t: t}
			if err := Walk(context.Background(), r, limits, v); err != nil {
				t.Fatalf("Walk: %v", err)
			}
			// What is only repacked, as in a tar, comes once for each of the
			// archives that it lies in.
			if most := 3*limits.Bytes + 10*int64(len(data)); v.bytes > most {
				t.Fatalf("%d bytes came out of %d", v.bytes, len(data))
			}
			if v.members > 4*limits.Members+4*len(data) {
				t.Fatalf("%d members came out of %d bytes", v.members, len(data))
			}
		}
	})
}

type bounded struct {
	t       *testing.T
	bytes   int64
	members int
}

func (b *bounded) Member(m Member, r io.Reader) error {
	n, _ := io.Copy(io.Discard, r)
	b.bytes += n
	b.members++
	for i := range len(m.Path) {
		if c := m.Path[i]; c < 0x20 || c == 0x7f || c == '\\' {
			b.t.Fatalf("path %q", m.Path)
		}
	}
	return nil
}

func (b *bounded) Problem(Problem) error { return nil }

// FuzzSevenZipHeader reads any bytes as a header, its checksums made right.
func FuzzSevenZipHeader(f *testing.F) {
	f.Add([]byte{1, 0})
	f.Add([]byte{1, 4, 6, 0, 1, 9, 5, 0, 7, 11, 1, 0, 1, 1, 0, 12, 5, 0, 0, 5, 1, 17, 5, 0, 'a', 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, header []byte) {
		v := &bounded{t: t}
		if err := Walk(context.Background(), bytes.NewReader(sevenZipOf(header)), standard, v); err != nil {
			t.Fatalf("Walk: %v", err)
		}
	})
}
