package codec

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// slowWide reads the run around every zero.
func slowWide(src []byte, b *Budget, emit func(Text)) {
	w := writer{src: src, b: b, emit: emit}
	defer w.finish()
	for at := 0; ; {
		zero := next(src, at, 0)
		if zero < 0 {
			return
		}
		start, end := wideRun(src, at, zero)
		if end-start >= 2*minWide && !w.wide(start, end, src[start] == 0) {
			return
		}
		at = max(end, zero+1)
	}
}

// slowHex looks for digits everywhere, and for arrays wherever there are none.
func slowHex(src []byte, b *Budget, emit func(Text)) {
	w := writer{src: src, b: b, emit: emit}
	defer w.finish()
	for at, ok := 0, true; ok; {
		start, end := at, at
		for ; start < len(src); start = end + 1 {
			for end = start; end < len(src) && hexDigits[src[end]] != 0; end++ {
			}
			if end-start >= hexRadix.min {
				break
			}
		}
		if start >= len(src) {
			w.arrays(at, len(src))
			return
		}
		if ok = w.arrays(at, start); ok {
			at, ok = hexRadix.one(&w, start, end)
		}
	}
}

// TestShortCutsFindWhatTheSlowWayFinds puts together what decoders look for,
// cut short and side by side.
func TestShortCutsFindWhatTheSlowWayFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, test := range []struct {
		name       string
		fast, slow func([]byte, *Budget, func(Text))
		parts      []string
	}{
		{"wide", decodeWide, slowWide, []string{
			"a\x00", "\x00a", "\x00", "a", "\x01\x00", "\x00\x01", "\x00\x00\x00\x00\x00\x00\x00\x00\x00", "plain text", "é",
			widen("sixteen chars or"), "\x00" + widen("eight ch"), widen("seven c"), "\n", "\xff",
		}},
		{"hex", decodeHex, slowHex, []string{
			"0x41, 0x42, 0x43", ", ", ",\n\t", "0x4", " ", "0x123", "(byte)0x41, (byte) 0x42", ", 0X43", "41424344", "0", "x", ",", "(char)",
			strings.Repeat("41", 16), strings.Repeat("4a", 20) + "\n", "z", "\"", "0x70 0x61 0x73 0x73 0x77 0x6f 0x72 0x64",
			"0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8", "0x41,0x42,0x43,0x44,0x45,0x46,0x47,0x48",
		}},
	} {
		for range 30000 {
			var src []byte
			for range rng.IntN(40) {
				p := test.parts[rng.IntN(len(test.parts))]
				if rng.IntN(6) == 0 {
					p = p[:rng.IntN(len(p)+1)]
				}
				src = append(src, p...)
			}
			budget := int64(rng.IntN(3)) * 100
			if budget == 0 {
				budget = plenty
			}
			told := func(decode func([]byte, *Budget, func(Text))) string {
				var all bytes.Buffer
				b := Budget{Left: budget}
				decode(src, &b, func(t Text) { fmt.Fprintf(&all, "%q %v\n", t.Data, t.Pieces) })
				fmt.Fprint(&all, b)
				return all.String()
			}
			if got, want := told(test.fast), told(test.slow); got != want {
				t.Fatalf("%s: %q:\ngot %s\nwant %s", test.name, src, got, want)
			}
		}
	}
}

func widen(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		b.WriteByte(0)
	}
	return b.String()
}
