package detectors

import (
	"bytes"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
)

// A point is a place in a text, in lines and columns.
type point struct {
	line, column, utf16 int
}

// A walker tells the lines and columns of places that come in order, walking
// over the text once.
type walker struct {
	data []byte
	done int // how far it walked
	now  point
}

// newWalker returns a walker over text, which is that of c.
func newWalker(c *mudlark.Chunk, text []byte) walker {
	first := max(1, c.Column)
	return walker{data: text, now: point{line: max(1, c.Line), column: first, utf16: first}}
}

// at returns the point at offset, which is not before any asked for earlier.
func (w *walker) at(offset int) point {
	stretch := w.data[min(w.done, offset):offset]
	if n := bytes.Count(stretch, newline); n > 0 {
		w.now = point{line: w.now.line + n, column: 1, utf16: 1}
		stretch = stretch[bytes.LastIndexByte(stretch, '\n')+1:]
	}
	w.now.column += len(stretch)
	w.now.utf16 += utf16Len(stretch)
	w.done = max(w.done, offset)
	return w.now
}

var newline = []byte{'\n'}

// utf16Len counts the UTF-16 code units of text. What is not UTF-8 counts one
// for each byte.
func utf16Len(text []byte) (n int) {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			n++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if n++; r > 0xFFFF {
			n++
		}
		i += size
	}
	return n
}

// position returns the lines and columns of a span of text that begins at start.
func position(text []byte, span mudlark.Span, start point) mudlark.Position {
	w := walker{data: text, done: span.Start, now: start}
	end := w.at(span.End)
	return mudlark.Position{
		StartLine: start.line, StartColumn: start.column, StartUTF16: start.utf16,
		EndLine: end.line, EndColumn: end.column, EndUTF16: end.utf16,
	}
}
