package detectors

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// markers finds the inline comments that suppress findings, of all tools whose
// comments are honoured. Each line is read once, whatever the number of
// findings on it, and only if one of the words stands there.
type markers struct {
	data   []byte
	now    time.Time
	yaml   bool
	policy *rules.Suppressions
	words  []markerWord // in order
	blocks []blockMarker
	line   mudlark.Span // the line that was read last
	here   []marker     // on that line
	above  []marker     // on the line before it, for the next one
	linted bool         // blocks were read
}

// A marker suppresses findings on a line.
type marker struct {
	end    int      // where its word ends
	after  bool     // it must come after the secret
	next   bool     // it is for the next line
	rules  []string // nil: all
	reason string
}

// A blockMarker switches suppression on or off from its line on.
type blockMarker struct {
	at    int
	off   bool // secretlint-enable
	rules []string
}

// newMarkers takes the notes of the text, among which are those of all markers.
func newMarkers(text []byte, notes []note, path string, e *Engine) *markers {
	m := &markers{
		data: text, now: e.opts.Now, policy: e.suppressions, line: mudlark.Span{Start: -1, End: -1},
		yaml: strings.HasSuffix(path, ".yml") || strings.HasSuffix(path, ".yaml"),
	}
	if e.opts.IgnoreInline {
		return m
	}
	for _, n := range notes {
		k := e.literals[n.literal].word
		if k == 0 {
			continue
		}
		if at := int(n.at); bytes.HasPrefix(text[at:], []byte(words[k-1])) && e.suppressions.Honours(commenters[k-1]) { // which is not so if the case differs
			m.words = append(m.words, markerWord{at: at, word: int(k - 1)})
		}
	}
	return m
}

// words are what markers hold, in the spelling that is looked for. They are
// among the literals of the prefilter.
var words = [...]string{
	"mudlark:allow", "gitleaks:allow", "betterleaks:allow", "trufflehog:ignore", "kingfisher:ignore", "keyhog:ignore",
	"pragma:", lintDisable, lintEnable,
}

// commenters are the tools that the words are from.
var commenters = [len(words)]string{
	"mudlark", "gitleaks", "betterleaks", "trufflehog", "kingfisher", "keyhog", "detect-secrets", "secretlint", "secretlint",
}

const lintDisable, lintEnable = "secretlint-disable", "secretlint-enable"

// A markerWord is an occurrence of one of words.
type markerWord struct{ at, word int }

// wordsIn returns those of m.words that stand in a span of the text.
func (m *markers) wordsIn(span mudlark.Span) []markerWord {
	from := sort.Search(len(m.words), func(i int) bool { return m.words[i].at >= span.Start })
	to := from
	for to < len(m.words) && m.words[to].at < span.End {
		to++
	}
	return m.words[from:to]
}

// suppression returns what suppresses c, if something does.
func (m *markers) suppression(c *candidate, id string) mudlark.Suppression {
	if len(m.words) == 0 {
		return mudlark.Suppression{}
	}
	around := trimmed(m.data, c.around.span())
	first := lineAt(m.data, around.Start, m.line)
	for line := first; ; line = lineAt(m.data, line.End+1, mudlark.Span{Start: -1}) {
		m.read(line)
		for _, k := range m.here {
			if !k.next && coversID(k.rules, id) && (!k.after || k.end > int(c.place.end)) {
				return mudlark.Suppression{By: mudlark.ByComment, Reason: k.reason}
			}
		}
		if line.Start == first.Start {
			for _, k := range m.above {
				if coversID(k.rules, id) {
					return mudlark.Suppression{By: mudlark.ByComment, Reason: k.reason}
				}
			}
		}
		if line.End >= around.End || line.End >= len(m.data) {
			break
		}
	}
	if m.inBlock(c, id) {
		return mudlark.Suppression{By: mudlark.ByComment, Reason: "secretlint-disable"}
	}
	return mudlark.Suppression{}
}

// lineAt returns the line that holds offset; known is one that need not be
// looked for.
func lineAt(data []byte, offset int, known mudlark.Span) mudlark.Span {
	if known.Start >= 0 && known.Start <= offset && offset <= known.End {
		return known
	}
	offset = min(offset, len(data))
	l := mudlark.Span{Start: bytes.LastIndexByte(data[:offset], '\n') + 1, End: len(data)}
	if i := bytes.IndexByte(data[offset:], '\n'); i >= 0 {
		l.End = offset + i
	}
	return l
}

