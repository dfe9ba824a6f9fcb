package templates

import (
	"fmt"
	"strings"
	"unicode"
)

func (r *run) textFunctions() map[string]any {
	return map[string]any{
		"hello":  func() string { return "Hello!" },
		"abbrev": func(width int, s string) string { return abbreviate(s, 0, width) },
		"trunc":  truncate, "substr": substring,
		"abbrevboth": func(left, right int, s string) string {
			if left > 0 && right < 7 {
				return s
			}
			return abbreviate(s, left, right)
		},
		"trim": strings.TrimSpace, "upper": strings.ToUpper, "lower": strings.ToLower, "title": title,
		"untitle":    func(s string) string { return eachWord(s, unicode.ToLower) },
		"repeat":     r.repeat,
		"trimall":    r.trimAll,
		"trimAll":    r.trimAll,
		"trimSuffix": func(end, s string) string { return strings.TrimSuffix(s, end) },
		"trimPrefix": func(start, s string) string { return strings.TrimPrefix(s, start) },
		"nospace":    noSpace,
		"initials":   initials, "swapcase": swapCase,
		"snakecase": func(s string) string { return joinWords(s, '_') },
		"kebabcase": func(s string) string { return joinWords(s, '-') },
		"camelcase": camelCase,
		"wrap":      func(width int, s string) (string, error) { return r.wrap(s, width, "\n", false) },
		"wrapWith":  func(width int, sep, s string) (string, error) { return r.wrap(s, width, sep, true) },
		"contains":  func(part, s string) bool { return strings.Contains(s, part) },
		"hasPrefix": func(start, s string) bool { return strings.HasPrefix(s, start) },
		"hasSuffix": func(end, s string) bool { return strings.HasSuffix(s, end) },
		"quote":     r.quote, "squote": r.singleQuote, "cat": r.cat,
		"indent":  r.indent,
		"nindent": func(n int, s string) (string, error) { text, err := r.indent(n, s); return "\n" + text, err },
		"replace": r.replace,
		"plural": func(one, many string, n int) string {
			if n == 1 {
				return one
			}
			return many
		},
		"toString": r.string,
		"split":    func(sep, s string) (map[string]string, error) { return r.split(s, sep, -1) },
		"splitn":   func(sep string, n int, s string) (map[string]string, error) { return r.split(s, sep, n) },
		"splitList": func(sep, s string) ([]string, error) {
			return strings.Split(s, sep), r.elements(strings.Count(s, sep) + 1)
		},
	}
}

// abbreviate cuts s down to width bytes, the dots that stand for the rest included,
// and begins about at offset.
func abbreviate(s string, offset, width int) string {
	if width < 4 || len(s) <= width {
		return s
	}
	offset = min(offset, len(s), max(0, len(s)-(width-3)))
	if len(s)-offset < width-3 {
		offset = len(s) - (width - 3)
	}
	switch {
	case offset <= 4:
		return s[:width-3] + "..."
	case width < 7:
		return ""
	case offset+width-3 < len(s):
		return "..." + abbreviate(s[offset:], 0, width-3)
	}
	return "..." + s[len(s)-(width-3):]
}

func truncate(n int, s string) string {
	switch {
	case n < 0 && len(s)+n > 0:
		return s[len(s)+n:]
	case n >= 0 && n < len(s):
		return s[:n]
	}
	return s
}

func substring(start, end int, s string) (string, error) {
	if start < 0 {
		start = 0
	} else if end < 0 || end > len(s) {
		end = len(s)
	}
	if start > end || end > len(s) {
		return "", fmt.Errorf("there is nothing from %d to %d in a text of %d bytes", start, end, len(s))
	}
	return s[start:end], nil
}

// title begins every word with a capital. A word ends where neither a letter, a
// digit nor an underscore follows.
func title(s string) string {
	inside := false
	return strings.Map(func(c rune) rune {
		was := inside
		if c < 0x80 {
			inside = c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c)
		} else {
			inside = unicode.IsLetter(c) || unicode.IsDigit(c) || !unicode.IsSpace(c)
		}
		if was {
			return c
		}
		return unicode.ToTitle(c)
	}, s)
}

