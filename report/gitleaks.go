package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// gitleaksFinding is a finding as gitleaks 8 reports it: its keys in its order,
// and its ways. Baselines and ignore files that people have are made of these
// reports, so nothing here is put right.
type gitleaksFinding struct {
	RuleID      string
	Description string
	StartLine   int
	EndLine     int
	StartColumn int
	EndColumn   int
	Match       string
	Secret      string
	File        string
	SymlinkFile string
	Commit      string
	Link        string `json:",omitempty"`
	Entropy     float32
	Author      string
	Email       string
	Date        string
	Message     string
	Tags        []string
	Fingerprint string
}

// fileDetected is what gitleaks says that it matched where a path alone did.
const fileDetected = "file detected: "

// gitleaks returns f in gitleaks' form. How much of the secret is shown, and the
// rounding, are the masker's, and gitleaks' too.
func (s *scan) gitleaks(f *mudlark.Finding) gitleaksFinding {
	g := gitleaksFinding{
		RuleID:      s.gitleaksRule(f.RuleID),
		Description: s.rule(f.RuleID).Description,
		Match:       strings.Trim(reveal(f.Match), "\n"),
		Secret:      reveal(f.Secret),
		File:        f.Origin.Path,
		SymlinkFile: f.Origin.Labels["symlink"],
		Link:        f.Origin.Link,
		Entropy:     float32(f.Entropy),
		Tags:        append([]string{}, f.Tags...),
	}
	if f.Origin.Source == "stdin" {
		g.File = ""
	}
	if ofPath(f) {
		g.Match, g.Secret, g.Entropy = fileDetected+g.File, "", 0
	} else {
		g.place(f)
	}
	if c := f.Origin.Commit; c != nil {
		g.Commit, g.Author, g.Email, g.Message = c.ID, c.Author, c.Email, expandTabs(c.Message())
		if !c.Date.IsZero() {
			g.Date = c.Date.UTC().Format(time.RFC3339)
		}
	} else if f.Origin.Source == "git" { // staged, or not even that
		g.Date = time.Time{}.Format(time.RFC3339)
	}
	g.Fingerprint = g.File + ":" + g.RuleID + ":" + strconv.Itoa(g.StartLine)
	if g.Commit != "" {
		g.Fingerprint = g.Commit + ":" + g.Fingerprint
	}
	return g
}

// expandTabs puts blanks in place of tabs, up to the next multiple of eight
// columns, as git log does, which gitleaks reads messages from.
func expandTabs(text string) string {
	if !strings.Contains(text, "\t") {
		return text
	}
	var b strings.Builder
	column := 0
	for _, r := range text {
		switch r {
		case '\t':
			n := 8 - column%8
			b.WriteString(strings.Repeat(" ", n))
			column += n
		case '\n':
			b.WriteRune(r)
			column = 0
		default:
			b.WriteRune(r)
			column++
		}
	}
	return b.String()
}

// gitleaksRule is what gitleaks calls a rule.
func (s *scan) gitleaksRule(id string) string {
	if s.opts.RuleName == nil {
		return id
	}
	return valid(s.opts.RuleName(id))
}

// ofPath reports whether f is of a rule that looks at paths alone.
func ofPath(f *mudlark.Finding) bool {
	return isPath(f) || f.Secret.Len() == 0 && strings.HasPrefix(reveal(f.Match), fileDetected)
}

// place sets where the match lies, not the secret. gitleaks counts the columns of a
// line from the line end before it, which the first line does not have: on all
// others they are one too large. What it cuts off before a match, which are line
// ends, it does not take into account.
func (g *gitleaksFinding) place(f *mudlark.Finding) {
	p := matchPosition(f)
	g.StartLine, g.EndLine, g.StartColumn, g.EndColumn = max(p.StartLine, 0), max(p.EndLine, 0), max(p.StartColumn, 0), max(p.EndColumn, 0)
	if g.StartLine > 1 {
		g.StartColumn++
	}
	if g.EndLine <= 1 {
		g.EndColumn = max(g.EndColumn-1, 0)
	}
	match := reveal(f.Match)
	if n := len(match) - len(strings.TrimLeft(match, "\n")); n > 0 {
		g.StartLine, g.StartColumn = max(g.StartLine-n+1, 1), 1
		g.EndColumn = max(g.EndColumn-n, 0)
	}
}

// matchPosition returns where the match of f lies. Of a recording that does not
// say, it is told from the place of the secret in the text of the match.
func matchPosition(f *mudlark.Finding) mudlark.Position {
	p := f.Position
	if f.MatchPosition != (mudlark.Position{}) {
		return f.MatchPosition
	}
	before, after, ok := strings.Cut(strings.Trim(reveal(f.Match), "\n"), reveal(f.Secret))
	if !ok || f.Secret.Len() == 0 || decoded(f) {
		return p
	}
	if n := strings.Count(before, "\n"); n > 0 {
		p.StartLine, p.StartColumn = max(p.StartLine-n, 1), 1
	} else {
		p.StartColumn = max(p.StartColumn-len(before), 1)
	}
	if n := strings.Count(after, "\n"); n > 0 {
		p.EndLine, p.EndColumn = p.EndLine+n, len(after)-strings.LastIndexByte(after, '\n')
	} else {
		p.EndColumn += len(after)
	}
	return p
}

// decoded reports whether f was found in decoded text, of which the lengths say
// nothing about the text that it stands in.
func decoded(f *mudlark.Finding) bool {
	for _, tag := range f.Tags {
		if strings.HasPrefix(tag, "decoded:") {
			return true
		}
	}
	return false
}
