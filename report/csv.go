package report

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// A csvColumn is a column: its name, and what it holds of a finding.
type csvColumn struct {
	name string
	cell func(f *mudlark.Finding, j *jsonFinding) string
}

// writeCSV writes a row for each finding that counts, and for the others too if
// the user asked for all: gitleaks' columns in gitleaks' order, then our own. A
// column Link is there only if there is a link, and without a finding there is
// nothing at all, both as gitleaks has it.
func writeCSV(w io.Writer, s *scan) error {
	found := s.found
	if !s.opts.Verbose {
		found = s.counting()
	}
	if len(found) == 0 {
		return nil
	}
	columns := csvGitleaks()
	if slices.ContainsFunc(found, func(f *mudlark.Finding) bool { return f.Origin.Link != "" }) {
		columns = append(columns, csvColumn{"Link", func(f *mudlark.Finding, _ *jsonFinding) string { return f.Origin.Link }})
	}
	columns = append(columns, csvOurs()...)
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	if err := csvRow(w, cells); err != nil {
		return err
	}
	for _, f := range found {
		j := s.json(f)
		for i, c := range columns {
			cells[i] = c.cell(f, &j)
		}
		if err := csvRow(w, cells); err != nil {
			return err
		}
	}
	return nil
}

func csvGitleaks() []csvColumn {
	return []csvColumn{
		{"RuleID", func(_ *mudlark.Finding, j *jsonFinding) string { return j.RuleID }},
		{"Commit", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Commit }},
		{"File", func(_ *mudlark.Finding, j *jsonFinding) string { return j.File }},
		{"SymlinkFile", func(_ *mudlark.Finding, j *jsonFinding) string { return j.SymlinkFile }},
		{"Secret", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Secret }},
		{"Match", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Match }},
		{"StartLine", func(_ *mudlark.Finding, j *jsonFinding) string { return strconv.Itoa(j.StartLine) }},
		{"EndLine", func(_ *mudlark.Finding, j *jsonFinding) string { return strconv.Itoa(j.EndLine) }},
		{"StartColumn", func(_ *mudlark.Finding, j *jsonFinding) string { return strconv.Itoa(j.StartColumn) }},
		{"EndColumn", func(_ *mudlark.Finding, j *jsonFinding) string { return strconv.Itoa(j.EndColumn) }},
		{"Author", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Author }},
		{"Message", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Message }},
		{"Date", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Date }},
		{"Email", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Email }},
		{"Fingerprint", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Fingerprint }},
		{"Tags", func(_ *mudlark.Finding, j *jsonFinding) string { return strings.Join(j.Tags, " ") }},
	}
}

// csvOurs are the columns that gitleaks does not have.
func csvOurs() []csvColumn {
	return []csvColumn{
		{"Description", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Description }},
		{"Severity", func(_ *mudlark.Finding, j *jsonFinding) string { return j.Severity.String() }},
		{"Confidence", func(f *mudlark.Finding, _ *jsonFinding) string { return f.Confidence.String() }},
		{"Status", func(f *mudlark.Finding, _ *jsonFinding) string { return string(f.Verification.Status) }},
		{"StatusReason", func(f *mudlark.Finding, _ *jsonFinding) string { return f.Verification.Reason }},
		{"Privilege", func(f *mudlark.Finding, _ *jsonFinding) string { return f.Verification.Privilege.String() }},
		{"Owner", func(f *mudlark.Finding, _ *jsonFinding) string { return ownerWords(f) }},
		{"Assessment", func(f *mudlark.Finding, _ *jsonFinding) string { return string(f.Assessment.Verdict) }},
		{"AssessmentReason", func(f *mudlark.Finding, _ *jsonFinding) string { return f.Assessment.Reason }},
		{"Key", func(f *mudlark.Finding, _ *jsonFinding) string { return f.Key }},
		{"Part", func(f *mudlark.Finding, _ *jsonFinding) string { return f.Origin.Part }},
		{"Object", func(f *mudlark.Finding, _ *jsonFinding) string { return f.Origin.Object }},
		{"Held", func(_ *mudlark.Finding, j *jsonFinding) string { return string(j.Held) }},
		{"FirstSeen", func(_ *mudlark.Finding, j *jsonFinding) string { return csvTime(j.FirstSeen) }},
		{"LastSeen", func(_ *mudlark.Finding, j *jsonFinding) string { return csvTime(j.LastSeen) }},
		{"Suppressed", func(f *mudlark.Finding, _ *jsonFinding) string { return strconv.FormatBool(!f.Counts()) }},
		{"SuppressedBy", func(f *mudlark.Finding, _ *jsonFinding) string { return suppressionWords(f.Suppression) }},
	}
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func csvRow(w io.Writer, cells []string) error {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(csvCell(cell))
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// csvCell returns text as a cell. A spreadsheet takes a cell that begins like a
// formula for one, in quotes or not, and a formula can send what stands in other
// cells to a web server: the apostrophe makes it text. Line ends and tabs stay;
// what else is not seen is written as an escape.
func csvCell(text string) string {
	text = escapeHidden(text)
	if strings.IndexFunc(text, isFormula) == 0 {
		text = "'" + text
	}
	if strings.ContainsAny(text, ",;\"'\t\r\n ") {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

// isFormula reports whether a formula may begin with r. Spreadsheets pass over
// white space, and take the wide forms of the signs for the signs.
func isFormula(r rune) bool { return strings.ContainsRune("=+-@\t\r\n ＝＋－＠", r) }
