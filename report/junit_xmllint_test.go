package report

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestJUnitIsValidByAnotherProgram: the whole of the schema, where xmllint is
// installed. It knows no attribute file of a test, which is taken away.
func TestJUnitIsValidByAnotherProgram(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("needs xmllint")
	}
	file := regexp.MustCompile(` file="[^"]*"`)
	for i, r := range []*recording{exampleScan(), nastyScan(), emptyScan(true), emptyScan(false), floodScan(200), {}} {
		text := file.ReplaceAllString(r.write(t, "junit", Options{Redact: 100, Verbose: true}), "")
		valid := func(text string) (string, error) {
			cmd := exec.Command(lint, "--noout", "--nonet", "--schema", "testdata/junit-10.xsd", "-")
			cmd.Stdin = strings.NewReader(text)
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
		if out, err := valid(text); err != nil {
			t.Errorf("scan %d: %v\n%s", i, err, out)
		}
		if _, err := valid(strings.Replace(text, "<testcase ", "<testcase tests=\"x\" ", 1)); err == nil {
			t.Error("what is not valid is taken")
		}
	}
}
