package templates

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

type row struct {
	RuleID, File, Date string
	StartLine          int
	Entropy            float32
	Tags               []string
}

func rows() []row {
	return []row{
		{"aws-key", "src/a b/c.env", "2023-04-01T07:00:00Z", 12, 3.5, []string{"x", "y"}},
		{"gcp", "k.json", "", 1, 4.25, []string{}},
	}
}

func execute(text string, data any) (string, error) {
	t, err := Parse("t", text, map[string]any{"scanned": func() []string { return []string{"a"} }})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, data, now)
	return b.String(), err
}

// TestFunctionsAreSprigs: the file was recorded with text/template and sprig 3.3.0
// themselves, a template and what it made of rows on each line.
func TestFunctionsAreSprigs(t *testing.T) {
	text, err := os.ReadFile("testdata/sprig.tsv")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		template, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		got, err := execute(template, rows())
		got = fmt.Sprintf("%q", got)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s\ngot  %s %v\nwant %s", template, got, err, want)
		}
		for word := range strings.FieldsFuncSeq(template, func(c rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", c)
		}) {
			used[word] = true
		}
	}
	for name := range (&run{}).functions() {
		if !used[name] && !strings.HasPrefix(name, "_") && !strings.Contains(" now ago ", " "+name+" ") {
			t.Errorf("no line of the file uses %s", name)
		}
	}
}

