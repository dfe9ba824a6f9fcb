package detectors

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// A writer of random text that is made to be hard on deltas.
type author struct {
	*rand.Rand
	t        testing.TB
	examples []string // templates
	twofold  [][2]string
}

func newAuthor(t testing.TB, set *rules.Set, seed uint64) *author {
	a := &author{Rand: rand.New(rand.NewPCG(seed, 1)), t: t}
	for _, r := range set.Rules {
		a.examples = append(a.examples, r.Examples...)
		a.examples = append(a.examples, r.Counterexamples...)
		for _, need := range r.Required {
			if part := set.Rule(need.ID); len(part.Examples) > 0 && len(r.Examples) > 0 {
				a.twofold = append(a.twofold, [2]string{r.Examples[0], part.Examples[0]})
			}
		}
	}
	return a
}

func (a *author) pick(list ...string) string { return list[a.IntN(len(list))] }

func (a *author) example() string { return fill(a.t, a.pick(a.examples...), a.Uint64()) }

// code is a line of a program without secrets.
func (a *author) code() string {
	return a.pick(
		"", "", "}", "\t", "end", "    return nil", "\tif err := s.serve(listener); err != nil {", "import java.util.concurrent.atomic.AtomicInteger;",
		"  # a comment about tokens, keys and how the password is read", "password := os.Getenv(\"DB_PASSWORD\")", "token: ${{ secrets.TOKEN }}",
		"x = y + 1", "<p>Some text &amp; more of it</p>", "path/to/some/file/with-a-long-name.go:12", "https://example.com/a%20b?c=d&e=f", `"it's \"quoted\""`,
		"secret = '", "key: |", "\"token\":", "password:", "api_key = (", "credentials = {", "variable \"db_password\" {", "  default = \"q7Rk2mXvW9zLp3Tn5Yb8\"",
		"<key>password</key>", "  <string>q7Rk2mXvW9zLp3Tn</string>", "- name: API_TOKEN", "  value: q7Rk2mXvW9zLp3Tn5Yb8", "'q7Rk2mXvW9zLp3Tn5Yb8'", "  q7Rk2mXvW9zLp3Tn5Yb8",
		"setPassword(", "os.environ[\"SECRET_KEY\"] = base64(\"", "sha256: 4b825dc642cb6eb9a060e54bf8d69288fbee49044b825dc642cb6eb9a060e54b",
	)
}

