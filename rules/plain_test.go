package rules

import (
	"strings"
	"testing"
)

const plainText = `
[extend]
useDefault = true
[[rules]]
id = "mine"
regex = '''mine_[0-9a-z]{20}'''
severity = "HOT"
[[rules]]
id = "github-pat"
[[rules.allowlists]]
paths = ['''^test/''']
`

// TestRulesOfGitleaksFilesArePlain: its own rules, not ours that it only changes.
func TestRulesOfGitleaksFilesArePlain(t *testing.T) {
	s, err := Parse("dir/.gitleaks.toml", []byte(plainText))
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Rules {
		if r := &s.Rules[i]; r.Plain != (r.ID == "mine") {
			t.Errorf("%s: plain is %v", r.ID, r.Plain)
		}
	}
	if got := strings.Join(s.Warnings, "\n"); !strings.Contains(got, `unknown severity "HOT"`) {
		t.Errorf("warnings: %s", got)
	}
}

func TestAsWrittenMakesUsersRulesPlain(t *testing.T) {
	if _, err := Parse("mudlark.toml", []byte(plainText)); err == nil || !strings.Contains(err.Error(), "severity") {
		t.Errorf("a severity that is none: got %v", err)
	}
	s, err := Parse("mudlark.toml", []byte(strings.Replace(plainText, `severity = "HOT"`, "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{false, true} {
		for i := range s.Rules {
			if r := &s.Rules[i]; r.Plain != (want && r.ID == "mine") {
				t.Errorf("%s: plain is %v", r.ID, r.Plain)
			}
		}
		s.AsWritten()
	}
}

// TestRuleNamesMakePlain: a file of another name may say that it is gitleaks'.
func TestRuleNamesMakePlain(t *testing.T) {
	s, err := Parse("mudlark.toml", []byte("ruleNames = \"gitleaks\"\n"+plainText))
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Rule("mine"); r == nil || !r.Plain {
		t.Errorf("got %+v", r)
	}
}
