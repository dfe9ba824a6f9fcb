package split

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"sync"

	"github.com/mudlark-scan/mudlark"
)

// sizes say how content is cut. Two neighbours have at least context bytes in
// common on either side of the seam between what they answer for, so that a
// secret that lies across the seam is whole in one of them, however it lies, if
// it is not longer than that.
type sizes struct {
	fresh, context int
	// slack is how much longer a context may be to end at the end of a line or a
	// word.
	slack int
}

var standard = sizes{fresh: 1 << 20, context: 64 << 10, slack: 16 << 10}

func (s sizes) buffer() int { return s.fresh + 2*(s.context+s.slack) }

// pieces cuts one stream.
type pieces struct {
	origin mudlark.Origin
	paths  []string
	limit  int64 // of the stream; 0: none
	whole  bool  // the stream fit into buf, which still holds it

	pooled *[]byte
	buf    []byte // what is in memory of the stream, from offset on
	fresh  int    // in buf: what no piece has answered for yet
	offset int64
	base   int64 // of the stream in what it is a part of
	line   int   // of buf[0]
	column int
	unit   unit
	sizes  sizes
}

// buffers are for pieces of the standard sizes.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, standard.buffer())
	return &b
}}

// newPieces returns a cutter for a stream that lies at base in what the origin
// names. It must be released.
func newPieces(o mudlark.Origin, paths []string, base int64) *pieces {
	pooled := buffers.Get().(*[]byte)
	return &pieces{origin: o, paths: paths, base: base, line: 1, column: 1, pooled: pooled, buf: (*pooled)[:0], sizes: standard}
}

func (p *pieces) release() { buffers.Put(p.pooled) }

// run yields the stream. It ends quietly when r does, for whatever reason: who
// made r knows it. The error is that of yield or ctx.
func (p *pieces) run(ctx context.Context, r io.Reader, yield mudlark.Yield) error {
	limited := &io.LimitedReader{R: r, N: 1<<63 - 1}
	if p.limit > 0 {
		limited.N = p.limit
	}
	for first := true; ; first = false {
		last := p.fill(limited)
		if err := ctx.Err(); err != nil {
			// What came in is scanned, though more might have come.
			return cmp.Or(p.yieldLast(yield), err)
		}
		if first {
			p.unit = unitOf(p.buf)
		}
		if last {
			p.whole = first
			if err := p.yieldLast(yield); err != nil {
				return err
			}
			break
		}
		if err := p.yieldNext(yield); err != nil {
			return err
		}
	}
	if p.limit > 0 && limited.N == 0 && !ended(r) {
		return yield(mudlark.Chunk{Origin: p.origin, Paths: p.paths}, cutOff(p.limit))
	}
	return nil
}

// ended reports whether nothing more comes from r.
func ended(r io.Reader) bool {
	n, _ := io.ReadFull(r, make([]byte, 1))
	return n == 0
}

// fill reads as much as buf has room for and reports whether the stream is over.
func (p *pieces) fill(r io.Reader) (last bool) {
	room := (*p.pooled)[len(p.buf):p.sizes.buffer()]
	n, err := io.ReadFull(r, room)
	p.buf = (*p.pooled)[:len(p.buf)+n]
	return err != nil
}

func (p *pieces) chunk(end int) mudlark.Chunk {
	return mudlark.Chunk{
		Data: p.buf[:end], Line: p.line, Column: p.column, Offset: p.base + p.offset, Origin: p.origin, Paths: p.paths,
	}
}

// yieldLast yields all that is in memory. A file of no bytes is yielded too: its
// path may be all that matters.
func (p *pieces) yieldLast(yield mudlark.Yield) error {
	if len(p.buf) == p.fresh && (p.fresh > 0 || p.origin.Part != "") {
		return nil
	}
	c := p.chunk(len(p.buf))
	if p.fresh > 0 {
		c.Fresh = []mudlark.Span{{Start: p.fresh, End: len(p.buf)}}
	}
	return yield(c, nil)
}

// yieldNext yields a piece from the front of a full buffer and drops what the
// pieces to come do not need.
func (p *pieces) yieldNext(yield mudlark.Yield) error {
	context, slack := p.sizes.context, p.sizes.slack
	full := len(p.buf) - context - slack
	end := p.cut(full-p.sizes.fresh/2, full)
	after := p.cut(end+context, end+context+slack)
	c := p.chunk(after)
	c.Fresh = []mudlark.Span{{Start: p.fresh, End: end}}
	if err := yield(c, nil); err != nil {
		return err
	}
	p.drop(p.cut(max(0, end-context-slack), end-context), end)
	return nil
}

// cut returns a place in [from,to] to cut at: behind the last end of a line, else
// behind the last byte that is part of no word, else as late as units allow.
func (p *pieces) cut(from, to int) int {
	to = p.unit.floor(p.offset, to)
	if at := p.unit.lastLine(p.buf, p.offset, from, to); at >= 0 {
		return at
	}
	if p.unit.size > 1 {
		return to
	}
	for at := to; at > from; at-- {
		if c := p.buf[at-1]; c <= ' ' || c == ',' || c == ';' {
			return at
		}
	}
	// A place between two characters, if this is UTF-8.
	for at := min(to, len(p.buf)-1); at > to-4; at-- {
		if p.buf[at]&0xc0 != 0x80 {
			return at
		}
	}
	return to
}

// drop forgets buf[:start]; what is fresh begins at fresh from now on.
func (p *pieces) drop(start, fresh int) {
	gone := p.buf[:start]
	if lines := p.unit.lines(gone, p.offset); lines > 0 {
		p.line += lines
		p.column = 1 + start - p.unit.lastLine(p.buf, p.offset, 0, start)
	} else {
		p.column += start
	}
	p.offset += int64(start)
	p.fresh = fresh - start
	p.buf = (*p.pooled)[:copy(*p.pooled, p.buf[start:])]
}

var newline = []byte{'\n'}

// countLines counts the ends of lines in text of one byte a unit.
func countLines(data []byte) int { return bytes.Count(data, newline) }
