//go:build !gendoc

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// A trap is an archive that is made to harm whoever opens it.
type trap struct {
	name string
	data []byte
	// told are the reasons of which one must be told; none: all of it is read.
	told []mudlark.Reason
	// holds says that the trap holds the leak, where it can be read.
	holds bool
	// only is the one source that it is tried with; empty: all.
	only string
}

// traps returns archives around a leak.
func traps(t *testing.T, leak string) []trap {
	bound := []mudlark.Reason{mudlark.ArchiveRatio, mudlark.ArchiveTotal, mudlark.ArchiveDepth}
	broken := []mudlark.Reason{mudlark.ArchiveFormat, mudlark.Corrupt}
	inside := zipOf(t, "a.txt", []byte(leak))
	return []trap{
		{name: "members.gz", data: bytes.Repeat(gzipZeros(t, 10*mb), 300), told: bound},
		{name: "raw.zip", data: manyMembers(t, 200), told: bound, only: "dir"},
		{name: "overlapping.zip", data: overlapping(t, 20_000), told: bound, only: "git"},
		{name: "deep.zip", data: nested(t, inside, 60, 1), told: bound},
		{name: "wide.zip", data: nested(t, inside, 6, 4), holds: true},
		{name: "names.zip", data: zipOf(t, "../../../../escaped.txt", []byte(leak),
			"/tmp/mudlark-escaped.txt", []byte(leak), `..\..\escaped.txt`, []byte(leak), "C:\\escaped.txt", []byte(leak)), holds: true},
		{name: "names.tar", data: traversing(t, leak), holds: true},
		{name: "encrypted.zip", data: encrypted(inside), told: broken},
		{name: "cut.tar.gz", data: cutTarGz(t, leak), told: broken, holds: true},
		{name: "size.tar", data: hugeMember(t), told: broken},
	}
}

