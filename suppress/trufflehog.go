package suppress

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// trufflehogReport matches findings of trufflehog's JSON lines: by content, the
// secret that they show, if the file or the commit agrees as well or it is long
// enough to speak for itself; where they show none by place and detector.
type trufflehogReport struct {
	*baseline
	secrets map[string][]int
	places  map[place][]int
	found   []trufflehogPlace // of the entries
	masked  int
	live    int // that their providers called active
}

type trufflehogPlace struct {
	file, commit, detector string
	fingerprint            string // in a report of ours in trufflehog's form
}

// trufflehogFinding is what is read of a line. What it says of the place depends
// on the source, and has the same names in all that know files.
type trufflehogFinding struct {
	SourceMetadata *struct {
		Data map[string]struct {
			File   string `json:"file"`
			Commit string `json:"commit"`
			Line   int    `json:"line"`
		}
	}
	DetectorName string
	Verified     bool
	Raw, RawV2   string
	ExtraData    map[string]any
}

// isTrufflehog reports whether a file is JSON lines of trufflehog's.
func isTrufflehog(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return bytes.HasPrefix(line, []byte("{")) && bytes.Contains(line, []byte(`"SourceMetadata"`)) && bytes.Contains(line, []byte(`"DetectorName"`))
}

func readTrufflehog(b *baseline, r io.Reader) error {
	t := &trufflehogReport{baseline: b, secrets: map[string][]int{}, places: map[place][]int{}}
	b.match = t.matching
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var f trufflehogFinding
		if err := json.Unmarshal(line, &f); err != nil {
			return fmt.Errorf("line %d: %w", n, errors.New("it is no JSON of trufflehog's"))
		}
		if f.SourceMetadata == nil && f.DetectorName == "" {
			continue // a line of its log
		}
		if err := t.add(&f, n); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	t.note(t.masked, "a finding shows no secret, so another one at its place is hidden too", "show no secrets, so others at their places are hidden too")
	t.note(t.live, "a finding was active when it was written: revoke it", "were active when they were written: revoke them")
	if n := len(t.found) - t.masked; n > 0 {
		t.notices = append(t.notices, t.open(n))
	}
	return nil
}

func (t *trufflehogReport) add(f *trufflehogFinding, line int) error {
	var p trufflehogPlace
	at := 0
	if f.SourceMetadata != nil {
		for _, kind := range sortedKeys(f.SourceMetadata.Data) {
			d := f.SourceMetadata.Data[kind]
			p.file, p.commit, at = slashed(d.File), d.Commit, d.Line
		}
	}
	p.detector = f.DetectorName
	if ours, ok := f.ExtraData["fingerprint"].(string); ok && strings.HasPrefix(ours, "v1:") {
		p.fingerprint = ours
	}
	masked := hidden(f.Raw) && hidden(f.RawV2)
	e := Entry{Rule: f.DetectorName, Line: line, Text: fmt.Sprintf("%s:%d: %s", p.file, at, f.DetectorName), Reason: "known to trufflehog", Positional: masked}
	if p.commit != "" {
		e.Text = p.commit + ":" + e.Text
	}
	if f.Verified {
		t.live++
	}
	i, err := t.baseline.add(e)
	if err != nil {
		return err
	}
	t.found = append(t.found, p)
	if masked {
		t.masked++
		where := place{p.file, max(at, 1)}
		t.places[where] = append(t.places[where], i)
		return nil
	}
	// RawV2 is Raw and what belongs to it, one after the other.
	for _, s := range []string{f.Raw, f.RawV2, strings.TrimPrefix(f.RawV2, f.Raw), strings.TrimPrefix(f.RawV2, f.Raw+":")} {
		if s = bare(s); !hidden(s) && !slices.Contains(t.secrets[s], i) {
			t.secrets[s] = append(t.secrets[s], i)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (t *trufflehogReport) matching(f *mudlark.Finding, to []int) []int {
	before := len(to)
	commit := commitID(&f.Origin)
	for _, text := range []mudlark.Sensitive{f.Secret, f.Match} {
		secret := bare(text.Reveal())
		for _, i := range t.secrets[secret] {
			p := &t.found[i]
			if (len(secret) >= speaking || p.file == f.Origin.Path || p.commit != "" && p.commit == commit) && !slices.Contains(to[before:], i) {
				to = append(to, i)
			}
		}
	}
	for _, i := range t.places[place{f.Origin.Path, max(f.Position.StartLine, 1)}] {
		p := &t.found[i]
		if (p.commit == "" || p.commit == commit) && sameKind(p.detector, f.RuleID) && (p.fingerprint == "" || p.fingerprint == f.Fingerprint) {
			to = append(to, i)
		}
	}
	return to
}

// sameKind reports whether a rule's ID begins with the name of a detector, as
// "github-pat" with Github.
func sameKind(detector, rule string) bool {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '-' || r == '_' || r == ' ' {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	return detector != "" && strings.Contains(plain(rule), plain(detector))
}
