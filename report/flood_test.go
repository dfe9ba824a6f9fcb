package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// BenchmarkFlood writes as many findings as a scan reports at most.
func BenchmarkFlood(b *testing.B) {
	const n = 100_000
	r := &recording{run: exampleRun(), found: make([]mudlark.Finding, n)}
	commit := commitOf("2023-04-01", "Ann Example", "add the log")
	on := heldBy(mudlark.HeldByRef, "HEAD refs/heads/main", "HEAD refs/heads/main")
	for i := range r.found {
		secret := secretFor(fmt.Sprint(i))
		line := strings.Repeat("log line with things ", 5) + secret + " and more"
		r.found[i] = findingOf("acme-token", secret, line, mudlark.Origin{Source: "git", Path: "logs/flood.log", Commit: commit, Exposure: on}, i+1)
	}
	for _, format := range Formats() {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, err := New(format, io.Discard, templated(format, Options{Redact: 100, Now: now}))
				must(b, err)
				r.tell(b, s)
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "findings/s")
		})
	}
}
