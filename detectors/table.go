package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// This file reads tables: lines of cells with commas, semicolons, tabs or bars
// between them.

// Bounds of a table.
const (
	maxHeading = 256 // bytes of the line that names the columns
	maxRow     = 512
	maxRows    = 4   // read below it: delta.go states the reach
	maxInsert  = 640 // bytes from the name of a column to its value in a statement
)

// cell reads "name,value" that is a line by itself.
func (r *assigner) cell(name mudlark.Span, comma int) (mudlark.Span, bool) {
	line, columns, ok := r.heading(name.Start)
	if !ok || columns > 0 {
		return mudlark.Span{}, false
	}
	if isBlank(r.byteAt(comma+1)) || isLineEnd(r.byteAt(comma+1)) {
		return mudlark.Span{}, false
	}
	v, ok := r.value(comma + 1)
	end := v.End
	if isQuote(r.byteAt(end)) {
		end++
	}
	if line < name.Start && (!looksSecret(r.data[v.Start:v.End]) || bytes.ContainsAny(r.data[line:name.Start], "./-")) {
		return v, false
	}
	return v, ok && (end == len(r.data) || isLineEnd(r.data[end]) || r.data[end] == r.data[comma])
}

// column reads the values below name if that heads a column of a table.
func (r *assigner) column(name mudlark.Span, emit func(Match)) {
	end, _ := r.closing(name.End)
	c := r.byteAt(end)
	if v, ok := r.inserted(name); ok {
		emit(Match{Whole: mudlark.Span{Start: v.Start - 1, End: v.End}, Secret: v, Key: name})
		return
	}
	if c != ',' && c != ';' && c != '\t' && !isLineEnd(c) {
		return
	}
	start, columns, ok := r.heading(name.Start)
	if !ok {
		return
	}
	separator := c
	if isLineEnd(c) {
		if columns == 0 {
			return
		}
		separator = r.byteAt(r.separatorBefore(name.Start, start))
	}
	before := bytes.Count(r.data[start:name.Start], []byte{separator})
	p := end
	for p < len(r.data) && p < start+maxHeading && !isLineEnd(r.data[p]) {
		if r.data[p] != separator && !inHeading(r.data[p]) {
			return
		}
		p++
	}
	columns = before + bytes.Count(r.data[end:min(p, len(r.data))], []byte{separator})
	if columns == 0 || r.byteAt(p-1) == separator { // what ends in one is a list
		return
	}
	for range maxRows {
		next, _ := r.nextLine(p)
		if next == p {
			return
		}
		line := r.data[next:min(len(r.data), next+maxRow)]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		} else if len(line) == maxRow {
			return
		}
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		v, ok := cellOf(line, separator, before, columns)
		if !ok {
			return
		}
		v.Start, v.End = v.Start+next, v.End+next
		if v.Len() > 0 && !templated(r.data[v.Start:v.End]) {
			emit(Match{Whole: v, Secret: v, Key: name})
		}
		p = next + len(line)
	}
}

// inserted reads the values of a column that name names in a list in brackets,
// before those of the first row: INSERT INTO t (id, name) VALUES (1, 'value').
func (r *assigner) inserted(name mudlark.Span) (v mudlark.Span, ok bool) {
	end := name.End
	for ; r.byteAt(end) != ')'; end++ {
		if c := r.byteAt(end); c != ',' && !isIdentifying(c) || end-name.End > maxHeading/2 {
			return v, false
		}
	}
	const word = "values"
	p := r.skipSpace(end + 1)
	if !r.startsWord(p, word) {
		return v, false
	}
	if p = r.skipSpace(p + len(word)); r.byteAt(p) != '(' {
		return v, false
	}
	before, start := 0, name.Start
	for ; r.byteAt(start-1) != '('; start-- {
		c := r.byteAt(start - 1)
		if c != ',' && !isIdentifying(c) || name.Start-start > maxHeading/2 {
			return v, false
		}
		before += b2i(c == ',')
	}
	limit := min(len(r.data), name.End+maxInsert)
	for p++; before > 0; before-- {
		if p = r.afterField(p, limit); p >= limit || r.data[p] != ',' {
			return v, false
		}
		p++
	}
	if p = r.skipSpace(p); p >= limit || !isQuote(r.data[p]) || bytes.Count(r.data[name.End:p], []byte{'\n'}) > maxRows {
		return v, false
	}
	return r.quoted(p)
}

// afterField returns where the value at p ends, in a row of them.
func (r *assigner) afterField(p, limit int) int {
	for p < limit && r.data[p] != ',' && r.data[p] != ')' {
		if !isQuote(r.data[p]) {
			p++
			continue
		}
		end := r.endOfQuoted(p)
		if end == p {
			return limit
		}
		p = end
	}
	return p
}

// isIdentifying reports whether c may stand in or around a column's name.
func isIdentifying(c byte) bool {
	return isWord(c) || c == ' ' || isQuote(c) || c == '[' || c == ']' || isLineEnd(c)
}

// heading returns where the line with the name at start begins, if nothing but
// names of columns stands before that, and how many do.
func (r *assigner) heading(start int) (line, columns int, ok bool) {
	p := start
	for p > 0 && r.data[p-1] != '\n' {
		if c := r.data[p-1]; c == ',' || c == ';' || c == '\t' {
			columns++
		} else if !inHeading(c) || start-p > maxHeading {
			return 0, 0, false
		}
		p--
	}
	return p, columns, p == start || !isBlank(r.data[p])
}

// separatorBefore returns where the last separator before start stands.
func (r *assigner) separatorBefore(start, line int) int {
	for p := start - 1; p > line; p-- {
		if c := r.data[p]; c == ',' || c == ';' || c == '\t' {
			return p
		}
	}
	return line
}

// inHeading reports whether c may stand in the name of a column.
func inHeading(c byte) bool {
	return isWord(c) || c == ' ' || c == '"' || c == '-' || c == '.' || c == '/' || c >= 0x80
}

// cellOf returns the cell of line before which so many others stand, of one more
// than columns in all.
func cellOf(line []byte, separator byte, before, columns int) (v mudlark.Span, ok bool) {
	n, start, quoted := 0, 0, false
	for i := 0; i <= len(line); i++ {
		if i < len(line) && line[i] == '"' {
			quoted = !quoted
		}
		if i < len(line) && (line[i] != separator || quoted) {
			continue
		}
		if n == before {
			v = mudlark.Span{Start: start, End: i}
		}
		n++
		start = i + 1
	}
	for v.Start < v.End && (line[v.Start] == ' ' || line[v.Start] == '"') {
		v.Start++
	}
	for v.End > v.Start && (line[v.End-1] == ' ' || line[v.End-1] == '"') {
		v.End--
	}
	return v, n == columns+1
}
