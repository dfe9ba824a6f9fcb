package detectors

import "github.com/mudlark-scan/mudlark"

// assignment reads names and the values that are assigned to them, in the ways
// in which programs, configuration, markup and command lines do it. No grammar
// is followed: the keyword is part of a name, a name is followed by something
// that assigns, and that by a value. What is plainly an expression is no value.
//
// Keywords such as "token" occur on every other line of some programs, so most
// occurrences are dismissed by one or two looks.
type assignment struct {
	// near looks also for names further right in the line: in
	// "datadog(api_key=...)" the keyword is not part of the name.
	near bool
}

// Bounds of what is read around a keyword.
const (
	maxName   = 80   // bytes of a name to either side of the keyword
	maxNear   = 80   // bytes from the keyword to another name's operator
	maxBlanks = 64   // between name, operator and value
	maxQuoted = 4096 // of a value in quotes
	maxBare   = 640  // of another
	maxNames  = 6    // looked at near a keyword
)

// nameBytes are ASCII letters and digits, "_", "-", ".", "$", and all beyond.
var nameBytes = byteSet{0x03FF601000000000, 0x07FFFFFE87FFFFFE, 1<<64 - 1, 1<<64 - 1}

// An assigner reads one assignment.
type assigner struct {
	data  []byte
	query bool // the name is a parameter of an address, so that "#" ends its value
}

// Detect implements Detector.
func (d assignment) Detect(data []byte, at mudlark.Span, emit func(Match)) {
	r := assigner{data: data}
	name, ok := r.nameAround(at)
	if ok {
		if m, ok := r.assigned(name); ok {
			emit(m)
		}
	} else {
		name = at
	}
	if d.near {
		r.nearby(name.End, at.End+maxNear, emit)
	}
}

// byteAt returns the byte at i, or a zero beyond either end.
func (r *assigner) byteAt(i int) byte {
	if uint(i) < uint(len(r.data)) {
		return r.data[i]
	}
	return 0
}

// nameAround returns the name that the keyword at span is part of.
func (r *assigner) nameAround(span mudlark.Span) (mudlark.Span, bool) {
	start, end := span.Start, span.End
	for end > start && !nameBytes.has(r.data[end-1]) {
		end--
	}
	for start < end && !nameBytes.has(r.data[start]) {
		start++
	}
	if start == end {
		return span, false
	}
	floor, ceiling := max(0, start-maxName), min(len(r.data), end+maxName)
	last := end
	for end < ceiling && nameBytes.has(r.data[end]) {
		end++
	}
	if end == ceiling && end < len(r.data) && nameBytes.has(r.data[end]) {
		return span, false // no name, but some long blob
	}
	first := start
	for start > floor && nameBytes.has(r.data[start-1]) {
		start--
	}
	if start == floor && start > 0 && nameBytes.has(r.data[start-1]) {
		return span, false
	}
	for end > last && isJoint(r.data[end-1]) {
		end--
	}
	if start < first && start > 0 && r.data[start-1] == '\\' { // the letter of an escape
		start++
	}
	for start < end-1 && isJoint(r.data[start]) {
		start++
	}
	return mudlark.Span{Start: start, End: end}, true
}

// isJoint reports whether c may stand in a name, but not at its ends.
func isJoint(c byte) bool { return c == '-' || c == '.' || c == '$' }

// nameBefore returns the name that ends at end, but for quotes, brackets and
// blanks.
func (r *assigner) nameBefore(end, floor int) (mudlark.Span, bool) {
	for n := 0; n < 4 && end > floor; n++ {
		switch r.data[end-1] {
		case ' ', '\t', '"', '\'', '`', ']', '\\':
			end--
			continue
		}
		break
	}
	start := end
	for start > floor && nameBytes.has(r.data[start-1]) {
		start--
	}
	for start < end && isJoint(r.data[start]) {
		start++
	}
	for end > start && isJoint(r.data[end-1]) {
		end--
	}
	return mudlark.Span{Start: start, End: end}, start < end && end-start <= maxName
}