// read reads the markers of a line and those that the line before has for it.
func (m *markers) read(line mudlark.Span) {
	if line == m.line {
		return
	}
	m.line, m.here, m.above = line, m.parse(line, m.here[:0]), m.above[:0]
	if line.Start == 0 {
		return
	}
	before := lineAt(m.data, line.Start-1, mudlark.Span{Start: -1})
	for _, k := range m.parse(before, nil) {
		if k.next {
			m.above = append(m.above, k)
		}
	}
}

// parse appends the markers of a line.
func (m *markers) parse(line mudlark.Span, out []marker) []marker {
	here := m.wordsIn(line)
	if len(here) == 0 {
		return out
	}
	text := m.data[line.Start:line.End]
	for k, w := range words {
		for _, found := range here {
			if found.word != k || w == lintEnable {
				continue
			}
			i := found.at - line.Start
			after := i + len(w)
			if k, ok := m.marker(w, text, i, string(text[after:min(len(text), after+512)])); ok {
				k.end += line.Start
				out = append(out, k)
			}
		}
	}
	return out
}

// marker reads the marker whose word stands at i, rest being what follows it.
func (m *markers) marker(word string, text []byte, i int, rest string) (marker, bool) {
	k := marker{end: i + len(word), reason: word}
	switch word {
	case "mudlark:allow":
		return m.ownMarker(k, rest)
	case "trufflehog:ignore":
		k.after = true
	case "keyhog:ignore":
		if args, ok := strings.CutPrefix(strings.TrimSpace(rest), "detector="); ok {
			k.rules = idList(firstWord(args))
		}
	case "pragma:":
		return m.pragma(k, text, i)
	case lintDisable:
		return lintMarker(k, rest)
	}
	return k, true
}

// ownMarker reads "mudlark:allow[-next-line][=rule[,rule]] reason [until=date]".
func (m *markers) ownMarker(k marker, rest string) (marker, bool) {
	if rest, k.next = strings.CutPrefix(rest, "-next-line"); rest != "" && isNameLike(rest[0]) {
		return k, false
	}
	if list, ok := strings.CutPrefix(rest, "="); ok {
		list = firstWord(list)
		k.rules = idList(list)
		rest = rest[1+len(list):]
	}
	rest = endComment(rest)
	if i := strings.Index(rest, "until="); i >= 0 {
		date := firstWord(rest[i+len("until="):])
		rest = rest[:i] + rest[i+len("until=")+len(date):]
		last, err := time.Parse(time.DateOnly, date)
		if err != nil || !m.now.IsZero() && !m.now.Before(last.AddDate(0, 0, 1)) {
			return k, false
		}
	}
	if k.reason = strings.Join(strings.Fields(rest), " "); k.reason == "" {
		k.reason = "mudlark:allow"
		return k, !m.policy.NeedsReasons()
	}
	return k, true
}

func isNameLike(c byte) bool { return isWord(c) || c == '-' }

// endComment takes the end of a comment off its text.
func endComment(text string) string {
	for _, end := range [...]string{"*/", "-->", "--}}", "#}", "%>"} {
		if i := strings.Index(text, end); i >= 0 {
			text = text[:i]
		}
	}
	return text
}

func firstWord(s string) string {
	if i := strings.IndexAny(s, " \t\r\"'"); i >= 0 {
		return s[:i]
	}
	return s
}

func idList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

// pragma reads "pragma: allowlist secret" and its kin, behind a comment opener, as
// detect-secrets does: one blank at most after the colon, one between the words,
// and a comment that is closed at the end of the line if it needs to be.
func (m *markers) pragma(k marker, text []byte, i int) (marker, bool) {
	const enough = 512 // of a line that may be long, and hold many
	last := bytes.TrimRight(text[max(k.end, len(text)-enough):], " \t\r")
	rest := strings.TrimPrefix(string(text[k.end:min(len(text), k.end+enough)]), " ")
	rest, ok := strings.CutPrefix(rest, "allowlist")
	if !ok {
		if rest, ok = strings.CutPrefix(rest, "whitelist"); !ok {
			return k, false
		}
	}
	if rest, ok = cutBetween(rest); !ok {
		return k, false
	}
	if rest, k.next = strings.CutPrefix(rest, "nextline"); k.next {
		if rest, ok = cutBetween(rest); !ok {
			return k, false
		}
	}
	if !strings.HasPrefix(rest, "secret") {
		return k, false
	}
	before, ok := m.cutOpener(text[:i], last)
	if !ok || k.next && len(bytes.TrimLeft(before, " \t")) > 0 {
		return k, false
	}
	k.reason = "pragma: allowlist secret"
	return k, true
}

