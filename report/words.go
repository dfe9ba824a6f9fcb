package report

import (
	"encoding/binary"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// wordMin is the length from which a secret is looked for in text that is not
// its own. A shorter one stands in innocent words too often, and to hide it
// there would tell more than it hides.
const wordMin = 8

// words finds many words in a text at once. It takes time linear in the text
// but for the places where eight bytes are those that a word begins with.
type words struct {
	list []string // sorted, distinct
	// outer is, for each word, the longest other word that it begins with, or
	// -1. A word that a text begins with is then on the way from the last word
	// that is not greater than the text.
	outer  []int32
	begins []uint64 // bit set of the hashes of what words begin with
	shift  uint
}

func newWords(list []string) *words {
	slices.Sort(list)
	list = slices.Compact(list)
	w := &words{list: list, outer: make([]int32, len(list)), shift: 64 - 16}
	for 1<<(64-w.shift) < 16*len(list) {
		w.shift--
	}
	w.begins = make([]uint64, 1<<(64-w.shift)/64)
	var open []int32 // words that the present one begins with, shortest first
	for i, word := range list {
		for len(open) > 0 && !strings.HasPrefix(word, list[open[len(open)-1]]) {
			open = open[:len(open)-1]
		}
		w.outer[i] = -1
		if len(open) > 0 {
			w.outer[i] = open[len(open)-1]
		}
		open = append(open, int32(i))
		h := w.hash(word)
		w.begins[h/64] |= 1 << (h % 64)
	}
	return w
}

// hash tells the first wordMin bytes of s apart, mostly.
func (w *words) hash(s string) uint64 {
	var b [wordMin]byte
	copy(b[:], s)
	return binary.LittleEndian.Uint64(b[:]) * 0x9e3779b97f4a7c15 >> w.shift
}

// find appends to spans the places of words in text, the longest at each byte.
func (w *words) find(text string, spans []mudlark.Span) []mudlark.Span {
	if w == nil || len(w.list) == 0 {
		return spans
	}
	for i := 0; i+wordMin <= len(text); i++ {
		if h := w.hash(text[i:]); w.begins[h/64]&(1<<(h%64)) == 0 {
			continue
		}
		if n := w.longest(text[i:]); n > 0 {
			spans = append(spans, mudlark.Span{Start: i, End: i + n})
		}
	}
	return spans
}

// longest returns the length of the longest word that text begins with, or 0.
func (w *words) longest(text string) int {
	i, whole := slices.BinarySearch(w.list, text)
	if whole {
		return len(text)
	}
	for i--; i >= 0; i = int(w.outer[i]) {
		if strings.HasPrefix(text, w.list[i]) {
			return len(w.list[i])
		}
	}
	return 0
}

// learn collects the words that must not be seen: every secret of found and of
// hide, the lines of those that have several, and the forms in which both stand in URLs
// and in quotes.
func learn(found []*mudlark.Finding, hide ...mudlark.Sensitive) *words {
	var list []string
	last := ""
	add := func(text string) {
		if text == last {
			return // mostly the mark in an excerpt after the secret itself
		}
		last = text
		for _, line := range lines(text) {
			list = append(list, line)
			list = appendForms(list, line)
		}
	}
	for _, secret := range hide {
		add(reveal(secret))
	}
	for _, f := range found {
		for _, part := range f.Parts {
			add(reveal(part))
		}
		for _, list := range f.Others {
			for _, part := range list {
				add(reveal(part))
			}
		}
		if !isPath(f) {
			add(reveal(f.Secret))
		}
		text := reveal(f.Excerpt.Text)
		for _, s := range proper(f.Excerpt.Secrets, len(text)) {
			add(text[s.Start:s.End])
		}
	}
	return newWords(list)
}

// isPath reports whether f tells of a file by its path alone, which is no
// secret even if a rule calls it one.
func isPath(f *mudlark.Finding) bool {
	return f.Position.StartLine == 0 && reveal(f.Secret) == f.Origin.Path
}

// lines returns text and, if it has several lines, each of them; line ends may
// be written as escapes. What is too short is left out, and so are the lines
// that begin and end a key, which are the same in every key.
func lines(text string) []string {
	if !strings.ContainsAny(text, "\r\n\\") {
		if len(text) < wordMin || isMarker(text) {
			return nil
		}
		return []string{text}
	}
	var list []string
	if len(text) >= wordMin {
		list = append(list, text)
	}
	ends := strings.NewReplacer(`\r`, "\n", `\n`, "\n", "\r", "\n")
	for line := range strings.SplitSeq(ends.Replace(text), "\n") {
		line = strings.TrimSpace(line)
		if len(line) >= wordMin && line != text && !isMarker(line) {
			list = append(list, line)
		}
	}
	return list
}

func isMarker(line string) bool {
	return strings.HasPrefix(line, "-----") && strings.HasSuffix(line, "-----")
}

// appendForms appends the forms of word, if they differ from it.
func appendForms(list []string, word string) []string {
	escaped := []string{url.QueryEscape(word), url.PathEscape(word)}
	if escaped[0] == word {
		return list // nothing in it needs an escape anywhere
	}
	quoted := strconv.Quote(word)
	forms := append(escaped, quoted[1:len(quoted)-1], valid(word), lowerHex(escaped[0]), lowerHex(escaped[1]))
	for _, form := range forms {
		if form != word {
			list = append(list, form)
		}
	}
	return list
}

// lowerHex returns escaped with the digits of its percent escapes in lower case.
func lowerHex(escaped string) string {
	if !strings.Contains(escaped, "%") {
		return escaped
	}
	b := []byte(escaped)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
		}
	}
	return string(b)
}
