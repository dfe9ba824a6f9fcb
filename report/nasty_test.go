package report

import (
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// nastyNames are names of files that somebody may choose to break a report.
func nastyNames() []string {
	return []string{
		"with space/ümlaut 漢字 😀.txt", "a.zip!inner/b.tar!c.txt", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r\n=1", " =1", "＝1",
		"a,b;c\"d'e", "evil\x1b[31m\u202e\x07\x00\x7f.txt", "line\nend\r.txt", "::error::x", "x\n::set-output name=a::b", "a:b,c=d%0A%25.txt",
		"##[error]x", "a|b\\|c`d``e.txt", "<script>alert(1)</script>&amp;]]>", "![x](https://example.com/x.png)", "[x](javascript:alert(1))",
		"@everyone #1 ~label $x$ **b** _i_ https://example.com www.example.com", "\ufffe\uffff\ufffd.txt", "\xff\xfe.txt", "..", "../up", "/abs/olute", "C:/x", "",
		strings.Repeat("long/", 800) + "x", "--", "|", "`", " ", "\\",
	}
}

// nastyScan has a finding at each of the names, in the ways in which names occur.
func nastyScan() *recording {
	r := &recording{run: exampleRun(), summary: mudlark.Summary{Verdict: mudlark.Found, Incomplete: true}}
	for i, name := range nastyNames() {
		secret := secretFor(fmt.Sprint("nasty", i))
		commit := commitOf("2023-04-01", name, name)
		for _, o := range []mudlark.Origin{
			{Source: "dir", Path: name},
			{Source: "git", Path: name, Commit: commit, Object: hash(name, 40), Exposure: heldBy(mudlark.HeldByRef, "HEAD", "HEAD")},
			{Source: "git", Part: "commit message", Commit: commit, Exposure: &mudlark.Exposure{Held: mudlark.HeldByRef, Refs: []string{name}}},
			{Source: "s3", Part: name, Labels: map[string]string{name: name}},
		} {
			f := findingOf("acme-token", secret, name+" = "+secret, o, i)
			f.Key = name
			f.Verification = mudlark.Verification{Status: mudlark.Unknown, Reason: name, Identity: []mudlark.Fact{{Name: name, Value: name}}, Scopes: []string{name}}
			f.Assessment = mudlark.Assessment{Verdict: mudlark.Plausible, Reason: name}
			r.found = append(r.found, f)
		}
		r.skips = append(r.skips, mudlark.Skip{Origin: mudlark.Origin{Path: name}, Reason: mudlark.Corrupt, Detail: name})
		r.run.Rules = append(r.run.Rules, mudlark.RuleInfo{ID: fmt.Sprint("r", i), Description: name, Revoke: name, Help: name})
		r.found = append(r.found, findingOf(fmt.Sprint("r", i), secret+"x", secret+"x", mudlark.Origin{Source: "dir", Path: name}, 1))
	}
	r.summary.Findings, r.summary.Secrets = len(r.found), 2*len(nastyNames())
	return r
}

// emptyScan found nothing; it read everything, or not.
func emptyScan(whole bool) *recording {
	if whole {
		return &recording{run: exampleRun(), summary: mudlark.Summary{Verdict: mudlark.Clean}}
	}
	return &recording{
		run: exampleRun(), skips: exampleSkips(),
		summary: mudlark.Summary{
			Verdict: mudlark.Incomplete, Incomplete: true,
			Coverage: mudlark.Coverage{Skipped: map[mudlark.Reason]int{mudlark.Corrupt: 1}, Accepted: []mudlark.Reason{mudlark.LFSPointer}},
		},
	}
}

// floodScan has n secrets, each at a place of its own.
func floodScan(n int) *recording {
	r := &recording{run: exampleRun(), summary: mudlark.Summary{Verdict: mudlark.Found, Findings: n, Secrets: n}}
	for i := range n {
		secret := secretFor(fmt.Sprint(i))
		r.found = append(r.found, findingOf("acme-token", secret, "x = "+secret, mudlark.Origin{Source: "dir", Path: fmt.Sprintf("flood/%d.log", i)}, 1))
	}
	return r
}

// TestNastyNamesAreSafeOnATerminal: a report is looked at with cat, too.
func TestNastyNamesAreSafeOnATerminal(t *testing.T) {
	for _, format := range []string{"csv", "junit", "gitlab", "markdown", "github", "template", "detect-secrets"} {
		for _, redact := range []int{0, 100} {
			var summary strings.Builder
			out := nastyScan().write(t, format, Options{Redact: redact, Verbose: true, Now: now, Summary: &summary})
			mustBeSafe(t, strings.ReplaceAll(out+summary.String(), "\t", " "))
		}
	}
}

// TestPlantedSecretsAreInNoForm looks behind the escapes of each format.
func TestPlantedSecretsAreInNoForm(t *testing.T) {
	for seed := range uint64(40) {
		for _, format := range append([]string{"csv", "junit", "gitlab", "markdown", "github", "template"}, slices.Sorted(maps.Keys(gitleaksFormats()))...) {
			r, planted := plantedScan(seed)
			for i := range r.found {
				if i == 0 { // one that the tree has, so that GitHub is told its file
					r.found[i].Origin.Exposure, r.found[i].Origin.Commit, r.found[i].Origin.Part = nil, nil, ""
				}
			}
			var summary strings.Builder
			out := r.write(t, format, Options{Redact: 100, Verbose: true, Now: now, Summary: &summary}) + summary.String()
			percent, _ := url.PathUnescape(out)
			for _, text := range []string{out, percent, html.UnescapeString(out), strings.ReplaceAll(out, `""`, `"`), strings.ReplaceAll(out, `\`, "")} {
				for _, secret := range planted {
					for line := range strings.SplitSeq(secret, "\n") {
						if strings.Contains(text, line) || strings.Contains(text, valid(line)) || strings.Contains(text, strings.ReplaceAll(line, `\`, "")) {
							t.Fatalf("seed %d, %s: the secret %q is shown in\n%s", seed, format, line, out)
						}
					}
				}
			}
		}
	}
}
