// Package rules holds what mudlark looks for: the rules compiled into the
// program, and the loader of a user's own. A rule is data; the code that finds
// matches is in package detectors.
//
// Begin with Builtin and Load. The format is gitleaks' TOML with a few keys
// more; gitleaks.go reads the shapes that only gitleaks has. Fill turns the
// examples of rules into text.
package rules

import (
	"fmt"
	"slices"
	"strings"
)

// A Set is the rules of a scan. Its zero value has none.
type Set struct {
	Rules      []Rule      // by ID, no two alike; not to be changed in place: sets share them
	Allowlists []Allowlist // hold for every rule
	Policy     *Policy     // what was said of live checks; nil: nothing
	// Suppressions is what was said of them; nil: nothing.
	Suppressions *Suppressions
	Disabled     []Disabled // rules that a file took out of what it builds on
	Files        []string   // that the set was read from, in the order they were read
	// Warnings are what is odd about the files, a sentence each.
	Warnings []string
}

// A Disabled is a rule that a file took out of what it builds on.
type Disabled struct {
	Name  string // as the file writes it
	Place string // where: "mudlark.toml:3"
}

// Builtin returns the rules compiled into the program, and those of optional
// sets, without their examples; Source has those too. Nothing is parsed.
func Builtin(sets ...string) *Set {
	s := &Set{
		Rules:      builtinRules[:len(builtinRules):len(builtinRules)],
		Allowlists: builtinAllowlists[:len(builtinAllowlists):len(builtinAllowlists)],
	}
	for i := range optionalRules {
		if slices.Contains(sets, optionalRules[i].Set) {
			s.Rules = append(s.Rules, optionalRules[i])
		}
	}
	if len(s.Rules) > len(builtinRules) {
		sortRules(s.Rules)
	}
	return s
}

// Sets are the names of the sets of built-in rules that Builtin leaves out: tail
// has kinds of credentials that are rare and look like much else, entropy what is
// random and nothing more is known of.
func Sets() []string { return []string{"tail", "entropy"} }

// Choices are the words by which users choose sets, see Choose.
func Choices() []string { return []string{"default", "all", "entropy"} }

// Choose returns the optional sets that words stand for: "default" for none,
// "all" for every kind of credential that is known, "entropy" for what is random.
func Choose(words []string) (sets []string, err error) {
	for _, word := range words {
		switch word {
		case "default":
		case "all":
			sets = append(sets, "tail")
		case "entropy":
			sets = append(sets, "entropy")
		default:
			return nil, fmt.Errorf("there is no set of rules %s: %suse one or more of %s",
				quoted(word), didYouMean(word, Choices()), strings.Join(Choices(), ", "))
		}
	}
	return sets, nil
}

// Rule returns the rule with this ID, or nil.
func (s *Set) Rule(id string) *Rule { return find(s.Rules, id) }

// Select keeps the enabled rules alone, if any are named, and drops the
// disabled ones. Names may be those of other tools, see Alias. A rule that an
// enabled one requires stays, without a report of its own. An unknown ID is an
// error and changes nothing.
func (s *Set) Select(enable, disable []string) error {
	enabled, err := s.named(enable)
	if err != nil {
		return err
	}
	disabled, err := s.named(disable)
	if err != nil {
		return err
	}
	if len(enable) == 0 && len(disable) == 0 {
		return nil
	}
	kept := make([]Rule, 0, len(s.Rules))
	for _, r := range s.Rules {
		if (len(enable) == 0 || slices.Contains(enabled, r.ID)) && !slices.Contains(disabled, r.ID) {
			kept = append(kept, r)
		}
	}
	if len(kept) == 0 {
		return fmt.Errorf("no rule is left to scan with: enable one that %q shows", "mudlark rules list")
	}
	s.Rules = withRequired(kept, s.Rules)
	return nil
}

// named returns the IDs of the set's rules that names stand for.
func (s *Set) named(names []string) ([]string, error) {
	var ids []string
	for _, name := range names {
		name = strings.TrimSpace(name)
		own := s.resolve(name)
		switch {
		case len(own) > 0:
			ids = append(ids, own...)
		case isOptional(name): // of a set that was not chosen
		case foreign(name):
			s.Warnings = append(s.Warnings, fmt.Sprintf("no such rule: nothing here corresponds to %q, a rule of another tool", name))
		default:
			return nil, fmt.Errorf("unknown rule %q: %s%q shows all", name, didYouMean(name, s.ids()), "mudlark rules list")
		}
	}
	return ids, nil
}

// resolve returns the IDs of the set's rules that a name stands for: its own,
// or those that correspond to the name another tool has for them.
func (s *Set) resolve(name string) []string {
	if s.Rule(name) != nil {
		return []string{name}
	}
	var ids []string
	for _, id := range Alias(name) {
		if s.Rule(id) != nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func isOptional(id string) bool { return find(optionalRules, id) != nil }

// builtin returns the built-in rule with this ID, of whatever set, or nil.
func builtin(id string) *Rule {
	if r := find(builtinRules, id); r != nil {
		return r
	}
	return find(optionalRules, id)
}

// find returns the rule with this ID in a list by ID, or nil.
func find(list []Rule, id string) *Rule {
	i, found := slices.BinarySearchFunc(list, id, func(r Rule, id string) int { return strings.Compare(r.ID, id) })
	if !found {
		return nil
	}
	return &list[i]
}

func (s *Set) ids() []string {
	ids := make([]string, len(s.Rules))
	for i := range s.Rules {
		ids[i] = s.Rules[i].ID
	}
	return ids
}

// withRequired adds to kept what its rules require, and what that requires in
// turn. kept and all are sorted by ID, and so is the result.
func withRequired(kept, all []Rule) []Rule {
	from := Set{Rules: all}
	have := make(map[string]bool, len(kept))
	for i := range kept {
		have[kept[i].ID] = true
	}
	for i := 0; i < len(kept); i++ {
		for _, need := range kept[i].Required {
			r := from.Rule(need.ID)
			if r == nil || have[need.ID] {
				continue
			}
			have[need.ID] = true
			silent := *r
			silent.SkipReport = true
			kept = append(kept, silent)
		}
	}
	sortRules(kept)
	return kept
}

func sortRules(list []Rule) {
	slices.SortStableFunc(list, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
}
