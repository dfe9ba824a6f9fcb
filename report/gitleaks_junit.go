package report

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// gitleaksCase is a test case of gitleaks' JUnit, with its attributes in its order.
type gitleaksCase struct {
	XMLName   xml.Name `xml:"testcase"`
	Classname string   `xml:"classname,attr"`
	Failure   gitleaksFailure
	File      string `xml:"file,attr"`
	Name      string `xml:"name,attr"`
	Time      string `xml:"time,attr"`
}

type gitleaksFailure struct {
	XMLName xml.Name `xml:"failure"`
	Data    string   `xml:",chardata"`
	Message string   `xml:"message,attr"`
	Type    string   `xml:"type,attr"`
}

// writeGitleaksJUnit writes gitleaks' JUnit: a test that failed for each finding,
// with the finding as JSON. It ends without a line end, as gitleaks' does.
func writeGitleaksJUnit(w io.Writer, s *scan) error {
	found := s.counting()
	x := xmlWriter{w: w}
	x.text(xml.Header)
	x.text(fmt.Sprintf("<testsuites>\n\t<testsuite failures=\"%d\" name=\"gitleaks\" tests=\"%d\" time=\"\">", len(found), len(found)))
	for _, f := range found {
		g := s.gitleaks(f)
		data, err := json.MarshalIndent(g, "", "\t")
		if err != nil {
			return err
		}
		message := g.sentence()
		text, err := xml.MarshalIndent(gitleaksCase{
			Classname: g.Description, File: g.File, Name: message,
			Failure: gitleaksFailure{Data: escapeReplaced(string(data)), Message: message, Type: g.Description},
		}, "\t\t", "\t")
		if err != nil {
			return err
		}
		x.text("\n" + escapeXML(string(text)))
	}
	if len(found) > 0 {
		x.text("\n\t")
	}
	x.text("</testsuite>\n</testsuites>")
	return x.err
}

// sentence is what gitleaks calls a test.
func (g *gitleaksFinding) sentence() string {
	text := fmt.Sprintf("%s has detected a secret in file %s, line %d", g.RuleID, g.File, g.StartLine)
	if g.Commit != "" {
		text += ", at commit " + g.Commit
	}
	return text + "."
}

// escapeXML writes in XML text as references what would act on a terminal or
// deceive a reader's eye. Readers of XML take them for the characters.
func escapeXML(text string) string {
	if strings.IndexFunc(text, invisible) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if invisible(r) {
			fmt.Fprintf(&b, "&#x%X;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
