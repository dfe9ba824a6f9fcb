package detectors

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

func TestCompanionsDecideConfidence(t *testing.T) {
	e := engine(t, set(
		rules.Rule{ID: "account", Regex: `acct_[0-9]{4}`, Keywords: []string{"acct_"}, Confidence: mudlark.Low},
		rules.Rule{ID: "host", Regex: `[a-z]+\.acme\.test`, Keywords: []string{".acme.test"}, SkipReport: true},
		rules.Rule{ID: "key", Regex: `key_[0-9]{4}`, Keywords: []string{"key_"}, Confidence: mudlark.High, Companions: []string{"account", "host"}},
		rules.Rule{ID: "other", Regex: `oth_[0-9]{4}`, Keywords: []string{"oth_"}, Confidence: mudlark.High, Companions: []string{"not-in-the-set"}},
	), Options{})
	lines := func(n int) string { return strings.Repeat("\n", n) }
	for _, test := range []struct {
		text, partner string
		want          mudlark.Confidence
	}{
		{"key_1234", "", mudlark.Low},
		{"acct_1234 key_1234", "account=acct_1234", mudlark.High},
		{"key_1234" + lines(10) + "acct_1234", "account=acct_1234", mudlark.High},
		{"key_1234" + lines(11) + "acct_1234", "", mudlark.Low},
		{"acct_1234" + lines(3) + "key_1234\nshop.acme.test", "host=shop.acme.test", mudlark.High},
		{"acct_1234" + lines(9) + "key_1234" + lines(2) + "acct_5678", "account=acct_5678", mudlark.High},
		{"oth_1234", "", mudlark.High},
	} {
		for _, f := range detect(e, test.text) {
			if f.RuleID == "account" {
				continue
			}
			partner := ""
			for id, part := range f.Parts {
				partner = id + "=" + part.Reveal()
			}
			if f.Confidence != test.want || partner != test.partner {
				t.Errorf("%q: %v with %q, want %v with %q", test.text, f.Confidence, partner, test.want, test.partner)
			}
		}
	}
}
