package gitrepo

// parseConfig reads git's configuration syntax (config.c, git_parse_source). A
// bad line is a problem, at which git itself would give up; the lines after it
// are read all the same.
//
// It is not go-git's decoder because that one forgets line numbers, replaces
// bytes that are not UTF-8, refuses a setting behind its section's header and
// panics on an open quote.
func parseConfig(text []byte) ([]Entry, Problems) {
	p := configParser{text: text, line: 1}
	if len(text) >= 3 && string(text[:3]) == "\xef\xbb\xbf" {
		p.at = 3
	}
	for p.step() {
	}
	return p.entries, p.problems
}

type configParser struct {
	text                []byte
	at, line            int
	section, subsection string
	sub                 bool // there is a subsection, which may have no name
	entries             []Entry
	problems            Problems
	buf                 []byte
}

// end stands for the end of the text.
const end = -1

// next returns the next character; a carriage return before a line feed is none.
func (p *configParser) next() int {
	if p.at >= len(p.text) {
		p.at++ // so that back works
		return end
	}
	c := p.text[p.at]
	if c == '\r' && p.at+1 < len(p.text) && p.text[p.at+1] == '\n' {
		p.at++
		c = '\n'
	}
	p.at++
	if c == '\n' {
		p.line++
	}
	return int(c)
}

// back takes c, which next has just given, back.
func (p *configParser) back(c int) {
	p.at--
	if c == '\n' {
		p.line--
	}
}

// step reads one setting, header or comment; it returns false at the end.
func (p *configParser) step() bool {
	c := p.next()
	switch {
	case c == end:
		return false
	case space(c):
	case c == '#' || c == ';':
		p.skipLine()
	case c == '[':
		if why := p.header(); why != "" {
			p.bad(why)
		}
	case !letter(c):
		p.back(c)
		p.bad("neither a section nor a setting")
	default:
		p.back(c)
		p.setting()
	}
	return true
}

// bad notes a problem and goes on with the next line.
func (p *configParser) bad(why string) {
	p.problems.add("", p.line, corrupt("%s", why))
	p.skipLine()
}

func (p *configParser) skipLine() {
	for c := p.next(); c != '\n' && c != end; c = p.next() {
	}
}

// header reads a section's header after the bracket. It returns what is wrong.
func (p *configParser) header() string {
	p.section, p.subsection, p.sub = "", "", false
	p.buf = p.buf[:0]
	dot := -1
	for {
		c := p.next()
		switch {
		case c == ']':
			p.section = lower(p.buf)
			if dot >= 0 {
				p.section, p.subsection, p.sub = lower(p.buf[:dot]), lower(p.buf[dot+1:]), true
			}
			return ""
		case c == ' ' || c == '\t':
			return p.quotedHeader(dot)
		case c == '.' && dot < 0:
			dot = len(p.buf)
		case c == end || !keyChar(c) && c != '.':
			p.giveBack(c)
			return "a section's header is malformed"
		}
		p.buf = append(p.buf, byte(c))
	}
}

// quotedHeader reads a subsection's name in quotes.
func (p *configParser) quotedHeader(dot int) string {
	section, rest := lower(p.buf), ""
	if dot >= 0 {
		section, rest = lower(p.buf[:dot]), lower(p.buf[dot+1:])+"."
	}
	c := p.next()
	for c == ' ' || c == '\t' {
		c = p.next()
	}
	if c != '"' {
		p.giveBack(c)
		return "a subsection's name is not in quotes"
	}
	p.buf = p.buf[:0]
	for c = p.next(); c != '"'; c = p.next() {
		if c == '\\' {
			c = p.next()
		}
		if c == '\n' || c == end {
			p.giveBack(c)
			return "a subsection's name does not end"
		}
		p.buf = append(p.buf, byte(c))
	}
	if c = p.next(); c != ']' {
		p.giveBack(c)
		return "a section's header does not end"
	}
	p.section, p.subsection, p.sub = section, rest+string(p.buf), true
	return ""
}

// giveBack takes back what ends a line, so that bad skips no more than the line.
func (p *configParser) giveBack(c int) {
	if c == '\n' || c == end {
		p.back(c)
	}
}

// setting reads a key and its value.
func (p *configParser) setting() {
	e := Entry{Section: p.section, Subsection: p.subsection, Line: p.line, sub: p.sub}
	p.buf = p.buf[:0]
	c := p.next()
	for ; c != end && keyChar(c); c = p.next() {
		p.buf = append(p.buf, byte(c))
	}
	e.Key = lower(p.buf)
	for c == ' ' || c == '\t' {
		c = p.next()
	}
	switch c {
	case '\n', end:
		e.NoValue = true
	case '=':
		if why := p.value(); why != "" {
			p.bad(why)
			// What was read of it may still be worth a look.
		}
		e.Value = string(p.buf)
	default:
		p.bad("no = after the name of a setting")
		return
	}
	p.entries = append(p.entries, e)
}

// value reads a value into p.buf. It returns what is wrong.
func (p *configParser) value() string {
	p.buf = p.buf[:0]
	quoted, keep := false, 0 // keep: length without space at the end
	for {
		c := p.next()
		switch {
		case c == '\n' || c == end:
			p.buf = p.buf[:keep]
			if quoted {
				p.giveBack(c)
				return "a quote is not closed"
			}
			return ""
		case !quoted && space(c):
			if len(p.buf) > 0 {
				p.buf = append(p.buf, byte(c))
			}
			continue
		case !quoted && (c == '#' || c == ';'):
			p.skipLine()
			p.buf = p.buf[:keep]
			return ""
		case c == '"':
			quoted = !quoted
			keep = len(p.buf)
			continue
		case c == '\\':
			keep = len(p.buf)
			switch c = p.next(); c {
			case '\n', end:
				continue
			case 't':
				c = '\t'
			case 'b':
				c = '\b'
			case 'n':
				c = '\n'
			case '\\', '"':
			default:
				p.giveBack(c)
				return "an unknown escape in a value"
			}
		}
		p.buf = append(p.buf, byte(c))
		keep = len(p.buf)
	}
}

func space(c int) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func letter(c int) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func keyChar(c int) bool { return letter(c) || c >= '0' && c <= '9' || c == '-' }

// lower returns text with ASCII letters in lower case; other bytes stay.
func lower(text []byte) string {
	out := make([]byte, len(text))
	for i, c := range text {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		out[i] = c
	}
	return string(out)
}
