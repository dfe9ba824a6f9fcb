package archive

import (
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// longestName bounds the names of members, which may be megabytes long.
const longestName = 4096

// cleanName makes the name that an archive gave to a member fit to be shown as a
// path below the archive: relative, with slashes, without "..", and with bytes
// that are no printable text written as in a URL.
func cleanName(name string) string {
	if plainName(name) {
		return name
	}
	if len(name) > longestName {
		name = name[:longestName] + "..."
	}
	name = strings.ReplaceAll(name, `\`, "/")
	if len(name) >= 2 && name[1] == ':' {
		name = name[2:]
	}
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	if name == "" {
		return "unnamed"
	}
	return escape(name)
}

// plainName reports whether name is clean already, as nearly all are.
func plainName(name string) bool {
	if name == "" || len(name) > longestName || strings.ContainsAny(name, `\`) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return name[0] != '/' && name != "." && (len(name) < 2 || name[1] != ':') && path.Clean(name) == name &&
		name != ".." && !strings.HasPrefix(name, "../")
}

func escape(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 0x20 && r != 0x7f && (r < 0x80 || r >= 0xa0) && r != utf8.RuneError {
			b.WriteRune(r)
			continue
		}
		_, size := utf8.DecodeRuneInString(name[i:])
		for _, c := range []byte(name[i : i+size]) {
			b.WriteByte('%')
			if c < 0x10 {
				b.WriteByte('0')
			}
			b.WriteString(strings.ToUpper(strconv.FormatUint(uint64(c), 16)))
		}
	}
	return b.String()
}
