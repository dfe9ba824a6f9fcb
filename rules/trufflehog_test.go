package rules

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// hogText is a file of detectors in the form of trufflehog's manual.
const hogText = `
detectors:
  - name: Hog Token
    description: what a hog holds
    keywords: [HOG, hoggy]
    regex:
      token: '(t[0-9a-z]{20})'
      hogID: 'HOG[0-9A-Z]{17}'
      other: 'o[0-9]{9}'
    primary_regex_name: hogID
    entropy: 3.5
    exclude_words: [Sample]
    exclude_regexes_capture: ['^HOG0']
    exclude_regexes_match: ['TEST']
    validations:
      hogID: {contains_digit: true, contains_uppercase: false}
      token: {contains_special_char: true}
    verify:
      - endpoint: https://hog.example.com/check
        headers: ["Authorization: Bearer x:y", "X-Hog:1"]
        successRanges: ["200-202", 299]
        rotated_ranges: ["410"]
`

func custom(s *Set) (list []Rule) {
	for i := range s.Rules {
		if slices.Contains(s.Rules[i].Tags, DetectorTag) {
			list = append(list, s.Rules[i])
		}
	}
	return list
}

// TestDetectorsBecomeRules: the primary expression is a rule that requires the
// others.
func TestDetectorsBecomeRules(t *testing.T) {
	s, err := parseDetectors("hog.yaml", []byte(hogText))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Warnings) > 0 || len(s.Rules) != len(Builtin().Rules)+3 {
		t.Errorf("%d rules, warnings %v", len(s.Rules), s.Warnings)
	}
	var got []string
	for _, r := range custom(s) {
		got = append(got, fmt.Sprint(r.ID, " ", r.Regex, " ", r.SkipReport, " ", len(r.Required), " ", r.Keywords))
	}
	want := []string{
		"hog-token HOG[0-9A-Z]{17} false 2 [hog hoggy]",
		"hog-token.other o[0-9]{9} true 0 [hog hoggy]",
		"hog-token.token (t[0-9a-z]{20}) true 0 [hog hoggy]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	r := s.Rule("hog-token")
	if r.Entropy >= 3.5 || math.Abs(r.Entropy-3.5) > 1e-9 || r.Description != "what a hog holds" || r.Line != 3 || r.File != "hog.yaml" {
		t.Errorf("%+v", r)
	}
	lists := fmt.Sprintf("%+v %+v", r.Allowlists, s.Rule("hog-token.token").Allowlists)
	for _, part := range []string{"Regexes:[^HOG0 \\A[^0-9]*\\z] Stopwords:[sample]", "Target:match Regexes:[TEST]", "Regexes:[^HOG0 \\A[\\p{L}\\p{N}\\s]*\\z]"} {
		if !strings.Contains(lists, part) {
			t.Errorf("allowlists lack %s: %s", part, lists)
		}
	}
	c := r.Verify
	if c == nil || c.Method != "POST" || c.URL != "https://hog.example.com/check" || c.Effect != "query" || c.Builtin ||
		c.Body != `{"Hog Token":{"hogID":["{{secret}}"],"other":["{{hog-token.other}}"],"token":["{{hog-token.token}}"]}}` ||
		fmt.Sprint(c.Headers, c.Active, c.Inactive) != "[{Authorization Bearer x:y} {X-Hog 1}] [{[200 201 202 299] [] [] []}] [{[401 403 410] [] [] []}]" {
		t.Errorf("check %+v", c)
	}
	if needs := c.Needs(); !slices.Equal(needs, []string{"hog-token.other", "hog-token.token"}) {
		t.Errorf("needs %v", needs)
	}
}