func (a *author) encoded(s string) string {
	var b strings.Builder
	switch a.IntN(7) {
	case 0:
		text := base64.StdEncoding.EncodeToString([]byte(s))
		seam := a.pick("\n", "\n", "\r\n  ", "\" +\n\"", "\\n", "\n# ")
		width := a.pick("20", "32", "64", "76", "1000")
		n, _ := strconv.Atoi(width)
		for len(text) > n {
			b.WriteString(text[:n] + seam)
			text = text[n:]
		}
		b.WriteString(text)
	case 1:
		return "x: " + base64.RawURLEncoding.EncodeToString([]byte(s))
	case 2:
		return hex.EncodeToString([]byte(s))
	case 3:
		for i := range len(s) {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	case 4:
		for i := range len(s) {
			fmt.Fprintf(&b, `\u%04x`, s[i])
		}
	case 5:
		for i := range len(s) {
			fmt.Fprintf(&b, "&#%d;", s[i])
		}
	case 6:
		for i := range len(s) {
			fmt.Fprintf(&b, "0x%02x,%s", s[i], a.pick(" ", " ", "\n\t"))
		}
	}
	return b.String()
}

// piece is a line or a few of text.
func (a *author) piece() string {
	switch a.IntN(30) {
	case 0, 1:
		return a.example()
	case 2:
		return a.example() + a.pick(" # mudlark:allow", " // gitleaks:allow", " # mudlark:allow=generic-password why", " // secretlint-disable-line")
	case 3:
		return "# mudlark:allow-next-line\n" + a.example()
	case 4:
		return fill(a.t, a.pick("<pem RSA PRIVATE KEY>", "<pem EC PRIVATE KEY>", "<pem OPENSSH PRIVATE KEY>", "k = \"<pem-line RSA PRIVATE KEY>\""), a.Uint64())
	case 5:
		pair := a.twofold[a.IntN(len(a.twofold))]
		lines := []string{fill(a.t, pair[0], a.Uint64())}
		for range a.IntN(20) {
			lines = append(lines, a.code())
		}
		return strings.Join(append(lines, fill(a.t, pair[1], a.Uint64())), "\n")
	case 6:
		return a.encoded(a.example())
	case 7:
		return a.encoded(a.code() + a.example() + a.code())
	case 8:
		if a.IntN(4) == 0 {
			return strings.Repeat(a.code()+" "+a.example()+a.pick(",", "", ";"), 1+a.IntN(40))
		}
		return a.pick("// secretlint-disable", "// secretlint-enable", "/* secretlint-disable generic-password */", "mudlark:allow", "MUDLARK:ALLOW", "pragma: allowlist secret")
	case 9:
		noise := make([]byte, a.IntN(100))
		for i := range noise {
			noise[i] = byte(a.Uint32())
		}
		return string(noise)
	case 10:
		return "-----BEGIN " + a.pick("RSA ", "", "EC ") + "PRIVATE KEY-----"
	case 11:
		return "-----END " + a.pick("RSA ", "", "EC ") + "PRIVATE KEY-----"
	case 12:
		return strings.Repeat(a.pick(" ", "\t", "\n", "a", "=", "\"", "\\"), a.IntN(700))
	case 13:
		text := a.example()
		at := a.IntN(len(text) + 1)
		return text[:at] + a.pick("\n", " ", "\"", "") + text[at:]
	case 14:
		e := strings.Split(a.example(), "\n")
		return strings.Repeat(e[a.IntN(len(e))]+a.pick("\n", ",", " "), 1+a.IntN(8))
	case 15:
		return a.pick("password", "secret", "token", "api_key") + a.pick(":", " =", "=", "(", "[\"x\"] =") + strings.Repeat(a.pick("\n", " ", "\r\n"), a.IntN(4)) + a.pick("\"", "'", "", "(") + fill(a.t, "<alnum 24>", a.Uint64())
	}
	return a.code()
}

func (a *author) text(size int) []byte {
	var text []byte
	end := a.pick("\n", "\n", "\r\n")
	for len(text) < size {
		text = append(append(text, a.piece()...), end...)
	}
	if a.IntN(3) == 0 && len(text) > 0 {
		text = text[:len(text)-1]
	}
	return text
}

// A made chunk is one that was made from base.
type made struct {
	data   []byte
	copies []mudlark.Copy
}

func (m *made) copy(base []byte, from, to int) {
	if from < to {
		m.copies = append(m.copies, mudlark.Copy{To: len(m.data), From: from, Len: to - from})
		m.data = append(m.data, base[from:to]...)
	}
}

// edit changes base in a few places, as people do and as they do not.
func (a *author) edit(base []byte) (m made) {
	if a.IntN(25) == 0 {
		return a.jumble(base)
	}
	at := 0
	for range 1 + a.IntN(4)*a.IntN(2) {
		if at > len(base) {
			break
		}
		to := at + a.IntN(len(base)-at+1)
		switch a.IntN(12) {
		case 0:
			to = at
		case 1:
			to = len(base)
		}
		if a.IntN(2) == 0 { // at the end of a line
			for to < len(base) && base[to] != '\n' {
				to++
			}
		}
		m.copy(base, at, to)
		at = to
		switch a.IntN(8) {
		case 0: // insert
			m.data = append(m.data, a.piece()...)
		case 1:
			m.data = append(append(m.data, a.piece()...), '\n')
		case 2: // delete
			at = min(len(base), at+a.IntN(1+a.pickInt(3, 40, 400, 4000)))
		case 3: // replace
			at = min(len(base), at+a.IntN(1+a.pickInt(3, 40, 400)))
			m.data = append(m.data, a.piece()...)
		case 4: // copy from afar
			from := a.IntN(len(base) + 1)
			m.copy(base, from, min(len(base), from+a.IntN(1+a.pickInt(16, 200, 3000))))
		case 5: // one byte
			m.data = append(m.data, a.pick("\n", "x", " ", "\"", "=", ":", "A", "\\", ",")...)
		case 6: // move
			from, n := a.IntN(len(base)+1), a.IntN(1+a.pickInt(16, 200, 3000))
			if from >= at {
				m.copy(base, from, min(len(base), from+n))
			}
		case 7: // lines
			for range a.IntN(30) {
				m.data = append(append(m.data, a.code()...), '\n')
			}
		}
	}
	m.copy(base, at, len(base))
	if a.IntN(2) == 0 {
		m.cut(a)
	}
	return m
}

func (a *author) pickInt(list ...int) int { return list[a.IntN(len(list))] }

// cut divides copies, leaves a few of them out, and takes away a byte of others.
func (m *made) cut(a *author) {
	var out []mudlark.Copy
	for _, c := range m.copies {
		for c.Len > 1 && a.IntN(3) == 0 {
			n := 1 + a.IntN(min(c.Len-1, a.pickInt(16, 1<<20)))
			out = append(out, mudlark.Copy{To: c.To, From: c.From, Len: n})
			c.To, c.From, c.Len = c.To+n, c.From+n, c.Len-n
		}
		if a.IntN(20) > 0 {
			out = append(out, c)
		}
	}
	m.copies = out
}

// jumble puts text together of copies of any kind.
func (a *author) jumble(base []byte) (m made) {
	if a.IntN(10) == 0 || len(base) == 0 {
		return made{}
	}
	for range 1 + a.IntN(200) {
		from := a.IntN(len(base))
		m.copy(base, from, min(len(base), from+1+a.IntN(a.pickInt(16, 16, 300, 1<<20))))
		if a.IntN(3) == 0 {
			m.data = append(m.data, a.pick("\n", "x", "", " ")...)
		}
		if len(m.data) > 2*len(base) {
			break
		}
	}
	return m
}

func utf16le(text []byte) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(string(text))) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// usesDelta reports whether the engine looks at less than all of c.
func usesDelta(e *Engine, c mudlark.Chunk) bool {
	s := newScan(e)
	s.chunk = c
	s.text, s.layers[0] = c.Data, layer{data: c.Data}
	return s.searchDelta()
}

