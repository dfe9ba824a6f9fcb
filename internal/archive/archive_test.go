package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// standard are the limits that the program uses.
var standard = Limits{Depth: 8, Ratio: 200, Bytes: 1_000_000_000}

// walked is what a walk gave: content by path, the other parts by path, kind and
// text, and the problems.
type walked struct {
	content  map[string]string
	parts    map[Part][]string
	problems []Problem
	bytes    int64
	keep     bool
}

func (w *walked) Member(m Member, r io.Reader) error {
	if !w.keep {
		n, _ := io.Copy(io.Discard, r)
		w.bytes += n
		return nil
	}
	data, _ := io.ReadAll(r)
	w.bytes += int64(len(data))
	if m.Part == Content {
		w.content[m.Path] += string(data)
	} else {
		w.parts[m.Part] = append(w.parts[m.Part], m.Path+"="+string(data))
	}
	return nil
}

func (w *walked) Problem(p Problem) error {
	w.problems = append(w.problems, p)
	return nil
}

func walkAll(t testing.TB, r io.Reader, l Limits) *walked {
	t.Helper()
	w := &walked{content: map[string]string{}, parts: map[Part][]string{}, keep: true}
	if err := Walk(context.Background(), r, l, w); err != nil {
		t.Fatalf("Walk: %v", err)
	}
	return w
}

// onlyReader hides that a reader can be read at random.
type onlyReader struct{ io.Reader }

// forms calls f with data as content in memory and as a stream.
func forms(t *testing.T, data []byte, f func(t *testing.T, r io.Reader)) {
	t.Run("InPlace", func(t *testing.T) { f(t, bytes.NewReader(data)) })
	t.Run("Stream", func(t *testing.T) { f(t, onlyReader{bytes.NewReader(data)}) })
}

func wantContent(t *testing.T, w *walked, want map[string]string) {
	t.Helper()
	if !maps.Equal(w.content, want) {
		t.Errorf("got %d members:", len(w.content))
		for _, k := range slices.Sorted(maps.Keys(w.content)) {
			t.Errorf("  %q: %.60q", k, w.content[k])
		}
		t.Errorf("want %q", slices.Sorted(maps.Keys(want)))
	}
}

func wantClean(t *testing.T, w *walked) {
	t.Helper()
	if len(w.problems) > 0 {
		t.Errorf("problems: %v", w.problems)
	}
	if len(w.parts[Outside]) > 0 {
		t.Errorf("bytes outside of members: %.200q", w.parts[Outside])
	}
}

func wantProblems(t *testing.T, w *walked, kinds ...Kind) {
	t.Helper()
	var got []Kind
	for _, p := range w.problems {
		got = append(got, p.Kind)
	}
	if !slices.Equal(got, kinds) {
		t.Errorf("problems %v, want kinds %v", w.problems, kinds)
	}
}

var files = map[string]string{
	"a.txt":         "one\ntwo\n",
	"dir/b.txt":     strings.Repeat("some text that compresses well\n", 500),
	"dir/sub/c.bin": "\x00\x01\x02binary\xff",
	"empty":         "",
}

