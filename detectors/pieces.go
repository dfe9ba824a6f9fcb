package detectors

import "github.com/mudlark-scan/mudlark"

// maxData is how much of a chunk is searched at once, so that places in it fit
// 32 bits. Pieces share some text, in which nothing is cut in two.
const (
	maxData = 1 << 30
	shared  = 1 << 20
)

// runPieces searches a chunk that is too large for run, in pieces of the given
// size. What lies where two pieces meet may be told of twice.
func (s *scan) runPieces(c mudlark.Chunk, size int, emit func(mudlark.Finding)) (total Stats) {
	w := newWalker(&c, c.Data)
	for start := 0; start < len(c.Data); start += size - shared {
		piece := c
		piece.Delta = nil
		begin := w.at(start)
		piece.Data = c.Data[start:min(len(c.Data), start+size)]
		piece.Line, piece.Column, piece.Offset = begin.line, begin.column, c.Offset+int64(start)
		piece.Fresh = freshOf(c.Fresh, start, min(len(c.Data), start+size-shared), len(piece.Data))
		stats := s.run(piece, emit)
		total.Decoded += stats.Decoded
		total.DecodeHit = total.DecodeHit || stats.DecodeHit
		total.Allowlisted += stats.Allowlisted
		total.WholeEvaluations += stats.WholeEvaluations
	}
	return total
}

// freshOf returns what is fresh of a piece that answers for the text from start
// to end, as offsets in the piece.
func freshOf(fresh []mudlark.Span, start, end, size int) []mudlark.Span {
	own := mudlark.Span{Start: start, End: end}
	if fresh == nil {
		fresh = []mudlark.Span{own}
	}
	out := []mudlark.Span{}
	for _, f := range fresh {
		if f.Touches(own) {
			out = append(out, mudlark.Span{Start: max(f.Start, start) - start, End: min(min(f.End, end)-start, size)})
		}
	}
	return out
}
