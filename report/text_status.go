package report

import (
	"cmp"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// standing writes what a secret says of itself, and what its provider said.
func (p *page) standing(g *group) {
	if words := assessmentWords(g.assessment()); words != "" {
		p.para(plainStyle, 2, words)
	}
	v := g.answer
	if v.Status == mudlark.NotAsked {
		return
	}
	p.put(plainStyle, "  ")
	p.put(statusStyle(v.Status), strings.ToUpper(string(v.Status)))
	if can := privilegeWords(v.Privilege); can != "" {
		p.put(plainStyle, ",")
		p.flow(plainStyle, 2, can, false)
	}
	about := factWords(v.Identity)
	if about == "" {
		about = v.Reason
	}
	if about != "" {
		p.put(plainStyle, ":")
		p.flow(plainStyle, 2, about, false)
	}
	p.end()
	if len(v.Scopes) > 0 {
		p.para(plainStyle, 2, "scopes "+list(v.Scopes, scopesShown, 0))
	}
	if v.Reason != "" && v.Reason != about {
		p.para(plainStyle, 2, v.Reason)
	}
	if words := askedWords(v); words != "" {
		p.para(faint, 2, words)
	}
}

func statusStyle(s mudlark.Status) style {
	switch s {
	case mudlark.Active:
		return grave
	case mudlark.Inactive:
		return faint
	}
	return warn
}

// advice says what to do, in the order in which to do it; the second time a rule
// comes up, that it was said, unless somebody may use the secret just now.
func (p *page) advice(g *group) {
	rule, status := g.rule, g.answer.Status
	if status != mudlark.Active && status != mudlark.Inactive && p.told[rule.ID] {
		p.row(bold, 2, "Revoke it first, as above.")
		return
	}
	p.row(bold, 2, firstAdvice(status))
	if status == mudlark.Inactive {
		return
	}
	p.told[rule.ID] = true
	p.para(plainStyle, 2, cmp.Or(sentence(rule.Revoke), "Then replace it where it is used."))
	if rule.Help != "" {
		p.row(plainStyle, 2, rule.Help)
	}
}
