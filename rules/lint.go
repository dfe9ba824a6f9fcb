package rules

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
)

// A Problem is what is not as it should be in a rule that works.
type Problem struct {
	Rule string // its ID
	File string
	Line int
	Text string
}

// String returns the problem in a line.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: rule %q: %s", printable(p.File), p.Line, p.Rule, p.Text)
}

// Problems looks for problems in the rules of a set: patterns without bounds,
// keywords that are not part of what they stand for, texts that are missing.
// More is asked of built-in rules. The set must have its examples, see Source.
func Problems(set *Set) []Problem {
	var all []Problem
	for i := range set.Rules {
		c := checker{rule: &set.Rules[i]}
		c.check()
		for _, id := range c.rule.Companions {
			if set.Rule(id) == nil {
				c.tell("companions: %sthere is no rule %q", didYouMean(id, set.ids()), id)
			}
		}
		for _, check := range []*Check{c.rule.Verify, c.rule.Revocation} {
			if check == nil {
				continue
			}
			for _, name := range check.unknownNames(set) {
				c.tell("verify: {{%s}} is neither a value of the check nor the id of a rule", name)
			}
		}
		all = append(all, c.problems...)
	}
	return all
}

type checker struct {
	rule     *Rule
	problems []Problem
}

func (c *checker) tell(format string, args ...any) {
	c.problems = append(c.problems, Problem{c.rule.ID, c.rule.File, c.rule.Line, fmt.Sprintf(format, args...)})
}

func (c *checker) check() {
	c.words()
	if c.rule.Builtin {
		c.complete()
	}
	c.keywords()
	c.patterns()
	c.examples()
}

// words checks what people read.
func (c *checker) words() {
	r := c.rule
	if !isKebab(r.ID) {
		c.tell("the id is not of lower case words with hyphens between")
	}
	switch {
	case r.Description == "":
		c.tell("description: it is missing")
	case strings.HasSuffix(r.Description, "."):
		c.tell("description: it ends with a full stop; it is no sentence")
	}
	if r.Help != "" && !strings.HasPrefix(r.Help, "https://") {
		c.tell("help: it is not an https link")
	}
	if r.Revoke != "" && !strings.HasSuffix(r.Revoke, ".") {
		c.tell("revoke: it is a sentence and ends with a full stop")
	}
}

func isKebab(id string) bool {
	for word := range strings.SplitSeq(id, "-") {
		if word == "" || strings.Trim(word, lowers+digits) != "" {
			return false
		}
	}
	return true
}

// complete checks what a built-in rule must have besides.
func (c *checker) complete() {
	r := c.rule
	if r.Severity == mudlark.SeverityUnset {
		c.tell("severity: it is missing")
	}
	if r.Confidence == mudlark.ConfidenceUnset {
		c.tell("confidence: it is missing")
	}
	const least = 2
	if len(r.Examples) < least {
		c.tell("examples: there are %d, give at least %d", len(r.Examples), least)
	}
	if len(r.Counterexamples) < least {
		c.tell("counterexamples: there are %d, give at least %d", len(r.Counterexamples), least)
	}
	if len(r.Keywords) == 0 && r.Path == "" && r.Set != "entropy" {
		c.tell("keywords: there are none, so that the rule is tried on all text")
	}
}

func (c *checker) keywords() {
	r := c.rule
	for i, k := range r.Keywords {
		if k != strings.ToLower(k) {
			c.tell("keywords: %q is not in lower case", k)
		}
		if slices.Contains(r.Keywords[:i], k) {
			c.tell("keywords: %q is given twice", k)
		}
	}
	if r.Detector != "" || r.Regex == "" || len(r.Keywords) == 0 {
		return
	}
	re, err := syntax.Parse(r.Regex, syntax.Perl)
	if err == nil && !keywordsHold(re, r.Keywords) {
		c.tell("keywords: a text may match without any of them, and such a match may be missed")
	}
}

