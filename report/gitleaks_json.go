package report

import "io"

// writeGitleaksJSON writes gitleaks' JSON, byte for byte. What a terminal would
// act on is an escape, which readers of JSON take for the character itself.
func writeGitleaksJSON(w io.Writer, s *scan) error {
	e := newEncoder(w, " ")
	e.json.SetEscapeHTML(true)
	e.replaced = true
	before := "[\n "
	for _, f := range s.counting() {
		e.text(before)
		e.nested(" ", s.gitleaks(f), "")
		before = ",\n "
	}
	if before == "[\n " {
		e.text("[]\n")
	} else {
		e.text("\n]\n")
	}
	return e.err
}
