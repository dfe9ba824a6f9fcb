package rules

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

func TestBuiltinIsWhatTheFilesSay(t *testing.T) {
	want, err := Source()
	if err != nil {
		t.Fatal(err)
	}
	got := Builtin(Sets()...)
	for i := range want.Rules {
		w := want.Rules[i]
		w.Examples, w.Counterexamples = nil, nil
		r := got.Rule(w.ID)
		if r == nil {
			t.Errorf("rule %q is missing: run go generate ./rules", w.ID)
			continue
		}
		if g := *r; !reflect.DeepEqual(normal(g), normal(w)) {
			t.Errorf("rule %q is stale: run go generate ./rules\ngot  %+v\nwant %+v", w.ID, g, w)
		}
	}
	if len(got.Rules) != len(want.Rules) {
		t.Errorf("%d rules, want %d: run go generate ./rules", len(got.Rules), len(want.Rules))
	}
	if len(got.Allowlists) != len(want.Allowlists) {
		t.Errorf("%d allowlists, want %d: run go generate ./rules", len(got.Allowlists), len(want.Allowlists))
	}
	for i := range min(len(got.Allowlists), len(want.Allowlists)) {
		if g, w := got.Allowlists[i], want.Allowlists[i]; !reflect.DeepEqual(normalList(g), normalList(w)) {
			t.Errorf("allowlist %d is stale: run go generate ./rules\ngot  %+v\nwant %+v", i, g, w)
		}
	}
}

// normal makes no difference between an empty list and none.
func normal(r Rule) Rule {
	r.Allowlists = slices.Clone(r.Allowlists)
	for i := range r.Allowlists {
		r.Allowlists[i] = normalList(r.Allowlists[i])
	}
	r.Keywords, r.Tags = none(r.Keywords), none(r.Tags)
	if len(r.Allowlists) == 0 {
		r.Allowlists = nil
	}
	if len(r.Required) == 0 {
		r.Required = nil
	}
	return r
}

func normalList(l Allowlist) Allowlist {
	l.Commits, l.Paths, l.Regexes, l.Stopwords = none(l.Commits), none(l.Paths), none(l.Regexes), none(l.Stopwords)
	return l
}

