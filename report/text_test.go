package report

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
)

// mustBeSafe fails if out holds anything that acts on a terminal.
func mustBeSafe(t testing.TB, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Fatal("the text is not UTF-8")
	}
	for i, r := range out {
		if r != '\n' && (unicode.Is(unicode.C, r) || unicode.In(r, unicode.Zl, unicode.Zp)) {
			t.Fatalf("the text has %U: %q", r, out[max(0, i-30):min(len(out), i+30)])
		}
	}
}

func TestTextIsSafeOnATerminal(t *testing.T) {
	sgr := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	pieces := []string{
		"\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\u009b31m", "\r", "\n", "\t", "\x00", "\x7f", "\xff\xfe", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028",
		"\U000e0041", "\u061c", "\u00ad", "\ue000", "\ud7ff", "a", "ü", "漢", "😀", "e\u0301", `\`, " ", "\u00a0",
	}
	rng := rand.New(rand.NewPCG(3, 4))
	next := func() string {
		var b strings.Builder
		for range rng.IntN(12) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		return b.String()
	}
	for range 200 {
		r := &recording{}
		plant(reflect.ValueOf(&r.run).Elem(), next)
		plant(reflect.ValueOf(&r.summary).Elem(), next)
		for i := range 4 {
			var f mudlark.Finding
			plant(reflect.ValueOf(&f).Elem(), next)
			text := reveal(f.Excerpt.Text)
			f.RuleID, f.Excerpt.Secrets = next(), []mudlark.Span{{Start: 0, End: len(text) / 2}}
			f.Position.StartLine = i
			if i == 3 {
				f.Suppression.By = mudlark.SuppressedBy(next())
			}
			r.found = append(r.found, f)
			var skip mudlark.Skip
			plant(reflect.ValueOf(&skip).Elem(), next)
			skip.Reason = mudlark.Reason(next())
			r.skips = append(r.skips, skip)
		}
		for _, redact := range []int{0, 100} {
			mustBeSafe(t, r.write(t, "text", Options{Redact: redact, Verbose: true, Now: now}))
			coloured := r.write(t, "text", Options{Redact: redact, Color: true, Now: now})
			mustBeSafe(t, sgr.ReplaceAllString(coloured, ""))
			if sgr.ReplaceAllString(coloured, "") != r.write(t, "text", Options{Redact: redact, Now: now}) {
				t.Fatal("colour changes more than the colour")
			}
		}
	}
}

func TestUnderlineStandsBelowTheSecret(t *testing.T) {
	secret := secretFor("a")
	for _, before := range []string{"", "x", "\t\tkey\t", "größer ", "漢字 ", "e\u0301 ", "\x1b\x07 ", strings.Repeat("very long ", 40), "😀 "} {
		for _, after := range []string{"", " end", strings.Repeat(" and so on", 40)} {
			for _, redact := range []int{0, 100} {
				f := findingOf("acme-key", secret, before+secret+after, mudlark.Origin{Source: "dir", Path: "a.txt"}, 1)
				r := &recording{found: []mudlark.Finding{f}}
				lines := strings.Split(r.write(t, "text", Options{Redact: redact}), "\n")
				shown := map[int]string{0: secret, 100: mudlark.Masked}[redact]
				for i, line := range lines {
					at := strings.Index(line, shown)
					if at < 0 {
						continue
					}
					want := strings.Repeat(" ", width(line[:at])) + strings.Repeat("^", width(shown))
					if lines[i+1] != want {
						t.Errorf("before %q:\n%s\n%s", before, line, lines[i+1])
					}
					if width(line) > 80 {
						t.Errorf("%d columns: %s", width(line), line)
					}
					shown = "\x00"
				}
				if shown != "\x00" {
					t.Errorf("before %q after %q: the secret is not shown", before, after)
				}
			}
		}
	}
}

func TestVerdictsClaimNoMoreThanWasDone(t *testing.T) {
	read := mudlark.Coverage{Chunks: 3, Bytes: 2_500_000}
	git, dir := read, read
	git.Objects, dir.Files = 1234, 1
	cut := read
	cut.Skipped = map[mudlark.Reason]int{mudlark.TooLarge: 1}
	for _, c := range []struct {
		name string
		s    mudlark.Summary
		want []string
	}{
		{"clean git", mudlark.Summary{Verdict: mudlark.Clean, Coverage: git}, []string{"no secrets found in 1,234 objects (2.5 MB)\n"}},
		{"clean dir", mudlark.Summary{Verdict: mudlark.Clean, Coverage: dir}, []string{"no secrets found in 1 file (2.5 MB)\n"}},
		{"clean stdin", mudlark.Summary{Verdict: mudlark.Clean, Coverage: read}, []string{"no secrets found in 3 pieces of content (2.5 MB)\n"}},
		{"incomplete", mudlark.Summary{Verdict: mudlark.Incomplete, Incomplete: true, Coverage: cut}, []string{"nothing was found in what was read\n", "Incomplete: 1 piece of content was not read, so there may be more.\n"}},
		{"incomplete, unset", mudlark.Summary{Verdict: mudlark.Clean, Incomplete: true, Coverage: cut}, []string{"Incomplete: 1 piece of content was not read"}},
		{"found", mudlark.Summary{Verdict: mudlark.Found, Findings: 2, Secrets: 1, Coverage: git}, []string{"1 secret in 2 places\n"}},
		{"found, cut", mudlark.Summary{Verdict: mudlark.Found, Findings: 1, Secrets: 1, Incomplete: true, Failure: "out of time", Coverage: git}, []string{"1 secret in 1 place\n", "Incomplete: not everything was read", "It ended early: out of time."}},
		{"failed", mudlark.Summary{Verdict: mudlark.Failed, Failure: "not a repository"}, []string{"the scan failed: not a repository\n"}},
	} {
		out := (&recording{summary: c.s}).write(t, "text", Options{Redact: 100})
		if line := Sentence("", c.s); !strings.Contains(line, ": "+strings.TrimSuffix(c.want[0], "\n")) && !strings.HasPrefix(c.want[0], "Incomplete") {
			t.Errorf("%s: Sentence says %q", c.name, line)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is not in\n%s", c.name, want, out)
			}
		}
		if strings.Contains(strings.ToLower(out), "clean") || c.s.Incomplete && strings.Contains(out, "no secrets") {
			t.Errorf("%s claims too much:\n%s", c.name, out)
		}
	}
}

func TestSentenceSaysWhatItIsAboutAndWhatIsNotListed(t *testing.T) {
	read := mudlark.Coverage{Objects: 12, Bytes: 2_500_000}
	flood := []mudlark.Fold{{RuleID: "a", Kept: 1000, Folded: 30_000}, {RuleID: "b", Kept: 10, Folded: 4}}
	for _, c := range []struct {
		asked string
		s     mudlark.Summary
		want  string
	}{
		{"range a..b", mudlark.Summary{Verdict: mudlark.Clean, Coverage: read}, "clean: no secrets found in 12 objects (2.5 MB) of range a..b"},
		{"", mudlark.Summary{Verdict: mudlark.Clean, Coverage: read, Folds: flood}, "clean: no secrets found in 12 objects (2.5 MB)"},
		{"", mudlark.Summary{Verdict: mudlark.Found, Findings: 3, Secrets: 2, Folds: flood}, "found: 2 secrets in 3 places, and 30,004 more are counted, not listed"},
		{"range a..b", mudlark.Summary{Verdict: mudlark.Incomplete, Incomplete: true, Folds: flood[1:]},
			"incomplete: nothing was found in what was read of range a..b, and 4 more are counted, not listed; not everything was read, so there may be more"},
		{"range a..b", mudlark.Summary{Verdict: mudlark.Failed, Failure: "no"}, "failed: the scan failed: no"},
	} {
		if got := Sentence(c.asked, c.s); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// endOf is of what a commit removed.
func endOf(first, removed string) *mudlark.Exposure {
	x := heldBy(mudlark.HeldByRef, "refs/heads/main", "")
	x.First = day(first)
	x.Removed = []mudlark.Removal{{Commit: strings.Repeat("0", 40), Date: day("2000-01-01")}, {Commit: strings.Repeat("abc", 13) + "d", Date: day(removed)}}
	return x
}

func TestHistoryInWords(t *testing.T) {
	on := commitOf("2023-04-01", "Ann", "x")
	for _, c := range []struct {
		x    *mudlark.Exposure
		c    *mudlark.Commit
		want string
	}{
		{heldBy(mudlark.HeldByRef, "refs/heads/main", "refs/heads/main"), on, "in history since 2023-04-01, 602 days; still on main"},
		{heldBy(mudlark.HeldByRef, "HEAD", "HEAD"), on, "in history since 2023-04-01, 602 days; still on HEAD"},
		{heldBy(mudlark.HeldByRef, "refs/heads/main refs/tags/v1.0", ""), on, "in history since 2023-04-01, 602 days; reachable from main, v1.0"},
		{endOf("2023-04-02", "2023-05-04"), on, "in history since 2023-04-01, 602 days; removed 2023-05-04 by abcabcabcabc after 32 days, but in the history of main"},
		{endOf("2023-04-02", "2023-04-02"), on, "in history since 2023-04-01, 602 days; removed 2023-04-02 by abcabcabcabc within a day, but in the history of main"},
		{endOf("2023-04-02", "2023-04-01"), on, "in history since 2023-04-01, 602 days; removed 2023-04-01 by abcabcabcabc, but in the history of main"},
		{heldBy(mudlark.HeldByRef, "refs/heads/a refs/heads/b refs/heads/c refs/remotes/origin/d refs/heads/e", ""), nil, "reachable from a, b, c and 2 more"},
		{&mudlark.Exposure{Held: mudlark.HeldByRef, Refs: []string{"a"}, MoreRefs: 3000}, nil, "reachable from a and 3,000 more"},
		{&mudlark.Exposure{Held: mudlark.HeldByRef, Tips: []string{"a", "b", "c", "d"}, MoreTips: 5}, nil, "still on a, b, c and 6 more"},
		{heldBy(mudlark.HeldByStash, "", ""), on, "since 2023-04-01, 602 days; only in a stash"},
		{heldBy(mudlark.HeldByNothing, "", ""), nil, "in an unreachable object, until git prunes it"},
		{heldBy(mudlark.HeldByIndex, "", ""), nil, "staged, in no commit yet"},
		{nil, commitOf("2030-01-01", "Ann", "x"), "since 2030-01-01"},
		{nil, nil, ""},
	} {
		g := group{places: []*mudlark.Finding{{Origin: mudlark.Origin{Commit: c.c, Exposure: c.x}}}}
		if got := g.history(now); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestEndOfGroup has a secret in two places: it was removed when the last of
// them was, and if that is not known of one it is not known of both.
func TestEndOfGroup(t *testing.T) {
	early, late := endOf("2023-04-02", "2023-05-04"), endOf("2023-04-08", "2023-06-01")
	for _, c := range []struct {
		other *mudlark.Exposure
		want  string
	}{
		{early, "removed 2023-06-01 by abcabcabcabc after 60 days, but in the history of main"},
		{heldBy(mudlark.HeldByRef, "refs/heads/main", ""), "reachable from main"},
		{heldBy(mudlark.HeldByRef, "refs/heads/dev refs/heads/main", "refs/heads/dev"), "still on dev"},
		{heldBy(mudlark.HeldByStash, "", ""), "removed 2023-06-01 by abcabcabcabc after 54 days, but in the history of main"},
	} {
		g := group{places: []*mudlark.Finding{{Origin: mudlark.Origin{Exposure: late}}, {Origin: mudlark.Origin{Exposure: c.other}}}}
		if got := g.held(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestTextFitsThePage(t *testing.T) {
	r := exampleScan()
	for _, w := range []int{60, 80, 120} {
		for line := range strings.SplitSeq(r.write(t, "text", Options{Redact: 100, Now: now, Width: w}), "\n") {
			if width(line) > w && strings.Contains(strings.TrimSpace(line), "^") {
				t.Errorf("width %d: %s", w, line)
			}
		}
	}
}

func TestEveryReasonHasWords(t *testing.T) {
	for _, r := range mudlark.Reasons {
		if what, _ := reasonWords(r); what == string(r) {
			t.Errorf("%s has no words", r)
		}
	}
}

func TestNumbersInWords(t *testing.T) {
	for n, want := range map[int]string{0: "0 matches", 1: "1 match", 999: "999 matches", 1000: "1,000 matches", 1234567: "1,234,567 matches", -1000: "-1,000 matches"} {
		if got := count(n, "match"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1500: "1.5 kB", 2_500_000: "2.5 MB", 10_000_000_000: "10.0 GB"} {
		if got := size(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestTextTellsNoBuildSystemWhatToDo: what is written in a pipeline is read by the
// system that runs it, and the names, messages and lines in it are a stranger's.
func TestTextTellsNoBuildSystemWhatToDo(t *testing.T) {
	command := regexp.MustCompile(`(?im)##([a-z]+)?\[|^\s*::[a-z]`)
	commands := []string{
		"##vso[task.complete result=Succeeded;]", "a ##VSO[task.setvariable variable=PATH]/x", "##[error]x", "##teamcity[buildStatus]", "###[error]", "####[warning]",
		"::stop-commands::x", "  ::error file=a::b", "\t::Debug::x",
	}
	for _, c := range commands {
		if got := Printable(c); command.MatchString(got) {
			t.Errorf("%q is shown as %q", c, got)
		}
		secret := secretFor(c)
		f := findingOf("acme-key", secret, c+" "+secret, mudlark.Origin{Source: "git", Path: c, Part: c, Commit: commitOf("2023-04-01", c, c)}, 1)
		r := &recording{run: exampleRun(), found: []mudlark.Finding{f}, summary: mudlark.Summary{Verdict: mudlark.Failed, Failure: c}}
		r.run.Target, r.summary.Coverage.Notes = c, []string{c}
		r.skips = []mudlark.Skip{{Origin: mudlark.Origin{Path: c}, Reason: mudlark.Corrupt, Detail: c}}
		for _, wide := range []int{40, 80, 4000} {
			out := r.write(t, "text", Options{Redact: 100, Verbose: true, Width: wide, Now: now})
			if at := command.FindStringIndex(out); at != nil {
				t.Errorf("%q, %d columns:\n%s", c, wide, out[max(0, at[0]-60):min(len(out), at[1]+60)])
			}
			lines := strings.Split(out, "\n")
			for i, line := range lines {
				if at := strings.Index(line, mudlark.Masked); at >= 0 && strings.HasPrefix(line, "    ") && strings.Index(lines[i+1], "^") != width(line[:at]) {
					t.Errorf("the mark is not below the secret:\n%s\n%s", line, lines[i+1])
				}
			}
		}
	}
	for _, harmless := range []string{"std::string", "a ## b", "## [x](y)", "#[derive]", "::", ":: x", "fe80::1", "#!/bin/sh"} {
		if got := Printable(harmless); got != harmless {
			t.Errorf("%q is shown as %q", harmless, got)
		}
	}
}
