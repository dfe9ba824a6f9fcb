package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// junitMaxLines is how many parts that were not read are listed, and how many
// places of which not everything is listed.
const junitMaxLines = 1000

// writeJUnit writes one suite of tests in the form that CI servers read: the
// first test is that the scan is complete, and each finding is a test that
// failed. One that somebody suppressed is a test that was skipped. There is no
// time and no name of a host in it, so that two scans give the same bytes.
func writeJUnit(w io.Writer, s *scan) error {
	var found []*mudlark.Finding
	tally := junitTally{Tests: 1}
	for _, f := range s.found {
		if !f.Counts() && !asked(f) && !s.opts.Verbose {
			continue
		}
		found = append(found, f)
		tally.Tests++
		if f.Counts() {
			tally.Failures++
		} else {
			tally.Skipped++
		}
	}
	complete := s.junitComplete()
	if complete.Failure != nil {
		tally.Failures++
	}
	if complete.Error != nil {
		tally.Errors++
	}
	x := xmlWriter{w: w}
	x.text(xml.Header)
	x.text(fmt.Sprintf("<testsuites name=\"mudlark\" tests=\"%d\" failures=\"%d\" errors=\"%d\" time=\"0\">\n",
		tally.Tests, tally.Failures, tally.Errors))
	x.text(fmt.Sprintf("  <testsuite name=\"mudlark\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"0\">\n",
		tally.Tests, tally.Failures, tally.Errors, tally.Skipped))
	x.element(complete)
	names := map[string]int{}
	for _, f := range found {
		x.element(s.junitCase(f, names))
	}
	x.text("  </testsuite>\n</testsuites>\n")
	return x.err
}

type junitTally struct{ Tests, Failures, Errors, Skipped int }

type junitCase struct {
	XMLName xml.Name      `xml:"testcase"`
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Time    string        `xml:"time,attr"`
	Skipped *junitSkipped `xml:"skipped"`
	Error   *junitResult  `xml:"error"`
	Failure *junitResult  `xml:"failure"`
	Out     *junitOutput  `xml:"system-out"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",innerxml"` // escaped
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

type junitOutput struct {
	Text string `xml:",innerxml"` // escaped
}

// junitComplete is the test that everything was read. Readers take a suite
// without a test for a mistake, and without this one nobody would see that what
// was found may not be all.
func (s *scan) junitComplete() junitCase {
	c := junitCase{Class: "mudlark", Name: "the scan is complete", Time: "0"}
	if lines := s.remarks(junitMaxLines); len(lines) > 0 {
		c.Out = &junitOutput{junitText(lines)}
	}
	if s.whole() {
		return c
	}
	r := &junitResult{
		Message: s.answer(),
		Type:    cmp.Or(string(s.summary.Verdict), string(mudlark.Incomplete)),
		Text:    junitText(s.unreadSentences(junitMaxLines)),
	}
	r.Type = sanitize(r.Type)
	if s.summary.Verdict == mudlark.Failed {
		c.Error = r
	} else {
		c.Failure = r
	}
	return c
}

func (s *scan) junitCase(f *mudlark.Finding, names map[string]int) junitCase {
	rule := s.rule(f.RuleID)
	what := sanitize(strings.TrimRight(cmp.Or(rule.Description, ruleName(rule)), ". "))
	name := sanitize(junitName(rule, f))
	c := junitCase{Class: what, Name: name, File: sanitize(f.Origin.Path), Time: "0"}
	// Readers take tests of one name for one test.
	names[what+"\x00"+name]++
	if n := names[what+"\x00"+name]; n > 1 {
		c.Name += fmt.Sprintf(" (%d)", n)
	}
	if !f.Counts() {
		c.Skipped = &junitSkipped{Message: sanitize("suppressed by " + suppressionWords(f.Suppression))}
		return c
	}
	lines := append(factLines(rule, f), adviceFor(rule, f))
	if rule.Help != "" {
		lines = append(lines, rule.Help)
	}
	c.Failure = &junitResult{Message: name, Type: what, Text: junitText(lines)}
	return c
}

// junitName is gitleaks' sentence, as far as it is true of what lies in no file
// or in no commit.
func junitName(rule mudlark.RuleInfo, f *mudlark.Finding) string {
	text := ruleName(rule) + " has detected a secret in "
	switch {
	case f.Origin.Path != "" && f.Origin.Part != "":
		text += f.Origin.Part + ", file " + f.Origin.Path
	case f.Origin.Path != "":
		text += "file " + f.Origin.Path
	default:
		text += cmp.Or(f.Origin.Part, where(f.Origin), f.Origin.Source, "content")
	}
	if f.Position.StartLine > 0 {
		text += fmt.Sprintf(", line %d", f.Position.StartLine)
	}
	if c := f.Origin.Commit; c != nil && c.ID != "" {
		text += ", at commit " + c.ID
	}
	return text + "."
}

// junitText returns lines as the content of an element. No line has a line end of
// its own, nor a character that XML cannot hold.
func junitText(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		_ = xml.EscapeText(&b, []byte(sanitize(line))) // no error comes from a builder
	}
	return b.String()
}

// An xmlWriter writes elements and the text between them. After the first
// error, which it keeps, it does nothing.
type xmlWriter struct {
	w   io.Writer
	err error
}

func (x *xmlWriter) element(v any) {
	if x.err != nil {
		return
	}
	b, err := xml.MarshalIndent(v, "    ", "  ")
	if err != nil {
		x.err = err
		return
	}
	x.text(string(b) + "\n")
}

func (x *xmlWriter) text(text string) {
	if x.err == nil {
		_, x.err = io.WriteString(x.w, text)
	}
}
