package detectors

import "github.com/mudlark-scan/mudlark"

// Assessed weighs f's assessment: what has expired, or is for tests, is graded
// medium at most. It is lowered no further, so that it still counts where only
// its form speaks for it.
func (e *Engine) Assessed(f *mudlark.Finding) {
	r := e.find(f.RuleID)
	if r == nil || len(f.Evidence) == 0 || f.Assessment.Verdict != mudlark.Expired && f.Assessment.Verdict != mudlark.TestMode {
		return
	}
	evidence := mudlark.Evidence{Name: "assessment", Detail: f.Assessment.Reason}
	if f.Confidence == mudlark.High {
		evidence.Effect = min(isOver, leastHigh-1-pointsIn(f.Evidence))
	}
	e.lower(f, r, evidence)
}

func pointsIn(list []mudlark.Evidence) (points int) {
	for _, x := range list {
		points += x.Effect
	}
	return points
}
