package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// blanks reads n bytes of one kind, quickly.
func blanks(n int64) io.Reader { return io.LimitReader(same{}, n) }

type same struct{}

func (same) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// walkCounting walks without keeping what comes.
func walkCounting(t testing.TB, r io.Reader, l Limits) *walked {
	t.Helper()
	w := &walked{}
	if err := Walk(context.Background(), r, l, w); err != nil {
		t.Fatalf("Walk: %v", err)
	}
	return w
}

func TestBombsAreCutOff(t *testing.T) {
	const size = 64 << 20
	pack := func(create func(io.Writer) io.WriteCloser) []byte {
		return packed(t, nil, func(w io.Writer) (io.WriteCloser, error) {
			c := create(w)
			_, err := io.Copy(c, blanks(size))
			return c, err
		})
	}
	bombs := map[string][]byte{
		"zstd": pack(func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }),
		"zip":  pack(newZipBomb),
	}
	bombs["gzip"] = gzipBomb(t, size)
	bombs["zip in zip"] = zipOf(t, map[string]string{"inner.zip": string(bombs["zip"])}, zip.Deflate)
	for name, data := range bombs {
		t.Run(name, func(t *testing.T) {
			forms(t, data, func(t *testing.T, r io.Reader) {
				w := walkCounting(t, r, standard)
				wantProblems(t, w, TooDense)
				if w.bytes > 2*ratioFrom {
					t.Errorf("%d bytes came out of %d", w.bytes, len(data))
				}
			})
		})
	}
}

func gzipBomb(t testing.TB, size int64) []byte {
	t.Helper()
	block := gzipOf(t, make([]byte, 1<<20))
	return bytes.Repeat(block, int(size>>20))
}

type zipBomb struct {
	z *zip.Writer
	f io.Writer
}

func newZipBomb(w io.Writer) io.WriteCloser {
	z := zip.NewWriter(w)
	f, _ := z.Create("bomb")
	return &zipBomb{z, f}
}

func (z *zipBomb) Write(p []byte) (int, error) { return z.f.Write(p) }
func (z *zipBomb) Close() error                { return z.z.Close() }

func TestMembersBesideABombAreRead(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, _ := z.Create("a-bomb")
	_, _ = io.Copy(f, blanks(32<<20))
	f, _ = z.Create("b.txt")
	_, _ = f.Write([]byte("read me"))
	_ = z.Close()
	w := walkAll(t, bytes.NewReader(b.Bytes()), standard)
	wantProblems(t, w, TooDense)
	if w.content["b.txt"] != "read me" {
		t.Error("b.txt was not read")
	}
}

func TestTotalIsBounded(t *testing.T) {
	many := map[string]string{}
	for i := range 100 {
		many[fmt.Sprintf("f%02d", i)] = strings.Repeat("0123456789", 1000)
	}
	limits := standard
	limits.Bytes = 100_000
	for name, data := range map[string][]byte{
		"zip": zipOf(t, many, zip.Deflate), "tar.gz": gzipOf(t, tarOf(t, many)),
		"zip.gz": gzipOf(t, zipOf(t, many, zip.Deflate)),
	} {
		t.Run(name, func(t *testing.T) {
			w := walkAll(t, bytes.NewReader(data), limits)
			wantProblems(t, w, TooMuch)
			if w.bytes > 2*limits.Bytes {
				t.Errorf("%d bytes came out", w.bytes)
			}
		})
	}
	// A tar as such expands nothing, so it has no bound.
	wantClean(t, walkAll(t, bytes.NewReader(tarOf(t, many)), limits))
}

func TestMembersAreBounded(t *testing.T) {
	many := map[string]string{}
	for i := range 100 {
		many[fmt.Sprintf("f%02d", i)] = "x"
	}
	limits := standard
	limits.Members = 10
	for name, data := range map[string][]byte{"zip": zipOf(t, many, zip.Store), "tar": tarOf(t, many)} {
		w := walkAll(t, bytes.NewReader(data), limits)
		wantProblems(t, w, TooMany)
		if len(w.content) != 10 {
			t.Errorf("%s: %d members", name, len(w.content))
		}
	}
}

