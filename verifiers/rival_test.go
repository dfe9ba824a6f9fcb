package verifiers

import (
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
)

func TestDisabledRuleHandsItsSecretToNobodyElse(t *testing.T) {
	source, err := rules.Source()
	if err != nil {
		t.Fatal(err)
	}
	handed := 0
	for _, id := range []string{"paystack-secret-key", "knock-secret-key", "clerk-secret-key", "moonpay-secret-key", "paymongo-secret-key"} {
		r := source.Rule(id)
		if r == nil {
			continue
		}
		set := rules.Builtin()
		if err := set.Select(nil, []string{id}); err != nil {
			t.Fatal(err)
		}
		e, err := detectors.New(set, detectors.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := New(set, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, example := range r.Examples {
			for _, f := range detect(t, e, example) {
				handed++
				if plan := p.Plan([]mudlark.Finding{f}); plan.Questions() != 0 {
					t.Errorf("%s: without it %v is asked", id, plan.Calls)
				}
			}
		}
	}
	if handed == 0 {
		t.Error("no rule takes a disabled one's secret any more: choose others")
	}
}

// TestUnusedRulesHoldNothingBack: the rules that are off by default must not keep
// the secrets of those that are on from being asked about.
func TestUnusedRulesHoldNothingBack(t *testing.T) {
	source, checked := catalogue(t)
	set := rules.Builtin()
	e, err := detectors.New(set, detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(set, Options{Effects: rules.Effects(), Hosts: []string{"*.com"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range checked {
		if r.Set != "" {
			continue
		}
		for _, example := range source.Rule(r.ID).Examples {
			for _, f := range detect(t, e, example) {
				for _, h := range p.Plan([]mudlark.Finding{f}).Held {
					if strings.Contains(h.Reason, "a rule that is not used") {
						t.Errorf("%s: %s", f.RuleID, h.Reason)
					}
				}
			}
		}
	}
}

func TestOneAccountIsNotTriedWithManyPasswords(t *testing.T) {
	set := rules.Builtin()
	p, err := New(set, Options{Effects: []string{"login"}, Hosts: []string{"db.acme.io"}})
	if err != nil {
		t.Fatal(err)
	}
	var list []mudlark.Finding
	for seed := range 10 {
		password := drawn(t, "<alnum 16>", seed)
		f := found("postgres-url", password)[0]
		f.Match = mudlark.NewSensitive("postgres://app:" + password + "@db.acme.io")
		f.Excerpt.Text = mudlark.NewSensitive("url: postgres://app:" + password + "@db.acme.io/app")
		list = append(list, f)
	}
	if n := p.Plan(list).Questions(); n != maxPasswords {
		t.Errorf("%d passwords would be tried", n)
	}
}
