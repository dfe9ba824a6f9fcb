package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// gitleaksSecrets stand in the golden files as %a%, %b% and %c%.
func gitleaksSecrets() (a, b, c string) {
	return strings.Repeat("Ab3De6Gh", 5), secretFor("b")[:24], secretFor("c")[:13]
}

// placed is a finding of secret in match, with the places of both given as gitleaks
// does not: columns are right, and ends are exclusive.
func placed(rule, secret, match, path string, line, column, end int) mudlark.Finding {
	at := strings.Index(match, secret)
	p := mudlark.Position{StartLine: line, StartColumn: column, EndLine: line, EndColumn: end}
	f := mudlark.Finding{
		RuleID: rule, Secret: mudlark.NewSensitive(secret), Match: mudlark.NewSensitive(match), Entropy: 4.5,
		Position: p, Origin: mudlark.Origin{Source: "dir", Path: path}, Fingerprint: "v1:" + rule + ":" + hash(secret, 16),
	}
	if secret != match {
		f.MatchPosition = p
		f.Position.StartColumn, f.Position.EndColumn = column+at, column+at+len(secret)
	}
	return f
}

// gitleaksScan has what the golden files were written for by hand: each way of
// gitleaks' once.
func gitleaksScan() *recording {
	a, b, c := gitleaksSecrets()
	r := &recording{run: exampleRun(), summary: mudlark.Summary{Verdict: mudlark.Found, Findings: 7}}
	r.run.Rules[0].Description, r.run.Rules[2].Description = "Acme <token> & more", "Login \xff"

	first := placed("acme-token", a, "TOK="+a, "app/config.yml", 1, 3, 47) // the columns of a first line are right
	first.Entropy, first.Origin.Source = 3.84185427, "git"
	first.Origin.Link = "https://example.com/r/blob/0123456789abcdef0123456789abcdef01234567/app/config.yml#L1"
	first.Origin.Commit = &mudlark.Commit{
		ID: "0123456789abcdef0123456789abcdef01234567", Author: "Ann <Example>", Email: "ann@example.com", Subject: `add "config"`,
		Date: time.Date(2023, 4, 1, 9, 0, 0, 0, time.FixedZone("", 2*60*60)),
	}
	second := placed("acme-token", a, a, "src/ümlaut & co.env", 2, 5, 45) // after TOK=
	second.Entropy, second.Tags = 3.84185427, []string{"acme", "key"}
	second.Origin.Labels = map[string]string{"symlink": "src/link.env"}
	enc := placed("acme-key", b, "key = "+b, "k8s/secret.yaml", 3, 11, 67) // where the encoded text stands
	enc.Tags = []string{"decoded:base64", "decode-depth:1"}
	pem := "-----BEGIN\n" + b + "\nEND"
	member := placed("acme-key", pem, pem, "outer.zip!inner/key.pem", 4, 1, 4)
	member.Position.EndLine = 6
	both := placed("acme-login", b, `a="`+b+`", b='`+c+`' `+"\xff", "both.txt", 9, 2, 57)
	other := placed("acme-login", c, "'"+c+"'", "both.txt", 9, 34, 49)
	file := mudlark.Finding{
		RuleID: "acme-file", Match: mudlark.NewSensitive("file detected: home/id_acme"), Origin: mudlark.Origin{Source: "dir", Path: "home/id_acme"},
		Position: mudlark.Position{StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 1},
	}
	silenced := placed("acme-key", c, c, "tests/key.txt", 1, 1, 14)
	silenced.Suppression.By = mudlark.ByBaseline
	r.found = []mudlark.Finding{first, second, enc, member, both, silenced, other, file}
	return r
}

// theirName is a table of names such as the dialect has.
func theirName(id string) string {
	if id == "acme-token" {
		return "gl-token"
	}
	return id
}

func gitleaksFormats() map[string]string {
	return map[string]string{"gitleaks-json": "gitleaks.json", "gitleaks-csv": "gitleaks.csv", "gitleaks-junit": "gitleaks.junit.xml"}
}

func TestGitleaksFormsByteForByte(t *testing.T) {
	a, b, c := gitleaksSecrets()
	for format, file := range gitleaksFormats() {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		must(t, err)
		want := strings.NewReplacer("%a%", a, "%b%", b, "%c%", c).Replace(string(text))
		if got := gitleaksScan().write(t, format, Options{RuleName: theirName}); got != want {
			t.Errorf("%s: %s", format, firstDifference(got, want))
		}
	}
}

