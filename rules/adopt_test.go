package rules

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAdoptedConfigurationsMeanTheSame: whatever a file of gitleaks says, it says
// in mudlark.toml, with and without allowlists behind it.
func TestAdoptedConfigurationsMeanTheSame(t *testing.T) {
	files, err := filepath.Glob("testdata/configs/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"shared names": "[extend]\nuseDefault = true\ndisabledRules = [\"private-key\", 'heroku-api-key']\n" +
			"[[allowlists]]\ntargetRules = [\"generic-api-key\"] # all of them\nstopwords = [\"fixture\"]\n",
		"a rule that stands for several": "[extend]\nuseDefault = true\n[[rules]]\nid = \"generic-api-key\"\n[[rules.allowlists]]\nstopwords = [\"fixture\"]\n",
		"a rule in the place of several": "[extend]\nuseDefault = true\n[[rules]]\nid = \"generic-api-key\"\nregex = '''acme_[0-9]{9}'''\nkeywords = [\"acme_\"]\n",
		"the older form":                 "title = \"x\"\n[extend]\nuseDefault = true\n  [ allowlist ] # all\npaths = ['''^vendor/''']\n",
		"the older form in a rule":       "[[rules]]\nid = \"acme\"\nregex = '''acme_[0-9]{9}'''\n[rules.allowlist]\nstopwords = [\"0000\"]",
		"a list in one value":            "allowlists = [{paths = ['''^a/''']}]\n[extend]\nuseDefault = true\n",
		"the byte order mark":            "\ufeff[extend]\r\nuseDefault = true\r\n",
	}
	if len(files) < 20 {
		t.Fatal(files)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[f] = string(text)
	}
	lists := []Added{{
		Allowlist: Allowlist{Description: `it's "so"`, Paths: []string{`^a\.b/`, `it's`, "'''"}, Regexes: []string{"ends'"}, Target: TargetMatch, All: true},
		Comment:   "From .x\nand\x1b .y", Remarks: []string{"a.b/"},
	}}
	for name, text := range texts {
		dir := "testdata/configs"
		want, err := Parse(dir+"/.gitleaks.toml", []byte(text), Sets()...)
		if err != nil {
			continue // it is no configuration there either
		}
		for _, added := range [][]Added{nil, lists} {
			out, err := Adopt(dir+"/.gitleaks.toml", []byte(text), dir+"/mudlark.toml", "Made from it.", added)
			if name == "a list in one value" && added != nil {
				if !errors.Is(err, ErrAdopt) {
					t.Errorf("%s: got %v", name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got, err := Parse(dir+"/mudlark.toml", out, Sets()...)
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
				continue
			}
			if added != nil {
				last := 0 // the file's own lists stand before those of what it extends
				for i, l := range got.Allowlists {
					if l.Description == lists[0].Description {
						last = i
						l.Place, l.Target = "", lists[0].Target
						if strings.Join(l.Paths, "|") != strings.Join(lists[0].Paths, "|") || strings.Join(l.Regexes, "|") != strings.Join(lists[0].Regexes, "|") || !l.All {
							t.Errorf("%s: %+v", name, l)
						}
					}
				}
				got.Allowlists = append(got.Allowlists[:last:last], got.Allowlists[last+1:]...)
			}
			if !sameSet(want, got) {
				t.Errorf("%s means something else:\n%s", name, out)
			}
			if strings.Contains(string(out), "\x1b") {
				t.Errorf("%s: an escape", name)
			}
		}
	}
}

func TestRuleNamesAreOfAKnownTool(t *testing.T) {
	_, err := Parse("mudlark.toml", []byte("ruleNames = \"acme\"\n[extend]\nuseDefault = true\n"))
	if err == nil || !strings.Contains(err.Error(), "none of mudlark, gitleaks, betterleaks") {
		t.Errorf("got %v", err)
	}
	set, err := Parse(".gitleaks.toml", []byte("ruleNames = \"mudlark\"\n[extend]\nuseDefault = true\ndisabledRules = [\"generic-api-key\"]\n"))
	if err != nil || set.Rule("generic-password") == nil || set.Rule("generic-api-key") != nil {
		t.Errorf("names are not ours: %v", err)
	}
}

func TestAdoptOfNothingExtendsTheDefault(t *testing.T) {
	out, err := Adopt("", nil, "mudlark.toml", "Made.", []Added{{Allowlist: Allowlist{Description: "x", Paths: []string{"^a$"}}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse("mudlark.toml", out)
	if err != nil || len(got.Rules) != len(Builtin().Rules) || len(got.Warnings) > 0 {
		t.Errorf("%v, %v\n%s", err, got.Warnings, out)
	}
}
