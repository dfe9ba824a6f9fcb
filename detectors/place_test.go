package detectors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// at is a position: offset, line, column, last line and column, and both columns
// in UTF-16.
func at(offset int64, n ...int) mudlark.Position {
	return mudlark.Position{Offset: offset, StartLine: n[0], StartColumn: n[1], EndLine: n[2], EndColumn: n[3], StartUTF16: n[4], EndUTF16: n[5]}
}

func TestPositions(t *testing.T) {
	e := engine(t, set(tok), Options{})
	for _, test := range []struct {
		text string
		want mudlark.Position
	}{
		{t1, at(0, 1, 1, 1, 15, 1, 15)},
		{"\n\n  " + t1 + "\n", at(4, 3, 3, 3, 17, 3, 17)},
		{"a\r\nb " + t1, at(5, 2, 3, 2, 17, 3, 17)},
		{"ä😀 " + t1, at(7, 1, 8, 1, 22, 5, 19)},
		{"\xff\xf0\x01 " + t1, at(4, 1, 5, 1, 19, 5, 19)},
	} {
		found := detect(e, test.text)
		if len(found) != 1 || found[0].Position != test.want {
			t.Errorf("%q: got %+v, want %+v", test.text, found, test.want)
		}
	}
}

func TestPositionsInAPieceOfContent(t *testing.T) {
	e := engine(t, set(tok), Options{})
	found, _ := detectChunk(e, mudlark.Chunk{Data: []byte("x " + t1 + "\n" + t2), Line: 7, Column: 10, Offset: 100})
	want := []mudlark.Position{at(102, 7, 12, 7, 26, 12, 26), at(117, 8, 1, 8, 15, 1, 15)}
	if len(found) != 2 || found[0].Position != want[0] || found[1].Position != want[1] {
		t.Errorf("got %+v", found)
	}
	if found[0].LineHash != "" {
		t.Error("a line hash was computed though the content does not begin here")
	}
}

func TestPositionOfASecretOfSeveralLines(t *testing.T) {
	e := engine(t, set(rules.Rule{ID: "block", Regex: `(?s)<<(.*?)>>`, Keywords: []string{"<<"}}), Options{})
	found := detect(e, "a\n<<\nq7Rk2mXv\nzW9\n>>")
	want := at(5, 3, 1, 4, 4, 1, 4)
	if len(found) != 1 || found[0].Position != want || found[0].Secret.Reveal() != "q7Rk2mXv\nzW9" {
		t.Errorf("got %+v, want %+v", found, want)
	}
	if got := found[0].Excerpt; got.Text.Reveal() != "q7Rk2mXv" || !slices.Equal(got.Secrets, []mudlark.Span{{Start: 0, End: 8}}) {
		t.Errorf("excerpt %q %v", got.Text.Reveal(), got.Secrets)
	}
}

func TestExcerptMarksEverySecretOnTheLine(t *testing.T) {
	silent := par
	silent.SkipReport = true
	e := engine(t, set(tok, silent), Options{})
	found := detect(e, "before\na "+t1+" b "+p1+" c "+t2+" d\nafter")
	if len(found) != 2 {
		t.Fatalf("got %d", len(found))
	}
	for i, f := range found {
		if want := spans(2, 16, 19, 33, 36, 50); !slices.Equal(f.Excerpt.Secrets, want) || f.Excerpt.Focus != 2*i {
			t.Errorf("got %v, focus %d, want %v", f.Excerpt.Secrets, f.Excerpt.Focus, want)
		}
		if got := f.Excerpt.Text.Reveal(); got != "a "+t1+" b "+p1+" c "+t2+" d" {
			t.Errorf("got %q", got)
		}
	}
}

