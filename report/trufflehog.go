package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// The forms in which trufflehog 3 writes what it found, for programs that read
// them. None has room for what was not read or does not count.

// hogFinding is a line of --json: trufflehog's keys in trufflehog's order.
type hogFinding struct {
	SourceMetadata        hogMetadata
	SourceID              int
	SourceType            int
	SourceName            string
	DetectorType          int
	DetectorName          string
	DetectorDescription   string
	DecoderName           string
	Verified              bool
	VerificationError     string `json:",omitempty"`
	VerificationFromCache bool
	Raw                   string
	RawV2                 string
	Redacted              string
	ExtraData             map[string]string
	StructuredData        *struct{} // never given, always there
	SecretParts           map[string]string
}

// hogMetadata holds one field, named after the kind of source.
type hogMetadata struct {
	Data map[string]any
}

type hogGit struct {
	Commit     string `json:"commit,omitempty"`
	File       string `json:"file,omitempty"`
	Email      string `json:"email,omitempty"`
	Repository string `json:"repository,omitempty"`
	Timestamp  string `json:"timestamp,omitempty"`
	Line       int    `json:"line,omitempty"`
	LocalPath  string `json:"repository_local_path,omitempty"`
}

type hogFile struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Link string `json:"link,omitempty"`
}

// hogSource is what trufflehog calls a kind of source, and its number there.
func hogSource(kind string) (name, field string, number int) {
	switch kind {
	case "git":
		return "trufflehog - git", "Git", 16
	case "stdin":
		return "trufflehog - stdin", "Stdin", 40
	}
	return "trufflehog - filesystem", "Filesystem", 15
}

func writeHogJSON(w io.Writer, s *scan) error {
	e := newEncoder(w, "")
	for _, f := range s.counting() {
		e.value(s.hog(f))
	}
	return e.err
}

func (s *scan) hog(f *mudlark.Finding) hogFinding {
	rule := s.rule(f.RuleID)
	detector := HogDetectorOf(f.RuleID)
	name, field, number := hogSource(f.Origin.Source)
	v := &f.Verification
	h := hogFinding{
		SourceMetadata: hogMetadata{Data: map[string]any{field: s.hogPlace(f)}},
		SourceID:       1, SourceType: number, SourceName: name,
		DetectorType: detector.Number, DetectorName: detector.Name, DetectorDescription: rule.Description,
		DecoderName: hogDecoder(f.Tags),
		Verified:    v.Status == mudlark.Active, VerificationFromCache: v.Cached,
		ExtraData: map[string]string{"rule": f.RuleID, "fingerprint": f.Fingerprint, "confidence": f.Confidence.String()},
	}
	if v.Status == mudlark.Unknown {
		h.VerificationError = cmp.Or(v.Reason, "no clear answer")
	}
	if custom, ok := customDetector(rule.Tags); ok {
		h.DetectorName, h.DetectorType, h.ExtraData["name"] = "CustomRegex", customNumber, custom
	}
	if rule.Help != "" {
		h.ExtraData["rotation_guide"] = rule.Help
	}
	for _, fact := range v.Identity {
		h.ExtraData[strings.ToLower(strings.ReplaceAll(fact.Name, " ", "_"))] = fact.Value
	}
	if s.run.Masked {
		h.Redacted = reveal(f.Secret)
		return h
	}
	h.Raw, h.SecretParts = reveal(f.Secret), plainParts(f.Parts)
	for _, id := range slices.Sorted(maps.Keys(h.SecretParts)) {
		h.RawV2 += h.SecretParts[id]
	}
	if h.RawV2 != "" {
		h.RawV2 = h.Raw + h.RawV2
	}
	return h
}

// hogPlace is where a finding lies. A line is that of a file's content alone.
func (s *scan) hogPlace(f *mudlark.Finding) any {
	o := &f.Origin
	line := f.Position.StartLine
	if o.Part != "" {
		line = 0
	}
	switch o.Source {
	case "stdin":
		return struct{}{}
	case "git":
		g := hogGit{File: o.Path, Line: line, Repository: s.run.Target, LocalPath: s.run.Target}
		if c := o.Commit; c != nil {
			g.Commit, g.Email = c.ID, strings.TrimSpace(c.Author+" <"+c.Email+">")
			if !c.Date.IsZero() {
				g.Timestamp = c.Date.UTC().Format("2006-01-02 15:04:05 -0700")
			}
		}
		return g
	}
	return hogFile{File: o.Path, Line: line, Link: cmp.Or(o.Link, o.Labels["symlink"])}
}

