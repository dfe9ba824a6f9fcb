package archive

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	mxz "github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
)

// A decompressor is a stream that was opened.
type decompressor struct {
	io.Reader
	close   func()
	comment string // what its header says besides
}

// compressed walks what is in a compressed stream, which adds nothing to the
// path: the content of a.gz is at a.gz.
func (w *walk) compressed(c item, f Format) error {
	c.startRecord()
	d, err := open(f, c.buf, w.limits.Window)
	if err != nil {
		return w.brokenStream(c, f, err, 0)
	}
	if d.close != nil {
		defer d.close()
	}
	if err := w.text(c.path, Comment, d.comment); err != nil {
		return err
	}
	in := newInput(w, d)
	defer in.release()
	in.meter = &meter{walk: w, in: func() int64 { return c.n }}
	if err := w.content(item{input: in, path: c.path, depth: c.level(f), parent: f}); err != nil {
		return err
	}
	if in.err != nil {
		return w.brokenStream(c, f, in.err, in.n)
	}
	return w.afterEnd(c)
}

// brokenStream reports a stream that ended early, after some bytes had come out
// of it, and hands on what is left of it as it stands: it may be something else,
// or go on as something else.
func (w *walk) brokenStream(c item, f Format, err error, came int64) error {
	if c.err != nil {
		return nil // whoever made c tells
	}
	_, bound := errors.AsType[*hit](err)
	if bound || !f.guessed() {
		if err := w.failed(c.path, fmt.Errorf("%s: %w", f, err)); err != nil {
			return err
		}
	}
	if bound {
		return nil
	}
	rest, offset := c.replay()
	if f.guessed() && offset == 0 && came == 0 {
		return w.visitor.Member(Member{Path: c.path}, rest)
	}
	return w.outside(c.path, offset, rest)
}

// afterEnd hands on what follows the end of an archive in c, if it is not blank.
func (w *walk) afterEnd(c item) error {
	c.recording = false
	if c.blankRest() {
		return nil
	}
	return w.outside(c.path, c.n-int64(c.buf.Buffered()), c.buf)
}

// open opens the stream in c. The decompressors are told to work alone and to
// keep to the window.
func open(f Format, buf *bufio.Reader, window int64) (d decompressor, err error) {
	defer recovered(&err)
	switch f {
	case Gzip:
		return openGzip(buf)
	case Bzip2:
		d.Reader = bzip2.NewReader(buf)
	case XZ:
		return openXZ(buf, window)
	case Zstd:
		return openZstd(buf, window)
	case LZ4:
		r := lz4.NewReader(buf)
		d.Reader, err = &lz4Reader{r, buf}, r.Apply(lz4.ConcurrencyOption(1))
	case Lzip:
		return openLzip(buf, window)
	case LZMA:
		d.Reader, err = newLZMA(buf, window)
	case S2:
		d.Reader = s2.NewReader(buf, s2.ReaderMaxBlockSize(4<<20))
	case Zlib:
		d.Reader, err = zlib.NewReader(buf)
	default:
		err = errMethod
	}
	return d, err
}

// Decompressors are kept for the next stream: their windows are large. Those with
// a window of another size than the default are not.
var (
	gzips = sync.Pool{New: func() any { return new(gzip.Reader) }}
	xzs   sync.Pool // of *mxz.Reader
	zstds sync.Pool // of *zstd.Decoder
)

func openGzip(buf *bufio.Reader) (decompressor, error) {
	r := gzips.Get().(*gzip.Reader)
	if err := r.Reset(buf); err != nil {
		return decompressor{}, err
	}
	comment := r.Name
	if r.Comment != "" {
		comment += "\n" + r.Comment
	}
	if len(r.Extra) >= longExtra {
		comment += "\n" + string(r.Extra)
	}
	return decompressor{r, func() { gzips.Put(r) }, comment}, nil
}

func openXZ(buf *bufio.Reader, window int64) (decompressor, error) {
	r, kept := xzs.Get().(*mxz.Reader)
	var err error
	if !kept || window != defaultWindow {
		r, err = mxz.NewReader(buf, uint32(window))
	} else {
		err = r.Reset(buf)
	}
	release := func() {
		if window == defaultWindow {
			xzs.Put(r)
		}
	}
	return decompressor{windowed{r}, release, ""}, windowError(err)
}

func openZstd(buf *bufio.Reader, window int64) (decompressor, error) {
	r, kept := zstds.Get().(*zstd.Decoder)
	var err error
	if !kept || window != defaultWindow {
		r, err = zstd.NewReader(buf, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(uint64(window)))
	} else {
		err = r.Reset(buf)
	}
	release := func() {
		if window == defaultWindow && r.Reset(nil) == nil {
			zstds.Put(r)
		}
	}
	return decompressor{windowed{r}, release, ""}, windowError(err)
}

// lz4Reader goes on with the frames that follow the first.
type lz4Reader struct {
	frame *lz4.Reader
	buf   *bufio.Reader
}

func (l *lz4Reader) Read(p []byte) (int, error) {
	n, err := l.frame.Read(p)
	if errors.Is(err, io.EOF) {
		if head, _ := l.buf.Peek(4); Detect(head) == LZ4 {
			l.frame.Reset(l.buf)
			err = nil
		}
	}
	return n, err
}
