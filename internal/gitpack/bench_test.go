package gitpack

import (
	"context"
	"testing"
)

// BenchmarkWalk compares a walk with what no reader can do without: inflating
// every entry once. Bytes are those of the packed entries' inflated data.
func BenchmarkWalk(b *testing.B) {
	r := newRepo(b, SHA1)
	r.history(1500, 91)
	r.git("repack", "-adfq", "--depth=50")
	s := r.open(Options{})
	total, err := s.InflateEntries(context.Background(), 1)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("inflate every entry", func(b *testing.B) {
		b.SetBytes(total)
		for b.Loop() {
			if _, err := s.InflateEntries(context.Background(), 1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("walk", func(b *testing.B) {
		b.SetBytes(total)
		b.ReportAllocs()
		var whole int64
		for b.Loop() {
			whole = 0
			err := s.Walk(context.Background(), WalkOptions{Workers: 1}, func(_ int, o Object) (any, error) {
				whole += int64(len(o.Data))
				return nil, nil
			}, func(o OID, err error) { b.Fatal(o, err) })
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(whole)*float64(b.N)/b.Elapsed().Seconds()/1e6, "objectMB/s")
	})
	b.Run("hash", func(b *testing.B) {
		h := newHasher(SHA1)
		data := make([]byte, 16<<10)
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			h.id(Blob, data)
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	rng := newRand(92)
	var z inflater
	for _, data := range samples(rng)[:11] {
		if len(data) < 100 {
			continue
		}
		packed := deflated(b, data, 6)
		dst := sized(nil, int64(len(data)))
		b.Run(string(data[:4]), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := z.whole(dst, packed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
