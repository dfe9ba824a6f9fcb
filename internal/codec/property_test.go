package codec

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func draw(rng *rand.Rand, n int, from string) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = from[rng.IntN(len(from))]
	}
	return string(out)
}

// An encoding is one way to write text, and where bytes of it stand.
type encoding struct {
	name    string
	decoder Decoder
	encode  func(rng *rand.Rand, s string) string
	// place returns where in the encoded text bytes start to end of the text
	// stand, rounded outward. The text is n bytes long.
	place func(encoded string, start, end, n int) (int, int)
	// slack is how much further out a place may be told.
	slack int
}

// quads is the place of bytes in base64. What is left over for the last group is
// a piece of its own, with its padding; it has chars characters.
func quads(start, end, n, chars int) (int, int) {
	tail := n / 3 * 3
	place := func(at, up int) int {
		if left := n - tail; at > tail {
			return tail/3*4 + ((at-tail)*chars+up*(left-1))/left
		}
		return (at*4 + up*2) / 3
	}
	return place(start, 0), place(end, 1)
}

func encodings() []encoding {
	each := func(unit int) func(string, int, int, int) (int, int) {
		return func(_ string, start, end, _ int) (int, int) { return start * unit, end * unit }
	}
	wrapped := func(width int, seam string) encoding {
		return encoding{
			fmt.Sprintf("base64 wrapped %d %q", width, seam), Base64(),
			func(_ *rand.Rand, s string) string { return wrap(b64(s), width, seam) },
			func(encoded string, start, end, n int) (int, int) {
				from, to := quads(start, end, n, 4)
				// A place behind a seam is that much further.
				return from + from/width*len(seam), to + (to-1)/width*len(seam)
			},
			// A group that a seam divides is told as a whole.
			min(width%4, 1) * (3 + len(seam)),
		}
	}
	return []encoding{
		{"base64", Base64(), func(_ *rand.Rand, s string) string { return b64(s) },
			func(_ string, start, end, n int) (int, int) { return quads(start, end, n, 4) }, 0},
		{"base64 raw", Base64(), func(_ *rand.Rand, s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
			func(e string, start, end, n int) (int, int) {
				return quads(start, end, n, len(e)-n/3*4)
			}, 0},
		wrapped(64, "\n"), wrapped(76, "\r\n    "), wrapped(60, "\" +\n  \""), wrapped(64, `\n`), wrapped(48, "\\\n"), wrapped(64, "\\n\" +\n\t\""), wrapped(70, "\\n'\n'"),
		{"hex", Hex(), func(_ *rand.Rand, s string) string { return hex.EncodeToString([]byte(s)) }, each(2), 0},
		{"percent", Percent(), func(_ *rand.Rand, s string) string {
			var b strings.Builder
			for i := range len(s) {
				fmt.Fprintf(&b, "%%%02X", s[i])
			}
			return b.String()
		}, each(3), 0},
		{"unicode", Unicode(), func(_ *rand.Rand, s string) string {
			var b strings.Builder
			for i := range len(s) {
				fmt.Fprintf(&b, `\u%04x`, s[i])
			}
			return b.String()
		}, each(6), 0},
		{"bytes", Unicode(), func(_ *rand.Rand, s string) string {
			var b strings.Builder
			for i := range len(s) {
				fmt.Fprintf(&b, `\x%02x`, s[i])
			}
			return b.String()
		}, each(4), 0},
		{"html", HTML(), func(_ *rand.Rand, s string) string {
			var b strings.Builder
			for i := range len(s) {
				fmt.Fprintf(&b, `&#%03d;`, s[i])
			}
			return b.String()
		}, each(6), 0},
		{"wide", Wide(), func(_ *rand.Rand, s string) string { return wideString(s) }, each(2), 0},
	}
}

// TestPlacesMapBack hides a secret in text, encodes that, puts it between other
// text, and asks where the secret stands.
func TestPlacesMapBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, enc := range encodings() {
		for range 300 {
			secret := "S3cr3t_" + draw(rng, 20+rng.IntN(30), letters)
			before, after := draw(rng, rng.IntN(120), letters+"  ,:"), draw(rng, rng.IntN(120), letters+"  ,:")
			if rng.IntN(20) == 0 {
				before += strings.Repeat(long+"\n", 40)
			}
			inner := before + " " + secret + " " + after
			encoded := enc.encode(rng, inner)
			lead := draw(rng, rng.IntN(400), letters[:26]+" \n") + "\n" + `x = "`
			src := lead + encoded + `"` + "\n" + draw(rng, rng.IntN(400), letters[:26]+" \n")
			regions, b := decode(enc.decoder, []byte(src), plenty)
			check(t, []byte(src), regions)
			found := false
			for _, r := range regions {
				i := bytes.Index(r.Data, []byte(secret))
				if i < 0 {
					continue
				}
				found = true
				start, end := r.Source(i, i+len(secret))
				from, to := enc.place(encoded, len(before)+1, len(before)+1+len(secret), len(inner))
				from, to = from+len(lead), to+len(lead)
				if start > from || start < from-enc.slack || end < to || end > to+enc.slack {
					t.Fatalf("%s: the secret in %q is at %d-%d, which is %q, want %d-%d, %q", enc.name, src, start, end, src[start:end],
						from, to, src[from:to])
				}
				if !r.Touches(i, i+len(secret)) {
					t.Errorf("%s: the secret is not touched by what was decoded", enc.name)
				}
				if j := bytes.Index(r.Data, []byte(`x = "`)); j >= 0 && r.Touches(j, j+5) {
					t.Errorf("%s: the context is said to be decoded", enc.name)
				}
			}
			if !found || b.Hit {
				t.Fatalf("%s: the secret of %q is not in %q", enc.name, src, show(regions))
			}
		}
	}
}

