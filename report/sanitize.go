package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns text as one line that is safe to show on a terminal. It is
// for what is said of a scan outside of its report.
func Printable(text string) string { return inert(sanitize(text)) }

// inert returns a line that no build system takes for a command: Azure Pipelines,
// TeamCity and older runners of GitHub do what "##vso[task.complete]" says wherever
// in the output it stands, newer ones what "::stop-commands::" says at the beginning
// of a line. What stands in a repository, as names and messages do, must not speak to
// the system that judges it.
func inert(line string) string {
	at := commandsIn(line)
	if len(at) == 0 {
		return line
	}
	var b strings.Builder
	from := 0
	for _, i := range at {
		fmt.Fprintf(&b, `%s\x%02x`, line[from:i], line[i])
		from = i + 1
	}
	return b.String() + line[from:]
}

// commandsIn returns where the characters lie without which a line holds no command
// to a build system.
func commandsIn(line string) (at []int) {
	blanks := len(line) - len(strings.TrimLeft(line, " \t"))
	if name, ok := strings.CutPrefix(line[blanks:], "::"); ok && name != "" && isLetter(name[0]) {
		at = append(at, blanks)
	}
	for from := 0; ; {
		i := strings.Index(line[from:], "##")
		if i < 0 {
			return at
		}
		from += i + 1
		end := from + 1
		for end < len(line) && isLetter(line[end]) {
			end++
		}
		if end < len(line) && line[end] == '[' {
			at = append(at, from)
		}
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// sanitize returns text as one line that can be shown on a terminal: what is
// no visible character is written as an escape, such as \x1b or \u202e, so that
// no path and no content can move the cursor, colour the screen, or read
// backwards.
func sanitize(text string) string {
	hidden := func(r rune) bool { return !visible(r) }
	if utf8.ValidString(text) && strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		b.WriteString(showRune(r))
	}
	return b.String()
}

func visible(r rune) bool { return r == ' ' || strconv.IsPrint(r) }

// showRune returns r, or the escape that stands for it.
func showRune(r rune) string {
	switch {
	case visible(r):
		return string(r)
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// width returns the columns that text takes on a terminal. Text is sanitized.
func width(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

// runeWidth follows the East Asian Width property of Unicode as far as common
// terminals do.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf && r != 0x303f, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6,
		r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// isIn reports whether a sorted list holds a number.
func isIn(list []int, n int) bool {
	_, ok := slices.BinarySearch(list, n)
	return ok
}
