package codec

import "bytes"

// write decodes the run src[start:end] and what continues it.
func (x *radix) write(w *writer, start, end int) (int, bool) {
	if !w.begin(start) {
		return end, false
	}
	r := x.reader(w.src, start, end)
	var dec [blockLen]byte
	for {
		from, to, n := r.next(dec[:])
		if n == 0 {
			return r.end, true
		}
		divided := n <= x.bytes && to-from > x.chars
		if !w.piece(from, to-from, dec[:n], divided) {
			return r.end, false
		}
	}
}

// A runReader decodes a run with its continuation lines, block by block.
type runReader struct {
	x     *radix
	src   []byte
	at    int // what is decoded so far ends here
	end   int // of the line's part of the run
	width int // digits in the first line; 0: nothing may follow
}

func (x *radix) reader(src []byte, start, end int) runReader {
	return runReader{x: x, src: src, at: start, end: end, width: end - start}
}

// next decodes a block and returns where it stands in the source. n is 0 at the
// end. A group that a line break divides is a block of its own, so that all
// digits of other blocks follow each other.
func (r *runReader) next(dst []byte) (from, to, n int) {
	if n = r.x.decode(dst, r.src[r.at:r.end]); n > 0 {
		from = r.at
		r.at += n / r.x.bytes * r.x.chars
		return from, r.at, n
	}
	from = r.at
	var group [4]byte
	k := copy(group[:], r.src[r.at:r.end])
	for {
		start, end, ok := r.more()
		if !ok {
			break
		}
		r.at, r.end = start, end
		if k == 0 {
			return r.next(dst)
		}
		took := copy(group[k:r.x.chars], r.src[start:end])
		r.at += took
		if k += took; k == r.x.chars {
			return from, r.at, r.x.decode(dst, group[:k])
		}
	}
	r.at = r.end
	var last [3]byte
	n = copy(dst, r.x.last(&last, group[:k]))
	if r.x.chars == 4 && n > 0 {
		for pads := 0; pads < 4-k && r.end < len(r.src) && r.src[r.end] == '='; pads++ {
			r.end++
		}
	}
	r.at, r.width = r.end, 0
	return from, r.end, n
}

// minWidth is the least width of lines that are taken for the parts of one
// run. Shorter lines are as likely to be a list.
const minWidth = 32

// more finds the digits that continue the run behind r.end, on the next line or
// in the next of the string literals that are put together.
func (r *runReader) more() (start, end int, ok bool) {
	if r.width == 0 {
		return 0, 0, false
	}
	start, join := seam(r.src, r.end)
	if join == apart {
		return 0, 0, false
	}
	end = r.x.class.End(r.src, start)
	n := end - start
	switch {
	case n == 0:
		return 0, 0, false
	case join == literal:
		return start, end, true
	case r.width < minWidth || n > r.width || !ends(r.src, end):
		return 0, 0, false
	case n < r.width:
		r.width = 0 // a shorter line is the last
	}
	return start, end, true
}

// How two runs of digits meet.
type joint uint8

const (
	apart   joint = iota
	line          // a line ends between them
	literal       // they are string literals that the language puts together
)

// seam reads what may stand between two parts of a run, from at on, and returns
// where the second would begin: the end of a line with the indentation of the
// next, an escaped end of a line, or the quotes and operator between two string
// literals, of which the first may end in an escaped end of a line.
func seam(src []byte, at int) (next int, j joint) {
	escaped := at
	for _, escape := range []string{`\r\n`, `\n`} {
		if bytes.HasPrefix(src[at:], []byte(escape)) {
			at += len(escape)
			break
		}
	}
	quote := byte(0)
	if at < len(src) && isQuote(src[at]) {
		quote = src[at]
		at++
	} else if at > escaped {
		return at, line
	}
	at = blanks(src, at)
	operator := false
	if at < len(src) && (src[at] == '\\' || quote != 0 && isOperator(src[at])) {
		operator = src[at] != '\\'
		at = blanks(src, at+1)
	}
	broken := false
	if at < len(src) && src[at] == '\r' {
		at++
	}
	if at < len(src) && src[at] == '\n' {
		broken = true
		at = blanks(src, at+1)
		at = leader(src, at)
		if quote != 0 && at < len(src) && isOperator(src[at]) {
			operator = true
			at = blanks(src, at+1)
		}
	}
	switch {
	case quote == 0 && broken:
		return at, line
	case quote != 0 && (broken || operator) && at < len(src) && src[at] == quote:
		return at + 1, literal
	}
	return 0, apart
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

func isOperator(c byte) bool { return c == '+' || c == '.' || c == '&' }

// blanks returns where the blanks that begin at at end. More than a line of
// them is no indentation.
func blanks(src []byte, at int) int {
	for limit := min(at+contextLen, len(src)); at < limit && (src[at] == ' ' || src[at] == '\t'); {
		at++
	}
	return at
}

// leader passes over what begins the lines of a comment or a quotation.
func leader(src []byte, at int) int {
	for _, mark := range []string{"# ", "// ", "* ", "> ", "| ", "; "} {
		if bytes.HasPrefix(src[at:], []byte(mark)) {
			return blanks(src, at+len(mark))
		}
	}
	return at
}

// ends reports whether a line may end at at, but for quotes and brackets. Where
// it goes on, it is a line of something else.
func ends(src []byte, at int) bool {
	for pads := 0; pads < 2 && at < len(src) && src[at] == '='; pads++ {
		at++
	}
	at = blanks(src, at)
	return at == len(src) || bytes.IndexByte([]byte("\r\n\"'`\\<,;)]}*-"), src[at]) >= 0
}
