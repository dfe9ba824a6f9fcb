package report

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// slowFind is what find promises, plainly.
func slowFind(list []string, text string) []mudlark.Span {
	var spans []mudlark.Span
	for i := range len(text) {
		longest := 0
		for _, word := range list {
			if len(word) > longest && strings.HasPrefix(text[i:], word) {
				longest = len(word)
			}
		}
		if longest > 0 {
			spans = append(spans, mudlark.Span{Start: i, End: i + longest})
		}
	}
	return spans
}

func TestFindFindsWhatLookingForEachWordFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	letters := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "ab"[rng.IntN(2)]
		}
		return string(b)
	}
	for range 2000 {
		var list []string
		for range 1 + rng.IntN(12) {
			list = append(list, letters(wordMin+rng.IntN(6)))
		}
		text := letters(rng.IntN(120))
		got := newWords(slices.Clone(list)).find(text, nil)
		if want := slowFind(list, text); !slices.Equal(got, want) {
			t.Fatalf("find(%q) of %q: got %v, want %v", text, list, got, want)
		}
	}
}

func TestFindOfNothing(t *testing.T) {
	var none *words
	for _, w := range []*words{none, newWords(nil)} {
		if got := w.find("some text that is long enough", nil); got != nil {
			t.Errorf("got %v", got)
		}
	}
}

// TestFindIsFastOnManyAlikeWords: a flood of tokens that begin alike must not
// cost their number for each place where one stands.
func TestFindIsFastOnManyAlikeWords(t *testing.T) {
	var list []string
	for i := range 50_000 {
		list = append(list, "eyJhbGciOiJIUzI1NiJ9."+secretFor(string(rune(i))))
	}
	text := strings.Repeat("eyJhbGciOiJIUzI1NiJ9. ", 50_000)
	if got := newWords(list).find(text, nil); len(got) != 0 {
		t.Errorf("got %d places, want none", len(got))
	}
}

func TestLearnKnowsTheFormsOfASecret(t *testing.T) {
	line1, line2 := "first/line+of=it", `second "line" of it`
	secret := line1 + "\r\n" + line2 + "\nshort"
	w := learn([]*mudlark.Finding{{Secret: mudlark.NewSensitive(secret), Position: mudlark.Position{StartLine: 1}}})
	for _, text := range []string{
		secret, line1, line2, url.QueryEscape(line1), url.PathEscape(line2),
		strings.ToLower("%2f") + "x", "first%2fline%2bof%3dit", `second \"line\" of it`,
		strings.ReplaceAll(secret, "\r\n", `\n`),
	} {
		if len(text) > wordMin && len(w.find(text, nil)) == 0 {
			t.Errorf("%q is not hidden", text)
		}
	}
	for _, text := range []string{"short", "first", "a line of it"} {
		if len(w.find(text, nil)) != 0 {
			t.Errorf("%q is hidden", text)
		}
	}
}
