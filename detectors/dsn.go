package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// dsn finds passwords in connection strings of keys and values: ADO.NET and
// ODBC (Server=h;User Id=u;Password=p), libpq (host=h user=u password=p) and
// those of Redis for .NET (h:6380,password=p,ssl=True). The match's key is the
// name of the part that says where to connect; a rule's expression is tried on
// that.
//
// Keywords are the names of passwords with what assigns. What is read lies on
// the keyword's line.
type dsn struct{}

const (
	maxDSNBefore = 512 // bytes before the password's name
	maxDSNAfter  = 512
)

// Detect implements Detector.
func (dsn) Detect(data []byte, at mudlark.Span, emit func(Match)) {
	name := at.Start
	if name > 0 && (isWord(data[name-1]) || bytes.IndexByte([]byte(".?&"), data[name-1]) >= 0) { // another's name, a program's member, an address's parameter
		return
	}
	equals := bytes.IndexByte(data[name:at.End], '=')
	if equals < 0 {
		return
	}
	s := stringAround(data, name)
	secret := dsnValue(data, name+equals+1, s.End)
	if secret.Len() < 3 {
		return
	}
	l := login{password: data[secret.Start:secret.End]}
	var place mudlark.Span
	separator := byte(0)
	for _, c := range [...]byte{';', ',', ' '} {
		if place = l.read(data, s, secret, c); place.Len() > 0 {
			separator = c
			break
		}
	}
	if separator == 0 {
		return
	}
	if grade, ok := l.grade(); ok {
		whole := mudlark.Span{Start: min(place.Start, name), End: max(place.End, secret.End)}
		emit(Match{Whole: whole, Secret: secret, Key: place, Grade: grade})
	}
}

// stringAround returns the text of which connection strings are part: that of
// the line, or of the quotes around at.
func stringAround(data []byte, at int) mudlark.Span {
	s := mudlark.Span{Start: at, End: at}
	for s.Start > 0 && at-s.Start < maxDSNBefore && !endsString(data[s.Start-1]) {
		s.Start--
	}
	for s.End < len(data) && s.End-at < maxDSNAfter && data[s.End] != '\n' && data[s.End] != '\r' && data[s.End] != '"' {
		s.End++
	}
	return s
}

func endsString(c byte) bool {
	return c == '\n' || c == '\r' || c == '"' || c == '`' || c == '<' || c == '>'
}

// dsnValue returns the value at p: to the next separator, or in quotes or
// braces of its own.
func dsnValue(data []byte, p, end int) mudlark.Span {
	for p < end && isBlank(data[p]) {
		p++
	}
	if p == end {
		return mudlark.Span{Start: p, End: p}
	}
	if closing := closingOf(data[p]); closing != 0 {
		if i := bytes.IndexByte(data[p+1:end], closing); i >= 0 && i < maxLoginPassword {
			return mudlark.Span{Start: p + 1, End: p + 1 + i}
		}
	}
	v := mudlark.Span{Start: p, End: p}
	for v.End < end && bytes.IndexByte([]byte(";\"'`<>\\ \t"), data[v.End]) < 0 {
		v.End++
	}
	// Commas part what Redis is told; elsewhere they may belong to a password.
	if i := bytes.IndexByte(data[v.Start:v.End], ','); i > 0 && bytes.IndexByte(data[v.Start+i:v.End], '=') > 0 {
		v.End = v.Start + i
	}
	return v
}

// closingOf returns what closes a quoted value, or 0.
func closingOf(c byte) byte {
	switch c {
	case '\'':
		return '\''
	case '{':
		return '}'
	}
	return 0
}

// read reads the parts of the connection string s, which the separator is
// between, but for the password. It returns the name of the part that says where
// to connect; none if nothing does.
func (l *login) read(data []byte, s, secret mudlark.Span, separator byte) (place mudlark.Span) {
	words := 0
	for p := s.Start; p < s.End; {
		if p <= secret.Start && secret.Start < p+40 && bytes.IndexByte(data[p:secret.Start], separator) < 0 {
			p = secret.End // the password may hold separators
		}
		end := p
		for end < s.End && data[end] != separator {
			end++
		}
		name, value := dsnPart(data, mudlark.Span{Start: p, End: end})
		p = end + 1
		text := data[name.Start:name.End]
		switch {
		case isOneOf(text, "server", "data source", "datasource", "host", "hostname", "addr", "address", "network address", "dsn", "driver", "hostaddr", "dbq", "endpoint"):
			words++
			place, l.host = name, hostOf(bytes.TrimPrefix(value, []byte("tcp:")))
		case isOneOf(text, "user id", "userid", "user", "uid", "username", "user name", "dbname", "database", "initial catalog", "port", "provider", "ssl", "sslmode", "abortconnect", "allowadmin"):
			if words++; isOneOf(text, "user id", "userid", "user", "uid", "username", "user name") {
				l.user = value
			}
			if place.Len() == 0 && (separator == ';' || words > 1) {
				place = name
			}
		case separator == ',' && name.Len() == 0 && bytes.Count(value, []byte(":")) == 1 && bytes.IndexByte(value, '.') > 0:
			place, l.host = mudlark.Span{Start: end - len(value), End: end}, hostOf(value)
			words++
		}
	}
	if separator != ';' && words < 2 {
		return mudlark.Span{}
	}
	return place
}

// dsnPart reads one part. What stands before its name in the same string is left
// away.
func dsnPart(data []byte, part mudlark.Span) (name mudlark.Span, value []byte) {
	text := data[part.Start:part.End]
	equals := bytes.LastIndexByte(text, '=')
	value = bytes.Trim(text[equals+1:], " \t'{}")
	if equals < 0 {
		return name, value[bytes.LastIndexByte(value, ' ')+1:]
	}
	end := part.Start + equals
	for end > part.Start && isBlank(data[end-1]) {
		end--
	}
	start := end
	for start > part.Start && (isLetter(data[start-1]) || data[start-1] == ' ') {
		start--
	}
	for start < end && data[start] == ' ' {
		start++
	}
	// Of prose before it, as in "the dsn is host=h", the last word is the name.
	if name = (mudlark.Span{Start: start, End: end}); name.Len() > 16 {
		name.Start += bytes.LastIndexByte(data[start:end], ' ') + 1
	}
	return name, value
}
