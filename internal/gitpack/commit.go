package gitpack

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"time"
	"unicode"
)

// A Header is a header of a commit or tag that has no field of its own, such as
// gpgsig, mergetag or encoding. Its value may have several lines.
type Header struct {
	Name  string
	Value string
}

// CommitInfo is what a commit says. Texts are bytes as they stand, in the encoding
// that the header "encoding" names, which is UTF-8 if there is none.
type CommitInfo struct {
	Tree      OID
	Parents   []OID
	Author    Signature
	Committer Signature
	Headers   []Header // the other ones
	Message   []byte   // lies in the data that was parsed
}

// TagInfo is what an annotated tag says.
type TagInfo struct {
	Object  OID
	Type    Type
	Name    string
	Tagger  Signature
	Headers []Header
	Message []byte // a signature at its end included; lies in the data that was parsed
}

// Header returns the value of the first header of a name.
func (c *CommitInfo) Header(name string) string { return header(c.Headers, name) }

// Header returns the value of the first header of a name.
func (t *TagInfo) Header(name string) string { return header(t.Headers, name) }

func header(headers []Header, name string) string {
	for _, h := range headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// A Signature says who did something, and when. Odd ones are real: a part that
// cannot be read is left at its zero value.
type Signature struct {
	Name  string
	Email string
	When  time.Time // zero: no date, or none that can be read
}

// String returns the signature's name and address as git shows them.
func (s Signature) String() string { return s.Name + " <" + s.Email + ">" }

// ParseCommit reads a commit. It bears with what git has written or let pass over
// the years, such as missing authors and odd dates; only ids must be right. What
// was read before an error is returned with it.
func ParseCommit(data []byte, f Format) (CommitInfo, error) {
	var c CommitInfo
	err := parseHeaders(data, &c.Message, func(name, value []byte) error {
		linked, err := parseLink(name, value, f, &c.Tree, &c.Parents)
		switch {
		case linked:
		case string(name) == "author" && c.Author == (Signature{}):
			c.Author = ParseSignature(value)
		case string(name) == "committer" && c.Committer == (Signature{}):
			c.Committer = ParseSignature(value)
		default:
			c.Headers = append(c.Headers, Header{string(name), string(value)})
		}
		return err
	})
	if err == nil && c.Tree.size == 0 {
		err = errNoTree()
	}
	return c, err
}

// parseLink reads a header that names the tree or a parent; linked says that it is
// one, right or wrong.
func parseLink(name, value []byte, f Format, tree *OID, parents *[]OID) (linked bool, err error) {
	switch {
	case string(name) == "tree" && tree.size == 0:
		*tree, err = parseID(value, f)
		return true, err
	case string(name) == "parent":
		p, err := parseID(value, f)
		if err == nil {
			*parents = append(*parents, p)
		}
		return true, err
	}
	return false, nil
}

func errNoTree() error { return syntaxError("commit without a tree") }

// CommitLinks is what of a commit a graph of many is made of.
type CommitLinks struct {
	Tree      OID
	Parents   []OID
	Committed int64 // Unix seconds; of the zero time if there is no date
}

// Parse reads what ParseCommit would give, and reuses c.Parents.
func (c *CommitLinks) Parse(data []byte, f Format) error {
	*c = CommitLinks{Parents: c.Parents[:0], Committed: time.Time{}.Unix()}
	dated := false
	var message []byte
	err := parseHeaders(data, &message, func(name, value []byte) error {
		linked, err := parseLink(name, value, f, &c.Tree, &c.Parents)
		if !linked && string(name) == "committer" && !dated {
			who, email, rest := splitSignature(value)
			seconds, _, ok := parseSeconds(rest)
			if ok {
				c.Committed = seconds
			}
			dated = ok || len(who) > 0 || len(email) > 0
		}
		return err
	})
	if err == nil && c.Tree.size == 0 {
		err = errNoTree()
	}
	return err
}

// ParseTag reads an annotated tag, in the same way.
func ParseTag(data []byte, f Format) (TagInfo, error) {
	var t TagInfo
	err := parseHeaders(data, &t.Message, func(name, value []byte) (err error) {
		switch {
		case string(name) == "object" && t.Object.size == 0:
			t.Object, err = parseID(value, f)
		case string(name) == "type" && t.Type == 0:
			t.Type, _ = parseType(value)
		case string(name) == "tag" && t.Name == "":
			t.Name = string(value)
		case string(name) == "tagger" && t.Tagger == (Signature{}):
			t.Tagger = ParseSignature(value)
		default:
			t.Headers = append(t.Headers, Header{string(name), string(value)})
		}
		return err
	})
	if err == nil && t.Object.size == 0 {
		err = syntaxError("tag without an object")
	}
	return t, err
}

func parseID(value []byte, f Format) (OID, error) {
	if n := f.Size(); len(value) == 2*n {
		o := OID{size: uint8(n)}
		if _, err := hex.Decode(o.raw[:], value); err == nil {
			return o, nil
		}
	}
	o, err := f.Parse(string(value))
	if err != nil {
		return o, syntaxError(err.Error())
	}
	return o, nil
}

// parseHeaders calls each with every header before the empty line, and sets
// message to what follows it.
func parseHeaders(data []byte, message *[]byte, each func(name, value []byte) error) error {
	for len(data) > 0 {
		if data[0] == '\n' {
			*message = data[1:]
			return nil
		}
		end := lineEnd(data)
		name, value, _ := bytes.Cut(data[:end], []byte(" "))
		data = data[min(end+1, len(data)):]
		if len(data) > 0 && data[0] == ' ' {
			value = bytes.Clone(value)
		}
		for len(data) > 0 && data[0] == ' ' { // goes on
			end := lineEnd(data)
			value = append(append(value, '\n'), data[1:end]...)
			data = data[min(end+1, len(data)):]
		}
		if err := each(name, value); err != nil {
			return err
		}
	}
	return nil
}

func lineEnd(b []byte) int {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i
	}
	return len(b)
}

