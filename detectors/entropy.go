package detectors

import (
	"maps"
	"math"
	"slices"
	"unicode/utf8"
)

// entropy returns the Shannon entropy of data. Users' thresholds rest on how
// gitleaks computes it: characters are counted, but bytes divide.
func entropy(data []byte) float64 {
	var counts [utf8.RuneSelf]int
	var wide map[rune]int
	for i := 0; i < len(data); {
		if c := data[i]; c < utf8.RuneSelf {
			counts[c]++
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if wide == nil {
			wide = make(map[rune]int)
		}
		wide[r]++
		i += n
	}
	sum, total := 0.0, float64(len(data))
	for _, n := range counts {
		if n > 0 {
			sum += term(n, total)
		}
	}
	for _, n := range slices.Sorted(maps.Values(wide)) { // in order: sums of fractions depend on it
		sum += term(n, total)
	}
	return sum
}

func term(n int, total float64) float64 {
	share := float64(n) / total
	return -share * math.Log2(share)
}
