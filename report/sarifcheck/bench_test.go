package sarifcheck

import (
	"os"
	"strings"
	"testing"
)

// BenchmarkCheck reads a log of many results.
func BenchmarkCheck(b *testing.B) {
	text, err := os.ReadFile("../testdata/scan.sarif")
	must(b, err)
	before, rest, _ := strings.Cut(string(text), `"results": [`)
	end := strings.LastIndex(rest, "]\n    }")
	many := before + `"results": [` + strings.Repeat(rest[:end]+",", 100) + rest[:end] + rest[end:]
	b.SetBytes(int64(len(many)))
	for b.Loop() {
		_, err := new(Checker).Check("a", strings.NewReader(many))
		must(b, err)
	}
}
