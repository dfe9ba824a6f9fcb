package codec

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
)

func all() []Decoder { return []Decoder{Base64(), Hex(), Percent(), Unicode(), HTML(), Wide()} }

// decode returns copies of the regions, for what emit gets is lent.
func decode(d Decoder, src []byte, budget int64) ([]Text, Budget) {
	var out []Text
	b := Budget{Left: budget}
	d.Decode(src, &b, func(t Text) {
		out = append(out, Text{bytes.Clone(t.Data), append([]Piece(nil), t.Pieces...)})
	})
	return out, b
}

// show returns the data of regions.
func show(regions []Text) []string {
	var all []string
	for _, r := range regions {
		all = append(all, string(r.Data))
	}
	return all
}

const plenty = 1 << 40

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func wideString(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

func zip(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

func deflate(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

func each(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func wrap(s string, width int, seam string) string {
	var lines []string
	for len(s) > width {
		lines = append(lines, s[:width])
		s = s[width:]
	}
	return strings.Join(append(lines, s), seam)
}

const long = "the quick brown fox jumps over the lazy dog, and then the dog jumps over the quick brown fox and falls asleep"

func TestDecodersSeeText(t *testing.T) {
	url := base64.RawURLEncoding.EncodeToString([]byte("is it? yes it is?>>???~~~"))
	for _, test := range []struct {
		decoder   Decoder
		src, want string
	}{
		{Base64(), "password: " + b64("correct horse battery") + "\nnext", "password: correct horse battery"},
		{Base64(), `{"auth":"` + b64("user:hunter2hunter2") + `"}`, `{"auth":"user:hunter2hunter2"}`},
		{Base64(), "x = " + strings.TrimRight(b64("no padding here"), "="), "x = no padding here"},
		{Base64(), "x=" + url + "&y", "x=is it? yes it is?>>???~~~&y"},
		{Base64(), "a\n" + wrap(b64(long), 64, "\n") + "\nb", long},
		{Base64(), "a: |\n  " + wrap(b64(long), 60, "\r\n  ") + "\r\nb", "  " + long},
		{Base64(), `"` + wrap(b64(long), 76, "\" +\n\t\"") + `";`, `"` + long + `";`},
		{Base64(), `"` + wrap(b64(long), 76, "\"\n\t. \"") + `";`, `"` + long + `";`},
		{Base64(), `"` + wrap(b64(long), 20, "\" + \"") + `";`, `"` + long + `";`},
		{Base64(), "X=" + wrap(b64(long), 76, "\\\n") + "\n", "X=" + long},
		{Base64(), `{"key":"` + wrap(b64(long), 64, `\n`) + `\n"}`, `{"key":"` + long + `\n"}`},
		{Base64(), `"begin\n` + b64("starts behind an escape") + `"`, `"begin\nstarts behind an escape"`},
		{Base64(), "# " + wrap(b64(long), 64, "\n# ") + "\n", "# " + long},
		{Base64(), "path/to/" + b64("behind a path of it"), "path/to/behind a path of it"},
		{Base64(), "z: " + b64(zip("inflate me, please")) + " end", "z: inflate me, please end"},
		{Base64(), "z: " + b64(deflate("inflate me, please, again")) + " end", "z: inflate me, please, again end"},
		{Base64(), "z: " + wrap(b64(zip(strings.Repeat(long, 3)+b64(long))), 76, "\n   ") + "\n", strings.Repeat(long, 3) + b64(long)},
		{Base64(), "powershell -e " + b64(wideString("Get-Secret 1")), wideString("Get-Secret 1")},
		{Base64(), b64("grüße aus dem süden, überall schöne äpfel"), "grüße aus dem süden, überall schöne äpfel"},
		{Hex(), "key=" + hex.EncodeToString([]byte("sixteen or more")) + "21;", "key=sixteen or more!;"},
		{Hex(), "key=" + strings.ToUpper(hex.EncodeToString([]byte("sixteen or more!"))), "key=sixteen or more!"},
		{Hex(), wrap(hex.EncodeToString([]byte(long)), 64, "\n"), long},
		{Hex(), "char s[] = {" + each("secret in bytes", "0x%02x, ") + "0};", "char s[] = {secret in bytes, 0};"},
		{Hex(), "{(byte)0x53, (byte) 0x65,\n\t(byte)0x63, (byte)0x72, 0x65, 0X74,0x20,0x69,0x6e}", "Secret in}"},
		{Percent(), "x=a%3Db%26c", "x=a=b&c"},
		{Percent(), "x=" + each("secret", "%%%02x") + "&", "x=secret&"},
		{Percent(), "caf%C3%A9 %e2%82%ac %ff %00 %zz %", "café € %ff %00 %zz %"},
		{Unicode(), `"pass\u003dword"`, `"pass=word"`},
		{Unicode(), `"pass\\u003dword"`, `"pass=word"`},
		{Unicode(), `"a\nq7Rk2mXvW9zLp3Tn5Yb8\n"`, "\"a\nq7Rk2mXvW9zLp3Tn5Yb8\\n\""},
		{Unicode(), `"a\\tq7Rk2mXvW9zLp3Tn5Yb8"`, "\"a\tq7Rk2mXvW9zLp3Tn5Yb8\""},
		{Unicode(), `'\u{3d}\U0000003d\x3d\075'`, `'===='`},
		{Unicode(), `"\ud83d\ude00 \uD83D x \u00e9"`, `"😀 \uD83D x é"`},
		{Unicode(), `"https:\/\/user:pw@host\/x"`, `"https://user:pw@host/x"`},
		{HTML(), `a &lt;b&gt; &#61;&#x3D;&#X3d; &unknown; & &; &#;`, `a <b> === &unknown; & &; &#;`},
		{HTML(), `token&equals;&quot;x&quot;`, `token="x"`},
		{Wide(), "\x01\x02" + wideString("some wide text") + "\x00\x00", "some wide text"},
		{Wide(), "\x01\x00s\x00o\x00m\x00e\x00 \x00w\x00i\x00d\x00e\x01", "some wide"},
	} {
		got, b := decode(test.decoder, []byte(test.src), plenty)
		found := false
		for _, region := range got {
			found = found || strings.Contains(string(region.Data), test.want)
		}
		if !found || b.Hit {
			t.Errorf("%s of %q: got %q, want %q (budget %+v)", test.decoder.Name, test.src, show(got), test.want, b)
		}
		check(t, []byte(test.src), got)
	}
}

func TestDecodersPassByWhatIsNoText(t *testing.T) {
	random := make([]byte, 4096)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	for _, src := range []string{
		"commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
		"internalServerErrorHandlerFactory(applicationContext)",
		"github.com/some-organisation/some_repository/internal/package",
		"sha512-" + base64.StdEncoding.EncodeToString(random[:64]) + "==",
		"data:image/png;base64," + base64.StdEncoding.EncodeToString(random),
		wrap(base64.StdEncoding.EncodeToString(random), 76, "\n"),
		hex.EncodeToString(random),
		"printf(\"100%% %d %5.2f %-10s %x\")",
		`C:\Users\me \d+\s*\w{3,} \n \t \" \\ \/ `,
		"a && b &x &foo; &;",
		"zero \x00\x00\x00\x00 zero",
		`\xff\xfe\u\u12\u{}\u{1234567}\ud800\x4\48\779\`,
		"0x12345678, 0x9abcdef0",
		each(string(random), "0x%02x, "),
		"0x41, 0x42, 0x43",
	} {
		for _, d := range all() {
			if got, _ := decode(d, []byte(src), plenty); len(got) > 0 {
				t.Errorf("%s of %q: got %q, want nothing", d.Name, src, show(got))
			}
		}
	}
}

// check holds what a decoder promises of the regions of one source.
func check(t testing.TB, src []byte, regions []Text) {
	t.Helper()
	end, part := 0, false // where the region before ends, and whether it goes on
	for _, r := range regions {
		at := 0
		src0 := -1
		for _, p := range r.Pieces {
			if p.Dec != at || p.DecLen < 0 || p.SrcLen < 0 || p.Src < 0 || p.Src+p.SrcLen > len(src) {
				t.Fatalf("piece %+v at %d of %d does not fit", p, at, len(src))
			}
			if p.Src < src0 {
				t.Fatalf("piece %+v goes back behind %d", p, src0)
			}
			if !p.Whole {
				src0 = p.Src + p.SrcLen
			} else {
				src0 = p.Src
			}
			if !p.Encoded && !bytes.Equal(src[p.Src:p.Src+p.SrcLen], r.Data[p.Dec:p.Dec+p.DecLen]) {
				t.Fatalf("context %+v is not what the source has", p)
			}
			at += p.DecLen
		}
		if at != len(r.Data) || at == 0 {
			t.Fatalf("pieces cover %d of %d bytes", at, len(r.Data))
		}
		last := 0
		for i := 0; i < len(r.Data); i += 1 + len(r.Data)/512 {
			s, e := r.Source(i, i+1)
			if s > e || s < last || e > len(src) {
				t.Fatalf("source of %d is %d-%d after %d", i, s, e, last)
			}
			last = s
		}
		if !r.Touches(0, len(r.Data)) {
			t.Fatalf("a region without encoded text: %q", r.Data)
		}
		if s, _ := r.Source(0, 1); s < end && !part && !r.Pieces[0].Whole {
			t.Fatalf("a region at %d begins before %d", s, end)
		}
		part = len(r.Data) >= partLen || len(r.Pieces) >= partPieces
		_, end = r.Source(len(r.Data)-1, len(r.Data))
	}
}
