package scanner

import (
	"path/filepath"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/verifiers"
)

// Judge decides about findings whose places are known, as a scan does before anybody
// is asked: what their places and they themselves say is weighed, and what does not
// count is marked, with the reason.
func (s *Scanner) Judge(found []mudlark.Finding) {
	s.weigh(found)
	s.assess(found)
	s.fingerprint(found)
	s.suppress(found)
}

// weigh lets what the places of findings say count, now that they are known.
func (s *Scanner) weigh(found []mudlark.Finding) {
	roots := rootsOf(s.opts.Run.Target)
	for i := range found {
		s.engine.Place(&found[i], roots...)
	}
	s.engine.Vectors(found, roots...)
}

// assess lets what credentials say of themselves count. Those that say something
// are read once, however often they were found.
func (s *Scanner) assess(found []mudlark.Finding) {
	type credential struct {
		rule          string
		secret, match mudlark.Sensitive
	}
	known := map[credential]mudlark.Assessment{}
	for i := range found {
		f := &found[i]
		at := credential{f.RuleID, f.Secret, f.Match}
		a, ok := known[at]
		if !ok || len(f.Parts) > 0 {
			rule, _ := s.engine.Rule(f.RuleID)
			if a = verifiers.Assess(&rule, f, s.opts.Now); a.Verdict != "" {
				known[at] = a
			}
		}
		f.Assessment = a
		s.engine.Assessed(f)
	}
}

// rootsOf returns the paths that a target may name: itself, or several with
// blanks between them.
func rootsOf(target string) []string {
	target = filepath.ToSlash(target)
	if strings.Contains(target, " ") {
		return append([]string{target}, strings.Fields(target)...)
	}
	return []string{target}
}
