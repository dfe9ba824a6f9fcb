// Package report writes what a scan found: for people, for programs, for code
// scanning services. Start with New; the formats are listed below it. Mask.go
// decides what of a secret is shown, in one place for all of them.
package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/templates"
)

// Options are what a user may say of a report.
type Options struct {
	// Redact is how much of each secret to hide, in percent: 100 writes a mask,
	// 0 shows it, and with anything between the first part of it is shown.
	Redact int `json:"redact"`
	// Hide are secrets besides those that are found, as somebody may have typed
	// one. They are hidden like the others.
	Hide []mudlark.Sensitive `json:"-"`
	// Color and Width are for text: whether to colour it, and the columns of
	// the terminal. 0 columns means 80.
	Color bool `json:"color,omitempty"`
	Width int  `json:"width,omitempty"`
	// Verbose lists what is otherwise counted: every place of a secret, and
	// what is suppressed.
	Verbose bool `json:"verbose,omitempty"`
	// Now is the time that ages are counted from. Zero: no ages are given.
	Now time.Time `json:"now,omitzero"`
	// Anchor is the file that a result is tied to which lies in no file, as
	// SARIF's readers want one. Empty means README.md.
	Anchor string `json:"anchor,omitempty"`
	// Summary is what the format github writes the summary of a job to; nil: it
	// writes none.
	Summary io.Writer `json:"-"`
	// RawExtract writes secrets as they are into the format gitlab, whatever Redact
	// hides: GitLab itself then asks whether they work, and revokes its own.
	RawExtract bool `json:"rawExtract,omitempty"`
	// Part opens what a report goes on in whose readers do not take all of it at
	// once: part 2, part 3 and so on. nil, or an error, which is Part's to tell: what
	// does not fit is left out, and the report says so.
	Part func(n int) (io.Writer, error) `json:"-"`
	// Notice is told what whoever runs the program should know of a report. nil:
	// nobody is told.
	Notice func(text string) `json:"-"`
	// Template is the text of the template that the format template follows, and
	// TemplateName what errors call it.
	Template     string `json:"-"`
	TemplateName string `json:"-"`
	// RuleName is what the formats of other tools call a rule; nil: by its ID.
	RuleName func(id string) string `json:"-"`
}

// A format is one way to write a scan. It is called once the scan is over,
// with everything masked already.
type format struct {
	name  string
	write func(io.Writer, *scan) error
	// prepare is called before a scan, and says what is wrong with the options.
	prepare func(*scan) error
	// keep keeps what the format needs of secrets that are about to be hidden.
	keep func(*scan)
}

var formats = []format{
	{name: "text", write: writeText},
	{name: "json", write: writeJSON},
	{name: "jsonl", write: writeJSONL},
	{name: "sarif", write: writeSARIF},
	{name: "html", write: writeHTML},
	{name: "csv", write: writeCSV},
	{name: "junit", write: writeJUnit},
	{name: "gitlab", write: writeGitLab, keep: (*scan).keepRaw},
	{name: "markdown", write: writeMarkdown},
	{name: "github", write: writeGitHub},
	{name: "gitleaks-json", write: writeGitleaksJSON},
	{name: "gitleaks-csv", write: writeGitleaksCSV},
	{name: "gitleaks-junit", write: writeGitleaksJUnit},
	{name: "trufflehog-json", write: writeHogJSON},
	{name: "trufflehog-json-legacy", write: writeHogLegacy},
	{name: "trufflehog-github", write: writeHogGitHub},
	{name: "template", write: writeTemplate, prepare: (*scan).parseTemplate},
	{name: "detect-secrets", write: writeDetectSecrets, keep: (*scan).hashSecrets},
}

// Formats returns the names that New knows.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// New returns a sink that writes a scan to w in a format. It keeps what it is
// told until End, as a secret told last may stand in a path told first, and
// then writes everything. The same scan gives the same bytes.
func New(name string, w io.Writer, opts Options) (mudlark.Sink, error) {
	if opts.Redact < 0 || opts.Redact > 100 {
		return nil, fmt.Errorf("redact %d: use a percentage, 0 to 100", opts.Redact)
	}
	for _, f := range formats {
		if f.name != name {
			continue
		}
		s := &sink{w: w, format: f, scan: scan{opts: opts}}
		if f.prepare != nil {
			if err := f.prepare(&s.scan); err != nil {
				return nil, err
			}
		}
		return s, nil
	}
	return nil, fmt.Errorf("unknown report format %q: use one of %s", name, strings.Join(Formats(), ", "))
}

// A scan is everything a sink was told, and what the user said of the report.
type scan struct {
	opts    Options
	run     mudlark.Run
	found   []*mudlark.Finding
	skips   []mudlark.Skip
	summary mudlark.Summary
	rules   map[string]*mudlark.RuleInfo // of run, by ID
	raw     map[*mudlark.Finding]string  // secrets that are to be written as they are

	template *templates.Template                    // that is to be followed
	hashed   map[*mudlark.Finding]detectSecretsItem // what is said of secrets that are hidden
}

// rule returns what is known of a rule, which is at least its name.
func (s *scan) rule(id string) mudlark.RuleInfo {
	if r := s.rules[id]; r != nil {
		return *r
	}
	return mudlark.RuleInfo{ID: id, Description: id, Severity: mudlark.SeverityMedium, Confidence: mudlark.Medium}
}

// sink records a scan and writes it at the end.
type sink struct {
	w      io.Writer
	format format
	scan   scan
}

func (s *sink) Begin(run mudlark.Run) error {
	s.scan.run = run
	return nil
}

func (s *sink) Finding(f mudlark.Finding) error {
	s.scan.found = append(s.scan.found, &f)
	return nil
}

func (s *sink) Skip(skip mudlark.Skip) error {
	s.scan.skips = append(s.scan.skips, skip)
	return nil
}

func (s *sink) End(summary mudlark.Summary) error {
	s.scan.summary = summary
	if s.format.keep != nil {
		s.format.keep(&s.scan)
	}
	s.scan.mask()
	s.scan.index()
	w := bufio.NewWriterSize(s.w, 64<<10)
	if err := s.format.write(w, &s.scan); err != nil {
		return err
	}
	return w.Flush()
}

func (s *scan) index() {
	s.rules = make(map[string]*mudlark.RuleInfo, len(s.run.Rules))
	for i := range s.run.Rules {
		s.rules[s.run.Rules[i].ID] = &s.run.Rules[i]
	}
}
