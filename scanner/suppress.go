package scanner

import (
	"github.com/mudlark-scan/mudlark"
)

// suppress marks what does not count, with the reason. What the engine or the
// source has marked already (comments, scope) stays as it is.
func (s *Scanner) suppress(found []mudlark.Finding) {
	for i := range found {
		f := &found[i]
		if !f.Counts() {
			continue
		}
		if by, ok := s.opts.Ignore.find(f, s.opts.Now); ok {
			f.Suppression = by
		} else if f.Assessment.Verdict == mudlark.Impossible {
			f.Suppression = mudlark.Suppression{By: mudlark.ByAssessment, Reason: f.Assessment.Reason}
		} else if f.Confidence < s.opts.Confidence {
			f.Suppression = mudlark.Suppression{By: mudlark.ByConfidence, Reason: "graded " + f.Confidence.String()}
		}
	}
}
