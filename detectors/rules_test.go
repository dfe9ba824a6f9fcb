package detectors

import (
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// seeds are what examples are filled with, each a text of its own.
var seeds = []uint64{1, 2, 3, 4, 5}

// builtin returns the built-in rules with their examples, but for those of
// whatever looks random, and an engine.
func builtin(t testing.TB) (*rules.Set, *Engine) {
	t.Helper()
	set, err := rules.Source()
	if err != nil {
		t.Fatal(err)
	}
	set = certain(set)
	return set, engine(t, set, Options{})
}

func TestRandomTextIsFoundWhereItIsAskedFor(t *testing.T) {
	set, err := rules.Source()
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range CheckExamples(set, len(seeds)) {
		t.Error(err)
	}
	e := engine(t, set, Options{})
	for template, want := range map[string]string{
		`k = "<base62 40>"`:          "high-entropy-base64",
		`k = "<hex 48>"`:             "high-entropy-hex",
		`api_key = "<base62 40>"`:    "generic-api-key",
		`k = "<github ghp_>"`:        "github-pat",
		`k = "<base62 14>"`:          "",
		`ThisIsAnIdentifierOfAClass`: "",
	} {
		if got := strings.Join(ids(detect(e, fill(t, template, 1))), " "); got != want {
			t.Errorf("%q: %q, want %q", template, got, want)
		}
	}
}

func engine(t testing.TB, set *rules.Set, opts Options) *Engine {
	t.Helper()
	e, err := New(set, opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// detect returns all findings in text.
func detect(e *Engine, text string) []mudlark.Finding {
	var found []mudlark.Finding
	e.Detect(mudlark.Chunk{Data: []byte(text)}, func(f mudlark.Finding) { found = append(found, f) })
	return found
}

func fill(t testing.TB, template string, seed uint64) string {
	t.Helper()
	text, err := rules.Fill(template, seed)
	if err != nil {
		t.Fatalf("%q: %v", template, err)
	}
	return text
}

func ids(found []mudlark.Finding) []string {
	var list []string
	for _, f := range found {
		list = append(list, f.RuleID)
	}
	return list
}

// reported returns the set with one rule reported that otherwise only serves
// others.
func reported(set *rules.Set, id string) *rules.Set {
	copied := *set
	copied.Rules = slices.Clone(set.Rules)
	for i := range copied.Rules {
		if copied.Rules[i].ID == id {
			copied.Rules[i].SkipReport = false
		}
	}
	return &copied
}

func TestEveryExampleGivesItsFinding(t *testing.T) {
	set, whole := builtin(t)
	for _, r := range set.Rules {
		e := whole
		if r.SkipReport {
			e = engine(t, reported(set, r.ID), Options{})
		}
		for _, template := range r.Examples {
			for _, seed := range seeds {
				text := fill(t, template, seed)
				all := slices.DeleteFunc(found(e, &r, text), func(f mudlark.Finding) bool { return slices.Contains(r.Companions, f.RuleID) })
				if got := ids(all); !slices.Equal(slices.Compact(got), []string{r.ID}) {
					t.Errorf("%s:%d: %s: example %q, seed %d: got %v in %q", r.File, r.Line, r.ID, template, seed, got, text)
					break
				}
			}
		}
	}
}

func TestNoCounterexampleGivesItsFinding(t *testing.T) {
	set, whole := builtin(t)
	for _, r := range set.Rules {
		e := whole
		if r.SkipReport {
			e = engine(t, reported(set, r.ID), Options{})
		}
		for _, template := range r.Counterexamples {
			for _, seed := range seeds {
				text := fill(t, template, seed)
				for _, f := range found(e, &r, text) {
					if f.RuleID == r.ID && (f.Confidence > mudlark.Low || pathsAlone(&r)) {
						t.Errorf("%s:%d: %s: counterexample %q, seed %d: found in %q", r.File, r.Line, r.ID, template, seed, text)
					}
				}
			}
		}
	}
}

func TestEveryExamplePassesThePrefilter(t *testing.T) {
	set, _ := builtin(t)
	for _, r := range set.Rules {
		for _, template := range r.Examples {
			text := asciiLower(fill(t, template, 1))
			if len(r.Keywords) > 0 && !slices.ContainsFunc(r.Keywords, func(k string) bool { return strings.Contains(text, k) }) {
				t.Errorf("%s: no keyword in %q", r.ID, text)
			}
		}
	}
}

func TestBuiltinPatternsCompile(t *testing.T) {
	set := rules.Builtin()
	for i := range set.Rules {
		var r rule
		if err := r.init(&set.Rules[i], 0); err != nil {
			t.Errorf("%s: %v", set.Rules[i].ID, err)
			continue
		}
		if err := r.validate(); err != nil {
			t.Errorf("%s: %v", r.ID, err)
		}
	}
}

// A rule whose matches cannot be told from its keywords, nor from a long run of
// one kind of characters, would have its expression tried on whole texts.
func TestNoBuiltinRuleIsTriedOnWholeTexts(t *testing.T) {
	_, e := builtin(t)
	for i := range e.rules {
		r := &e.rules[i]
		if f := r.ready(); r.code == nil && f != nil && len(f.anchors) == 0 && len(f.runs) == 0 {
			t.Errorf("%s: %s", r.ID, r.Regex)
		}
	}
}
