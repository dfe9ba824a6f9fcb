package report

import (
	"fmt"

	"github.com/mudlark-scan/mudlark"
)

// What a change under test silences. It is told beside what was found, in the
// formats that people read when they review.

// silences returns how many findings the change silences.
func (s *scan) silences() int { return len(s.summary.Silenced) + max(s.summary.MoreSilenced, 0) }

// silencedWords says how a change silences findings.
func silencedWords(by mudlark.SilencedBy) string {
	switch by {
	case mudlark.SilencedByConfig:
		return "by rules or allowlists that it changes"
	case mudlark.SilencedByIgnoreFile:
		return "by an entry in an ignore file"
	case mudlark.SilencedByBaseline:
		return "by a baseline"
	case mudlark.SilencedByComment:
		return "by a comment"
	case mudlark.SilencedByAttributes:
		return "by .gitattributes, for which reviewers are not shown the file"
	case mudlark.SilencedByRename:
		return "by moving it to where it does not count"
	case mudlark.SilencedByEdit:
		return "by changing what stands around it"
	}
	return "by " + string(by)
}

// silencedWhere says what a silence is about: the place, the rule, how.
func silencedWhere(q mudlark.Silence) (place, how string) {
	place = q.Path
	if q.Line > 0 {
		place += fmt.Sprintf(":%d", q.Line)
	}
	how = silencedWords(q.By)
	if q.Place != "" {
		how += ", " + q.Place
	}
	if q.Was != "" {
		how += ", from " + q.Was
	}
	return place, how
}

func (s *scan) silencedTitle() string {
	return "This change silences " + count(s.silences(), "finding")
}

// silenced writes what the change silences for people.
func (p *page) silenced(s *scan) {
	if s.silences() == 0 {
		return
	}
	p.para(warn, 0, s.silencedTitle()+":")
	for _, q := range s.summary.Silenced {
		place, how := silencedWhere(q)
		p.row(plainStyle, 2, place+"  "+q.RuleID)
		p.row(faint, 4, how)
	}
	if n := s.summary.MoreSilenced; n > 0 {
		p.row(plainStyle, 2, "and "+grouped(n)+" more")
	}
	p.end()
}

// silencedPart is the part of a page about what the change silences.
func (m *markdown) silencedPart() string {
	if m.silences() == 0 {
		return ""
	}
	var lines []string
	for _, q := range m.summary.Silenced {
		place, how := silencedWhere(q)
		lines = append(lines, markdownCode(place)+", rule "+markdownCode(q.RuleID)+": "+markdownText(how))
	}
	if n := m.summary.MoreSilenced; n > 0 {
		lines = append(lines, "and "+grouped(n)+" more")
	}
	return "\n### " + m.silencedTitle() + "\n\nThe secrets are still there, but would not be reported, or not be seen, any more.\n\n" + m.bullets(lines)
}

// githubSilence ties what is silenced to its line.
func githubSilence(level string, q mudlark.Silence) string {
	_, how := silencedWhere(q)
	var properties []githubProperty
	if q.Path != "" && q.Line > 0 {
		properties = append(properties, githubProperty{"file", q.Path}, githubProperty{"line", fmt.Sprint(q.Line)})
	}
	properties = append(properties, githubProperty{"title", "mudlark: this change silences a finding"})
	return githubCommand(level, properties, "A finding of the rule "+q.RuleID+" is silenced "+how+".")
}

// silences hides secrets in what is told of a change.
func (m *masker) silences(list []mudlark.Silence) []mudlark.Silence {
	if len(list) == 0 {
		return nil
	}
	out := make([]mudlark.Silence, len(list))
	for i, q := range list {
		out[i] = mudlark.Silence{
			By: mudlark.SilencedBy(m.text(string(q.By))), RuleID: m.text(q.RuleID), Path: m.text(q.Path), Line: max(q.Line, 0),
			Fingerprint: m.id(q.Fingerprint), Place: m.text(q.Place), Was: m.text(q.Was),
		}
	}
	return out
}