func compareWithWhole(t testing.TB, e *Engine, base any, m made) (keep any, findings int, ok bool) {
	t.Helper()
	want, _ := detectChunk(e, mudlark.Chunk{Data: m.data})
	delta := &mudlark.Delta{Copies: m.copies, Base: base}
	got, _ := detectChunk(e, mudlark.Chunk{Data: m.data, Delta: delta})
	ok = reflect.DeepEqual(got, want)
	if !ok {
		t.Errorf("got %d findings, want %d; copies %v of %d bytes", len(got), len(want), m.copies, len(m.data))
		for _, d := range difference(reveal(got), reveal(want)) {
			t.Error(d)
		}
	}
	return delta.Keep, len(want), ok
}

func difference(got, want []string) (all []string) {
	for _, g := range got {
		if !slices.Contains(want, g) {
			all = append(all, "  too much: "+g)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			all = append(all, "  missing:  "+w)
		}
	}
	return all
}

// soak returns how many times longer than usual a test is to run.
func soak() int {
	n, _ := strconv.Atoi(os.Getenv("MUDLARK_SOAK"))
	return max(1, n)
}

var testSeed = func() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("MUDLARK_SEED"), 10, 64); err == nil {
		return n
	}
	return 1
}()

func TestDeltaFindsWhatWholeFinds(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine does all")
	}
	set, e := builtin(t)
	chains, children, used, findings := 30*soak(), 0, 0, 0
	for chain := range chains {
		seed := testSeed*1_000_000 + uint64(chain)
		a := newAuthor(t, set, seed)
		m := made{data: a.text(a.pickInt(0, 300, 3000, 8000, 8000, 20000, 40000))}
		var keep any
		for depth := range 1 + a.IntN(50) {
			if a.IntN(60) == 0 {
				m = made{data: utf16le(m.data)}
			}
			if keep != nil && usesDelta(e, mudlark.Chunk{Data: m.data, Delta: &mudlark.Delta{Copies: m.copies, Base: keep}}) {
				used++
			}
			var n int
			var ok bool
			if keep, n, ok = compareWithWhole(t, e, keep, m); !ok {
				t.Fatalf("seed %d, depth %d", seed, depth)
			}
			children++
			findings += n
			base := m.data
			if m = a.edit(base); len(m.data) > 100_000 {
				break
			}
		}
	}
	t.Logf("%d chunks, %d of them as deltas, %d findings", children, used, findings)
	if used*4 < children {
		t.Errorf("of %d chunks, %d were searched as deltas", children, used)
	}
}

func TestLastNewline(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		text := make([]byte, random.IntN(40))
		for i := range text {
			text[i] = "\n\v\t\x00\x8a\xff\x0b\xf5aaaaaaaaaaaa"[random.IntN(20)]
		}
		if got, want := lastNewline(text), bytes.LastIndexByte(text, '\n'); got != want {
			t.Fatalf("%q: got %d, want %d", text, got, want)
		}
	}
}
