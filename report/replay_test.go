package report

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

func TestReplayNamesTheLineThatIsWrong(t *testing.T) {
	const run, end = `{"run":{"source":"dir"}}` + "\n", `{"summary":{"verdict":"clean"}}` + "\n"
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "the stream is empty"},
		{"blank", "\n \n", "the stream is empty"},
		{"not JSON", run + "findings: 3\n", "line 2: this is not a message"},
		{"an array", "[]\n", "line 1: this is not a message"},
		{"wrong type", run + "\n" + `{"finding":{"rule":3}}`, "line 3: this is not a message"},
		{"unknown grade", run + `{"finding":{"confidence":"sure"}}`, `line 2: this is not a message of the jsonl format: unknown confidence "sure": use one of low, medium, high`},
		{"no run", end, "line 1: the stream does not begin with a run"},
		{"two runs", run + run, "line 2: a second run"},
		{"after the end", run + end + run, "line 3: something follows the summary"},
		{"cut off", run, "ends without a summary"},
		{"cut in a line", run + `{"summary":{"verd`, "line 2: this is not a message"},
		{"unknown", `{"hello":1}` + "\n" + run + `{"cost":{"x":1}}` + "\n" + `{}` + "\n" + end, ""},
		{"unknown field", run + `{"skip":{"reason":"new","extra":1},"more":2}` + "\n" + end, ""},
		{"no last line end", run + strings.TrimSpace(end), ""},
		{"carriage returns", strings.ReplaceAll(run+end, "\n", "\r\n"), ""},
	} {
		s, err := New("jsonl", io.Discard, Options{})
		must(t, err)
		switch err := Replay(strings.NewReader(c.in), s); {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

// TestAStreamWithoutAnEndIsIncomplete: what was found is reported all the same.
func TestAStreamWithoutAnEndIsIncomplete(t *testing.T) {
	stream := exampleScan().write(t, "jsonl", Options{Redact: 100})
	for lines, verdict := range map[int]string{1: "incomplete", 2: "findings"} {
		cut := strings.Join(strings.SplitAfter(stream, "\n")[:lines], "")
		var b bytes.Buffer
		s, err := New("json", &b, Options{})
		must(t, err)
		if err := Replay(strings.NewReader(cut), s); !errors.Is(err, ErrUnfinished) {
			t.Errorf("%d lines: got %v", lines, err)
		}
		if out := b.String(); !strings.Contains(out, `"verdict": "`+verdict+`",`+"\n \"incomplete\": true") {
			t.Errorf("%d lines: not %s and incomplete:\n%.200s", lines, verdict, out)
		}
	}
}

// endless gives one line without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestReplayBoundsALine(t *testing.T) {
	s, err := New("jsonl", io.Discard, Options{})
	must(t, err)
	if err := Replay(endless{}, s); err == nil || !strings.Contains(err.Error(), "line 1: it is longer than 64 MB") {
		t.Errorf("got %v", err)
	}
}

var errFull = errors.New("disk full")

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAFailedWriteIsToldOfAtTheEnd(t *testing.T) {
	for _, format := range Formats() {
		s, err := New(format, full{}, templated(format, Options{}))
		must(t, err)
		must(t, s.Begin(mudlark.Run{}))
		for range 2000 {
			must(t, s.Finding(findingOf("acme-key", secretFor("a"), secretFor("a"), mudlark.Origin{Path: "a"}, 1)))
		}
		if err := s.End(mudlark.Summary{}); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v", format, err)
		}
	}
}

// FuzzReplay: no stream makes a format fail or panic, and what was recorded
// once is recorded the same again.
func FuzzReplay(f *testing.F) {
	stream := exampleScan().write(f, "jsonl", Options{Redact: 100})
	f.Add(stream)
	for line := range strings.SplitSeq(stream, "\n") {
		f.Add(`{"run":{"source":"dir","target":"/x"}}` + "\n" + line + "\n" + `{"summary":{"verdict":"findings","findings":1}}`)
	}
	f.Add(`{"run":{"confidence":"","rules":null}}` + "\n" + `{"finding":{"entropy":1e308,"excerpt":{"text":"a\tb","secrets":[{"start":9},{"start":0,"end":2},{"start":1,"end":3}],"focus":-1},` +
		`"position":{"startLine":-1,"endColumn":-9223372036854775808},"origin":{"path":"a\u0000!b","commit":{"date":"9999-12-31T23:59:59-23:00"}}}}` + "\n" + `{"summary":{}}`)
	f.Fuzz(func(t *testing.T, in string) {
		for _, redact := range []int{0, 30, 100} {
			var first, second bytes.Buffer
			s, err := New("jsonl", &first, Options{Redact: redact})
			must(t, err)
			if Replay(strings.NewReader(in), s) != nil {
				return
			}
			s, err = New("jsonl", &second, Options{Redact: 0})
			must(t, err)
			must(t, Replay(bytes.NewReader(first.Bytes()), s))
			if first.String() != second.String() {
				t.Fatalf("a second recording differs\n%s", firstDifference(second.String(), first.String()))
			}
			for _, format := range Formats() {
				if format == "detect-secrets" { // what was recorded may be hidden
					continue
				}
				out := replayed(t, in, format, Options{Redact: redact, Now: now, Verbose: true})
				switch format {
				case "sarif":
					validate(t, out)
				case "text":
					mustBeSafe(t, out)
				}
			}
		}
	})
}
