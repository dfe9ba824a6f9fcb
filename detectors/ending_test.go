package detectors

import (
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

func TestEndingAllows(t *testing.T) {
	for _, c := range []struct {
		expression, text string
		want             bool
	}{
		{`\.keytab$`, "etc/a.keytab", true},
		{`\.keytab$`, "etc/keytab", false},
		{`\.keytab$`, "b", true}, // too short, which is not asked
		{`(?:^|/)id_rsa$`, "id_rsa", true},
		{`(?:^|/)id_rsa$`, "x/id_rsa", true},
		{`(?:^|/)id_rsa$`, "xid_rsa", false},
		{`(?i)\.(?:jks|p12)$`, "a.JKS", true},
		{`(?i)\.(?:jks|p12)$`, "a.j\u212as", true}, // the Kelvin sign folds to k
		{`(?i)\.(?:jks|p12)$`, "a.go", false},
		{`a[0-9]{2,4}$`, "a123", true},
		{`a[0-9]{2,4}$`, "a1x3", false},
		{`a[0-9]{0,4}$`, "a", true},
		{`a(?:bc|d)*$`, "xxabcddbc", true},
		{`(?:abcdefghij){2}$`, "abcdefghijabcdefghij", true},
		{`é$`, "caf\u00e9", true},
		{`[^a]$`, "\xff", true},
		{`a.$`, "a\u20ac", true},
		{`a`, "b", true},         // may end anyhow
		{`(?m)a$`, "a\nb", true}, // the end of a line
		{`a$|b`, "bx", true},
	} {
		e := endingOf(c.expression)
		if got := e.allows(c.text); got != c.want {
			t.Errorf("%s, %q: got %v, want %v", c.expression, c.text, got, c.want)
		}
	}
}

// TestEndingsDismissNoPath tries paths made of what the built-in rules' paths
// are made of.
func TestEndingsDismissNoPath(t *testing.T) {
	var rulesOfPaths []rules.Rule
	var pieces []string
	word := regexp.MustCompile(`[0-9A-Za-z_.-]+|/`)
	for _, r := range rules.Builtin(rules.Sets()...).Rules {
		if r.Path != "" {
			rulesOfPaths = append(rulesOfPaths, r)
			pieces = append(pieces, word.FindAllString(r.Path, -1)...)
		}
	}
	random := rand.New(rand.NewPCG(7, 8))
	accepted := 0
	for _, r := range rulesOfPaths {
		e, re := endingOf(r.Path), regexp.MustCompile(r.Path)
		for range 20_000 {
			path := ""
			for range 1 + random.IntN(4) {
				path += pieces[random.IntN(len(pieces))]
			}
			if re.MatchString(path) {
				accepted++
				if !e.allows(path) {
					t.Errorf("%s: dismisses %q", r.ID, path)
				}
			}
		}
	}
	if accepted < 100 {
		t.Errorf("%d paths were accepted: too few to tell", accepted)
	}
}