func none(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

func TestBuiltinRulesHaveNoProblems(t *testing.T) {
	set, err := Source()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Problems(set) {
		t.Error(p)
	}
}

func TestBuiltinExamplesFillWithEverySeed(t *testing.T) {
	set, err := Source()
	if err != nil {
		t.Fatal(err)
	}
	for i := range set.Rules {
		r := &set.Rules[i]
		for _, template := range slices.Concat(r.Examples, r.Counterexamples) {
			for seed := range uint64(4) {
				if _, err := Fill(template, seed); err != nil {
					t.Errorf("%s: %v", r.ID, err)
				}
			}
		}
	}
}

func TestSelectKeepsAndDrops(t *testing.T) {
	ids := func(enable, disable string) string {
		t.Helper()
		s := base()
		s.Rules[4].Required = []Required{{ID: "google-api-key"}}
		err := s.Select(strings.Fields(enable), strings.Fields(disable))
		if err != nil {
			return err.Error()
		}
		var b strings.Builder
		for i := range s.Rules {
			b.WriteString(" " + s.Rules[i].ID)
			if s.Rules[i].SkipReport {
				b.WriteString("(silent)")
			}
		}
		for _, w := range s.Warnings {
			b.WriteString(" / " + w)
		}
		return strings.TrimSpace(b.String())
	}
	for _, c := range []struct{ enable, disable, want string }{
		{"", "", "azure-entra-client-secret azure-entra-client-secret-v1 generic-api-key generic-secret github-pat google-api-key"},
		{"generic-secret", "", "generic-secret"},
		{"github-pat", "", "github-pat google-api-key(silent)"},
		{"", "google-api-key", "azure-entra-client-secret azure-entra-client-secret-v1 generic-api-key generic-secret github-pat google-api-key(silent)"},
		{"azure-ad-client-secret", "", "azure-entra-client-secret azure-entra-client-secret-v1"},
		{"", "azure-ad-client-secret", "generic-api-key generic-secret github-pat google-api-key"},
		{"github-pat google-api-key", "github-pat", "google-api-key"},
		{"githb-pat", "", `unknown rule "githb-pat": did you mean "github-pat"? "mudlark rules list" shows all`},
		{"", "zzz", `unknown rule "zzz": "mudlark rules list" shows all`},
		{"generic-secret", "generic-secret", `no rule is left to scan with: enable one that "mudlark rules list" shows`},
		{"sendgrid-api-token", "", `no rule is left to scan with: enable one that "mudlark rules list" shows`},
		{"generic-secret sendgrid-api-token", "", `generic-secret / no such rule: nothing here corresponds to "sendgrid-api-token", a rule of another tool`},
	} {
		if got := ids(c.enable, c.disable); got != c.want {
			t.Errorf("enable %q, disable %q:\ngot  %s\nwant %s", c.enable, c.disable, got, c.want)
		}
	}
}

func TestSelectChangesNoOtherSet(t *testing.T) {
	a, b := Builtin(), Builtin()
	if len(a.Rules) == 0 {
		t.Skip("no rules")
	}
	if err := a.Select([]string{a.Rules[len(a.Rules)-1].ID}, nil); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(b.Rules, Builtin().Rules) {
		t.Error("another set changed")
	}
}

func TestInfoHasGrades(t *testing.T) {
	r := Rule{ID: "a", Description: "b"}
	if got := r.Info(); got.Severity != mudlark.SeverityMedium || got.Confidence != mudlark.Medium {
		t.Errorf("%+v", got)
	}
}

func TestAliases(t *testing.T) {
	set := Builtin(Sets()...)
	known := map[string]bool{}
	for _, table := range aliasTables() {
		if !slices.IsSortedFunc(table, func(a, b alias) int { return strings.Compare(a.theirs, b.theirs) }) {
			t.Error("not sorted")
		}
		for _, a := range table {
			if known[a.theirs] {
				t.Errorf("%s is there twice", a.theirs)
			}
			known[a.theirs] = true
			ours := Alias(a.theirs)
			for _, id := range ours {
				if set.Rule(id) == nil {
					t.Errorf("%s stands for %s, which is no rule", a.theirs, id)
				}
				if !slices.Contains(Names(id), a.theirs) {
					t.Errorf("Names(%q) lacks %s", id, a.theirs)
				}
			}
			if len(slices.Compact(slices.Sorted(slices.Values(ours)))) != len(ours) {
				t.Errorf("%s: %q names a rule twice", a.theirs, a.ours)
			}
			// A rule of the same name must be the counterpart.
			if set.Rule(a.theirs) != nil && !slices.Contains(ours, a.theirs) {
				t.Errorf("%s is one of our rules, but stands for %q", a.theirs, a.ours)
			}
		}
	}
	if got := Alias("no-such-rule"); got != nil {
		t.Errorf("got %q", got)
	}
	for ours, theirs := range map[string]string{
		"github-pat": "github-pat", "google-api-key": "gcp-api-key", "datadog-api-key": "datadog-access-token", "groq-api-key": "", "none": "", "": "",
	} {
		if got := Foreign(ours); got != theirs {
			t.Errorf("Foreign(%q) = %q, want %q", ours, got, theirs)
		}
	}
	want := []string{"datadog-access-token", "datadog-api-key"}
	if got := Names("datadog-api-key"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAliasesCoverTheOtherTools: most of the names without counterpart are of
// what is no secret (client ids, hosts, publishable keys).
func TestAliasesCoverTheOtherTools(t *testing.T) {
	notBetterleaks := []string{"cloudflare-api-key", "datadog-access-token", "etsy-access-token", "jfrog-api-key", "jfrog-identity-token"}
	shared := slices.DeleteFunc(slices.Clone(gitleaksAliases[:]), func(a alias) bool { return slices.Contains(notBetterleaks, a.theirs) })
	for _, c := range []struct {
		tool    string
		names   []alias
		all     int
		percent int
	}{
		{"gitleaks 8.30.1", gitleaksAliases[:], 222, 91},
		{"betterleaks", slices.Concat(shared, betterleaksAliases[:]), 473, 86},
	} {
		counterparts := 0
		for _, a := range c.names {
			if a.ours != "" {
				counterparts++
			}
		}
		t.Logf("%s: %d of %d names have a counterpart", c.tool, counterparts, len(c.names))
		if len(c.names) != c.all || 100*counterparts < c.percent*c.all {
			t.Errorf("%s: %d of %d names have a counterpart, want %d %% of %d", c.tool, counterparts, len(c.names), c.percent, c.all)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"keywords", "regex", "regexTarget", "path", "secretGroup", "id"}
	for name, want := range map[string]string{
		"keyword": "keywords", "KEYWORDS": "keywords", "kyewords": "keywords", "regexp": "regex", "regxe": "regex",
		"target": "regexTarget", "group": "secretGroup", "paths": "path", "di": "id", "zzz": "", "": "",
		strings.Repeat("k", 100): "",
	} {
		if got := nearest(name, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
}