// gzipZeros returns n zeros as a gzip stream.
func gzipZeros(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(make([]byte, n))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func deflated(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zipOf makes a zip of names, each followed by its content.
func zipOf(t *testing.T, members ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		f, err := w.Create(members[i].(string))
		if err == nil {
			_, err = f.Write(members[i+1].([]byte))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// manyMembers makes a zip of n members of 10 MB of zeros each.
func manyMembers(t *testing.T, n int) []byte {
	t.Helper()
	zeros := make([]byte, 10*mb)
	packed := deflated(t, zeros)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		f, err := w.CreateRaw(&zip.FileHeader{
			Name: fmt.Sprint("m", i), Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(zeros),
			CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(len(zeros)),
		})
		if err == nil {
			_, err = f.Write(packed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// overlapping makes a zip whose directory names one member n times.
func overlapping(t *testing.T, n int) []byte {
	t.Helper()
	one := manyMembers(t, 1)
	at := bytes.LastIndex(one, []byte("PK\x01\x02"))
	end := bytes.LastIndex(one, []byte("PK\x05\x06"))
	entry := one[at:end]
	b := bytes.Clone(one[:at])
	b = append(b, bytes.Repeat(entry, n)...)
	tail := bytes.Clone(one[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(entry)))
	return append(b, tail...)
}

// nested wraps an archive in zips, each of which holds it several times.
func nested(t *testing.T, inner []byte, depth, times int) []byte {
	t.Helper()
	for range depth {
		var members []any
		for i := range times {
			members = append(members, fmt.Sprint(i, ".zip"), inner)
		}
		inner = zipOf(t, members...)
	}
	return inner
}

func traversing(t *testing.T, leak string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/tmp"},
		{Name: "link/mudlark-escaped.txt", Typeflag: tar.TypeReg, Size: int64(len(leak))},
		{Name: "../../../escaped.txt", Typeflag: tar.TypeReg, Size: int64(len(leak))},
		{Name: "/tmp/mudlark-escaped.txt", Typeflag: tar.TypeReg, Size: int64(len(leak))},
		{Name: "hard", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"},
		{Name: "device", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 5},
	} {
		h.Mode = 0o777
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(leak)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// encrypted marks the members of a zip as encrypted.
func encrypted(data []byte) []byte {
	b := bytes.Clone(data)
	for _, head := range []struct {
		mark string
		at   int
	}{{"PK\x03\x04", 6}, {"PK\x01\x02", 8}} {
		i := bytes.Index(b, []byte(head.mark))
		b[i+head.at] |= 1
	}
	return b
}

// cutTarGz makes a compressed tar of the leak and of noise, and cuts it off in
// the noise.
func cutTarGz(t *testing.T, leak string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	noise := make([]byte, 2*mb)
	for i := range noise {
		noise[i] = byte(uint32(i) * 2654435761 >> 13)
	}
	for name, data := range map[string][]byte{"a.txt": []byte(leak)} {
		writeMember(t, w, name, data)
	}
	writeMember(t, w, "noise", noise)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()[:b.Len()/2]
}

func writeMember(t *testing.T, w *tar.Writer, name string, data []byte) {
	t.Helper()
	err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))})
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// hugeMember makes a tar that says to hold a member of a petabyte.
func hugeMember(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "a", Mode: 0o644, Size: 1 << 50, Format: tar.FormatGNU}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("the little that there is\n")); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTrapsInArchivesAreBoundedAndTold scans each trap beside a leak as files,
// as blobs and as a stream.
func TestTrapsInArchivesAreBoundedAndTold(t *testing.T) {
	if raced {
		t.Skip("takes long, and runs in no more goroutines than a scan of files")
	}
	beside := token(t, "<github ghp_>", 1)
	inside := token(t, "<github ghp_>", 2)
	for _, trap := range traps(t, "token: "+inside+"\n") {
		for _, source := range []string{"dir", "git", "stdin"} {
			if trap.only != "" && trap.only != source {
				continue
			}
			t.Run(trap.name+"/"+source, func(t *testing.T) {
				t.Parallel()
				testTrap(t, trap, source, beside, inside)
			})
		}
	}
}

func testTrap(t *testing.T, trap trap, source, beside, inside string) {
	root := t.TempDir()
	cwd, temp := filepath.Join(root, "a", "b", "c", "cwd"), filepath.Join(root, "temp")
	for _, dir := range []string{cwd, temp} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	child := spawn{dir: cwd, env: []string{"TMPDIR=" + temp}}
	args, most := []string{source}, int64(150*mb)
	switch source {
	case "stdin":
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		// The bounds are those of the whole stream: what comes behind a trap is
		// told as unread, with it.
		writeMember(t, w, "leak.txt", []byte("token: "+beside+"\n"))
		writeMember(t, w, trap.name, trap.data)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		child.stdin = &b
	case "dir", "git":
		r := &repo{TB: t, dir: filepath.Join(root, "target")}
		r.write(trap.name, string(trap.data))
		r.write("leak.txt", "token: "+beside+"\n")
		args = append(args, r.dir)
		if source == "git" {
			r.git("init", "-q", "-b", "main")
			r.commit("a trap")
			most = 200*mb + 2*int64(len(trap.data))
		}
	}
	before := filesBelow(t, root)
	rec, e := child.scanned(t, args...)
	e.below(t, most)
	if after := filesBelow(t, root); after != before {
		t.Errorf("files were left behind:\n%s\nbefore:\n%s", after, before)
	}
	if _, err := os.Lstat("/tmp/mudlark-escaped.txt"); err == nil {
		t.Error("a member was written where it named")
	}
	if len(rec.of(beside)) == 0 {
		t.Error("the leak beside the trap was not found")
	}
	if trap.holds && len(rec.of(inside)) == 0 {
		t.Error("the leak inside the trap was not found")
	}
	if trap.told != nil {
		rec.told(t, trap.told...)
	} else if rec.summary.Incomplete {
		t.Errorf("incomplete: %v", rec.skips)
	}
	for _, s := range rec.skips {
		if !strings.Contains(s.Origin.Path, trap.name) {
			t.Errorf("a skip does not name %s: %+v", trap.name, s)
		}
	}
}
