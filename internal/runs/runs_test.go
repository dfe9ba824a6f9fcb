package runs

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func word(c byte) bool { return 'a' <= c && c <= 'z' || c == '0' || c == '_' || c == 0x7f }

// naive is the obvious way.
func naive(in func(byte) bool, data []byte, from, n int) (start, end int, ok bool) {
	for start = from; start < len(data); start = end + 1 {
		for end = start; end < len(data) && in(data[end]); end++ {
		}
		if end-start >= n {
			return start, end, true
		}
	}
	return 0, 0, false
}

func TestNextFindsWhatTheSlowWayFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	k := Of(word)
	for round := range 20000 {
		data := make([]byte, random.IntN(300))
		gaps := 2 + random.IntN(60)
		for i := range data {
			data[i] = "abcxyz0_\x7f"[random.IntN(9)]
			if random.IntN(gaps) == 0 {
				data[i] = byte(random.Uint32())
			}
		}
		n := 1 + random.IntN(50)
		for from := random.IntN(len(data) + 1); ; {
			start, end, ok := k.Next(data, from, n)
			wantStart, wantEnd, want := naive(word, data, from, n)
			if start != wantStart || end != wantEnd || ok != want {
				t.Fatalf("round %d: %q from %d, %d: got %d, %d, %v; want %d, %d, %v", round, data, from, n, start, end, ok, wantStart, wantEnd, want)
			}
			if at, ok := k.skip(data, from, n); at != wantStart || ok != want {
				t.Fatalf("round %d: %q from %d, %d: skip gives %d, %v; want %d, %v", round, data, from, n, at, ok, wantStart, want)
			}
			if from = end; !ok {
				break
			}
		}
	}
}

func TestClassHoldsEachByte(t *testing.T) {
	for c := range 256 {
		k := Of(func(b byte) bool { return int(b) == c })
		for d := range 256 {
			data := []byte(strings.Repeat(string([]byte{byte(d)}), 100))
			_, _, ok := k.Next(data, 0, 32)
			if want := c == d && c < 0x80; ok != want || k.Has(byte(d)) != want {
				t.Fatalf("class of %#x alone: %#x is in it: %v, %v", c, d, ok, k.Has(byte(d)))
			}
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add([]byte("abcdefghijklmnopqrstuvwxyz-"), 3, 8)
	k := Of(word)
	f.Fuzz(func(t *testing.T, data []byte, from, n int) {
		from, n = max(0, min(from, len(data))), max(1, min(n, 100))
		start, end, ok := k.Next(data, from, n)
		wantStart, wantEnd, want := naive(word, data, from, n)
		if start != wantStart || end != wantEnd || ok != want {
			t.Errorf("got %d, %d, %v; want %d, %d, %v", start, end, ok, wantStart, wantEnd, want)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	data := []byte(strings.Repeat("func (s *Scanner) Next(data []byte) (start, end int, ok bool) {\n", 1<<10))
	k := Of(word)
	for _, n := range []int{8, 16, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				_, _, _ = k.Next(data, 0, n)
			}
		})
		b.Run(fmt.Sprint(n, " portable"), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				_, _ = k.skip(data, 0, n)
			}
		})
	}
}
