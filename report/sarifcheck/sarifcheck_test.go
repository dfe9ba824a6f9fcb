package sarifcheck

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// good is a log that nothing is wrong with.
const good = `{
  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
  "version": "2.1.0",
  "runs": [{
    "tool": {"driver": {
      "name": "acme", "semanticVersion": "1.2.3", "informationUri": "https://example.com/",
      "rules": [{
        "id": "acme-token", "name": "AcmeToken", "shortDescription": {"text": "Token"}, "fullDescription": {"text": "A token."}, "help": {"text": "Revoke it."},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security"], "precision": "high", "problem.severity": "error", "security-severity": "8.0"}
      }]
    }},
    "automationDetails": {"id": "history/"},
    "columnKind": "utf16CodeUnits",
    "results": [{
      "ruleId": "acme-token", "ruleIndex": 0, "level": "error", "message": {"text": "A token."},
      "locations": [{"physicalLocation": {
        "artifactLocation": {"uri": "src/with%20space/%C3%BC.go"},
        "region": {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9}
      }}],
      "partialFingerprints": {"primaryLocationLineHash": "39fa2ee980eb94b0:1"}
    }]
  }]
}`

// A node is an object or array of a log that a test changes.
type node = map[string]any

func decode(t testing.TB, text string) node {
	t.Helper()
	var log node
	must(t, json.Unmarshal([]byte(text), &log))
	return log
}

// at returns the value at a path such as "runs.0.results".
func at(log any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch v := log.(type) {
		case node:
			log = v[step]
		case []any:
			var i int
			_, _ = fmt.Sscan(step, &i)
			log = v[i]
		}
	}
	return log
}

// set sets the member that a path ends with; nil removes it.
func set(path string, v any) func(node) {
	return func(log node) {
		holder, name := any(log), path
		if i := strings.LastIndexByte(path, '.'); i >= 0 {
			holder, name = at(log, path[:i]), path[i+1:]
		}
		holder.(node)[strings.ReplaceAll(name, "_", ".")] = v
		if v == nil {
			delete(holder.(node), strings.ReplaceAll(name, "_", "."))
		}
	}
}

// times returns n items.
func times(n int, item func(i int) any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = item(i)
	}
	return list
}

const (
	aRun      = "runs.0."
	aDriver   = "runs.0.tool.driver."
	aRule     = "runs.0.tool.driver.rules.0."
	aResult   = "runs.0.results.0."
	aPlace    = "runs.0.results.0.locations.0.physicalLocation."
	anURI     = aPlace + "artifactLocation.uri"
	aRegion   = aPlace + "region."
	anMessage = aResult + "message"
)

func check(t testing.TB, text string) *Report {
	t.Helper()
	report, err := new(Checker).Check("a.sarif", strings.NewReader(text))
	must(t, err)
	return report
}

func copies(path string, n int) func(node) {
	return func(log node) {
		list := at(log, path).([]any)
		set(path, times(n, func(int) any { return list[0] }))(log)
	}
}

func TestNothingIsWrongWithAGoodLog(t *testing.T) {
	report := check(t, good)
	if len(report.Violations) != 0 || report.Runs != 1 || report.Results != 1 || report.Bytes != int64(len(good)) || report.Compressed == 0 {
		t.Errorf("%+v", report)
	}
}

// TestEachMutationIsCaught: as the one violation of its rule at its place, and
// but for what it brings with it as the only one.
func TestEachMutationIsCaught(t *testing.T) {
	for _, m := range mutations() {
		log := decode(t, good)
		m.change(log)
		text, err := json.Marshal(log)
		must(t, err)
		report := check(t, string(text))
		i := slices.IndexFunc(report.Violations, func(v Violation) bool { return v.Rule == m.rule })
		if i < 0 {
			t.Errorf("%s is not caught: %+v", m.rule, report.Violations)
			continue
		}
		v := report.Violations[i]
		if v.Path != m.path || v.Text == "" || v.Does == "" || v.Mend == "" || report.Count(v.Effect) == 0 {
			t.Errorf("%s: %+v, want it at %s", m.rule, v, m.path)
		}
		if at := slices.IndexFunc(report.Violations, func(v Violation) bool {
			return v.Rule != m.rule && v.Rule != "location-line" && v.Rule != "result-rule-index"
		}); at >= 0 {
			t.Errorf("%s brings with it %+v", m.rule, report.Violations[at])
		}
	}
}

// TestEachRuleHasAMutation: the table above is whole. What is not a change of a
// value has a test of its own below.
func TestEachRuleHasAMutation(t *testing.T) {
	others := []string{"byte-order-mark", "duplicate-member", "too-large", "secret"}
	for _, r := range rules() {
		has := slices.ContainsFunc(mutations(), func(m mutation) bool { return m.rule == r.id })
		if has == slices.Contains(others, r.id) {
			t.Errorf("%s: mutation %v", r.id, has)
		}
		if r.does == "" || r.mend == "" || !slices.Contains([]Effect{Rejected, Truncated, Ignored}, r.effect) {
			t.Errorf("%s lacks something", r.id)
		}
	}
}

