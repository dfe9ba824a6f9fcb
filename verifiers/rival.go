package verifiers

import (
	"regexp"
	"strings"

	"github.com/mudlark-scan/mudlark/rules"
)

// rivals finds the built-in rules that are not used now and might have taken a
// secret for theirs. Who disables the rule of one provider must not send its
// secrets to another, whose rule is less particular.
type rivals struct {
	unused   []*rules.Rule
	compiled map[string]*regexp.Regexp
}

func newRivals(set *rules.Set) *rivals {
	r := &rivals{compiled: map[string]*regexp.Regexp{}}
	all := rules.Builtin(rules.Sets()...)
	for i := range all.Rules {
		rule := &all.Rules[i]
		// A pattern for whole values is vague: one that is off by default says nothing.
		known := rule.Detector == "" || rule.Detector == "assignment" && rule.Set == ""
		if known && rule.Regex != "" && !rule.SkipReport && set.Rule(rule.ID) == nil {
			r.unused = append(r.unused, rule)
		}
	}
	return r
}

// of returns the ID of an unused rule that may take the secret for its own, where
// it stands; empty: none does.
func (r *rivals) of(c Credential) string {
	around := c.Line + "\n" + c.Match
	lower := strings.ToLower(around)
	for _, rule := range r.unused {
		if rule.EndpointName() == c.Rule.EndpointName() || rule.Specificity < c.Rule.Specificity || !hasKeyword(lower, rule.Keywords) {
			continue
		}
		re := r.pattern(rule)
		switch {
		case re == nil:
		case rule.Detector != "" && re.FindString(c.Secret) == c.Secret: // its pattern is that of a whole value
			return rule.ID
		case rule.Detector == "" && (strings.Contains(re.FindString(c.Line), c.Secret) || strings.Contains(re.FindString(c.Match), c.Secret)):
			return rule.ID
		}
	}
	return ""
}

// pattern returns a rule's expression, or nil.
func (r *rivals) pattern(rule *rules.Rule) *regexp.Regexp {
	re, known := r.compiled[rule.ID]
	if !known {
		re, _ = regexp.Compile(rule.Regex) // one that does not compile finds nothing
		r.compiled[rule.ID] = re
	}
	return re
}

func hasKeyword(lower string, words []string) bool {
	for _, w := range words {
		if strings.Contains(lower, w) {
			return true
		}
	}
	return false
}
