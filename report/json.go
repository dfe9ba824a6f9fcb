package report

import (
	"io"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// jsonVersion is that of the object below. It grows when something is taken
// away or changes its meaning, not when something is added.
const jsonVersion = 1

// jsonFinding has gitleaks' keys in gitleaks' order, then our own. Positions
// are the secret's; columns count bytes from 1 and the end is inclusive, as
// gitleaks has it.
type jsonFinding struct {
	gitleaksFinding

	Severity     mudlark.Severity
	Confidence   mudlark.Confidence
	Evidence     []jsonEvidence        `json:",omitempty"`
	Key          string                `json:",omitempty"`
	Line         string                `json:",omitempty"`
	Parts        map[string]string     `json:",omitempty"`
	Source       string                `json:",omitempty"`
	Object       string                `json:",omitempty"`
	Part         string                `json:",omitempty"`
	Held         mudlark.Held          `json:",omitempty"`
	Refs         []string              `json:",omitempty"`
	Tips         []string              `json:",omitempty"`
	MoreRefs     int                   `json:",omitempty"`
	MoreTips     int                   `json:",omitempty"`
	FirstSeen    time.Time             `json:",omitzero"`
	LastSeen     time.Time             `json:",omitzero"`
	Removed      []jsonRemoval         `json:",omitempty"`
	MoreRemoved  int                   `json:",omitempty"`
	Labels       map[string]string     `json:",omitempty"`
	LineHash     string                `json:",omitempty"`
	Assessment   *mudlark.Assessment   `json:",omitempty"`
	Verification *mudlark.Verification `json:",omitempty"`
	Suppressed   bool
	Suppression  *mudlark.Suppression `json:",omitempty"`
}

// jsonEvidence is what a confidence rests on: points of a hundred.
type jsonEvidence struct {
	Name   string
	Detail string `json:",omitempty"`
	Effect int
}

// jsonRemoval is a commit that removed a finding, which is still in its history.
type jsonRemoval struct {
	Commit string
	Date   time.Time `json:",omitzero"`
}

// writeJSON writes one object: the verdict and what it rests on first, then
// what was not read, then all findings, the suppressed ones too.
func writeJSON(w io.Writer, s *scan) error {
	e := newEncoder(w, " ")
	e.text("{\n \"version\": ")
	e.nested("", jsonVersion, ",\n \"verdict\": ")
	e.nested("", s.summary.Verdict, ",\n \"incomplete\": ")
	e.nested("", s.summary.Incomplete, ",\n \"run\": ")
	e.nested(" ", s.run, ",\n \"summary\": ")
	e.nested(" ", s.summary, ",\n \"skips\": ")
	jsonList(e, len(s.skips), func(i int) any { return s.skips[i] })
	e.text(",\n \"findings\": ")
	jsonList(e, len(s.found), func(i int) any { return s.json(s.found[i]) })
	e.text("\n}\n")
	return e.err
}

// jsonList writes the values one by one, so that a long list is never in
// memory as text.
func jsonList(e *encoder, n int, value func(int) any) {
	if n == 0 {
		e.text("[]")
		return
	}
	before := "[\n  "
	for i := range n {
		e.text(before)
		e.nested("  ", value(i), "")
		before = ",\n  "
	}
	e.text("\n ]")
}

func (s *scan) json(f *mudlark.Finding) jsonFinding {
	rule := s.rule(f.RuleID)
	j := jsonFinding{gitleaksFinding: gitleaksFinding{
		RuleID:      f.RuleID,
		Description: rule.Description,
		StartLine:   f.Position.StartLine,
		EndLine:     f.Position.EndLine,
		StartColumn: f.Position.StartColumn,
		EndColumn:   max(f.Position.EndColumn-1, 0),
		Match:       reveal(f.Match),
		Secret:      reveal(f.Secret),
		File:        f.Origin.Path,
		SymlinkFile: f.Origin.Labels["symlink"],
		Link:        f.Origin.Link,
		Entropy:     float32(f.Entropy),
		Tags:        append([]string{}, f.Tags...),
		Fingerprint: f.Fingerprint,
	},
		Severity:   severity(rule),
		Confidence: f.Confidence,
		Key:        f.Key,
		Line:       reveal(f.Excerpt.Text),
		Parts:      plainParts(f.Parts),
		Source:     f.Origin.Source,
		Object:     f.Origin.Object,
		Part:       f.Origin.Part,
		Labels:     f.Origin.Labels,
		LineHash:   f.LineHash,
		Suppressed: !f.Counts(),
	}
	for _, e := range f.Evidence {
		j.Evidence = append(j.Evidence, jsonEvidence(e))
	}
	if c := f.Origin.Commit; c != nil {
		j.Commit, j.Author, j.Email, j.Message = c.ID, c.Author, c.Email, c.Subject
		if !c.Date.IsZero() {
			j.Date = c.Date.Format(time.RFC3339)
		}
	}
	if x := f.Origin.Exposure; x != nil {
		j.Held, j.Refs, j.Tips = x.Held, x.Refs, x.Tips
		j.MoreRefs, j.MoreTips = x.MoreRefs, x.MoreTips
		j.FirstSeen, j.LastSeen, j.MoreRemoved = x.First, x.Last, x.MoreRemoved
		for _, r := range x.Removed {
			j.Removed = append(j.Removed, jsonRemoval(r))
		}
	}
	if f.Assessment.Verdict != "" {
		j.Assessment = &f.Assessment
	}
	if f.Verification.Status != "" {
		j.Verification = &f.Verification
	}
	if f.Suppression != (mudlark.Suppression{}) { // of what counts it is a remark
		j.Suppression = &f.Suppression
	}
	return j
}

// severity returns how grave findings of rule are; a rule without a grade is medium.
func severity(rule mudlark.RuleInfo) mudlark.Severity {
	if rule.Severity == mudlark.SeverityUnset {
		return mudlark.SeverityMedium
	}
	return rule.Severity
}
