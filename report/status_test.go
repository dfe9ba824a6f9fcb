package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// standingOf is a finding of a rule of exampleRun with an answer.
func standingOf(rule, name string, v mudlark.Verification) mudlark.Finding {
	f := findingOf(rule, secretFor(name), "x = "+secretFor(name), mudlark.Origin{Source: "dir", Path: name}, 1)
	f.Verification = v
	return f
}

// TestWhatWorksComesFirst: the live ones by what they can do, then by severity;
// what does not work comes last.
func TestWhatWorksComesFirst(t *testing.T) {
	r := &recording{run: exampleRun(), found: []mudlark.Finding{
		standingOf("acme-token", "1-critical-dead", mudlark.Verification{Status: mudlark.Inactive}),
		standingOf("acme-token", "2-critical-unasked", mudlark.Verification{}),
		standingOf("acme-key", "3-high-unknown", mudlark.Verification{Status: mudlark.Unknown}),
		standingOf("acme-login", "4-medium-live", mudlark.Verification{Status: mudlark.Active}),
		standingOf("acme-key", "5-high-live", mudlark.Verification{Status: mudlark.Active}),
		standingOf("acme-file", "6-low-live-writes", mudlark.Verification{Status: mudlark.Active, Privilege: mudlark.PrivilegeWrite}),
		standingOf("acme-file", "7-low-live-admin", mudlark.Verification{Status: mudlark.Active, Privilege: mudlark.PrivilegeAdmin}),
	}}
	want := []string{"7-low-live-admin", "6-low-live-writes", "5-high-live", "4-medium-live", "2-critical-unasked", "3-high-unknown", "1-critical-dead"}
	out := r.write(t, "text", Options{Redact: 100})
	last := -1
	for _, name := range want {
		at := strings.Index(out, "\n  "+name+":")
		if at < 0 || at < last {
			t.Errorf("%s does not come in its turn, in\n%s", name, out)
		}
		last = at
	}
	s := &scan{run: r.run}
	s.index()
	for i := range r.found {
		for k := range r.found {
			a, b := &r.found[i], &r.found[k]
			before := slices.Index(want, a.Origin.Path) < slices.Index(want, b.Origin.Path)
			if before && sarifRank(s.rule(a.RuleID), a) < sarifRank(s.rule(b.RuleID), b) {
				t.Errorf("%s ranks below %s", a.Origin.Path, b.Origin.Path)
			}
		}
		if rank := sarifRank(s.rule(r.found[i].RuleID), &r.found[i]); rank < 0 || rank > 100 {
			t.Errorf("%s has rank %v", r.found[i].Origin.Path, rank)
		}
	}
}

func TestWhatIsKnownOfASecretInWords(t *testing.T) {
	at := day("2026-11-28")
	fact := func(name, value string) []mudlark.Fact { return []mudlark.Fact{{Name: name, Value: value}} }
	for _, test := range []struct {
		name string
		v    mudlark.Verification
		a    mudlark.Assessment
		want []string // lines
		not  string
	}{
		{name: "nothing", not: "was asked", want: []string{"  Revoke it first."}},
		{
			name: "expired", a: mudlark.Assessment{Verdict: mudlark.Expired, Reason: "expired on 2021-03-01", Identity: fact("AWS account", "123456789012")},
			want: []string{"  expired on 2021-03-01 · AWS account 123456789012", "  Revoke it first."},
		},
		{name: "an owner", a: mudlark.Assessment{Verdict: mudlark.Plausible, Identity: fact("Telegram bot", "12")}, want: []string{"  Telegram bot 12"}},
		{
			name: "active",
			v: mudlark.Verification{
				Status: mudlark.Active, Privilege: mudlark.PrivilegeAdmin, Scopes: []string{"repo", "admin:org"}, Host: "api.acme.example", At: at,
				Identity: []mudlark.Fact{{Name: "AWS account", Value: "1234"}, {Name: "user", Value: "ci-deploy"}},
			},
			want: []string{
				"  ACTIVE, may grant, delete or spend: AWS account 1234, user ci-deploy", "  scopes repo, admin:org", "  api.acme.example was asked on 2026-11-28",
				"  It works. Revoke it now.", "  https://example.com/docs/revoke_(tokens)",
			},
			not: "Revoke it first",
		},
		{
			name: "active no more", v: mudlark.Verification{Status: mudlark.Inactive, Host: "api.acme.example", At: at, Was: mudlark.Active},
			want: []string{"  INACTIVE", "  api.acme.example was asked on 2026-11-28; it was active when it was verified before", "  It does not work, so there is nothing to revoke."},
			not:  "docs/revoke",
		},
		{
			name: "unknown", v: mudlark.Verification{Status: mudlark.Unknown, Reason: "it gave no answer in time", Host: "api.acme.example"},
			want: []string{"  UNKNOWN: it gave no answer in time", "  api.acme.example was asked", "  Revoke it first."},
		},
		{
			name: "active, and why", v: mudlark.Verification{Status: mudlark.Active, Reason: "the key is of a free account", Identity: fact("login", "ann")},
			want: []string{"  ACTIVE: login ann", "  the key is of a free account"},
		},
		{
			name: "hostile", v: mudlark.Verification{Status: "act\x1b[2Jive", Identity: fact("a\nb", "\u202ex"), Scopes: []string{"\x07"}},
			want: []string{`  ACT\x1b[2JIVE: a b \u202ex`},
		},
	} {
		f := standingOf("acme-token", "a", test.v)
		f.Assessment = test.a
		out := (&recording{run: exampleRun(), found: []mudlark.Finding{f}}).write(t, "text", Options{Redact: 100, Width: 120})
		mustBeSafe(t, out)
		lines := strings.Split(out, "\n")
		for _, want := range test.want {
			if !slices.ContainsFunc(lines, func(line string) bool { return strings.EqualFold(line, want) }) {
				t.Errorf("%s: no line %q in\n%s", test.name, want, out)
			}
		}
		if test.not != "" && strings.Contains(out, test.not) {
			t.Errorf("%s: %q stands in\n%s", test.name, test.not, out)
		}
	}
}

