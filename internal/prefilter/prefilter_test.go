package prefilter

import (
	"bytes"
	"cmp"
	"fmt"
	"go/build"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scan returns all hits in order, read through a buffer of the given size.
func scan(m *Matcher, data []byte, size int) []Hit {
	var all []Hit
	for at := 0; at < len(data); {
		var hits []Hit
		hits, at = m.Scan(data, at, make([]Hit, 0, size))
		all = append(all, hits...)
	}
	slices.SortFunc(all, compareHits)
	return all
}

func compareHits(x, y Hit) int {
	return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.Literal, y.Literal))
}

// slow is the obvious way.
func slow(literals []string, data []byte) []Hit {
	var all []Hit
	lower := asciiLower(data)
	for i, l := range literals {
		if len(l) < 2 {
			continue
		}
		for at := 0; at+len(l) <= len(lower); at++ {
			if string(lower[at:at+len(l)]) == l {
				all = append(all, Hit{Start: at, Literal: i})
			}
		}
	}
	slices.SortFunc(all, compareHits)
	return all
}

func asciiLower(data []byte) []byte {
	lower := bytes.Clone(data)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	return lower
}

func TestScanFindsWhatTheSlowWayFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	alphabets := []string{"ab", "abA_", "sk-_SK019.", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-\n @`{[\x00\xff\xdf\x5f\x7f"}
	for round := range 3000 {
		alphabet := alphabets[round%len(alphabets)]
		text := func(n int) string {
			b := make([]byte, n)
			for i := range b {
				b[i] = alphabet[random.IntN(len(alphabet))]
			}
			return string(b)
		}
		var literals []string
		for range 1 + random.IntN(12) {
			literals = append(literals, string(asciiLower([]byte(text(2+random.IntN(12))))))
		}
		data := []byte(text(random.IntN(120)))
		for range random.IntN(4) {
			data = append(data, literals[random.IntN(len(literals))]...)
		}
		want := slow(literals, data)
		for _, size := range []int{0, 3, 1000} {
			if got := scan(New(literals), data, size); !slices.Equal(got, want) {
				t.Fatalf("literals %q in %q with room for %d: got %v, want %v", literals, data, size, got, want)
			}
		}
	}
}

func TestScanFindsEachByteOfCase(t *testing.T) {
	m := New([]string{"ab", "abc", "abcd", "abcde", "abcdefghijk"})
	for pad := range 20 {
		for tail := range 20 {
			data := []byte(strings.Repeat(".", pad) + "aBcDeFgHiJk" + strings.Repeat(".", tail))
			if got := scan(m, data, 100); len(got) != 5 {
				t.Fatalf("%q: got %v", data, got)
			}
		}
	}
}

func TestScanFindsAllOfALongText(t *testing.T) {
	m := New([]string{"needle"})
	data := []byte(strings.Repeat(".", 3*reach+100))
	var want []Hit
	for _, at := range []int{0, reach - 30, reach - 7, reach + 1, 2*reach - 3, 2*reach + 8, 3*reach + 94} {
		copy(data[at:], "Needle")
		want = append(want, Hit{Start: at})
	}
	for _, size := range []int{0, 3, 1000} {
		if got := scan(m, data, size); !slices.Equal(got, want) {
			t.Errorf("with room for %d: got %v, want %v", size, got, want)
		}
	}
}

func TestScanWithoutLiterals(t *testing.T) {
	if got := scan(New(nil), []byte("some text that is long enough"), 4); got != nil {
		t.Errorf("got %v", got)
	}
	if got := scan(New([]string{"", "a"}), []byte("aaaa"), 4); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestScanAllocatesNothing(t *testing.T) {
	m, data, hits := New(sample), ordinary(t, 1<<16), make([]Hit, 0, 1<<12)
	if n := testing.AllocsPerRun(10, func() {
		for at := 0; at < len(data); {
			_, at = m.Scan(data, at, hits[:0])
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzScan(f *testing.F) {
	f.Add("sk-\nghp_\npassword", []byte("SK-abc GHP_ passWord"))
	f.Fuzz(func(t *testing.T, list string, data []byte) {
		literals := strings.Split(string(asciiLower([]byte(list))), "\n")
		if want, got := slow(literals, data), scan(New(literals), data, 7); !slices.Equal(got, want) {
			t.Errorf("literals %q in %q: got %v, want %v", literals, data, got, want)
		}
	})
}

// sample is a set as a scanner might have it: 400 of them, one in six short.
var sample = func() []string {
	list := strings.Fields(`sk- ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- xoxb- xoxp- xapp- akia asia abia acca aiza ya29. gocspx-
		sk-ant- hf_ npm_ pypi- rubygems_ dckr_pat_ sk_live_ rk_live_ sq0csp- shpat_ shpss_ sg. key- dop_v1_ cfut_ hrku- dapi nrak- sntrys_
		hvs. dp.pt. lin_api_ figd_ secret_ ntn_ atatt3 eyj begin password passwd pwd secret token api_key apikey api-key access_key credential
		private_key client_secret auth connectionstring accountkey sharedaccesskey datadog newrelic twilio sendgrid mailgun mailchimp stripe
		square heroku cloudflare dropbox discord telegram facebook twitter linkedin airtable asana algolia amplitude bitbucket okta auth0 aws`)
	random := rand.New(rand.NewPCG(3, 4))
	syllables := strings.Fields("ka lo mi ter on sta ix pro cloud data api ly io hub ware soft net zen dex vox pay fin bank ship")
	for len(list) < 400 {
		name := ""
		for range 2 + random.IntN(3) {
			name += syllables[random.IntN(len(syllables))]
		}
		if random.IntN(4) == 0 {
			name += "_"
		}
		list = append(list, name)
	}
	return list
}()

// ordinary returns n bytes of Go source text.
func ordinary(tb testing.TB, n int) []byte {
	tb.Helper()
	var data []byte
	for _, dir := range []string{"net/http", "go/types", "crypto/tls", "runtime", "encoding/json", "os", "reflect", "fmt"} {
		files, _ := filepath.Glob(filepath.Join(build.Default.GOROOT, "src", dir, "*.go"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				tb.Fatal(err)
			}
			if data = append(data, text...); len(data) >= n {
				return data[:n]
			}
		}
	}
	if len(data) == 0 {
		tb.Skip("no source text of the standard library here")
	}
	return data
}

func BenchmarkScan(b *testing.B) {
	data := ordinary(b, 4<<20)
	for _, n := range []int{0, 100, len(sample)} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m, hits, count := New(sample[:n]), make([]Hit, 0, 4096), 0
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				count = 0
				for at := 0; at < len(data); {
					var found []Hit
					found, at = m.Scan(data, at, hits[:0])
					count += len(found)
				}
			}
			b.ReportMetric(float64(count), "hits")
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(sample)
	}
}
