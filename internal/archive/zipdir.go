package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// zipDirectory is the place of the directory of a zip archive.
type zipDirectory struct {
	start, end int64
	close      int64 // end of the record at the end, and its comment
	shift      int64 // what stands before the archive: its offsets are that much short
	comment    string
}

const (
	endRecord   = 22
	endMagic    = "PK\x05\x06"
	end64Magic  = "PK\x06\x06"
	entryHeader = 46
	entryMagic  = "PK\x01\x02"
)

// findZipDirectory looks for the record at the end of the archive, behind which
// there may be a comment.
func findZipDirectory(r io.ReaderAt, size int64) (d zipDirectory, err error) {
	tail := make([]byte, min(size, 1<<16+endRecord))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return d, err
	}
	at := bytes.LastIndex(tail, []byte(endMagic))
	for at >= 0 && len(tail)-at < endRecord {
		at = bytes.LastIndex(tail[:at], []byte(endMagic))
	}
	if at < 0 {
		return d, errors.New("it has no directory; members were looked for by their headers")
	}
	record := tail[at:]
	length := int64(binary.LittleEndian.Uint32(record[12:]))
	offset := int64(binary.LittleEndian.Uint32(record[16:]))
	d.comment = string(record[endRecord:min(len(record), endRecord+int(binary.LittleEndian.Uint16(record[20:])))])
	d.end = size - int64(len(tail)) + int64(at)
	d.close = d.end + endRecord + int64(len(d.comment))
	if length == 0xffffffff || offset == 0xffffffff || binary.LittleEndian.Uint16(record[10:]) == 0xffff {
		if end, l, o, ok := findZip64(r, d.end); ok {
			d.end, length, offset = end, l, o
		}
	}
	d.start = d.end - length
	if length < 0 || d.start < 0 || offset < 0 {
		return d, errors.New("its directory lies outside of it; members were looked for by their headers")
	}
	if d.shift = d.start - offset; d.shift < 0 {
		d.start, d.shift = offset, 0
	}
	return d, nil
}

// findZip64 reads the larger record that stands before the one at end.
func findZip64(r io.ReaderAt, end int64) (at, length, offset int64, ok bool) {
	const locator, record = 20, 56
	if end < locator {
		return 0, 0, 0, false
	}
	buf := make([]byte, record)
	if _, err := r.ReadAt(buf[:locator], end-locator); err != nil || string(buf[:4]) != "PK\x06\x07" {
		return 0, 0, 0, false
	}
	// What stands before the archive moves the record; it usually ends here.
	for _, at := range []int64{int64(binary.LittleEndian.Uint64(buf[8:])), end - locator - record} {
		if at < 0 {
			continue
		}
		if _, err := r.ReadAt(buf, at); err == nil && string(buf[:4]) == end64Magic {
			return at, int64(binary.LittleEndian.Uint64(buf[40:])), int64(binary.LittleEndian.Uint64(buf[48:])), true
		}
	}
	return 0, 0, 0, false
}

// directory walks the members that the directory names.
func (z *zipWalk) directory(d zipDirectory) error {
	z.covered.add(d.end, d.close)
	if err := z.text(z.path, Comment, d.comment); err != nil {
		return &stopped{err}
	}
	r := bufio.NewReader(io.NewSectionReader(z.at, d.start, d.end-d.start))
	at := d.start
	defer func() { z.covered.add(d.start, at) }()
	for at < d.end {
		e, comment, n, err := readZipEntry(r)
		if err != nil {
			return err
		}
		at += n
		if err := z.text(z.below(e.name), Comment, comment); err != nil {
			return &stopped{err}
		}
		if err := z.listed(e, d.shift); err != nil {
			return err
		}
	}
	return nil
}

// listed walks a member that the directory names, if it is where it should be.
func (z *zipWalk) listed(e zipEntry, shift int64) error {
	local := make([]byte, localHeader)
	header := e.start + shift
	if _, err := z.at.ReadAt(local, header); err != nil || string(local[:4]) != localMagic {
		header = e.start
		if _, err := z.at.ReadAt(local, header); shift == 0 || err != nil || string(local[:4]) != localMagic {
			return stop(z.problem(z.below(e.name), Damaged, "zip: it is not where the directory says"))
		}
	}
	nameLength, extra := int64(binary.LittleEndian.Uint16(local[26:])), int64(binary.LittleEndian.Uint16(local[28:]))
	e.start = header + localHeader + nameLength + extra
	// A header with another name is looked at like everything that is no member.
	name := make([]byte, nameLength)
	_, _ = z.at.ReadAt(name, header+localHeader)
	from := header
	if string(name) != e.name {
		from = e.start
	} else if extra >= longExtra {
		z.covered.add(header, e.start-extra)
		from = e.start
	}
	if e.start+e.packed > z.size || e.start+e.packed < e.start {
		if err := stop(z.problem(z.below(e.name), Damaged, "zip: it ends too early")); err != nil {
			return err
		}
		e.packed = max(0, z.size-e.start)
	}
	z.covered.add(from, e.start+e.packed)
	_, err := z.entry(e)
	return err
}

// longExtra is the length from which the extra fields of a member may hold more
// than times and owners.
const longExtra = 40

// readZipEntry reads one entry of the directory and tells its length.
func readZipEntry(r io.Reader) (e zipEntry, comment string, length int64, err error) {
	head := make([]byte, entryHeader)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:4]) != entryMagic {
		return e, "", 0, errors.New("its directory is damaged; other members were looked for by their headers")
	}
	le := binary.LittleEndian
	n, m, k := int(le.Uint16(head[28:])), int(le.Uint16(head[30:])), int(le.Uint16(head[32:]))
	rest := make([]byte, n+m+k)
	if _, err := io.ReadFull(r, rest); err != nil {
		return e, "", 0, errors.New("its directory ends too early; other members were looked for by their headers")
	}
	e = zipEntry{
		name: string(rest[:n]), flags: le.Uint16(head[8:]), method: le.Uint16(head[10:]), sum: le.Uint32(head[16:]),
		packed: int64(le.Uint32(head[20:])), size: int64(le.Uint32(head[24:])), start: int64(le.Uint32(head[42:])),
	}
	extra := rest[n : n+m]
	if err := e.zip64(extra); err != nil {
		return e, "", 0, err
	}
	comment = string(rest[n+m:])
	if m >= longExtra {
		comment += "\n" + string(extra)
	}
	return e, comment, int64(entryHeader + n + m + k), nil
}

// zip64 replaces the numbers that do not fit by those of the extra field.
func (e *zipEntry) zip64(extra []byte) error {
	for len(extra) >= 4 {
		id, length := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if length > len(extra)-4 {
			return nil
		}
		field := extra[4 : 4+length]
		extra = extra[4+length:]
		if id != 1 {
			continue
		}
		for _, n := range []*int64{&e.size, &e.packed, &e.start} {
			if *n == 0xffffffff && len(field) >= 8 {
				*n = int64(binary.LittleEndian.Uint64(field))
				field = field[8:]
			}
			if *n < 0 {
				return fmt.Errorf("its directory says that %q is %d bytes long", cleanName(e.name), uint64(*n))
			}
		}
	}
	return nil
}
