package detectors

import "github.com/mudlark-scan/mudlark"

// This file reads what stands between a name and its value.

// assigned returns the value assigned to name.
func (r *assigner) assigned(name mudlark.Span) (Match, bool) {
	p, quote := r.closing(name.End)
	q := r.skipBlanks(p)
	before := r.byteAt(name.Start - 1)
	r.query = before == '&' || before == '?'
	if v, ok := r.valueAfter(name, p, q, quote); ok {
		start := name.Start
		if quote != 0 && start > 0 && r.data[start-1] == quote {
			start--
			if r.byteAt(q) == ',' {
				start = r.callBefore(start)
			}
		} else if quote == 0 && r.byteAt(q) == ',' && r.byteAt(start-1) == '{' {
			start--
		}
		if c := r.byteAt(start - 1); quote == 0 && start > 0 && (r.query || isQuote(c) && r.byteAt(v.End) == c) { // 'name=value'
			start--
		}
		return Match{Whole: mudlark.Span{Start: start, End: v.End}, Secret: v, Key: r.qualified(name)}, true
	}
	if q == p && r.byteAt(q) == '(' && quote == 0 {
		return r.method(name)
	}
	return Match{}, false
}

// closing skips the quotes, brackets and stars that end a name, as in
// config["name"] and **name**, and returns the first quote among them.
func (r *assigner) closing(p int) (end int, quote byte) {
	for n := 0; n < 12; n++ {
		switch c := r.byteAt(p); {
		case c == '\\' && (isQuote(r.byteAt(p+1)) || r.byteAt(p+1) == '\\'):
		case isQuote(c):
			if quote == 0 {
				quote = c
			}
		case c == ']', c == ')' && quote != 0:
		case c == '[' && r.byteAt(p+1) == ']':
		case c == '*' && r.byteAt(p+1) == '*':
			p++
		case c == '.' && r.byteAt(p+1) == '.': // a line of dots in front of the value
		case c == '.' && r.byteAt(p-1) == '.':
		default:
			return p, quote
		}
		p++
	}
	return p, quote
}

// opening returns the quote before name, over what may stand there with it, as
// the dashes of an option.
func (r *assigner) opening(name mudlark.Span) (quote byte) {
	p := name.Start - 1
	for n := 0; n < 2 && r.byteAt(p) == '-'; n++ {
		p--
	}
	return r.byteAt(p)
}

// valueAfter looks at what follows a name that ends at p, and after blanks at
// q. It may have been closed by a quote.
func (r *assigner) valueAfter(name mudlark.Span, p, q int, quote byte) (mudlark.Span, bool) {
	c, next := r.byteAt(q), r.byteAt(q+1)
	// A name is quoted by itself if the quote that closes it opens before it.
	keyed := quote != 0 && r.opening(name) == quote
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
		return r.valueOrContinued(q)
	case ':':
		if (next == '-' || next == '=') && q == p && r.byteAt(name.Start-1) == '{' { // ${name:-value}
			return r.value(q + 2)
		}
		return r.valueAfterColon(q)
	case '?', '+', '|':
		return r.valueAfterRareOperator(q)
	case '-':
		if next == '>' {
			return r.value(q + 2)
		}
		if r.byteAt(name.Start-1) == '-' && q > p {
			return r.valueAfterBlank(name, q, quote, keyed)
		}
		return r.said(name, q, q > p)
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
		if keyed {
			_, keyed = r.nameMember(name, quote)
		}
		if keyed || r.opensTag(name.Start) {
			return r.content(q + 1)
		}
	case '(':
		if q == p && quote == 0 && (setsValue(r.data[name.Start:name.End]) || r.declared(name.Start) || string(r.wordBefore(name.Start)) == "new") {
			return r.argument(q + 1)
		}
		return r.said(name, q, q > p)
	case ',', ';':
		switch {
		case keyed:
			return r.pairedValue(name, q+1, quote)
		case quote == 0 && q == p && r.byteAt(name.Start-1) == '{':
			return r.tupled(q + 1)
		case quote == 0 && q == p:
			return r.cell(name, q)
		}
	case '"', '\'', '`':
		if q > p && quote == 0 {
			return r.quotedAfterBlank(name, q)
		}
	case '{':
		if keyed && r.byteAt(p-1) != ')' {
			return r.memberValue(q+1, mudlark.Span{})
		}
		if keyed { // fetch("name") { "value" }
			p = q
		}
		return r.valueInBraces(q, p)
	case '[':
		return r.valueOfArray(q, p)
	case '\n', '\r':
		return r.valueOnNextLine(name, q, quote)
	default:
		if q > p {
			return r.valueAfterBlank(name, q, quote, keyed)
		}
	}
	return mudlark.Span{}, false
}

