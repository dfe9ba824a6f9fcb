package gitpack

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

// A manyPack writes a pack of very many tiny blobs, piece by piece: it holds of
// each only what the index needs.
type manyPack struct {
	out     io.Writer
	at      int64
	sum     hash.Hash // of one entry
	entries []manyEntry
	recent  [64]manyBlob
	next    int // the number that the next blob is made of
}

type manyEntry struct {
	id  [20]byte
	at  uint32
	crc uint32
}

type manyBlob struct {
	at   int64
	text []byte
}

// writeMany writes a pack of n blobs and its index; first tells them from those
// of other packs. Nine in ten are deltas of one of the last before them.
func writeMany(t testing.TB, dir string, n, first int) {
	t.Helper()
	dir = filepath.Join(dir, "pack")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, fmt.Sprintf("pack-%040d", first))
	file, err := os.Create(name + ".pack")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	whole := sha1.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(file, whole), 1<<20)
	m := &manyPack{out: buffered, sum: sha1.New(), next: first, entries: make([]manyEntry, 0, n)}
	m.write(binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(n)))
	for range n {
		m.add()
	}
	if err := buffered.Flush(); err != nil {
		t.Fatal(err)
	}
	trailer := whole.Sum(nil)
	if _, err := file.Write(trailer); err != nil {
		t.Fatal(err)
	}
	m.writeIndex(t, name+".idx", trailer)
}

func (m *manyPack) write(b []byte) {
	m.out.Write(b)
	m.at += int64(len(b))
}

func (m *manyPack) add() {
	i := m.next
	m.next++
	slot := &m.recent[i%len(m.recent)]
	base := &m.recent[(i+1+i%61*(i%61))%len(m.recent)]
	var entry, instructions []byte
	text := fmt.Appendf(nil, "blob number %d of very many tiny ones", i)
	if i%10 == 0 || base.text == nil {
		entry = manyHead(Blob, len(text))
		instructions = text
	} else {
		// Half of the base, and something new.
		half := len(base.text) / 2
		text = append(bytes.Clone(base.text[:half]), text[:20]...)
		instructions = delta(len(base.text), len(text), copyOp(0, half), insertOp(string(text[half:])))
		entry = append(manyHead(offsetDelta, len(instructions)), distance(m.at-base.at)...)
	}
	entry = append(entry, stored(instructions)...)
	m.sum.Reset()
	fmt.Fprintf(m.sum, "blob %d\x00", len(text))
	m.sum.Write(text)
	e := manyEntry{at: uint32(m.at), crc: crc32.ChecksumIEEE(entry)}
	m.sum.Sum(e.id[:0])
	m.entries = append(m.entries, e)
	*slot = manyBlob{m.at, text}
	m.write(entry)
}

func manyHead(kind Type, size int) []byte {
	return []byte{0x80 | byte(kind)<<4 | byte(size&15), byte(size >> 4)}
}

// stored is zlib data that is not compressed, which takes no time to make.
func stored(data []byte) []byte {
	b := []byte{0x78, 0x01, 1, byte(len(data)), 0, ^byte(len(data)), 0xff}
	return binary.BigEndian.AppendUint32(append(b, data...), adler32.Checksum(data))
}

func (m *manyPack) writeIndex(t testing.TB, name string, trailer []byte) {
	t.Helper()
	slices.SortFunc(m.entries, func(a, b manyEntry) int {
		return cmp.Or(cmp.Compare(binary.BigEndian.Uint64(a.id[:]), binary.BigEndian.Uint64(b.id[:])), bytes.Compare(a.id[:], b.id[:]))
	})
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	whole := sha1.New()
	out := bufio.NewWriterSize(io.MultiWriter(file, whole), 1<<20)
	word := func(v uint32) { out.Write(binary.BigEndian.AppendUint32(nil, v)) }
	out.WriteString("\377tOc\x00\x00\x00\x02")
	n := 0
	for b := range 256 {
		for n < len(m.entries) && int(m.entries[n].id[0]) == b {
			n++
		}
		word(uint32(n))
	}
	for i := range m.entries {
		out.Write(m.entries[i].id[:])
	}
	for i := range m.entries {
		word(m.entries[i].crc)
	}
	for i := range m.entries {
		word(m.entries[i].at)
	}
	out.Write(trailer)
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(whole.Sum(nil)); err != nil {
		t.Fatal(err)
	}
}

// manySizes is how many objects there are, ever more.
func manySizes() []int {
	sizes := []int{50_000, 100_000, 200_000}
	if testing.Short() {
		sizes = sizes[:2]
	}
	if os.Getenv("MUDLARK_SOAK") != "" {
		sizes = append(sizes, 1_000_000, 2_000_000, 10_000_000)
	}
	return sizes
}