// TestGitleaksRedactsByteForByte: all secrets are hidden in every match, each as
// gitleaks hides it.
func TestGitleaksRedactsByteForByte(t *testing.T) {
	a, b, c := gitleaksSecrets()
	pem := "-----BEGIN\n" + b + "\nEND"
	for _, test := range []struct{ percent, a, b, c, pem int }{
		{0, 40, 24, 13, 39}, {1, 40, 24, 13, 39}, {50, 20, 12, 6, 20}, {99, 0, 0, 0, 0}, {100, -1, -1, -1, -1},
	} {
		hidden := func(secret string, n int) string {
			switch {
			case n < 0:
				return "REDACTED"
			case test.percent == 0:
				return secret
			}
			return secret[:n] + "..."
		}
		lines := strings.NewReplacer("\n", "\\n")
		for format, file := range gitleaksFormats() {
			text, err := os.ReadFile(filepath.Join("testdata", file))
			must(t, err)
			newline := map[string]string{"gitleaks-json": `\n`, "gitleaks-csv": "\n", "gitleaks-junit": `\n`}[format]
			block := "-----BEGIN" + newline + "%b%" + newline + "END"
			key := hidden(pem, test.pem)
			if format != "gitleaks-csv" {
				key = lines.Replace(key)
			}
			want := strings.NewReplacer("%a%", hidden(a, test.a), block, key, "%b%", hidden(b, test.b), "%c%", hidden(c, test.c)).Replace(string(text))
			got := gitleaksScan().write(t, format, Options{RuleName: theirName, Redact: test.percent})
			if format == "gitleaks-csv" { // a key that is hidden has one line, and needs no quotes
				got, want = strings.ReplaceAll(got, `"`, ""), strings.ReplaceAll(want, `"`, "")
			}
			if got != want {
				t.Errorf("%s at %d: %s", format, test.percent, firstDifference(got, want))
			}
		}
	}
}

