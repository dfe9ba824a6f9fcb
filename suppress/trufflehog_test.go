package suppress_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/suppress"
)

func TestTrufflehogReportsAreBaselines(t *testing.T) {
	line := func(raw, rawV2, more string) string {
		return fmt.Sprintf(`{"SourceMetadata":{"Data":{"Git":{"commit":"c1","file":"conf/app.yml","line":7%s}}},"SourceType":16,"DetectorName":"Github","Verified":false,"Raw":%q,"RawV2":%q}`, more, raw, rawV2)
	}
	extra := func(fingerprint string) string {
		return strings.TrimSuffix(line("", "", ""), "}") + `,"ExtraData":{"fingerprint":"` + fingerprint + `"}}`
	}
	const long = "a-secret-of-some-length"
	for _, c := range []struct {
		report, rule, path, secret string
		want                       bool
	}{
		{line(long, "", ""), "github-pat", "conf/app.yml", long, true},
		{line(long, "", ""), "github-pat", "moved.yml", long, true},
		{line(long, "", ""), "other-rule", "moved.yml", long, true},
		{line(long, "", ""), "github-pat", "conf/app.yml", "another-secret-of-it", false},
		{line("short", "", ""), "github-pat", "conf/app.yml", "short", true},
		{line("short", "", ""), "github-pat", "moved.yml", "short", false},
		{line("AKIA", "AKIA"+long, ""), "aws-key-pair", "conf/app.yml", long, true},
		{line("AKIA", "AKIA:"+long, ""), "aws-key-pair", "conf/app.yml", long, true},
		{line("", "", ""), "github-pat", "conf/app.yml", long, true},                        // by place
		{extra("v1:github-pat:0123456789abcdef"), "github-pat", "conf/app.yml", long, true}, // of ours in that form
		{extra("v1:github-pat:1123456789abcdef"), "github-pat", "conf/app.yml", long, false},
		{extra("aa:bb"), "github-pat", "conf/app.yml", long, true},
		{line("", "", ""), "gitlab-pat", "conf/app.yml", long, false},
		{line("", "", ""), "github-pat", "moved.yml", long, false},
		{`{"level":"info","msg":"running source"}` + "\n" + line(long, "", ""), "github-pat", "a", long, true},
	} {
		if strings.HasPrefix(c.report, `{"level`) {
			c.report = line("x-of-another", "", "") + "\n" + c.report
		}
		l, notices, err := suppress.ReadBaseline("report.jsonl", strings.NewReader(c.report), suppress.BaselineOptions{})
		if err != nil {
			t.Fatal(err)
		}
		f := &mudlark.Finding{
			RuleID: c.rule, Secret: mudlark.NewSensitive(c.secret), Position: mudlark.Position{StartLine: 7}, Fingerprint: "v1:github-pat:0123456789abcdef",
			Origin: mudlark.Origin{Path: c.path, Commit: &mudlark.Commit{ID: "c1"}},
		}
		if c.path != "conf/app.yml" {
			f.Origin.Commit = nil
		}
		if _, ok := l.Find(f, time.Time{}); ok != c.want {
			t.Errorf("%s: %s %s: got %v", c.report, c.rule, c.path, ok)
		}
		if len(notices) == 0 || strings.Contains(strings.Join(notices, ""), long) {
			t.Errorf("%s: notices %q", c.report, notices)
		}
	}
}

func TestATrufflehogReportThatIsCutIsAnError(t *testing.T) {
	text := `{"SourceMetadata":{"Data":{}},"DetectorName":"Github","Raw":"x"}` + "\n" + `{"SourceMeta`
	if _, _, err := suppress.ReadBaseline("r", strings.NewReader(text), suppress.BaselineOptions{}); !errors.Is(err, suppress.ErrBaseline) {
		t.Errorf("got %v", err)
	}
}
