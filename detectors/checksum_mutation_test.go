package detectors

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// judgements are the checks that a wrong last character does not fail, for they
// look at what a secret says and not at a sum.
func judgements() []string {
	return []string{"basic-auth", "cisco7", "encoded-password", "key-der", "password", "strong-password"}
}

// TestBrokenChecksumsAreGradedLow changes the last character that may be another
// by the rule's expression, which knows nothing of sums. A sum of four characters
// may be right by chance, but the examples stay the same. Where the key says that
// it is a password, a rule about that may have it instead.
func TestBrokenChecksumsAreGradedLow(t *testing.T) {
	known := exceptions{list: []exception{
		{"azure-eventhub-key", "checksum", "the last character before the padding has bits that encode nothing"},
		{"azure-servicebus-key", "checksum", "the last character before the padding has bits that encode nothing"},
		{"github-fine-grained-pat", "checksum", "more text stands behind the checksum"},
	}}
	tested := make(map[string]bool)
	seen := make(map[string]bool)
	all := subjects(t, few(1, 2, 3)...)
	for i := range all {
		s := &all[i]
		seen[s.rule.Checksum] = true
		if s.rule.Checksum == "" || slices.Contains(judgements(), s.rule.Checksum) {
			continue
		}
		ref, ok := referenceOf(s.rule)
		if !ok {
			t.Errorf("%s: there is no expression for the secret", s.rule.ID)
			continue
		}
		token := ref.neighbour(s.secret())
		if token == "" {
			continue
		}
		tested[s.rule.ID] = true
		text := s.with(token)
		at := mudlark.Span{Start: s.at.Start, End: s.at.Start + len(token)}
		if got := s.graded(text, at); (got != mudlark.Low && !(got == mudlark.ConfidenceUnset && s.otherwise(text, at)) || s.grade == mudlark.Low) && !known.cover(s.rule.ID, "checksum") {
			t.Errorf("%s:%d: %s: with a wrong checksum: %v, with the right one: %v, in %s", s.rule.File, s.rule.Line, s.rule.ID, got, s.grade, masked(text))
		}
	}
	for i := range all {
		if r := all[i].rule; r.Checksum != "" && !slices.Contains(judgements(), r.Checksum) && !tested[r.ID] {
			t.Errorf("%s: no checksum was broken", r.ID)
			tested[r.ID] = true
		}
	}
	for _, name := range judgements() {
		if !seen[name] {
			t.Errorf("no rule has the check %q any more", name)
		}
	}
	t.Logf("%d rules", len(tested))
	known.report(t)
}

// neighbour returns a secret that differs in one of its last characters.
func (ref *reference) neighbour(secret string) string {
	for i := len(secret) - 1; i >= max(0, len(secret)-4); i-- {
		for _, c := range ref.last {
			if token := secret[:i] + string(c) + secret[i+1:]; token != secret && ref.fits(token) {
				return token
			}
		}
	}
	return ""
}

// TestSpoiledExamplesAreGradedLow has the blanks of examples filled with secrets
// whose checksums are wrong, as package rules makes them.
func TestSpoiledExamplesAreGradedLow(t *testing.T) {
	set, e := builtin(t)
	blank := regexp.MustCompile(`<([a-z0-9-]+)([ >])`)
	count := 0
	for i := range set.Rules {
		r := &set.Rules[i]
		if r.Checksum == "" || r.SkipReport || slices.Contains(judgements(), r.Checksum) {
			continue
		}
		for _, template := range r.Examples {
			spoiled := blank.ReplaceAllString(template, "<$1-bad$2")
			for seed := uint64(1); seed <= 5; seed++ {
				text, err := rules.Fill(spoiled, seed)
				if err != nil || strings.Contains(text, "-bad") {
					continue // it has no blank with a checksum
				}
				count++
				found := detect(e, text)
				if len(found) == 0 || slices.ContainsFunc(found, func(f mudlark.Finding) bool { return f.RuleID == r.ID && f.Confidence > mudlark.Low }) {
					t.Errorf("%s:%d: %s: found %v, want one graded low, in %s", r.File, r.Line, r.ID, ids(found), masked(text))
				}
			}
		}
	}
	t.Logf("%d texts", count)
	if count < 100 {
		t.Errorf("%d texts, want 100 or more", count)
	}
}
