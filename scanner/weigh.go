package scanner

import (
	"path/filepath"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// weigh lets what the places of findings say count, now that they are known.
func (s *Scanner) weigh(found []mudlark.Finding) {
	roots := rootsOf(s.opts.Run.Target)
	for i := range found {
		s.engine.Place(&found[i], roots...)
	}
	s.engine.Vectors(found, roots...)
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