// TestDetectorsNeverTakeTheNameOfARule: not of ours, and not what another tool calls
// one of ours.
func TestDetectorsNeverTakeTheNameOfARule(t *testing.T) {
	text := "detectors:\n"
	for _, name := range []string{"github-pat", "GitHub PAT", "aws-access-token", "x", "X", "***", "Ж"} {
		text += fmt.Sprintf("  - {name: %q, keywords: [a], regex: {a: 'abc'}}\n", name)
	}
	s, err := parseDetectors("hog.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range custom(s) {
		ids = append(ids, r.ID)
	}
	want := "custom-aws-access-token custom-github-pat custom-github-pat-2 detector detector-2 x x-2"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if r := s.Rule("github-pat"); r == nil || !r.Builtin {
		t.Error("the rule of that name is not the built-in one")
	}
}

// TestDetectorsThatAreWrong: what trufflehog refuses is refused, with line and
// column.
func TestDetectorsThatAreWrong(t *testing.T) {
	detector := func(more string) string {
		return "detectors:\n  - name: A\n    keywords: [a]\n    regex: {a: 'abc'}\n" + more
	}
	for text, want := range map[string]string{
		"- a":                          "line 1, column 1: want a mapping with the key detectors, got a list",
		"detectors: 3":                 "detectors: want tables",
		"detectors: [{keywords: [a]}]": "a detector without a name",
		"detectors: [{name: A}]":       `rule "A": keywords: name at least one word`,
		"detectors: [{name: A, keywords: [a], regex: {a: ''}}]":                                  "it is empty",
		detector("    validations: {b: {contains_digit: true}}\n"):                               `line 5, column 19: rule "A": validations: regex has no expression "b"`,
		detector("    validations: {a: true}\n"):                                                 "want a mapping such as contains_digit: true",
		detector("    verify: [{unsafe: true}]\n"):                                               "it names no endpoint",
		detector("    verify: [{endpoint: 'http://a.example.com/'}]\n"):                          "needs unsafe: true",
		detector("    verify: [{endpoint: 'https://a.example.com/', successRanges: ['2xx']}]\n"): `"2xx" is no status`,
		detector("    verify: [{endpoint: 'https://a.example.com/', headers: [nothing]}]\n"):     "write them as",
		detector("    entropy: high\n"):                                                          "want a number",
		detector("    name: B\n"):                                                                `"name" is given twice`,
		detector("    ? [a]\n    : b\n"):                                                         "a key must be a word",
		detector("    <<: {name: b}\n"):                                                          "cannot take in another with <<",
		"a: &a [*a]\n":                                                                           "nested too deep",
		"a: &a [*b]\n":                                                                           "not valid YAML",
		"a: b: c\n":                                                                              "not valid YAML: mapping values are not allowed",
		"a: [\n":                                                                                 "not valid YAML",
		"detectors:\n" + strings.Repeat("  - {name: A, keywords: [a], regex: {a: 'b'}}\n", maxRules+1): "no more are read",
		strings.Repeat("[", 5000) + strings.Repeat("]", 5000):                                          "nested too deep",
		strings.Repeat("[", 1<<19):      "not valid YAML",
		strings.Repeat(" ", maxBytes+1): "a configuration may be of 1 MB",
		"x: &x [" + strings.Repeat("y, ", 1000) + "]\nz: [" + strings.Repeat("*x, ", 1000) + "]\n":            "stands for more than 100000 values",
		"detectors: [{name: A, keywords: [a], regex: {a: '" + strings.Repeat("(a{1000}){0,1}", 2000) + "'}}]": "",
	} {
		_, err := parseDetectors("hog.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: got %.300v, want %s", text, err, want)
		}
	}
}

