package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mudlark-scan/mudlark"
)

// gitlabSchema compiles what testdata/gitlab-15.2.json says, which is made by
// hand from the description of GitLab's schema, as the schema itself comes with no
// package. It is stricter: it knows no field that is not written.
var gitlabSchema = sync.OnceValues(func() (*jsonschema.Schema, error) { return compiled("testdata/gitlab-15.2.json") })

func checkGitLab(t testing.TB, text string) error {
	t.Helper()
	schema, err := gitlabSchema()
	must(t, err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	must(t, err)
	return schema.Validate(doc)
}

// A gitlabReport is what the tests read of a report.
type gitlabReport struct {
	Scan            gitlabScan
	Vulnerabilities []gitlabVulnerability
}

func gitlab(t testing.TB, r *recording, opts Options) gitlabReport {
	t.Helper()
	out := r.write(t, "gitlab", opts)
	must(t, checkGitLab(t, out))
	var g gitlabReport
	must(t, json.Unmarshal([]byte(out), &g))
	ids := map[string]bool{}
	for _, v := range g.Vulnerabilities {
		if ids[v.ID] {
			t.Errorf("two are named %s", v.ID)
		}
		ids[v.ID] = true
	}
	return g
}

func TestGitLabReportsAreValid(t *testing.T) {
	for _, r := range []*recording{exampleScan(), nastyScan(), emptyScan(true), emptyScan(false), floodScan(1000), {}} {
		gitlab(t, r, Options{Redact: 100, Now: now})
		gitlab(t, r, Options{Verbose: true})
	}
	for seed := range uint64(20) {
		r, _ := plantedScan(seed)
		gitlab(t, r, Options{Redact: 100})
	}
}

// TestTheGitLabSchemaCatches: the test above rests on it.
func TestTheGitLabSchemaCatches(t *testing.T) {
	text := exampleScan().write(t, "gitlab", Options{Redact: 100, Now: now})
	must(t, checkGitLab(t, text))
	for _, c := range [][2]string{
		{`"15.2.1"`, `"14.0.0"`}, {"T12:00:00", "T12:00:00Z"}, {`"secret_detection"`, `"sast"`}, {`"failure"`, `"failed"`}, {`"sha"`, `"id"`},
		{`"Critical"`, `"critical"`}, {`"warn"`, `"warning"`}, {`"id": "519634cd-`, `"id": "519634cd`}, {`"identifiers"`, `"ids"`}, {`"start_line": 3`, `"start_line": "3"`},
		{`"vendor"`, `"maker"`}, {`"type": "text"`, `"type": "word"`}, {`"mudlark_rule_id"`, `""`},
	} {
		if !strings.Contains(text, c[0]) || checkGitLab(t, strings.Replace(text, c[0], c[1], 1)) == nil {
			t.Errorf("%s is taken", c[1])
		}
	}
}

func TestGitLabIsToldHowAScanWent(t *testing.T) {
	for name, c := range map[string]struct {
		r      *recording
		status string
		level  string // of the first message
	}{
		"clean":      {emptyScan(true), "success", ""},
		"incomplete": {emptyScan(false), "failure", "warn"},
		"failed":     {&recording{summary: mudlark.Summary{Verdict: mudlark.Failed, Failure: "no"}}, "failure", "fatal"},
		"flood":      {floodScan(3), "success", ""},
	} {
		g := gitlab(t, c.r, Options{})
		level := ""
		if len(g.Scan.Messages) > 0 {
			level = g.Scan.Messages[0].Level
		}
		if g.Scan.Status != c.status || level != c.level || g.Vulnerabilities == nil {
			t.Errorf("%s: got %+v", name, g.Scan)
		}
	}
	if got := len(gitlab(t, emptyScan(false), Options{}).Scan.Messages); got != 10 {
		t.Errorf("%d messages, want one for each part that is not accepted, and the answer", got)
	}
}

func TestPlacesInGitLab(t *testing.T) {
	commit := commitOf("2023-04-01", "Ann Example", "subject")
	for _, c := range []struct {
		name string
		o    mudlark.Origin
		want string // file:line-line sha
	}{
		{"a file", mudlark.Origin{Source: "dir", Path: "a b/ü.txt"}, "a b/ü.txt:7-7 0000000"},
		{"in history", mudlark.Origin{Source: "git", Path: "old.txt", Commit: commit}, "old.txt:7-7 " + commit.ID},
		{"a member", mudlark.Origin{Source: "git", Path: "a.zip!b.txt", Commit: commit}, "a.zip:1-1 " + commit.ID},
		{"a commit message", mudlark.Origin{Source: "git", Part: "commit message", Commit: commit}, "README.md:1-1 " + commit.ID},
		{"git's own", mudlark.Origin{Source: "git", Path: ".git/config", Exposure: heldBy(mudlark.HeldByWorktree, "", "")}, "README.md:1-1 0000000"},
		{"elsewhere", mudlark.Origin{Source: "dir", Path: "/etc/x"}, "README.md:1-1 0000000"},
		{"below the target", mudlark.Origin{Source: "dir", Path: "/home/x/repo/c%20.txt"}, "c%20.txt:7-7 0000000"},
	} {
		f := findingOf("acme-key", secretFor("a"), "key "+secretFor("a"), c.o, 7)
		g := gitlab(t, &recording{run: mudlark.Run{Target: "/home/x/repo"}, found: []mudlark.Finding{f}}, Options{Redact: 100})
		l := g.Vulnerabilities[0].Location
		if got := fmt.Sprintf("%s:%d-%d %s", l.File, l.StartLine, l.EndLine, l.Commit.SHA); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestGitLabIsToldItsOwnNameOfARuleFirst(t *testing.T) {
	for id, want := range map[string]string{
		"gitlab-pat": "gitleaks_rule_id gitlab_personal_access_token, mudlark_rule_id gitlab-pat",
		"acme-token": "mudlark_rule_id acme-token",
	} {
		var got []string
		for _, i := range gitlabIdentifiers(mudlark.RuleInfo{ID: id}) {
			got = append(got, i.Type+" "+i.Value)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: got %v", id, got)
		}
	}
	// Whoever writes a rule into what is scanned must not pass it off as GitLab's.
	if got := gitlabIdentifiers(mudlark.RuleInfo{ID: "gitlab-pat", Foreign: true}); len(got) != 1 {
		t.Errorf("a foreign rule: got %v", got)
	}
}

// TestGitLabIsGivenSecretsOnRequestAlone: everybody who can open the report reads
// them.
func TestGitLabIsGivenSecretsOnRequestAlone(t *testing.T) {
	secret := secretFor("a")
	for _, redact := range []int{0, 100} {
		if out := exampleScan().write(t, "gitlab", Options{Redact: redact}); strings.Contains(out, "raw_source_code_extract") || strings.Contains(out, secret) {
			t.Errorf("redact %d: a secret is given unasked", redact)
		}
		g := gitlab(t, exampleScan(), Options{Redact: redact, RawExtract: true})
		if g.Vulnerabilities[0].Raw != secret || !strings.HasPrefix(g.Scan.Messages[10].Value, "This report holds the secrets") {
			t.Errorf("redact %d: got %q, %+v", redact, g.Vulnerabilities[0].Raw, g.Scan.Messages)
		}
	}
	for _, format := range Formats() {
		if out := exampleScan().write(t, format, Options{Redact: 100, RawExtract: true}); format != "gitlab" && strings.Contains(out, secret) {
			t.Errorf("%s has it too", format)
		}
	}
	masked := exampleScan().write(t, "jsonl", Options{Redact: 100})
	if out := replayed(t, masked, "gitlab", Options{RawExtract: true}); strings.Contains(out, "raw_source_code_extract") || strings.Contains(out, "holds the secrets") {
		t.Error("a mask is given for a secret")
	}
}

func TestGitLabSeverities(t *testing.T) {
	for _, c := range []struct {
		severity   mudlark.Severity
		confidence mudlark.Confidence
		status     mudlark.Status
		want       string
	}{
		{mudlark.SeverityCritical, mudlark.High, mudlark.NotAsked, "Critical"},
		{mudlark.SeverityHigh, mudlark.Medium, mudlark.Unknown, "High"},
		{mudlark.SeverityUnset, mudlark.Medium, mudlark.NotAsked, "Medium"},
		{mudlark.SeverityLow, mudlark.High, mudlark.Active, "Low"},
		{mudlark.SeverityCritical, mudlark.High, mudlark.Inactive, "Info"},
		{mudlark.SeverityCritical, mudlark.Low, mudlark.NotAsked, "Low"},
		{mudlark.SeverityCritical, mudlark.Low, mudlark.Active, "Critical"},
	} {
		f := &mudlark.Finding{Confidence: c.confidence, Verification: mudlark.Verification{Status: c.status}}
		if got := gitlabSeverity(mudlark.RuleInfo{Severity: c.severity}, f); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

// TestGitLabIDsStay: the same secret has the same name tomorrow, on another line.
func TestGitLabIDsStay(t *testing.T) {
	// Of RFC 9562 and its test vectors in other libraries.
	if got := nameUUID("http://www.example.com/"); got != "fcde3c85-2270-590f-9e7c-ee003d65e0e2" {
		t.Errorf("got %s", got)
	}
	at := func(line int) gitlabVulnerability {
		f := findingOf("acme-key", secretFor("a"), "key "+secretFor("a"), mudlark.Origin{Source: "dir", Path: "a.txt"}, line)
		return gitlab(t, &recording{found: []mudlark.Finding{f}}, Options{Redact: 100}).Vulnerabilities[0]
	}
	a, b := at(3), at(9)
	if a.ID != b.ID || a.Tracking.Items[0].Signatures[0] != b.Tracking.Items[0].Signatures[0] {
		t.Errorf("a moved line changes %s to %s", a.ID, b.ID)
	}
}
