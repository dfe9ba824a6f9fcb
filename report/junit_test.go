package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// An xsd is what the tests understand of testdata/junit-10.xsd: which attributes
// an element has, which it must have, and which elements stand in it.
type xsd struct {
	Elements []struct {
		Name    string `xml:"name,attr"`
		Complex *struct {
			Mixed      bool `xml:"mixed,attr"`
			Attributes []struct {
				Name string `xml:"name,attr"`
				Use  string `xml:"use,attr"`
			} `xml:"attribute"`
			Inner string `xml:",innerxml"`
		} `xml:"complexType"`
	} `xml:"element"`
}

// check returns what the schema has against a document; nil: nothing. What is
// read besides by every consumer is the attribute file of a test.
func (x *xsd) check(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	var open []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			parent := ""
			if len(open) > 0 {
				parent = open[len(open)-1]
			}
			if err := x.element(token, parent); err != nil {
				return err
			}
			open = append(open, token.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && strings.TrimSpace(string(token)) != "" && !x.mixed(open[len(open)-1]) {
				return fmt.Errorf("%q stands in %s", token, open[len(open)-1])
			}
		}
	}
}

func (x *xsd) mixed(name string) bool {
	for _, e := range x.Elements {
		if e.Name == name {
			return e.Complex == nil || e.Complex.Mixed
		}
	}
	return false
}

func (x *xsd) element(e xml.StartElement, parent string) error {
	for _, known := range x.Elements {
		if known.Name == parent && !strings.Contains(known.Complex.Inner, fmt.Sprintf("ref=%q", e.Name.Local)) {
			return fmt.Errorf("%s stands in %s", e.Name.Local, parent)
		}
	}
	for _, known := range x.Elements {
		if known.Name != e.Name.Local {
			continue
		}
		if known.Complex == nil {
			return nil
		}
		var names []string
		for _, a := range e.Attr {
			names = append(names, a.Name.Local)
		}
		for _, a := range known.Complex.Attributes {
			at := slices.Index(names, a.Name)
			if at < 0 && a.Use == "required" {
				return fmt.Errorf("%s lacks %s", e.Name.Local, a.Name)
			}
			if at >= 0 {
				names = slices.Delete(names, at, at+1)
			}
		}
		names = slices.DeleteFunc(names, func(n string) bool { return e.Name.Local == "testcase" && n == "file" })
		if len(names) > 0 {
			return fmt.Errorf("%s has %v", e.Name.Local, names)
		}
		return nil
	}
	return fmt.Errorf("%s is unknown", e.Name.Local)
}

