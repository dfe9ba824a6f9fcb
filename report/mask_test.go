package report

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

func TestHideShowsWhatGitleaksShows(t *testing.T) {
	for _, c := range []struct {
		percent int
		secret  string
		want    string
	}{
		{100, "abcdefghij", "REDACTED"},
		{0, "abcdefghij", "abcdefghij"},
		{1, "abcdefghij", "abcdefghij..."},
		{50, "abcde", "ab..."},     // 2.5 is rounded to even
		{50, "abcdefg", "abcd..."}, // and so is 3.5
		{90, "abcdefghij", "a..."},
		{99, "abcdefghij", "..."},
		{50, "", ""},
		{100, "", ""},
	} {
		m := masker{percent: c.percent}
		if got := m.hide(c.secret); got != c.want {
			t.Errorf("hide(%q) at %d: got %q, want %q", c.secret, c.percent, got, c.want)
		}
	}
}

// TestAnExcerptStaysMarked: what is masked is marked, and nothing else.
func TestAnExcerptStaysMarked(t *testing.T) {
	a, b := secretFor("a"), secretFor("b")
	for _, c := range []struct {
		name, text string
		spans      []mudlark.Span
		focus      int
		want       string // the marks in brackets, the focus in braces
	}{
		{"one", "x=" + a + ";", []mudlark.Span{{Start: 2, End: 38}}, 0, "x={REDACTED};"},
		{"another's too", a + " " + b, []mudlark.Span{{Start: 0, End: 36}}, 0, "{REDACTED} [REDACTED]"},
		{"focus on the second", "ab cd", []mudlark.Span{{Start: 0, End: 2}, {Start: 3, End: 5}}, 1, "[REDACTED] {REDACTED}"},
		{"not UTF-8", "\xff" + a + "\xfe", []mudlark.Span{{Start: 1, End: 37}}, 0, "�{REDACTED}�"},
		{"no mark", "x=" + a, nil, 0, "x={REDACTED}"},
		{"bad marks", "x=" + a, []mudlark.Span{{Start: -1, End: 3}, {Start: 5, End: 4}, {Start: 2, End: 99}}, 7, "x={REDACTED}"},
	} {
		m := masker{percent: 100, words: newWords([]string{a, b})}
		e := m.excerpt(mudlark.Excerpt{Text: mudlark.NewSensitive(c.text), Secrets: c.spans, Focus: c.focus}, mudlark.NewSensitive(a))
		if got := bracketed(e); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func bracketed(e mudlark.Excerpt) string {
	text, at := reveal(e.Text), 0
	var b strings.Builder
	for i, s := range e.Secrets {
		signs := "[]"
		if i == e.Focus {
			signs = "{}"
		}
		b.WriteString(text[at:s.Start] + signs[:1] + text[s.Start:s.End] + signs[1:])
		at = s.End
	}
	return b.String() + text[at:]
}

func TestAShortSecretHidesItsOwnTextAlone(t *testing.T) {
	f := findingOf("acme-login", "me", "name = 'me'", mudlark.Origin{Source: "dir", Path: "some/meme.txt"}, 1)
	f.Excerpt.Secrets, f.Match = []mudlark.Span{{Start: 8, End: 10}}, mudlark.NewSensitive("'me'")
	r := &recording{run: exampleRun(), found: []mudlark.Finding{f}}
	out := r.write(t, "jsonl", Options{Redact: 100})
	for _, want := range []string{`"path":"some/meme.txt"`, `"text":"name = 'REDACTED'"`, `"secret":"REDACTED"`, `"match":"'REDACTED'"`} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is missing in\n%s", want, out)
		}
	}
}

func TestOverlappingSecretsShowNoneOfThem(t *testing.T) {
	m := masker{percent: 50, words: newWords([]string{"abcdefghij", "ghijklmnop"})}
	if got := m.text("x abcdefghijklmnop y"); got != "x REDACTED y" {
		t.Errorf("got %q", got)
	}
	if got := m.text("x abcdefghij y"); got != "x abcde... y" {
		t.Errorf("got %q", got)
	}
}

func TestALoginInATargetIsHidden(t *testing.T) {
	login := "me" + ":" + "pw"
	for in, want := range map[string]string{
		"https://" + login + "@example.com/a.git": "https://REDACTED@example.com/a.git",
		"https://tok@example.com/a.git":           "https://REDACTED@example.com/a.git",
		"ssh://git@example.com/a@b":               "ssh://git@example.com/a@b",
		"ssh://" + login + "@example.com":         "ssh://REDACTED@example.com",
		"me@example.com:a.git":                    "me@example.com:a.git",
		"https://example.com/@x":                  "https://example.com/@x",
	} {
		m := masker{percent: 100}
		if got := m.login(in); got != want {
			t.Errorf("login(%q): got %q, want %q", in, got, want)
		}
	}
}

// ownWords are the strings that the program itself makes up: field by type.
func ownWords(owner reflect.Type, field string) bool {
	switch owner.Name() + "." + field {
	case "Tool.Name", "Tool.Version", "Tool.URL", "Run.Source", "Origin.Source", "Finding.RuleID", "RuleInfo.ID", "Fold.RuleID":
		return true
	}
	return false
}

