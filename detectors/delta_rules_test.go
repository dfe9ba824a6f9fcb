package detectors

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// oddRules are rules as users write them, of every kind of reach.
func oddRules() *rules.Set {
	five := 5
	list := []rules.Rule{
		{Regex: `key=[a-z]{3,}`, Keywords: []string{"key"}},
		{Regex: `(?:^|\s)(key[ab]{2})(?:\s|$)`, Keywords: []string{"key"}},
		{Regex: `key\s{0,3}=\s{0,3}([ab]{2})\s`, Keywords: []string{"key"}},
		{Regex: `[ab]{0,20}\n?key\n?[ab]{0,20}`, Keywords: []string{"key"}},
		{Regex: `(?s)begin.*?end`, Keywords: []string{"begin"}},
		{Regex: `begin[^x]*x`, Keywords: []string{"begin"}},
		{Regex: `a\nb\n`, Keywords: []string{"a"}},
		{Regex: `[ab]{10,}=`},
		{Regex: `[ab]{3}\n[ab]{3}\n`},
		{Regex: `(?:[ab]x){3}`, Keywords: []string{"xx"}},
		{Regex: `^key\w+`, Keywords: []string{"key"}},
		{Regex: `(?m)^key\w+$`, Keywords: []string{"key"}},
		{Regex: `\w+key$`, Keywords: []string{"key"}},
		{Regex: `key(?:\n|.){0,300}end`, Keywords: []string{"key"}},
		{Regex: `end`, Keywords: []string{"end"}, SkipReport: true},
		{Regex: `begin [ab]+`, Keywords: []string{"begin"}, Required: []rules.Required{{ID: "r14", WithinLines: &five}}},
		{Regex: `[abx]{4,}`, Detector: "assignment", Keywords: []string{"key"}},
		{Regex: `[abxy]{4,}`, Detector: "assignment"},
		{Regex: `.{4,}`, Detector: "assignment", Key: "b.*e", Keywords: []string{"key", "end"}},
		{Regex: `\w{4,}`, Detector: "assignment", Keywords: []string{"key", "value", "default"}},
		{Regex: `PRIVATE`, Detector: "pem", Keywords: []string{"private key-----"}},
		{Regex: `=[ab]+`, Keywords: []string{"="}, Allowlists: []rules.Allowlist{{Target: rules.TargetLine, Regexes: []string{"xy"}}}},
	}
	for i := range list {
		list[i].ID = fmt.Sprintf("r%02d", i)
	}
	return set(list...)
}

// letters returns text of a few letters in which the odd rules find much.
func letters(random *rand.Rand, size int) []byte {
	words := []string{"key", "key=", "begin ", "end", "aab", "abab", "ba", "x", "y", "=", "\n", "\n", "\n", " ", "\"", "'", ":", "(", "\n  ", "a\nb\n", "\xff", "é", strings.Repeat(" ", 70), "%61", "{"}
	assigned := []string{
		"key", "key", "tokenkey", "=", ":", ":", "\"", "\"", "'", "\n", "\n", "\n\n", "  ", " ", "(", ")", ",", "{", "}", "[", "]", "[0]", "|", "||", "??", " or ", "->", "<key>", "</key>", "<string>", "</",
		"- name: ", "value", "value: ", "default = ", "\"value\": ", "b\"", "new ", "bearer ", "b1be", "bobe", "aabb", "baxxyb", "x1x2x3", "set", "getenv", "str", "${key:-", "$", "--key ", "\\", "\\\"", "\"\"\"", "# ", "&key=", "is",
	}
	quiet := []string{"The", "\n", "quick", "\n", "fox", " ", ";", "\n", "jumps over"}
	var text []byte
	for len(text) < size {
		list := words
		if random.IntN(3) > 0 {
			list = quiet
		} else if random.IntN(2) == 0 {
			list = assigned
		}
		for range random.IntN(60) {
			text = append(text, list[random.IntN(len(list))]...)
		}
	}
	return text
}

func TestDeltaFindsWhatOddRulesFind(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine does all")
	}
	odd := oddRules()
	engines := []*Engine{engine(t, odd, Options{}), engine(t, odd, Options{DecodeDepth: -1, IgnoreInline: true}), engine(t, odd, Options{DecodeBytes: 300})}
	for i := range odd.Rules { // and each by itself: then others do not hide what it finds
		if len(odd.Rules[i].Required) == 0 {
			engines = append(engines, engine(t, set(odd.Rules[i]), Options{}))
		}
	}
	used, children := 0, 0
	for chain := range 400 * soak() {
		seed := testSeed*1_000_000 + uint64(chain)
		a := &author{Rand: rand.New(rand.NewPCG(seed, 2)), t: t}
		e := engines[a.IntN(len(engines))]
		m := made{data: letters(a.Rand, a.pickInt(500, 3000, 8000, 12000))}
		var keep any
		for depth := range 8 {
			if keep != nil && usesDelta(e, mudlark.Chunk{Data: m.data, Delta: &mudlark.Delta{Copies: m.copies, Base: keep}}) {
				used++
			}
			var ok bool
			if keep, _, ok = compareWithWhole(t, e, keep, m); !ok {
				t.Fatalf("seed %d, depth %d, first rule %q", seed, depth, e.rules[0].Regex)
			}
			children++
			base := m.data
			m = made{}
			at := 0
			for range 1 + a.IntN(2) {
				to := at + a.IntN(len(base)-at+1)
				m.copy(base, at, to)
				at = min(len(base), to+a.IntN(1+a.pickInt(1, 5, 100)))
				m.data = append(m.data, letters(a.Rand, a.pickInt(0, 0, 2, 10, 100))...)
				if a.IntN(6) == 0 {
					from := a.IntN(len(base) + 1)
					m.copy(base, from, min(len(base), from+a.IntN(400)))
				}
			}
			m.copy(base, at, len(base))
		}
	}
	t.Logf("%d chunks, %d of them as deltas", children, used)
}

func TestWholeEvaluationsAreCounted(t *testing.T) {
	text := strings.Repeat("quiet text\n", 2000)
	for _, test := range []struct {
		rule rules.Rule
		want int
	}{
		{rules.Rule{ID: "r", Regex: `key=[a-z]+`, Keywords: []string{"key"}}, 0},
		{rules.Rule{ID: "r", Regex: `key=[a-z]+`}, 0},
		{rules.Rule{ID: "r", Regex: `(?s)begin.*?end`, Keywords: []string{"begin"}}, 0},
		{rules.Rule{ID: "r", Regex: `[a-z]+\n[a-z]+`}, 1},
		{rules.Rule{ID: "r", Regex: `[ab][ab]`, Keywords: []string{"key"}}, 1},
		{rules.Rule{ID: "r", Detector: "pem"}, 1},
	} {
		e := engine(t, set(test.rule), Options{})
		base := &mudlark.Delta{}
		data := []byte(text + "begin key=ab\n" + text)
		detectChunk(e, mudlark.Chunk{Data: data, Delta: base})
		m := made{}
		m.copy(data, 0, 100)
		m.data = append(m.data, "new"...)
		m.copy(data, 100, len(data))
		_, stats := detectChunk(e, mudlark.Chunk{Data: m.data, Delta: &mudlark.Delta{Copies: m.copies, Base: base.Keep}})
		if stats.WholeEvaluations != test.want {
			t.Errorf("%+v: got %d, want %d", test.rule, stats.WholeEvaluations, test.want)
		}
	}
}
