package detectors

import (
	"slices"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

// plain says what a set finds in a text, each as rule and secret.
func plain(t *testing.T, text string, isPlain bool, list ...rules.Rule) (out []string) {
	t.Helper()
	for i := range list {
		list[i].Plain = isPlain
	}
	for _, f := range detect(engine(t, set(list...), Options{}), text) {
		if f.Counts() {
			out = append(out, f.RuleID+" "+f.Secret.Reveal())
		}
	}
	slices.Sort(out)
	return out
}

// TestPlainRulesDecideAlone: what gitleaks' rules match is found, whatever our own
// rules would make of it.
func TestPlainRulesDecideAlone(t *testing.T) {
	for _, test := range []struct {
		name, text  string
		rules       []rules.Rule
		own, theirs []string
	}{
		{"a placeholder", "k=abcdefgh", []rules.Rule{{ID: "r", Regex: `k=(\w+)`}}, nil, []string{"r abcdefgh"}},
		{
			"two rules at one place", "k=" + t1, []rules.Rule{tok, {ID: "key", Regex: `k=(\w+)`}},
			[]string{"key " + t1}, []string{"key " + t1, "tok " + t1},
		},
		{
			"a generic rule gives way", "k=" + t1, []rules.Rule{tok, {ID: "generic-key", Regex: `k=(\w+)`}},
			[]string{"tok " + t1}, []string{"tok " + t1},
		},
		{
			"what it requires at its own place", "k=" + t1,
			[]rules.Rule{{ID: "key", Regex: `k=(\w+)`, Required: []rules.Required{{ID: "tok"}}}, {ID: "tok", Regex: tok.Regex, SkipReport: true}},
			nil, []string{"key " + t1},
		},
		{"a group that is empty", "k=q7Rk2m", []rules.Rule{{ID: "r", Regex: `k=(\d*)\w+`, SecretGroup: 1}}, nil, []string{"r k=q7Rk2m"}},
		{
			"groups of the matched text alone", "xk=q7Rk2m", []rules.Rule{{ID: "r", Regex: `\Bk=(\w+)`}},
			[]string{"r q7Rk2m"}, []string{"r k=q7Rk2m"},
		},
		{"line ends around it", "a\nk = q7Rk2m\n", []rules.Rule{{ID: "r", Regex: `\nk = \w+\n`}}, []string{"r k = q7Rk2m"}, []string{"r k = q7Rk2m"}},
	} {
		if got := plain(t, test.text, false, slices.Clone(test.rules)...); !slices.Equal(got, test.own) {
			t.Errorf("%s: our rules give %q, want %q", test.name, got, test.own)
		}
		if got := plain(t, test.text, true, slices.Clone(test.rules)...); !slices.Equal(got, test.theirs) {
			t.Errorf("%s: plain rules give %q, want %q", test.name, got, test.theirs)
		}
	}
}

// TestMarkersOfTheLineBeforeDoNotCount: a match that begins with a line end is on
// the line behind it.
func TestMarkersOfTheLineBeforeDoNotCount(t *testing.T) {
	r := rules.Rule{ID: "r", Regex: `\nk = \w+\n`}
	for _, test := range []struct {
		text string
		want int
	}{
		{"a # gitleaks:allow\nk = q7Rk2m\nb\n", 1},
		{"a\nk = q7Rk2m\nb # gitleaks:allow\n", 1},
		{"gitleaks:allow k = q7Rk2m\nk = q7Rk2m\n", 1},
	} {
		if got := plain(t, test.text, false, r); len(got) != test.want {
			t.Errorf("%q: got %q", test.text, got)
		}
	}
	r.Regex = `k = \w+`
	if got := plain(t, "k = q7Rk2m # gitleaks:allow\n", false, r); got != nil {
		t.Errorf("got %q", got)
	}
}
