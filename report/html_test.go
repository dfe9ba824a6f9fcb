package report

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// hostileTexts are what a repository may hold to get out of a page.
func hostileTexts() []string {
	return []string{
		`</script><script>window.pwned = 1</script>`,
		`<!--<script>`,
		`--><img src=x onerror="window.pwned = 1">`,
		`</title></textarea></style><svg onload=window.pwned=1>`,
		`"><base href="https://evil.example/">'`,
		`&lt;script&gt;window.pwned = 1&lt;/script&gt;`,
		"{{script}} {{data}} ${window.pwned = 1} `",
		"line\u2028separator\u2029paragraph",
		"\x00\x01\x1b[31m\x7f\u0085\ufeff\ufffe",
		"abc\u202edrowssap\u2066\u200f",
		`\u003cscript\u003e`,
		"javascript:window.pwned=1",
	}
}

// hostileScan has such texts wherever text can be.
func hostileScan() *recording {
	texts := hostileTexts()
	r := &recording{run: exampleRun()}
	for i, text := range texts {
		c := commitOf("2023-04-01", text, text)
		c.Email, c.ID = text, text
		x := heldBy(mudlark.HeldByRef, "", "")
		x.Refs, x.Tips, x.First = []string{text}, []string{text}, c.Date
		id := fmt.Sprintf("rule-%d %s", i, text)
		f := findingOf(id, secretFor(text), text+" "+secretFor(text)+" "+text, mudlark.Origin{
			Source: "git", Path: text, Part: text, Object: text, Commit: c, Exposure: x, Link: texts[len(texts)-1], Labels: map[string]string{text: text},
		}, i+1)
		f.Key, f.Tags, f.Fingerprint, f.LineHash = text, []string{text}, fmt.Sprint(i, text), text
		f.Evidence = []mudlark.Evidence{{Name: text, Detail: text, Effect: 5}}
		f.Parts = map[string]mudlark.Sensitive{text: mudlark.NewSensitive(text)}
		f.Verification = mudlark.Verification{
			Status: mudlark.Status(text), Reason: text, Host: text, Was: mudlark.Status(text), Scopes: []string{text},
			Identity: []mudlark.Fact{{Name: text, Value: text}},
		}
		f.Assessment = mudlark.Assessment{Verdict: mudlark.Assessed(text), Reason: text, Identity: []mudlark.Fact{{Name: text, Value: text}}}
		f.Suppression = mudlark.Suppression{Reason: text, Place: text}
		if i%2 == 1 {
			f.Suppression.By = mudlark.SuppressedBy(text)
		}
		r.found = append(r.found, f)
		rule := mudlark.RuleInfo{ID: id, Description: text, Help: text, Revoke: text, Tags: []string{text}, Foreign: true}
		switch i {
		case 0:
			rule.Help, rule.Foreign = "https://evil.example/help", false // the program's own: a link
		case 1:
			rule.Help = "https://evil.example/foreign"
		case 2:
			rule.Help, rule.Foreign = "javascript:window.pwned=1", false
		case 3:
			rule.Help, rule.Foreign = "https://user"+":pw@evil.example/", false
		}
		r.run.Rules = append(r.run.Rules, rule)
		r.skips = append(r.skips, mudlark.Skip{Origin: f.Origin, Reason: mudlark.Reason(text), Detail: text})
	}
	all := strings.Join(texts, " ")
	r.run.Target, r.run.Asked, r.run.Command, r.run.Source, r.run.Files = texts[3]+all, all, all, all, texts
	r.run.Tool = mudlark.Tool{Name: all, Version: all, URL: all}
	r.summary = exampleSummary(r)
	r.summary.Failure, r.summary.Coverage.Notes = all, texts
	r.summary.Folds = []mudlark.Fold{{RuleID: all, Path: all, Object: all, Kept: 1, Folded: 2}}
	return r
}

// manyFindings is a history with n secrets, some removed, some asked about.
func manyFindings(n int) *recording {
	r := &recording{run: exampleRun()}
	answers := exampleAnswers()
	rules := []string{"acme-token", "acme-key", "acme-login", "acme-file"}
	for i := range n {
		secret := secretFor(fmt.Sprint(i))
		c := commitOf(fmt.Sprintf("20%02d-%02d-%02d", 10+i%14, 1+i%12, 1+i%28), "Ann Example", fmt.Sprintf("change %d", i%900))
		x := heldBy(mudlark.HeldByRef, "refs/heads/main", "refs/heads/main")
		x.First = c.Date
		if i%3 > 0 {
			gone := c.Date.AddDate(0, i%10, 1)
			x.Tips, x.Last, x.Removed = nil, gone, []mudlark.Removal{{Commit: hash(fmt.Sprint(i), 40), Date: gone}}
		}
		f := findingOf(rules[i%4], secret, strings.Repeat("a line with things ", 6)+secret+" and more", mudlark.Origin{
			Source: "git", Path: fmt.Sprintf("services/app%d/config.yml", i%7+1), Object: hash(fmt.Sprint("o", i), 40), Commit: c, Exposure: x,
		}, i+1)
		f.Confidence = mudlark.Confidence(1 + i%3)
		f.Evidence = []mudlark.Evidence{{Name: "checksum", Detail: "right", Effect: 30}, {Name: "path", Detail: "test", Effect: -14}}
		f.Verification = answers[secretFor([]string{"a", "b", "c", "none"}[i%4])]
		r.found = append(r.found, f)
	}
	r.summary = exampleSummary(r)
	return r
}

