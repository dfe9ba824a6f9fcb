package verifiers

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// BenchmarkVerify asks about 10,000 findings of 500 distinct secrets, within the
// default limits, where every answer takes 50 ms: at one host, and at ten.
func BenchmarkVerify(b *testing.B) {
	for _, bench := range []struct {
		name  string
		hosts []string
	}{
		{"one host", []string{"acme"}},
		{"ten hosts", []string{"acme", "beta", "crux", "dell", "echo", "faro", "gala", "hero", "iris", "jade"}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var text strings.Builder
			for _, h := range bench.hosts {
				text.WriteString(strings.ReplaceAll(acmeRule, "acme", h))
			}
			set := setOf(b, text.String())
			for b.Loop() {
				p := worldPool(b, set, Options{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					time.Sleep(50 * time.Millisecond)
					answerJSON(w, 200, map[string]any{"ok": true})
				}))
				var list []mudlark.Finding
				for i := range 10_000 {
					h := bench.hosts[i%len(bench.hosts)]
					list = append(list, found(h+"-token", drawn(b, h+"_<base32lower 32>", i%500))...)
				}
				p.Verify(b.Context(), list)
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.Sys)/(1<<20), "MB")
			}
		})
	}
}
