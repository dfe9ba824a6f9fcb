package gitpack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

var invented = func() (ids [8]OID) {
	for i := range ids {
		ids[i] = makeOID(bytes.Repeat([]byte{byte(0x11 * (i + 1))}, 20))
	}
	return ids
}()

// TestHostileEntriesAreBad writes entries that are wrong in every way. Each is
// told to be bad with the right reason, and the fine ones beside it are read.
func TestHostileEntriesAreBad(t *testing.T) {
	base := []byte("a base of some forty bytes, give or take")
	fine := append(bytes.Clone(base[:10]), "new"...)
	n := len(base)
	bomb := squeeze(make([]byte, 1<<20))
	tests := []struct {
		name  string
		craft func(c *crafter, at int64)
		want  string
	}{
		{"unknown type", func(c *crafter, _ int64) { c.add(invented[0], 5, 3, nil, squeeze([]byte("abc"))) }, "unknown type"},
		{"type zero", func(c *crafter, _ int64) { c.add(invented[0], 0, 3, nil, squeeze([]byte("abc"))) }, "unknown type"},
		{"size without end", func(c *crafter, _ int64) {
			c.add(invented[0], Blob, 0, nil, nil)
			c.data[len(c.data)-1] = 0xb0
			c.data = append(c.data, bytes.Repeat([]byte{0xff}, 60)...)
		}, "entry header"},
		{"no zlib data", func(c *crafter, _ int64) { c.add(invented[0], Blob, 5, nil, []byte("\x00\x01garbage...")) }, "zlib"},
		{"another size", func(c *crafter, _ int64) { c.add(invented[0], Blob, 50, nil, squeeze([]byte("abc"))) }, ""},
		{"a smaller size", func(c *crafter, _ int64) { c.add(invented[0], Blob, 2, nil, squeeze([]byte("abc"))) }, "size"},
		{"a terabyte", func(c *crafter, _ int64) { c.add(invented[0], Blob, 1<<40, nil, squeeze([]byte("abc"))) }, "can hold"},
		{"another object's id", func(c *crafter, _ int64) { c.add(invented[0], Blob, 3, nil, squeeze([]byte("abc"))) }, "does not match the id"},
		{"too large", func(c *crafter, _ int64) { c.add(invented[0], Blob, 1<<20, nil, bomb) }, "more than the bound"},
		{"base before the pack", func(c *crafter, _ int64) {
			c.add(invented[0], offsetDelta, 3, distance(1<<20), squeeze([]byte("abc")))
		}, "outside the pack"},
		{"itself as base", func(c *crafter, _ int64) { c.add(invented[0], offsetDelta, 3, distance(0), squeeze([]byte("abc"))) }, "outside the pack"},
		{"base between entries", func(c *crafter, at int64) { c.onOffset(invented[0], at+1, delta(n, 1, copyOp(0, 1))) }, "base"},
		{"missing base", func(c *crafter, _ int64) { c.onID(invented[0], invented[1], delta(n, 1, copyOp(0, 1))) }, "is missing"},
		{"its own base", func(c *crafter, _ int64) { c.onID(invented[0], invented[0], delta(n, 1, copyOp(0, 1))) }, "base cannot be read"},
		{"base of another size", func(c *crafter, at int64) { c.onOffset(invented[0], at, delta(n+1, 1, copyOp(0, 1))) }, "another size"},
		{"copy from behind the base", func(c *crafter, at int64) { c.onOffset(invented[0], at, delta(n, 2, copyOp(n-1, 2))) }, "damaged delta"},
		{"copy from far behind the base", func(c *crafter, at int64) { c.onOffset(invented[0], at, delta(n, 2, copyOp(int64(1<<32-1), 2))) }, "damaged delta"},
		{"insert of nothing", func(c *crafter, at int64) { c.onOffset(invented[0], at, delta(n, 0, []byte{0})) }, "damaged delta"},
		{"insert cut off", func(c *crafter, at int64) { c.onOffset(invented[0], at, delta(n, 9, []byte{9, 'a'})) }, "damaged delta"},
		{"copy cut off", func(c *crafter, at int64) { c.onOffset(invented[0], at, delta(n, 9, []byte{0xff, 1})) }, "damaged delta"},
		{"result too short", func(c *crafter, at int64) { c.onOffset(invented[0], at, delta(n, 9, copyOp(0, 8))) }, "damaged delta"},
		{"result too long", func(c *crafter, at int64) { c.onOffset(invented[0], at, delta(n, 9, copyOp(0, 10))) }, "damaged delta"},
		{"sizes without end", func(c *crafter, at int64) { c.onOffset(invented[0], at, bytes.Repeat([]byte{0xff}, 30)) }, "damaged delta"},
		{"empty delta", func(c *crafter, at int64) { c.onOffset(invented[0], at, nil) }, "damaged delta"},
		{"delta that expands", func(c *crafter, at int64) {
			c.onOffset(invented[0], at, delta(n, n<<16, bytes.Repeat(copyOp(0, n), 1<<16)))
		}, "more than the bound"},
		{"delta that claims much", func(c *crafter, at int64) { c.onOffset(invented[0], at, delta(n, int64(1)<<50, copyOp(0, n))) }, "damaged delta"},
	}
	for _, test := range tests {
		for _, noMap := range []bool{false, true} {
			c := newCrafter(t)
			at := c.whole(Blob, base)
			test.craft(c, at)
			c.onOffset(idOf(Blob, fine), at, delta(n, len(fine), copyOp(0, 10), insertOp("new")))
			s := c.open(Options{noMap: noMap, MaxObjectBytes: 1 << 19})
			got := walkAll(t, s, WalkOptions{Workers: 2})
			err := got.bad[invented[0]]
			if err == nil || !strings.Contains(err.Error(), test.want) || len(got.bad) != 1 {
				t.Errorf("%s: got %v, want %q", test.name, got.bad, test.want)
			}
			if len(got.objects) != 2 || len(got.twice) > 0 {
				t.Errorf("%s: visited %d objects, want 2", test.name, len(got.objects))
			}
			if _, err := s.Read(invented[0], nil); err == nil {
				t.Errorf("%s: Read gave an object", test.name)
			}
			if o, err := s.Read(idOf(Blob, fine), nil); err != nil || !bytes.Equal(o.Data, fine) {
				t.Errorf("%s: Read of the fine object: %v", test.name, err)
			}
			s.Type(invented[0])
			if p := s.Problems(); len(p) > 0 && test.name != "size without end" {
				t.Errorf("%s: problems %v", test.name, p)
			}
		}
	}
}