func TestGitleaksFormsOfNothing(t *testing.T) {
	for format, want := range map[string]string{
		"gitleaks-json": "[]\n", "gitleaks-csv": "",
		"gitleaks-junit": xml.Header + "<testsuites>\n\t<testsuite failures=\"0\" name=\"gitleaks\" tests=\"0\" time=\"\"></testsuite>\n</testsuites>",
	} {
		if got := emptyScan(true).write(t, format, Options{}); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}

// TestGitleaksCSVHasLinksIfThereIsOne: of any finding.
func TestGitleaksCSVHasLinksIfThereIsOne(t *testing.T) {
	r := gitleaksScan()
	r.found = r.found[1:] // the first had one
	out := r.write(t, "gitleaks-csv", Options{})
	if head, _, _ := strings.Cut(out, "\n"); !strings.HasSuffix(head, ",Fingerprint,Tags") {
		t.Errorf("no link: %s", head)
	}
	r.found[2].Origin.Link = "https://example.com"
	if head, _, _ := strings.Cut(r.write(t, "gitleaks-csv", Options{}), "\n"); !strings.HasSuffix(head, ",Tags,Link") {
		t.Errorf("one link: %s", head)
	}
}

// TestGitleaksFormsAreTheirEncoders: a slow, obvious way, as gitleaks goes, writes
// the same.
func TestGitleaksFormsAreTheirEncoders(t *testing.T) {
	for _, redact := range []int{0, 30, 100} {
		r := exampleScan()
		s := scan{opts: Options{Redact: redact}, run: r.run}
		for i := range r.found {
			s.found = append(s.found, &r.found[i])
		}
		s.mask()
		s.index()
		var all []gitleaksFinding
		for _, f := range s.counting() {
			all = append(all, s.gitleaks(f))
		}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetIndent("", " ")
		must(t, e.Encode(all))
		got := exampleScan().write(t, "gitleaks-json", Options{Redact: redact})
		// What was no UTF-8 is replaced before, and what is not seen is an escape.
		if plain := strings.NewReplacer("\u202e", `\u202e`, "\ufffd", `\ufffd`).Replace(want.String()); got != plain {
			t.Errorf("redact %d: %s", redact, firstDifference(got, plain))
		}
		var read []gitleaksFinding
		must(t, json.Unmarshal([]byte(got), &read))
		if fmt.Sprint(read) != fmt.Sprint(all) {
			t.Errorf("redact %d: what is read is not what was written", redact)
		}
	}
}

// TestGitleaksPlaces: a place that was not recorded is told from the match.
func TestGitleaksPlaces(t *testing.T) {
	at := func(line, column, endLine, endColumn int) mudlark.Position {
		return mudlark.Position{StartLine: line, StartColumn: column, EndLine: endLine, EndColumn: endColumn}
	}
	for _, test := range []struct {
		name, secret, match string
		secretAt, matchAt   mudlark.Position
		tags                []string
		want                [4]int // start line and column, end line and column
	}{
		{"first line", "s3cr", "k=s3cr;", at(1, 3, 1, 7), mudlark.Position{}, nil, [4]int{1, 1, 1, 7}},
		{"other line", "s3cr", "k=s3cr;", at(2, 3, 2, 7), mudlark.Position{}, nil, [4]int{2, 2, 2, 8}},
		{"begins a line earlier", "s3cr", "k:\n  s3cr", at(5, 3, 5, 7), mudlark.Position{}, nil, [4]int{4, 2, 5, 7}},
		{"ends a line later", "s3cr", "s3cr\nxy", at(1, 1, 1, 5), mudlark.Position{}, nil, [4]int{1, 1, 2, 3}},
		{"from first to second line", "s3cr", "k:\ns3cr", at(2, 1, 2, 5), at(1, 4, 2, 5), nil, [4]int{1, 4, 2, 5}},
		{"a line end after it", "s3cr", "k=s3cr\n", at(2, 3, 2, 7), at(2, 1, 2, 7), nil, [4]int{2, 2, 2, 7}},
		{"a line end before it", "s3cr", "\nk=s3cr", at(2, 3, 2, 7), at(2, 1, 2, 7), nil, [4]int{2, 1, 2, 6}},
		{"two before it", "s3cr", "\n\nk=s3cr", at(3, 3, 3, 7), at(3, 1, 3, 7), nil, [4]int{2, 1, 3, 5}},
		{"decoded", "s3cr", "k=s3cr;", at(1, 9, 1, 20), mudlark.Position{}, []string{"decoded:hex"}, [4]int{1, 9, 1, 19}},
		{"hostile", "s3cr", "k\n\n=s3cr\n\n;", at(-5, -1<<63, -7, -1<<63), mudlark.Position{}, nil, [4]int{1, 1, 0, 1}},
	} {
		f := mudlark.Finding{
			RuleID: "r", Secret: mudlark.NewSensitive(test.secret), Match: mudlark.NewSensitive(test.match), Tags: test.tags,
			Position: test.secretAt, MatchPosition: test.matchAt, Origin: mudlark.Origin{Path: "f"},
		}
		g := (&scan{}).gitleaks(&f)
		if got := [4]int{g.StartLine, g.StartColumn, g.EndLine, g.EndColumn}; got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
		if want := fmt.Sprintf("f:r:%d", g.StartLine); g.Fingerprint != want {
			t.Errorf("%s: got %q, want %q", test.name, g.Fingerprint, want)
		}
	}
}

func TestNastyNamesInGitleaksForms(t *testing.T) {
	for _, redact := range []int{0, 100} {
		var found []gitleaksFinding
		text := nastyScan().write(t, "gitleaks-json", Options{Redact: redact})
		mustBeSafe(t, text)
		must(t, json.Unmarshal([]byte(text), &found))

		text = nastyScan().write(t, "gitleaks-csv", Options{Redact: redact})
		mustBeSafe(t, strings.NewReplacer("\t", " ", "\r\n", "\n").Replace(text))
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		must(t, err)

		text = nastyScan().write(t, "gitleaks-junit", Options{Redact: redact})
		mustBeSafe(t, strings.ReplaceAll(text, "\t", " "))
		cases := 0
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "testcase" {
				cases++
			}
		}
		if n := len(found); n != len(nastyScan().found) || len(rows) != n+1 || cases != n {
			t.Errorf("redact %d: %d, %d, %d of %d", redact, n, len(rows)-1, cases, len(nastyScan().found))
		}
	}
}
