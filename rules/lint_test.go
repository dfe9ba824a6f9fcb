package rules

import (
	"regexp/syntax"
	"strings"
	"testing"
)

func TestKeywordsHold(t *testing.T) {
	for _, c := range []struct {
		regex, keywords string
		want            bool
	}{
		{`\bghp_[0-9a-z]{36}\b`, "ghp_", true},
		{`\bghp_[0-9a-z]{36}\b`, "gho_", true}, // words of the surroundings
		{`\bgh[ps]_[0-9a-z]{36}\b`, "ghp_", false},
		{`\bgh[ps]_[0-9a-z]{36}\b`, "ghp_ ghs_", true},
		{`\bxox(?:a-[0-9]+|[bp]-[0-9]+)\b`, "xoxa- xoxb- xoxp-", true},
		{`\bxox(?:a-[0-9]+|[bp]-[0-9]+)\b`, "xoxa- xoxb-", false},
		{`(?i)(?:datadog)[\w.-]{0,20}=[0-9a-f]{32}`, "datadog", true},
		{`(?i)\bDATADOG=`, "datadog", true},
		{`(?:acme_)?[0-9]{8}`, "acme_", false},
		{`(?:acme_)+[0-9]{8}`, "acme_", true},
		{`(?:acme_){2,}[0-9]{8}`, "acme_", true},
		{`a{4}b`, "aaab", true},
		{`ac[0-9]?me`, "acme ac0me ac1me ac2me ac3me ac4me ac5me ac6me ac7me ac8me ac9me", true},
		{`ac[0-9]?me`, "acme", false},
		{`(a|b)(c|d)`, "ac ad bc bd", true},
		{`(a|b)(c|d)`, "ac ad bc", false},
		{`sk_(?:test_)?[0-9a-f]{8}`, "sk_0 sk_1 sk_2 sk_3 sk_4 sk_5 sk_6 sk_7 sk_8 sk_9 sk_a sk_b sk_c sk_d sk_e sk_f sk_test_", true},
	} {
		re, err := syntax.Parse(c.regex, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := keywordsHold(re, strings.Fields(c.keywords)); got != c.want {
			t.Errorf("%s with %s: got %t", c.regex, c.keywords, got)
		}
	}
}

func TestBounds(t *testing.T) {
	for _, c := range []struct {
		regex       string
		left, right bool
	}{
		{`\bghp_[0-9a-z]{36}\b`, true, true},
		{`ghp_[0-9a-z]{36}`, false, false},
		{`\bghp_[0-9a-z]{36,}`, true, true},
		{`(?:^|[^0-9a-z])([0-9a-f]{32})(?:[^0-9a-z]|$)`, true, true},
		{`(?:[^0-9a-z])?([0-9a-f]{32})`, false, false},
		{`"[0-9a-f]{32}"`, true, true},
		{`(?i)secret[ \t]{0,8}[:=][ \t]{0,8}["']?([0-9a-f]{32})(?:[^0-9a-f]|$)`, true, true},
		{`(?i)secret([0-9a-f]{32})\b`, false, true},
		{`[\w.-]{0,50}?(?:acme)=[0-9a-f]{32}\b`, true, true},
		{`(?:\bab|\bcd)[0-9]{4}(?:\b|$)`, true, true},
		{`(?:\bab|cd)[0-9]{4}(?:\b|[0-9a-f])`, false, false},
		{`\b[0-9A-Za-z+/]{86}==`, true, true},
		{`\b[0-9A-Za-z+/]{80}={0,2}`, true, false},
		{`\bpassword=([^;"'\s]{4,128})`, true, true},
	} {
		re, err := syntax.Parse(c.regex, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := boundedLeft(re); got != c.left {
			t.Errorf("%s: left %t", c.regex, got)
		}
		if got := boundedRight(re); got != c.right {
			t.Errorf("%s: right %t", c.regex, got)
		}
	}
}

func TestLiveLooking(t *testing.T) {
	for _, text := range []string{
		`ghp_[0-9A-Za-z]{36}`, "a sentence of words, and nothing more", "WGdyb3FY", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"AKIAIOSFODNN7EXAMPLE", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "pypi-AgEIcHlwaS5vcmc", `-----BEGIN (?:RSA )?PRIVATE KEY-----`,
	} {
		if got := liveLooking(text); got != "" {
			t.Errorf("%q: %q", text, got)
		}
	}
	for _, template := range []string{"<github ghp_>", "k = '<base62 32>'", "<base64 40>", "<pem RSA PRIVATE KEY>"} {
		text, err := Fill(template, 3)
		if err != nil {
			t.Fatal(err)
		}
		if liveLooking(text) == "" {
			t.Errorf("%s: %q does not look live", template, text)
		}
	}
}

func TestCheckTellsProblems(t *testing.T) {
	set := &Set{Rules: []Rule{{
		ID: "Bad_ID", Description: "A thing.", Help: "http://x", Revoke: "do it", Builtin: true,
		Regex: `x_[0-9]{8}`, SecretGroup: 1, Keywords: []string{"X_", "x_", "x_"},
		Examples:        []string{"<hex>", "nothing"},
		Counterexamples: []string{"<npm> aB3dE6gH9jK2mN5pQ8sT1vW4"},
	}}}
	var got strings.Builder
	for _, p := range Problems(set) {
		got.WriteString(p.Text + "\n")
	}
	golden(t, "testdata/check.golden", got.String())
}

func TestCompanionsMustBeThere(t *testing.T) {
	text := `[[rules]]
id = "acme-secret"
description = "ACME secret"
regex = '''\bacme_[0-9a-f]{20}\b'''
keywords = ["acme_"]
companions = ["acme-idd"]
[[rules]]
id = "acme-id"
description = "ACME id"
regex = '''\bacid_[0-9a-f]{20}\b'''
keywords = ["acid_"]
`
	set, err := Parse("acme.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	problems := Problems(set)
	if len(problems) != 1 || !strings.Contains(problems[0].Text, `did you mean "acme-id"? there is no rule "acme-idd"`) {
		t.Errorf("got %v", problems)
	}
}
