package codec

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// encodeUTF writes s and returns where each of its bytes stands.
func encodeUTF(s, enc string, marked bool) (out []byte, at []int) {
	var order binary.AppendByteOrder = binary.LittleEndian
	if strings.HasSuffix(enc, "be") {
		order = binary.BigEndian
	}
	add := func(r rune) {
		if strings.Contains(enc, "32") {
			out = order.AppendUint32(out, uint32(r))
			return
		}
		for _, u := range utf16.Encode([]rune{r}) {
			out = order.AppendUint16(out, u)
		}
	}
	if marked {
		add('\ufeff')
	}
	for _, r := range s {
		for range utf8.RuneLen(r) {
			at = append(at, len(out))
		}
		add(r)
	}
	return out, append(at, len(out))
}

var utfs = []string{"utf-16le", "utf-16be", "utf-32le", "utf-32be"}

func TestUTFIsRecognisedAndMapsBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, enc := range utfs {
		for _, marked := range []bool{true, false} {
			for i := range 100 {
				alphabet := []rune(letters + " \r\n=:\"é" + "ü€😀")
				if i%2 == 0 {
					alphabet = alphabet[:len(alphabet)-4]
				}
				if i%5 == 0 && marked {
					alphabet = []rune("жшцчбвгд漢字仮名交じり文\n")
				}
				var b strings.Builder
				for range 20 + rng.IntN(3000) {
					b.WriteRune(alphabet[rng.IntN(len(alphabet))])
				}
				s := b.String()
				data, at := encodeUTF(s, enc, marked)
				got, decoded, ok := UTF(data)
				if !ok || got != enc || string(decoded.Data) != s {
					t.Fatalf("%s, marked %v, of %q: got %q, %v", enc, marked, s, got, ok)
				}
				check(t, data, []Text{*decoded})
				for range 20 {
					start := rng.IntN(len(s))
					end := start + 1 + rng.IntN(len(s)-start)
					for start > 0 && !utf8.RuneStart(s[start]) {
						start--
					}
					for end < len(s) && !utf8.RuneStart(s[end]) {
						end++
					}
					if from, to := decoded.Source(start, end); from != at[start] || to != at[end] {
						t.Fatalf("%s: %q is at %d-%d, want %d-%d", enc, s[start:end], from, to, at[start], at[end])
					}
				}
			}
		}
	}
}

func TestUTFPassesByWhatIsNot(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	random := make([]byte, 5000)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	numbers := make([]byte, 0, 4000)
	for range 1000 {
		numbers = binary.LittleEndian.AppendUint32(numbers, uint32(rng.IntN(1<<16)))
	}
	for name, data := range map[string][]byte{
		"nothing": nil, "one byte": {0}, "text": source()[:min(len(source()), 10000)], "random": random, "zeros": make([]byte, 5000),
		"numbers": numbers, "a mark alone": []byte("\xff\xfe"), "mark and random": append([]byte("\xff\xfe"), random...),
		"latin-1": []byte("\xfe\xff\xfe\xff gr\xfc\xdfe"), "some zeros": []byte(strings.Repeat("abc\x00", 100)),
	} {
		if enc, _, ok := UTF(data); ok {
			t.Errorf("%s is said to be %s", name, enc)
		}
	}
}

// TestUTFTakesBoundedMemory: the worst text changes its shape with each
// character.
func TestUTFTakesBoundedMemory(t *testing.T) {
	s := strings.Repeat("aé", 1<<18)
	data, at := encodeUTF(s, "utf-16le", true)
	_, decoded, ok := UTF(data)
	if !ok || string(decoded.Data) != s {
		t.Fatal("not recognised")
	}
	check(t, data, []Text{*decoded})
	if n := len(decoded.Pieces); n > fine+len(data)/64+1 {
		t.Errorf("got %d pieces", n)
	}
	for start := 0; start+30 < len(s); start += 3 * 4099 {
		from, to := decoded.Source(start, start+30)
		if from > at[start] || to < at[start+30] || to-from > at[start+30]-at[start]+128 {
			t.Fatalf("got %d-%d, want about %d-%d", from, to, at[start], at[start+30])
		}
	}
}

func FuzzUTF(f *testing.F) {
	for _, enc := range utfs {
		data, _ := encodeUTF("some text, größer 😀", enc, true)
		f.Add(data)
		f.Add(data[4:])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, decoded, ok := UTF(data)
		if !ok {
			return
		}
		check(t, data, []Text{*decoded})
		if !utf8.Valid(decoded.Data) || bytes.Contains(decoded.Data, []byte("\ufeff\ufeff\ufeff\ufeff\ufeff\ufeff\ufeff\ufeff\ufeff")) {
			t.Errorf("got %q", decoded.Data)
		}
	})
}
