package gitpack

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// samples are contents that compressors treat in different ways.
func samples(rng *rand.Rand) [][]byte {
	random := make([]byte, 5000)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	var words, skewed strings.Builder
	for range 9000 {
		words.WriteString([]string{"alpha ", "beta ", "gamma\n", "delta.", "epsilon-and-more "}[rng.IntN(5)])
		skewed.WriteByte("eeeeeeeeeeeeeeettttttttaaaaooinshrdlucmfwypvbgkqjxz0123456789"[rng.IntN(61)])
	}
	runs := bytes.Repeat([]byte("abcabcabcabcabcx"), 900)
	all := [][]byte{
		nil, {0}, []byte("a"), []byte("hello, hello, hello"), bytes.Repeat([]byte{7}, 100000),
		random, random[:20], runs, []byte(words.String()), []byte(skewed.String()), []byte(words.String()[:700]),
	}
	for range 30 {
		var mixed []byte
		for range 1 + rng.IntN(6) {
			part := all[rng.IntN(11)]
			mixed = append(mixed, part[:rng.IntN(len(part)+1)]...)
		}
		all = append(all, mixed)
	}
	return all
}

func deflated(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zlib.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	w.Close()
	return out.Bytes()
}

// TestInflateGivesWhatWasDeflated inflates with and without room behind the
// result and behind the input, and to sizes that are wrong.
func TestInflateGivesWhatWasDeflated(t *testing.T) {
	rng := newRand(1)
	var z inflater
	for _, data := range samples(rng) {
		for _, level := range []int{zlib.NoCompression, zlib.BestSpeed, zlib.DefaultCompression, zlib.BestCompression, zlib.HuffmanOnly} {
			packed := deflated(t, data, level)
			for _, room := range []int{0, 1, overshoot, 5000} {
				for _, behind := range []int{0, 3, 100} {
					dst := make([]byte, len(data), len(data)+room)
					src := append(bytes.Clone(packed), random(rng, behind)...)
					used, err := z.whole(dst, src)
					if err != nil || used != len(packed) || !bytes.Equal(dst, data) {
						t.Fatalf("%d bytes at level %d, room %d, behind %d: used %d of %d, %v", len(data), level, room, behind, used, len(packed), err)
					}
				}
			}
			if _, err := z.whole(make([]byte, len(data)+1), packed); err == nil {
				t.Errorf("%d bytes at level %d: taken for one more", len(data), level)
			}
			if len(data) > 0 {
				if _, err := z.whole(make([]byte, len(data)-1, len(data)+overshoot), packed); err == nil {
					t.Errorf("%d bytes at level %d: taken for one less", len(data), level)
				}
				if _, err := z.whole(make([]byte, len(data)), packed[:len(packed)-1]); err == nil {
					t.Errorf("%d bytes at level %d: taken though cut off", len(data), level)
				}
				n := rng.IntN(len(data) + 1)
				dst := make([]byte, n, n+rng.IntN(2*overshoot))
				if err := z.prefix(dst, packed); err != nil || !bytes.Equal(dst, data[:n]) {
					t.Errorf("prefix %d of %d bytes at level %d: %v", n, len(data), level, err)
				}
			}
		}
	}
}

func random(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// compareInflate holds the decoder against the standard library's.
func compareInflate(t *testing.T, data []byte, room int) {
	t.Helper()
	source := bytes.NewReader(data)
	want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(source), 1<<20))
	if len(want) == 1<<20 {
		return
	}
	var d decoder
	dst := make([]byte, len(want)+room)
	used, err := d.inflate(dst, len(want), data, false)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("got %v, want %v", err, wantErr)
	}
	if wantErr != nil {
		return
	}
	if !bytes.Equal(dst[:len(want)], want) {
		t.Fatal("result differs")
	}
	if wantUsed := len(data) - source.Len(); used != wantUsed {
		t.Fatalf("used %d bytes, want %d", used, wantUsed)
	}
	if len(want) > 0 {
		n := len(want) / 2
		if _, err := d.inflate(dst, n, data, true); err != nil || !bytes.Equal(dst[:n], want[:n]) {
			t.Fatalf("prefix of %d: %v", n, err)
		}
	}
}

func FuzzInflate(f *testing.F) {
	rng := newRand(2)
	for _, data := range samples(rng) {
		for _, level := range []int{0, 1, 9, -2} {
			packed := deflated(f, data[:min(len(data), 3000)], level)
			f.Add(packed[2:], uint16(overshoot))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, room uint16) { compareInflate(t, data, int(room)%1000) })
}

// TestInflateRefusesWhatTheLibraryRefuses changes deflate data at random.
func TestInflateRefusesWhatTheLibraryRefuses(t *testing.T) {
	rng := newRand(3)
	for _, data := range samples(rng) {
		packed := deflated(t, data[:min(len(data), 2000)], rng.IntN(12)-2)
		for range 300 {
			changed := bytes.Clone(packed[2:])
			for range 1 + rng.IntN(3) {
				changed[rng.IntN(min(len(changed), 100))] ^= 1 << rng.IntN(8)
			}
			compareInflate(t, changed[:len(changed)-rng.IntN(2)*rng.IntN(len(changed))], rng.IntN(2)*overshoot)
		}
	}
}