func TestOverlappingMembersComeToAnEnd(t *testing.T) {
	// Many directory entries name the same 1 MB of stored data.
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, _ := z.CreateHeader(&zip.FileHeader{Name: "same", Method: zip.Store})
	_, _ = io.Copy(f, blanks(1<<20))
	_ = z.Close()
	data := b.Bytes()
	at := bytes.LastIndex(data, []byte(entryMagic))
	end := bytes.LastIndex(data, []byte(endMagic))
	entry := bytes.Clone(data[at:end])
	record := bytes.Clone(data[end:])
	data = append(data[:at:at], bytes.Repeat(entry, 5000)...)
	binary.LittleEndian.PutUint32(record[12:], uint32(len(entry)*5000))
	data = append(data, record...)
	limits := standard
	limits.Bytes = 100 << 20
	w := walkCounting(t, bytes.NewReader(data), limits)
	if len(w.problems) != 1 || w.bytes > 2*limits.Bytes {
		t.Errorf("%d bytes came out; problems %v", w.bytes, w.problems)
	}
}

func TestDeepNestingComesToAnEnd(t *testing.T) {
	data := []byte("core")
	for range 200 {
		data = gzipOf(t, data)
	}
	w := walkAll(t, bytes.NewReader(data), standard)
	wantProblems(t, w, TooDeep)
}

func TestSparseTarIsABomb(t *testing.T) {
	// The old GNU form: a map in the header says that 8 GiB of holes follow.
	header := tarRaw("sparse", "")[:512]
	copy(header[257:], "ustar  \x00")
	header[156] = 'S'
	copy(header[386:], "77777777777\x0000000000000\x00")
	copy(header[483:], "77777777777\x00")
	copy(header[148:], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
	w := walkCounting(t, bytes.NewReader(append(header, make([]byte, 1024)...)), standard)
	wantProblems(t, w, TooDense)
	if w.bytes > 2*ratioFrom {
		t.Errorf("%d bytes came out", w.bytes)
	}
}

func TestWindowsAreBounded(t *testing.T) {
	limits := standard
	limits.Window = 1 << 20
	text := bytes.Repeat([]byte("some text\n"), 300_000)
	for name, data := range map[string][]byte{
		"xz": packed(t, text, func(w io.Writer) (io.WriteCloser, error) {
			return xz.WriterConfig{DictCap: 8 << 20}.NewWriter(w)
		}),
		"zstd": packed(t, text, func(w io.Writer) (io.WriteCloser, error) {
			return zstd.NewWriter(w, zstd.WithWindowSize(8<<20))
		}),
	} {
		t.Run(name, func(t *testing.T) {
			w := walkAll(t, bytes.NewReader(data), limits)
			wantProblems(t, w, TooHungry)
			wantClean(t, walkAll(t, bytes.NewReader(data), standard))
		})
	}
}

func TestEncryptedMembers(t *testing.T) {
	data := zipOf(t, files, zip.Deflate)
	// The flag in the directory entry of a.txt.
	at := bytes.Index(data, []byte(entryMagic))
	data[at+8] |= zipEncrypted
	w := walkAll(t, bytes.NewReader(data), standard)
	wantProblems(t, w, Encrypted)
	if len(w.content) != len(files)-1 {
		t.Errorf("%d other members were read, want %d", len(w.content), len(files)-1)
	}
	for command, kinds := range map[string][]Kind{
		"7z a -psecret out.7z a.txt":                    {Encrypted},
		"7z a -psecret -mhe=on named.7z a.txt":          {Encrypted},
		"7z a -tzip -psecret -mem=AES256 out.zip a.txt": {Encrypted},
	} {
		args := strings.Fields(command)
		if _, err := exec.LookPath(args[0]); err != nil {
			continue
		}
		dir := t.TempDir()
		_ = os.WriteFile(filepath.Join(dir, "a.txt"), []byte(strings.Repeat("text ", 100)), 0o600)
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		data, err := os.ReadFile(filepath.Join(dir, args[len(args)-2]))
		if err != nil {
			t.Fatal(err)
		}
		wantProblems(t, walkAll(t, bytes.NewReader(data), standard), kinds...)
	}
}

func TestDamagedArchivesAreReadAsFarAsTheyGo(t *testing.T) {
	long := make([]byte, 0, 3<<19)
	for i := range cap(long) / 8 {
		long = fmt.Appendf(long, "%07x\n", i*i*i%0xfffffff)
	}
	members := map[string]string{"a.txt": files["a.txt"], "b.txt": string(long)}
	archives := streams(t, tarOf(t, members))
	delete(archives, "lz4") // all of it is one block
	archives["tar"] = tarOf(t, members)
	archives["zip"] = zipOf(t, members, zip.Store)
	for name, data := range archives {
		t.Run(name, func(t *testing.T) {
			forms(t, data[:len(data)-len(data)/4], func(t *testing.T, r io.Reader) {
				w := walkAll(t, r, standard)
				if len(w.problems) == 0 && name != "zlib" && name != "lzma" {
					t.Error("no problem was told")
				}
				if w.content["a.txt"] != files["a.txt"] || len(w.content["b.txt"]) < len(long)/4 {
					t.Errorf("a.txt: %q; b.txt: %d of %d bytes", w.content["a.txt"], len(w.content["b.txt"]), len(long))
				}
			})
		})
	}
}

func TestZipWithoutDirectory(t *testing.T) {
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		data := zipOf(t, files, method)
		at := bytes.Index(data, []byte(entryMagic))
		forms(t, data[:at], func(t *testing.T, r io.Reader) {
			w := walkAll(t, r, standard)
			wantProblems(t, w, Damaged)
			wantContent(t, w, files)
		})
	}
}

