package ci

import (
	"bytes"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Attributes are the .gitattributes files of one commit, as far as they say which
// files a reviewer is not shown the content of: those that have no diff, and those
// that GitHub or GitLab fold away as generated.
type Attributes struct {
	read   func(path string) []byte // the file at a path; nil: there is none
	files  map[string][]attributeLine
	macros map[string][]string
	work   int
}

// maxAttributeWork bounds the bytes of patterns times those of the paths that are
// compared with them.
const maxAttributeWork = 200_000_000

const maxAttributeLine = 2048 // git leaves out longer ones

type attributeLine struct {
	line    int
	pattern string
	whole   bool // the pattern is about the path, not about its last name
	words   []string
	expr    *regexp.Regexp
}

// NewAttributes returns the attributes that read gives access to.
func NewAttributes(read func(path string) []byte) *Attributes {
	a := &Attributes{read: read, files: map[string][]attributeLine{}, macros: map[string][]string{"binary": {"-diff"}}}
	a.file("")
	return a
}

// Hidden reports whether the content of a file is kept from reviewers, and which
// line of which file says so. What is too much work to find out counts as hidden.
func (a *Attributes) Hidden(name string) (place string, hidden bool) {
	state := map[string]string{} // by attribute: the place where it was set, empty if it hides nothing
	dir := ""
	for {
		rel := strings.TrimPrefix(strings.TrimPrefix(name, dir), "/")
		lines := a.file(dir)
		for i := range lines {
			l := &lines[i]
			if a.work += len(l.pattern) * len(rel); a.work > maxAttributeWork {
				return join(dir, ".gitattributes"), true
			}
			if l.matches(rel) {
				a.apply(state, l.words, join(dir, ".gitattributes")+":"+strconv.Itoa(l.line), 0)
			}
		}
		next, _, more := strings.Cut(rel, "/")
		if !more {
			break
		}
		dir = join(dir, next)
	}
	for _, attribute := range hiding() {
		if state[attribute] != "" {
			return state[attribute], true
		}
	}
	return "", false
}

func hiding() []string { return []string{"diff", "linguist-generated", "gitlab-generated"} }

// apply sets what the words of a line say of the attributes that hide.
func (a *Attributes) apply(state map[string]string, words []string, place string, depth int) {
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		if macro, ok := a.macros[name]; ok && depth < 10 {
			a.apply(state, macro, place, depth+1)
			continue
		}
		off := strings.TrimPrefix(word, "-")
		switch {
		case off == "diff":
			state["diff"] = ""
			if off != word {
				state["diff"] = place
			}
		case name == "diff" || word == "!diff":
			state["diff"] = ""
		case name == "linguist-generated" || name == "gitlab-generated":
			state[name] = ""
			if value == "" || !strings.EqualFold(value, "false") && value != "0" {
				state[name] = place
			}
		case off == "linguist-generated" || off == "gitlab-generated":
			state[off] = ""
		case strings.HasPrefix(word, "!"):
			delete(state, word[1:])
		}
	}
}

// file returns the lines of the file in a folder that are of interest.
func (a *Attributes) file(dir string) []attributeLine {
	if lines, ok := a.files[dir]; ok {
		return lines
	}
	var lines []attributeLine
	n := 0
	for text := range bytes.Lines(a.read(join(dir, ".gitattributes"))) {
		n++
		if len(text) > maxAttributeLine {
			continue
		}
		pattern, rest := cutPattern(strings.TrimLeft(string(text), " \t\r\n\f\v\ufeff"))
		words := strings.Fields(rest)
		if name, ok := strings.CutPrefix(pattern, "[attr]"); ok {
			if dir == "" {
				a.macros[name] = words
			}
			continue
		}
		if pattern == "" || pattern[0] == '#' || pattern[0] == '!' || strings.HasSuffix(pattern, "/") || len(words) == 0 {
			continue
		}
		whole := strings.Contains(pattern, "/")
		lines = append(lines, attributeLine{line: n, pattern: strings.TrimPrefix(pattern, "/"), whole: whole, words: words})
	}
	a.files[dir] = lines
	return lines
}

// cutPattern cuts off the pattern of a line, which may stand in quotes.
func cutPattern(line string) (pattern, rest string) {
	if strings.HasPrefix(line, `"`) {
		if quoted, err := strconv.QuotedPrefix(line); err == nil {
			if text, err := strconv.Unquote(quoted); err == nil {
				return text, line[len(quoted):]
			}
		}
	}
	if end := strings.IndexAny(line, " \t\r\n"); end >= 0 {
		return line[:end], line[end:]
	}
	return line, ""
}

func (l *attributeLine) matches(name string) bool {
	if !l.whole {
		name = path.Base(name)
	}
	if l.expr == nil {
		expr, err := regexp.Compile(wildcard(letters(l.pattern)))
		if err != nil { // a class that is none: taken for one that has all
			expr = regexp.MustCompile("")
		}
		l.expr = expr
	}
	return l.expr.MatchString(letters(name))
}

// letters returns text with a letter for each of its bytes, which is what a
// wildcard stands for.
func letters(text string) string {
	list := make([]rune, len(text))
	for i := range len(text) {
		list[i] = rune(text[i])
	}
	return string(list)
}

// wildcard returns the expression for a pattern of git (wildmatch.c).
func wildcard(pattern string) string {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch c := pattern[i]; {
		case rest == "**" && (i == 0 || pattern[i-1] == '/'):
			b.WriteString(`.*`)
			i++
		case strings.HasPrefix(rest, "**/") && (i == 0 || pattern[i-1] == '/'):
			b.WriteString(`(?:.*/)?`)
			i += 2
		case c == '*':
			b.WriteString(`[^/]*`)
		case c == '?':
			b.WriteString(`[^/]`)
		case c == '\\' && len(rest) > 1:
			if i++; pattern[i] < 0x80 {
				b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
			} else {
				b.WriteByte(pattern[i])
			}
		case c == '[':
			class, n := wildcardClass(rest)
			b.WriteString(class)
			i += n - 1
		case c < 0x80:
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		default:
			b.WriteByte(c)
		}
	}
	b.WriteString(`\z`)
	return b.String()
}

// wildcardClass returns the expression for the class that text begins with, and
// its length.
func wildcardClass(text string) (string, int) {
	end := 1
	if end < len(text) && (text[end] == '!' || text[end] == '^') {
		end++
	}
	if end < len(text) && text[end] == ']' {
		end++
	}
	for ; end < len(text) && text[end] != ']'; end++ {
		if strings.HasPrefix(text[end:], "[:") {
			if n := strings.Index(text[end:], ":]"); n > 0 {
				end += n + 1
			}
		} else if text[end] == '\\' {
			end++
		}
	}
	if end >= len(text) {
		return `\[`, 1
	}
	body := text[1:end]
	not := strings.HasPrefix(body, "!") || strings.HasPrefix(body, "^")
	if not {
		body = body[1:]
	}
	body = strings.ReplaceAll(strings.ReplaceAll(body, "&&", "&"), "~~", "~")
	if strings.HasPrefix(body, "]") {
		body = `\` + body
	}
	if not {
		return "[^/" + body + "]", end + 1
	}
	return "[" + body + "]", end + 1
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
