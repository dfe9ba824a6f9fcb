package detectors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/codec"
)

// A deltaScan is what a scan knows of a chunk's delta.
type deltaScan struct {
	copies  []mudlark.Copy // joined where they go on; what they do not cover is new
	dirt    []mudlark.Span // inserted text and, empty, the seams where copies meet
	core    []mudlark.Span // where a candidate cannot be carried over
	look    []mudlark.Span // where the prefilter runs
	around  []mudlark.Span // what is decoded at least
	slices  []mudlark.Span // what one decoder decodes
	encoded []mudlark.Span // those of slices that hold encoded text
	tried   []window       // of far rules
	budget  codec.Budget   // while one looks where encoded text lies
	effort  int            // bytes that may be looked at for that
	region  mudlark.Span   // that the encoded text of a slice lies in
}

// A window is one in which a rule was tried.
type window struct {
	rule int32
	mudlark.Span
}

// How far zones reach beyond dirt. It follows from what near rules read:
//
//   - An expression reads one line, and the bytes that end the lines around it.
//   - An assignment is read from the line of its keyword on, the name of one
//     that stands near its keyword from coreAfter bytes behind that at most.
//     Forward it goes over lookLines ends of lines with text on them at most,
//     and over lookBytes more regardless of lines. Behind its value nothing
//     matters but the rest of that line and of the next.
//   - A value that stands before its name does so by less than coreAfter bytes.
//     What is near a keyword and stands on the lines above it does so by less
//     than coreBytes.
//   - What is judged of a match is the line or the lines that it stands on.
//
// The keywords of what is not carried over are looked for again, so the
// prefilter runs over text before the core.
const (
	coreBytes = nearLine + nearAbove + maxKeyword + 32
	coreLines = 2
	coreAfter = maxNear + 72
	lookBytes = 704
	lookLines = 6
)

// searchDelta finds what searchAll finds in a chunk that was made from another,
// by looking at what is new. It returns false if it must be all of the chunk.
func (s *scan) searchDelta() bool {
	base := s.base()
	d := &s.delta
	if base == nil || s.layers[0].name != "" || !d.read(s.chunk.Delta.Copies, base.size, len(s.text)) || !d.zones(s.text, s.e.longest) {
		return false
	}
	s.restart()
	s.searchNear()
	s.carryNotes(base)
	s.searchFar()
	s.carry(base)
	if s.e.opts.DecodeDepth > 0 && !s.decodeZones(base) {
		return false
	}
	s.spent += base.spent
	return !s.budget.Hit && s.spent <= s.allowance()
}

// read takes the copies and finds the dirt between them. It returns false if
// they make no sense.
func (d *deltaScan) read(copies []mudlark.Copy, baseSize, size int) bool {
	d.copies, d.dirt = d.copies[:0], d.dirt[:0]
	at := 0
	for _, c := range copies {
		if c.Len <= 0 {
			continue
		}
		if c.To < at || c.Len > size-c.To || c.From < 0 || c.Len > baseSize-c.From {
			return false
		}
		n := len(d.copies)
		switch {
		case n > 0 && c.To == at && c.From == d.copies[n-1].From+d.copies[n-1].Len:
			d.copies[n-1].Len += c.Len
			at += c.Len
			continue
		case n > 0 || c.To > 0 || c.From > 0: // beginning to beginning is no seam
			d.dirt = append(d.dirt, mudlark.Span{Start: at, End: c.To})
		}
		d.copies = append(d.copies, c)
		at = c.To + c.Len
	}
	if n := len(d.copies); at < size || n == 0 || d.copies[n-1].From+d.copies[n-1].Len < baseSize {
		d.dirt = append(d.dirt, mudlark.Span{Start: at, End: size})
	}
	return true
}

// zones finds the zones around the dirt. It returns false if they are so much
// of the text that all of it is searched as well.
func (d *deltaScan) zones(text []byte, longest int) bool {
	d.core = widen(d.core[:0], d.dirt, text, reach{left: coreBytes, right: coreAfter + longest, lines: coreLines})
	d.look = widen(d.look[:0], d.core, text, reach{left: lookBytes + longest, lines: lookLines})
	total := 0
	for _, z := range d.look {
		total += z.Len()
	}
	return total <= len(text)/2
}