func (c *checker) patterns() {
	r := c.rule
	for _, expr := range slices.Concat([]string{r.Regex, r.Path, r.Key}, allowed(r)) {
		if _, err := syntax.Parse(expr, syntax.Perl); err != nil {
			c.tell("%s does not compile: %s", quoted(expr), regexProblem(err))
		}
		if run := liveLooking(expr); run != "" {
			c.tell("what begins with %q looks like a live token: rules hold shapes alone", run[:4])
		}
	}
	if r.Regex == "" || r.Detector != "" {
		return
	}
	re, err := syntax.Parse(r.Regex, syntax.Perl)
	if err != nil {
		return
	}
	if r.SecretGroup > re.MaxCap() {
		c.tell("secretGroup: there is no group %d", r.SecretGroup)
	}
	if !boundedLeft(re) {
		c.tell(`regex: nothing bounds it on the left: begin it with \b or with what may stand before the secret`)
	}
	if !boundedRight(re) {
		c.tell(`regex: nothing bounds it on the right: end it with \b or with what may stand after the secret`)
	}
}

func allowed(r *Rule) []string {
	var all []string
	for i := range r.Allowlists {
		all = append(all, r.Allowlists[i].Regexes...)
		all = append(all, r.Allowlists[i].Paths...)
	}
	return all
}

// examples checks what can be checked of examples without an engine.
func (c *checker) examples() {
	r := c.rule
	re, _ := regexp.Compile(r.Regex)
	for i, t := range r.Examples {
		where := fmt.Sprintf("examples, entry %d", i+1)
		text, ok := c.template(where, t)
		if !ok {
			continue
		}
		if len(r.Keywords) > 0 && !holdsAny(strings.ToLower(text), r.Keywords) {
			c.tell("%s: it holds none of the keywords", where)
		}
		if re != nil && r.Regex != "" && r.Detector == "" && !re.MatchString(text) {
			c.tell("%s: the regex does not match it", where)
		}
	}
	for i, t := range r.Counterexamples {
		c.template(fmt.Sprintf("counterexamples, entry %d", i+1), t)
	}
}

func (c *checker) template(where, t string) (string, bool) {
	text, err := Fill(t, 1)
	if err != nil {
		c.tell("%s: %s", where, err)
		return "", false
	}
	if run := liveLooking(withoutBlanks(t)); run != "" {
		c.tell("%s: what begins with %q looks like a live token: write a blank such as <base62 36>", where, run[:4])
	}
	return text, true
}

// withoutBlanks returns a template with a space for each of its blanks.
func withoutBlanks(t string) string {
	var b strings.Builder
	for t != "" {
		before, after, found := strings.Cut(t, "<")
		b.WriteString(before)
		if !found {
			break
		}
		if blank(blankName(after)) != nil {
			_, after, _ = strings.Cut(after, ">")
		}
		b.WriteByte(' ')
		t = after
	}
	return b.String()
}

func holdsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// liveLooking returns a part of a text that could be taken for a credential.
func liveLooking(text string) string {
	const shortest, random = 24, 3.5
	if strings.Contains(text, "PRIVATE KEY") && strings.Contains(text, "-----BEGIN ") && !strings.ContainsAny(text, `[(?\`) {
		return "-----BEGIN"
	}
	for run := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return r >= utf8.RuneSelf || !isAlnum(byte(r)) && r != '_' && r != '-' && r != '+' && r != '/'
	}) {
		if len(run) < shortest || entropy(run) < random || allWords(run) || !strings.ContainsAny(run, digits) || !strings.ContainsAny(run, uppers) ||
			strings.Contains(strings.ToLower(run), "example") || encodedText(run[strings.LastIndexAny(run, "-_")+1:]) {
			continue
		}
		return run
	}
	return ""
}

// allWords reports whether a run is of short parts, such as "SQL+Server".
func allWords(run string) bool {
	const longest = 11
	for part := range strings.FieldsFuncSeq(run, func(r rune) bool { return !isAlnum(byte(r)) }) {
		if len(part) > longest {
			return false
		}
	}
	return true
}

// encodedText reports whether a run is the base64 of text, as the fixed
// beginnings of many tokens are.
func encodedText(run string) bool {
	data, err := base64.RawStdEncoding.DecodeString(run[:len(run)/4*4])
	if err != nil {
		return false
	}
	// Of random bytes, three in eight print.
	prints := 0
	for _, c := range data {
		if ' ' <= c && c <= '~' {
			prints++
		}
	}
	return prints*4 >= len(data)*3
}
