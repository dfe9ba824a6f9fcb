package scanner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/suppress"
)

// builtinScan scans texts, which are templates, with the rules of the program.
func builtinScan(t *testing.T, src texts, opts scanner.Options) *tape {
	t.Helper()
	e, err := detectors.New(rules.Builtin(), detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	filled := texts{}
	for path, template := range src {
		text, err := rules.Fill(template, 5)
		if err != nil {
			t.Fatal(err)
		}
		filled[path] = text
	}
	sink := &tape{t: t}
	if _, err := scanner.New(e, opts).Scan(t.Context(), filled, sink); err != nil {
		t.Fatal(err)
	}
	return sink
}

func points(f mudlark.Finding) (sum int) {
	for _, e := range f.Evidence {
		sum += e.Effect
	}
	return sum
}

// TestImpossibleCredentialsAreListedAndDoNotCount: not even where everything of
// the lowest confidence counts.
func TestImpossibleCredentialsAreListedAndDoNotCount(t *testing.T) {
	src := texts{"a": "token: <github-bad ghp_>\n", "b": "token: <github ghp_>\n", "c": "token: <npm-bad>\n"}
	for _, least := range []mudlark.Confidence{mudlark.Low, mudlark.Medium} {
		got := builtinScan(t, src, scanner.Options{Confidence: least})
		if len(got.findings) != 3 || got.summary.Suppressed[mudlark.ByAssessment] != 1 {
			t.Fatalf("%v: %d findings, %+v", least, len(got.findings), got.summary)
		}
		for _, f := range got.findings {
			wrong := f.Origin.Path == "a"
			if wrong != (f.Suppression.By == mudlark.ByAssessment) || wrong != (f.Assessment.Verdict == mudlark.Impossible) || wrong && f.Suppression.Reason != "its checksum is wrong" {
				t.Errorf("%v: %s: %+v, %+v", least, f.Origin.Path, f.Assessment, f.Suppression)
			}
			if f.Origin.Path == "c" && (f.Confidence != mudlark.Low || f.Assessment.Verdict != "") {
				t.Errorf("%v: a checksum that is not certain: %v, %+v", least, f.Confidence, f.Assessment)
			}
		}
	}
}

// TestAnIgnoredFindingStaysIgnored: an entry of an ignore file is in use though
// what it is about could be no credential.
func TestAnIgnoredFindingStaysIgnored(t *testing.T) {
	text, err := rules.Fill("token: <github-bad ghp_>\n", 5)
	if err != nil {
		t.Fatal(err)
	}
	first := builtinScan(t, texts{"a": text}, scanner.Options{})
	ignore := &suppress.Ignore{}
	if err := ignore.Read("ignore", strings.NewReader(first.findings[0].Fingerprint+" # mistyped\n")); err != nil {
		t.Fatal(err)
	}
	again := builtinScan(t, texts{"a": text}, scanner.Options{Suppress: []suppress.List{ignore}})
	if by := again.findings[0].Suppression.By; by != mudlark.ByIgnoreFile {
		t.Errorf("suppressed by %q", by)
	}
}

func TestTestKeysAndExpiredOnesCountForLess(t *testing.T) {
	now := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	src := texts{
		"test":    "key: sk_test_<base62 24>\n",
		"expired": "url: https://acme.blob.core.windows.net/backup/db.bak?sv=2022-11-02&sp=rl&se=2021-03-01T00:00:00Z&spr=https&sig=<base64 43>%3D\n",
		"valid":   "url: https://acme.blob.core.windows.net/backup/db.bak?sv=2022-11-02&sp=rl&se=2031-03-01T00:00:00Z&spr=https&sig=<base64 43>%3D\n",
	}
	want := map[string]struct {
		verdict    mudlark.Assessed
		confidence mudlark.Confidence
	}{"test": {mudlark.TestMode, mudlark.Medium}, "expired": {mudlark.Expired, mudlark.Medium}, "valid": {mudlark.Plausible, mudlark.High}}
	got := builtinScan(t, src, scanner.Options{Confidence: mudlark.Medium, Now: now})
	if got.summary.Findings != len(want) {
		t.Fatalf("%+v", got.summary)
	}
	for _, f := range got.findings {
		w := want[f.Origin.Path]
		if f.Assessment.Verdict != w.verdict || f.Confidence != w.confidence {
			t.Errorf("%s: %+v, confidence %v; want %v", f.Origin.Path, f.Assessment, f.Confidence, w)
		}
		last := f.Evidence[len(f.Evidence)-1]
		lowered := w.confidence == mudlark.Medium
		if (last.Name == "assessment") != lowered || lowered && (last.Effect >= 0 || last.Detail != f.Assessment.Reason) {
			t.Errorf("%s: %+v", f.Origin.Path, f.Evidence)
		}
		if sum := points(f); lowered && (sum < 40 || sum >= 80) {
			t.Errorf("%s: the evidence comes to %d points", f.Origin.Path, sum)
		}
	}
	never := builtinScan(t, src, scanner.Options{Confidence: mudlark.Medium})
	for _, f := range never.findings {
		if f.Assessment.Verdict == mudlark.Expired {
			t.Errorf("at no time %s has expired", f.Origin.Path)
		}
	}
}

// TestWhatCountsLeastIsNotLoweredFurther: a credential that has expired is
// reported where it would be if it had not.
func TestWhatCountsLeastIsNotLoweredFurther(t *testing.T) {
	got := builtinScan(t, texts{"a": "kickbox_api_key: test_<hex 64>\n"}, scanner.Options{Confidence: mudlark.Medium})
	if len(got.findings) != 1 || got.summary.Findings != 1 || got.findings[0].Assessment.Verdict != mudlark.TestMode {
		t.Fatalf("%+v, %+v", got.findings, got.summary)
	}
	f := got.findings[0]
	if f.Confidence != mudlark.Medium || f.Evidence[len(f.Evidence)-1].Effect != 0 {
		t.Errorf("%v, %+v", f.Confidence, f.Evidence)
	}
}
