package suppress_test

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/suppress"
)

// onALine is a finding of a secret on a line of a file.
func onALine(rule, path, line, secret string) *mudlark.Finding {
	at := strings.Index(line, secret)
	return &mudlark.Finding{
		RuleID: rule, Secret: mudlark.NewSensitive(secret), Match: mudlark.NewSensitive(secret), Confidence: mudlark.Medium,
		Excerpt:  mudlark.Excerpt{Text: mudlark.NewSensitive(line), Secrets: []mudlark.Span{{Start: at, End: at + len(secret)}}},
		Position: mudlark.Position{StartLine: 7, EndLine: 7}, Origin: mudlark.Origin{Source: "dir", Path: path},
	}
}

func hashOf(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// result is one of detect-secrets' results; more is put behind it.
func result(typ, file, secret, more string) string {
	return fmt.Sprintf(`{"type": %q, "filename": %q, "hashed_secret": %q, "is_verified": false%s}`, typ, file, hashOf(secret), more)
}

func secretsBaseline(filters, file, results string) string {
	return fmt.Sprintf(`{"version": "1.5.0", "plugins_used": [{"name": "Base64HighEntropyString", "limit": 4.5}, {"name": "HexHighEntropyString", "limit": 3.0}],
 "filters_used": [%s], "results": {%q: [%s]}, "generated_at": "2026-01-01T00:00:00Z"}`, filters, file, results)
}

func readBaseline(t *testing.T, text string) (suppress.List, []string) {
	t.Helper()
	l, notices, err := suppress.ReadBaseline(".secrets.baseline", strings.NewReader(text), suppress.BaselineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return l, notices
}

// TestDetectSecretsHashesWhatItTakesForTheSecret: what stands in the third column
// is what release 1.5.0 hashed for the line in the first.
func TestDetectSecretsHashesWhatItTakesForTheSecret(t *testing.T) {
	for _, c := range []struct{ line, secret, hashed, typ, rule string }{
		{`password = "correct horse"`, "correct horse", "correct horse", "Secret Keyword", "generic-password"},
		{`password: battery # note`, "battery", "battery # note", "Secret Keyword", "generic-password"},
		{`password: battery, `, "battery", "battery", "Secret Keyword", "generic-password"},
		{`key = "Bearer staple0123456789"`, "staple0123456789", "Bearer staple0123456789", "Base64 High Entropy String", "http-bearer"},
		{`jfrog = "AKCstaple0123456789"`, "AKCstaple0123456789", `"AKCstaple0123456789"`, "Artifactory Credentials", "artifactory-api-key"},
		{`jfrog=AKCstaple0123456789`, "AKCstaple0123456789", `=AKCstaple0123456789`, "Artifactory Credentials", "artifactory-api-key"},
		{`AccountKey=staple0123456789==`, "staple0123456789==", "AccountKey=staple0123456789==", "Azure Storage Account access key", "azure-storage-account-key"},
		{`u = "https://bob:horse99@example.com/"`, "horse99", "horse99", "Basic Auth Credentials", "basic-auth-url"},
		{`u = "https://bob:horse99@example.com/"`, "bob:horse99", "horse99", "Basic Auth Credentials", "basic-auth-url"},
		{`t = 'horse99'`, "'horse99'", "horse99", "Secret Keyword", "generic-password"},
		{`export T=ghp_staple0123456789`, "ghp_staple0123456789", "ghp", "GitHub Token", "github-pat"},
		{`T=glpat-staple0123456789`, "glpat-staple0123456789", "glpat", "GitLab Token", "gitlab-pat"},
		{`-----BEGIN RSA PRIVATE KEY-----`, `-----BEGIN RSA PRIVATE KEY-----`, "BEGIN RSA PRIVATE KEY", "Private Key", "private-key"},
	} {
		l, _ := readBaseline(t, secretsBaseline("", "a/app.py", result(c.typ, "a/app.py", c.hashed, `, "line_number": 3`)))
		if _, ok := l.Find(onALine(c.rule, "a/app.py", c.line, c.secret), time.Time{}); !ok {
			t.Errorf("%s: %q is not known", c.line, c.secret)
		}
		if _, ok := l.Find(onALine(c.rule, "b/app.py", c.line, c.secret), time.Time{}); ok {
			t.Errorf("%s: %q is known in another file", c.line, c.secret)
		}
		if l.Entries()[0].Hidden != 1 {
			t.Errorf("%s: the entry hides %d", c.line, l.Entries()[0].Hidden)
		}
	}
}

func TestDetectSecretsReportsAnotherSecretOnTheSameLine(t *testing.T) {
	for _, c := range []struct{ hashed, line, secret, typ, rule string }{
		{"correct horse", `password = "battery staple"`, "battery staple", "Secret Keyword", "generic-password"},
		// The entropy detector sees what is in quotes, and would not know this one.
		{"ghp", `t = "ghp_staple9876543210"`, "ghp_staple9876543210", "GitHub Token", "github-pat"},
		{"ghp", `T=ghp_staple9876543210`, "ghp_staple9876543210", "Secret Keyword", "github-pat"},
		{"ghp", `T=gho_staple9876543210`, "gho_staple9876543210", "GitHub Token", "github-oauth"},
		{"BEGIN RSA PRIVATE KEY", `-----BEGIN EC PRIVATE KEY-----`, `-----BEGIN EC PRIVATE KEY-----`, "Private Key", "private-key"},
	} {
		l, _ := readBaseline(t, secretsBaseline("", "app.py", result(c.typ, "app.py", c.hashed, `, "line_number": 3`)))
		if by, ok := l.Find(onALine(c.rule, "app.py", c.line, c.secret), time.Time{}); ok {
			t.Errorf("%s: %q is hidden: %+v", c.line, c.secret, by)
		}
	}
}

// TestWhereTwoDetectorsSawASecretTheHashOfItDecides and the entry about its
// beginning is in use as long as that is.
func TestWhereTwoDetectorsSawASecretTheHashOfItDecides(t *testing.T) {
	text := secretsBaseline("", "app.py", result("GitHub Token", "app.py", "ghp", `, "line_number": 7`)+","+
		result("Base64 High Entropy String", "app.py", "ghp_staple0123456789", `, "line_number": 7`))
	l, notices := readBaseline(t, text)
	if _, ok := l.Find(onALine("github-pat", "app.py", `T=ghp_staple9876543210`, "ghp_staple9876543210"), time.Time{}); ok || len(notices) > 0 {
		t.Errorf("another secret is hidden: %v, or notices: %q", ok, notices)
	}
	if _, ok := l.Find(onALine("github-pat", "app.py", `T=ghp_staple0123456789`, "ghp_staple0123456789"), time.Time{}); !ok {
		t.Error("the secret is not known")
	}
	for _, e := range l.Entries() {
		if e.Hidden != 1 {
			t.Errorf("%s hides %d", e.Text, e.Hidden)
		}
	}
}

func TestAnAuditedSecretStaysOpen(t *testing.T) {
	f := onALine("generic-password", "app.py", `password = "horse"`, "horse")
	for _, c := range []struct {
		results string
		want    mudlark.Suppression
	}{
		{result("Secret Keyword", "app.py", "horse", ""), mudlark.Suppression{By: mudlark.ByBaseline, Reason: "known, not audited", Place: ".secrets.baseline"}},
		{result("Secret Keyword", "app.py", "horse", `, "is_secret": false`), mudlark.Suppression{By: mudlark.ByBaseline, Reason: "audited as no secret", Place: ".secrets.baseline"}},
		{result("Secret Keyword", "app.py", "horse", `, "is_secret": true`), mudlark.Suppression{Reason: "known, real, open", Place: ".secrets.baseline"}},
		{
			result("Secret Keyword", "app.py", "horse", `, "is_secret": false`) + "," + result("Base64 High Entropy String", "app.py", "horse", `, "is_secret": true`),
			mudlark.Suppression{Reason: "known, real, open", Place: ".secrets.baseline"},
		},
	} {
		l, _ := readBaseline(t, secretsBaseline("", "app.py", c.results))
		if by, ok := l.Find(f, time.Time{}); by != c.want || !ok {
			t.Errorf("%s: got %+v, want %+v", c.results, by, c.want)
		}
		// A remark does not win over what another list says.
		ignore := &suppress.Ignore{}
		f.Fingerprint = "v1:generic-password:0123456789abcdef"
		if err := ignore.Read("i", strings.NewReader(f.Fingerprint+" why")); err != nil {
			t.Fatal(err)
		}
		if by, _ := suppress.Find([]suppress.List{l, ignore}, f, time.Time{}); by.By == "" {
			t.Errorf("%s: %+v with an ignore file", c.results, by)
		}
	}
}

func TestFiltersOfDetectSecrets(t *testing.T) {
	filter := func(name, more string) string {
		return fmt.Sprintf(`{"path": "detect_secrets.filters.%s"%s}`, name, more)
	}
	const uuid = "01234567-89ab-cdef-0123-456789abcdef"
	for _, c := range []struct {
		filter, path, line, secret string
		want                       bool
	}{
		{filter("regex.should_exclude_file", `, "pattern": ["^tests/", "x"]`), "tests/a.py", `p = "horse"`, "horse", true},
		{filter("regex.should_exclude_file", `, "pattern": ["^tests/"]`), "src/tests/a.py", `p = "horse"`, "horse", false},
		{filter("regex.should_exclude_line", `, "pattern": ["fixture"]`), "a.py", `p = "horse" # fixture`, "horse", true},
		{filter("regex.should_exclude_line", `, "pattern": "fixture"`), "a.py", `p = "horse"`, "horse", false},
		{filter("regex.should_exclude_secret", `, "pattern": ["^ho"]`), "a.py", `p = "horse"`, "horse", true},
		{filter("regex.should_exclude_secret", `, "pattern": ["(?=h)"]`), "a.py", `p = "horse"`, "horse", false},
		{filter("regex.should_exclude_secret", `, "pattern": [""]`), "a.py", `p = "horse"`, "horse", false},
		{filter("heuristic.is_lock_file", ""), "web/yarn.lock", `p = "horse"`, "horse", true},
		{filter("heuristic.is_lock_file", ""), "web/yarn.lock.py", `p = "horse"`, "horse", false},
		{filter("heuristic.is_potential_uuid", ""), "a.py", `p = "` + uuid + `"`, uuid, true},
		{filter("heuristic.is_sequential_string", ""), "a.py", `p = "abcdefgh"`, "abcdefgh", true},
		{filter("heuristic.is_sequential_string", ""), "a.py", `p = "abcdefhg"`, "abcdefhg", false},
		{filter("heuristic.is_likely_id_string", ""), "a.py", `user_id = "horse"`, "horse", true},
		{filter("heuristic.is_likely_id_string", ""), "a.py", `valid = "horse"`, "horse", false},
		{filter("heuristic.is_templated_secret", ""), "a.py", `p = "{horse}"`, "{horse}", true},
		{filter("heuristic.is_prefixed_with_dollar_sign", ""), "a.py", `p = "$horse"`, "$horse", true},
		{filter("heuristic.is_indirect_reference", ""), "a.py", `p = get_horse("horse")`, "horse", true},
		{filter("heuristic.is_not_alphanumeric_string", ""), "a.py", `p = "12345!"`, "12345!", true},
		{filter("heuristic.is_swagger_file", ""), "api/swagger.json", `p = "horse"`, "horse", true},
		{filter("common.is_baseline_file", `, "filename": ".secrets.baseline"`), "a/.secrets.baseline", `p = "horse"`, "horse", true},
		{filter("common.is_ignored_due_to_verification_policies", `, "min_level": 2`), "a.py", `p = "horse"`, "horse", false},
		{filter("wordlist.should_exclude_secret", `, "file_name": "words"`), "a.py", `p = "horse"`, "horse", false},
		{filter("gibberish.should_exclude_secret", ""), "a.py", `p = "horse"`, "horse", false},
		{`{"path": "team.filters.own"}`, "a.py", `p = "horse"`, "horse", false},
	} {
		l, notices := readBaseline(t, secretsBaseline(c.filter, "other.py", ""))
		f := onALine("generic-password", c.path, c.line, c.secret)
		if by, ok := l.Find(f, time.Time{}); ok != c.want || by.By != "" != c.want {
			t.Errorf("%s: %q in %s: got %+v", c.filter, c.line, c.path, by)
		}
		if unused := strings.Contains(c.filter, "word") || strings.Contains(c.filter, "gibb") || strings.Contains(c.filter, "own") || strings.Contains(c.filter, `["(?`) ||
			strings.Contains(c.filter, `[""]`); unused != (len(notices) > 0) {
			t.Errorf("%s: notices %q", c.filter, notices)
		}
		// A guess of theirs says nothing of what is no guess.
		f.Confidence = mudlark.High
		if _, ok := l.Find(f, time.Time{}); ok != (c.want && strings.Contains(c.filter, "regex.")) {
			t.Errorf("%s: graded high: hidden %v", c.filter, ok)
		}
	}
}

func TestDetectSecretsBaselinesThatNameCodeAreRefused(t *testing.T) {
	for _, text := range []string{
		`{"version": "1.5.0", "plugins_used": [{"name": "Own", "path": "file:///tmp/own.py"}], "results": {}}`,
		`{"version": "1.5.0", "plugins_used": [{"name": "Own", "path": "own.py"}], "results": {}}`,
		`{"version": "1.5.0", "plugins_used": [], "filters_used": [{"path": "file://own.py::leave"}], "results": {}}`,
	} {
		_, _, err := suppress.ReadBaseline("b", strings.NewReader(text), suppress.BaselineOptions{})
		if !errors.Is(err, suppress.ErrBaseline) || !strings.Contains(err.Error(), "loads Python code") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestDetectSecretsBaselinesThatAreBroken(t *testing.T) {
	for _, text := range []string{
		`{"plugins_used": []}`,
		`{"plugins_used": [], "results": []}`,
		`{"plugins_used": [], "results": {"a": {}}}`,
		`{"plugins_used": [], "results": {"a": [{"type": "x", "hashed_secret": "abc"}]}}`,
		`{"plugins_used": {}, "results": {}}`,
		`{"plugins_used": [], "results": {"a": [`,
		`{"plugins_used": [], "filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": [1]}], "results": {}}`,
		`{"plugins_used": [], "filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["` +
			strings.Repeat(`(a{100}){10}", "`, 900) + `"]}], "results": {}}`,
		`{"plugins_used": [], "results": {}, "x": ` + strings.Repeat("[", 1<<20) + `}`,
	} {
		if _, _, err := suppress.ReadBaseline("b", strings.NewReader(text), suppress.BaselineOptions{}); !errors.Is(err, suppress.ErrBaseline) {
			t.Errorf("%.80s: got %v", text, err)
		}
	}
}

func TestOldAndSlimBaselinesOfDetectSecrets(t *testing.T) {
	f := onALine("generic-password", "src/app.py", `password = "horse"`, "horse")
	for _, text := range []string{
		`{"version": "1.5.0", "plugins_used": [], "results": {"src\\app.py": [{"type": "Secret Keyword", "hashed_secret": "` + hashOf("horse") + `"}]}}`,
		`{"exclude": {"files": null, "lines": "pass.*"}, "generated_at": "2020-01-01T00:00:00Z", "plugins_used": [{"name": "HexHighEntropyString", "hex_limit": 3}], "results": {}, "version": "0.14.3"}`,
		`{"generated_at": "2020-01-01T00:00:00Z", "results": {"./src/app.py": [{"hashed_secret": "` + hashOf("horse") + `", "type": "Secret Keyword"}]}}`,
	} {
		l, notices := readBaseline(t, text)
		if _, ok := l.Find(f, time.Time{}); !ok || len(notices) > 0 {
			t.Errorf("%s: found %v, notices %q", text, ok, notices)
		}
	}
	_, notices := readBaseline(t, `{"plugins_used": [{"name": "HexHighEntropyString", "limit": 2}], "results": {}}`)
	if len(notices) != 1 || !strings.Contains(notices[0], "limits of plugins") {
		t.Errorf("notices: %q", notices)
	}
}

func FuzzReadForeignBaseline(f *testing.F) {
	f.Add([]byte(secretsBaseline(`{"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": ["a"]}`, "app.py", result("GitHub Token", "app.py", "ghp", ""))))
	f.Add([]byte(`{"SourceMetadata": {"Data": {"Git": {"file": "app.py", "line": 7}}}, "DetectorName": "Github", "Raw": "horse"}`))
	finding := onALine("github-pat", "app.py", `password = "ghp_horse"`, "ghp_horse")
	f.Fuzz(func(_ *testing.T, text []byte) {
		l, _, err := suppress.ReadBaseline("b", strings.NewReader(string(text)), suppress.BaselineOptions{})
		if err == nil {
			l.Find(finding, time.Time{})
			l.Entries()
		}
	})
}
