package scanner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// maxSkips is how many skips of one reason are listed one by one.
const maxSkips = 1000

// skips holds what was not read: all of it counted, the first of each reason
// in full. The zero value is empty.
type skips struct {
	list  []mudlark.Skip
	count map[mudlark.Reason]int
}

func (s *skips) add(skip mudlark.Skip) {
	if s.count == nil {
		s.count = map[mudlark.Reason]int{}
	}
	s.count[skip.Reason] += max(1, skip.Count)
	s.list = append(s.list, skip)
	if len(s.list) >= 2*maxSkips*len(mudlark.Reasons) {
		s.trim()
	}
}

// trim keeps the first maxSkips of each reason.
func (s *skips) trim() {
	slices.SortFunc(s.list, compareSkips)
	kept := map[mudlark.Reason]int{}
	s.list = slices.DeleteFunc(s.list, func(skip mudlark.Skip) bool {
		kept[skip.Reason]++
		return kept[skip.Reason] > maxSkips
	})
}

// settled returns the skips in order, the ones not listed summed up in one for
// each reason.
func (s *skips) settled() []mudlark.Skip {
	s.trim()
	listed := map[mudlark.Reason]int{}
	for _, skip := range s.list {
		listed[skip.Reason] += max(1, skip.Count)
	}
	out := slices.Clone(s.list)
	for _, reason := range mudlark.Reasons {
		if more := s.count[reason] - listed[reason]; more > 0 {
			out = append(out, mudlark.Skip{Reason: reason, Count: more, Detail: fmt.Sprintf("and %d more for the same reason", more)})
		}
	}
	return out
}

func compareSkips(a, b mudlark.Skip) int {
	return cmp.Or(
		cmp.Compare(slices.Index(mudlark.Reasons, a.Reason), slices.Index(mudlark.Reasons, b.Reason)),
		strings.Compare(a.Origin.Path, b.Origin.Path),
		strings.Compare(a.Origin.Part, b.Origin.Part),
		strings.Compare(a.Origin.Object, b.Origin.Object),
		strings.Compare(a.Detail, b.Detail),
		cmp.Compare(a.Count, b.Count),
	)
}
