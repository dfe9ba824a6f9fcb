package archive

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// spans are ranges of bytes, kept to find what lies between them.
type spans [][2]int64

func (s *spans) add(start, end int64) {
	if n := len(*s); n > 0 && (*s)[n-1][1] == start {
		(*s)[n-1][1] = end
		return
	}
	*s = append(*s, [2]int64{start, end})
}

// gaps calls f for what lies in [0,size) and in none of s.
func (s spans) gaps(size int64, f func(start, end int64) error) error {
	slices.SortFunc(s, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	at := int64(0)
	for _, span := range append(s, [2]int64{size, size}) {
		if span[0] > at {
			if err := f(at, min(span[0], size)); err != nil {
				return err
			}
		}
		at = max(at, span[1])
	}
	return nil
}

// shortGap is the length up to which a gap holds no secret.
const shortGap = 16

// gaps walks what is part of no member of a zip archive.
func (z *zipWalk) gaps() error {
	err := z.covered.gaps(z.size, func(start, end int64) error {
		for start < end && !z.over {
			next, err := z.gap(start, end)
			if err != nil {
				return err
			}
			start = next
		}
		return nil
	})
	var stop *stopped
	if errors.As(err, &stop) {
		return stop.err
	}
	return err
}

// gap looks for a member that the directory does not name in [start,end). It
// hands on what stands before it and returns where it ends.
func (z *zipWalk) gap(start, end int64) (next int64, err error) {
	at := z.find(localMagic, start, end)
	if err := z.rest(start, at); err != nil || at == end {
		return end, err
	}
	e, ok := z.hidden(at, end)
	if !ok {
		// No header: the bytes are handed on with what follows them.
		after := z.find(localMagic, at+1, end)
		return after, z.rest(at, after)
	}
	if e.size < 0 {
		return z.unmeasured(e, end)
	}
	_, err = z.entry(e)
	return e.start + e.packed, err
}

// rest hands on [start,end), unless nothing can be in it.
func (z *zipWalk) rest(start, end int64) error {
	if end-start < shortGap {
		return nil
	}
	head := make([]byte, min(end-start, 4096))
	_, _ = z.at.ReadAt(head, start)
	if end-start <= 24 && bytes.HasPrefix(head, []byte(descriptorSign)) || int64(len(head)) == end-start && blank(head) {
		return nil
	}
	return stop(z.outside(z.path, start, io.NewSectionReader(z.at, start, end-start)))
}

// find returns the first place of text in [start,end), or end.
func (z *zipWalk) find(text string, start, end int64) int64 {
	buf := make([]byte, min(end-start, 64<<10))
	for start+int64(len(text)) <= end && z.ctx.Err() == nil {
		n, _ := z.at.ReadAt(buf[:min(int64(len(buf)), end-start)], start)
		if i := bytes.Index(buf[:n], []byte(text)); i >= 0 {
			return start + int64(i)
		}
		if n < len(text) {
			break
		}
		start += int64(n - len(text) + 1)
	}
	return end
}

// hidden reads the header of a member at the place, if it is one.
func (z *zipWalk) hidden(at, end int64) (e zipEntry, ok bool) {
	head := make([]byte, localHeader)
	if _, err := z.at.ReadAt(head, at); err != nil || at+localHeader > end {
		return e, false
	}
	le := binary.LittleEndian
	n, m := int(le.Uint16(head[26:])), int(le.Uint16(head[28:]))
	rest := make([]byte, n+m)
	if _, err := z.at.ReadAt(rest, at+localHeader); err != nil && !errors.Is(err, io.EOF) || n == 0 {
		return e, false
	}
	e = zipEntry{
		name: string(rest[:n]), flags: le.Uint16(head[6:]), method: le.Uint16(head[8:]), sum: le.Uint32(head[14:]),
		packed: int64(le.Uint32(head[18:])), size: int64(le.Uint32(head[22:])), start: at + localHeader + int64(n+m),
	}
	known := e.method == zipStore || e.method == zipDeflate || e.method == zipZstd || e.method == zipBzip2 ||
		e.method == zipLZMA || e.method == zipXZ || e.method == zipAES
	if !known || e.zip64(rest[n:]) != nil || e.start > end {
		return e, false
	}
	if e.flags&zipLater != 0 {
		e.size, e.sum = -1, 0
	}
	e.packed = min(e.packed, end-e.start)
	return e, true
}

// unmeasured walks a hidden member whose length stands behind it, and returns
// where it ends. If that cannot be told, it is looked for more in the same bytes.
func (z *zipWalk) unmeasured(e zipEntry, end int64) (next int64, err error) {
	if e.method == zipStore || e.flags&zipEncrypted != 0 {
		// The next record ends it, or what looks like one.
		end = z.find("PK", e.start, end)
		e.size = end - e.start
	}
	e.packed = end - e.start
	length, err := z.entry(e)
	if err == nil && length < 0 {
		length = 0
	}
	return e.start + length, err
}