// TestZipTooShortForItsLargerRecord has nothing but the record at the end, which
// says that a larger one stands before it.
func TestZipTooShortForItsLargerRecord(t *testing.T) {
	for _, before := range []string{"", "PK\x03\x04", strings.Repeat("x", 19)} {
		data := append([]byte(before), endMagic...)
		data = append(data, bytes.Repeat([]byte{0xff}, 16)...)
		data = append(data, 0, 0)
		forms(t, zipOf(t, map[string]string{"inner.zip": string(data)}, zip.Store), func(t *testing.T, r io.Reader) {
			w := walkAll(t, r, standard)
			if len(w.content) == 0 && len(w.problems) == 0 {
				t.Error("nothing was told of it")
			}
		})
	}
}

func TestMembersThatTheDirectoryHides(t *testing.T) {
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		data := zipOf(t, map[string]string{"a": "seen", "b": "hidden from the directory", "c": "seen too"}, method)
		// Drop the entry of b.
		first := bytes.Index(data, []byte(entryMagic))
		second := first + bytes.Index(data[first+4:], []byte(entryMagic)) + 4
		third := second + bytes.Index(data[second+4:], []byte(entryMagic)) + 4
		data = slices.Delete(data, second, third)
		end := bytes.LastIndex(data, []byte(endMagic))
		binary.LittleEndian.PutUint32(data[end+12:], uint32(end-first))
		w := walkAll(t, bytes.NewReader(data), standard)
		wantContent(t, w, map[string]string{"a": "seen", "b": "hidden from the directory", "c": "seen too"})
		wantClean(t, w)
	}
}

func TestBytesBetweenMembersOfAZip(t *testing.T) {
	secret := "a secret that stands before the archive"
	data := append([]byte("#!/bin/sh\n"+secret+"\n"), zipOf(t, files, zip.Deflate)...)
	if Detect(data) != None || Plain(data) {
		t.Fatal("an archive behind a script is known by its end")
	}
	w := walkAll(t, bytes.NewReader(data), standard)
	wantContent(t, w, files)
	if len(w.parts[Outside]) != 1 || !strings.Contains(w.parts[Outside][0], secret) {
		t.Errorf("outside: %.200q", w.parts[Outside])
	}
}

