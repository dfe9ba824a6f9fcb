package detectors

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// tok finds made-up tokens, and par their companions.
var (
	tok = rules.Rule{ID: "tok", Regex: `\btok_[0-9a-z]{10}\b`, Keywords: []string{"tok_"}}
	par = rules.Rule{ID: "par", Regex: `\bpar_[0-9a-z]{10}\b`, Keywords: []string{"par_"}}
)

const (
	t1 = "tok_4f7q2m9xk1"
	t2 = "tok_8h3v6n0zb5"
	p1 = "par_w2s7d1k9q4"
)

// set returns a set of rules, sorted by ID as sets are.
func set(list ...rules.Rule) *rules.Set {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b rules.Rule) int { return strings.Compare(a.ID, b.ID) })
	return &rules.Set{Rules: list}
}

// at is a position: offset, line, column, last line and column, and both columns
// in UTF-16.
func at(offset int64, n ...int) mudlark.Position {
	return mudlark.Position{Offset: offset, StartLine: n[0], StartColumn: n[1], EndLine: n[2], EndColumn: n[3], StartUTF16: n[4], EndUTF16: n[5]}
}

// spans makes spans of their ends.
func spans(ends ...int) []mudlark.Span {
	list := []mudlark.Span{}
	for i := 0; i < len(ends); i += 2 {
		list = append(list, mudlark.Span{Start: ends[i], End: ends[i+1]})
	}
	return list
}

