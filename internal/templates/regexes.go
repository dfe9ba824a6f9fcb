package templates

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
)

// regexFunctions search. The engine takes time linear in the text, times the size of
// the pattern.
func (r *run) regexFunctions() map[string]any {
	all := map[string]any{
		"regexQuoteMeta": regexp.QuoteMeta,
		// Sprig's regexMatch takes a pattern that is none for one that matches nothing.
		"regexMatch":     func(pattern, s string) (bool, error) { found, err := r.matches(pattern, s); return found, tooMuch(err) },
		"mustRegexMatch": r.matches,
	}
	for name, f := range map[string]any{
		"FindAll": r.findAll,
		"Find": func(pattern, s string) (string, error) {
			re, err := r.pattern(pattern, s)
			if err != nil {
				return "", err
			}
			return re.FindString(s), nil
		},
		"ReplaceAll": func(pattern, s, with string) (string, error) {
			return r.replaceAll(pattern, s, with, (*regexp.Regexp).ReplaceAllString)
		},
		"ReplaceAllLiteral": func(pattern, s, with string) (string, error) {
			return r.replaceAll(pattern, s, with, (*regexp.Regexp).ReplaceAllLiteralString)
		},
		"Split": r.splitBy,
	} {
		all["regex"+name], all["mustRegex"+name] = f, f
	}
	return all
}

func tooMuch(err error) error {
	if errors.Is(err, errTooMuch) {
		return err
	}
	return nil
}

// A pattern is one that was compiled.
type pattern struct {
	re   *regexp.Regexp
	size int // of its program
	err  error
}

// maxPattern and maxProgram bound a pattern: "(a{100}){100}" is short.
const (
	maxPattern = 2000
	maxProgram = 10_000
)

// pattern returns a pattern that s is to be searched with, and takes the steps.
func (r *run) pattern(text, s string) (*regexp.Regexp, error) {
	p := r.patterns[text]
	if p == nil {
		p = compile(text)
		if err := r.spend(1000 + 50*p.size); err != nil {
			return nil, err
		}
		if len(r.patterns) < 1000 {
			r.patterns[text] = p
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.re, r.spend(len(s) / 2 * (1 + p.size/8)) // states are gone through byte by byte
}

func compile(text string) *pattern {
	if len(text) > maxPattern {
		return &pattern{err: errTooMuch}
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return &pattern{err: err}
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return &pattern{err: err}
	}
	p := &pattern{size: len(prog.Inst)}
	if p.size > maxProgram {
		p.err = fmt.Errorf("the pattern repeats too much")
		return p
	}
	p.re, p.err = regexp.Compile(text)
	return p
}

func (r *run) matches(pattern, s string) (bool, error) {
	re, err := r.pattern(pattern, s)
	if err != nil {
		return false, err
	}
	return re.MatchString(s), nil
}

// maxSearched is the longest text that all matches are looked for in: there may be
// one at each byte.
const maxSearched = 1 << 20

func (r *run) findAll(pattern, s string, n int) ([]string, error) {
	re, err := r.pattern(pattern, s)
	if err == nil && len(s) > maxSearched {
		err = errTooMuch
	}
	if err != nil {
		return nil, err
	}
	out := re.FindAllString(s, n)
	return out, r.elements(len(out))
}

func (r *run) splitBy(pattern, s string, n int) ([]string, error) {
	re, err := r.pattern(pattern, s)
	if err == nil && len(s) > maxSearched {
		err = errTooMuch
	}
	if err != nil {
		return nil, err
	}
	out := re.Split(s, n)
	return out, r.elements(len(out))
}

func (r *run) replaceAll(pattern, s, with string, replace func(*regexp.Regexp, string, string) string) (string, error) {
	re, err := r.pattern(pattern, s)
	if err == nil && len(s) > maxSearched {
		err = errTooMuch
	}
	if err != nil {
		return "", err
	}
	// Every match may bring the text of with, in which each dollar may stand for it
	// all.
	places := len(re.FindAllStringIndex(s, -1))
	dollars := 0
	for i := range len(with) {
		if with[i] == '$' {
			dollars++
		}
	}
	if err := r.text(places, len(with)); err != nil {
		return "", err
	}
	if err := r.text(1+dollars, len(s)); err != nil {
		return "", err
	}
	return replace(re, s, with), nil
}