// TestHTMLGolden leaves out what has files of its own, and the hashes of it.
func TestHTMLGolden(t *testing.T) {
	page := exampleScan().write(t, "html", Options{Redact: 100, Now: now})
	page = strings.Replace(page, unixLines(htmlStyle), "", 1)
	page = strings.Replace(page, unixLines(htmlScript), "", 1)
	golden(t, "scan.html", strings.Replace(page, htmlPolicy(), "", 1))
}

func TestHTMLPolicyNamesItsOwnScriptAndStyleAlone(t *testing.T) {
	page := hostileScan().write(t, "html", Options{})
	policy := between(t, page, `<meta http-equiv="Content-Security-Policy" content="`, `">`)
	for _, element := range []string{"style", "script"} {
		sum := sha256.Sum256([]byte(between(t, page, "<"+element+">", "</"+element+">")))
		if want := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("%s is not in the policy %s", want, policy)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("the policy is %s", policy)
	}
	if before, _, _ := strings.Cut(page, "Content-Security-Policy"); strings.Contains(before, "script") {
		t.Error("something stands before the policy")
	}
}

func between(t *testing.T, text, begin, end string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, begin)
	inner, _, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("nothing between %s and %s", begin, end)
	}
	return inner
}

// TestHTMLScriptMakesNoMarkup: text becomes text, whatever the policy of the
// reader's browser.
func TestHTMLScriptMakesNoMarkup(t *testing.T) {
	for _, word := range []string{
		"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(", "XMLHttpRequest", "import(", "srcdoc",
		"</script", "<!--", "{{", "localStorage",
	} {
		if strings.Contains(htmlScript, word) {
			t.Errorf("the script has %q", word)
		}
	}
	if rest := strings.Replace(htmlScript, "http://www.w3.org/2000/svg", "", 1); strings.Contains(rest, "http:") || strings.Contains(rest, "https://") {
		t.Error("the script names an address")
	}
	for _, word := range []string{"url(", "@import", "</style", "expression("} {
		if strings.Contains(htmlStyle, word) {
			t.Errorf("the style has %q", word)
		}
	}
}

// TestHTMLNothingScannedIsMarkup: a page of hostile texts has the tags of one
// that has none of them, and its data is one JSON text without markup.
func TestHTMLNothingScannedIsMarkup(t *testing.T) {
	tags := regexp.MustCompile(`<[^>]*>`)
	hostile, harmless := hostileScan(), hostileScan()
	harmlessText := strings.NewReplacer("<", "(", ">", ")", `"`, "'", "&", "+")
	for i := range hostile.skips {
		hostile.skips[i].Reason, harmless.skips[i].Reason = mudlark.Shallow, mudlark.Shallow
		harmless.skips[i].Detail = harmlessText.Replace(harmless.skips[i].Detail)
	}
	harmless.run.Target = "."
	for _, redact := range []int{0, 40, 100} {
		a := hostile.write(t, "html", Options{Redact: redact})
		b := harmless.write(t, "html", Options{Redact: redact})
		if got, want := tags.FindAllString(a, -1), tags.FindAllString(b, -1); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("redact %d: the tags differ\n%s", redact, firstDifference(strings.Join(got, "\n"), strings.Join(want, "\n")))
		}
		data := between(t, a, `<script type="application/json" id="data">`, "</script>")
		if strings.ContainsAny(data, "<>&\u2028\u2029\u202e\x00\x1b\x7f") || !json.Valid([]byte(data)) {
			t.Errorf("redact %d: the data has markup, or is no JSON", redact)
		}
		outside := strings.Replace(a, unixLines(htmlScript), "", 1)
		if i := strings.IndexFunc(outside, func(r rune) bool { return !visible(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Errorf("redact %d: the page has %q", redact, outside[i:i+4])
		}
		if strings.Count(a, "<script") != 2 || strings.Count(a, "window.pwned = 1\\u003c/script") == 0 {
			t.Errorf("redact %d: scripts are not as expected", redact)
		}
	}
}

// TestHTMLSaysWhatIsNotThere: who cannot run the script still learns the answer,
// and what it leaves open.
func TestHTMLSaysWhatIsNotThere(t *testing.T) {
	page, _, _ := strings.Cut(exampleScan().write(t, "html", Options{Redact: 100, Now: now}), `<script type="application/json"`)
	for _, want := range []string{
		"14 secrets in 23 places of all refs", "<strong>Incomplete:</strong> 15 pieces of content were not read", "archive-depth", "7 pieces",
		"nested.zip!a.zip!b.zip", "its parents were not cloned", "(accepted)", "git fetch --unshallow", "1 finding is in the baseline.",
		"12 matches are on an allowlist", "999,900 more of rule acme-token", "alowlist (allowlist?)", ".mudlarkignore", "mudlark v0.1.0",
		"<dt>not read</dt><dd>15</dd>", "<dt>suppressed</dt><dd>7</dd>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestHTMLSaysThatItShowsSecrets(t *testing.T) {
	const notice = "This page shows secrets as they are."
	if page := exampleScan().write(t, "html", Options{}); !strings.Contains(page, notice) {
		t.Error("nothing warns of a page with secrets")
	}
	if page := exampleScan().write(t, "html", Options{Redact: 100}); strings.Contains(page, notice) {
		t.Error("a masked page warns of its secrets")
	}
}

// TestHTMLListsAFewOfManySkips: what is left out is counted.
func TestHTMLListsAFewOfManySkips(t *testing.T) {
	r := exampleScan()
	for i := range 2000 {
		r.skips = append(r.skips, mudlark.Skip{Origin: mudlark.Origin{Path: fmt.Sprint("x/", i)}, Reason: mudlark.Special})
	}
	page := r.write(t, "html", Options{Redact: 100})
	if n := strings.Count(page, "<li><bdi>x/"); n != htmlSkips || !strings.Contains(page, "and 1,500 more") {
		t.Errorf("%d are listed", n)
	}
}
