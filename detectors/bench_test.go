package detectors

import (
	"bytes"
	"go/build"
	"os"
	"path/filepath"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// sources returns the files of some directories of the standard library.
func sources(tb testing.TB, pattern string, dirs ...string) [][]byte {
	tb.Helper()
	var all [][]byte
	for _, dir := range dirs {
		files, _ := filepath.Glob(filepath.Join(build.Default.GOROOT, "src", dir, pattern))
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil {
				all = append(all, text)
			}
		}
	}
	if len(all) == 0 {
		tb.Skip("the standard library's source is not here")
	}
	return all
}

func ordinary(tb testing.TB) [][]byte {
	return sources(tb, "*.go", "net/http", "go/types", "cmd/compile/internal/ssa", "runtime", "encoding/json", "os", "reflect", "fmt", "time", "strings")
}

func benchmark(b *testing.B, e *Engine, files [][]byte) {
	size, found := 0, 0
	for _, text := range files {
		size += len(text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		found = 0
		for _, text := range files {
			e.Detect(mudlark.Chunk{Data: text}, func(mudlark.Finding) { found++ })
		}
	}
	b.ReportMetric(float64(found), "findings")
}

func BenchmarkDetectOrdinarySource(b *testing.B) {
	e := engine(b, rules.Builtin(), Options{})
	benchmark(b, e, ordinary(b))
}

func BenchmarkDetectWithoutDecoding(b *testing.B) {
	e := engine(b, rules.Builtin(), Options{DecodeDepth: -1})
	benchmark(b, e, ordinary(b))
}

// BenchmarkDetectCrypto has many keywords.
func BenchmarkDetectCrypto(b *testing.B) {
	e := engine(b, rules.Builtin(), Options{})
	benchmark(b, e, sources(b, "*.go", "crypto/tls", "crypto/x509", "crypto/rsa", "encoding/pem", "crypto/ecdsa"))
}

// BenchmarkFloor is how long it takes to look at each byte a few times.
func BenchmarkFloor(b *testing.B) {
	files := ordinary(b)
	size := 0
	for _, text := range files {
		size += len(text)
	}
	b.SetBytes(int64(size))
	n := 0
	for b.Loop() {
		for _, text := range files {
			n += bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("q"))
		}
	}
}

func BenchmarkNew(b *testing.B) {
	set := rules.Builtin()
	for b.Loop() {
		engine(b, set, Options{})
	}
}
