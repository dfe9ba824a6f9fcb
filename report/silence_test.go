package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// silencing is a scan of a change that silences findings at hostile places.
func silencing(t *testing.T, format string) string {
	t.Helper()
	var out bytes.Buffer
	sink, err := New(format, &out, Options{Redact: 100})
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Begin(mudlark.Run{Source: "git", Event: "pull-request"}); err != nil {
		t.Fatal(err)
	}
	err = sink.End(mudlark.Summary{
		Verdict: mudlark.Clean, MoreSilenced: 3,
		Silenced: []mudlark.Silence{
			{By: mudlark.SilencedByComment, RuleID: "github-pat", Path: "a.env", Line: 2},
			{By: mudlark.SilencedByRename, RuleID: "npm", Path: "x,line=9::\n::error::no\x1b[2J`|<b>", Line: 1, Was: "@everyone"},
			{By: mudlark.SilencedByIgnoreFile, RuleID: "npm", Path: "b.env", Line: 1, Place: ".mudlarkignore:2"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWhatAChangeSilencesIsTold(t *testing.T) {
	for format, wants := range map[string][]string{
		"text":     {"This change silences 6 findings:\n", "  a.env:2  github-pat\n    by a comment\n", "by an entry in an ignore file, .mudlarkignore:2\n", "  and 3 more\n"},
		"markdown": {"### This change silences 6 findings\n", "- `a.env:2`, rule `github-pat`: by a comment\n", "from `@everyone`", "- and 3 more\n"},
		"github": {
			"::warning file=a.env,line=2,title=mudlark%3A this change silences a finding::A finding of the rule github-pat is silenced by a comment.\n",
			"::warning file=x%2Cline=9%3A%3A%0A%3A%3Aerror%3A%3Ano",
		},
		"jsonl": {`"by":"comment"`, `"moreSilenced":3`},
		"sarif": {`"id": "mudlark/git-pull-request/"`},
	} {
		got := silencing(t, format)
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", format, want, got)
			}
		}
		if strings.Contains(got, "\x1b") || strings.Contains(got, "\n::error") || format == "markdown" && strings.Contains(got, "<b>") {
			t.Errorf("%s: the name of a file has an effect:\n%s", format, got)
		}
	}
}