// TestTheGuideIsToldForEachSecretThatWorks: for others, once for each rule.
func TestTheGuideIsToldForEachSecretThatWorks(t *testing.T) {
	live := mudlark.Verification{Status: mudlark.Active}
	r := &recording{run: exampleRun(), found: []mudlark.Finding{
		standingOf("acme-token", "a", live), standingOf("acme-token", "b", live), standingOf("acme-token", "c", mudlark.Verification{}),
	}}
	out := r.write(t, "text", Options{Redact: 100})
	if n := strings.Count(out, "docs/revoke_(tokens)"); n != 2 || strings.Count(out, "as above") != 1 {
		t.Errorf("the guide stands there %d times, in\n%s", n, out)
	}
}

// TestOnePlaceThatWorksIsEnough: the places of a secret may have been asked about
// apart from each other.
func TestOnePlaceThatWorksIsEnough(t *testing.T) {
	dead := standingOf("acme-token", "a", mudlark.Verification{Status: mudlark.Unknown, Reason: "it was silent"})
	live := dead
	live.Origin.Path, live.Verification = "b", mudlark.Verification{Status: mudlark.Active}
	out := (&recording{run: exampleRun(), found: []mudlark.Finding{dead, live}}).write(t, "text", Options{Redact: 100})
	if !strings.Contains(out, "  ACTIVE\n") || strings.Contains(out, "UNKNOWN") {
		t.Errorf("got\n%s", out)
	}
}

func TestStatusesHaveColours(t *testing.T) {
	for status, want := range map[mudlark.Status]string{
		mudlark.Active: "\x1b[31;1mACTIVE", mudlark.Inactive: "\x1b[2mINACTIVE", mudlark.Unknown: "\x1b[33;1mUNKNOWN",
	} {
		f := standingOf("acme-token", "a", mudlark.Verification{Status: status})
		out := (&recording{run: exampleRun(), found: []mudlark.Finding{f}}).write(t, "text", Options{Redact: 100, Color: true})
		if !strings.Contains(out, want) {
			t.Errorf("%s: %q is not in %q", status, want, out)
		}
	}
}

func TestJSONTellsWhatIsKnownOfASecret(t *testing.T) {
	f := standingOf("acme-token", "a", mudlark.Verification{
		Status: mudlark.Active, Privilege: mudlark.PrivilegeWrite, Reason: "the provider repeats " + secretFor("a"), Identity: []mudlark.Fact{{Name: "login", Value: secretFor("a")}},
	})
	f.Assessment = mudlark.Assessment{Verdict: mudlark.Plausible, Expires: day("2031-01-01"), Identity: []mudlark.Fact{{Name: "AWS account", Value: "1"}}}
	var doc struct {
		Findings []struct {
			Assessment   mudlark.Assessment
			Verification mudlark.Verification
		}
	}
	out := (&recording{run: exampleRun(), found: []mudlark.Finding{f}}).write(t, "json", Options{Redact: 100})
	must(t, json.Unmarshal([]byte(out), &doc))
	got := doc.Findings[0]
	if got.Assessment.Verdict != mudlark.Plausible || !got.Assessment.Expires.Equal(f.Assessment.Expires) || got.Assessment.Identity[0].Value != "1" {
		t.Errorf("%+v", got.Assessment)
	}
	if got.Verification.Privilege != mudlark.PrivilegeWrite || got.Verification.Identity[0].Value != mudlark.Masked || strings.Contains(out, secretFor("a")) {
		t.Errorf("%+v", got.Verification)
	}
	f.Assessment, f.Verification = mudlark.Assessment{}, mudlark.Verification{}
	if out := (&recording{found: []mudlark.Finding{f}}).write(t, "json", Options{}); strings.Contains(out, "Assessment") || strings.Contains(out, "Verification") {
		t.Errorf("nothing is known, but %s", out)
	}
}
