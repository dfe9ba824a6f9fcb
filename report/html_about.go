package report

import (
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// htmlSkips is how many pieces of each reason are listed: a page of a million
// lines helps nobody, and what is left out is counted.
const htmlSkips = 500

// htmlUnread writes what was not read, by reason, and what mends it.
func (s *scan) htmlUnread(e *encoder) {
	byReason := map[mudlark.Reason][]mudlark.Skip{}
	for _, skip := range s.skips {
		byReason[skip.Reason] = append(byReason[skip.Reason], skip)
	}
	if len(byReason) == 0 {
		if !s.summary.Incomplete {
			e.text("<p>Everything was read.</p>\n")
		}
		return
	}
	for _, reason := range sortedKeys(byReason) {
		s.htmlReason(e, reason, byReason[reason])
	}
}

func (s *scan) htmlReason(e *encoder, reason mudlark.Reason, skips []mudlark.Skip) {
	n := 0
	for _, skip := range skips {
		n += pieces(skip)
	}
	what, mend := reasonWords(reason)
	class := "badge warn"
	if slices.Contains(s.summary.Coverage.Accepted, reason) {
		class, what, mend = "badge", what+" (accepted)", ""
	}
	e.text(`<details><summary><span class="` + class + `">` + escaped(string(reason)) + "</span> " + escaped(count(n, "piece")+": "+what) + "</summary>\n")
	if mend != "" {
		e.text("<p>" + escaped(mend) + "</p>\n")
	}
	e.text("<ul>\n")
	for i, skip := range skips {
		if i == htmlSkips {
			e.text("<li>and " + grouped(len(skips)-i) + " more, which the jsonl report lists</li>\n")
			break
		}
		e.text(`<li><bdi>` + escaped(skipSentence(skip)) + "</bdi></li>\n")
	}
	e.text("</ul></details>\n")
}

// htmlUncounted writes how much does not count, and why. The findings among it
// are in the list, which leaves them out until it is asked.
func (s *scan) htmlUncounted(e *encoder) {
	var lines []string
	for _, by := range sortedKeys(s.summary.Suppressed) {
		n := s.summary.Suppressed[by]
		lines = append(lines, count(n, "finding")+" "+suppressedWords(by, n)+".")
	}
	if n := s.summary.Allowlisted; n > 0 {
		lines = append(lines, count(n, "match")+" "+verb(n, "is", "are")+" on an allowlist of the configuration.")
	}
	for _, fold := range s.summary.Folds {
		lines = append(lines, foldSentence(fold))
	}
	if len(lines) == 0 {
		e.text("<p>Nothing is suppressed.</p>\n")
		return
	}
	e.text("<ul>\n")
	for _, line := range lines {
		e.text("<li>" + escaped(line) + "</li>\n")
	}
	e.text("</ul>\n")
}

// htmlAbout writes what was scanned and with what.
func (s *scan) htmlAbout(e *encoder) {
	tool := strings.TrimSpace(s.run.Tool.Name + " " + s.run.Tool.Version)
	e.text("<dl class=\"facts\">\n")
	for _, row := range []struct {
		name   string
		values []string
	}{
		{"Scanned", []string{strings.TrimSpace(s.run.Source + " " + s.run.Target)}},
		{"Asked for", []string{s.run.Asked}},
		{"Command", []string{s.run.Command}},
		{"Read", []string{readWords(s.summary.Coverage)}},
		{"Configured by", s.run.Files},
		{"Notes", s.summary.Coverage.Notes},
		{"Scanned by", []string{tool}},
	} {
		values := slices.DeleteFunc(slices.Clone(row.values), isEmpty)
		if len(values) == 0 {
			continue
		}
		e.text("<div><dt>" + row.name + "</dt>")
		for _, v := range values {
			e.text("<dd>" + escaped(v) + "</dd>")
		}
		e.text("</div>\n")
	}
	e.text("</dl>\n")
}