func TestAFileBeyondTheCompressedSizeIsRejected(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	log := decode(t, good)
	// Digits that do not repeat do not compress below half of them.
	noise := make([]byte, 0, 2*maxPacked+maxPacked/2)
	for x := uint64(1); len(noise) < cap(noise); {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		noise = fmt.Appendf(noise, "%016x", x)
	}
	set("properties", node{"noise": times(10, func(i int) any { return string(noise[i*len(noise)/10 : (i+1)*len(noise)/10]) })})(log)
	text, err := json.Marshal(log)
	must(t, err)
	report := check(t, string(text))
	if len(report.Violations) != 1 || report.Violations[0].Rule != "too-large" || report.Violations[0].Path != "$" {
		t.Errorf("%d bytes, compressed: %+v", report.Compressed, report.Violations)
	}
}

func TestOfManyPlacesAFewAreListed(t *testing.T) {
	log := decode(t, good)
	set(anURI, "with space")(log)
	copies("runs.0.results", 100)(log)
	text, err := json.Marshal(log)
	must(t, err)
	report := check(t, string(text))
	if len(report.Violations) != listed || report.Violations[listed-1].More != 100-listed || report.Violations[0].More != 0 || report.Count(Ignored) != 100 {
		t.Errorf("%+v", report.Violations)
	}
	if want := "runs[0].results[2].locations[0].physicalLocation.artifactLocation.uri"; report.Violations[2].Path != want {
		t.Errorf("got %s, want %s", report.Violations[2].Path, want)
	}
}

func TestManyResultsAreTaken(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	log := decode(t, good)
	copies("runs.0.results", maxResults)(log)
	text, err := json.Marshal(log)
	must(t, err)
	report := check(t, string(text))
	if len(report.Violations) != 0 || len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "5,000 most severe") {
		t.Errorf("%+v", report)
	}
}

func TestFilesOfOneUploadAreToldApart(t *testing.T) {
	c := new(Checker)
	for name, want := range map[string]int{"a": 0} {
		report, err := c.Check(name, strings.NewReader(good))
		must(t, err)
		if len(report.Violations) != want {
			t.Errorf("%+v", report.Violations)
		}
	}
	report, err := c.Check("b", strings.NewReader(good))
	must(t, err)
	if len(report.Violations) != 1 || report.Violations[0].Rule != "run-twice" || !strings.Contains(report.Violations[0].Text, "a, runs[0]") {
		t.Errorf("%+v", report.Violations)
	}
	report, err = c.Check("c", strings.NewReader(strings.Replace(good, "history/", "tip/", 1)))
	must(t, err)
	if len(report.Violations) != 0 {
		t.Errorf("%+v", report.Violations)
	}
}

func TestSecretsInResultsAreNamed(t *testing.T) {
	c := &Checker{Secret: func(text string) bool { return strings.Contains(text, "hush") }}
	report, err := c.Check("a", strings.NewReader(strings.Replace(good, `"A token."},
      "loc`, `"hush, hush"},
      "loc`, 1)))
	must(t, err)
	if len(report.Violations) != 1 || report.Violations[0].Rule != "secret" || strings.Contains(fmt.Sprint(report.Violations), "hush") {
		t.Errorf("%+v", report.Violations)
	}
}

func TestAMarkAndDoubledMembersAreNamed(t *testing.T) {
	report := check(t, "\ufeff"+good)
	if len(report.Violations) != 1 || report.Violations[0].Rule != "byte-order-mark" || report.Bytes != int64(len(good))+3 {
		t.Errorf("%+v", report)
	}
	report = check(t, strings.Replace(good, `"version"`, `"version": "2.1.0", "version"`, 1))
	if len(report.Violations) != 1 || report.Violations[0].Rule != "duplicate-member" {
		t.Errorf("%+v", report)
	}
}

func TestWhatIsNoLogIsUnreadable(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "empty",
		" ":                              "in the middle",
		"{":                              "in the middle",
		good[:len(good)-3]:               "in the middle",
		`{"a": 1,}`:                      "not JSON",
		`{"a" 1}`:                        "not JSON",
		`[1 2]`:                          "not JSON",
		"hello":                          "not JSON",
		good + "{}":                      "something follows",
		good + "x":                       "something follows",
		"\xff\xfe{\x00}\x00":             "UTF-16",
		strings.Repeat("[", 1000):        "nested deeper",
		strings.Repeat(`{"a":`, 1000):    "nested deeper",
		`"` + strings.Repeat("x", 9<<20): "longer than",
	} {
		_, err := new(Checker).Check("a", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{"1", `"x"`, "null"} {
		if report := check(t, text); len(report.Violations) != 1 || report.Violations[0].Rule != "schema" {
			t.Errorf("%s: %+v", text, report.Violations)
		}
	}
}

// FuzzCheck: no file makes it panic, or gives a verdict without reading to its end.
func FuzzCheck(f *testing.F) {
	f.Add(good)
	f.Add("\ufeff" + good[:100])
	f.Add(`{"runs":[{"results":[{"ruleIndex":-1,"ruleId":"#"}],"tool":{"driver":{"rules":[{}]}}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		report, err := new(Checker).Check("a", strings.NewReader(text))
		if err == nil && report.Bytes != int64(len(text)) {
			t.Errorf("%d of %d bytes were read", report.Bytes, len(text))
		}
		if err == nil && !json.Valid([]byte(strings.TrimPrefix(text, "\ufeff"))) {
			t.Error("what is no JSON is taken")
		}
	})
}