func zipOf(t testing.TB, members map[string]string, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write([]byte(members[name]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, members map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(members[name]))}); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(members[name]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packed compresses data with the writer that make returns.
func packed[W io.WriteCloser](t testing.TB, data []byte, create func(io.Writer) (W, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := create(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, data []byte) []byte {
	return packed(t, data, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

// streams compress content by the writers that are linked in.
func streams(t testing.TB, data []byte) map[string][]byte {
	return map[string][]byte{
		"gzip": gzipOf(t, data),
		"xz":   packed(t, data, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }),
		"zstd": packed(t, data, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }),
		"lz4":  packed(t, data, func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil }),
		"lzma": packed(t, data, func(w io.Writer) (io.WriteCloser, error) { return lzma.NewWriter(w) }),
		"s2":   packed(t, data, func(w io.Writer) (io.WriteCloser, error) { return s2.NewWriter(w), nil }),
		"zlib": packed(t, data, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil }),
	}
}

func TestPlainContentIsHandedOn(t *testing.T) {
	for _, text := range []string{"", "x", "PK", "plain text\n", "BZh9 is a magic number", "\x1f\x8b", strings.Repeat("long ", 100_000)} {
		forms(t, []byte(text), func(t *testing.T, r io.Reader) {
			w := walkAll(t, r, standard)
			wantContent(t, w, map[string]string{"": text})
			wantClean(t, w)
		})
	}
}

func TestZip(t *testing.T) {
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		forms(t, zipOf(t, files, method), func(t *testing.T, r io.Reader) {
			w := walkAll(t, r, standard)
			wantContent(t, w, files)
			wantClean(t, w)
			if len(w.parts[Name]) != len(files) {
				t.Errorf("names: %q", w.parts[Name])
			}
		})
	}
}

func TestTar(t *testing.T) {
	forms(t, tarOf(t, files), func(t *testing.T, r io.Reader) {
		w := walkAll(t, r, standard)
		wantContent(t, w, files)
		wantClean(t, w)
	})
}

func TestCompressedStreams(t *testing.T) {
	text := []byte(strings.Repeat("a line of text\n", 3000))
	for name, data := range streams(t, text) {
		t.Run(name, func(t *testing.T) {
			forms(t, data, func(t *testing.T, r io.Reader) {
				w := walkAll(t, r, standard)
				wantContent(t, w, map[string]string{"": string(text)})
				wantClean(t, w)
			})
		})
	}
	for name, data := range streams(t, tarOf(t, files)) {
		t.Run("tar."+name, func(t *testing.T) {
			w := walkAll(t, bytes.NewReader(data), standard)
			wantContent(t, w, files)
			wantClean(t, w)
		})
	}
}

func TestConcatenatedStreams(t *testing.T) {
	for name, first := range streams(t, []byte("first\n")) {
		if name == "lzma" || name == "zlib" {
			continue // have no such form
		}
		t.Run(name, func(t *testing.T) {
			data := append(bytes.Clone(first), streams(t, []byte("second\n"))[name]...)
			w := walkAll(t, bytes.NewReader(data), standard)
			wantContent(t, w, map[string]string{"": "first\nsecond\n"})
			wantClean(t, w)
		})
	}
}

func TestBytesBehindTheEndAreHandedOn(t *testing.T) {
	tail := "a secret behind the end of the archive\n"
	archives := streams(t, []byte("content\n"))
	archives["tar"] = tarOf(t, files)
	archives["zip"] = zipOf(t, files, zip.Deflate)
	for name, data := range archives {
		t.Run(name, func(t *testing.T) {
			forms(t, append(bytes.Clone(data), tail...), func(t *testing.T, r io.Reader) {
				w := walkAll(t, r, standard)
				if got := strings.Join(w.parts[Outside], "") + w.content[""]; !strings.Contains(got, tail) && !strings.Contains(strings.Join(w.parts[Comment], ""), tail) {
					t.Errorf("%q was not handed on: %.300q %v", tail, got, w.problems)
				}
			})
		})
	}
}

func TestTwoTarsInARow(t *testing.T) {
	data := append(tarOf(t, map[string]string{"a": "first"}), tarOf(t, map[string]string{"b": "second"})...)
	w := walkAll(t, bytes.NewReader(data), standard)
	wantContent(t, w, map[string]string{"a": "first", "b": "second"})
	wantClean(t, w)
}