func TestExcerptOfALongLineShowsNoPartOfASecret(t *testing.T) {
	e := engine(t, set(tok), Options{})
	for gap := 60; gap < 130; gap++ {
		line := strings.Repeat("ä", 300) + t2 + strings.Repeat("-", gap) + t1 + strings.Repeat("-", gap) + t2 + strings.Repeat("ö", 300)
		found := detect(e, line)
		if len(found) != 3 {
			t.Fatalf("gap %d: got %d", gap, len(found))
		}
		f := found[1]
		text := f.Excerpt.Text.Reveal()
		own := f.Excerpt.Secrets[f.Excerpt.Focus]
		if text[own.Start:own.End] != t1 || len(text) > 2*excerptMargin+len(t1) {
			t.Errorf("gap %d: got %q %v", gap, text, f.Excerpt.Secrets)
		}
		masked := []byte(text)
		for _, s := range f.Excerpt.Secrets {
			for i := s.Start; i < s.End; i++ {
				masked[i] = '#'
			}
		}
		if rest := strings.Trim(string(masked), "#-äö"); rest != "" {
			t.Errorf("gap %d: %q shows %q", gap, masked, rest)
		}
	}
}

func TestFreshIsAnsweredForInWholeLines(t *testing.T) {
	e := engine(t, set(tok), Options{})
	text := "a " + t1 + " b\nx\n" + t2 + "\n"
	end := len(text)
	for _, test := range []struct {
		fresh []mudlark.Span
		want  int
	}{
		{nil, 2},
		{spans(), 0},
		{spans(0, end), 2},
		{spans(0, 1), 1},
		{spans(17, 17), 1}, // a seam behind the first secret
		{spans(20, 20), 0}, // on the line between
		{spans(19, 20), 0},
		{spans(18, 18), 1},
		{spans(21, 22), 1},
		{spans(0, 0, end, end), 1}, // the end is a line of its own
		{spans(0, 0, end-1, end), 2},
		{spans(0, 999999), 2},
	} {
		found, _ := detectChunk(e, mudlark.Chunk{Data: []byte(text), Fresh: test.fresh})
		if len(found) != test.want {
			t.Errorf("%v: got %d, want %d", test.fresh, len(found), test.want)
		}
	}
}

// However the text is dealt out to chunks as fresh, together they find what one
// finds that answers for all of it.
func TestFreshFindsWhatTheWholeFinds(t *testing.T) {
	e := engine(t, set(tok, rules.Rule{ID: "block", Regex: `(?s)<<.{1,40}?>>`, Keywords: []string{"<<"}}), Options{})
	random := rand.New(rand.NewPCG(13, 14))
	for range 200 {
		var text []byte
		for range 40 {
			switch random.IntN(6) {
			case 0:
				text = fmt.Appendf(text, " tok_%010d ", random.IntN(1e9))
			case 1:
				text = append(text, "<<a\nb>>"...)
			case 2, 3:
				text = append(text, '\n')
			default:
				text = append(text, "some words "...)
			}
		}
		whole, _ := detectChunk(e, mudlark.Chunk{Data: text})
		fresh := make([][]mudlark.Span, 3)
		for at := 0; at < len(text); {
			end := min(len(text), at+1+random.IntN(60))
			k := random.IntN(len(fresh))
			fresh[k] = append(fresh[k], mudlark.Span{Start: at, End: end})
			at = end
		}
		seen := map[mudlark.Position]bool{}
		for _, f := range fresh {
			found, _ := detectChunk(e, mudlark.Chunk{Data: text, Fresh: append([]mudlark.Span{}, f...)})
			for _, g := range found {
				seen[g.Position] = true
			}
		}
		if len(seen) != len(whole) {
			t.Fatalf("%q: together %d, the whole %d", text, len(seen), len(whole))
		}
	}
}

func TestPiecesFindWhatTheWholeFinds(t *testing.T) {
	e := engine(t, set(tok), Options{})
	var text strings.Builder
	for i := range 60000 {
		fmt.Fprintf(&text, "line %d with tok_%010d and more\n", i, i*7919)
	}
	c := mudlark.Chunk{Data: []byte(text.String()), Line: 3, Offset: 50}
	want, _ := detectChunk(e, c)
	seen := map[mudlark.Position]bool{}
	newScan(e).runPieces(c, shared+300000, func(f mudlark.Finding) { seen[f.Position] = true })
	if len(seen) != len(want) || len(want) < 50000 {
		t.Errorf("pieces give %d, the whole gives %d", len(seen), len(want))
	}
	for _, f := range want {
		if !seen[f.Position] {
			t.Fatalf("pieces miss %+v", f.Position)
		}
	}
}
