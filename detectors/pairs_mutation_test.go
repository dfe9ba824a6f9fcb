package detectors

import (
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// TestPairsStandNearEachOther moves a secret away from what it is used with. On
// lines 0 and 9 they are a pair, if the rule does not ask for less. Forty lines
// apart they are none, if it does not allow more: what it requires may tell what
// kind of file it is, and stand anywhere. By its key's name alone a secret is
// still as likely as one that nobody has a rule for.
func TestPairsStandNearEachOther(t *testing.T) {
	tested, pairs := make(map[string]bool), make(map[string]bool)
	all := subjects(t, few(1, 2)...)
	for i := range all {
		s := &all[i]
		if !s.isPair() {
			continue
		}
		pairs[s.rule.ID] = true
		reach, bounded := s.reach()
		near, at, ok := s.apart(min(9, reach))
		if !ok {
			continue
		}
		tested[s.rule.ID] = true
		if got := s.graded(near, at); got < s.grade {
			t.Errorf("%s:%d: %s: nine lines apart: %v, want %v, in %q", s.rule.File, s.rule.Line, s.rule.ID, got, s.grade, masked(near))
		}
		far, at, _ := s.apart(max(40, reach+1))
		got := s.graded(far, at)
		switch {
		case bounded && got == mudlark.Medium && s.guessedToo(far):
		case bounded && got > mudlark.Low:
			t.Errorf("%s:%d: %s: %d lines apart: %v, want low or nothing, in %q", s.rule.File, s.rule.Line, s.rule.ID, max(40, reach+1), got, masked(far))
		case !bounded && got < s.grade:
			t.Errorf("%s:%d: %s: anywhere in the file: %v, want %v, in %q", s.rule.File, s.rule.Line, s.rule.ID, got, s.grade, masked(far))
		}
	}
	for id := range pairs {
		if !tested[id] {
			t.Logf("%s: left out, no example has its parts on different lines", id)
		}
	}
	t.Logf("%d of %d rules", len(tested), len(pairs))
	if len(tested) < 20 {
		t.Errorf("%d rules were tested, want 20 or more", len(tested))
	}
}

// guessedToo reports whether the rule's finding in text owes its grade to a guess.
func (s *subject) guessedToo(text string) bool {
	return slices.ContainsFunc(detect(s.e, text), func(f mudlark.Finding) bool {
		return f.RuleID == s.rule.ID && slices.ContainsFunc(f.Evidence, func(x mudlark.Evidence) bool { return x.Detail == guessedToo })
	})
}

// reach is how many lines from the secret its parts may stand at most, if there
// is a bound.
func (s *subject) reach() (lines int, bounded bool) {
	if len(s.rule.Companions) > 0 {
		lines, bounded = companionLines, true
	}
	for _, need := range s.rule.Required {
		if need.WithinLines != nil {
			lines, bounded = max(lines, *need.WithinLines), true
		}
	}
	if !bounded {
		lines = 40
	}
	return lines, bounded
}

// needs are the rules of what makes a pair of the secret, in their order. Its other
// parts only serve a live check.
func (s *subject) needs() []string {
	ids := slices.Clone(s.rule.Companions)
	for _, need := range s.rule.Required {
		ids = append(ids, need.ID)
	}
	return ids
}

// apart returns the example with empty lines beside the line of the secret, so
// that it stands that many lines from its nearest part, and where it is then.
func (s *subject) apart(lines int) (text string, at mudlark.Span, ok bool) {
	for _, id := range s.needs() {
		part, known := s.parts[id]
		p := strings.Index(s.text, part.Reveal())
		end := p + len(part.Reveal())
		if !known || p < 0 {
			continue
		}
		if p > s.at.Start {
			if i := strings.IndexByte(s.text[s.at.End:max(p, s.at.End)], '\n'); i >= 0 {
				more := lines - strings.Count(s.text[s.at.End:p], "\n")
				i += s.at.End
				return s.text[:i] + strings.Repeat("\n", max(0, more)) + s.text[i:], s.at, true
			}
			continue
		}
		if i := strings.LastIndexByte(s.text[:s.at.Start], '\n'); i >= end {
			more := strings.Repeat("\n", max(0, lines-strings.Count(s.text[end:s.at.Start], "\n")))
			at = mudlark.Span{Start: s.at.Start + len(more), End: s.at.End + len(more)}
			return s.text[:i] + more + s.text[i:], at, true
		}
	}
	return "", at, false
}