func TestNesting(t *testing.T) {
	data := zipOf(t, map[string]string{"deep.txt": "deep"}, zip.Deflate)
	path := "deep.txt"
	for i := range 7 {
		name := fmt.Sprintf("n%d", i)
		switch i % 3 {
		case 0:
			data = gzipOf(t, tarOf(t, map[string]string{name: string(data)}))
		case 1:
			data = zipOf(t, map[string]string{name: string(data)}, zip.Store)
		case 2:
			data = tarOf(t, map[string]string{name: string(data)})
		}
		path = name + "!" + path
	}
	forms(t, data, func(t *testing.T, r io.Reader) {
		w := walkAll(t, r, standard)
		wantContent(t, w, map[string]string{path: "deep"})
		wantClean(t, w)
	})
	deeper := zipOf(t, map[string]string{"outer": string(data)}, zip.Deflate)
	w := walkAll(t, bytes.NewReader(deeper), standard)
	wantProblems(t, w, TooDeep)
	if len(w.content) != 1 {
		t.Errorf("the archive that is too deep was not handed on as it stands: %q", slices.Sorted(maps.Keys(w.content)))
	}
}

func TestDepthZeroOpensNothing(t *testing.T) {
	data := zipOf(t, files, zip.Store)
	w := walkAll(t, bytes.NewReader(data), Limits{})
	wantContent(t, w, map[string]string{"": string(data)})
	wantProblems(t, w, TooDeep)
}

func TestNamesAreClean(t *testing.T) {
	for name, want := range map[string]string{
		"a/b.txt":           "a/b.txt",
		"../../etc/passwd":  "etc/passwd",
		"/etc/passwd":       "etc/passwd",
		`C:\Windows\x.ini`:  "Windows/x.ini",
		`..\..\up`:          "up",
		"a/../../b":         "b",
		"a//b/./c":          "a/b/c",
		"":                  "unnamed",
		"..":                "unnamed",
		"nul\x00byte":       "nul%00byte",
		"esc\x1b[31mred":    "esc%1B[31mred",
		"line\nbreak":       "line%0Abreak",
		"caf\u00e9":         "caf\u00e9",
		"latin\xe9":         "latin%E9",
		"c1\u009bcontrol":   "c1%C2%9Bcontrol",
		"\u65e5\u672c.txt":  "\u65e5\u672c.txt",
		"a!b":               "a!b",
		"..foo":             "..foo",
		"trailing/":         "trailing",
		"replacement\ufffd": "replacement%EF%BF%BD",
	} {
		if got := cleanName(name); got != want {
			t.Errorf("cleanName(%q) = %q, want %q", name, got, want)
		}
		data := tarRaw(name, "content")
		w := walkAll(t, bytes.NewReader(data), standard)
		for path := range w.content {
			if strings.ContainsAny(path, "\x00\x1b\n\\") || strings.HasPrefix(path, "/") || slices.Contains(strings.Split(path, "/"), "..") {
				t.Errorf("name %q became path %q", name, path)
			}
		}
	}
}

// tarRaw returns an archive of one member whose name is taken as it is.
func tarRaw(name, content string) []byte {
	header := make([]byte, 512)
	copy(header, name)
	copy(header[100:], "0000644\x000000000\x000000000\x00")
	copy(header[124:], fmt.Sprintf("%011o\x00", len(content)))
	copy(header[136:], "00000000000\x00        0")
	copy(header[257:], "ustar\x0000")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
	body := make([]byte, 512*((len(content)+511)/512)+1024)
	copy(body, content)
	return append(header, body...)
}