// TestNowIsGiven: the same scan gives the same report.
func TestNowIsGiven(t *testing.T) {
	for text, want := range map[string]string{
		`{{ now | date "2006-01-02 15:04:05" }}`:                              "2024-01-02 03:04:05",
		`{{ (index . 0).Date | date "2 Jan 2006" }}`:                          "1 Apr 2023",
		`{{ (index . 0).Date | ago }}`:                                        "6620h4m5s",
		`{{ toDate "2006" "2020" | ago }}`:                                    "35091h4m5s",
		`{{ now | durationRound }} {{ date "2006" "no date" }}`:               "0s 2024",
		`{{ range scanned }}{{ . }}{{ end }}`:                                 "a",
		`{{ keys (dict "c" 1 "a" 2 "b" 3) }} {{ values (dict "b" 1 "a" 2) }}`: "[a b c] [2 1]",
	} {
		if got, err := execute(text, rows()); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestWhatIsNotThereIsNamed(t *testing.T) {
	for name, why := range refused() {
		_, err := execute("\n{{ "+name+" }}", nil)
		if err == nil || !strings.HasPrefix(err.Error(), "template t:2:") || !strings.Contains(err.Error(), "the function "+name+" is not there: "+why) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := execute("{{ if (upper ("+name+" 1)) }}{{ end }}", nil); err == nil || !strings.Contains(err.Error(), name+" is not there") {
			t.Errorf("%s, within: got %v", name, err)
		}
	}
	for text, want := range map[string]string{
		"a\n{{ nope }}":                          `template t:2: function "nope" not defined`,
		"{{ .File }}":                            `template t:1:3: executing "t" at <.File>: can't evaluate field File in type []templates.row`,
		"{{ (index . 0).Foo }}":                  "can't evaluate field Foo in type",
		`{{ fail "no" }}`:                        "error calling fail: no",
		`{{ dateInZone "2006" 0 "Asia/Tokyo" }}`: `the time zone "Asia/Tokyo" is not there: all dates are in UTC`,
		`{{ dateInZone "2006" 0 "../x" }}`:       "is not there",
		"{{ (now).Year }}":                       "can't evaluate field Year",
		"{{ now.Unix }}":                         "can't evaluate field Unix",
		strings.Repeat(" ", MaxBytes+1):          "it is larger than 512 kB",
		"{{ if":                                  "unclosed action",
		"{{ printf \"%*d\" 9 1 }}":               "write the width as a number",
		"{{ printf \"%99999d\" 1 }}":             "a width is at most 1000",
	} {
		if _, err := execute(text, rows()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, want %s", text, err, want)
		}
	}
}

// hostile are templates that would take all time or memory there is, or all stack.
func hostile() map[string]string {
	double := `{{ $x := list 1 2 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}`
	text := `{{ $x := repeat 1000000 "abcdefghijklmnop" }}`
	return map[string]string{
		"until":             `{{ until 1000000000 }}`,
		"untilStep":         `{{ untilStep -9223372036854775807 9223372036854775807 1 }}`,
		"seq":               `{{ seq 1 9223372036854775807 }}`,
		"seq down":          `{{ seq 1 -1 -9223372036854775807 }}`,
		"range":             `{{ range 1000000000000 }}{{ end }}`,
		"ranges":            `{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}`,
		"ranges continue":   `{{ range 100000 }}{{ range 100000 }}{{ continue }}{{ end }}{{ end }}`,
		"a loop of work":    `{{ range 10000000 }}` + strings.Repeat(`{{ $ }}{{ add 1 2 }}`, 100) + `{{ end }}`,
		"repeat":            `{{ repeat 1000000000 "aaaaaaaaaaaa" }}`,
		"repeats":           `{{ range 1000000 }}{{ $y := repeat 1000000 "aaaaaaaaaaaa" }}{{ end }}`,
		"kept":              `{{ $l := list }}{{ range 1000000 }}{{ $l = append $l (repeat 1000000 "aaaaaaaaaa") }}{{ end }}`,
		"doubling":          `{{ $x := "a" }}{{ range 60 }}{{ $x = printf "%s%s" $x $x }}{{ end }}`,
		"doubling, print":   `{{ $x := "a" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}`,
		"doubling, cat":     `{{ $x := "a" }}{{ range 60 }}{{ $x = cat $x $x }}{{ end }}`,
		"doubling, js":      `{{ $x := "<" }}{{ range 60 }}{{ $x = js $x }}{{ end }}`,
		"doubling, quote":   `{{ $x := "\"" }}{{ range 60 }}{{ $x = quote $x }}{{ end }}`,
		"doubling, replace": `{{ $x := "aa" }}{{ range 60 }}{{ $x = replace "a" $x $x }}{{ end }}`,
		"doubling, regex":   `{{ $x := "aa" }}{{ range 60 }}{{ $x = regexReplaceAll ".*" $x "$0$0$0$0" }}{{ end }}`,
		"doubling, join":    `{{ $x := "aa" }}{{ range 60 }}{{ $x = join $x (list $x $x $x) }}{{ end }}`,
		"doubling, wrap":    `{{ $x := "aa" }}{{ range 60 }}{{ $x = wrapWith 1 $x $x }}{{ end }}`,
		"doubling, json":    `{{ $x := "\"" }}{{ range 60 }}{{ $x = toJson $x }}{{ end }}`,
		"printf reuse":      text + `{{ printf "` + strings.Repeat(`%[1]s`, 1000) + `" $x }}`,
		"indent":            `{{ indent 1000000000 "a\nb" }}`,
		"indents":           text + `{{ $x | replace "a" "\n" | indent 10000 }}`,
		"replace":           text + `{{ replace "" $x $x }}`,
		"join":              text + `{{ join $x (until 1000000) }}`,
		"lists, show":       double + `{{ $x }}`,
		"lists, json":       double + `{{ toJson $x }}`,
		"lists, print":      double + `{{ printf "%v" $x }}`,
		"lists, equal":      double + `{{ deepEqual $x $x }}`,
		"lists, copy":       double + `{{ $_ := deepCopy $x }}`,
		"lists, uniq":       double + `{{ $_ := uniq (list $x $x) }}`,
		"lists, html":       double + `{{ html $x }}`,
		"lists, key":        double + `{{ dict $x 1 }}`,
		"dict in itself":    `{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}`,
		"itself, json":      `{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toJson $d }}`,
		"itself, merge":     `{{ $d := dict "a" (dict) }}{{ $_ := set $d.a "a" $d }}{{ merge $d $d }}`,
		"itself, deepEqual": `{{ $d := dict }}{{ $_ := set $d "d" (list $d) }}{{ $e := dict }}{{ $_ := set $e "d" (list $e) }}{{ deepEqual $d $e }}`,
		"recursion":         `{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}`,
		"recursions":        `{{ define "x" }}{{ if . }}{{ template "x" (sub . 1) }}{{ template "x" (sub . 1) }}{{ end }}{{ end }}{{ template "x" 200 }}`,
		"recursion itself":  `{{ template "t" . }}`,
		"sharing":           `{{ define "a" }}{{ range 1000 }}{{ template "b" }}{{ end }}{{ end }}{{ define "b" }}{{ range 1000 }}{{ template "c" }}{{ end }}{{ end }}{{ define "c" }}{{ range 1000 }}{{ end }}{{ end }}{{ template "a" }}`,
		"output":            `{{ range 10000000 }}` + strings.Repeat("0123456789abcdef", 1000) + `{{ end }}`,
		"blocks":            strings.Repeat(`{{ if 1 }}`, 20000) + strings.Repeat(`{{ end }}`, 20000),
		"else ifs":          `{{ if 0 }}` + strings.Repeat(`{{ else if 0 }}`, 20000) + `{{ end }}`,
		"parentheses":       `{{ ` + strings.Repeat(`(`, 9000) + `1` + strings.Repeat(`)`, 9000) + ` }}`,
		"more of them":      `{{ ` + strings.Repeat(`(`, 200000) + `1` + strings.Repeat(`)`, 200000) + ` }}`,
		"equal texts":       text + `{{ $y := print $x "" }}{{ range 100000000 }}{{ if eq $x $y }}{{ end }}{{ end }}`,
		"hashes":            text + `{{ range 1000000 }}{{ $_ := sha512sum $x }}{{ end }}`,
		"pattern":           text + `{{ range 1000 }}{{ $_ := regexMatch "(a|b|c|d)*x" $x }}{{ end }}`,
		"pattern size":      `{{ regexMatch "((a{100}){100}){100}" "a" }}{{ mustRegexMatch "((a{100}){100}){100}" "a" }}`,
		"patterns":          `{{ range $i := until 1000000 }}{{ $_ := regexMatch (printf "(a|b){500}%d" $i) "a" }}{{ end }}`,
		"pattern, all":      text + `{{ $_ := regexFindAll "" $x -1 }}`,
		"split":             text + `{{ range 100 }}{{ $_ := splitList "" $x }}{{ end }}`,
		"split, map":        text + `{{ $_ := split "" $x }}`,
		"json":              text + `{{ $_ := fromJson (printf "[%s0]" (repeat 5000000 "[],")) }}`,
		"json, deep":        `{{ $_ := mustFromJson (repeat 1000000 "[") }}`,
		"uniq":              `{{ uniq (until 10000000) }}`,
		"uniq, compares":    `{{ $_ := uniq (until 100000) }}`,
		"without":           `{{ range 1000 }}{{ $_ := without (until 100000) 1 2 3 4 5 6 }}{{ end }}`,
		"prepend":           `{{ $l := list }}{{ range 1000000 }}{{ $l = prepend $l 1 }}{{ end }}`,
		"concat":            `{{ $l := list 1 }}{{ range 60 }}{{ $l = concat $l $l }}{{ end }}`,
		"reverse":           `{{ $l := until 1000000 }}{{ range 100000 }}{{ $_ := reverse $l }}{{ end }}`,
		"keys":              `{{ $d := dict }}{{ range $i := until 1000000 }}{{ $_ := set $d (print $i) 1 }}{{ $_ := keys $d }}{{ end }}`,
		"dicts, break":      `{{ $d := dict }}{{ range $i := until 10000 }}{{ $_ := set $d (print $i) 1 }}{{ end }}{{ range 1000000 }}{{ range $d }}{{ break }}{{ end }}{{ end }}`,
		"sort":              text + `{{ $y := print $x "a" }}{{ range 1000000 }}{{ $_ := sortAlpha (list $x $y $x $y) }}{{ end }}`,
		"sort texts":        text + `{{ $y := sortAlpha (list $x (print $x "a")) }}{{ range 1000000 }}{{ $_ := sortAlpha $y }}{{ end }}`,
		"uniq texts":        text + `{{ range 1000000 }}{{ $_ := uniq (list $x $x) }}{{ end }}`,
		"join texts":        text + `{{ range 1000000 }}{{ $_ := join "" (list $x) }}{{ end }}`,
		"trim":              text + `{{ $y := replace "a" "ä" (trunc 900 $x) }}{{ range 1000000 }}{{ $_ := trimAll $y $x }}{{ end }}`,
		"lists, octal":      double + `{{ $_ := toDecimal $x }}`,
		"nospace":           text + `{{ $y := replace "a" " " $x }}{{ range 1000000 }}{{ $_ := nospace $y }}{{ end }}`,
		"long keys":         text + `{{ dict $x 1 }}`,
		"long keys, json":   text + `{{ mustFromJson (printf "{%q:1}" $x) }}`,
		"factors":           `{{ mulf 1e308 ` + strings.Repeat("1e308 ", 5000) + ` }}`,
		"negative":          `{{ repeat -1 "a" }}`,
		"substr":            `{{ substr 9 3 "abc" }}`,
		"chunk":             `{{ chunk 0 (list 1) }}`,
		"round":             `{{ round 1 400 | printf "%1001f" }}`,
		"hole":              `{{ index (list 1) -1 }}`,
		"our names":         `{{ _tick -100000000 }}`,
		"our names, leave":  `{{ _leave }}`,
		"call":              `{{ call "x" }}`,
	}
}

// TestNoTemplateTakesAllThereIs: each of these ends, soon and with an error. What
// they take is bounded by counting, so that no clock says how it went; memory is
// looked at.
func TestNoTemplateTakesAllThereIs(t *testing.T) {
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			tmpl, err := Parse("t", text, nil)
			if err == nil {
				tmpl.steps /= 20 // what is bounded ends sooner
				err = tmpl.Execute(io.Discard, rows(), now)
			}
			if err == nil {
				t.Error("it was not refused")
			} else if len(err.Error()) > 500 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 300<<20 {
		t.Errorf("%d MB are left", m.HeapAlloc>>20)
	}
}

// TestALargeReportIsNoAttack: what people write of many findings is far from the
// bounds.
func TestALargeReportIsNoAttack(t *testing.T) {
	many := make([]row, 50_000)
	for i := range many {
		many[i] = row{fmt.Sprint("rule-", i%100), fmt.Sprint("folder/", i), "2023-04-01T07:00:00Z", i, 3.5, []string{"a", "b"}}
	}
	for name, text := range map[string]string{
		"table": `{{ range . }}| {{ .RuleID | upper }} | {{ .File | replace "|" "\\|" | trunc 60 }}:{{ .StartLine }} | {{ .Tags | join ", " }} | {{ .Date | date "2006-01-02" }} |
{{ end }}`,
		"append": `{{ $l := list }}{{ range . }}{{ $l = append $l .RuleID }}{{ end }}{{ $l | uniq | sortAlpha | len }} {{ len $l }}`,
		"group":  `{{ $d := dict }}{{ range . }}{{ $_ := set $d .RuleID (append (get $d .RuleID | default list) .) }}{{ end }}{{ range $k, $v := $d }}{{ $k }}: {{ len $v }}{{ end }}`,
		"json":   `{{ toPrettyJson . }}`,
		"each":   `{{ range . }}{{ toPrettyJson . }}{{ end }}`,
		"regex":  `{{ range . }}{{ regexReplaceAll "[0-9]+" .File "N" }}{{ end }}`,
	} {
		out, err := execute(text, many)
		if err != nil || len(out) < 5 {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
	}
}

func TestAWriterThatFailsIsToldOfAsItIs(t *testing.T) {
	tmpl, err := Parse("t", "{{ range . }}x{{ end }}", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tmpl.Execute(failing{}, rows(), now); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

var errFull = errors.New("disk full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

// TestATemplateRunsAsOftenAsOneLikes: a run leaves nothing behind.
func TestATemplateRunsAsOftenAsOneLikes(t *testing.T) {
	tmpl, err := Parse("t", `{{ define "x" }}{{ . }}{{ end }}{{ range . }}{{ template "x" .File }}{{ end }}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var b bytes.Buffer
		if err := tmpl.Execute(&b, rows(), now); err != nil || b.String() != "src/a b/c.envk.json" {
			t.Errorf("got %q, %v", b.String(), err)
		}
	}
}

// FuzzTemplate: no template makes the program panic, hang or write without end.
func FuzzTemplate(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text)
	}
	if text, err := os.ReadFile("testdata/sprig.tsv"); err == nil {
		for line := range strings.Lines(string(text)) {
			template, _, _ := strings.Cut(line, "\t")
			f.Add(template)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := Parse("t", text, nil)
		if err == nil {
			tmpl.steps /= 100
			_ = tmpl.Execute(io.Discard, rows(), now)
		}
	})
}