// cutBetween takes off what is between the words of a pragma.
func cutBetween(text string) (string, bool) {
	if text == "" || text[0] != ' ' && text[0] != '-' {
		return text, false
	}
	return text[1:], true
}

// cutOpener takes the comment opener off the end of what stands before a pragma,
// if the end of the line closes the comment.
func (m *markers) cutOpener(before, last []byte) ([]byte, bool) {
	before = bytes.TrimRight(before, " ")
	for _, c := range [...]struct{ open, end string }{{"#", ""}, {"//", ""}, {"/*", "*/"}, {"'", ""}, {"<!--", "-->"}, {"--", ""}} {
		if m.yaml && c.open != "#" || !bytes.HasSuffix(last, []byte(c.end)) {
			continue
		}
		text := before
		if c.open == "<!--" {
			text = bytes.TrimRight(text, "# \t")
		}
		if rest, ok := bytes.CutSuffix(text, []byte(c.open)); ok {
			return rest, true
		}
	}
	return before, false
}

// lintMarker reads the forms of secretlint for one line; the others are blocks.
func lintMarker(k marker, rest string) (marker, bool) {
	list, next := strings.CutPrefix(rest, "-next-line")
	if next {
		k.next, k.reason = true, k.reason+"-next-line"
	} else {
		var ok bool
		if list, ok = strings.CutPrefix(rest, "-line"); !ok {
			return k, false
		}
		k.reason += "-line"
	}
	k.rules = lintRules(list)
	return k, true
}

// lintRules reads a list of rule ids, "--" begins a remark. Theirs end in ours:
// "@secretlint/secretlint-rule-aws".
func lintRules(rest string) []string {
	rest, _, _ = strings.Cut(endComment(rest), "--")
	var ids []string
	for _, id := range strings.FieldsFunc(rest, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\r' }) {
		ids = append(ids, lintNames(strings.TrimPrefix(strings.TrimPrefix(id, "@secretlint/"), "secretlint-rule-"))...)
	}
	return ids
}

// lintNames returns our names for a rule of secretlint, where they do not begin
// alike.
func lintNames(id string) []string {
	switch id {
	case "basicauth":
		return []string{"basic-auth", "http-basic", "service-url-password"}
	case "database-connection-string":
		return []string{"mongodb-url", "mysql-url", "postgres-url", "mssql-url", "redis-url", "jdbc-url"}
	case "gcp":
		return []string{"gcp", "google-service-account-key", "google-api-key"}
	case "privatekey":
		return []string{"private-key", "encrypted-private-key", "openssh-private-key", "pgp-private-key", "putty-private-key"}
	case "secp256k1-privatekey":
		return []string{"secp256k1-private-key"}
	}
	return []string{id}
}

// coversID reports whether a list of rules holds id: named as it is, or by the
// first words of its name. No list holds all.
func coversID(ids []string, id string) bool {
	return ids == nil || slices.ContainsFunc(ids, func(want string) bool {
		return want == id || strings.HasPrefix(id, want) && len(want) > 2 && id[len(want)] == '-'
	})
}

// inBlock reports whether secretlint is switched off where c begins.
func (m *markers) inBlock(c *candidate, id string) bool {
	if !m.linted {
		m.linted = true
		m.readBlocks()
	}
	i, _ := slices.BinarySearchFunc(m.blocks, int(c.place.start), func(b blockMarker, at int) int { return b.at - at })
	// What was said last counts; a list of rules leaves the others as they were.
	for i--; i >= 0; i-- {
		if coversID(m.blocks[i].rules, id) {
			return !m.blocks[i].off
		}
	}
	return false
}

func (m *markers) readBlocks() {
	for _, found := range m.words {
		word := words[found.word]
		if word != lintDisable && word != lintEnable {
			continue
		}
		rest := m.data[found.at+len(word) : min(len(m.data), found.at+512)]
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			rest = rest[:i]
		}
		if len(rest) == 0 || !isNameLike(rest[0]) {
			m.blocks = append(m.blocks, blockMarker{at: found.at, off: word == lintEnable, rules: lintRules(string(rest))})
		}
	}
}
