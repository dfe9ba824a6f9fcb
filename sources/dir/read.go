package dir

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// wholeBytes is up to which size a file is read into memory whole; larger ones
// are streamed.
const wholeBytes = 4 << 20

// buffers are those of files that are read whole.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, 64<<10)
	return &b
}}

// reader reads the items of one batch.
type reader struct {
	source *Source
	ctx    context.Context
	yield  mudlark.Yield
	name   []byte // of the item, for its chunk
	buf    *[]byte
}

func (r *reader) read(batch []item) error {
	r.buf = buffers.Get().(*[]byte)
	defer buffers.Put(r.buf)
	var err error
	for _, i := range batch {
		if err == nil {
			err = r.ctx.Err()
		}
		if err == nil {
			err = r.item(i)
		}
		if i.in != nil {
			i.in.release()
		}
	}
	return err
}

func (r *reader) item(i item) error {
	origin := mudlark.Origin{Source: "dir", Path: i.shown}
	if i.in != nil {
		r.name = append(r.name[:0], i.shown...)
		if err := r.text(origin, "path name", r.name); err != nil {
			return err
		}
	}
	if i.skip != nil {
		return r.skip(origin, i.skip)
	}
	switch i.kind {
	case file:
		return r.file(origin, i)
	case link:
		return r.link(origin, i)
	}
	return nil
}

func (r *reader) text(o mudlark.Origin, part string, text []byte) error {
	o.Part = part
	return r.yield(mudlark.Chunk{Data: text, Line: 1, Column: 1, Origin: o}, nil)
}

func (r *reader) skip(o mudlark.Origin, skip *mudlark.Skip) error {
	return r.yield(mudlark.Chunk{Origin: o}, skip)
}

// link yields where a link leads to, as text.
func (r *reader) link(o mudlark.Origin, i item) error {
	to, err := i.in.readlink(i.name)
	if err != nil {
		return r.skip(o, unreadable(err))
	}
	return r.text(o, "symlink target", []byte(to))
}

func (r *reader) file(o mudlark.Origin, i item) error {
	f, err := i.in.open(i.name)
	if err != nil {
		return r.skip(o, unreadable(err))
	}
	defer f.close()
	kind, size, err := f.stat()
	if err != nil {
		return r.skip(o, unreadable(err))
	}
	if !kind.IsRegular() {
		return r.skip(o, special(kind))
	}
	if limit := r.source.maxFileBytes; limit > 0 && size > limit {
		return r.skip(o, split.TooLarge(size, limit))
	}
	r.source.files.Add(1)
	if p := r.source.env.Progress; p != nil {
		p.Expect(size)
	}
	if size > wholeBytes {
		return r.source.split.Reader(r.ctx, o, r.large(f, size), r.yield)
	}
	return r.small(o, f, size)
}

// large returns the content of a file as it was when it was opened.
func (r *reader) large(f content, size int64) io.Reader {
	content := io.NewSectionReader(f, 0, size)
	if r.source.env.Progress == nil {
		return content
	}
	return &advancing{content, r.source.env.Progress, size}
}

// small reads a file whole, as it was when it was opened. Files that the system
// makes up are longer than the nothing that they are said to be.
func (r *reader) small(o mudlark.Origin, f content, size int64) error {
	if want := int(size) + 512; want > len(*r.buf) {
		*r.buf = make([]byte, want+want/4)
	}
	n := 0
	for n < len(*r.buf) && (n != int(size) || size == 0) {
		k, err := f.Read((*r.buf)[n:])
		n += k
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r.broken(o, (*r.buf)[:n], err)
		}
	}
	if p := r.source.env.Progress; p != nil {
		p.Advance(int64(n))
	}
	data := (*r.buf)[:n]
	if n == len(*r.buf) {
		return r.source.split.Reader(r.ctx, o, io.MultiReader(bytes.NewReader(data), f), r.yield)
	}
	return r.source.split.Bytes(r.ctx, o, nil, data, r.yield)
}

// broken yields what could be read of a file, and why the rest could not.
func (r *reader) broken(o mudlark.Origin, data []byte, err error) error {
	if len(data) > 0 {
		if err := r.source.split.Bytes(r.ctx, o, nil, data, r.yield); err != nil {
			return err
		}
	}
	return r.skip(o, unreadable(err))
}

// advancing tells how much of a file was read, at least once and at most as
// often as it is long.
type advancing struct {
	*io.SectionReader
	progress mudlark.Progress
	left     int64
}

func (a *advancing) Read(p []byte) (int, error) {
	n, err := a.SectionReader.Read(p)
	a.advance(n)
	return n, err
}

func (a *advancing) ReadAt(p []byte, at int64) (int, error) {
	n, err := a.SectionReader.ReadAt(p, at)
	a.advance(n)
	return n, err
}

// WriteTo keeps that of the section from being called past Read.
func (a *advancing) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{a})
}

func (a *advancing) advance(n int) {
	k := min(int64(n), a.left)
	a.left -= k
	a.progress.Advance(k)
}
