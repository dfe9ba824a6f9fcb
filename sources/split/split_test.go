package split

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mudlark-scan/mudlark"
)

// yielded is what a Splitter gave.
type yielded struct {
	chunks []mudlark.Chunk
	skips  []mudlark.Skip // with their origins
}

func (y *yielded) yield(c mudlark.Chunk, err error) error {
	c.Data = bytes.Clone(c.Data)
	var skip *mudlark.Skip
	if errors.As(err, &skip) {
		skip.Origin = c.Origin
		y.skips = append(y.skips, *skip)
		return nil
	}
	y.chunks = append(y.chunks, c)
	return err
}

func (y *yielded) content(path string) string {
	for _, c := range y.chunks {
		if c.Origin.Path == path && c.Origin.Part == "" {
			return string(c.Data)
		}
	}
	return "(not yielded)"
}

func (y *yielded) wantSkips(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, s := range y.skips {
		got = append(got, s.Origin.Path+" "+string(s.Reason))
	}
	if !slices.Equal(got, want) {
		t.Errorf("skips %q, want %q: %v", got, want, y.skips)
	}
}

func bytesOf(t *testing.T, l Limits, o mudlark.Origin, paths []string, data []byte) *yielded {
	t.Helper()
	y := &yielded{}
	if err := New(l).Bytes(context.Background(), o, paths, data, y.yield); err != nil {
		t.Fatalf("Bytes: %v", err)
	}
	return y
}

func zipOf(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte(content))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBytesOfPlainContent(t *testing.T) {
	o := mudlark.Origin{Source: "git", Path: "a.txt", Object: "1234"}
	y := bytesOf(t, Limits{}, o, []string{"a.txt", "b.txt"}, []byte("text"))
	want := []mudlark.Chunk{{Data: []byte("text"), Line: 1, Column: 1, Origin: o, Paths: []string{"a.txt", "b.txt"}}}
	if diff := cmp.Diff(want, y.chunks); diff != "" {
		t.Errorf("chunks (-want +got):\n%s", diff)
	}
	y.wantSkips(t)
}

func TestMembersHaveThePathsOfTheirArchive(t *testing.T) {
	data := zipOf(t, "inner.zip", string(zipOf(t, "deep.txt", "deep")))
	o := mudlark.Origin{Source: "git", Path: "a.zip", Object: "1234"}
	y := bytesOf(t, Limits{}, o, []string{"a.zip", "copy/b.zip"}, data)
	y.wantSkips(t)
	for _, c := range y.chunks {
		if c.Origin.Object != "1234" || c.Origin.Source != "git" {
			t.Errorf("origin %v", c.Origin)
		}
		if c.Origin.Part == "" {
			if want := []string{"a.zip!inner.zip!deep.txt", "copy/b.zip!inner.zip!deep.txt"}; !slices.Equal(c.Paths, want) {
				t.Errorf("paths %q, want %q", c.Paths, want)
			}
		}
	}
	if got := y.content("a.zip!inner.zip!deep.txt"); got != "deep" {
		t.Errorf("the member is %q", got)
	}
	// What has no paths yet gets none.
	for _, c := range bytesOf(t, Limits{}, mudlark.Origin{Path: "a.zip"}, nil, data).chunks {
		if c.Paths != nil {
			t.Errorf("paths %q, want none", c.Paths)
		}
	}
}

func TestCompressedContentKeepsItsPath(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte("text\n"))
	_ = z.Close()
	y := &yielded{}
	if err := New(Limits{}).Reader(context.Background(), mudlark.Origin{Path: "a.gz"}, &b, y.yield); err != nil {
		t.Fatal(err)
	}
	if got := y.content("a.gz"); got != "text\n" {
		t.Errorf("got %q", got)
	}
	y.wantSkips(t)
}

func TestBounds(t *testing.T) {
	data := zipOf(t, "big.txt", strings.Repeat("x", 20<<20))
	path := mudlark.Origin{Path: "a.zip"}
	bytesOf(t, Limits{}, path, nil, data).wantSkips(t, "a.zip!big.txt archive-ratio")
	bytesOf(t, Limits{ArchiveRatio: -1}, path, nil, data).wantSkips(t)
	bytesOf(t, Limits{ArchiveRatio: -1, ArchiveBytes: 1000}, path, nil, data).wantSkips(t, "a.zip!big.txt archive-total")
	bytesOf(t, Limits{ArchiveDepth: -1}, path, nil, data).wantSkips(t, "a.zip archive-depth")
	bytesOf(t, Limits{ArchiveRatio: -1, MaxFileBytes: 1 << 20}, path, nil, data).wantSkips(t, "a.zip!big.txt too-large")
	bytesOf(t, Limits{MaxFileBytes: 100}, path, nil, data).wantSkips(t, "a.zip too-large")
	bytesOf(t, Limits{}, path, nil, data[:len(data)-30]).wantSkips(t, "a.zip archive-format", "a.zip!big.txt archive-ratio")
}

func TestStreamsAreReadUpToTheBound(t *testing.T) {
	for size, want := range map[int][]string{9: nil, 10: nil, 11: {"s too-large"}} {
		y := &yielded{}
		r := strings.NewReader("0123456789abc"[:size])
		if err := New(Limits{MaxFileBytes: 10}).Reader(context.Background(), mudlark.Origin{Path: "s"}, r, y.yield); err != nil {
			t.Fatal(err)
		}
		if got := y.content("s"); got != "0123456789"[:min(size, 10)] {
			t.Errorf("%d bytes: got %q", size, got)
		}
		y.wantSkips(t, want...)
	}
}