// A reach is how far something is widened: so many bytes to either side, so many
// lines that are not blank to the left, and to whole lines.
type reach struct{ left, right, lines int }

// widen appends spans, which are in order, widened by r and joined where they
// meet. It walks over no byte more than a few times.
func widen(out, spans []mudlark.Span, text []byte, r reach) []mudlark.Span {
	first := len(out)
	for _, s := range spans {
		floor := 0
		if n := len(out); n > first {
			floor = out[n-1].End
		}
		start := floor
		if s.Start-r.left > floor {
			start = linesBefore(text, s.Start-r.left, r.lines, floor)
		}
		end := floor
		if at := min(len(text), s.End+r.right); at >= floor {
			end = lineEnd(text, at)
		}
		if n := len(out); n > first && start <= floor {
			out[n-1].End = max(floor, end)
		} else {
			out = append(out, mudlark.Span{Start: start, End: end})
		}
	}
	return out
}

// lineEnd returns where the line after the one with at begins.
func lineEnd(text []byte, at int) int {
	if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(text)
}

// linesBefore returns where the line with at begins, or, so many lines that are
// not blank before, another; not before floor.
func linesBefore(text []byte, at, lines, floor int) int {
	for at > floor {
		at = floor + lastNewline(text[floor:at]) + 1
		if lines == 0 || at == floor {
			return at
		}
		end := at - 1
		for end > floor && isSpace(text[end-1]) { // blank lines
			end--
		}
		at = end
		lines--
	}
	return floor
}

// lastNewline returns where the last line of text but one ends, -1 if there is
// one line. It looks at eight bytes at a time.
func lastNewline(text []byte) int {
	const (
		newlines = '\n' * 0x0101010101010101
		lows     = 0x7F7F7F7F7F7F7F7F
	)
	at := len(text)
	for ; at >= 8; at -= 8 {
		x := binary.LittleEndian.Uint64(text[at-8:]) ^ newlines
		if zeros := ^((x&lows + lows) | x | lows); zeros != 0 {
			return at - 1 - bits.LeadingZeros64(zeros)/8
		}
	}
	return bytes.LastIndexByte(text[:at], '\n')
}

func isSpace(c byte) bool { return isBlank(c) || isLineEnd(c) }

// changed reports whether what a far rule finds in one of its windows may not
// be what it found there in the base: whether the window, or another one in text
// that is gone, may have reached from the core to it. Only bytes that a match
// can hold are reached over.
func (d *deltaScan) changed(w mudlark.Span, text []byte, bytes *byteSet) bool {
	const most = 1 << 12 // not to walk far for each of many windows
	i := sort.Search(len(d.core), func(i int) bool { return d.core[i].End >= w.Start })
	if i < len(d.core) {
		start := d.core[i].Start
		if start <= w.End || bytes.runAfter(text, w.End, min(start, w.End+most)) == min(start, w.End+most) {
			return true
		}
	}
	if i == 0 {
		return false
	}
	end := max(d.core[i-1].End, w.Start-most)
	return bytes.runBefore(text, w.Start, end) == end
}

// touching reports whether span overlaps or meets one of zones, which are in
// order.
func touching(zones []mudlark.Span, span mudlark.Span) bool {
	i := sort.Search(len(zones), func(i int) bool { return zones[i].End >= span.Start })
	return i < len(zones) && zones[i].Start <= span.End
}

// superseded reports whether a rule was tried on a window that holds some of
// span. What it found there before may have been another choice among matches
// that overlap.
func (d *deltaScan) superseded(rule int32, span mudlark.Span) bool {
	i := sort.Search(len(d.tried), func(i int) bool {
		t := &d.tried[i]
		return t.rule > rule || t.rule == rule && t.End >= span.Start
	})
	return i < len(d.tried) && d.tried[i].rule == rule && d.tried[i].Start <= span.End
}

func (d *deltaScan) sortTried() {
	slices.SortFunc(d.tried, func(a, b window) int { return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.Start, b.Start)) })
}
