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
