package report

import (
	"errors"
	"io"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/templates"
)

// MaxTemplate is the most bytes that a template has.
const MaxTemplate = templates.MaxBytes

// templateName is what errors call a template that was given no name.
const templateName = "report"

// templateFinding is what a template is given of a finding: gitleaks' keys and ways,
// as people have templates for them, then our own.
type templateFinding struct {
	gitleaksFinding
	Line        string // that the secret starts on, cut down around it
	Severity    string
	Confidence  string
	Status      string // what the provider said: "active"; empty: it was not asked
	Reason      string // why it is not known
	Owner       string
	Key         string // the name that the secret was assigned to
	Part        string // "commit message", where it is not the content of a file
	Held        string // what keeps it: "ref"
	FirstSeen   string
	LastSeen    string
	Advice      string // what to do, in order
	Help        string
	ID          string // our fingerprint, which stays when the line moves
	SourceKind  string // "git"
	ObjectID    string
	SecretLine  int // where the secret itself lies, which Start and End say of the match
	SecretStart int // columns from 1 in bytes
	SecretEnd   int // and the end is inclusive
}

// templateSummary is what the function summary gives.
type templateSummary struct {
	Verdict    string
	Incomplete bool // something was not read
	Findings   int
	Secrets    int
	Sentence   string // all of it in words
	Target     string
	NotRead    []string // a sentence for each part
	Notes      []string
	Tool       string
	Version    string
}

// maxNotRead is how many parts that were not read a template is told of.
const maxNotRead = 1000

// parseTemplate understands the template that the options give. What it calls is
// known only when there is a scan.
func (s *scan) parseTemplate() error {
	if s.opts.Template == "" {
		return errors.New("the format template needs one: name its file with --template")
	}
	name := s.opts.TemplateName
	if name == "" {
		name = templateName
	}
	t, err := templates.Parse(name, s.opts.Template, map[string]any{"summary": s.templateSummary})
	s.template = t
	return err
}

// writeTemplate writes what a template makes of the findings that count.
func writeTemplate(w io.Writer, s *scan) error {
	var found []templateFinding
	for _, f := range s.counting() {
		found = append(found, s.templateFinding(f))
	}
	return s.template.Execute(w, found, s.opts.Now)
}

func (s *scan) templateFinding(f *mudlark.Finding) templateFinding {
	rule := s.rule(f.RuleID)
	t := templateFinding{
		gitleaksFinding: s.gitleaks(f),
		Line:            reveal(f.Excerpt.Text),
		Severity:        severity(rule).String(),
		Confidence:      f.Confidence.String(),
		Status:          string(f.Verification.Status),
		Reason:          f.Verification.Reason,
		Owner:           ownerWords(f),
		Key:             f.Key,
		Part:            f.Origin.Part,
		Advice:          adviceFor(rule, f),
		Help:            trustedLink(rule),
		ID:              f.Fingerprint,
		SourceKind:      f.Origin.Source,
		ObjectID:        f.Origin.Object,
		SecretLine:      f.Position.StartLine,
		SecretStart:     f.Position.StartColumn,
		SecretEnd:       max(f.Position.EndColumn-1, 0),
	}
	if x := f.Origin.Exposure; x != nil {
		t.Held, t.FirstSeen, t.LastSeen = string(x.Held), csvTime(x.First), csvTime(x.Last)
	}
	for _, text := range []*string{
		&t.RuleID, &t.Description, &t.Match, &t.Secret, &t.File, &t.SymlinkFile, &t.Commit, &t.Link, &t.Author, &t.Email, &t.Message, &t.Fingerprint,
		&t.Line, &t.Status, &t.Reason, &t.Owner, &t.Key, &t.Part, &t.Held, &t.Advice, &t.Help, &t.ID, &t.SourceKind, &t.ObjectID,
	} {
		*text = escapeControl(*text)
	}
	for i := range t.Tags {
		t.Tags[i] = escapeControl(t.Tags[i])
	}
	return t
}

// templateSummary says how the scan ended: findings alone do not say whether
// everything was read.
func (s *scan) templateSummary() templateSummary {
	sum := templateSummary{
		Verdict: string(s.summary.Verdict), Incomplete: !s.whole(), Findings: s.summary.Findings, Secrets: s.summary.Secrets,
		Sentence: Sentence("", s.summary), Target: s.run.Target, Tool: s.run.Tool.Name, Version: s.run.Tool.Version,
		NotRead: s.unreadSentences(maxNotRead), Notes: s.remarks(maxNotRead),
	}
	for _, text := range []*string{&sum.Verdict, &sum.Sentence, &sum.Target, &sum.Tool, &sum.Version} {
		*text = escapeControl(*text)
	}
	for _, list := range [][]string{sum.NotRead, sum.Notes} {
		for i := range list {
			list[i] = escapeControl(list[i])
		}
	}
	return sum
}
