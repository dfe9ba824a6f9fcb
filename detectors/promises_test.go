package detectors

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

func TestFindingsDoNotNeedTheirChunk(t *testing.T) {
	e := engine(t, set(tok, par), Options{})
	encoded := base64.StdEncoding.EncodeToString([]byte("this is " + p1 + " in it"))
	data := []byte("a = " + t1 + " # mudlark:allow some reason\nb = " + encoded + "\n")
	c := mudlark.Chunk{Data: data, Origin: mudlark.Origin{Path: "a.txt"}}
	before, _ := detectChunk(e, c)
	if len(before) != 2 {
		t.Fatalf("got %v", ids(before))
	}
	want := fmt.Sprintf("%#v", reveal(before))
	for i := range data {
		data[i] = 'x'
	}
	if got := fmt.Sprintf("%#v", reveal(before)); got != want {
		t.Errorf("findings changed with their chunk: got\n%s\nwant\n%s", got, want)
	}
}

// reveal returns findings as text that can be compared.
func reveal(found []mudlark.Finding) (all []string) {
	for _, f := range found {
		parts := map[string]string{}
		for id, s := range f.Parts {
			parts[id] = s.Reveal()
		}
		all = append(all, fmt.Sprintf("%+v %s|%s|%s %v|%v", f, f.Secret.Reveal(), f.Match.Reveal(), f.Excerpt.Text.Reveal(), f.Excerpt.Secrets, parts))
	}
	return all
}

func TestNothingFoundAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("pools forget under the race detector")
	}
	_, e := builtin(t)
	for _, text := range [][]byte{
		[]byte("nothing to see here, just a few words of text that no rule cares for\n"),
		[]byte(strings.Repeat("func (s *Server) serve(l net.Listener) error { return nil }\n", 500)),
		[]byte(strings.Repeat("password := os.Getenv(\"DB_PASSWORD\")\ntoken, err := login(user)\nkey: ${{ secrets.KEY }}\n", 500)),
		[]byte(strings.Repeat("sk-live ghp_short AKIA glpat-\n", 500)),
	} {
		c := mudlark.Chunk{Data: text, Origin: mudlark.Origin{Path: "a/b.go"}}
		run := func() { e.Detect(c, func(mudlark.Finding) { t.Error("found something") }) }
		run() // patterns are compiled once
		if n := testing.AllocsPerRun(20, run); n > 0 {
			t.Errorf("%.40q: %v allocations", text, n)
		}
	}
}

func TestManyGoroutinesGetWhatOneGets(t *testing.T) {
	set, _ := builtin(t)
	var text strings.Builder
	for i, r := range set.Rules {
		if raceDetector && i%8 != 0 { // it is ten times slower, and sees what two goroutines share soon
			continue
		}
		for _, template := range r.Examples {
			text.WriteString(fill(t, template, 1) + "\n")
		}
	}
	c := mudlark.Chunk{Data: []byte(text.String()), Origin: mudlark.Origin{Path: "a.txt"}}
	whole := engine(t, set, Options{})
	want, _ := detectChunk(whole, c)
	shared := engine(t, set, Options{})
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 3 {
				if got, _ := detectChunk(shared, c); !reflect.DeepEqual(got, want) {
					t.Errorf("got %d findings, want %d, or others", len(got), len(want))
				}
			}
		})
	}
	wait.Wait()
}

// TestTimeIsLinear measures texts that are made to cost much against ordinary
// text of the same size. The bound is wide: it is to catch what grows with the
// square of the size, which would be a thousand times as much.
func TestTimeIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some hundred megabytes")
	}
	_, e := builtin(t)
	const size = 1 << 20
	fill := func(s string) []byte { return []byte(strings.Repeat(s, size/len(s)+1)[:size]) }
	measure := func(text []byte) (time.Duration, int) {
		start, n := time.Now(), 0
		e.Detect(mudlark.Chunk{Data: text}, func(mudlark.Finding) { n++ })
		return time.Since(start), n
	}
	measure(fill("func (s *Server) serve(l net.Listener) error { return nil }\n"))
	nested := "x = " + t1
	for range 30 {
		nested = base64.StdEncoding.EncodeToString([]byte(nested))
		if len(nested) > size {
			break
		}
	}
	for name, text := range map[string][]byte{
		"one keyword":         fill("password"),
		"keywords and blanks": fill("password "),
		"assignments":         fill("password="),
		"open strings":        fill(`password="`),
		"open strings, lines": fill("token='\n"),
		"colons":              fill("token:"),
		"tokens without end":  fill("ghp_"),
		"short keywords":      fill("sk-"),
		"begins":              fill("-----BEGIN RSA PRIVATE " + "KEY-----"),
		"begins and lines":    fill("-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEpAIBAAKCAQEAZJNJyfKuHZ2oA\n"),
		"quotes":              fill(`"`),
		"backslashes":         fill(`\`),
		"quotes escaped":      fill(`\"`),
		"base64":              fill("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo"),
		"hex":                 fill("6162636465666768696a6b6c6d6e6f70"),
		"percent":             fill("%41%42"),
		"escapes":             fill(`\u0041`),
		"zeros":               make([]byte, size),
		"blanks":              fill(" "),
		"brackets":            fill("token=[]("),
		"braces":              fill("token=${"),
		"schemes":             fill("authorization: bearer "),
		"urls":                fill("https://user:"),
		"urls whole":          fill("https://user:pass@"),
		"slack":               fill("xoxb-1234567890-"),
		"jwt":                 fill("eyJhbGciOiJIUzI1NiJ9."),
		"findings":            fill(t1 + " glp" + "at-q7Rk2mXvW9zLp3Tn5Yb8 "),
		"nested":              []byte(nested),
		"secret words":        fill("aws_secret_access_key "),
		"markers":             fill("mudlark:allow secretlint-disable "),
	} {
		if took, n := measure(text); took > 20*time.Second {
			t.Errorf("%s: %v for 1 MB, %d findings", name, took, n)
		} else if testing.Verbose() {
			t.Logf("%s: %v, %d findings", name, took.Round(time.Millisecond), n)
		}
	}
}
