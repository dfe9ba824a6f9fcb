package archive

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
)

// zip walks a zip archive: jar, docx, apk and many others are of that format.
// It reads the members that the directory names, then looks at every byte that
// is part of none of them: members that the directory hides are found by their
// own headers, and the rest is handed on as it stands.
func (w *walk) zip(c item) error {
	at, release, err := w.random(c)
	defer release()
	if err != nil {
		return w.unspooled(c, at, err)
	}
	z := &zipWalk{walk: w, item: c, at: at, size: at.Size()}
	dir, err := findZipDirectory(at, z.size)
	if err == nil {
		err = z.directory(dir)
	}
	var stop *stopped
	if errors.As(err, &stop) {
		return stop.err
	}
	if err != nil && c.err == nil {
		if err := w.failed(c.path, fmt.Errorf("zip: %w", err)); err != nil {
			return err
		}
	}
	return z.gaps()
}

// stopped is an error that ends a walk, on its way through code whose own errors
// are only damage. The error is nil if the walk is over.
type stopped struct{ err error }

func (s *stopped) Error() string { return "stopped" }

type zipWalk struct {
	*walk
	item
	at      sized
	size    int64
	covered spans
}

// A zipEntry is a member as the directory, or its own header, describes it.
type zipEntry struct {
	name         string
	flags        uint16
	method       uint16
	sum          uint32
	packed, size int64
	start        int64 // of the data
}

// What a zip entry's flags and method say. Source: PKWARE, APPNOTE.TXT.
const (
	zipEncrypted   = 1 << 0
	zipLater       = 1 << 3 // sum and sizes follow the data
	zipMasked      = 1 << 13
	zipStore       = 0
	zipDeflate     = 8
	zipBzip2       = 12
	zipLZMA        = 14
	zipZstd        = 93
	zipXZ          = 95
	zipAES         = 99
	zipZstdOld     = 20
	localHeader    = 30
	localMagic     = "PK\x03\x04"
	descriptorSign = "PK\x07\x08"
)

// entry walks one member and returns how long its packed data was found to be,
// or -1.
func (z *zipWalk) entry(e zipEntry) (length int64, err error) {
	if more, err := z.member(&z.item, e.name); err != nil || !more {
		return -1, &stopped{err}
	}
	path := z.below(e.name)
	if e.packed == 0 {
		if strings.HasSuffix(e.name, "/") {
			return 0, nil
		}
		return 0, stop(z.empty(path))
	}
	if e.flags&(zipEncrypted|zipMasked) != 0 || e.method == zipAES {
		return -1, stop(z.failed(path, errEncrypted))
	}
	packed := newCounted(io.NewSectionReader(z.at, e.start, e.packed))
	defer packed.release()
	data, release, err := z.open(e, packed)
	if err != nil {
		return -1, stop(z.failed(path, err))
	}
	defer release()
	in := newInput(z.walk, &summed{r: data, entry: e, sum: crc32.NewIEEE()})
	defer in.release()
	in.meter = &meter{walk: z.walk, in: packed.consumed}
	if err := z.content(item{input: in, path: path, depth: z.level(Zip), parent: Zip}); err != nil {
		return -1, &stopped{err}
	}
	if e.size < 0 {
		in.drain()
	}
	if in.err != nil {
		return -1, stop(z.failed(path, in.err))
	}
	return packed.consumed(), nil
}

// stop turns the error of a visitor into one that ends the walk.
func stop(err error) error {
	if err != nil {
		return &stopped{err}
	}
	return nil
}

// open returns a reader of the member's data, unpacked, and a function to call
// when it was read.
func (z *zipWalk) open(e zipEntry, packed *counted) (r io.Reader, release func(), err error) {
	defer recovered(&err)
	var d decompressor
	switch e.method {
	case zipStore:
		return packed, func() {}, nil
	case zipDeflate:
		f := inflaters.Get().(io.ReadCloser)
		err := f.(flate.Resetter).Reset(packed.buf, nil)
		return f, func() { inflaters.Put(f) }, err
	case zipBzip2:
		d.Reader = bzip2.NewReader(packed.buf)
	case zipZstd, zipZstdOld:
		d, err = openZstd(packed.buf, z.limits.Window)
	case zipXZ:
		d, err = openXZ(packed.buf, z.limits.Window)
	case zipLZMA:
		d.Reader, err = zipLZMAReader(packed.buf, e, z.limits.Window)
	default:
		err = fmt.Errorf("compression method %d is %w", e.method, errMethod)
	}
	if d.close == nil {
		d.close = func() {}
	}
	return d, d.close, err
}

var inflaters = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}

// zipLZMAReader reads the properties that stand before an lzma stream in a zip.
func zipLZMAReader(r byteReader, e zipEntry, window int64) (io.Reader, error) {
	head := make([]byte, 9)
	if _, err := io.ReadFull(r, head); err != nil || binary.LittleEndian.Uint16(head[2:]) != 5 {
		return nil, fmt.Errorf("lzma with such properties is %w", errMethod)
	}
	header := make([]byte, 13)
	copy(header, head[4:9])
	binary.LittleEndian.PutUint64(header[5:], uint64(e.size))
	return newLZMA(&joined{bytes.NewReader(header), r}, window)
}

// counted knows how much of packed data was read from its buffer.
type counted struct {
	r   io.Reader
	n   int64
	buf *bufio.Reader
}

// fill is what buf reads from.
type fill struct{ c *counted }

func (f fill) Read(p []byte) (int, error) {
	n, err := f.c.r.Read(p)
	f.c.n += int64(n)
	return n, err
}

func newCounted(r io.Reader) *counted {
	c := &counted{r: r, buf: buffers.Get().(*bufio.Reader)}
	c.buf.Reset(fill{c})
	return c
}

func (c *counted) Read(p []byte) (int, error) { return c.buf.Read(p) }

func (c *counted) consumed() int64 { return c.n - int64(c.buf.Buffered()) }

func (c *counted) release() {
	c.buf.Reset(nil)
	buffers.Put(c.buf)
}

// summed tells at the end whether the data was what its entry says.
type summed struct {
	r     io.Reader
	entry zipEntry
	sum   hash.Hash32
	n     int64
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	_, _ = s.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && s.entry.sum != 0 && s.sum.Sum32() != s.entry.sum {
		err = errors.New("its checksum is wrong")
	}
	if errors.Is(err, io.EOF) && s.entry.size >= 0 && s.n != s.entry.size {
		err = fmt.Errorf("it is %d bytes long where the archive says %d", s.n, s.entry.size)
	}
	return n, err
}