// ParseSignature reads "Name <email> seconds zone" as far as it goes.
func ParseSignature(line []byte) Signature {
	name, email, date := splitSignature(line)
	return Signature{Name: string(name), Email: string(email), When: parseDate(date)}
}

func splitSignature(line []byte) (name, email, date []byte) {
	open := bytes.IndexByte(line, '<')
	if open < 0 {
		return bytes.TrimSpace(line), nil, nil
	}
	name = bytes.TrimSpace(line[:open])
	rest := line[open+1:]
	// Addresses with brackets of their own are real; the date follows the last.
	end := bytes.LastIndexByte(rest, '>')
	if end < 0 {
		return name, bytes.TrimSpace(rest), nil
	}
	return name, rest[:end], rest[end+1:]
}

// maxSeconds is the last second of the year 9999, beyond which dates cannot be
// written in the usual formats.
const maxSeconds = 253402300799

func parseDate(b []byte) time.Time {
	seconds, rest, ok := parseSeconds(b)
	if !ok {
		return time.Time{}
	}
	zone := time.UTC
	if word, _ := cutWord(rest); len(word) > 0 {
		zone = parseZone(word)
	}
	return time.Unix(seconds, 0).In(zone)
}

func parseSeconds(b []byte) (seconds int64, rest []byte, ok bool) {
	word, rest := cutWord(b)
	seconds, err := strconv.ParseInt(string(word), 10, 64)
	return seconds, rest, err == nil && seconds <= maxSeconds && seconds >= -maxSeconds/10
}

// cutWord splits the first word off b.
func cutWord(b []byte) (word, rest []byte) {
	b = bytes.TrimLeftFunc(b, unicode.IsSpace)
	if end := bytes.IndexFunc(b, unicode.IsSpace); end >= 0 {
		return b[:end], b[end:]
	}
	return b, nil
}

// parseZone reads "+hhmm"; what it cannot read is UTC.
func parseZone(b []byte) *time.Location {
	v, err := strconv.Atoi(string(b))
	if err != nil || len(b) < 2 || b[0] != '+' && b[0] != '-' || v > 9999 || v < -9999 {
		return time.UTC
	}
	seconds := (v/100*60 + v%100) * 60
	if seconds == 0 || seconds >= 86400 || seconds <= -86400 {
		return time.UTC
	}
	return time.FixedZone("", seconds)
}
