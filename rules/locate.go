package rules

import "strings"

// Bounds of what is read, so that no file makes the decoder run away.
const (
	maxNesting = 64 // arrays and inline tables in each other, parts of a dotted key
)

// A spot is a place in a file, counted from 1, columns in bytes.
type spot struct{ line, column int }

// A node says where a key or a value of a TOML file stands. It mirrors the
// decoded value: table for a table, list for an array.
type node struct {
	key   spot // of the key, or of the header's first bracket
	value spot // of the value; for tables with a header as key
	table map[string]*node
	list  []*node
}

// child returns where a table's key stands; the table itself if that is not
// known.
func (n *node) child(key string) *node {
	if n != nil && n.table[key] != nil {
		return n.table[key]
	}
	return n
}

// item returns where an array's element stands; the array itself if that is
// not known.
func (n *node) item(i int) *node {
	if n != nil && i < len(n.list) {
		return n.list[i]
	}
	return n
}

// last returns the table that a header's path leads through: an array of
// tables stands for its last one.
func (n *node) last() *node {
	for len(n.list) > 0 {
		n = n.list[len(n.list)-1]
	}
	return n
}

func (n *node) make(key string, at spot) *node {
	if n.table == nil {
		n.table = make(map[string]*node)
	}
	if n.table[key] == nil {
		n.table[key] = &node{key: at, value: at}
	}
	return n.table[key]
}

// A locateError is why the locator stopped.
type locateError string

// Error implements error.
func (e locateError) Error() string { return string(e) }

const (
	errSyntax locateError = "this is not a key, a value or a header"
	errDeep   locateError = "values are nested too deep"
)

// locate finds the keys and values of a TOML text. It takes a little more than
// TOML: the decoder, which knows no positions, is the judge of the syntax. On
// an error the locator has stopped at at; everything before is nested no deeper
// than maxNesting.
func locate(text string) (root *node, at int, err error) {
	l := locator{text: text, line: 1}
	root = &node{key: spot{1, 1}, value: spot{1, 1}}
	err = l.document(root)
	return root, l.at, err
}

type locator struct {
	text  string
	at    int // next byte
	line  int
	begin int // of the line
}

func (l *locator) spot() spot { return spot{l.line, l.at - l.begin + 1} }

func (l *locator) peek() byte {
	if l.at < len(l.text) {
		return l.text[l.at]
	}
	return 0
}

func (l *locator) more() bool { return l.at < len(l.text) }

func (l *locator) skip(n int) {
	for ; n > 0 && l.at < len(l.text); n-- {
		if l.text[l.at] == '\n' {
			l.line++
			l.begin = l.at + 1
		}
		l.at++
	}
}

func (l *locator) has(s string) bool { return strings.HasPrefix(l.text[l.at:], s) }

// space skips blanks, and line ends and comments too if lines is set.
func (l *locator) space(lines bool) {
	for l.more() {
		switch c := l.peek(); {
		case c == ' ' || c == '\t' || c == '\r':
			l.skip(1)
		case lines && c == '\n':
			l.skip(1)
		case lines && c == '#':
			l.comment()
		default:
			return
		}
	}
}

func (l *locator) comment() {
	for l.more() && l.peek() != '\n' {
		l.skip(1)
	}
}

func (l *locator) document(root *node) error {
	if l.has("\ufeff") {
		l.skip(len("\ufeff"))
	}
	table := root
	for {
		l.space(true)
		if !l.more() {
			return nil
		}
		var err error
		if l.peek() == '[' {
			table, err = l.header(root)
		} else {
			err = l.pair(table, 0)
		}
		if err != nil {
			return err
		}
		l.space(false)
		if l.more() && l.peek() != '\n' && l.peek() != '#' {
			return errSyntax
		}
	}
}

// header reads [a.b] or [[a.b]] and returns the table it opens.
func (l *locator) header(root *node) (*node, error) {
	at, many := l.spot(), l.has("[[")
	l.skip(1)
	if many {
		l.skip(1)
	}
	path, _, err := l.key()
	if err != nil {
		return nil, err
	}
	end := "]"
	if many {
		end = "]]"
	}
	if !l.has(end) {
		return nil, errSyntax
	}
	l.skip(len(end))
	n := root
	for _, k := range path {
		n = n.last().make(k, at)
	}
	if many {
		n.list = append(n.list, &node{key: at, value: at})
	}
	if !many && len(n.list) == 0 {
		n.key, n.value = at, at
	}
	return n.last(), nil
}

