package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

// newLZMA returns a reader of a stream with the header of .lzma files.
func newLZMA(r io.Reader, window int64) (io.Reader, error) {
	lr, err := lzma.ReaderConfig{DictCap: int(window)}.NewReader(r)
	if err != nil {
		return nil, windowError(err)
	}
	return &salvaging{r: lr}, nil
}

// salvaging gives what a decoder holds when it comes to damage before it gives
// the error: it decodes a window ahead.
type salvaging struct {
	r   io.Reader
	err error
}

func (s *salvaging) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if s.err != nil {
		if n > 0 && err == nil {
			return n, nil
		}
		return n, s.err
	}
	if err != nil && err != io.EOF {
		s.err = windowError(err)
		return n, nil
	}
	return n, err
}

// openLzip makes the header of an lzma stream out of that of an lzip member.
// Source: lzip manual, "File format".
func openLzip(buf *bufio.Reader, window int64) (decompressor, error) {
	return decompressor{Reader: &lzipReader{buf: buf, window: window}}, nil
}

type lzipReader struct {
	buf    *bufio.Reader
	window int64
	member io.Reader
}

func (l *lzipReader) Read(p []byte) (int, error) {
	for {
		if l.member == nil {
			if err := l.next(); err != nil {
				return 0, err
			}
		}
		n, err := l.member.Read(p)
		if err == io.EOF {
			l.member = nil
			if _, err = l.buf.Discard(20); err != nil { // checksum, sizes
				return n, io.ErrUnexpectedEOF
			}
		}
		if n > 0 || err != nil {
			return n, windowError(err)
		}
	}
}

func (l *lzipReader) next() error {
	head, err := l.buf.Peek(6)
	if err != nil || string(head[:5]) != "LZIP\x01" {
		return io.EOF
	}
	size := uint32(1) << (head[5] & 0x1f)
	size -= size / 16 * uint32(head[5]>>5)
	_, _ = l.buf.Discard(6)
	header := make([]byte, 13)
	header[0] = 93
	binary.LittleEndian.PutUint32(header[1:], size)
	binary.LittleEndian.PutUint64(header[5:], 1<<64-1)
	l.member, err = newLZMA(&joined{bytes.NewReader(header), l.buf}, l.window)
	return err
}

// joined reads head and then body, byte by byte too, so that nothing behind the
// end of the stream is taken from body.
type joined struct {
	head *bytes.Reader
	body byteReader
}

type byteReader interface {
	io.Reader
	io.ByteReader
}

func (j *joined) Read(p []byte) (int, error) {
	if j.head.Len() > 0 {
		return j.head.Read(p)
	}
	return j.body.Read(p)
}

func (j *joined) ReadByte() (byte, error) {
	if j.head.Len() > 0 {
		return j.head.ReadByte()
	}
	return j.body.ReadByte()
}
