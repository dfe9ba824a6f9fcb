package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
)

// A cell is a character of an excerpt as it is shown.
type cell struct {
	text  string
	width int
	focus bool // belongs to the secret that the excerpt is about
}

// excerpt writes the line of a secret and marks the secret below it.
func (p *page) excerpt(e mudlark.Excerpt) {
	const indent = 4
	cells := cellsOf(e)
	if len(cells) == 0 {
		return
	}
	cells, before, after := window(cells, p.width-indent-2*len("..."))
	p.put(plainStyle, strings.Repeat(" ", indent)+before)
	var mark strings.Builder
	mark.WriteString(strings.Repeat(" ", indent+len(before)))
	marked := false
	for _, run := range runs(cells) {
		st, sign := plainStyle, " "
		if run[0].focus {
			st, sign, marked = grave, "^", true
		}
		var text strings.Builder
		for _, c := range run {
			text.WriteString(c.text)
			mark.WriteString(strings.Repeat(sign, c.width))
		}
		p.put(st, text.String())
	}
	p.put(plainStyle, after)
	p.end()
	if marked {
		p.row(grave, 0, strings.TrimRight(mark.String(), " "))
	}
}

// cellsOf cuts an excerpt into characters, without blanks at its ends. A tab
// is four blanks, so that the mark below stays in its place.
func cellsOf(e mudlark.Excerpt) []cell {
	text := reveal(e.Text)
	var focus mudlark.Span
	if spans := proper(e.Secrets, len(text)); e.Focus >= 0 && e.Focus < len(spans) {
		focus = spans[e.Focus]
	}
	start := len(text) - len(strings.TrimLeft(text, " \t"))
	if focus.Len() > 0 {
		start = min(start, focus.Start)
	}
	commands := commandsIn(text)
	cells := make([]cell, 0, len(text)-start)
	for i, r := range text[start:] {
		at := start + i
		c := cell{focus: focus.Start <= at && at < focus.End}
		switch {
		case r == '\t':
			c.text, c.width = "    ", 4
		case isIn(commands, at):
			c.text, c.width = fmt.Sprintf(`\x%02x`, r), len(`\x00`)
		case visible(r) && r != utf8.RuneError:
			c.text, c.width = text[at:at+utf8.RuneLen(r)], runeWidth(r)
		default:
			c.text = showRune(r)
			c.width = width(c.text)
		}
		cells = append(cells, c)
	}
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1].text) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// window cuts cells down to a number of columns around their focus, and says
// what stands where something was cut off.
func window(cells []cell, columns int) (shown []cell, before, after string) {
	total, focusAt, focusWidth := 0, 0, 0
	for _, c := range cells {
		if c.focus {
			if focusWidth == 0 {
				focusAt = total
			}
			focusWidth += c.width
		}
		total += c.width
	}
	if total <= columns+2*len("...") {
		return cells, "", ""
	}
	from := max(0, focusAt-max(0, columns-focusWidth)/2)
	from = min(from, total-columns)
	start, at := 0, 0
	for at < from {
		at += cells[start].width
		start++
	}
	end, used := start, 0
	for end < len(cells) && used+cells[end].width <= columns {
		used += cells[end].width
		end++
	}
	if start > 0 {
		before = "..."
	}
	if end < len(cells) {
		after = "..."
	}
	return cells[start:end], before, after
}

// runs cuts cells where the focus begins and ends.
func runs(cells []cell) [][]cell {
	var out [][]cell
	for start := 0; start < len(cells); {
		end := start + 1
		for end < len(cells) && cells[end].focus == cells[start].focus {
			end++
		}
		out = append(out, cells[start:end])
		start = end
	}
	return out
}
