package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
)

func BenchmarkWalk(b *testing.B) {
	text := make([]byte, 0, 8<<20)
	for i := 0; len(text) < cap(text)-64; i++ {
		text = fmt.Appendf(text, "key_%d = %x # a line of text\n", i, i*i*7919)
	}
	many := map[string]string{}
	for i := range 1000 {
		many[fmt.Sprintf("dir/%03d.txt", i)] = string(text[i*4000 : i*4000+4000])
	}
	data := streams(b, text)
	data["zip of many"] = zipOf(b, many, zip.Deflate)
	data["tar of many"] = tarOf(b, many)
	for name, packed := range data {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := &reading{buf: make([]byte, 1<<20)}
				_ = Walk(context.Background(), bytes.NewReader(packed), standard, w)
				b.SetBytes(w.n)
			}
		})
	}
}

// reading reads all there is as a source would, into one buffer.
type reading struct {
	buf []byte
	n   int64
}

func (d *reading) Member(_ Member, r io.Reader) error {
	for {
		n, err := io.ReadFull(r, d.buf)
		d.n += int64(n)
		if err != nil {
			return nil
		}
	}
}

func (d *reading) Problem(Problem) error { return nil }