func detectChunk(e *Engine, c mudlark.Chunk) (found []mudlark.Finding, stats Stats) {
	stats = e.Detect(c, func(f mudlark.Finding) { found = append(found, f) })
	return found, stats
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

func TestTheSecretIsTheGroup(t *testing.T) {
	for _, test := range []struct {
		regex string
		group int
		want  string
	}{
		{`key=(\w+) (\w+)`, 0, "q7Rk"}, {`key=(\w+) (\w+)`, 2, "2mXv"}, {`key=(x)?(\w+)`, 0, "q7Rk"}, {`key=\w+`, 0, "key=q7Rk"}, {`key=()\w+`, 0, "key=q7Rk"},
	} {
		e := engine(t, set(rules.Rule{ID: "r", Regex: test.regex, SecretGroup: test.group, Keywords: []string{"key"}}), Options{})
		found := detect(e, "key=q7Rk 2mXv")
		if len(found) != 1 || found[0].Secret.Reveal() != test.want {
			t.Errorf("%s, group %d: got %v", test.regex, test.group, found)
		}
	}
}

func TestEntropyMustBeGreater(t *testing.T) {
	// "abcd" has two bits a character; the umlauts have fewer, for bytes divide.
	for _, test := range []struct {
		secret string
		least  float64
		want   int
	}{{"abcd", 1.99, 1}, {"abcd", 2, 0}, {"äöüß", 1.4, 1}, {"äöüß", 1.6, 0}} {
		e := engine(t, set(rules.Rule{ID: "r", Regex: `key=(\S+)`, Entropy: test.least, Keywords: []string{"key"}}), Options{})
		if found := detect(e, "key="+test.secret); len(found) != test.want {
			t.Errorf("%s above %v: got %d, want %d", test.secret, test.least, len(found), test.want)
		}
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

func TestRequiredRules(t *testing.T) {
	number := func(n int) *int { return &n }
	for _, test := range []struct {
		need rules.Required
		text string
		want []string // the parts
	}{
		{rules.Required{}, t1 + strings.Repeat("\n", 500) + p1, []string{p1}},
		{rules.Required{}, t1, nil},
		{rules.Required{WithinLines: number(2)}, t1 + "\n\n" + p1, []string{p1}},
		{rules.Required{WithinLines: number(2)}, t1 + "\n\n\n" + p1, nil},
		{rules.Required{WithinLines: number(0)}, p1 + " " + t1, []string{p1}},
		{rules.Required{WithinColumns: number(5)}, "    " + t1 + "\n" + p1, []string{p1}},
		{rules.Required{WithinColumns: number(3)}, "    " + t1 + "\n" + p1, nil},
		{rules.Required{}, "par_aaaa1bbbb2\n\n" + t1 + "\n" + p1, []string{p1}}, // the nearest
	} {
		r := tok
		test.need.ID = "par"
		r.Required = []rules.Required{test.need}
		part := par
		part.SkipReport = true
		e := engine(t, set(r, part), Options{})
		var got []string
		for _, f := range detect(e, test.text) {
			got = append(got, f.Parts["par"].Reveal())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

func TestARequiredRuleMustBeThere(t *testing.T) {
	r := tok
	r.Required = []rules.Required{{ID: "nowhere"}}
	if _, err := New(set(r), Options{}); err == nil {
		t.Error("no error")
	}
}

func TestTheMoreSpecificWins(t *testing.T) {
	word := func(id string, specificity int, regex string) rules.Rule {
		return rules.Rule{ID: id, Regex: regex, Specificity: specificity, Keywords: []string{"tok_"}}
	}
	for _, test := range []struct {
		rules []rules.Rule
		text  string
		want  []string
	}{
		{[]rules.Rule{word("a", 0, `tok_\w+`), word("b", 1, `tok_\w{10}`)}, t1, []string{"b"}},
		{[]rules.Rule{word("a", 0, `tok_\w{5}`), word("b", 0, `tok_\w{10}`)}, t1, []string{"b"}},
		{[]rules.Rule{word("a", 0, `tok_\w+`), word("b", 0, `tok_\w+`)}, t1, []string{"a"}},
		{[]rules.Rule{word("generic-a", 9, `tok_\w+`), word("z", 0, `tok_\w+`)}, t1, []string{"z"}},
		{[]rules.Rule{word("a", -1, `tok_\w+`), word("b", 0, `x=(\w+) tok_`)}, "x=q7Rk2mXv " + t1, []string{"b", "a"}},
		{[]rules.Rule{word("generic", 0, `tok_\w+`), word("b", 0, `y=(\S+)`)}, t1 + " y=" + t1 + "zz", []string{"b"}},
		{[]rules.Rule{word("generic", 0, `tok_\w+`), word("b", 0, `y=(\S+)`)}, t1 + "\ny=" + t1 + "zz", []string{"generic", "b"}},
	} {
		if got := ids(detect(engine(t, set(test.rules...), Options{}), test.text)); !slices.Equal(got, test.want) {
			t.Errorf("%q: got %v, want %v", test.text, got, test.want)
		}
	}
}

func TestDecodedTextIsSearched(t *testing.T) {
	e := engine(t, set(tok), Options{})
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	hexed := func(s string) string { return hex.EncodeToString([]byte(s)) }
	percent := func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
		return b.String()
	}
	inner := "token is " + t1 + " and no more"
	for _, test := range []struct {
		encoded string
		tags    []string
	}{
		{b64(inner), []string{"decoded:base64", "decode-depth:1"}},
		{hexed(inner), []string{"decoded:hex", "decode-depth:1"}},
		{percent(inner), []string{"decoded:percent", "decode-depth:1"}},
		{b64(b64(inner)), []string{"decoded:base64", "decode-depth:2"}},
		{b64(hexed(b64(inner))), []string{"decoded:base64", "decoded:hex", "decode-depth:3"}},
	} {
		before := "first line\n  value: "
		found := detect(e, before+test.encoded+" # more\nlast line")
		if len(found) != 1 {
			t.Errorf("%s: got %v", test.encoded, ids(found))
			continue
		}
		f := found[0]
		if f.Secret.Reveal() != t1 || f.Position.StartLine != 2 || f.Position.EndLine != 2 ||
			f.Position.StartColumn < 10 || f.Position.EndColumn > 10+len(test.encoded) {
			t.Errorf("%s: got %q at %+v", test.encoded, f.Secret.Reveal(), f.Position)
		}
		slices.Sort(f.Tags)
		slices.Sort(test.tags)
		if !slices.Equal(slices.Compact(f.Tags), test.tags) {
			t.Errorf("%s: got tags %v, want %v", test.encoded, f.Tags, test.tags)
		}
		own := f.Excerpt.Secrets[f.Excerpt.Focus]
		if hidden := f.Excerpt.Text.Reveal()[own.Start:own.End]; !strings.Contains(test.encoded, hidden) || len(hidden) < len(t1) {
			t.Errorf("%s: masks %q", test.encoded, hidden)
		}
	}
}

func TestDepthAndBudgetBoundDecoding(t *testing.T) {
	text := "token is " + t1 + " and no more"
	for depth := 1; depth <= 7; depth++ {
		text = base64.StdEncoding.EncodeToString([]byte(text))
		if got := len(detect(engine(t, set(tok), Options{}), text)); (got == 1) != (depth <= 5) {
			t.Errorf("depth %d: got %d", depth, got)
		}
		if got := len(detect(engine(t, set(tok), Options{DecodeDepth: -1}), text)); got != 0 {
			t.Errorf("depth %d without decoding: got %d", depth, got)
		}
		if got := len(detect(engine(t, set(tok), Options{DecodeDepth: 7}), text)); got != 1 {
			t.Errorf("depth %d of seven: got %d", depth, got)
		}
	}
	text = base64.StdEncoding.EncodeToString([]byte("token is " + t1))
	many := strings.Repeat(text+"\n", 1000)
	found, stats := detectChunk(engine(t, set(tok), Options{DecodeBytes: 5000}), mudlark.Chunk{Data: []byte(many)})
	if !stats.DecodeHit || len(found) == 0 || len(found) == 1000 || stats.Decoded > 6000 {
		t.Errorf("got %d findings, %+v", len(found), stats)
	}
	found, stats = detectChunk(engine(t, set(tok), Options{}), mudlark.Chunk{Data: []byte(many)})
	if stats.DecodeHit || len(found) != 1000 || stats.Decoded == 0 {
		t.Errorf("got %d findings, %+v", len(found), stats)
	}
}

func TestWhatWasNotDecodedIsNotFoundAgain(t *testing.T) {
	e := engine(t, set(tok), Options{})
	text := t1 + " = " + base64.StdEncoding.EncodeToString([]byte("some text without a secret")) + " " + t2
	if found := detect(e, text); len(found) != 2 || len(found[0].Tags)+len(found[1].Tags) != 0 {
		t.Errorf("got %+v", found)
	}
}

func TestUTF16ContentIsSearched(t *testing.T) {
	e := engine(t, set(tok), Options{})
	for _, bigEndian := range []bool{false, true} {
		var data []byte
		for _, c := range "\ufeffline one\r\nkey = " + t1 + " gitleaks:allow\r\n" {
			if bigEndian {
				data = append(data, byte(c>>8), byte(c))
			} else {
				data = append(data, byte(c), byte(c>>8))
			}
		}
		found, _ := detectChunk(e, mudlark.Chunk{Data: data})
		if len(found) != 1 || found[0].Secret.Reveal() != t1 || found[0].Position != at(2*(1+10+6), 2, 7, 2, 21, 7, 21) ||
			found[0].Excerpt.Text.Reveal() != "key = "+t1+" gitleaks:allow" || found[0].Suppression.By == "" {
			t.Errorf("big endian %v: got %+v", bigEndian, found)
		}
	}
}

func TestPathsOfRules(t *testing.T) {
	r, file := tok, rules.Rule{ID: "file", Path: `\.pem$`}
	r.Path = `\.env$`
	e := engine(t, set(r, file), Options{})
	for _, test := range []struct {
		path  string
		paths []string
		part  string
		want  []string
	}{
		{"", nil, "", []string{"tok"}},
		{"a.env", nil, "", []string{"tok"}},
		{"a.txt", nil, "", nil},
		{"a.txt", []string{"b.txt", "c.env"}, "", []string{"tok"}},
		{"", []string{"b.txt", "c.txt"}, "", nil},
		{"key.pem", nil, "", []string{"file"}},
		{"key.pem", nil, "path name", nil},
		{"", []string{"a.pem", "b.pem"}, "", []string{"file", "file"}},
	} {
		found, _ := detectChunk(e, mudlark.Chunk{Data: []byte(t1), Origin: mudlark.Origin{Path: test.path, Part: test.part}, Paths: test.paths})
		if got := ids(found); !slices.Equal(got, test.want) {
			t.Errorf("%+v: got %v", test, got)
		}
		for _, f := range found {
			if f.RuleID == "file" && (f.Match.Reveal() != "file detected: "+f.Origin.Path || f.Position.StartLine != 1) {
				t.Errorf("got %q at %+v", f.Match.Reveal(), f.Position)
			}
		}
	}
	if !e.Applies(mudlark.Finding{RuleID: "tok", Origin: mudlark.Origin{Path: "x.env"}}) || e.Applies(mudlark.Finding{RuleID: "tok", Origin: mudlark.Origin{Path: "x.go"}}) {
		t.Error("Applies does not heed the rule's path")
	}
	if e.Excluded("a.env") || !e.Excluded("a.txt") || e.Excluded("") {
		t.Error("Excluded does not heed the rules' paths")
	}
}

func TestPiecesOfContentTellOfAPathOnce(t *testing.T) {
	e := engine(t, set(rules.Rule{ID: "file", Path: `\.pem$`}), Options{})
	for _, c := range []mudlark.Chunk{{Offset: 10}, {Line: 3}} {
		c.Origin.Path = "a.pem"
		if found, _ := detectChunk(e, c); len(found) != 0 {
			t.Errorf("%+v: got %d", c, len(found))
		}
	}
}

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
	for _, r := range set.Rules {
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
		"findings":            fill(t1 + " glpat-q7Rk2mXvW9zLp3Tn5Yb8 "),
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
