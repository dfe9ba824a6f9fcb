package report

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// What the formats for other programs have in common: which findings they tell
// of, and what they say of each.

// counting returns the findings that count.
func (s *scan) counting() []*mudlark.Finding {
	return slices.DeleteFunc(slices.Clone(s.found), func(f *mudlark.Finding) bool { return !f.Counts() })
}

// asked reports whether f is of what was asked for. Somebody suppressed it, if
// it does not count; what is graded too low, out of scope or of another status
// was never asked for.
func asked(f *mudlark.Finding) bool {
	switch f.Suppression.By {
	case mudlark.ByConfidence, mudlark.ByScope, mudlark.ByStatus:
		return false
	}
	return true
}

// suppressionWords says why a finding does not count; empty: it does.
func suppressionWords(s mudlark.Suppression) string {
	return strings.Join(slices.DeleteFunc([]string{string(s.By), s.Reason, s.Place}, isEmpty), ": ")
}

// ownerWords says whose a secret is, as its provider says, or else it itself.
func ownerWords(f *mudlark.Finding) string {
	return cmp.Or(factWords(f.Verification.Identity), factWords(f.Assessment.Identity))
}

// repositoryFile returns the file that f lies in, relative to what was scanned,
// and the member if that file is an archive. It is not ok if f lies in no file
// that others have.
func (s *scan) repositoryFile(f *mudlark.Finding) (file, member string, ok bool) {
	uri, member, ok := s.relative(f.Origin.Path)
	if !ok || ownFile(f) {
		return "", "", false
	}
	file, err := url.PathUnescape(uri)
	return file, member, err == nil
}

// anchor is the file that something is tied to which lies in none.
func (s *scan) anchor() string {
	file, err := url.PathUnescape(s.anchorURI())
	if err != nil {
		return usualAnchor
	}
	return file
}

const usualAnchor = "README.md"

// anchorURI is anchor as a URI.
func (s *scan) anchorURI() string {
	uri, _, ok := s.relative(s.opts.Anchor)
	if !ok {
		return usualAnchor
	}
	return uri
}

// fullWhere says in words where f lies, whatever a format has fields for.
func fullWhere(f *mudlark.Finding) string {
	words := []string{placeName(f)}
	if c := f.Origin.Commit; c != nil && c.ID != "" {
		words = append(words, "commit "+c.ID)
	}
	words = append(words, labels(f.Origin.Labels)...)
	if x := held(f); x != "" {
		words = append(words, x)
	}
	return strings.Join(words, ", ")
}

// factLines says what is known of f, a fact on each line: nothing of it is the
// secret.
func factLines(rule mudlark.RuleInfo, f *mudlark.Finding) []string {
	grade := "severity " + severity(rule).String()
	if f.Confidence != mudlark.ConfidenceUnset {
		grade += ", confidence " + f.Confidence.String()
	}
	lines := []string{"rule " + ruleName(rule) + ", " + grade}
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, label+text)
		}
	}
	add("in ", fullWhere(f))
	add("assigned to ", f.Key)
	if c := f.Origin.Commit; c != nil {
		add("", strings.Join(placeDetails(f)[:1], ""))
	}
	add("of itself: ", assessmentWords(f.Assessment))
	add("", verificationSentence(&f.Verification))
	add("scopes ", list(f.Verification.Scopes, scopesShown, 0))
	add("", askedWords(&f.Verification))
	add("fingerprint ", f.Fingerprint)
	return lines
}

// trustedLink is where to read on, unless what was scanned chose the address.
func trustedLink(rule mudlark.RuleInfo) string {
	if rule.Foreign {
		return ""
	}
	return webURL(rule.Help)
}

// adviceFor says what to do about f, in the order in which to do it.
func adviceFor(rule mudlark.RuleInfo, f *mudlark.Finding) string {
	first := firstAdvice(f.Verification.Status)
	if f.Verification.Status == mudlark.Inactive {
		return first
	}
	return strings.TrimSpace(first + " " + sentence(rule.Revoke))
}

// firstAdvice says what a status calls for.
func firstAdvice(s mudlark.Status) string {
	switch s {
	case mudlark.Inactive:
		return "It does not work, so there is nothing to revoke."
	case mudlark.Active:
		return "It works. Revoke it now."
	}
	return "Revoke it first."
}

// unreadSentences says what was not read and makes the scan incomplete, one
// sentence for each part, and counts those beyond most in one.
func (s *scan) unreadSentences(most int) []string {
	var out []string
	if s.summary.Failure != "" {
		out = append(out, sentence(s.summary.Failure))
	}
	left := 0
	for _, skip := range s.skips {
		switch {
		case slices.Contains(s.summary.Coverage.Accepted, skip.Reason):
		case len(out) >= most:
			left++
		default:
			out = append(out, "Not read: "+skipSentence(skip))
		}
	}
	if left > 0 {
		out = append(out, count(left, "more part")+" "+verb(left, "was", "were")+" not read.")
	}
	return out
}

// answer says in one line how the scan ended, and what was scanned.
func (s *scan) answer() string {
	about := slices.DeleteFunc([]string{strings.TrimSpace(s.run.Source + " " + s.run.Target), s.run.Asked}, isEmpty)
	text := Sentence("", s.summary)
	if len(about) > 0 {
		text += " (" + sanitize(strings.Join(about, ", ")) + ")"
	}
	return text
}

// remarks says of which places not everything is listed, at most so many, and
// what a reader should know of the scan besides.
func (s *scan) remarks(most int) []string {
	var out []string
	for i, fold := range s.summary.Folds {
		if i == most {
			out = append(out, count(len(s.summary.Folds)-i, "more place")+" have more findings than are listed.")
			break
		}
		out = append(out, foldSentence(fold))
	}
	return append(out, s.summary.Coverage.Notes...)
}

// whole reports whether everything that was asked for was read.
func (s *scan) whole() bool {
	switch s.summary.Verdict {
	case mudlark.Clean, mudlark.Found:
		return !s.summary.Incomplete
	}
	return false
}

// escapeHidden writes as an escape what is no visible character, but for line
// ends and tabs.
func escapeHidden(text string) string {
	hidden := func(r rune) bool { return !visible(r) && r != '\n' && r != '\t' }
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			b.WriteString(showRune(r))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