// nearby reads the assignments whose operators lie between from and limit, on
// the same line.
func (r *assigner) nearby(from, limit int, emit func(Match)) {
	limit = min(limit, len(r.data))
	floor, names := from, 0
	for p := from; p < limit && names < maxNames; p++ {
		var name mudlark.Span
		var ok bool
		switch c := r.data[p]; c {
		case '\n':
			return
		case '=', ':', '>':
			name, ok = r.nameBefore(p, floor)
			ok = ok && (c != '>' || r.byteAt(name.Start-1) == '<')
		case '-': // an option of a command, its value behind a blank
			if isBlankOrQuote(r.byteAt(p - 1)) {
				name, ok = r.option(p)
			}
		}
		if !ok {
			continue
		}
		names++
		if m, ok := r.assigned(name); ok {
			emit(m)
			p = max(p, m.Secret.Start-1)
		}
		floor = p + 1
	}
}

// option returns the name of the option that begins at p, if a blank ends it.
func (r *assigner) option(p int) (name mudlark.Span, ok bool) {
	for r.byteAt(p) == '-' {
		p++
	}
	end := p
	for end < min(len(r.data), p+maxName) && nameBytes.has(r.data[end]) {
		end++
	}
	return mudlark.Span{Start: p, End: end}, end > p && isBlank(r.byteAt(end))
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

func isBlankOrQuote(c byte) bool { return isBlank(c) || isQuote(c) || c == '\n' || c == 0 }

func (r *assigner) skipBlanks(p int) int {
	for n := 0; n < maxBlanks && p < len(r.data) && isBlank(r.data[p]); n++ {
		p++
	}
	return p
}

// skipSpace skips blanks and line ends.
func (r *assigner) skipSpace(p int) int {
	for n := 0; n < 2*maxBlanks && p < len(r.data) && (isBlank(r.data[p]) || isLineEnd(r.data[p])); n++ {
		p++
	}
	return p
}

// assigned returns the value assigned to name.
func (r *assigner) assigned(name mudlark.Span) (Match, bool) {
	p, quote := r.closing(name.End)
	q := r.skipBlanks(p)
	before := r.byteAt(name.Start - 1)
	r.query = before == '&' || before == '?'
	v, ok := r.valueAfter(name, p, q, quote)
	if !ok {
		return Match{}, false
	}
	start := name.Start
	if quote != 0 && start > 0 && r.data[start-1] == quote {
		start--
	}
	return Match{Whole: mudlark.Span{Start: start, End: v.End}, Secret: v, Key: name}, true
}

// closing skips the quotes and brackets that end a name, as in config["name"],
// and returns the first quote among them.
func (r *assigner) closing(p int) (end int, quote byte) {
	for range 4 {
		switch c := r.byteAt(p); {
		case c == '\\' && isQuote(r.byteAt(p+1)):
		case isQuote(c):
			if quote == 0 {
				quote = c
			}
		case c == ']', c == ')' && quote != 0:
		case c == '[' && r.byteAt(p+1) == ']':
		default:
			return p, quote
		}
		p++
	}
	return p, quote
}

// valueAfter looks at what follows a name that ends at p, and after blanks at
// q. It may have been closed by a quote.
func (r *assigner) valueAfter(name mudlark.Span, p, q int, quote byte) (mudlark.Span, bool) {
	c, next := r.byteAt(q), r.byteAt(q+1)
	// A name is quoted by itself if the quote that closes it opens before it.
	keyed := quote != 0 && r.byteAt(name.Start-1) == quote
	switch c {
	case '=':
		switch {
		case next == '=' && r.byteAt(q+2) == '=':
			q += 3
		case next == '=' || next == '>':
			q += 2
		case next == '~':
			return mudlark.Span{}, false
		default:
			q++
		}
		return r.value(q)
	case ':':
		switch next {
		case ':':
			return mudlark.Span{}, false
		case '=':
			return r.value(q + 2)
		}
		return r.valueOrNextLine(q + 1)
	case '?', '+', '|':
		return r.valueAfterRareOperator(q)
	case '-':
		if next == '>' {
			return r.value(q + 2)
		}
	case '!':
		if next == '=' {
			for q++; r.byteAt(q) == '='; q++ {
			}
			return r.value(q)
		}
	case '<':
		if next == '-' {
			return r.value(q + 2)
		}
		if next == '/' && r.byteAt(name.Start-1) == '>' {
			return r.nextElement(q)
		}
	case '>':
		if r.byteAt(name.Start-1) == '<' || keyed {
			return r.elementText(q + 1)
		}
	case '(':
		if q == p && quote == 0 && setsValue(r.data[name.Start:name.End]) {
			return r.argument(q + 1)
		}
	case ',':
		if keyed {
			return r.pairedValue(q + 1)
		}
	case '"', '\'', '`':
		if q > p && quote == 0 && r.takesBlank(name) {
			return r.quoted(q)
		}
	case '{':
		if keyed {
			return r.defaultInBlock(q + 1)
		}
	case '\n', '\r':
		if r.isNamed(name, quote) {
			return r.pairedValue(q)
		}
	default:
		if q > p {
			return r.valueAfterBlank(name, q, keyed)
		}
	}
	return mudlark.Span{}, false
}

// valueAfterRareOperator reads "?=", "??=", "||=", "+=", "||", "??", "|".
func (r *assigner) valueAfterRareOperator(q int) (mudlark.Span, bool) {
	c, next := r.byteAt(q), r.byteAt(q+1)
	switch {
	case next == '=':
		return r.value(q + 2)
	case c == next && c != '+':
		if q += 2; r.byteAt(q) == '=' {
			q++
		}
		return r.value(q)
	case c == '|': // a cell of a table
		return r.value(q + 1)
	case c == '?' && next == ':': // a member that may be missing, with its type
		return r.value(q + 2)
	}
	return mudlark.Span{}, false
}

// valueAfterBlank reads a value that nothing but a blank parts from its name,
// where that is how values are given.
func (r *assigner) valueAfterBlank(name mudlark.Span, q int, keyed bool) (mudlark.Span, bool) {
	if keyed { // <add key="name" value="..."/>
		return r.valueMember(q)
	}
	if r.byteAt(name.Start-1) == '-' { // --name value
		v, ok := r.value(q)
		if r.byteAt(q) == '-' { // most likely the next option
			ok = ok && v.Len() >= 16 && r.byteAt(q+1) != '-'
		}
		return v, ok
	}
	// var name string = "...", Dim name As String = "..."
	if p := r.skipWords(q); r.byteAt(p) == '=' && r.byteAt(p+1) != '=' {
		if v := r.skipBlanks(p + 1); isQuote(r.byteAt(v)) {
			return r.quoted(v)
		}
		return mudlark.Span{}, false
	}
	if !r.leads(name.Start) {
		return mudlark.Span{}, false
	}
	v, ok := r.bare(q)
	if end := r.skipBlanks(v.End); !ok || end < len(r.data) && !isLineEnd(r.data[end]) && r.data[end] != '\\' && r.data[end] != '#' && r.data[end] != ';' {
		return mudlark.Span{}, false
	}
	return v, true
}

// takesBlank reports whether a string behind name and a blank is its value: that
// of an option, of a setting, or of a word of SQL, which stands in capitals.
func (r *assigner) takesBlank(name mudlark.Span) bool {
	if r.byteAt(name.Start-1) == '-' || r.leads(name.Start) {
		return true
	}
	for _, c := range r.data[name.Start:name.End] {
		if 'a' <= c && c <= 'z' {
			return false
		}
	}
	return true
}

// skipWords skips one or two words, such as name a type, and the blanks after.
func (r *assigner) skipWords(p int) int {
	for range 2 {
		start := p
		for p < start+40 && p < len(r.data) && (isWord(r.data[p]) || r.data[p] == '.' || r.data[p] == '*' || r.data[p] == '&' || r.data[p] == '[' || r.data[p] == ']') {
			p++
		}
		p = r.skipBlanks(p)
		if p == start || r.byteAt(p) == '=' {
			break
		}
	}
	return p
}

// leads reports whether the name at start is the first word of its line, but
// for a word that says that name and value follow.
func (r *assigner) leads(start int) bool {
	p := start
	for p > 0 && isBlank(r.data[p-1]) {
		p--
	}
	if p == 0 || r.data[p-1] == '\n' {
		return true
	}
	if p == start {
		return false
	}
	end := p
	for p > 0 && end-p < 12 && (isWord(r.data[p-1]) || r.data[p-1] == '-') {
		p--
	}
	var room [12]byte
	switch string(lowered(room[:0], r.data[p:end])) {
	case "env", "arg", "set", "setx", "setenv", "export", "login", "-x", "-gx", "define":
		return true
	}
	// machine HOST login USER password VALUE
	return r.byteAt(start) == 'p' && r.loginBefore(p)
}

func (r *assigner) loginBefore(end int) bool {
	const login = "login"
	p := end
	for p > 0 && isBlank(r.data[p-1]) {
		p--
	}
	return p >= len(login) && string(r.data[p-len(login):p]) == login
}
