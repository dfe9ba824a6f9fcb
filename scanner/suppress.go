package scanner

import (
	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/suppress"
)

// suppress marks what does not count, with the reason. What the engine or the
// source has marked already (comments, scope) stays as it is, but files that say
// the same are asked all the same: their entries are in use.
func (s *Scanner) suppress(found []mudlark.Finding) {
	for i := range found {
		f := &found[i]
		if f.Suppression.By == mudlark.ByAllowlist {
			continue // no finding: told because somebody asked for that, too
		}
		by, ok := suppress.Find(s.opts.Suppress, f, s.opts.Now)
		switch {
		case !f.Counts():
		case ok:
			f.Suppression = by
		case f.Assessment.Verdict == mudlark.Impossible:
			f.Suppression = mudlark.Suppression{By: mudlark.ByAssessment, Reason: f.Assessment.Reason}
		case f.Confidence < s.opts.Confidence:
			f.Suppression = mudlark.Suppression{By: mudlark.ByConfidence, Reason: "graded " + f.Confidence.String()}
		}
	}
}
