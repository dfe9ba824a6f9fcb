package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// cells splits a row of a table as GitHub does: at a bar that no backslash
// precedes, code or not.
func cells(row string) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(row); i++ {
		switch {
		case row[i] == '\\' && i+1 < len(row):
			b.WriteString(row[i : i+2])
			i++
		case row[i] == '|':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(row[i])
		}
	}
	return append(out, b.String())
}

// prose takes away what the format itself writes, code, and what is escaped.
func prose(line string) string {
	line = regexp.MustCompile("`[^`]*`|<code>[^<>]*</code>|\\\\.").ReplaceAllString(line, "")
	line = regexp.MustCompile(`\[How to revoke it\]\(https?://[^()\s]*\)`).ReplaceAllString(line, "")
	return strings.NewReplacer("**", "", "<br>", "", "&", "&").Replace(line)
}

// TestNothingInMarkdownIsMarkup: whoever names a file writes no link, no image and
// no tag into a comment, and calls nobody.
func TestNothingInMarkdownIsMarkup(t *testing.T) {
	reports := []*recording{nastyScan(), exampleScan()}
	for seed := range uint64(20) {
		r, _ := plantedScan(seed)
		reports = append(reports, r)
	}
	for _, r := range reports {
		for line := range strings.SplitSeq(r.write(t, "markdown", Options{Verbose: true, Now: now}), "\n") {
			if strings.HasPrefix(line, "| ") {
				if got := cells(line); len(got) != 6 {
					t.Errorf("%d cells in %s", len(got)-2, line)
				}
				line = strings.ReplaceAll(line, " | ", "")
			}
			line = strings.TrimLeft(strings.TrimLeft(line, "| #"), "-")
			left := prose(line)
			if strings.ContainsAny(left, "<>[]`@*~$") || strings.Contains(left, "://") || strings.Contains(left, "www.") {
				t.Errorf("%q is left of %q", left, line)
			}
		}
	}
}

func TestMarkdownCodeAndText(t *testing.T) {
	for in, want := range map[string]string{
		"a b.txt": "`a b.txt`", "a|b": "<code>a&#124;b</code>", "`": "<code>&#96;</code>", `a\`: "<code>a&#92;</code>", "": "", "\x1b": "<code>&#92;x1b</code>",
		"@all": "`@all`", "<b>": "`<b>`",
	} {
		if got := markdownCode(in); got != want {
			t.Errorf("code %q: got %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"plain words.": "plain words.", "a <b> c": `a \<b\> c`, "ask @all": "ask `@all`", "[x](y)": `\[x\](y)`, "see https://a.b/c": "see `https://a.b/c`",
		"a|b": "<code>a&#124;b</code>", "5 * 3": `5 \* 3`, "WWW.x.y": "`WWW.x.y`", "~a $b$": `\~a \$b\$`,
	} {
		if got := markdownText(in); got != want {
			t.Errorf("text %q: got %s, want %s", in, got, want)
		}
	}
}

// TestNoReportLinksToWhereTheScannedContentSays: whoever writes a rule into what is
// scanned would choose where its readers are led.
func TestNoReportLinksToWhereTheScannedContentSays(t *testing.T) {
	for foreign, want := range map[bool]string{false: "want a link", true: ""} {
		r := exampleScan()
		r.run.Rules[0].Foreign = foreign
		markdown := r.write(t, "markdown", Options{Redact: 100})
		links := gitlab(t, r, Options{Redact: 100}).Vulnerabilities[0].Links
		if strings.Contains(markdown, "](https://example.com/") != (want != "") || (len(links) > 0) != (want != "") {
			t.Errorf("foreign %v: %v, and in Markdown\n%s", foreign, links, markdown)
		}
	}
}

func TestMarkdownFitsAComment(t *testing.T) {
	wide := floodScan(300)
	for i := range wide.found {
		word := strings.Repeat("|", 500)
		wide.run.Rules = append(wide.run.Rules, mudlark.RuleInfo{ID: fmt.Sprint(i), Description: word, Revoke: word})
		wide.found[i].RuleID, wide.found[i].Origin.Path, wide.found[i].Key = fmt.Sprint(i), word, word
		wide.skips = append(wide.skips, mudlark.Skip{Reason: mudlark.Corrupt, Detail: word})
		wide.summary.Folds = append(wide.summary.Folds, mudlark.Fold{RuleID: word, Path: word})
	}
	wide.summary.Incomplete = true
	for name, r := range map[string]*recording{"flood": floodScan(25_001), "wide": wide} {
		out := r.write(t, "markdown", Options{Redact: 100})
		if len(out) > markdownMaxComment {
			t.Errorf("%s: %d bytes", name, len(out))
		}
		rows := strings.Count(out, "\n| ") - 1
		if want := "\nAnd " + count(len(r.found)-rows, "more secret") + " that have no room here"; !strings.Contains(out, want) || rows < 5 {
			t.Errorf("%s: %d rows, and what is left out is not counted: want %q", name, rows, want)
		}
	}
	if out := floodScan(5000).write(t, "markdown", Options{Redact: 100, Verbose: true}); strings.Count(out, "\n| ")-1 != 5000 {
		t.Error("all was asked for, and not all is there")
	}
}

func TestMarkdownSaysHowAScanEnded(t *testing.T) {
	for says, r := range map[string]*recording{
		"## mudlark: no secrets found\n":                         emptyScan(true),
		"## mudlark: the scan is incomplete\n":                   emptyScan(false),
		"## mudlark: the scan failed\n":                          {summary: mudlark.Summary{Verdict: mudlark.Failed, Failure: "no"}},
		"## mudlark: 14 secrets found\n":                         exampleScan(),
		"- Not read: big file/3.bin: 120 MB.\n":                  emptyScan(false),
		"7 more findings do not count: 1 by ass":                 exampleScan(),
		"**ACTIVE, may grant, delete or spend** login ci-deploy": exampleScan(),
		"expired on 2021-03-01 · AWS account 123456789012":       exampleScan(),
	} {
		if out := r.write(t, "markdown", Options{Redact: 100}); !strings.Contains(out, says) {
			t.Errorf("%q is not in\n%s", says, out)
		}
	}
}