// TestDetectorsThatAskForWhatIsNotDone: they find, with a warning, and ask nobody.
func TestDetectorsThatAskForWhatIsNotDone(t *testing.T) {
	for verify, want := range map[string]string{
		"[{endpoint: 'http://hog.example.com/', unsafe: true}]":                          "only https addresses",
		"[{endpoint: 'https://u:p@hog.example.com/'}]":                                   "only https addresses",
		"[{endpoint: 'https://localhost:8000/'}]":                                        "is no host",
		"[{endpoint: 'https://{{secret}}.example.com/'}]":                                "only https addresses",
		"[{endpoint: 'https://hog.example.com/{{secret}}'}]":                             "holds {{",
		"[{endpoint: 'https://hog.example.com/', headers: ['X: {{secret}}']}]":           "holds {{",
		"[{endpoint: 'https://hog.example.com/'}, {endpoint: 'https://b.example.com/'}]": "one endpoint is asked",
	} {
		s, err := parseDetectors("hog.yaml", []byte("detectors:\n  - {name: A, keywords: [a], regex: {a: 'abc'}, verify: "+verify+"}\n"))
		if err != nil {
			t.Errorf("%s: %v", verify, err)
			continue
		}
		if r := s.Rule("a"); r == nil || r.Verify != nil && !strings.Contains(want, "one endpoint") {
			t.Errorf("%s: %+v", verify, r)
		}
		if got := strings.Join(s.Warnings, "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: warnings %q, want %s", verify, got, want)
		}
	}
	s, err := parseDetectors("hog.yaml", []byte("sources: []\ndetector: []\ndetectors: [{name: A, keyword: [a], keywords: [a], regex: {a: 'abc'}}]"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"sources: they belong to trufflehog's multi-scan", `unknown key "detector": did you mean "detectors"?`, `unknown key "keyword": did you mean "keywords"?`} {
		if !strings.Contains(strings.Join(s.Warnings, "\n"), want) {
			t.Errorf("warnings %q lack %s", s.Warnings, want)
		}
	}
}

// TestDetectorsAreHeldUnlessAllowed: nobody is asked whom the user did not name.
func TestDetectorsAreHeldUnlessAllowed(t *testing.T) {
	s, err := parseDetectors("hog.yaml", []byte(hogText))
	if err != nil {
		t.Fatal(err)
	}
	before := s.Rule("hog-token")
	if got := s.HoldDetectors(func(id, host string) bool { return id == "hog-token" && host == "hog.example.com" }); got != nil {
		t.Errorf("held %v", got)
	}
	if got := s.HoldDetectors(func(string, string) bool { return false }); !slices.Equal(got, []string{"hog.example.com"}) {
		t.Errorf("held %v", got)
	}
	if s.Rule("hog-token").Verify != nil || before.Verify == nil {
		t.Error("the check is still there, or the rules that others share were changed")
	}
	if s.Rule("github-pat").Verify == nil {
		t.Error("the check of a built-in rule is gone")
	}
}

// TestDetectorFilesAreToldByTheirEnding: Load reads both kinds.
func TestDetectorFilesAreToldByTheirEnding(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "b.YML", "c.txt"} {
		if err := os.WriteFile(dir+"/"+name, []byte(hogText), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a.yaml", "b.YML"} {
		if s, err := Load(dir + "/" + name); err != nil || s.Rule("hog-token") == nil || !slices.Equal(s.Files, []string{dir + "/" + name}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Load(dir + "/c.txt"); err == nil {
		t.Error("c.txt is read")
	}
	if s, err := LoadDetectors(dir + "/c.txt"); err != nil || s.Rule("hog-token") == nil {
		t.Error(err)
	}
	if _, err := LoadDetectors(dir + "/nowhere.yaml"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}

// FuzzDetectors: no file makes the loader panic, or gives a rule that cannot be
// used.
func FuzzDetectors(f *testing.F) {
	f.Add(hogText)
	f.Add("a: &a [1, *a]")
	f.Add("detectors:\n- {name: \"\\x00\", keywords: 1, regex: [a]}")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseDetectors("f.yaml", []byte(text))
		if err != nil {
			return
		}
		for _, r := range custom(s) {
			if r.ID == "" || r.Regex == "" || len(r.Keywords) == 0 {
				t.Errorf("%+v", r)
			}
		}
	})
}

// parseDetectors is LoadDetectors for a text.
func parseDetectors(name string, text []byte) (*Set, error) {
	l := loader{builtin: func() *Set { return Builtin() }}
	return l.detectors(name, text)
}
