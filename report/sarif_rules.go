package report

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// Limits of code scanning services.
const (
	sarifMaxText = 1024
	sarifMaxTags = 10
)

// sarifRules returns the rules of found, each once, by ID.
func (s *scan) sarifRules(found []*mudlark.Finding) []mudlark.RuleInfo {
	seen := map[string]bool{}
	var rules []mudlark.RuleInfo
	for _, f := range found {
		if !seen[f.RuleID] {
			seen[f.RuleID] = true
			rules = append(rules, s.rule(f.RuleID))
		}
	}
	slices.SortFunc(rules, func(a, b mudlark.RuleInfo) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}

func (s *scan) sarifDriver(rules []mudlark.RuleInfo) sarifDriver {
	d := sarifDriver{
		Name:           cmp.Or(s.run.Tool.Name, "mudlark"),
		Version:        s.run.Tool.Version,
		InformationURI: webURL(s.run.Tool.URL),
		Rules:          make([]sarifRule, len(rules)),
	}
	if v := strings.TrimPrefix(d.Version, "v"); isSemantic(v) {
		d.SemanticVersion = v
	}
	for i, r := range rules {
		d.Rules[i] = sarifRuleOf(r)
	}
	return d
}

func sarifRuleOf(r mudlark.RuleInfo) sarifRule {
	description := sarifText{cut(cmp.Or(r.Description, ruleName(r)), sarifMaxText)}
	level, problem := "warning", "warning"
	switch {
	case r.Confidence == mudlark.Low:
		level, problem = "note", "recommendation"
	case r.Confidence == mudlark.High && severity(r) > mudlark.SeverityLow:
		level, problem = "error", "error"
	}
	return sarifRule{
		ID:               ruleName(r),
		ShortDescription: description,
		FullDescription:  description,
		HelpURI:          webURL(r.Help),
		Help:             sarifHelpOf(r),
		Default:          sarifConfiguration{level},
		Properties: sarifRuleProperties{
			SecuritySeverity: securitySeverity(severity(r)),
			Precision:        precision(r.Confidence),
			ProblemSeverity:  problem,
			Tags:             sarifTags(r.Tags),
		},
	}
}

func ruleName(r mudlark.RuleInfo) string { return cmp.Or(r.ID, "unknown-rule") }

// sarifHelpOf says what to do, in the order in which to do it.
func sarifHelpOf(r mudlark.RuleInfo) sarifHelp {
	what := sentence(cmp.Or(r.Description, ruleName(r)))
	first := strings.TrimSpace("Revoke it first, and replace it where it is used. " + sentence(r.Revoke))
	then := "Taking it out of the file is not enough: the history, and every copy of it, still holds it."
	h := sarifHelp{
		Text:     strings.Join([]string{what, first, then}, "\n\n"),
		Markdown: strings.Join([]string{what, "**What to do first.** " + first, then}, "\n\n"),
	}
	if link := webURL(r.Help); link != "" {
		h.Text += "\n\n" + link
		h.Markdown += "\n\n[How to revoke it](" + strings.NewReplacer("(", "%28", ")", "%29").Replace(link) + ")"
	} else if r.Help != "" {
		h.Text += "\n\n" + r.Help
		h.Markdown += "\n\n" + r.Help
	}
	return h
}

// securitySeverity is a score as CVSS has it, which must be above 0.
func securitySeverity(s mudlark.Severity) string {
	switch s {
	case mudlark.SeverityCritical:
		return "9.5"
	case mudlark.SeverityHigh:
		return "8.0"
	case mudlark.SeverityLow:
		return "2.5"
	}
	return "5.5"
}

func precision(c mudlark.Confidence) string {
	switch c {
	case mudlark.High:
		return "high"
	case mudlark.Low:
		return "low"
	}
	return "medium"
}

func sarifTags(own []string) []string {
	tags := []string{"security", "secret"}
	for _, t := range own {
		if t != "" && !slices.Contains(tags, t) && len(tags) < sarifMaxTags {
			tags = append(tags, t)
		}
	}
	return tags
}

// webURL returns link if a browser can follow it, and otherwise nothing.
func webURL(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(link, " \t\"<>") {
		return ""
	}
	return u.String()
}

// isSemantic reports whether v has the form of a semantic version.
func isSemantic(v string) bool {
	core, _, _ := strings.Cut(v, "+")
	core, pre, hasPre := strings.Cut(core, "-")
	numbers := strings.Split(core, ".")
	if len(numbers) != 3 || hasPre && pre == "" {
		return false
	}
	for _, n := range numbers {
		if n == "" || strings.Trim(n, "0123456789") != "" || n[0] == '0' && n != "0" {
			return false
		}
	}
	return true
}

// cut returns the beginning of text in at most n characters.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}