// A suite is what the tests read of a JUnit report.
type suites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Skipped int `xml:"skipped,attr"`
		Cases   []struct {
			Class   string  `xml:"classname,attr"`
			Name    string  `xml:"name,attr"`
			File    string  `xml:"file,attr"`
			Skipped *string `xml:"skipped"`
			Error   *string `xml:"error"`
			Failure *string `xml:"failure"`
			Out     string  `xml:"system-out"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func junit(t testing.TB, r *recording, opts Options) suites {
	t.Helper()
	text, err := os.ReadFile("testdata/junit-10.xsd")
	must(t, err)
	var x xsd
	must(t, xml.Unmarshal(text, &x))
	out := r.write(t, "junit", opts)
	must(t, x.check(out))
	var s suites
	must(t, xml.Unmarshal([]byte(out), &s))
	var failures, errs, skipped int
	names := map[string]bool{}
	for _, c := range s.Suites[0].Cases {
		if c.Failure != nil {
			failures++
		}
		if c.Error != nil {
			errs++
		}
		if c.Skipped != nil {
			skipped++
		}
		if key := c.Class + "\n" + c.Name; names[key] {
			t.Errorf("two tests are named %q", key)
		} else {
			names[key] = true
		}
	}
	if s.Tests != len(names) || s.Failures != failures || s.Errors != errs || s.Suites[0].Skipped != skipped {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped are not what is listed", s.Tests, s.Failures, s.Errors, s.Suites[0].Skipped)
	}
	return s
}

func TestJUnitIsValid(t *testing.T) {
	for _, r := range []*recording{exampleScan(), nastyScan(), emptyScan(true), emptyScan(false), floodScan(1000)} {
		junit(t, r, Options{Redact: 100})
		junit(t, r, Options{Verbose: true})
	}
	for seed := range uint64(20) {
		r, _ := plantedScan(seed)
		junit(t, r, Options{Redact: 100, Verbose: true})
	}
}

// TestTheJUnitSchemaCatches: the test above rests on it.
func TestTheJUnitSchemaCatches(t *testing.T) {
	file, err := os.ReadFile("testdata/junit-10.xsd")
	must(t, err)
	var x xsd
	must(t, xml.Unmarshal(file, &x))
	text := exampleScan().write(t, "junit", Options{})
	must(t, x.check(text))
	for _, c := range [][2]string{
		{` name="mudlark" tests`, ` nome="mudlark" tests`}, {"<failure", "<failed"}, {"classname=", "class="}, {"</testsuite>", "text</testsuite>"}, {"REDACTED", "\x01"},
		{"<testsuites ", "<testcase name=\"x\"><testsuites "},
	} {
		if x.check(strings.Replace(text, c[0], c[1], 1)) == nil && strings.Contains(text, c[0]) {
			t.Errorf("%s is taken", c[1])
		}
	}
}

func TestJUnitSaysWhetherAScanIsComplete(t *testing.T) {
	for _, c := range []struct {
		name            string
		r               *recording
		failed, failed2 bool // failure, error
		says            string
	}{
		{"clean", emptyScan(true), false, false, ""},
		{"incomplete", emptyScan(false), true, false, "Not read: big file/5.bin: 120 MB."},
		{"failed", &recording{summary: mudlark.Summary{Verdict: mudlark.Failed, Failure: "it is no repository"}}, false, true, "it is no repository."},
		{"found", exampleScan(), true, false, "Not read: nested.zip!a.zip!b.zip"},
		{"no verdict", &recording{}, true, false, ""},
	} {
		first := junit(t, c.r, Options{}).Suites[0].Cases[0]
		text := ""
		for _, p := range []*string{first.Failure, first.Error} {
			if p != nil {
				text = *p
			}
		}
		if (first.Failure != nil) != c.failed || (first.Error != nil) != c.failed2 || !strings.Contains(text, c.says) {
			t.Errorf("%s: got %+v, %s", c.name, first, text)
		}
		if strings.Contains(text, "film.mp4") {
			t.Errorf("%s: what was accepted is told", c.name)
		}
	}
}

func TestAFloodIsToldInEveryFormatForPrograms(t *testing.T) {
	r := exampleScan()
	r.summary.Incomplete, r.skips = false, nil
	if c := junit(t, r, Options{}).Suites[0].Cases[0]; c.Failure != nil || !strings.Contains(c.Out, "999,900 more of rule acme-token in logs/flood.log are counted") {
		t.Errorf("junit: got %+v", c)
	}
	if m := gitlab(t, r, Options{}).Scan.Messages; !strings.HasPrefix(m[0].Value, "999,900 more of rule acme-token") {
		t.Errorf("gitlab: got %+v", m)
	}
	for _, format := range []string{"github", "markdown"} {
		if out := r.write(t, format, Options{}); !strings.Contains(out, "999,900 more ") {
			t.Errorf("%s does not tell of it:\n%s", format, out)
		}
	}
}

func TestJUnitNamesAreGitleaksSentence(t *testing.T) {
	names := map[string]bool{}
	for _, c := range junit(t, exampleScan(), Options{Redact: 100}).Suites[0].Cases {
		names[c.Name] = true
	}
	commit := exampleScan().found[0].Origin.Commit.ID
	for _, want := range []string{
		"acme-token has detected a secret in file config/app.yml, line 3, at commit " + commit + ".",
		"acme-key has detected a secret in file src/stash.go, line 5.",
		"acme-file has detected a secret in file id_acme, at commit " + commit + ".",
		"acme-token has detected a secret in file dist/bundle.zip!inner/conf.env, line 9, at commit " + commit + ".",
		"acme-token has detected a secret in commit message, line 3, at commit " + exampleScan().found[1].Origin.Commit.ID + ".",
	} {
		if !names[want] {
			t.Errorf("no test is named %q", want)
		}
	}
}

// TestTestsOfOneLineHaveNamesOfTheirOwn: readers take tests of one name for one.
func TestTestsOfOneLineHaveNamesOfTheirOwn(t *testing.T) {
	o := mudlark.Origin{Source: "dir", Path: "a.txt"}
	r := &recording{run: exampleRun(), found: []mudlark.Finding{
		findingOf("acme-key", secretFor("a"), "x "+secretFor("a"), o, 3), findingOf("acme-key", secretFor("b"), "x "+secretFor("b"), o, 3),
	}}
	cases := junit(t, r, Options{Redact: 100}).Suites[0].Cases
	const name = "acme-key has detected a secret in file a.txt, line 3."
	if len(cases) != 3 || cases[1].Name != name || cases[2].Name != name+" (2)" {
		t.Errorf("got %+v", cases)
	}
}

func TestASuppressedFindingIsASkippedTest(t *testing.T) {
	for verbose, want := range map[bool]string{false: "comment ignore-file baseline assessment", true: "comment ignore-file baseline confidence scope status assessment"} {
		var got []string
		for _, c := range junit(t, exampleScan(), Options{Verbose: verbose}).Suites[0].Cases {
			if c.Skipped != nil {
				got = append(got, strings.TrimSuffix(strings.TrimPrefix(c.File, "suppressed/"), ".txt"))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("verbose %v: got %v", verbose, got)
		}
	}
}