func TestLinksAndComments(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Name: "link", Linkname: "/to/somewhere", Typeflag: tar.TypeSymlink})
	_ = w.WriteHeader(&tar.Header{Name: "f", Size: 1, PAXRecords: map[string]string{"comment.x": "said here"}})
	_, _ = w.Write([]byte("1"))
	_ = w.Close()
	got := walkAll(t, &b, standard)
	if want := []string{"link=/to/somewhere"}; !slices.Equal(got.parts[Link], want) {
		t.Errorf("links %q, want %q", got.parts[Link], want)
	}
	if want := []string{"f=comment.x=said here"}; !slices.Equal(got.parts[Comment], want) {
		t.Errorf("comments %q, want %q", got.parts[Comment], want)
	}

	b.Reset()
	z := zip.NewWriter(&b)
	_, _ = z.CreateHeader(&zip.FileHeader{Name: "f", Comment: "of the member"})
	_ = z.SetComment("of the archive")
	_ = z.Close()
	got = walkAll(t, bytes.NewReader(b.Bytes()), standard)
	if want := []string{"=of the archive", "f=of the member"}; !slices.Equal(got.parts[Comment], want) {
		t.Errorf("comments %q, want %q", got.parts[Comment], want)
	}

	b.Reset()
	g := gzip.NewWriter(&b)
	g.Name, g.Comment = "name", "of the stream"
	_ = g.Close()
	got = walkAll(t, bytes.NewReader(b.Bytes()), standard)
	if want := []string{"=name\nof the stream"}; !slices.Equal(got.parts[Comment], want) {
		t.Errorf("comments %q, want %q", got.parts[Comment], want)
	}
}

