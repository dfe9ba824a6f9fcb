package scanner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// ordered sorts found into the order of every report and drops what is there
// twice: overlapping pieces of one content both find what lies in the overlap.
func ordered(found []mudlark.Finding) []mudlark.Finding {
	slices.SortFunc(found, compare)
	return slices.CompactFunc(found, func(a, b mudlark.Finding) bool { return compare(a, b) == 0 })
}

// compare orders findings by path, line, column, rule and commit, then by all
// else that tells two apart.
func compare(a, b mudlark.Finding) int {
	return cmp.Or(
		strings.Compare(a.Origin.Path, b.Origin.Path),
		cmp.Compare(a.Position.Offset, b.Position.Offset),
		cmp.Compare(a.Position.StartLine, b.Position.StartLine),
		cmp.Compare(a.Position.StartColumn, b.Position.StartColumn),
		strings.Compare(a.RuleID, b.RuleID),
		strings.Compare(commitID(a.Origin), commitID(b.Origin)),
		strings.Compare(a.Origin.Part, b.Origin.Part),
		strings.Compare(a.Origin.Object, b.Origin.Object),
		cmp.Compare(a.Position.EndLine, b.Position.EndLine),
		cmp.Compare(a.Position.EndColumn, b.Position.EndColumn),
		strings.Compare(a.Secret.Reveal(), b.Secret.Reveal()),
	)
}

func commitID(o mudlark.Origin) string {
	if o.Commit == nil {
		return ""
	}
	return o.Commit.ID
}

// order puts what is first before what is not.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