// A manyCost is what opening and walking a store takes.
type manyCost struct {
	objects int
	mapped  bool
	// held is what lives on the heap at the first visit: the objects by offset,
	// their numbers if there are several packs, and the forest.
	held int64
	// planned is all that was allocated before the first visit, whether it was
	// garbage by then or not, so it is more than any peak. The mapped files, which
	// hold pack and index, do not count.
	planned int64
	more    int64 // allocated by all visits
	calls   int64 // of read, and
	bytes   int64 // how much that read, where files are not mapped
	ready   time.Duration
	took    time.Duration
}

func walkMany(t testing.TB, dir string, n int, opts Options) manyCost {
	t.Helper()
	var before, held, after runtime.MemStats
	runtime.GC()
	runtime.GC() // what was in pools is gone
	runtime.ReadMemStats(&before)
	calls, read := readCalls()
	c, start := manyCost{objects: n}, time.Now()
	s, err := Open(dir, SHA1, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c.mapped = s.packs[0].data != nil
	visited := 0
	err = s.Walk(context.Background(), WalkOptions{Check: CheckCRC}, func(int, Object) (any, error) {
		if visited++; visited == 1 {
			c.ready = time.Since(start)
			runtime.GC()
			runtime.ReadMemStats(&held)
			start = time.Now().Add(-c.ready)
		}
		return nil, nil
	}, func(_ OID, err error) { t.Error(err) })
	c.took = time.Since(start)
	if err != nil || visited != n {
		t.Errorf("visited %d of %d: %v", visited, n, err)
	}
	runtime.ReadMemStats(&after)
	c.held = int64(held.HeapAlloc) - int64(before.HeapAlloc)
	c.planned = int64(held.TotalAlloc - before.TotalAlloc)
	c.more = int64(after.TotalAlloc - held.TotalAlloc)
	c.calls, c.bytes = readCalls()
	c.calls -= calls
	c.bytes -= read
	return c
}

// readCalls returns how often this process read something so far, and how many
// bytes that gave; 0 where the system does not tell.
func readCalls() (calls, bytes int64) {
	text, _ := os.ReadFile("/proc/self/io")
	fmt.Sscanf(string(text), "rchar: %d\nwchar: %d\nsyscr: %d", &bytes, new(int64), &calls)
	return calls, bytes
}

// TestManyObjectsCostInProportion walks packs of ever more objects. Each object
// more takes at most 60 bytes, and as much memory and work as every other. The
// work is counted in reads of packs that are not mapped. Times are only logged,
// since other programs have a say in them.
func TestManyObjectsCostInProportion(t *testing.T) {
	const mostEach, fixed = 60, 1 << 20
	figures := []struct {
		what string
		of   func(mapped, unmapped manyCost) int64
	}{
		{"bytes held", func(c, _ manyCost) int64 { return c.held }},
		{"bytes allocated before the first visit", func(c, _ manyCost) int64 { return c.planned }},
		{"reads", func(_, c manyCost) int64 { return c.calls }},
		{"bytes read", func(_, c manyCost) int64 { return c.bytes }},
	}
	for _, packs := range []int{1, 3} {
		was := make([]int64, len(figures))
		step := make([]float64, len(figures)) // for each object more, at first
		objects := 0
		for _, n := range manySizes() {
			dir := t.TempDir()
			for i := range packs {
				writeMany(t, dir, n/packs, n/packs*i)
			}
			n = n / packs * packs
			c, unmapped := walkMany(t, dir, n, Options{}), walkMany(t, dir, n, Options{noMap: true})
			if err := os.RemoveAll(dir); err != nil {
				t.Log(err)
			}
			t.Logf("%d objects in %d packs: %d ns for each, of which %d before the first visit", n, packs, int(c.took)/n, int(c.ready)/n)
			if c.mapped && c.planned > mostEach*int64(n)+fixed {
				t.Errorf("%d objects in %d packs: %d bytes were allocated, want at most %d for each", n, packs, c.planned, mostEach)
			}
			// Chains of deltas get longer with the pack here, and a walk holds what is
			// on its way down one of them. Git's end after 50 links.
			if c.more > int64(n)*4+2*fixed {
				t.Errorf("%d objects in %d packs: visits allocated %d bytes", n, packs, c.more)
			}
			for i, figure := range figures {
				now := figure.of(c, unmapped)
				each := float64(now-was[i]) / float64(n-objects)
				t.Logf("    %s: %.2f for each, %.2f for each more", figure.what, float64(now)/float64(n), each)
				switch was[i] = now; {
				case objects == 0:
				case step[i] == 0:
					step[i] = each
				case each > 1.05*step[i] || each < 0.95*step[i]:
					t.Errorf("%d objects in %d packs: %.2f %s for each more, but %.2f when they were fewer", n, packs, each, figure.what, step[i])
				}
			}
			objects = n
		}
	}
}
