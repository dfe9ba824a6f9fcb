package suppress

import (
	"regexp"
	"strings"
)

// globPath returns an expression for the paths that a line of a file in the form
// of .gitignore is about. It is not ok for a line that says nothing of paths by
// itself: one that takes back others, one that is no pattern.
func globPath(line string) (expr string, ok bool) {
	line, dir := strings.CutSuffix(strings.TrimRight(line, " \t\r"), "/")
	if line == "" || line[0] == '!' || line[0] == '#' {
		return "", false
	}
	begin := "(^|/)"
	if strings.Contains(line, "/") {
		begin = "^"
	}
	line = strings.TrimPrefix(line, "/")
	for rest := line; begin == "^"; begin = "(^|/)" { // **/a is a, wherever it is
		if rest, ok = strings.CutPrefix(rest, "**/"); !ok {
			break
		}
		line = rest
	}
	body, ok := globBody(line)
	if !ok || body == "" {
		return "", false
	}
	end := "(/|$)"
	if dir {
		end = "/"
	}
	expr = begin + body + end
	_, err := regexp.Compile(expr)
	return expr, err == nil
}

func globBody(glob string) (expr string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(glob); i++ {
		rest := glob[i:]
		switch c := glob[i]; {
		case strings.HasPrefix(rest, "/**/"):
			b.WriteString("/(.*/)?")
			i += 3
		case rest == "/**":
			b.WriteString("/.+")
			i += 2
		case c == '*':
			b.WriteString("[^/]*")
		case c == '?':
			b.WriteString("[^/]")
		case c == '[':
			end := strings.IndexByte(rest[min(2, len(rest)):], ']')
			if end < 0 {
				return "", false
			}
			class := rest[1 : end+2]
			if strings.Contains(class, "/") || class == "!" || class == "^" {
				return "", false
			}
			class = strings.ReplaceAll(strings.ReplaceAll(class, `\`, `\\`), "[", `\[`)
			if class[0] == '!' {
				class = "^/" + class[1:]
			}
			b.WriteString("[" + class + "]")
			i += end + 2
		case c == '\\':
			if i++; i == len(glob) {
				return "", false
			}
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(rest[:1]))
		}
	}
	return b.String(), true
}