// valueAfterColon reads what follows the colon at q, ":=", "::=" or ":::=".
func (r *assigner) valueAfterColon(q int) (mudlark.Span, bool) {
	switch r.byteAt(q + 1) {
	case ':':
		if q += 2; r.byteAt(q) == ':' {
			q++
		}
		if r.byteAt(q) != '=' || r.byteAt(q+1) == '=' {
			return mudlark.Span{}, false
		}
		return r.valueOrContinued(q + 1)
	case '=':
		return r.valueOrContinued(q + 2)
	case '*': // **name:** value
		if r.byteAt(q+2) == '*' {
			return r.value(q + 3)
		}
	}
	if v, typed, ok := r.valueAfterType(q + 1); typed {
		return v, ok
	}
	return r.valueOrNextLine(q + 1)
}

// valueAfterRareOperator reads "?=", "??=", "||=", "+=", "||", "??", "|", "?:".
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
		if v, typed, ok := r.valueAfterType(q + 2); typed {
			return v, ok
		}
		return r.value(q + 2)
	}
	return mudlark.Span{}, false
}

// valueOrContinued reads a value after an operator, or the string that stands on
// the next line by itself. A backslash at the end of the line promises more.
func (r *assigner) valueOrContinued(p int) (mudlark.Span, bool) {
	q := r.skipBlanks(p)
	next, continued := r.nextLine(q)
	if next == q {
		return r.value(p)
	}
	next = r.skipBlanks(next)
	if !continued && !isQuote(r.byteAt(r.quoteAt(next))) {
		return mudlark.Span{}, false
	}
	return r.value(next)
}

// nextLine returns where the next line begins if nothing but a backslash stands
// between p and it, else p.
func (r *assigner) nextLine(p int) (next int, continued bool) {
	q := p
	if c := r.byteAt(q); c == '\\' || c == '`' || c == '^' {
		q++
		continued = true
	}
	end := q
	if r.byteAt(q) == '\r' {
		q++
	}
	if r.byteAt(q) == '\n' {
		q++
	}
	if q == end {
		return p, false
	}
	return q, continued
}

// valueOnNextLine reads the value of a name that ends its line: that of a member
// of its own, of an option in a list, of a field of a form.
func (r *assigner) valueOnNextLine(name mudlark.Span, q int, quote byte) (mudlark.Span, bool) {
	if before, ok := r.nameMember(name, quote); ok {
		if v, ok := r.memberValue(q, mudlark.Span{}); ok {
			return v, true
		}
		return r.formField(before, q)
	}
	if r.byteAt(name.Start-1) != '-' {
		return mudlark.Span{}, false
	}
	next, _ := r.nextLine(q)
	if next = r.skipBlanks(next); r.byteAt(next) != '-' || !isBlank(r.byteAt(next+1)) {
		return mudlark.Span{}, false
	}
	return r.value(next + 1)
}

// formField reads the value of a field of a form as it is sent, with its name in
// a header: behind the empty line after that.
func (r *assigner) formField(before mudlark.Span, q int) (mudlark.Span, bool) {
	const kind = "form-data; "
	if before.Start < len(kind) || !hasPrefixFold(r.data[before.Start-len(kind):], kind) {
		return mudlark.Span{}, false
	}
	for range 2 {
		next, _ := r.nextLine(q)
		if next == q {
			return mudlark.Span{}, false
		}
		q = next
	}
	return r.bare(q)
}

// opensTag reports whether the name at start is that of a tag, which may have a
// prefix.
func (r *assigner) opensTag(start int) bool {
	p := start
	if r.byteAt(p-1) == ':' {
		for p--; p > 0 && start-p < 20 && isWord(r.data[p-1]); p-- {
		}
	}
	return r.byteAt(p-1) == '<'
}
