package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

// now is when the example is reported.
var now = time.Date(2024, 11, 23, 12, 0, 0, 0, time.UTC)

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if got != string(want) {
		t.Errorf("%s differs from what is written now (go test -update, and look at the difference):\n%s", file, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got  " + g[i] + "\nwant " + w[i]
		}
	}
	return "one ends before the other"
}

func replayed(t testing.TB, stream, format string, opts Options) string {
	t.Helper()
	var b bytes.Buffer
	s, err := New(format, &b, templated(format, opts))
	must(t, err)
	must(t, Replay(strings.NewReader(stream), s))
	return b.String()
}

func TestGoldenFiles(t *testing.T) {
	golden(t, "scan.jsonl", exampleScan().write(t, "jsonl", Options{Redact: 100}))
	stream, err := os.ReadFile("testdata/scan.jsonl")
	must(t, err)
	for _, g := range []struct {
		file, format string
		opts         Options
	}{
		{"scan.jsonl", "jsonl", Options{Redact: 100}},
		{"scan.json", "json", Options{Redact: 100}},
		{"scan.sarif", "sarif", Options{Redact: 100}},
		{"scan.txt", "text", Options{Redact: 100, Now: now}},
		{"scan-verbose.txt", "text", Options{Redact: 100, Now: now, Verbose: true, Width: 120}},
		{"scan.csv", "csv", Options{Redact: 100, Verbose: true}},
		{"scan.junit.xml", "junit", Options{Redact: 100}},
		{"scan.gitlab.json", "gitlab", Options{Redact: 100, Now: now}},
		{"scan.md", "markdown", Options{Redact: 100, Now: now}},
		{"scan.github.txt", "github", Options{Redact: 100, Now: now}},
		{"scan.trufflehog.jsonl", "trufflehog-json", Options{Redact: 100}},
		{"scan.trufflehog-legacy.jsonl", "trufflehog-json-legacy", Options{Redact: 100}},
		{"scan.trufflehog-github.txt", "trufflehog-github", Options{Redact: 100}},
	} {
		golden(t, g.file, replayed(t, string(stream), g.format, g.opts))
	}
}

// TestReplayGivesWhatTheScanGave: a recorded stream, masked or not, makes the
// same report as the scan itself did.
func TestReplayGivesWhatTheScanGave(t *testing.T) {
	for _, redact := range []int{100, 40, 0} {
		stream := exampleScan().write(t, "jsonl", Options{Redact: redact})
		for _, format := range Formats() {
			if format == "detect-secrets" { // it holds hashes of what is hidden
				continue
			}
			opts := Options{Redact: redact, Now: now, Verbose: true}
			direct := exampleScan().write(t, format, opts)
			if got := replayed(t, stream, format, opts); got != direct {
				t.Errorf("redact %d, %s: a replay differs\n%s", redact, format, firstDifference(got, direct))
			}
			opts.Redact = 0 // what is masked stays so
			if got := replayed(t, stream, format, opts); got != direct {
				t.Errorf("redact %d, %s: a replay that shows secrets differs\n%s", redact, format, firstDifference(got, direct))
			}
		}
		if again := exampleScan().write(t, "jsonl", Options{Redact: redact}); again != stream {
			t.Errorf("redact %d: two runs differ", redact)
		}
	}
}

// TestASinkChangesNothingOfItsCaller: findings share commits and labels with
// the scan that goes on.
func TestASinkChangesNothingOfItsCaller(t *testing.T) {
	r := exampleScan()
	before := r.write(t, "jsonl", Options{})
	for _, format := range Formats() {
		r.write(t, format, Options{Redact: 100, Now: now})
	}
	if after := r.write(t, "jsonl", Options{}); after != before {
		t.Errorf("a report changed what it was told\n%s", firstDifference(after, before))
	}
}

func TestNewNamesWhatItKnows(t *testing.T) {
	_, err := New("xml", &bytes.Buffer{}, Options{})
	if err == nil || !strings.Contains(err.Error(), "text, json, jsonl, sarif") {
		t.Errorf("unknown format: got %v", err)
	}
	for _, n := range []int{-1, 101} {
		if _, err := New("text", &bytes.Buffer{}, Options{Redact: n}); err == nil {
			t.Errorf("redact %d is taken", n)
		}
	}
}

// TestEveryFormatHasAFile: format x-y is in x_y.go, or in x.go beside the others of x.
func TestEveryFormatHasAFile(t *testing.T) {
	for _, name := range Formats() {
		tool, _, _ := strings.Cut(name, "-")
		_, err := os.Stat(strings.ReplaceAll(name, "-", "_") + ".go")
		if err != nil {
			_, err = os.Stat(tool + ".go")
		}
		if err != nil {
			t.Error(err)
		}
	}
}