// eachWord changes the first character of every word.
func eachWord(s string, change func(rune) rune) string {
	inside := false
	return strings.Map(func(c rune) rune {
		was := inside
		if inside = !unicode.IsSpace(c); inside && !was {
			return change(c)
		}
		return c
	}, s)
}

func noSpace(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, s)
}

// trimAll looks for every character at either end in all of set.
func (r *run) trimAll(set, s string) (string, error) {
	if len(set) > 1000 {
		return "", errTooMuch
	}
	if err := r.spend(len(s) / 64 * len(set)); err != nil {
		return "", err
	}
	return strings.Trim(s, set), nil
}

func initials(s string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(s) {
		for _, c := range word {
			b.WriteRune(c)
			break
		}
	}
	return b.String()
}

func swapCase(s string) string {
	first := true
	return strings.Map(func(c rune) rune {
		switch {
		case unicode.IsUpper(c) || unicode.IsTitle(c):
			first = false
			return unicode.ToLower(c)
		case unicode.IsLower(c) && first:
			first = false
			return unicode.ToTitle(c)
		case unicode.IsLower(c):
			return unicode.ToUpper(c)
		}
		first = unicode.IsSpace(c)
		return c
	}, s)
}

func (r *run) repeat(n int, s string) (string, error) {
	if n < 0 {
		return "", fmt.Errorf("repeat: %d times cannot be", n)
	}
	if err := r.text(n, len(s)); err != nil {
		return "", err
	}
	return strings.Repeat(s, n), nil
}

func (r *run) replace(old, with, s string) (string, error) {
	if err := r.text(strings.Count(s, old)+1, len(with)); err != nil {
		return "", err
	}
	return strings.ReplaceAll(s, old, with), nil
}

func (r *run) indent(n int, s string) (string, error) {
	if n < 0 {
		return "", fmt.Errorf("indent: %d spaces cannot be", n)
	}
	if err := r.text(strings.Count(s, "\n")+1, n); err != nil {
		return "", err
	}
	pad := strings.Repeat(" ", n)
	return pad + strings.ReplaceAll(s, "\n", "\n"+pad), nil
}

func (r *run) quote(values ...any) (string, error) {
	list, err := r.strings(values)
	if err != nil {
		return "", err
	}
	for i := range list {
		if err := r.text(10, len(list[i])); err != nil {
			return "", err
		}
		list[i] = fmt.Sprintf("%q", list[i])
	}
	return r.join(list, " ")
}

func (r *run) singleQuote(values ...any) (string, error) {
	list, err := r.strings(values)
	if err != nil {
		return "", err
	}
	for i := range list {
		list[i] = "'" + list[i] + "'"
	}
	return r.join(list, " ")
}

func (r *run) cat(values ...any) (string, error) {
	list, err := r.strings(values)
	if err != nil {
		return "", err
	}
	return r.join(list, " ")
}

func (r *run) split(s, sep string, n int) (map[string]string, error) {
	count := strings.Count(s, sep) + 1
	if n >= 0 {
		count = min(n, count)
	}
	if err := r.elements(8 * count); err != nil {
		return nil, err
	}
	out := make(map[string]string, count)
	for i, part := range strings.SplitN(s, sep, n) {
		out[fmt.Sprint("_", i)] = part
	}
	return out, nil
}

// wrap breaks s at spaces, so that no line is longer than width bytes; words that
// are, are broken too, if cut says so.
func (r *run) wrap(s string, width int, sep string, cut bool) (string, error) {
	if sep == "" {
		sep = "\n"
	}
	width = max(width, 1)
	if err := r.text(len(s)/width+strings.Count(s, " ")+1, len(sep)); err != nil {
		return "", err
	}
	var b strings.Builder
	for len(s) > width {
		if s[0] == ' ' {
			s = s[1:]
			continue
		}
		end, next := strings.LastIndexByte(s[:width+1], ' '), 0
		switch {
		case end >= 0:
			next = end + 1
		case cut:
			end, next = width, width
		default:
			at := strings.IndexByte(s[width:], ' ')
			if at < 0 {
				b.WriteString(s)
				return b.String(), nil
			}
			end, next = width+at, width+at+1
		}
		b.WriteString(s[:end])
		b.WriteString(sep)
		s = s[next:]
	}
	b.WriteString(s)
	return b.String(), nil
}
