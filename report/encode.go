package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An encoder writes JSON values and the text between them. After the first
// error, which it keeps, it does nothing.
type encoder struct {
	w    io.Writer
	buf  bytes.Buffer
	json *json.Encoder
	// replaced says to escape the character that stands for what is not UTF-8, as
	// encoding/json does where it is the one that replaces.
	replaced bool
	err      error
}

// newEncoder returns an encoder that indents by indent, if it is not empty.
func newEncoder(w io.Writer, indent string) *encoder {
	e := &encoder{w: w}
	e.json = json.NewEncoder(&e.buf)
	e.json.SetEscapeHTML(false)
	e.json.SetIndent("", indent)
	return e
}

// value writes v on lines of its own.
func (e *encoder) value(v any) { e.nested("", v, "\n") }

// nested writes v, with prefix before every line but the first, and then after.
func (e *encoder) nested(prefix string, v any, after string) {
	if e.err != nil {
		return
	}
	e.buf.Reset()
	if e.err = e.json.Encode(v); e.err != nil {
		return
	}
	b := bytes.TrimSuffix(e.buf.Bytes(), []byte("\n"))
	if prefix != "" {
		b = bytes.ReplaceAll(b, []byte("\n"), []byte("\n"+prefix))
	}
	text := escapeInvisible(string(b))
	if e.replaced {
		text = escapeReplaced(text)
	}
	e.text(text + after)
}

// text writes text as it stands.
func (e *encoder) text(text string) {
	if e.err == nil {
		_, e.err = io.WriteString(e.w, text)
	}
}

// escapeReplaced escapes in JSON text the character that stands for what is not UTF-8.
func escapeReplaced(text string) string { return strings.ReplaceAll(text, "\ufffd", `\ufffd`) }

// escapeInvisible escapes in JSON text what would act on a terminal or
// deceive a reader's eye. Outside of strings JSON holds nothing of the kind.
func escapeInvisible(text string) string {
	at := strings.IndexFunc(text, invisible)
	if at < 0 {
		return text
	}
	var b strings.Builder
	b.WriteString(text[:at])
	for _, r := range text[at:] {
		switch {
		case !invisible(r):
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// invisible reports whether r is a character that a reader does not see.
func invisible(r rune) bool {
	return r >= 0x7f && r != utf8.RuneError && !strconv.IsGraphic(r)
}
