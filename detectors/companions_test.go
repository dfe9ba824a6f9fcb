package detectors

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// A rule that lacks its companion, or is of low confidence, is no worse a sign
// than a guess; but one whose checksum fails is.
func TestWhatAGuessSeesIsNotHidden(t *testing.T) {
	guess := rules.Rule{ID: "guess", Detector: "assignment", Key: "@token", Regex: `[0-9A-Za-z_]{8,}`, Keywords: []string{"token"}, Confidence: mudlark.Medium, Specificity: -1}
	host := rules.Rule{ID: "host", Regex: `[a-z]+\.acme\.test`, Keywords: []string{".acme.test"}, SkipReport: true}
	own := rules.Rule{ID: "own", Regex: `acm_[0-9A-Za-z]{20}`, Keywords: []string{"acm_"}}
	value := fill(t, "acm_<base62 20>", 1)
	for name, test := range map[string]struct {
		change func(*rules.Rule)
		text   string
		want   mudlark.Confidence
	}{
		"alone":          {func(r *rules.Rule) { r.Confidence, r.Companions = mudlark.High, []string{"host"} }, "acme_token=" + value, mudlark.Medium},
		"without a name": {func(r *rules.Rule) { r.Confidence, r.Companions = mudlark.High, []string{"host"} }, "acme " + value, mudlark.Low},
		"in company":     {func(r *rules.Rule) { r.Confidence, r.Companions = mudlark.High, []string{"host"} }, "shop.acme.test acme_token=" + value, mudlark.High},
		"doubtful":       {func(r *rules.Rule) { r.Confidence = mudlark.Low }, "acme_token=" + value, mudlark.Medium},
		"checked":        {func(r *rules.Rule) { r.Confidence, r.Checksum = mudlark.High, "github" }, "acme_token=" + value, mudlark.Low},
	} {
		rule := own
		test.change(&rule)
		found := detect(engine(t, set(guess, host, rule), Options{}), test.text)
		if len(found) != 1 || found[0].RuleID != "own" || found[0].Confidence != test.want {
			t.Errorf("%s: %v, want own, %v", name, ids(found), test.want)
			continue
		}
		points := 0
		for _, x := range found[0].Evidence {
			points += x.Effect
		}
		if gradeOf(points) != test.want {
			t.Errorf("%s: the evidence comes to %d", name, points)
		}
	}
}

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

func TestWhatElseACheckMayNeedIsTold(t *testing.T) {
	id := rules.Rule{ID: "id", Regex: `id-[0-9]+`, Keywords: []string{"id-"}, SkipReport: true}
	secret := rules.Rule{
		ID: "secret", Regex: `sec-[a-z0-9]+`, Keywords: []string{"sec-"},
		Verify: &rules.Check{Method: "GET", URL: "https://api.acme.example/{{id}}", Builtin: true},
	}
	e := engine(t, &rules.Set{Rules: []rules.Rule{id, secret}}, Options{})
	for text, want := range map[string]string{
		// The first leaves nothing behind for what is scanned after it.
		"sec-a1\n":                 " []",
		"id-1\nsec-a1\n":           "id-1 []",
		"id-1\nsec-a1\nid-1\n":     "id-1 []",
		"id-1\nsec-a1\n\n\nid-2\n": "id-1 [id-2]",
		"id-9" + strings.Repeat("\n", 40) + "sec-a1":         " []",
		"id-1\nid-2\nid-3\nsec-a1\nid-4\nid-5\nid-6\nid-7\n": "id-3 [id-4 id-2 id-5 id-1]",
	} {
		var got []string
		e.Detect(mudlark.Chunk{Data: []byte(text), Line: 1, Column: 1}, func(f mudlark.Finding) {
			var others []string
			for _, o := range f.Others["id"] {
				others = append(others, o.Reveal())
			}
			got = append(got, f.Parts["id"].Reveal()+" ["+strings.Join(others, " ")+"]")
		})
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
