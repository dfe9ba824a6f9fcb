package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

const (
	// markdownMaxComment is how many bytes a report has that the user did not ask
	// all of: a comment on GitHub takes 65,536 characters.
	markdownMaxComment = 60_000
	markdownMaxLines   = 50  // of advice, and of what was not read
	markdownMaxWords   = 200 // characters of one name; a sentence has twice as many
)

// writeMarkdown writes a page for a comment or a wiki: the answer, a table of
// the secrets, what to do, and what was not read. It fits a comment, unless the
// user asked for everything.
func writeMarkdown(w io.Writer, s *scan) error {
	m := markdown{scan: s, most: markdownMaxComment, places: placesShown}
	if s.opts.Verbose {
		m.most, m.places = 0, 0
	}
	_, err := io.WriteString(w, m.page())
	return err
}

// A markdown is a page to be written. All text of what was scanned goes through
// markdownCode or markdownText, which let none of it be markup, a mention of
// somebody, or a link.
type markdown struct {
	*scan
	most   int // bytes; 0: as many as there are
	places int // of each secret; 0: all
}

func (m *markdown) page() string {
	groups := m.groups()
	head := "## mudlark: " + m.title() + "\n\n" + markdownText(capital(m.answer())) + ".\n"
	tail := m.silencedPart() + m.advice(groups) + m.suppressedPart() + m.unreadPart()
	if len(groups) == 0 {
		return head + tail
	}
	return head + m.table(groups, m.most-len(head)-len(tail)) + tail
}

// title is the answer in a word or two.
func (m *markdown) title() string {
	switch {
	case m.summary.Verdict == mudlark.Failed:
		return "the scan failed"
	case isFound(m.summary):
		return count(max(m.summary.Secrets, 1), "secret") + " found"
	case !m.whole():
		return "the scan is incomplete"
	}
	return "no secrets found"
}

// table lists the secrets in at most so many bytes, if there is a bound, and says
// how many it leaves out.
func (m *markdown) table(groups []*group, most int) string {
	var b strings.Builder
	b.WriteString("\n| severity | secret | where | known of it |\n|---|---|---|---|\n")
	const more = "\nAnd %s that %s no room here; another format has all.\n"
	for i, g := range groups {
		row := m.row(g)
		if m.most > 0 && b.Len()+len(row)+len(more)+30 > most {
			n := len(groups) - i
			fmt.Fprintf(&b, more, count(n, "more secret"), verb(n, "has", "have"))
			break
		}
		b.WriteString(row)
	}
	return b.String()
}