// TestCirclesEnd has deltas that are each other's bases, with others hanging on
// them. One object of a circle is in another pack too, which opens that circle.
func TestCirclesEnd(t *testing.T) {
	c := newCrafter(t)
	const size = 300
	circle := make([]OID, size)
	for i := range circle {
		circle[i] = makeOID(fmt.Appendf(nil, "%020d", i))
	}
	for i, id := range circle {
		c.onID(id, circle[(i+1)%size], delta(4, 4, copyOp(0, 4)))
		c.onID(makeOID(fmt.Appendf(nil, "x%019d", i)), id, delta(4, 4, copyOp(0, 4)))
	}
	texts := [3]string{"this is one", "this is two", "this is three"}
	var ids [3]OID
	for i, text := range texts {
		ids[i] = idOf(Blob, []byte(text))
	}
	for i, text := range texts {
		before := texts[(i+2)%3]
		c.onID(ids[i], ids[(i+2)%3], delta(len(before), len(text), copyOp(0, 8), insertOp(text[8:])))
	}
	s := c.open(Options{})
	for range 2 {
		got := walkAll(t, s, WalkOptions{Workers: 2})
		if len(got.bad) != 2*size+3 || len(got.objects) != 0 || len(got.twice) > 0 {
			t.Errorf("circles: %d bad, %d visited, %d twice", len(got.bad), len(got.objects), len(got.twice))
		}
	}
	for _, id := range circle {
		if _, err := s.Read(id, nil); err == nil {
			t.Errorf("Read(%s) gave an object", id)
		}
		s.Type(id)
	}
	dir := t.TempDir()
	c.save(dir)
	other := newCrafter(t)
	other.whole(Blob, []byte(texts[1]))
	other.save(dir)
	s, err := Open(dir, SHA1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := walkAll(t, s, WalkOptions{Workers: 2})
	for i, id := range ids {
		if string(got.objects[id].Data) != texts[i] {
			t.Errorf("opened circle: %q was not visited: %v", texts[i], got.bad[id])
		}
		if o, err := s.Read(id, nil); err != nil || string(o.Data) != texts[i] {
			t.Errorf("opened circle: Read(%q): %v", texts[i], err)
		}
	}
}

// TestLongChain has a chain far longer than git makes.
func TestLongChain(t *testing.T) {
	const length = 100000
	c := newCrafter(t)
	text := []byte("0")
	at := c.whole(Blob, text)
	for i := 1; i < length; i++ {
		before := len(text)
		text = fmt.Append(nil, i)
		at = c.onOffset(idOf(Blob, text), at, delta(before, len(text), insertOp(string(text))))
	}
	s := c.open(Options{})
	visited := 0
	err := s.Walk(context.Background(), WalkOptions{Workers: 1}, func(int, Object) (any, error) { visited++; return nil, nil }, func(_ OID, err error) { t.Error(err) })
	if err != nil || visited != length {
		t.Errorf("visited %d of %d: %v", visited, length, err)
	}
	_, err = s.Read(idOf(Blob, text), nil)
	if _, ok := errors.AsType[*CorruptError](err); !ok {
		t.Errorf("Read of the last: %v", err)
	}
	// With the first one gone, none of the others can be read, in linear time.
	c.data[packHead+4] ^= 0xff
	s = c.open(Options{})
	if got := walkAll(t, s, WalkOptions{Workers: 2}); len(got.bad) != length {
		t.Errorf("%d of %d are bad", len(got.bad), length)
	}
}

// TestMemoryIsBounded walks a tree of large blobs that are each other's bases,
// so that all of them would be held at once.
func TestMemoryIsBounded(t *testing.T) {
	const size = 20 << 20
	c := newCrafter(t)
	type version struct {
		at    int64
		first string
	}
	content := func(first string) []byte {
		b := make([]byte, size)
		copy(b, first)
		return b
	}
	versions := []version{{c.whole(Blob, content("")), ""}}
	for i := range 24 {
		base := versions[i-i/3]
		first := fmt.Sprint(i)
		ops := [][]byte{insertOp(first)}
		for at := len(first); at < size; at += 1 << 20 {
			ops = append(ops, copyOp(at, min(1<<20, size-at)))
		}
		at := c.onOffset(idOf(Blob, content(first)), base.at, delta(size, size, ops...))
		versions = append(versions, version{at, first})
	}
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	c.unindexed = true // the scan for objects goes through all of them as well
	s := c.open(Options{})
	runtime.ReadMemStats(&now)
	most := int64(now.HeapSys - before.HeapSys)
	for _, workers := range []int{1, 8} {
		visited := make([]int, workers)
		err := s.Walk(context.Background(), WalkOptions{Workers: workers}, func(w int, o Object) (any, error) {
			visited[w]++
			if w == 0 {
				runtime.ReadMemStats(&now)
				most = max(most, int64(now.HeapInuse)-int64(before.HeapInuse))
			}
			return nil, nil
		}, func(_ OID, err error) { t.Error(err) })
		total := 0
		for _, n := range visited {
			total += n
		}
		if err != nil || total != len(versions) {
			t.Errorf("%d workers: visited %d of %d: %v", workers, total, len(versions), err)
		}
		if bound := int64(150<<20 + 2*size); most > bound {
			t.Errorf("%d workers: %d MB in use, want at most %d", workers, most>>20, bound>>20)
		}
		t.Logf("%d workers: %d MB", workers, most>>20)
	}
}