// TestDecodersAgreeWithTheLibrary compares whole texts that are full of escapes.
func TestDecodersAgreeWithTheLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		plain := draw(rng, 1+rng.IntN(200), letters+` <>&"'+=%/?é`)
		plain = strings.ToValidUTF8(plain, "ü")
		for _, test := range []struct {
			decoder Decoder
			src     string
		}{
			{Percent(), url.PathEscape(plain)},
			{HTML(), html.EscapeString(plain)},
		} {
			regions, _ := decode(test.decoder, []byte(test.src), plenty)
			check(t, []byte(test.src), regions)
			if test.src == plain {
				continue
			}
			if len(regions) != 1 || string(regions[0].Data) != plain {
				t.Fatalf("%s of %q: got %q, want %q", test.decoder.Name, test.src, show(regions), plain)
			}
		}
	}
}

// TestRegionsKeepTheirContext: at most 256 bytes to each side, in one line.
func TestRegionsKeepTheirContext(t *testing.T) {
	far := strings.Repeat("x", 300)
	src := "line before\n" + far + " %41 near " + far + far + far + "%42\nline after %43\n" + far + far + "\n"
	regions, _ := decode(Percent(), []byte(src), plenty)
	want := []string{
		far[:255] + " A near " + far[:250], far[:256] + "B\nline after C",
	}
	if got := show(regions); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLongRegionsComeInPartsThatShareText(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	plain := draw(rng, 5<<20, letters+" ")
	for _, test := range []struct {
		decoder Decoder
		src     string
	}{
		{Base64(), b64(plain)},
		{Base64(), wrap(b64(plain), 76, "\n")},
		{Base64(), b64(zip(plain))},
		{Hex(), hex.EncodeToString([]byte(plain))},
		{Percent(), strings.ReplaceAll(url.PathEscape(plain), "a", "%61")},
		{HTML(), strings.NewReplacer("a", "&#97;", "e", "&#x65;", "i", "&#105;", " ", "&nbsp;").Replace(plain)},
		{Wide(), wideString(plain)},
	} {
		regions, b := decode(test.decoder, []byte(test.src), plenty)
		check(t, []byte(test.src), regions)
		if len(regions) < 4 || b.Hit {
			t.Errorf("%s: got %d regions, %+v", test.decoder.Name, len(regions), b)
		}
		at, total := 0, 0
		for i, r := range regions {
			total += len(r.Data)
			if len(r.Data) > partLen+2*blockLen || len(r.Pieces) > partPieces+1 {
				t.Errorf("%s: a part of %d bytes and %d pieces", test.decoder.Name, len(r.Data), len(r.Pieces))
			}
			// Where this part begins in the whole.
			from := strings.Index(plain[max(at-3*sharedLen, 0):], string(r.Data[:200])) + max(at-3*sharedLen, 0)
			if plain[from:from+len(r.Data)] != string(r.Data) {
				t.Fatalf("%s: part %d is not what stands at %d", test.decoder.Name, i, from)
			}
			if i > 0 && at-from < sharedLen/2 {
				t.Errorf("%s: parts share %d bytes", test.decoder.Name, at-from)
			}
			at = from + len(r.Data)
		}
		if at != len(plain) || int64(total) != plenty-b.Left {
			t.Errorf("%s: got %d of %d bytes; %d emitted, %d paid", test.decoder.Name, at, len(plain), total, plenty-b.Left)
		}
	}
}

func TestBudgetIsObeyed(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	text := draw(rng, 3000, letters+" ")
	for _, test := range []struct {
		decoder Decoder
		src     string
	}{
		{Base64(), "x " + b64(text) + " y\n" + b64(text)},
		{Base64(), "x " + b64(zip(strings.Repeat(text, 100))) + " y"},
		{Hex(), "x " + hex.EncodeToString([]byte(text)) + " y"},
		{Percent(), url.PathEscape(text)},
		{Unicode(), strings.Repeat(`some \u0041 text `, 100)},
		{HTML(), strings.Repeat("a&amp;b\n\n", 100)},
		{Wide(), wideString(text)},
	} {
		whole, b := decode(test.decoder, []byte(test.src), plenty)
		need := int64(plenty) - b.Left
		if b.Hit || len(whole) == 0 {
			t.Fatalf("%s: got %d regions, %+v", test.decoder.Name, len(whole), b)
		}
		for _, left := range []int64{0, 1, 10, 100, 1000, need / 2, need - 1, need, need + 1} {
			regions, b := decode(test.decoder, []byte(test.src), left)
			check(t, []byte(test.src), regions)
			total := int64(0)
			for _, r := range regions {
				total += int64(len(r.Data))
			}
			if total > left || b.Left != left-total || b.Left < 0 || left >= need && b.Hit {
				t.Errorf("%s with %d of %d: got %d bytes, %+v", test.decoder.Name, left, need, total, b)
			}
			if left < need-2*contextLen && !b.Hit {
				t.Errorf("%s with %d of %d: the budget is not said to be hit", test.decoder.Name, left, need)
			}
		}
	}
}

func TestNothingFoundAllocatesNothing(t *testing.T) {
	src := []byte(strings.Repeat("func (s *Server) handleRequest(ctx context.Context, r *http.Request) error { return nil } // 100% && &x \\d\n", 100))
	var b Budget
	for _, d := range all() {
		if n := testing.AllocsPerRun(10, func() { d.Decode(src, &b, func(Text) {}) }); n > 0 {
			t.Errorf("%s: %v allocations", d.Name, n)
		}
	}
}

// TestHostileTextIsNoTrap runs each decoder on a megabyte of what is worst for
// one of them. With quadratic time in one, it would not end within the time that
// go test allows.
func TestHostileTextIsNoTrap(t *testing.T) {
	for _, unit := range []string{
		"A", "%", "%41", "%4", `\`, `\u0041`, `\x`, "&", "&amp;", "&a", "&#", "\x00", "a\x00", "0x41, ", "0x", "0x41", "4", "QUFB", "QUFBQUFBQUFBQUFB ",
		strings.Repeat("QUFB", 16) + "\n", strings.Repeat("QUFB", 16) + "\" +\n\"", "H4sIAAAAAAAAAAAAAAAAAAAAAAAAAAAA ", "QUFBQUFBQUFBQUFB\xff", "=", "\"", " ", "\n",
		"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB" + strings.Repeat(" ", 255) + "\n", `\ud800`, "%c3", "eJyrVkrLz1eyUkpKLFKqBQAdegQ0" + "eJwAAAAAAAAA",
	} {
		src := []byte(strings.Repeat(unit, 1<<20/len(unit)))
		for _, d := range all() {
			b := Budget{Left: plenty}
			d.Decode(src, &b, func(Text) {})
			if b.Hit {
				t.Errorf("%s of many %q: %+v", d.Name, unit, b)
			}
		}
	}
}

func FuzzDecoders(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, enc := range encodings() {
		f.Add([]byte(`x = "`+enc.encode(rng, long)+"\"\n"), int64(1000))
	}
	f.Add([]byte("z: "+b64(zip(long))+b64(deflate(long))), int64(1000))
	f.Add([]byte(`\ud83d\ude00 &#x41; %e2%82%ac {0x41, (byte)0x42} :\/\/`), int64(10))
	f.Fuzz(func(t *testing.T, src []byte, left int64) {
		for _, d := range all() {
			original := bytes.Clone(src)
			for _, budget := range []int64{plenty, max(left%5000, 0)} {
				regions, b := decode(d, src, budget)
				if !bytes.Equal(src, original) {
					t.Fatalf("%s changed the source", d.Name)
				}
				check(t, src, regions)
				total := int64(0)
				for _, r := range regions {
					total += int64(len(r.Data))
				}
				if total > budget || b.Left != budget-total {
					t.Fatalf("%s: %d bytes of a budget of %d, %+v", d.Name, total, budget, b)
				}
			}
		}
	})
}