func TestErrorOfTheStreamIsASkip(t *testing.T) {
	y := &yielded{}
	r := io.MultiReader(strings.NewReader("read before"), failing{})
	if err := New(Limits{}).Reader(context.Background(), mudlark.Origin{Path: "s"}, r, y.yield); err != nil {
		t.Fatal(err)
	}
	if got := y.content("s"); got != "read before" {
		t.Errorf("got %q", got)
	}
	y.wantSkips(t, "s unreadable")
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

func pointerText(version, oid, size string) string {
	return "version https://" + version + "\noid sha256:" + oid + "\nsize " + size + "\n"
}

func TestLFS(t *testing.T) {
	oid := strings.Repeat("0123456789abcdef", 4)
	current, old := "git-lfs.github.com/spec/v1", "hawser.github.com/spec/v1"
	for _, tt := range []struct {
		text string
		ok   bool
	}{
		{pointerText(current, oid, "12345"), true},
		{pointerText(old, oid, "12345"), true},
		{pointerText(current, oid, "12345") + "ext-0-foo sha256:" + oid + "\n", true},
		{strings.ReplaceAll(pointerText(current, oid, "12345"), "\n", "\r\n"), true},
		{pointerText("example.com/spec/v1", oid, "12345"), false},
		{pointerText(current, "not hex", "12345"), false},
		{pointerText(current, oid, "many"), false},
		{pointerText(current, oid, "12345") + strings.Repeat("#", 1024), false},
		{"", false},
	} {
		p, ok := LFS([]byte(tt.text))
		if ok != tt.ok {
			t.Errorf("LFS(%q) = %v, want %v", tt.text, ok, tt.ok)
		}
		if want := (Pointer{"sha256", oid, 12345}); ok && p != want {
			t.Errorf("LFS(%q) = %v, want %v", tt.text, p, want)
		}
	}
	text := pointerText(current, oid, "12345")
	o := mudlark.Origin{Path: "big.bin"}
	y := bytesOf(t, Limits{}, o, nil, []byte(text))
	y.wantSkips(t, "big.bin lfs-pointer")
	if y.content("big.bin") != text {
		t.Error("the pointer's text was not yielded")
	}
	y = bytesOf(t, Limits{}, mudlark.Origin{Path: "a.zip"}, nil, zipOf(t, "big.bin", text))
	y.wantSkips(t, "a.zip!big.bin lfs-pointer")
	s := New(Limits{})
	s.Stored = func(p Pointer) bool { return p.OID == oid }
	y = &yielded{}
	if err := s.Bytes(context.Background(), o, nil, []byte(text), y.yield); err != nil {
		t.Fatal(err)
	}
	y.wantSkips(t)
}

func TestPlainBytesAllocateNothing(t *testing.T) {
	s, data := New(Limits{}), []byte("plain text")
	yield := func(mudlark.Chunk, error) error { return nil }
	if n := testing.AllocsPerRun(100, func() {
		_ = s.Bytes(context.Background(), mudlark.Origin{Path: "p"}, nil, data, yield)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestFlags(t *testing.T) {
	var l Limits
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	l.Flags(fs)
	for name, def := range map[string]string{
		"max-file-size": "0", "max-archive-depth": "8", "max-archive-ratio": "200", "max-archive-bytes": "1GB",
	} {
		if got := fs.Lookup(name).DefValue; got != def {
			t.Errorf("--%s: default %q, want %q", name, got, def)
		}
	}
	if err := fs.Parse([]string{"--max-file-size=10MiB", "--max-archive-depth=0", "--max-archive-ratio", "5", "--max-archive-bytes=0"}); err != nil {
		t.Fatal(err)
	}
	if want := (Limits{MaxFileBytes: 10 << 20, ArchiveDepth: -1, ArchiveRatio: 5, ArchiveBytes: -1}); l != want {
		t.Errorf("got %v, want %v", l, want)
	}
	// Present values are the defaults.
	fs = flag.NewFlagSet("", flag.ContinueOnError)
	l.Flags(fs)
	if got := fs.Lookup("max-file-size").DefValue + " " + fs.Lookup("max-archive-depth").DefValue; got != "10MiB 0" {
		t.Errorf("defaults %q", got)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "17": 17, "10k": 10_000, "10kB": 10_000, "10KB": 10_000, "10KiB": 10_240, "10Ki": 10_240, "1MB": 1_000_000, "2 MiB": 2 << 20,
		"1.5GB": 1_500_000_000, "1T": 1_000_000_000_000, "12B": 12,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "-1", "10XB", "10 M B", "1e9", "99999999999999999999", "9999999999TB", ".", "1.2.3", "MB"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
	for _, n := range []int64{0, 1, 999, 1000, 1024, 1 << 20, 1_000_000, 1_500_000, 1<<62 + 1} {
		if got, err := ParseSize(FormatSize(n)); err != nil || got != n {
			t.Errorf("ParseSize(FormatSize(%d)) = %d, %v", n, got, err)
		}
	}
}
