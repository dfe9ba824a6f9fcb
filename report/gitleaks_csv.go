package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// writeGitleaksCSV writes gitleaks' CSV: nothing at all if nothing was found, and
// the column Link only if there is a link. Nothing keeps a spreadsheet from taking
// a cell for a formula, as in gitleaks; the format csv does.
func writeGitleaksCSV(w io.Writer, s *scan) error {
	found := s.counting()
	if len(found) == 0 {
		return nil
	}
	linked := slices.ContainsFunc(found, func(f *mudlark.Finding) bool { return f.Origin.Link != "" })
	row := strings.Split("RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine,EndLine,StartColumn,EndColumn,Author,Message,Date,Email,Fingerprint,Tags,Link", ",")
	columns := len(row)
	if !linked {
		columns--
	}
	out := csv.NewWriter(w)
	if err := out.Write(row[:columns]); err != nil {
		return err
	}
	for _, f := range found {
		g := s.gitleaks(f)
		row = append(row[:0], g.RuleID, g.Commit, g.File, g.SymlinkFile, g.Secret, g.Match,
			strconv.Itoa(g.StartLine), strconv.Itoa(g.EndLine), strconv.Itoa(g.StartColumn), strconv.Itoa(g.EndColumn),
			g.Author, g.Message, g.Date, g.Email, g.Fingerprint, strings.Join(g.Tags, " "), g.Link)
		for i := range row {
			row[i] = escapeControl(row[i])
		}
		if err := out.Write(row[:columns]); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// escapeControl writes as an escape what acts on a terminal or deceives a
// reader's eye: all that is not seen but line ends, of either kind, and tabs.
func escapeControl(text string) string {
	acts := func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || invisible(r) }
	if strings.IndexFunc(text, acts) < 0 {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		if acts(r) && (r != '\r' || !strings.HasPrefix(text[i+1:], "\n")) {
			b.WriteString(showRune(r))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
