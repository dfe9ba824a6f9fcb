package suppress

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// gitleaksReport matches findings of a report of gitleaks' by content: the
// secret that it shows, if the rule, the file or the commit agrees as well or
// the secret is long enough to speak for itself. What it has redacted is known
// by its place alone.
type gitleaksReport struct {
	*baseline
	secrets  map[string][]int // by secret, without quotes
	places   map[place][]int  // line 0, of a file found by its name, is 1
	found    []gitleaksFinding
	redacted int
}

// A gitleaksFinding holds of gitleaks' JSON what is compared. Columns are those
// of the match and count bytes, from 1, the end inclusive.
type gitleaksFinding struct {
	RuleID, Secret, File, Commit string
	StartLine, EndLine           int
	StartColumn, EndColumn       int
	Entropy                      float64
}

// alike reports whether a finding may be of the secret that an entry hides: what it
// shows of it is how that begins, and gitleaks compares the entropy as well, so that
// hardly any other secret passes for it.
func (old *gitleaksFinding) alike(f *mudlark.Finding) bool {
	const precise = 1e-4 // 32 bits are written
	start, ok := strings.CutSuffix(old.Secret, "...")
	if ok && !strings.HasPrefix(f.Secret.Reveal(), start) && !strings.HasPrefix(bare(f.Secret.Reveal()), bare(start)) {
		return false
	}
	return math.Abs(old.Entropy-f.Entropy) < precise
}

type place struct {
	path string
	line int
}

// speaking is how long a secret must be to be known wherever it stands.
const speaking = 16

// isGitleaks reports whether a file is a JSON list of gitleaks', which may be
// empty.
func isGitleaks(head []byte) bool {
	rest, ok := bytes.CutPrefix(head, []byte("["))
	rest = bytes.TrimSpace(rest)
	return ok && (bytes.HasPrefix(rest, []byte("]")) || bytes.Contains(rest, []byte(`"RuleID"`)))
}

func readGitleaks(b *baseline, r io.Reader) error {
	g := &gitleaksReport{baseline: b, secrets: map[string][]int{}, places: map[place][]int{}}
	b.match = g.matching
	d := json.NewDecoder(r)
	err := elements(d, func() error {
		var f gitleaksFinding
		if err := d.Decode(&f); err != nil {
			return err
		}
		return g.add(f)
	})
	if err == nil {
		err = ended(d)
	}
	if err != nil {
		return err
	}
	g.note(g.redacted, "an entry is redacted, so another secret at its place is hidden too",
		"are redacted, so another secret at their places is hidden too")
	if n := len(g.found) - g.redacted; n > 0 {
		g.notices = append(g.notices, g.open(n))
	}
	return nil
}

// hidden reports whether a report shows a mask in place of a secret: the word,
// or the beginning of the secret and three dots.
func hidden(secret string) bool {
	return secret == "" || secret == mudlark.Masked || strings.HasSuffix(secret, "...")
}

func (g *gitleaksReport) add(f gitleaksFinding) error {
	if f.RuleID == "" {
		return fmt.Errorf("finding %d has no RuleID", len(g.found)+1)
	}
	f.File = strings.ReplaceAll(f.File, `\`, "/")
	masked := hidden(f.Secret)
	e := Entry{Rule: f.RuleID, Text: fmt.Sprintf("%s:%s:%d", f.File, f.RuleID, f.StartLine), Positional: masked}
	if f.Commit != "" {
		e.Text = f.Commit + ":" + e.Text
	}
	i, err := g.baseline.add(e)
	if err != nil {
		return err
	}
	if masked {
		g.redacted++
		at := place{f.File, max(f.StartLine, 1)}
		g.places[at] = append(g.places[at], i)
	} else {
		f.Secret = bare(f.Secret)
		g.secrets[f.Secret] = append(g.secrets[f.Secret], i)
	}
	g.found = append(g.found, f)
	return nil
}

// bare is a secret without the blanks and quotes around it, which one tool takes
// for part of it and another does not.
func bare(secret string) string { return strings.Trim(strings.TrimSpace(secret), "\"'`") }

func (g *gitleaksReport) matching(f *mudlark.Finding, to []int) []int {
	family := g.family(f.RuleID)
	commit := commitID(&f.Origin)
	secret := bare(f.Secret.Reveal())
	for _, i := range g.secrets[secret] {
		old := &g.found[i]
		if len(secret) >= speaking || old.File == f.Origin.Path || old.Commit != "" && old.Commit == commit || slices.Contains(family, old.RuleID) {
			to = append(to, i)
		}
	}
	p := &f.Position
	for _, i := range g.places[place{f.Origin.Path, max(p.StartLine, 1)}] {
		// The columns may be one too large: gitleaks counts so behind the first line.
		old := &g.found[i]
		within := p.StartLine != old.EndLine || p.StartColumn+1 >= old.StartColumn && p.EndColumn-1 <= old.EndColumn+1
		if slices.Contains(family, old.RuleID) && (old.Commit == "" || old.Commit == commit) && within && old.alike(f) {
			to = append(to, i)
		}
	}
	return to
}
