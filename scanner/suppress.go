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
	s.follow(found)
}

// A movedPlace is what an entry of a file that names places may be about.
type movedPlace struct {
	rule, path string
	secret     mudlark.Sensitive
}

// follow carries on what files say of a place to where it was moved from there: an
// entry that names a place says nothing of the new one, but no one has put the
// secret there anew.
func (s *Scanner) follow(found []mudlark.Finding) {
	var moved []int
	for i := range found {
		if found[i].Counts() && found[i].Origin.Labels[mudlark.LabelMoved] != "" {
			moved = append(moved, i)
		}
	}
	if len(moved) == 0 {
		return
	}
	count := map[movedPlace]int{} // of what counts there
	by := map[movedPlace]mudlark.Suppression{}
	for i := range found {
		at := placeOf(&found[i], found[i].Origin.Path)
		switch {
		case found[i].Counts():
			count[at]++
		case found[i].Suppression.By == mudlark.ByIgnoreFile, found[i].Suppression.By == mudlark.ByBaseline:
			by[at] = found[i].Suppression
		}
	}
	for changed, n := true, 0; changed && n < maxMoves; n++ {
		changed = false
		for _, i := range moved {
			f := &found[i]
			from, at := placeOf(f, f.Origin.Labels[mudlark.LabelMoved]), placeOf(f, f.Origin.Path)
			if was := by[from]; f.Counts() && was.By != "" && count[from] == 0 {
				f.Suppression, by[at], changed = was, was, true
				count[at]--
			}
		}
	}
}

// maxMoves bounds how often something is followed from where it was moved to.
const maxMoves = 64

func placeOf(f *mudlark.Finding, path string) movedPlace {
	return movedPlace{f.RuleID, path, f.Secret}
}
