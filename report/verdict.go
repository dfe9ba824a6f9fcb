package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// Sentence says in one line how a scan ended, the verdict first, in words that
// claim no more than was done. Asked is what of the target was asked for; empty
// if that is all of it. Of what was scanned it tells nothing but numbers; the
// error of a scan that failed is told as it stands.
func Sentence(asked string, s mudlark.Summary) string {
	answer, rest := answerWords(s)
	if asked != "" && s.Verdict != mudlark.Failed {
		answer += " of " + asked
	}
	if n := folded(s); n > 0 && s.Verdict != mudlark.Clean {
		answer += ", and " + grouped(n) + " more " + verb(n, "is", "are") + " counted, not listed"
	}
	verdict := cmp.Or(string(s.Verdict), string(mudlark.Incomplete))
	switch {
	case s.Verdict == mudlark.Found && s.Incomplete:
		verdict = "found, incomplete"
	case s.Verdict == mudlark.Found:
		verdict = "found"
	}
	if rest != "" {
		answer += "; " + rest
	}
	return Printable(verdict + ": " + answer)
}

// answerWords says what was found, and if something was not read, that.
func answerWords(s mudlark.Summary) (answer, rest string) {
	partly := s.Incomplete || s.Verdict == mudlark.Incomplete
	switch {
	case s.Verdict == mudlark.Failed:
		return "the scan failed: " + cmp.Or(s.Failure, "no reason was given"), ""
	case isFound(s):
		answer = count(max(s.Secrets, 1), "secret") + " in " + count(max(s.Findings, 1), "place") + statuses(s)
	case partly:
		answer = "nothing was found in what was read"
	default:
		answer = "no secrets found in " + readBriefly(s.Coverage)
	}
	if !partly {
		return answer, ""
	}
	if n := unread(s.Coverage); n > 0 {
		return answer, count(n, "piece") + " of content " + verb(n, "was", "were") + " not read, so there may be more"
	}
	return answer, "not everything was read, so there may be more"
}

// statuses tells what providers said of the secrets that were found.
func statuses(s mudlark.Summary) string {
	var parts []string
	for _, status := range []mudlark.Status{mudlark.Active, mudlark.Inactive, mudlark.Unknown} {
		if n := s.Statuses[status]; n > 0 {
			parts = append(parts, grouped(n)+" "+string(status))
		}
	}
	if n := s.Statuses[mudlark.NotAsked]; n > 0 {
		parts = append(parts, grouped(n)+" not to be asked about")
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// folded counts the findings that are not listed. Those of a clean scan are
// suppressed.
func folded(s mudlark.Summary) int {
	n := 0
	for _, f := range s.Folds {
		n += f.Folded
	}
	return n
}

func isFound(s mudlark.Summary) bool { return s.Findings > 0 || s.Verdict == mudlark.Found }

// unread counts what was not read and is not accepted.
func unread(c mudlark.Coverage) int {
	n := 0
	for reason, k := range c.Skipped {
		if !slices.Contains(c.Accepted, reason) {
			n += k
		}
	}
	return n
}

// readBriefly says in one number and one size what was read.
func readBriefly(c mudlark.Coverage) string {
	what := count(c.Chunks, "piece") + " of content"
	switch {
	case c.Objects > 0:
		what = count(c.Objects, "object")
	case c.Files > 0:
		what = count(c.Files, "file")
	}
	return what + " (" + size(c.Bytes) + ")"
}
