package codec

import (
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// An inflater decompresses what digits stand for. Its parts are large, so they
// are used again.
type inflater struct {
	digits  digitStream
	gzip    *gzip.Reader
	zlib    io.ReadCloser
	decoded [blockLen]byte
}

var inflaters = sync.Pool{New: func() any { return new(inflater) }}

// inflate decodes a run that holds compressed data.
func (x *radix) inflate(w *writer, start, end int, kind verdict) (int, bool) {
	z := inflaters.Get().(*inflater)
	defer inflaters.Put(z)
	z.digits.r, z.digits.left = x.reader(w.src, start, end), nil
	defer func() { z.digits.r = runReader{} }() // it must not keep the source alive
	r, err := z.open(kind)
	if err != nil {
		return end, true
	}
	n, err := io.ReadFull(r, z.decoded[:])
	// What only looks like compressed data ends soon.
	if n == 0 || n < shortLen && !errors.Is(err, io.ErrUnexpectedEOF) {
		return end, true
	}
	if !w.begin(start) {
		return end, false
	}
	for n > 0 {
		if !w.piece(start, z.digits.r.at-start, z.decoded[:n], true) {
			return z.digits.r.end, false
		}
		if err != nil {
			break
		}
		n, err = io.ReadFull(r, z.decoded[:])
	}
	return z.digits.r.at, true
}

// open reads the head of the compressed data.
func (z *inflater) open(kind verdict) (io.Reader, error) {
	if kind == deflated {
		if z.zlib == nil {
			r, err := zlib.NewReader(&z.digits)
			if err == nil {
				z.zlib = r
			}
			return r, err
		}
		return z.zlib, z.zlib.(zlib.Resetter).Reset(&z.digits, nil)
	}
	if z.gzip == nil {
		z.gzip = new(gzip.Reader)
	}
	return z.gzip, z.gzip.Reset(&z.digits)
}

// digitStream is a runReader as an io.ByteReader, so that no more is read than
// is needed.
type digitStream struct {
	r    runReader
	buf  [blockLen]byte
	left []byte
}

func (s *digitStream) fill() bool {
	if len(s.left) == 0 {
		_, _, n := s.r.next(s.buf[:])
		s.left = s.buf[:n]
	}
	return len(s.left) > 0
}

func (s *digitStream) Read(p []byte) (int, error) {
	if !s.fill() {
		return 0, io.EOF
	}
	n := copy(p, s.left)
	s.left = s.left[n:]
	return n, nil
}

func (s *digitStream) ReadByte() (byte, error) {
	if !s.fill() {
		return 0, io.EOF
	}
	c := s.left[0]
	s.left = s.left[1:]
	return c, nil
}
