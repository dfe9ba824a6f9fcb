package sarifcheck

import (
	"path"
	"strings"
)

// artifact judges the URI of a place. What is wrong first is said alone.
func (w *walk) artifact(v value) {
	uri := v.at["uri"]
	if uri.string1() == "" {
		w.below("uri", "location-uri", "the place names no file")
		return
	}
	w.related(v)
}

// related judges the URI of a place that need not have one.
func (w *walk) related(v value) {
	uri := v.at["uri"]
	if uri.string1() == "" {
		return
	}
	if id, text := judgeURI(uri.text); id != "" {
		w.below("uri", id, "%s %s", quote(uri.text), text)
	}
}

// judgeURI says what is wrong with the URI of a file in a repository.
func judgeURI(uri string) (id, text string) {
	scheme := schemeOf(uri)
	name, encoded := unescape(uri)
	switch {
	case len(scheme) == 1 && scheme != "":
		return "uri-absolute", "begins with a drive, which is read as a scheme"
	case scheme == "file":
		return "uri-root", "is an absolute address"
	case scheme != "":
		return "uri-absolute", "has the scheme " + quote(scheme)
	case strings.HasPrefix(uri, "/") || strings.HasPrefix(name, "/"):
		return "uri-root", "is absolute"
	case strings.Contains("/"+name+"/", "/../"):
		return "uri-parent", "leads upward"
	case strings.Contains(uri, `\`):
		return "uri-backslash", "has a backslash"
	case !encoded || !clean(uri) || strings.ContainsAny(uri, "?#"):
		return "uri-encoding", "is not percent-encoded"
	case isMember(name):
		return "uri-member", "looks like the member of an archive"
	case (len(name) == 40 || len(name) == 64) && strings.Trim(name, "0123456789abcdef") == "":
		return "uri-object", "is the name of an object"
	}
	return "", ""
}

// schemeOf returns what stands before a colon if that can be a scheme. In what is
// no URI at all, such as "commit message: x", it is taken for one, too.
func schemeOf(uri string) string {
	colon := strings.IndexByte(uri, ':')
	if colon <= 0 || strings.ContainsAny(uri[:colon], "/?#") {
		return ""
	}
	return strings.ToLower(uri[:colon])
}

// unescape returns the name that a URI encodes, and whether it is encoded well.
func unescape(uri string) (name string, ok bool) {
	var b strings.Builder
	ok = true
	for i := 0; i < len(uri); i++ {
		if uri[i] != '%' {
			b.WriteByte(uri[i])
			continue
		}
		if i+2 >= len(uri) || digit(uri[i+1]) < 0 || digit(uri[i+2]) < 0 {
			ok = false
			b.WriteByte('%')
			continue
		}
		b.WriteByte(byte(digit(uri[i+1])<<4 | digit(uri[i+2])))
		i += 2
	}
	return b.String(), ok
}

func digit(b byte) int { return strings.IndexByte("0123456789abcdef", b|0x20) }

// isMember reports whether name is that of an archive, an exclamation mark, and
// what lies in it. An exclamation mark in the name of a file is none of them.
func isMember(name string) bool {
	for from := 0; ; {
		i := strings.IndexByte(name[from:], '!')
		if i < 0 {
			return false
		}
		at := from + i
		if strings.LastIndexByte(path.Base(name[:at]), '.') > 0 && at+1 < len(name) {
			return true
		}
		from = at + 1
	}
}
