package rules

// Bare returns the set without anything that says what is no finding: without
// allowlists, and with rules that hold at every path. Rules about names of files
// alone are left out.
func (s *Set) Bare() *Set {
	bare := &Set{Rules: make([]Rule, 0, len(s.Rules)), Files: s.Files}
	for _, r := range s.Rules {
		if r.Regex == "" && r.Detector == "" {
			continue
		}
		r.Path, r.Allowlists = "", nil
		bare.Rules = append(bare.Rules, r)
	}
	return bare
}
