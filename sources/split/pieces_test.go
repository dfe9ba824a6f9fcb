package split

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/mudlark-scan/mudlark"
)

// small are sizes that make many pieces of little content.
var small = sizes{fresh: 256, context: 32, slack: 16}

// cut returns the pieces of content, copied.
func cut(t testing.TB, content io.Reader, s sizes) []mudlark.Chunk {
	t.Helper()
	buf := make([]byte, s.buffer())
	p := &pieces{line: 1, column: 1, pooled: &buf, buf: buf[:0], sizes: s}
	var chunks []mudlark.Chunk
	err := p.run(context.Background(), content, func(c mudlark.Chunk, err error) error {
		if err != nil {
			t.Fatalf("yield: %v", err)
		}
		c.Data = bytes.Clone(c.Data)
		chunks = append(chunks, c)
		return nil
	})
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return chunks
}

// checkPieces holds pieces to all that they promise of the content.
func checkPieces(t testing.TB, content []byte, chunks []mudlark.Chunk, s sizes) {
	t.Helper()
	u := unitOf(content[:min(len(content), s.buffer())])
	at := int64(0)
	for i, c := range chunks {
		fresh := mudlark.Span{Start: 0, End: len(c.Data)}
		if c.Fresh != nil {
			fresh = c.Fresh[0]
		} else if len(chunks) != 1 {
			t.Fatalf("piece %d of %d answers for all of itself", i, len(chunks))
		}
		if !bytes.Equal(c.Data, content[c.Offset:c.Offset+int64(len(c.Data))]) {
			t.Fatalf("piece %d is not what stands at %d", i, c.Offset)
		}
		if start := c.Offset + int64(fresh.Start); start != at {
			t.Fatalf("piece %d answers from %d on, want %d", i, start, at)
		}
		at = c.Offset + int64(fresh.End)
		before, after := c.Offset, int64(len(content))-c.Offset-int64(len(c.Data))
		if before > 0 && fresh.Start < s.context || after > 0 && len(c.Data)-fresh.End < s.context {
			t.Fatalf("piece %d has contexts of %d and %d bytes, want %d", i, fresh.Start, len(c.Data)-fresh.End, s.context)
		}
		if c.Offset%int64(u.size) != 0 {
			t.Fatalf("piece %d starts at %d, inside of a unit of %d", i, c.Offset, u.size)
		}
		line, column := slowPlace(content[:c.Offset], u)
		if c.Line != line || c.Column != column {
			t.Fatalf("piece %d is said to be at %d:%d, want %d:%d", i, c.Line, c.Column, line, column)
		}
	}
	if at != int64(len(content)) {
		t.Fatalf("the pieces answer for %d of %d bytes", at, len(content))
	}
}

// slowPlace counts lines unit by unit.
func slowPlace(before []byte, u unit) (line, column int) {
	line, last := 1, 0
	for i := 0; i+u.size <= len(before); i += u.size {
		var c uint32
		switch {
		case u.size == 1:
			c = uint32(before[i])
		case u.size == 2 && u.little:
			c = uint32(binary.LittleEndian.Uint16(before[i:]))
		case u.size == 2:
			c = uint32(binary.BigEndian.Uint16(before[i:]))
		case u.little:
			c = binary.LittleEndian.Uint32(before[i:])
		default:
			c = binary.BigEndian.Uint32(before[i:])
		}
		if c == '\n' {
			line, last = line+1, i+u.size
		}
	}
	return line, len(before) - last + 1
}

// lines returns random text with lines of up to longest bytes.
func lines(rnd *rand.Rand, n, longest int) []byte {
	out := make([]byte, 0, n)
	for len(out) < n {
		for range rnd.IntN(longest + 1) {
			out = append(out, "abc, \u00e9"[rnd.IntN(7)])
		}
		out = append(out, '\n')
	}
	return out[:n]
}

func wide(text []byte, size int, order binary.AppendByteOrder, mark bool) []byte {
	var out []byte
	add := func(c uint32) {
		if size == 2 {
			out = order.AppendUint16(out, uint16(c))
		} else {
			out = order.AppendUint32(out, c)
		}
	}
	if mark {
		add(0xfeff)
	}
	for _, c := range utf16.Encode([]rune(string(text))) {
		add(uint32(c))
	}
	return out
}

func TestPiecesAnswerForAllOnce(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, small.buffer() - 1, small.buffer(), small.buffer() + 1, 1000, 5000} {
		for _, longest := range []int{0, 10, 100, 10_000} {
			text := lines(rnd, n, longest)
			checkPieces(t, text, cut(t, bytes.NewReader(text), small), small)
			checkPieces(t, text, cut(t, iotest.OneByteReader(bytes.NewReader(text)), small), small)
			for _, size := range []int{2, 4} {
				for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
					for _, mark := range []bool{true, false} {
						w := wide(text, size, order, mark)
						checkPieces(t, w, cut(t, bytes.NewReader(w), small), small)
					}
				}
			}
		}
	}
}

func TestPiecesEndAtEndsOfLines(t *testing.T) {
	text := bytes.Repeat([]byte("a line of text\n"), 1000)
	for i, c := range cut(t, bytes.NewReader(text), small) {
		if c.Column != 1 {
			t.Errorf("piece %d starts at column %d", i, c.Column)
		}
		if c.Data[len(c.Data)-1] != '\n' || c.Data[c.Fresh[0].End-1] != '\n' {
			t.Errorf("piece %d does not end at an end of a line", i)
		}
	}
}

