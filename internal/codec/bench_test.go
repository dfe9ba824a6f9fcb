package codec

import (
	"bytes"
	"encoding/base64"
	"go/build"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// source is a few megabytes of ordinary source text: the standard library's.
var source = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	for _, dir := range []string{"net/http", "go/types", "encoding/json", "crypto/tls", "runtime"} {
		files, _ := filepath.Glob(filepath.Join(build.Default.GOROOT, "src", dir, "*.go"))
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err == nil {
				b.Write(text)
			}
		}
	}
	return b.Bytes()
})

func BenchmarkDecoders(b *testing.B) {
	random := make([]byte, 1<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	for _, text := range []struct {
		name string
		data []byte
	}{
		{"source", source()},
		{"binary base64", []byte(base64.StdEncoding.EncodeToString(random))},
		{"wrapped binary", []byte(wrap(base64.StdEncoding.EncodeToString(random), 76, "\n"))},
		{"text base64", []byte(b64(strings.Repeat(long, 1<<13)))},
		{"percent", []byte(strings.Repeat("%41", 1<<18))},
		{"percent signs", []byte(strings.Repeat("%", 1<<20))},
		{"backslashes", []byte(strings.Repeat(`\`, 1<<20))},
		{"escapes", []byte(strings.Repeat(`\u0041b`, 1<<18))},
		{"references", []byte(strings.Repeat(`&amp;x`, 1<<18))},
		{"ampersands", []byte(strings.Repeat(`&`, 1<<20))},
		{"zeros", make([]byte, 1<<20)},
		{"wide", []byte(strings.Repeat("a\x00", 1<<19))},
		{"short runs", []byte(strings.Repeat("QUFBQUFBQUFBQUFB ", 1<<16))},
		{"gzip heads", []byte(strings.Repeat("H4sIAAAAAAAAAAAAAAAAAAAAAAAAAAAA ", 1<<15))},
	} {
		for _, d := range all() {
			b.Run(text.name+"/"+d.Name, func(b *testing.B) {
				b.SetBytes(int64(len(text.data)))
				b.ReportAllocs()
				for b.Loop() {
					budget := Budget{Left: plenty}
					d.Decode(text.data, &budget, func(Text) {})
				}
			})
		}
	}
}