// plant puts text made by next into every string below v that may hold what
// was scanned.
func plant(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		plant(v.Elem(), next)
	case reflect.Struct:
		switch v.Interface().(type) {
		case mudlark.Sensitive:
			v.Set(reflect.ValueOf(mudlark.NewSensitive(next())))
			return
		case mudlark.Excerpt:
			v.Set(reflect.ValueOf(mudlark.Excerpt{Text: mudlark.NewSensitive(next())}))
			return
		case time.Time:
			return
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; !ownWords(v.Type(), name) {
				plant(v.Field(i), next)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			plant(v.Index(i), next)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		if v.Type().Elem().Kind() == reflect.Int {
			return
		}
		value := reflect.New(v.Type().Elem()).Elem()
		plant(value, next)
		v.SetMapIndex(reflect.ValueOf("key").Convert(v.Type().Key()), value)
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(next())
		}
	}
}

// plantedScan has secrets everywhere: what is told first holds secrets that
// are told last.
func plantedScan(seed uint64) (r *recording, planted []string) {
	rng := rand.New(rand.NewPCG(seed, 1))
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-!~ \"\\<&äß漢\xff"
	make1 := func() string {
		b := []byte("S7")
		for range wordMin + rng.IntN(30) {
			b = append(b, letters[rng.IntN(len(letters))])
		}
		return string(b) + "7E"
	}
	for range 6 {
		planted = append(planted, make1())
	}
	planted = append(planted, make1()+"\n"+make1()+"\n"+make1())
	next := func() string {
		s := planted[rng.IntN(len(planted))]
		switch rng.IntN(6) {
		case 0:
			return "p/" + url.PathEscape(s) + "/q"
		case 1:
			return url.QueryEscape(s)
		case 2:
			return fmt.Sprintf("%q", s)
		case 3:
			return "dir/" + strings.Split(s, "\n")[0]
		}
		return "x" + s + "y" + planted[rng.IntN(len(planted))]
	}
	r = &recording{}
	for _, v := range []any{&r.run, &r.summary} {
		plant(reflect.ValueOf(v).Elem(), next)
	}
	r.summary.Verdict, r.summary.Findings = mudlark.Found, 3
	for i, secret := range planted {
		var f mudlark.Finding
		plant(reflect.ValueOf(&f).Elem(), next)
		f.RuleID, f.Secret = "rule", mudlark.NewSensitive(secret)
		f.Match = mudlark.NewSensitive("key = " + secret)
		f.Position = mudlark.Position{StartLine: i + 1, StartColumn: 1}
		if i%2 == 1 {
			f.Suppression.By = mudlark.ByComment
		}
		r.found = append(r.found, f)
		var skip mudlark.Skip
		plant(reflect.ValueOf(&skip).Elem(), next)
		r.skips = append(r.skips, skip)
	}
	return r, planted
}

func TestPlantedSecretsAreInNoReport(t *testing.T) {
	for seed := range uint64(60) {
		for _, format := range Formats() {
			r, planted := plantedScan(seed)
			out := r.write(t, format, Options{Redact: 100, Verbose: true, Now: now, Width: 2000})
			decoded, _ := url.PathUnescape(strings.ReplaceAll(out, "%!", "%25!"))
			plain := strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\u003c`, "<", `\u0026`, "&").Replace(out)
			for _, secret := range planted {
				for line := range strings.SplitSeq(secret, "\n") {
					for _, form := range []string{line, valid(line), url.PathEscape(line), url.QueryEscape(line)} {
						for _, text := range []string{out, decoded, plain} {
							if at := strings.Index(text, form); at >= 0 {
								t.Fatalf("seed %d, %s: a secret is shown: %.120q", seed, format, text[max(0, at-40):])
							}
						}
					}
				}
			}
			least := 10
			switch format {
			case "trufflehog-github": // of a finding it tells the path alone
				least = 1
			case "detect-secrets":
				least = 0
			}
			if strings.Count(out, mudlark.Masked) < least {
				t.Fatalf("seed %d, %s: few masks:\n%s", seed, format, out)
			}
		}
	}
}

// TestSecretsAreShownOnRequest: the test above would pass on an empty report.
func TestSecretsAreShownOnRequest(t *testing.T) {
	secret := secretFor("a")
	for _, format := range []string{"text", "json", "jsonl"} {
		if out := exampleScan().write(t, format, Options{}); !strings.Contains(out, secret) {
			t.Errorf("%s: the secret is hidden", format)
		}
	}
}

func TestHashesAreNoSecrets(t *testing.T) {
	id := hash("commit", 40)
	r := exampleScan()
	f := findingOf("acme-key", id, "revision = "+id, mudlark.Origin{Source: "git", Path: "go.lock", Object: id, Commit: &mudlark.Commit{ID: id, Subject: "pin " + id}}, 1)
	r.found = []mudlark.Finding{f}
	out := r.write(t, "jsonl", Options{Redact: 100})
	if !strings.Contains(out, `"commit":{"id":"`+id) || strings.Contains(out, "pin "+id) {
		t.Errorf("the id of a commit is hidden, or a secret is shown:\n%s", out)
	}
}

func TestARuleKeepsItsWords(t *testing.T) {
	r := exampleScan()
	r.run.Rules = []mudlark.RuleInfo{{ID: "password", Description: "A password in " + secretFor("d")}}
	for _, s := range []string{"password", secretFor("d")} {
		r.found = append(r.found, findingOf("password", s, "x = "+s, mudlark.Origin{Source: "dir", Path: "password.txt"}, 1))
	}
	out := r.write(t, "json", Options{Redact: 100})
	if !strings.Contains(out, `"Description": "A password in REDACTED"`) || strings.Contains(out, "password.txt") {
		t.Error("want the word kept in the rule, and hidden in the path")
	}
}