func TestChecksumOfAZipMember(t *testing.T) {
	data := zipOf(t, map[string]string{"a": "content that is stored"}, zip.Store)
	data[bytes.Index(data, []byte("content"))] = 'K'
	w := walkAll(t, bytes.NewReader(data), standard)
	wantProblems(t, w, Damaged)
	wantContent(t, w, map[string]string{"a": "Kontent that is stored"})
}

func TestTemporaryFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	big := make([]byte, 3<<20)
	for i := range big {
		big[i] = byte(i * 7919 >> 3)
	}
	limits := standard
	limits.Memory = 1 << 20
	data := zipOf(t, map[string]string{"big": string(big), "small": "small"}, zip.Store)
	w := &walked{content: map[string]string{}, parts: map[Part][]string{}, keep: true}
	most := 0
	err := Walk(context.Background(), onlyReader{bytes.NewReader(data)}, limits, &watching{w, func() {
		if list, _ := os.ReadDir(dir); len(list) > most {
			most = len(list)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	wantContent(t, w, map[string]string{"big": string(big), "small": "small"})
	wantClean(t, w)
	if runtime.GOOS != "windows" && most > 0 {
		t.Error("the temporary file had a name while it was read")
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("%v is left", list)
	}
	limits.Bytes = 2 << 20
	w = walkAll(t, onlyReader{bytes.NewReader(data)}, limits)
	wantProblems(t, w, TooMuch)
	if w.bytes != int64(len(data)) {
		t.Errorf("%d of %d bytes of an archive that is too long were handed on", w.bytes, len(data))
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "missing"))
	w = walkAll(t, onlyReader{bytes.NewReader(data)}, standard)
	wantClean(t, w)
	limits.Bytes = 0
	w = walkAll(t, onlyReader{bytes.NewReader(data)}, limits)
	wantProblems(t, w, NoSpace)
}

// watching calls see at each member.
type watching struct {
	Visitor
	see func()
}

func (w *watching) Member(m Member, r io.Reader) error {
	w.see()
	return w.Visitor.Member(m, r)
}

func TestRar(t *testing.T) {
	data := rarOf(map[string]string{"a.txt": "stored in a rar", "b.txt": "another"})
	forms(t, data, func(t *testing.T, r io.Reader) {
		w := walkAll(t, r, standard)
		wantContent(t, w, map[string]string{"a.txt": "stored in a rar", "b.txt": "another"})
		wantClean(t, w)
	})
	w := walkAll(t, bytes.NewReader(data[:len(data)-12]), standard)
	wantProblems(t, w, Damaged)
}

// rarOf returns an archive in the format of RAR 4, its members stored.
func rarOf(members map[string]string) []byte {
	block := func(kind byte, flags uint16, fields []byte, body string) []byte {
		h := append([]byte{0, 0, kind, byte(flags), byte(flags >> 8), 0, 0}, fields...)
		binary.LittleEndian.PutUint16(h[5:], uint16(len(h)))
		binary.LittleEndian.PutUint16(h, uint16(crc32.ChecksumIEEE(h[2:])))
		return append(h, body...)
	}
	out := []byte("Rar!\x1a\x07\x00")
	out = append(out, block(0x73, 0, make([]byte, 6), "")...)
	for _, name := range slices.Sorted(mapsKeys(members)) {
		content := members[name]
		f := make([]byte, 25)
		binary.LittleEndian.PutUint32(f, uint32(len(content)))
		binary.LittleEndian.PutUint32(f[4:], uint32(len(content)))
		f[8] = 3
		binary.LittleEndian.PutUint32(f[9:], crc32.ChecksumIEEE([]byte(content)))
		f[17], f[18] = 29, 0x30
		binary.LittleEndian.PutUint16(f[19:], uint16(len(name)))
		binary.LittleEndian.PutUint32(f[21:], 0o100644)
		out = append(out, block(0x74, 0x8000, append(f, name...), content)...)
	}
	return append(out, block(0x7b, 0x4000, nil, "")...)
}

func mapsKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestSevenZipHeadersAreBounded(t *testing.T) {
	huge := []byte{0xff, 0, 0, 0, 0, 0, 0, 0x10, 0} // 2^52
	for name, header := range map[string][]byte{
		"files":   append(append([]byte{1, 5}, huge...), 0, 0),
		"streams": append(append([]byte{1, 4, 6, 0}, huge...), 9, 0, 0, 0),
		"folders": append(append([]byte{1, 4, 7, 11}, huge...), 0, 0, 0),
		"coders":  append(append([]byte{1, 4, 7, 11, 1, 0}, huge...), 0, 0, 0, 0),
		"empty":   {1, 0},
		"cut":     {1},
	} {
		w := walkAll(t, bytes.NewReader(sevenZipOf(header)), standard)
		if len(w.problems) == 0 && name != "empty" {
			t.Errorf("%s: no problem was told", name)
		}
	}
}

// TestFiltersOfMachineCode packs a program, whose calls and jumps are packed
// apart.
func TestFiltersOfMachineCode(t *testing.T) {
	if _, err := exec.LookPath("7z"); err != nil {
		t.Skip("7z is not here")
	}
	program, err := exec.LookPath("ls")
	if err != nil {
		t.Skip("ls is not here")
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_ = os.WriteFile(filepath.Join(dir, "program"), content, 0o600)
	for method, exact := range map[string]bool{"BCJ2": true, "Delta:4": true, "BCJ": false, "ARM": false} {
		args := []string{"a", "-m0=" + method, "-m1=LZMA", "x.7z", "program"}
		if method == "BCJ2" {
			args = []string{"a", "-m0=BCJ2", "-m1=LZMA:d=1m", "-m2=LZMA:d=64k", "-m3=LZMA:d=64k", "-mb0:1", "-mb0s1:2", "-mb0s2:3", "x.7z", "program"}
		}
		cmd := exec.Command("7z", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Logf("%s: %v\n%s", method, err, out)
			continue
		}
		data, _ := os.ReadFile(filepath.Join(dir, "x.7z"))
		_ = os.Remove(filepath.Join(dir, "x.7z"))
		w := walkAll(t, bytes.NewReader(data), standard)
		wantClean(t, w)
		if got := w.content["program"]; len(got) != len(content) || exact && got != string(content) {
			t.Errorf("%s: %d bytes, want %d, the same: %v", method, len(got), len(content), got == string(content))
		}
	}
}

// sevenZipOf returns an archive of a header alone.
func sevenZipOf(header []byte) []byte {
	start := make([]byte, 20)
	binary.LittleEndian.PutUint64(start[8:], uint64(len(header)))
	binary.LittleEndian.PutUint32(start[16:], crc32.ChecksumIEEE(header))
	out := append([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(start))...)
	return append(append(out, start...), header...)
}

func TestUnknownFormatsAreTold(t *testing.T) {
	for name, data := range map[string]string{
		"cab": "MSCF\x00\x00\x00\x00" + strings.Repeat("x", 100),
		"xar": "xar!\x00\x1c" + strings.Repeat("x", 100),
		"Z":   "\x1f\x9d\x90" + strings.Repeat("x", 100),
	} {
		w := walkAll(t, strings.NewReader(data), standard)
		wantProblems(t, w, Unknown)
		if w.content[""] != data {
			t.Errorf("%s: the bytes were not handed on", name)
		}
	}
}

func TestManySmallMembersAreQuick(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range 20_000 {
		_ = w.WriteHeader(&tar.Header{Name: fmt.Sprint(i), Size: 10})
		_, _ = w.Write([]byte("0123456789"))
	}
	_ = w.Close()
	got := walkCounting(t, bytes.NewReader(b.Bytes()), standard)
	if want := int64(20_000*10 + 88_890); got.bytes != want {
		t.Errorf("%d bytes, want %d", got.bytes, want)
	}
}