// TestSecretsOnSeams puts a long secret at every place of content of one line.
func TestSecretsOnSeams(t *testing.T) {
	secret := []byte("<" + strings.Repeat("s", small.context-2) + ">")
	for at := range 700 {
		text := append(append(bytes.Repeat([]byte("x"), at), secret...), bytes.Repeat([]byte("y"), 1400-at)...)
		found := false
		for _, c := range cut(t, bytes.NewReader(text), small) {
			i := bytes.Index(c.Data, secret)
			span := mudlark.Span{Start: i, End: i + len(secret)}
			found = found || i >= 0 && (c.Fresh == nil || span.Overlaps(c.Fresh[0]))
		}
		if !found {
			t.Fatalf("a secret at %d is whole in no piece that answers for it", at)
		}
	}
}

func TestUnitOf(t *testing.T) {
	text := []byte("plain text, in Latin letters\n")
	for _, tt := range []struct {
		data []byte
		want unit
	}{
		{text, unit{1, false}},
		{nil, unit{1, false}},
		{[]byte("\x00\x00\x00\x00\x00\x00\x00\x00"), unit{1, false}},
		{wide(text, 2, binary.LittleEndian, true), unit{2, true}},
		{wide(text, 2, binary.LittleEndian, false), unit{2, true}},
		{wide(text, 2, binary.BigEndian, true), unit{2, false}},
		{wide(text, 2, binary.BigEndian, false), unit{2, false}},
		{wide(text, 4, binary.LittleEndian, true), unit{4, true}},
		{wide(text, 4, binary.LittleEndian, false), unit{4, true}},
		{wide(text, 4, binary.BigEndian, true), unit{4, false}},
		{wide(text, 4, binary.BigEndian, false), unit{4, false}},
	} {
		got := unitOf(tt.data)
		if got.size == 1 {
			got.little = false
		}
		if got != tt.want {
			t.Errorf("unitOf(%q) = %v, want %v", tt.data, got, tt.want)
		}
	}
}

// FuzzPieces cuts any content and checks all that pieces promise.
func FuzzPieces(f *testing.F) {
	f.Add([]byte("text\n"), uint16(100), byte(0))
	f.Add([]byte("\xff\xfea\x00\n\x00"), uint16(300), byte(1))
	f.Add([]byte("a\x00\x00\x00"), uint16(300), byte(2))
	f.Fuzz(func(t *testing.T, seed []byte, times uint16, how byte) {
		content := bytes.Repeat(seed, min(int(times), 1+8192/(len(seed)+1)))
		var r io.Reader = bytes.NewReader(content)
		if how&1 != 0 {
			r = iotest.HalfReader(r)
		}
		checkPieces(t, content, cut(t, r, small), small)
	})
}

// endless reads n bytes of one line.
type endless struct {
	left int64
	at   func(left int64)
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	if e.at != nil {
		e.at(e.left)
	}
	n := min(int64(len(p)), e.left)
	for i := range p[:n] {
		p[i] = 'x'
	}
	e.left -= n
	return int(n), nil
}

func TestALineOfAGigabyteTakesLittleMemory(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size = 64 << 20
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most, reads := uint64(0), 0
	var fresh int64
	var last mudlark.Chunk
	r := &endless{left: size, at: func(int64) {
		if reads++; reads%64 == 0 {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse)
		}
	}}
	err := New(Limits{}).Reader(context.Background(), mudlark.Origin{Path: "p"}, r, func(c mudlark.Chunk, err error) error {
		if err != nil {
			t.Fatal(err)
		}
		if c.Fresh == nil {
			t.Fatal("a piece answers for all of itself")
		}
		fresh += int64(c.Fresh[0].Len())
		last = c
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if fresh != size {
		t.Errorf("the pieces answer for %d of %d bytes", fresh, size)
	}
	if want := size - int64(len(last.Data)); last.Line != 1 || last.Offset != want || int64(last.Column) != want+1 {
		t.Errorf("the last piece is at %d:%d, offset %d, want 1:%d, offset %d", last.Line, last.Column, last.Offset, want+1, want)
	}
	if limit := before.HeapInuse + 16<<20; most > limit {
		t.Errorf("%d bytes of memory in use, want at most %d", most, limit)
	}
}

func TestErrorsEndPieces(t *testing.T) {
	stop := errors.New("stop")
	calls := 0
	err := New(Limits{}).Reader(context.Background(), mudlark.Origin{}, &endless{left: 1 << 40}, func(mudlark.Chunk, error) error {
		if calls++; calls == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || calls != 3 {
		t.Errorf("Reader returned %v after %d calls, want %v after 3", err, calls, stop)
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = New(Limits{}).Reader(ctx, mudlark.Origin{}, &endless{left: 1 << 40}, func(mudlark.Chunk, error) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Reader returned %v, want %v", err, context.Canceled)
	}
}

func BenchmarkReader(b *testing.B) {
	text := bytes.Repeat([]byte("key = value # a line of ordinary text\n"), 1<<20/38*16)
	s := New(Limits{})
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_ = s.Reader(context.Background(), mudlark.Origin{}, struct{ io.Reader }{bytes.NewReader(text)}, func(mudlark.Chunk, error) error { return nil })
	}
}

func BenchmarkBytes(b *testing.B) {
	text := bytes.Repeat([]byte("key = value # a line of ordinary text\n"), 250)
	s := New(Limits{})
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	yield := func(mudlark.Chunk, error) error { return nil }
	for b.Loop() {
		_ = s.Bytes(context.Background(), mudlark.Origin{Path: "p"}, nil, text, yield)
	}
}
