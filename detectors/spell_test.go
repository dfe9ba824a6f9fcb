package detectors

import (
	"regexp/syntax"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

func TestSpelledExpressionsMeanTheSame(t *testing.T) {
	texts := []string{
		``, `a`, `(?i)sk`, `(?i)[^a-k]x`, `[^"]{2,}?`, `a|b|`, `(a|)(b*)+`, `(?s).`, `.`, `(?m)^a$`, `^a$`, `\bk\B`, `(?P<name>x+?)y`,
		`(?:a{2}){3}`, `(?:ab){1,2}|c`, `[\]\^-]`, `\x{1F600}`, `(?i)\x{3b1}k`, `[^\x00-\x{10FFFF}]`, `(?:a*)*`, `(?i:a)b(?i:c)`, `x{0}`, `(?:a|b)(?:c|d)?`,
	}
	for _, r := range rules.Builtin().Rules {
		texts = append(texts, r.Regex, r.Key, r.Path)
	}
	for _, text := range texts {
		tree, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := syntax.Parse(spelled(tree), syntax.Perl)
		if err != nil {
			t.Errorf("%q is spelled %q: %v", text, spelled(tree), err)
			continue
		}
		if got, want := program(t, again), program(t, tree); got != want {
			t.Errorf("%q is spelled %q, which compiles to\n%s\nwant\n%s", text, spelled(tree), got, want)
		}
	}
}

func program(t *testing.T, re *syntax.Regexp) string {
	t.Helper()
	p, err := syntax.Compile(re.Simplify())
	if err != nil {
		t.Fatal(err)
	}
	return p.String()
}
