package archive

import (
	"errors"
	"io"

	"github.com/nwaples/rardecode/v2"
)

// rar walks a RAR archive, which can be read as a stream.
func (w *walk) rar(c item) error {
	c.startRecord()
	r, err := newRar(c.buf, w.limits.Window)
	m := &meter{walk: w, in: func() int64 { return c.n }}
	for err == nil {
		var h *rardecode.FileHeader
		if h, err = nextRar(r); err != nil {
			break
		}
		if more, err := w.rarMember(&c, m, h, r); err != nil || !more {
			return err
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		return w.afterEnd(c)
	case c.err != nil:
		return nil // whoever made c tells
	case errors.Is(err, rardecode.ErrArchiveEncrypted):
		return w.problem(c.path, Encrypted, "the names in it are encrypted")
	case errors.Is(err, rardecode.ErrMultiVolume):
		return w.problem(c.path, Unknown, "it goes on in another volume, which is not read")
	}
	if err := w.failed(c.path, windowError(err)); err != nil {
		return err
	}
	rest, offset := c.replay()
	return w.outside(c.path, offset, rest)
}

func newRar(r io.Reader, window int64) (rr *rardecode.Reader, err error) {
	defer recovered(&err)
	return rardecode.NewReader(r, rardecode.MaxDictionarySize(window), rardecode.BufferSize(bufferBytes))
}

func nextRar(r *rardecode.Reader) (h *rardecode.FileHeader, err error) {
	defer recovered(&err)
	return r.Next()
}

func (w *walk) rarMember(c *item, m *meter, h *rardecode.FileHeader, r io.Reader) (more bool, err error) {
	if more, err := w.member(c, h.Name); err != nil || !more {
		return false, err
	}
	path := c.below(h.Name)
	if h.IsDir {
		return true, nil
	}
	if h.UnPackedSize == 0 && !h.UnKnownSize {
		return true, w.empty(path)
	}
	if h.Encrypted {
		return true, w.failed(path, errEncrypted)
	}
	if err := w.chargeWindow(h.UnPackedSize); err != nil {
		return false, w.failed(path, err)
	}
	in := newInput(w, r)
	defer in.release()
	in.meter = m
	if err := w.content(item{input: in, path: path, depth: c.level(Rar), parent: Rar}); err != nil {
		return false, err
	}
	in.drain() // what follows may be packed together with it
	if in.err == nil || c.err != nil {
		return !w.over, nil
	}
	if err := w.failed(path, windowError(in.err)); err != nil {
		return false, err
	}
	if _, bound := errors.AsType[*hit](in.err); bound && h.Solid {
		return false, w.problem(c.path, TooDense, "what follows is packed together with a member that expands too much, and was not read")
	}
	return !w.over, nil
}

// chargeWindow counts the memory that is cleared to unpack content of the given
// size, so that many small archives with large windows come to an end.
func (w *walk) chargeWindow(size int64) error {
	if size < 0 || size > w.limits.Window {
		size = w.limits.Window
	}
	return w.charge(size / 64)
}
