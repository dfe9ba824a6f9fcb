package detectors

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// versions returns 200 versions of a source file of about 40 KB, each made from
// the one before by small edits.
func versions(tb testing.TB) []made {
	files := ordinary(tb)
	var text []byte
	for _, f := range files {
		if len(f) > 38_000 && len(f) < 45_000 && bytes.Count(f, newline) > 1000 {
			text = f
			break
		}
	}
	random := rand.New(rand.NewPCG(5, 6))
	all := []made{{data: text}}
	for len(all) < 200 {
		base := all[len(all)-1].data
		at := 0
		var m made
		for range 1 + random.IntN(2) {
			to := at + random.IntN(len(base)-at)
			to += bytes.IndexByte(base[to:], '\n') + 1
			m.copy(base, at, to)
			at = to
			if random.IntN(2) == 0 {
				m.data = append(m.data, "\tif err := s.check(name, \"value\"); err != nil {\n\t\treturn err\n\t}\n"...)
			} else if i := bytes.IndexByte(base[at:], '\n'); i >= 0 {
				at += i + 1
			}
		}
		m.copy(base, at, len(base))
		all = append(all, m)
	}
	return all
}

func benchmarkVersions(b *testing.B, all []made, delta bool) {
	e := engine(b, rules.Builtin(), Options{})
	size := 0
	for _, m := range all {
		size += len(m.data)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		var keep any
		for _, m := range all {
			c := mudlark.Chunk{Data: m.data}
			if delta {
				c.Delta = &mudlark.Delta{Copies: m.copies, Base: keep}
			}
			e.Detect(c, func(mudlark.Finding) {})
			if delta {
				keep = c.Delta.Keep
			}
		}
	}
}

func BenchmarkVersionsWhole(b *testing.B) { benchmarkVersions(b, versions(b), false) }

func BenchmarkVersionsDelta(b *testing.B) { benchmarkVersions(b, versions(b), true) }

// withSecrets puts a finding, and what only serves others, into every version.
func withSecrets(tb testing.TB) []made {
	set, err := rules.Source()
	if err != nil {
		tb.Fatal(err)
	}
	a := newAuthor(tb, set, 1)
	head := []byte("token: " + fill(tb, "<github ghp_>", 1) + "\n" + a.example() + "\n")
	all := versions(tb)
	for i := range all {
		m := &all[i]
		m.data = append(append([]byte{}, head...), m.data...)
		for k := range m.copies {
			m.copies[k].To += len(head)
			m.copies[k].From += len(head)
		}
		if i > 0 && len(m.copies) > 0 && m.copies[0].To == len(head) && m.copies[0].From == len(head) {
			m.copies[0] = mudlark.Copy{Len: m.copies[0].Len + len(head)}
		}
	}
	return all
}

func BenchmarkSecretVersionsWhole(b *testing.B) { benchmarkVersions(b, withSecrets(b), false) }

func BenchmarkSecretVersionsDelta(b *testing.B) { benchmarkVersions(b, withSecrets(b), true) }
