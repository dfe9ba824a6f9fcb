package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
)

const (
	// githubMaxShown is how many annotations of one level a step shows; more
	// vanish without a word.
	githubMaxShown = 10
	// githubMaxSummary is how many bytes the summary has at most. GitHub refuses
	// one of more than 1 MiB, and other commands of the step may add to it.
	githubMaxSummary = 900_000
	// githubMaxMessage is how many characters a message has at most: 4 KB are
	// shown.
	githubMaxMessage = 1000
)

// writeGitHub writes GitHub's workflow commands, which become annotations of the
// files: the gravest findings that count, as many as are shown, and that
// something was not read. The job summary, if there is one, has all of it.
func writeGitHub(w io.Writer, s *scan) error {
	if _, err := io.WriteString(w, s.githubCommands()); err != nil {
		return err
	}
	if s.opts.Summary == nil {
		return nil
	}
	m := markdown{scan: s, most: githubMaxSummary, places: placesShown}
	_, err := io.WriteString(s.opts.Summary, "\n"+m.page())
	return err
}

func (s *scan) githubCommands() string {
	byLevel := map[string][]string{}
	add := func(level, command string) { byLevel[level] = append(byLevel[level], command) }
	if !s.whole() {
		level := "error"
		if s.summary.Verdict == mudlark.Found {
			level = "warning"
		}
		text := sentence(s.answer())
		add(level, githubCommand(level, []githubProperty{{"title", "mudlark: not everything was read"}}, text))
	}
	if n := folded(s.summary); n > 0 {
		text := grouped(n) + " more " + verb(n, "finding is", "findings are") + " counted, not listed."
		add("notice", githubCommand("notice", []githubProperty{{"title", "mudlark: not everything is listed"}}, text))
	}
	for _, q := range s.summary.Silenced {
		add("warning", githubSilence("warning", q))
	}
	found := s.counting()
	slices.SortStableFunc(found, func(a, b *mudlark.Finding) int { return s.compareGravity(b, a) })
	for _, f := range found {
		level := githubLevel(sarifLevel(s.rule(f.RuleID), f))
		if len(byLevel[level]) < githubMaxShown {
			add(level, s.githubFinding(level, f))
		} else {
			add(level, "") // counted alone
		}
	}
	var b strings.Builder
	for _, level := range []string{"error", "warning", "notice"} {
		commands := byLevel[level]
		if n := len(commands) - githubMaxShown; n > 0 {
			text := "And " + grouped(n+1) + " more of this level: GitHub shows no more than 10 of a step."
			if s.opts.Summary != nil {
				text += " The summary of the job lists the secrets."
			}
			commands = append(commands[:githubMaxShown-1:githubMaxShown-1], githubCommand(level, []githubProperty{{"title", "mudlark"}}, text))
		}
		for _, c := range commands {
			b.WriteString(c + "\n")
		}
	}
	return b.String()
}

func githubLevel(sarif string) string {
	if sarif == "note" {
		return "notice"
	}
	return sarif
}

// githubFinding ties a finding to its line if the files that are checked out have
// it there. Of what lies in the history alone the message says where.
func (s *scan) githubFinding(level string, f *mudlark.Finding) string {
	rule := s.rule(f.RuleID)
	what := strings.TrimRight(cmp.Or(rule.Description, ruleName(rule)), ". ")
	text := what
	if f.Key != "" {
		text += fmt.Sprintf(", assigned to %q", f.Key)
	}
	text += ", in " + fullWhere(f) + ". "
	if known := verificationSentence(&f.Verification); known != "" && f.Verification.Status == mudlark.Unknown {
		text += known + " "
	} else if about := ownerWords(f); about != "" {
		text += sentence("It is of "+about) + " "
	}
	if f.Assessment.Reason != "" {
		text += sentence("Of itself it says: "+f.Assessment.Reason) + " "
	}
	text += adviceFor(rule, f)
	properties := append(s.githubPlace(f), githubProperty{"title", severity(rule).String() + ": " + cut(what, 100)})
	return githubCommand(level, properties, text)
}

// A githubProperty is what a command says beside its message. There is an order,
// so that the same finding gives the same bytes.
type githubProperty struct{ name, value string }

func (s *scan) githubPlace(f *mudlark.Finding) []githubProperty {
	file, member, ok := s.repositoryFile(f)
	if !ok || !inTree(f) {
		return nil
	}
	list := []githubProperty{{"file", file}}
	p := f.Position
	if member != "" || f.Origin.Part != "" || p.StartLine < 1 {
		return append(list, githubProperty{"line", "1"})
	}
	end := max(p.EndLine, p.StartLine)
	list = append(list, githubProperty{"line", fmt.Sprint(p.StartLine)}, githubProperty{"endLine", fmt.Sprint(end)})
	if end == p.StartLine && p.StartUTF16 >= 1 { // of several lines GitHub takes no columns
		last := max(p.EndUTF16-1, p.StartUTF16)
		list = append(list, githubProperty{"col", fmt.Sprint(p.StartUTF16)}, githubProperty{"endColumn", fmt.Sprint(last)})
	}
	return list
}

// githubCommand writes a command. What is scanned chooses names of files, and
// must not be able to end a property, or the command.
func githubCommand(level string, properties []githubProperty, message string) string {
	var b strings.Builder
	b.WriteString("::" + level)
	for i, p := range properties {
		if i == 0 {
			b.WriteByte(' ')
		} else {
			b.WriteByte(',')
		}
		b.WriteString(p.name + "=" + githubEscaper(":", "%3A", ",", "%2C").Replace(githubText(p.name, p.value)))
	}
	return b.String() + "::" + githubEscaper().Replace(cut(sanitize(message), githubMaxMessage))
}

// githubText is the name of a file as it is, for GitHub to find it, and of
// anything else what can be seen of it.
func githubText(property, value string) string {
	if property != "file" {
		return sanitize(value)
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\r' && !visible(r) {
			return utf8.RuneError
		}
		return r
	}, value)
}

func githubEscaper(more ...string) *strings.Replacer {
	return strings.NewReplacer(append([]string{"%", "%25", "\r", "%0D", "\n", "%0A"}, more...)...)
}
