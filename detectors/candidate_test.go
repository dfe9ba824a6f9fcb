package detectors

import (
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

func TestRequiredRules(t *testing.T) {
	number := func(n int) *int { return &n }
	for _, test := range []struct {
		need rules.Required
		text string
		want []string // the parts
	}{
		{rules.Required{}, t1 + strings.Repeat("\n", 500) + p1, []string{p1}},
		{rules.Required{}, t1, nil},
		{rules.Required{WithinLines: number(2)}, t1 + "\n\n" + p1, []string{p1}},
		{rules.Required{WithinLines: number(2)}, t1 + "\n\n\n" + p1, nil},
		{rules.Required{WithinLines: number(0)}, p1 + " " + t1, []string{p1}},
		{rules.Required{WithinColumns: number(5)}, "    " + t1 + "\n" + p1, []string{p1}},
		{rules.Required{WithinColumns: number(3)}, "    " + t1 + "\n" + p1, nil},
		{rules.Required{}, "par_aaaa1bbbb2\n\n" + t1 + "\n" + p1, []string{p1}}, // the nearest
	} {
		r := tok
		test.need.ID = "par"
		r.Required = []rules.Required{test.need}
		part := par
		part.SkipReport = true
		e := engine(t, set(r, part), Options{})
		var got []string
		for _, f := range detect(e, test.text) {
			got = append(got, f.Parts["par"].Reveal())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

func TestARequiredRuleMustBeThere(t *testing.T) {
	r := tok
	r.Required = []rules.Required{{ID: "nowhere"}}
	if _, err := New(set(r), Options{}); err == nil {
		t.Error("no error")
	}
}

func TestTheMoreSpecificWins(t *testing.T) {
	word := func(id string, specificity int, regex string) rules.Rule {
		return rules.Rule{ID: id, Regex: regex, Specificity: specificity, Keywords: []string{"tok_"}}
	}
	for _, test := range []struct {
		rules []rules.Rule
		text  string
		want  []string
	}{
		{[]rules.Rule{word("a", 0, `tok_\w+`), word("b", 1, `tok_\w{10}`)}, t1, []string{"b"}},
		{[]rules.Rule{word("a", 0, `tok_\w{5}`), word("b", 0, `tok_\w{10}`)}, t1, []string{"b"}},
		{[]rules.Rule{word("a", 0, `tok_\w+`), word("b", 0, `tok_\w+`)}, t1, []string{"a"}},
		{[]rules.Rule{word("generic-a", 9, `tok_\w+`), word("z", 0, `tok_\w+`)}, t1, []string{"z"}},
		{[]rules.Rule{word("a", -1, `tok_\w+`), word("b", 0, `x=(\w+) tok_`)}, "x=q7Rk2mXv " + t1, []string{"b", "a"}},
		{[]rules.Rule{word("generic", 0, `tok_\w+`), word("b", 0, `y=(\S+)`)}, t1 + " y=" + t1 + "zz", []string{"b"}},
		{[]rules.Rule{word("generic", 0, `tok_\w+`), word("b", 0, `y=(\S+)`)}, t1 + "\ny=" + t1 + "zz", []string{"generic", "b"}},
	} {
		if got := ids(detect(engine(t, set(test.rules...), Options{}), test.text)); !slices.Equal(got, test.want) {
			t.Errorf("%q: got %v, want %v", test.text, got, test.want)
		}
	}
}