func (m *markdown) row(g *group) string {
	first := g.places[0]
	what := []string{markdownText(cmp.Or(g.rule.Description, ruleName(g.rule)))}
	if first.Key != "" {
		what = append(what, "assigned to "+markdownCode(first.Key))
	}
	if first.Fingerprint != "" {
		what = append(what, markdownCode(first.Fingerprint))
	}
	var places []string
	for i, f := range g.places {
		if m.places > 0 && i == m.places && len(g.places) > m.places+1 {
			places = append(places, fmt.Sprintf("and %s more places", grouped(len(g.places)-i)))
			break
		}
		place := markdownCode(placeName(f))
		if c := f.Origin.Commit; c != nil && c.ID != "" {
			place += " in " + markdownCode(shortID(c.ID))
		}
		places = append(places, place)
	}
	grade := severity(g.rule).String()
	if severity(g.rule) >= mudlark.SeverityHigh {
		grade = "**" + grade + "**"
	}
	cells := []string{grade, strings.Join(what, "<br>"), strings.Join(places, "<br>"), strings.Join(m.standing(g), "<br>")}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// standing says what is known of a secret: whether it works, what it says of
// itself, and what still holds it.
func (m *markdown) standing(g *group) []string {
	var words []string
	if v := g.answer; v.Status != mudlark.NotAsked {
		text := strings.ToUpper(string(v.Status))
		if can := privilegeWords(v.Privilege); can != "" {
			text += ", " + can
		}
		about := cmp.Or(factWords(v.Identity), v.Reason)
		words = append(words, strings.TrimSuffix("**"+markdownText(text)+"** "+markdownText(about), " "))
	}
	if text := assessmentWords(g.assessment()); text != "" {
		words = append(words, markdownText(text))
	}
	if text := g.history(m.opts.Now); text != "" {
		words = append(words, markdownText(text))
	}
	if c := g.places[0].Confidence; c != mudlark.ConfidenceUnset {
		words = append(words, "confidence "+c.String())
	}
	return words
}

// advice says once for each rule what to do.
func (m *markdown) advice(groups []*group) string {
	var lines []string
	told := map[string]bool{}
	for _, g := range groups {
		if told[g.rule.ID] || g.answer.Status == mudlark.Inactive {
			continue
		}
		told[g.rule.ID] = true
		what := strings.TrimRight(cmp.Or(g.rule.Description, ruleName(g.rule)), ". ")
		revoke := cmp.Or(sentence(g.rule.Revoke), "Revoke it where it was made, and replace it where it is used.")
		line := "**" + markdownText(what) + ".** " + markdownText(revoke)
		if link := trustedLink(g.rule); link != "" {
			line += " [How to revoke it](" + markdownURL(link) + ")"
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n### What to do\n\nRevoke each secret first. Taking it out of the file is not enough: the history, and every copy of it, " +
		"still holds it.\n\n" + m.bullets(lines)
}

// bullets lists lines, in a quarter of the page at most, and counts the others.
func (m *markdown) bullets(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		if m.most > 0 && (i == markdownMaxLines || b.Len()+len(line) > m.most/4) {
			b.WriteString("- and " + grouped(len(lines)-i) + " more\n")
			break
		}
		b.WriteString("- " + line + "\n")
	}
	return b.String()
}

// suppressedPart counts what does not count, and lists it if all was asked for.
func (m *markdown) suppressedPart() string {
	var lines []string
	reasons := map[string]int{}
	for _, f := range m.found {
		if f.Counts() {
			continue
		}
		reasons[string(f.Suppression.By)]++
		if m.most == 0 {
			lines = append(lines, markdownCode(placeName(f))+", "+markdownText(suppressionWords(f.Suppression)))
		}
	}
	var by []string
	n := 0
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		n += reasons[reason]
		by = append(by, grouped(reasons[reason])+" by "+markdownText(reason))
	}
	if n == 0 {
		return ""
	}
	text := fmt.Sprintf("\n### Not counted\n\n%s %s not count: %s.\n",
		count(n, "more finding"), verb(n, "does", "do"), strings.Join(by[:min(len(by), 10)], ", "))
	if len(lines) > 0 {
		text += "\n" + m.bullets(lines)
	}
	return text
}

func (m *markdown) unreadPart() string {
	var lines []string
	if !m.whole() {
		for _, text := range m.unreadSentences(len(m.skips) + 1) {
			lines = append(lines, markdownText(text))
		}
	}
	for _, fold := range m.summary.Folds {
		lines = append(lines, markdownText(foldSentence(fold)))
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n### Not read, or not listed\n\n" + m.bullets(lines)
}

// markdownCode returns text as code, in which nothing is markup and nobody is
// mentioned, in a table or outside.
func markdownCode(text string) string {
	text = cut(sanitize(text), markdownMaxWords)
	if strings.TrimSpace(text) == "" {
		return ""
	}
	if !strings.ContainsAny(text, "`|\\") && strings.TrimSpace(text) == text {
		return "`" + text + "`"
	}
	// There is no fence that a table leaves alone whatever is in it.
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 && r != ' ' && !isWord(r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return "<code>" + b.String() + "</code>"
}

func isWord(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// markdownText returns a sentence in which nothing is markup. Words that services
// make a link or a mention of become code.
func markdownText(text string) string {
	var words []string
	for word := range strings.SplitSeq(cut(sanitize(text), 2*markdownMaxWords), " ") {
		if strings.ContainsAny(word, "@#`|\\") || strings.Contains(word, "://") || strings.Contains(strings.ToLower(word), "www.") {
			words = append(words, markdownCode(word))
			continue
		}
		var b strings.Builder
		for _, r := range word {
			if strings.ContainsRune("*_[]<>~&$", r) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
		words = append(words, b.String())
	}
	return strings.Join(words, " ")
}

// markdownURL returns a link that webURL passed as the target of one.
func markdownURL(link string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", "|", "%7C", "\\", "%5C", "`", "%60").Replace(sanitize(link))
}