func TestErrorOfVisitorEndsTheWalk(t *testing.T) {
	stop := errors.New("stop")
	for name, data := range map[string][]byte{
		"zip": zipOf(t, files, zip.Deflate), "tar": tarOf(t, files), "tar.gz": gzipOf(t, tarOf(t, files)),
	} {
		for at := range 4 {
			v := &stopping{at: at, err: stop}
			if err := Walk(context.Background(), bytes.NewReader(data), standard, v); !errors.Is(err, stop) || v.calls != at+1 {
				t.Errorf("%s: Walk returned %v after %d calls, want %v after %d", name, err, v.calls, stop, at+1)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := Walk(ctx, bytes.NewReader(data), standard, &stopping{at: 99}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Walk with a done context returned %v", name, err)
		}
	}
}

type stopping struct {
	at, calls int
	err       error
}

func (s *stopping) Member(Member, io.Reader) error {
	if s.calls++; s.calls > s.at {
		return s.err
	}
	return nil
}

func (s *stopping) Problem(Problem) error { return nil }

func TestErrorOfTheReaderIsTold(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, data := range map[string][]byte{
		"plain": []byte(strings.Repeat("text\n", 10_000)), "tar": tarOf(t, files), "zip": zipOf(t, files, zip.Deflate),
		"gzip": gzipOf(t, []byte(strings.Repeat("text\n", 10_000))),
	} {
		r := io.MultiReader(bytes.NewReader(data[:len(data)*2/3]), failing{broken})
		w := walkAll(t, r, standard)
		wantProblems(t, w, Unreadable)
		if w.bytes == 0 {
			t.Errorf("%s: what comes before the error was not handed on", name)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestProgramsOfTheSystem reads what other programs write, those that are here.
func TestProgramsOfTheSystem(t *testing.T) {
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, "in", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, command := range []string{
		"zip -q -r ../out.zip a.txt dir empty",
		"zip -q -0 -r ../stored.zip a.txt dir empty",
		"zip -q -r -Z bzip2 ../bzip2.zip a.txt dir empty",
		"tar cf ../out.tar a.txt dir empty",
		"tar czf ../out.tar.gz a.txt dir empty",
		"tar cjf ../out.tar.bz2 a.txt dir empty",
		"tar cJf ../out.tar.xz a.txt dir empty",
		"tar --zstd -cf ../out.tar.zst a.txt dir empty",
		"tar --format=v7 -cf ../v7.tar a.txt dir empty",
		"tar --format=pax -cf ../pax.tar a.txt dir empty",
		"tar --lzma -cf ../out.tar.lzma a.txt dir empty",
		"tar -I lz4 -cf ../out.tar.lz4 a.txt dir empty",
		"7z a ../out.7z a.txt dir empty",
		"7z a -ms=off ../loose.7z a.txt dir empty",
		"7z a -m0=LZMA ../lzma.7z a.txt dir empty",
		"7z a -m0=BZip2 ../bzip2.7z a.txt dir empty",
		"7z a -m0=Deflate ../deflate.7z a.txt dir empty",
		"7z a -m0=Copy ../copy.7z a.txt dir empty",
		"7z a -m0=BCJ2 -m1=LZMA -m2=LZMA -m3=LZMA -mb0:1 -mb0s1:2 -mb0s2:3 ../bcj2.7z a.txt dir empty",
		"7z a -mhc=off ../plainheader.7z a.txt dir empty",
		"7z a -tzip -mm=LZMA ../lzma.zip a.txt dir empty",
		"7z a -tzip ../seven.zip a.txt dir empty",
	} {
		args := strings.Fields(command)
		t.Run(strings.Join(args[:len(args)-3], " "), func(t *testing.T) {
			if _, err := exec.LookPath(args[0]); err != nil {
				t.Skipf("%s is not here", args[0])
			}
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Dir = filepath.Join(dir, "in")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Skipf("%s: %v\n%s", command, err, out)
			}
			out := ""
			for _, a := range args {
				if strings.HasPrefix(a, "../") {
					out = a[3:]
				}
			}
			data, err := os.ReadFile(filepath.Join(dir, out))
			if err != nil {
				t.Fatal(err)
			}
			forms(t, data, func(t *testing.T, r io.Reader) {
				w := walkAll(t, r, standard)
				wantContent(t, w, files)
				wantClean(t, w)
			})
		})
	}
}

func TestDebianPackage(t *testing.T) {
	data := gzipOf(t, tarOf(t, map[string]string{"etc/app.conf": "password"}))
	deb := "!<arch>\n" + arMember("debian-binary", "2.0\n") + arMember("data.tar.gz", string(data)) +
		arMember("//", "a-name-that-is-too-long.o/\n") + arMember("/0", "long") + arMember("#1/8", "bsd-namecontent")
	forms(t, []byte(deb), func(t *testing.T, r io.Reader) {
		w := walkAll(t, r, standard)
		wantContent(t, w, map[string]string{
			"debian-binary": "2.0\n", "data.tar.gz!etc/app.conf": "password",
			"a-name-that-is-too-long.o": "long", "bsd-name": "content",
		})
		wantClean(t, w)
	})
}

func arMember(name, content string) string {
	m := fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", name, 0, 0, 0, 0o644, len(content), content)
	if len(content)%2 == 1 {
		m += "\n"
	}
	return m
}

func TestCpioAndRPM(t *testing.T) {
	archive := cpioMember("etc/app.conf", 0o100644, "password") + cpioMember("link", 0o120777, "/target") + cpioMember("TRAILER!!!", 0, "")
	archive += strings.Repeat("\x00", 512-len(archive)%512)
	check := func(t *testing.T, w *walked) {
		wantContent(t, w, map[string]string{"etc/app.conf": "password"})
		if want := []string{"link=/target"}; !slices.Equal(w.parts[Link], want) {
			t.Errorf("links %q, want %q", w.parts[Link], want)
		}
		if len(w.problems) > 0 {
			t.Errorf("problems: %v", w.problems)
		}
	}
	check(t, walkAll(t, strings.NewReader(archive), standard))
	check(t, walkAll(t, bytes.NewReader(gzipOf(t, []byte(archive))), standard))

	header := "\x8e\xad\xe8\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06script"
	rpm := "\xed\xab\xee\xdb" + strings.Repeat("\x00", 92) + header + "\x00\x00" + header + string(gzipOf(t, []byte(archive)))
	w := walkAll(t, strings.NewReader(rpm), standard)
	check(t, w)
	if !strings.Contains(strings.Join(w.parts[Outside], ""), "script") {
		t.Errorf("the headers were not handed on: %q", w.parts[Outside])
	}
}

func cpioMember(name string, mode int, content string) string {
	pad := func(s string) string { return s + strings.Repeat("\x00", (4-len(s)%4)%4) }
	head := fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name)+1, 0)
	return pad(head+name+"\x00") + pad(content)
}