// hogDecoder names the outermost of the decoders that a secret was found behind.
func hogDecoder(tags []string) string {
	for _, tag := range tags {
		if name, ok := strings.CutPrefix(tag, "decoded:"); ok {
			switch name {
			case "unicode":
				return "ESCAPED_UNICODE"
			case "utf16", "utf-16":
				return "UTF16"
			}
			return strings.ToUpper(name)
		}
	}
	return "PLAIN"
}

// customDetector returns the name of the custom detector that a rule was made
// from.
func customDetector(tags []string) (name string, ok bool) {
	for _, tag := range tags {
		if name, ok = strings.CutPrefix(tag, "detector:"); ok {
			return name, true
		}
	}
	return "", false
}

// hogName is what trufflehog calls the kind of a finding.
func (s *scan) hogName(f *mudlark.Finding) string {
	if _, ok := customDetector(s.rule(f.RuleID).Tags); ok {
		return "CustomRegex"
	}
	return HogDetectorOf(f.RuleID).Name
}

// hogLegacy is a line of --json-legacy, the form of trufflehog 2.
type hogLegacy struct {
	Branch       string   `json:"branch"`
	Commit       string   `json:"commit"` // its message
	CommitHash   string   `json:"commitHash"`
	Date         string   `json:"date"`
	Diff         string   `json:"diff"`
	Path         string   `json:"path"`
	PrintDiff    string   `json:"printDiff"`
	Reason       string   `json:"reason"`
	StringsFound []string `json:"stringsFound"`
}

func writeHogLegacy(w io.Writer, s *scan) error {
	e := newEncoder(w, "")
	for _, f := range s.counting() {
		l := hogLegacy{
			Path: f.Origin.Path, Reason: s.hogName(f), StringsFound: []string{reveal(f.Secret)},
			Diff: reveal(f.Excerpt.Text), PrintDiff: reveal(f.Excerpt.Text),
		}
		if c := f.Origin.Commit; c != nil {
			l.Commit, l.CommitHash = c.Subject, c.ID
			if !c.Date.IsZero() {
				l.Date = c.Date.UTC().Format("2006-01-02 15:04:05")
			}
		}
		if x := f.Origin.Exposure; x != nil {
			l.Branch = hogBranch(x.Refs)
		}
		e.value(l)
	}
	return e.err
}

// hogBranch is the first branch among refs.
func hogBranch(refs []string) string {
	for _, prefix := range []string{"refs/heads/", "refs/remotes/"} {
		for _, ref := range refs {
			if name, ok := strings.CutPrefix(ref, prefix); ok {
				return name
			}
		}
	}
	return ""
}

// writeHogGitHub writes the workflow commands of --github-actions: one for each
// decoder, detector, state, file and line.
func writeHogGitHub(w io.Writer, s *scan) error {
	type key struct{ decoder, detector, state, file, line string }
	seen := map[key]bool{}
	for _, f := range s.counting() {
		k := key{hogDecoder(f.Tags), s.hogName(f), hogState(f.Verification.Status), f.Origin.Path, ""}
		if f.Origin.Part == "" && f.Position.StartLine > 0 {
			k.line = fmt.Sprint(f.Position.StartLine)
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		var where []githubProperty
		if k.file != "" {
			where = append(where, githubProperty{"file", k.file})
		}
		if k.line != "" {
			where = append(where, githubProperty{"line", k.line}, githubProperty{"endLine", k.line})
		}
		text := fmt.Sprintf("Found %s %s result", k.state, k.detector)
		if _, err := io.WriteString(w, githubCommand("warning", where, text)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// hogState is what trufflehog calls a status.
func hogState(s mudlark.Status) string {
	switch s {
	case mudlark.Active:
		return "verified"
	case mudlark.Unknown:
		return "unknown"
	}
	return "unverified"
}
