package report

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// TestATemplateForGitleaksRuns: the fields are gitleaks', and the values too.
func TestATemplateForGitleaksRuns(t *testing.T) {
	a, b, c := gitleaksSecrets()
	text := "{{ range . }}{{ .RuleID }} {{ .File }}:{{ .StartLine }}:{{ .StartColumn }}-{{ .EndLine }}:{{ .EndColumn }} {{ .Secret | quote }} " +
		"{{ .Commit | trunc 7 }}{{ .Author }}{{ .Date }} {{ .Entropy }} {{ .Tags | join \"+\" }} {{ .Fingerprint }}\n{{ end }}{{ len . }}"
	want := `gl-token app/config.yml:1:3-1:46 "` + a + `" 0123456Ann <Example>2023-04-01T07:00:00Z 3.8418543  0123456789abcdef0123456789abcdef01234567:app/config.yml:gl-token:1
gl-token src/ümlaut & co.env:2:6-2:45 "` + a + `"  3.8418543 acme+key src/ümlaut & co.env:gl-token:2
acme-key k8s/secret.yaml:3:12-3:67 "` + b + `"  4.5 decoded:base64+decode-depth:1 k8s/secret.yaml:acme-key:3
acme-key outer.zip!inner/key.pem:4:2-6:4 "-----BEGIN\n` + b + `\nEND"  4.5  outer.zip!inner/key.pem:acme-key:4
acme-login both.txt:9:3-9:57 "` + b + `"  4.5  both.txt:acme-login:9
acme-login both.txt:9:35-9:49 "` + c + `"  4.5  both.txt:acme-login:9
acme-file home/id_acme:0:0-0:0 ""  0  home/id_acme:acme-file:0
7`
	if got := gitleaksScan().write(t, "template", Options{Template: text, RuleName: theirName}); got != want {
		t.Error(firstDifference(got, want))
	}
}

// TestATemplateIsGivenWhatIsOurs: the fields that gitleaks does not have, and how
// the scan ended.
func TestATemplateIsGivenWhatIsOurs(t *testing.T) {
	for text, want := range map[string]string{
		"{{ with index . 0 }}{{ .RuleID }} {{ .Severity }} {{ .Confidence }} {{ .Status }} {{ .Owner }} {{ .Key }} {{ .Held }} {{ .SecretLine }}:{{ .SecretStart }}-{{ .SecretEnd }}{{ end }}": "acme-token critical high active login ci-deploy, team.name Größe \\x1b[31m token ref 3:10-45",
		"{{ (index . 0).ID }}":                                   "v1:acme-token:" + hash("acme-token"+secretFor("a"), 16),
		"{{ (index . 0).Line }}":                                 "  token: REDACTED",
		"{{ (index . 1).FirstSeen }} {{ (index . 1).LastSeen }}": "2023-05-02T09:00:00Z 2024-01-31T09:00:00Z",
		"{{ range . }}{{ .Part }}{{ end }}":                      "commit messageref nameconfig",
		"{{ (index . 0).Advice | trunc 24 }}":                    "It works. Revoke it now.",
		"{{ with summary }}{{ .Verdict }} {{ .Incomplete }} {{ .Findings }} {{ .Secrets }} {{ .Target }} {{ .Tool }} {{ .Version }} {{ len .NotRead }} {{ len .Notes }}{{ end }}": "findings true 23 14 . mudlark v0.1.0 9 2",
		`{{ with summary }}{{ index .NotRead 1 }}{{ end }}`: "Not read: ",
		"{{ now | date \"2006-01-02\" }}":                   "2024-11-23",
	} {
		got := exampleScan().write(t, "template", Options{Template: text, Redact: 100, Now: now})
		if got != want && (!strings.HasSuffix(want, ": ") || !strings.HasPrefix(got, want)) {
			t.Errorf("%s\ngot  %q\nwant %q", text, got, want)
		}
	}
}

// TestATemplateOfNothing: what a range has for nothing is for nothing.
func TestATemplateOfNothing(t *testing.T) {
	text := "{{ range . }}x{{ else }}none{{ end }} {{ (summary).Incomplete }}"
	for whole, want := range map[bool]string{true: "none false", false: "none true"} {
		if got := emptyScan(whole).write(t, "template", Options{Template: text}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestATemplateSaysWhatIsWrongWithIt, before the scan if it can.
func TestATemplateSaysWhatIsWrongWithIt(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "the format template needs one",
		"{{ .X":                 "template my.tmpl:1: unclosed action",
		"\n {{ env \"HOME\" }}": "template my.tmpl:2:4: the function env is not there: it reads the environment",
	} {
		if _, err := New("template", io.Discard, Options{Template: text, TemplateName: "my.tmpl"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	var b bytes.Buffer
	s, err := New("template", &b, Options{Template: "{{ range . }}\n{{ .Nope }}{{ end }}"})
	must(t, err)
	must(t, s.Begin(mudlark.Run{}))
	must(t, s.Finding(findingOf("r", secretFor("a"), secretFor("a"), mudlark.Origin{Path: "a"}, 1)))
	if err := s.End(mudlark.Summary{}); err == nil || !strings.HasPrefix(err.Error(), `template report:2:3: executing "report" at <.Nope>`) {
		t.Errorf("got %v", err)
	}
}
