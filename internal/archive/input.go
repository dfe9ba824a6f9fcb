package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// input is a stream that a walk reads: the outermost content or what comes out
// of an archive. It remembers why it ended early, so that whoever made it can
// say so, and whoever reads it need not.
type input struct {
	walk  *walk
	src   io.Reader
	n     int64 // bytes read from src
	err   error // of src, if it is not io.EOF
	ended bool  // src is at its end
	// meter is told what was read and may end the stream; nil: it is free.
	meter *meter
	// last and before hold the newest bytes of src once they are recorded.
	last, before []byte
	recording    bool

	buf *bufio.Reader // of the input; all reading goes through it

	// at is set if the content can be read at random. The stream is at its
	// start then.
	at   io.ReaderAt
	size int64
}

const (
	bufferBytes = 32 << 10
	recordBytes = 32 << 10
)

var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferBytes) }}

// newInput returns an input that reads src. It must be released.
func newInput(w *walk, src io.Reader) *input {
	in := &input{walk: w, src: src, buf: buffers.Get().(*bufio.Reader)}
	in.buf.Reset(in)
	return in
}

func (in *input) release() {
	in.buf.Reset(nil)
	buffers.Put(in.buf)
	in.buf = nil
}

// Read implements io.Reader for buf.
func (in *input) Read(p []byte) (int, error) {
	switch {
	case in.err != nil:
		return 0, in.err
	case in.ended:
		return 0, io.EOF
	}
	if err := in.walk.ctx.Err(); err != nil {
		in.err = err
		return 0, err
	}
	n, err := guardRead(in.src, p)
	in.n += int64(n)
	if in.recording {
		in.record(p[:n])
	}
	if errors.Is(err, io.EOF) {
		in.ended = true
	} else if err != nil {
		in.err = err
	}
	if in.meter != nil && n > 0 {
		if hit := in.meter.add(int64(n)); hit != nil {
			in.err = hit
			return n, hit
		}
	}
	return n, err
}

// guardRead reads from a decompressor. They are written by others and parse
// bytes of unknown origin; a panic of one is damage in the content.
func guardRead(r io.Reader, p []byte) (n int, err error) {
	defer recovered(&err)
	n, err = r.Read(p)
	if n < 0 || n > len(p) {
		return 0, fmt.Errorf("reader returned %d of %d bytes", n, len(p))
	}
	return n, err
}

// recovered is deferred around calls of code that parses content.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("its reader gave up: %v", r)
	}
}

// detect tells the format of the content without reading on.
func (in *input) detect() Format {
	head, _ := in.buf.Peek(headBytes)
	f := Detect(head)
	if f == None && in.at != nil && in.size >= 22 {
		var tail [22]byte
		if n, _ := in.at.ReadAt(tail[:], in.size-22); endsZip(tail[:n]) {
			return Zip
		}
	}
	return f
}

// startRecord makes the input remember the newest bytes from here on, so that
// replay can give them once more.
func (in *input) startRecord() {
	in.recording = true
	ahead, _ := in.buf.Peek(in.buf.Buffered())
	in.record(ahead)
}

func (in *input) record(p []byte) {
	for len(p) > 0 {
		if len(in.last) >= recordBytes {
			in.last, in.before = in.before[:0], in.last
		}
		n := min(len(p), recordBytes-len(in.last))
		in.last = append(in.last, p[:n]...)
		p = p[n:]
	}
}

// replay returns the newest bytes that were read and all that follows, and the
// place in the stream where they start.
func (in *input) replay() (io.Reader, int64) {
	in.recording = false
	kept := append(bytes.Clone(in.before), in.last...)
	return io.MultiReader(bytes.NewReader(kept), in), in.n - int64(len(kept))
}

// drain reads the input to its end.
func (in *input) drain() {
	_, _ = io.Copy(io.Discard, in.buf)
}

// blankRest reports whether nothing but zero bytes follows, reading over them.
func (in *input) blankRest() bool {
	for {
		if _, err := in.buf.Peek(1); err != nil {
			return true
		}
		ahead, _ := in.buf.Peek(in.buf.Buffered())
		if !blank(ahead) {
			return false
		}
		_, _ = in.buf.Discard(len(ahead))
	}
}

// blank reports whether p holds zero bytes alone.
func blank(p []byte) bool {
	for len(p) >= len(zeros) {
		if !bytes.Equal(p[:len(zeros)], zeros[:]) {
			return false
		}
		p = p[len(zeros):]
	}
	return bytes.Equal(p, zeros[:len(p)])
}

var zeros [512]byte
