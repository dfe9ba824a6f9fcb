package rules

import "testing"

func TestBareSetAllowsNothing(t *testing.T) {
	set, err := Parse("m.toml", []byte("[extend]\nuseDefault = true\n[[allowlists]]\npaths = ['x']\n"+
		"[[rules]]\nid = \"a\"\nregex = 'abc'\npath = 'only'\n[[rules.allowlists]]\nregexes = ['abc']\n[[rules]]\nid = \"names\"\npath = 'key$'\n"))
	if err != nil {
		t.Fatal(err)
	}
	bare := set.Bare()
	if len(bare.Allowlists) > 0 || bare.Rule("names") != nil || len(bare.Rules) < len(Builtin().Rules)/2 {
		t.Errorf("%d allowlists, %d rules", len(bare.Allowlists), len(bare.Rules))
	}
	for _, r := range bare.Rules {
		if r.Path != "" || len(r.Allowlists) > 0 {
			t.Errorf("rule %s: path %q, %d allowlists", r.ID, r.Path, len(r.Allowlists))
		}
	}
	if r := set.Rule("a"); r.Path == "" || len(r.Allowlists) == 0 || len(set.Allowlists) == 0 {
		t.Error("the set itself was changed")
	}
}
