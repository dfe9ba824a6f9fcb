package rules

import (
	"fmt"
	"strings"
)

// didYouMean returns `did you mean "x"? ` for the known name nearest to name,
// or nothing if none is near.
func didYouMean(name string, known []string) string {
	if n := nearest(name, known); n != "" {
		return fmt.Sprintf("did you mean %q? ", n)
	}
	return ""
}

// nearest returns the known name that the fewest typing slips turn into name,
// without regard to case; the first of several. It is empty if it would take
// more than a third of the letters.
func nearest(name string, known []string) string {
	const longest = 64 // what is longer is no slip of a known name
	name = strings.ToLower(name)
	if len(name) > longest {
		return ""
	}
	best, limit := "", max(1, len(name)/3)
	for _, k := range known {
		if d := slips(name, strings.ToLower(k), limit); d <= limit {
			best, limit = k, d-1
		}
	}
	if best != "" || len(name) < 4 {
		return best
	}
	// Half a name is a slip too.
	for _, k := range known {
		if l := strings.ToLower(k); strings.Contains(l, name) || len(l) >= 4 && strings.Contains(name, l) {
			return k
		}
	}
	return ""
}

// slips counts the letters to add, drop, replace or swap with their neighbour
// to turn a into b. What is more than limit may be given as limit+1.
func slips(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
