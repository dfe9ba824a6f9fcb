package codec

import (
	"bytes"
	"sync"
)

const (
	contextLen = 256     // of what stands beside encoded text
	partLen    = 1 << 20 // a region longer than this comes in parts
	partPieces = 1 << 15
	sharedLen  = 4 << 10 // of what the parts of a region share
	blockLen   = 3 << 10 // bytes of a piece at most, so that parts can be cut between pieces
)

// A writer puts regions together. Decoders announce what they decode in order;
// it adds what stands around, keeps the budget and emits.
type writer struct {
	src  []byte
	b    *Budget
	emit func(Text)
	buf  *buffer // nil: no region is open
	end  int     // in src, of what the open region holds
}

// buffer is what a writer needs once something was found.
type buffer struct {
	data   []byte
	pieces []Piece
	shared int  // bytes at the beginning that the part before had too
	used   bool // there is decoded text in it
}

// reset empties b.
func (b *buffer) reset() { b.data, b.pieces, b.shared, b.used = b.data[:0], b.pieces[:0], 0, false }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// begin says that text is encoded at src[at:] and opens a region, or goes on
// with the open one, so that the next piece can be added there. It returns false
// when the budget is spent.
func (w *writer) begin(at int) bool {
	if w.b.Left <= 0 {
		w.b.Hit = true
		return false
	}
	if w.buf != nil && at-w.end <= 2*contextLen {
		if at == w.end || at-w.end <= contextLen || w.lineStart(at) <= w.lineEnd(w.end) {
			return w.context(w.end, at)
		}
	}
	w.finish()
	w.buf = buffers.Get().(*buffer)
	return w.context(max(w.lineStart(at), w.end), at)
}

// lineStart and lineEnd return how far context reaches from a place.
func (w *writer) lineStart(at int) int {
	from := max(at-contextLen, 0)
	return from + bytes.LastIndexByte(w.src[from:at], '\n') + 1
}

func (w *writer) lineEnd(at int) int {
	to := min(at+contextLen, len(w.src))
	if i := bytes.IndexByte(w.src[at:to], '\n'); i >= 0 {
		return at + i
	}
	return to
}

// near reports whether the open region reaches at on the same line.
func (w *writer) near(at int) bool {
	return w.buf != nil && at-w.end <= contextLen && bytes.IndexByte(w.src[w.end:at], '\n') < 0
}

// context copies src[from:to] as it stands.
func (w *writer) context(from, to int) bool {
	if from >= to {
		w.end = max(w.end, to)
		return true
	}
	if !w.take(to - from) {
		return false
	}
	w.buf.data = append(w.buf.data, w.src[from:to]...)
	w.buf.pieces = append(w.buf.pieces, Piece{Dec: len(w.buf.data) - (to - from), Src: from, DecLen: to - from, SrcLen: to - from})
	w.end = to
	return true
}

// take takes n bytes from the budget, or refuses.
func (w *writer) take(n int) bool {
	if int64(n) > w.b.Left {
		w.b.Hit = true
		return false
	}
	w.b.Left -= int64(n)
	return true
}

// piece says that dec, of at most blockLen bytes, is what src[at:at+srcLen] was
// decoded to. The region is open and reaches at. It returns false when the
// budget is spent.
func (w *writer) piece(at, srcLen int, dec []byte, whole bool) bool {
	if !w.take(len(dec)) {
		return false
	}
	b := w.buf
	b.data = append(b.data, dec...)
	b.used = true
	w.end = at + srcLen
	if n := len(b.pieces); n > 0 && !whole {
		last := &b.pieces[n-1]
		if last.Encoded && !last.Whole && last.Src+last.SrcLen == at && last.DecLen+len(dec) <= blockLen &&
			last.SrcLen*len(dec) == last.DecLen*srcLen {
			last.SrcLen += srcLen
			last.DecLen += len(dec)
			return true
		}
	}
	b.pieces = append(b.pieces, Piece{
		Dec: len(b.data) - len(dec), Src: at, DecLen: len(dec), SrcLen: srcLen, Encoded: true, Whole: whole,
	})
	if len(b.data) >= partLen || len(b.pieces) >= partPieces {
		return w.cut()
	}
	return true
}

// cut emits what there is of a long region and keeps its end for the next part.
func (w *writer) cut() bool {
	b := w.buf
	w.emit(Text{b.data, b.pieces})
	keep := len(b.pieces)
	for keep > 0 && len(b.data)-b.pieces[keep-1].Dec <= sharedLen {
		keep--
	}
	if keep == len(b.pieces) {
		b.reset()
		return true
	}
	from := b.pieces[keep].Dec
	if !w.take(len(b.data) - from) {
		b.reset()
		return false
	}
	b.data = b.data[:copy(b.data, b.data[from:])]
	b.pieces = b.pieces[:copy(b.pieces, b.pieces[keep:])]
	for i := range b.pieces {
		b.pieces[i].Dec -= from
	}
	b.shared = len(b.data)
	return true
}

// finish emits the open region, if there is one.
func (w *writer) finish() {
	b := w.buf
	if b == nil {
		return
	}
	if !b.used {
		w.b.Left += int64(len(b.data)) // the budget allowed no more than context
	} else if w.tail(); len(b.data) > b.shared {
		w.emit(Text{b.data, b.pieces})
	}
	w.buf = nil
	b.reset()
	buffers.Put(b)
}

// tail adds the rest of the line, as far as the budget goes. Where it does not,
// nothing encoded is lost.
func (w *writer) tail() {
	to := w.lineEnd(w.end)
	w.context(w.end, w.end+int(min(int64(to-w.end), w.b.Left)))
}
