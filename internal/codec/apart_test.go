package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestApartTextsAreDecodedAlone cuts texts where they are said to be apart, and
// expects of both sides together what the whole text gives.
func TestApartTextsAreDecodedAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	cuts, encoded := 0, 0
	for range 400 {
		var src []byte
		for len(src) < 4000 {
			text := []byte(long[:20+random.IntN(len(long)-20)])
			piece := ""
			switch random.IntN(8) {
			case 0:
				piece = wrap(base64.StdEncoding.EncodeToString(text), []int{16, 32, 64, 76}[random.IntN(4)], []string{"\n", "\r\n\t", "\" +\n\"", "\\n\" +\n  \"", "\n# ", "\\\n"}[random.IntN(6)])
			case 1:
				piece = wrap(hex.EncodeToString(text), 32+random.IntN(40), "\n")
			case 2:
				piece = strings.ReplaceAll(each(string(text), "0x%02x, "), "0x61, ", "0x61,\n  ")
			case 3:
				piece = each(string(text[:5]), []string{"%%%02x", `\u%04x`, "&#%d;"}[random.IntN(3)])
			case 4:
				piece = base64.StdEncoding.EncodeToString([]byte(zip(long + fmt.Sprint(random.Uint64()))))
				piece = wrap(piece, 64, "\n")
			case 5:
				piece = wideString("wide text\nin lines\n")
			default:
				piece = strings.Repeat("Some quiet text of words.\n", random.IntN(40))
			}
			src = append(append(src, piece...), []string{"\n", "", "\n\n", " "}[random.IntN(4)]...)
		}
		for at := 1; at < len(src); at++ {
			if src[at-1] != '\n' || !Apart(src, at) {
				continue
			}
			for _, d := range all() {
				whole, _ := decode(d, src, plenty)
				left, _ := decode(d, src[:at], plenty)
				right, _ := decode(d, src[at:], plenty)
				if near(left, 0, at-Gap, 1<<30) || near(right, at, 0, at+Gap) || near(whole, 0, at-Gap, at+Gap) {
					continue
				}
				cuts++
				encoded += len(whole)
				if got, want := append(show(left), show(right)...), show(whole); strings.Join(got, "\x00") != strings.Join(want, "\x00") {
					t.Fatalf("%s: cut at %d of %q: got %q, want %q", d.Name, at, src, got, want)
				}
			}
			at += random.IntN(400)
		}
	}
	t.Logf("%d cuts, %d regions", cuts, encoded)
}

// near reports whether a region, moved by base, touches src[from:to].
func near(regions []Text, base, from, to int) bool {
	for _, r := range regions {
		start, _ := r.Source(0, 0)
		_, end := r.Source(len(r.Data)-1, len(r.Data))
		if base+end > from && base+start < to {
			return true
		}
	}
	return false
}

func TestOrdinaryLinesAreApart(t *testing.T) {
	text, apartLines, lines := source(), 0, 0
	for at := 1; at < len(text); at++ {
		if text[at-1] == '\n' {
			lines++
			if Apart(text, at) {
				apartLines++
			}
		}
	}
	if apartLines*100 < lines*95 {
		t.Errorf("of %d lines %d are apart", lines, apartLines)
	}
	if !bytes.Contains(text, []byte("package")) {
		t.Error("no source")
	}
}
