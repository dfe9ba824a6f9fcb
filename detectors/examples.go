package detectors

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// CheckExamples runs every rule's examples, which must give findings of the
// rule and of no other, and its counterexamples, which must give none of it
// that counts. Each is filled with seeds 1 to seeds. An error names file, line
// and rule.
func CheckExamples(set *rules.Set, seeds int) []error {
	known, err := New(certain(set), Options{})
	if err != nil {
		return []error{err}
	}
	whole, err := New(set, Options{})
	if err != nil {
		return []error{err}
	}
	var errs []error
	for i := range set.Rules {
		r := &set.Rules[i]
		e := known
		if r.Set == entropySet {
			e = whole
		}
		if r.SkipReport {
			if e, err = New(certain(reporting(set, i)), Options{}); err != nil {
				return append(errs, err)
			}
		}
		errs = append(errs, checkExamples(e, r, seeds)...)
	}
	return errs
}

// Example returns a finding of a rule in one of its examples, each of which it is
// tried on; the first with all that the rule's live check needs is taken.
func Example(set *rules.Set, id string) (mudlark.Finding, error) {
	e, err := New(set, Options{})
	if err != nil {
		return mudlark.Finding{}, err
	}
	r := set.Rule(id)
	if r == nil {
		return mudlark.Finding{}, fmt.Errorf("there is no rule %q", id)
	}
	var best *mudlark.Finding
	for _, template := range r.Examples {
		text, err := rules.Fill(template, 1)
		if err != nil {
			return mudlark.Finding{}, err
		}
		for _, f := range found(e, r, text) {
			if f.RuleID == id && (best == nil || len(f.Parts) > len(best.Parts)) {
				best = &f
			}
		}
	}
	if best == nil {
		return mudlark.Finding{}, fmt.Errorf("rule %q: it finds nothing in its examples", id)
	}
	return *best, nil
}

// entropySet names the rules that find whatever looks random, and so what
// examples of others hold besides.
const entropySet = "entropy"

// certain returns set without those.
func certain(set *rules.Set) *rules.Set {
	copied := *set
	copied.Rules = slices.DeleteFunc(slices.Clone(set.Rules), func(r rules.Rule) bool { return r.Set == entropySet })
	return &copied
}

// reporting returns set with rule i reported as if it stood for itself.
func reporting(set *rules.Set, i int) *rules.Set {
	copied := *set
	copied.Rules = slices.Clone(set.Rules)
	copied.Rules[i].SkipReport = false
	return &copied
}

func checkExamples(e *Engine, r *rules.Rule, seeds int) (errs []error) {
	check := func(kind string, templates []string, wrong func(found []mudlark.Finding) string) {
		for _, template := range templates {
			for seed := 1; seed <= seeds; seed++ {
				problem := ""
				text, err := rules.Fill(template, uint64(seed))
				if err != nil {
					problem = err.Error()
				} else {
					problem = wrong(found(e, r, text))
				}
				if problem != "" {
					errs = append(errs, fmt.Errorf("%s:%d: rule %q: %s %q: %s", r.File, r.Line, r.ID, kind, template, problem))
					break
				}
			}
		}
	}
	check("example", r.Examples, func(found []mudlark.Finding) string { return wrongExample(r, found) })
	check("counterexample", r.Counterexamples, func(found []mudlark.Finding) string { return wrongCounterexample(r, found) })
	return errs
}

// found returns what is found in an example of r. Those of a rule about paths
// alone are paths.
func found(e *Engine, r *rules.Rule, text string) (all []mudlark.Finding) {
	c := mudlark.Chunk{Data: []byte(text)}
	if pathsAlone(r) {
		c = mudlark.Chunk{Origin: mudlark.Origin{Path: text}}
	}
	e.Detect(c, func(f mudlark.Finding) { all = append(all, f) })
	return all
}

func pathsAlone(r *rules.Rule) bool { return r.Regex == "" && r.Detector == "" }

func wrongExample(r *rules.Rule, found []mudlark.Finding) string {
	var others []string
	own := false
	for _, f := range found {
		if f.RuleID == r.ID {
			own = true
		} else if !slices.Contains(others, f.RuleID) && !slices.Contains(r.Companions, f.RuleID) {
			others = append(others, f.RuleID)
		}
	}
	switch {
	case !own && len(others) > 0:
		return "is found by " + strings.Join(others, ", ") + " instead"
	case !own:
		return "is not found"
	case len(others) > 0:
		return "is found by " + strings.Join(others, ", ") + " too"
	}
	return ""
}

func wrongCounterexample(r *rules.Rule, found []mudlark.Finding) string {
	for _, f := range found {
		if f.RuleID == r.ID && (f.Confidence > mudlark.Low || pathsAlone(r)) {
			return "is found"
		}
	}
	return ""
}