// pair reads key = value into table.
func (l *locator) pair(table *node, depth int) error {
	path, at, err := l.key()
	if err != nil {
		return err
	}
	if l.peek() != '=' {
		return errSyntax
	}
	l.skip(1)
	l.space(false)
	n := table
	for _, k := range path {
		n = n.last().make(k, at)
	}
	return l.value(n, depth)
}

// key reads a dotted key and the blanks around it.
func (l *locator) key() (path []string, at spot, err error) {
	l.space(false)
	at = l.spot()
	for {
		part, err := l.keyPart()
		if err != nil {
			return nil, at, err
		}
		if path = append(path, part); len(path) > maxNesting {
			return nil, at, errDeep
		}
		l.space(false)
		if l.peek() != '.' {
			return path, at, nil
		}
		l.skip(1)
		l.space(false)
	}
}

func (l *locator) keyPart() (string, error) {
	start := l.at
	switch l.peek() {
	case '"':
		if err := l.quoted(`"`, true); err != nil {
			return "", err
		}
		return unescape(l.text[start+1 : l.at-1]), nil
	case '\'':
		if err := l.quoted(`'`, false); err != nil {
			return "", err
		}
		return l.text[start+1 : l.at-1], nil
	}
	for l.more() && !strings.ContainsRune(" \t\r\n.=[]{},#\"'", rune(l.peek())) {
		l.skip(1)
	}
	if l.at == start {
		return "", errSyntax
	}
	return l.text[start:l.at], nil
}

// value reads a value into n.
func (l *locator) value(n *node, depth int) error {
	if depth > maxNesting {
		return errDeep
	}
	n.value = l.spot()
	switch {
	case l.has(`"""`):
		return l.quoted(`"""`, true)
	case l.has(`'''`):
		return l.quoted(`'''`, false)
	case l.peek() == '"':
		return l.quoted(`"`, true)
	case l.peek() == '\'':
		return l.quoted(`'`, false)
	case l.peek() == '[':
		return l.array(n, depth)
	case l.peek() == '{':
		return l.inline(n, depth)
	}
	start := l.at
	for l.more() && !strings.ContainsRune("\n,]}#", rune(l.peek())) {
		l.skip(1)
	}
	if l.at == start {
		return errSyntax
	}
	return nil
}

func (l *locator) array(n *node, depth int) error {
	l.skip(1)
	for {
		l.space(true)
		switch {
		case !l.more():
			return errSyntax
		case l.peek() == ']':
			l.skip(1)
			return nil
		}
		item := &node{key: l.spot()}
		n.list = append(n.list, item)
		if err := l.value(item, depth+1); err != nil {
			return err
		}
		l.space(true)
		if l.peek() == ',' {
			l.skip(1)
		} else if l.peek() != ']' {
			return errSyntax
		}
	}
}

func (l *locator) inline(n *node, depth int) error {
	l.skip(1)
	for {
		l.space(true)
		switch {
		case !l.more():
			return errSyntax
		case l.peek() == '}':
			l.skip(1)
			return nil
		}
		if err := l.pair(n, depth+1); err != nil {
			return err
		}
		l.space(true)
		if l.peek() == ',' {
			l.skip(1)
		} else if l.peek() != '}' {
			return errSyntax
		}
	}
}

// quoted skips a string between two marks. On an error it has not moved: the
// string's beginning is what is wrong.
func (l *locator) quoted(mark string, escapes bool) error {
	i := l.at + len(mark)
	for ; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '\\' && escapes:
			i++
		case c == '\n' && len(mark) == 1:
			return errSyntax
		case strings.HasPrefix(l.text[i:], mark):
			i += len(mark)
			// """" and """"" end a string whose last characters are quotes.
			for n := 0; len(mark) == 3 && n < 2 && i < len(l.text) && l.text[i] == mark[0]; n++ {
				i++
			}
			l.skip(i - l.at)
			return nil
		}
	}
	return errSyntax
}

// unescape undoes the escapes that a sane key has. A key with others is not
// found, and its table's place is told instead.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\t`, "\t").Replace(s)
}
