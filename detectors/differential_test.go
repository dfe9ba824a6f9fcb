package detectors

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// proposals returns what the engine proposes for its only rule, which has a
// regular expression: the places of all matches, before they are judged.
func proposals(e *Engine, text []byte) []mudlark.Span {
	var all []mudlark.Span
	s := newScan(e)
	s.onMatch = func(m Match) { all = append(all, m.Whole) }
	s.search(&layer{data: text})
	slices.SortFunc(all, func(a, b mudlark.Span) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	return all
}

// bruteForce is the obvious way: the expression on the whole text, from the
// beginning and then, again and again, behind the secret that was found.
func bruteForce(t *testing.T, r rules.Rule, text []byte) []mudlark.Span {
	keywords := r.Keywords
	re, again := regexp.MustCompile(r.Regex), regexp.MustCompile(`\A(?s:.)(?s:.*?)(`+r.Regex+`)`)
	lower := asciiLower(string(text))
	if len(keywords) > 0 && !slices.ContainsFunc(keywords, func(k string) bool { return strings.Contains(lower, k) }) {
		return nil
	}
	var all []mudlark.Span
	f, err := newFinder(r.Regex, nil, r.SecretGroup)
	if err != nil {
		t.Fatal(err)
	}
	at := re.FindSubmatchIndex(text)
	for lo := 0; at != nil; {
		from := lo + at[1] + b2i(at[0] == at[1])
		if at[0] < at[1] {
			m := f.match(at, lo)
			all = append(all, m.Whole)
			if m.Secret.Len() > 0 && m.Whole.End-m.Secret.End <= 8 {
				from = m.Secret.End
			}
		}
		if from > len(text) {
			break
		}
		lo = contextBefore(text, from)
		if at = again.FindSubmatchIndex(text[lo:]); at != nil {
			at = at[2:]
		}
	}
	return all
}

// shuffled returns text made of parts and of pieces of them, so that matches
// stand close together, at the ends, and are cut short.
func shuffled(random *rand.Rand, parts []string, size int) []byte {
	var text []byte
	glue := []string{"", "", " ", "\n", "=", "-", "_", "x", "\"", "é", "\xff", "\u212a", ".", "/", "\r\n", "\x00"}
	for len(text) < size {
		p := parts[random.IntN(len(parts))]
		switch random.IntN(4) {
		case 0:
			p = p[:random.IntN(len(p)+1)]
		case 1:
			p = p[random.IntN(len(p)+1):]
		case 2:
			p = strings.ToUpper(p)
		}
		text = append(append(text, p...), glue[random.IntN(len(glue))]...)
	}
	return text
}

func compareWithBruteForce(t *testing.T, r rules.Rule, text []byte) bool {
	t.Helper()
	r.Detector, r.Required, r.Checksum = "", nil, ""
	e, err := New(&rules.Set{Rules: []rules.Rule{r}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, want := proposals(e, text), bruteForce(t, r, text)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %s\ngot %v\nwant %v\nin %q", r.ID, r.Regex, got, want, text)
		return false
	}
	return true
}

func TestEveryRuleFindsWhatItsExpressionFindsOnTheWholeText(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine does all")
	}
	set, _ := builtin(t)
	random := rand.New(rand.NewPCG(7, 8))
	for _, r := range set.Rules {
		if r.Regex == "" || r.Detector != "" {
			continue
		}
		var parts []string
		for _, template := range slices.Concat(r.Examples, r.Counterexamples) {
			parts = append(parts, fill(t, template, random.Uint64()))
		}
		parts = append(parts, r.Keywords...)
		for range 12 {
			text := shuffled(random, parts, 200+random.IntN(2000))
			if strings.Contains(string(text), "\u212a") && strings.Contains(r.Regex, "(?i") {
				continue // the Kelvin sign is no k here
			}
			if !compareWithBruteForce(t, r, text) {
				break
			}
		}
	}
}

// TestOddExpressions tries expressions as users write them, on texts of their
// own letters.
func TestOddExpressionsFindWhatTheyFindOnTheWholeText(t *testing.T) {
	if raceDetector {
		t.Skip("one goroutine does all")
	}
	random := rand.New(rand.NewPCG(9, 10))
	for i, test := range []struct {
		regex, keywords, letters string
	}{
		{`ab+c`, "ab", "abc \n"},
		{`\bkey[a-z]*\b`, "key", "keya _\n"},
		{`(?i)key\s*[:=]\s*([a-z]{3,})`, "key", "KEYkey:= ab\n"},
		{`(?i)(?:key|token).{0,5}=[0-9]+`, "key token", "keytokn=12 \n"},
		{`[a-z]{10,}=`, "aa", "abc="},
		{`(?s)begin.*?end`, "begin", "beginend \n"},
		{`(?s)begin.*end`, "begin", "beginend \n"},
		{`begin[^x]*x`, "begin", "beginx \n"},
		{`^key=\d+$`, "key", "key=1\n"},
		{`(?m)^key=\d+$`, "key", "key=1 \n"},
		{`(?m:^)a+(?:b|$)`, "a", "ab\n"},
		{`\Aab|ab\z`, "ab", "ab \n"},
		{`x[^y]*y|x`, "xx", "xy a"},
		{`(?:a|ab)(?:c|bcd)(?:d*)`, "ab abc ac", "abcd"},
		{`(a*)(ab)*(b*)`, "ab", "ab "},
		{`(?:foo)?bar`, "bar", "fobar "},
		{`(?:foo)?bar`, "foo", "fobar "},
		{`s[ck]_[0-9a-f]{8}`, "sc_ sk_", "sck_0f"},
		{`(?i)ſ?ss`, "ss", "sS\u017f"},
		{`(?i)k+e`, "ke", "kKe\u212a"},
		{`é+key`, "key", "ékey"},
		{`.key.`, "key", "key\xffé\n"},
		{`[^a]key[^a]`, "key", "keya\xffé\n"},
		{`\Bkey\B`, "key", "key_ "},
		{`(?:key){2,3}`, "key", "key "},
		{`(?:key|kez){2}[0-9]{2}`, "key kez", "keyz01"},
		{`0\.[0-9]{3}`, "0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9", "0.19a"},
		{`kkk`, "kkk", "k "},
		{`[0-9a]{3}key`, "key", "key01a "},
		{`(?:^|[^a])([ab]{2,3}key[01]{2})`, "key", "keyab01 "},
		{`(?:[^a]|^)[ab]{2}key(?:[^b]|$)`, "key", "keyab\n"},
		{`(?m)(?:^|x)a{2}key`, "key", "keyax\n"},
		{`(?:x|^|y)key`, "key", "keyxy\n"},
		{`(?:x|^|yy)key`, "key", "keyxy\n"},
		{`é{2}key`, "key", "éèkey"},
		{`(?:^|[^é])[aé]{2}key`, "key", "éèakey"},
		{`\b[ab]{2}\bkey|a\Bkey`, "key", "keyab "},
		{`key[ab]*x[01]{2}`, "key", "keyabx01"},
		{`key[ab]{0,4}(?:c|d)*end`, "key", "keyabcend"},
		{`key(?s:.*)end[ab]`, "key", "keyenda\n"},
		{`(?i)key[a-e]+end`, "key", "keyENDa"},
		{`key\s{1,3}([ab]{1,9})\s{1,3}(?:x\s)?end`, "key", "keyabendx \n"},
		{`key[ab]{2,}=?\.[ab]{3}`, "key", "keyab=."},
		{`key\s{1,2}[^\s"]{1,3}\s{1,2}end`, "key", "key end\"é"},
		{`key[^a]{1,2}a[^a]{2}`, "key", "keyaé\xff"},
		{`key[ab]{0,2}(?:x|[01])?(?:c|[2é])`, "key", "keyabxc012é"},
		{`key[ab]{1,3}(?:$|\s)`, "key", "keyab "},
		{`key[ab]+\b=?[ab]`, "key", "keyab= "},
		{`(?i)key[k-s]{1,3}=`, "key", "keyKrs=ſ\u212a"},
		{`key[ab]{2}[01]*end[ab]?c`, "key", "keyab0endc"},
		{`key[^x]{0,3}é[ab]`, "key", "keyaéx"},
		{`(?i)[\w.-]{0,5}(?:key)(?:[ \t\w.-]{0,5})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([\w.=-]{4,15})(?:[\x60'"\s;]|\\[nr]|$)`, "key", "keyab=:'\" \n;1"},
	} {
		for n := range 150 {
			letters := []rune(test.letters)
			if strings.ContainsRune(test.letters, '\xff') || n%10 == 0 {
				letters = append(letters, 'z')
			}
			var text []byte
			words := strings.Fields(test.keywords)
			for len(text) < 3+random.IntN(120) {
				if random.IntN(4) == 0 {
					text = append(text, words[random.IntN(len(words))]...)
				} else {
					text = append(text, string(letters[random.IntN(len(letters))])...)
				}
				if random.IntN(40) == 0 {
					text = append(text, 0xff)
				}
			}
			if strings.Contains(test.regex, "(?i)") {
				text = []byte(strings.NewReplacer("\u212a", "", "\u017f", "").Replace(string(text)))
			}
			r := rules.Rule{ID: fmt.Sprint("r", i), Regex: test.regex, Keywords: words}
			if !compareWithBruteForce(t, r, text) {
				break
			}
			r.Keywords = nil
			if !compareWithBruteForce(t, r, text) {
				break
			}
		}
	}
}

func TestWhatMustComeLaterMayComeMuchLater(t *testing.T) {
	for _, regex := range []string{`key[ab]*end`, `key[ab]{9,}\.[ab]{3}`, `key[ab]*(?:end|end)z`, `key[^e.]{1,900}end`, `key[ab]{3,300}\.[ab]{3}`} {
		for _, n := range []int{0, 1, 8, 9, maxLater - 2, maxLater - 1, maxLater, maxLater + 1, 3 * maxLater, maxWithin, 2 * maxWithin} {
			for _, tail := range []string{"end", "endz", ".aba", ".ab", " end", "", "en"} {
				r := rules.Rule{ID: "r", Regex: regex, Keywords: []string{"key"}}
				compareWithBruteForce(t, r, []byte("key"+strings.Repeat("ab", n/2)+strings.Repeat("a", n%2)+tail))
			}
		}
	}
}

func TestMatchesMayShareADelimiter(t *testing.T) {
	r := rules.Rule{ID: "r", Regex: `(?:^|[^0-9a-z])(tok[0-9])(?:[^0-9a-z]|$)`, Keywords: []string{"tok"}}
	for _, text := range []string{"tok1,tok2,tok3", "tok1\ntok2\ntok3\n", " tok1 x tok2 tok3", "tok1tok2,tok3"} {
		compareWithBruteForce(t, r, []byte(text))
	}
	e := engine(t, set(r), Options{})
	if got := proposals(e, []byte("tok1,tok2,tok3")); len(got) != 3 {
		t.Errorf("got %v, want three", got)
	}
}

func TestManyMatchesAreAllFound(t *testing.T) {
	for _, test := range []struct{ regex, word string }{
		{`ab`, "ab"}, {`ab[0-9]?`, "ab1"}, {`\bab\b`, " ab"}, {`ab\d*`, "ab12"}, {`(?m)^ab.*$`, "ab cd\n"}, {`ab[^c]*c?`, "abc"},
		{`(?:^|\W)(ab)(?:\W|$)`, ",ab"}, {`(ab)[^b]*`, "abc,"},
	} {
		text := []byte(strings.Repeat(test.word, 3000))
		compareWithBruteForce(t, rules.Rule{ID: "r", Regex: test.regex, Keywords: []string{"ab"}}, text)
		compareWithBruteForce(t, rules.Rule{ID: "r", Regex: test.regex}, text)
	}
}
