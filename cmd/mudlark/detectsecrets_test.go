//go:build !gendoc

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/mudlark-scan/mudlark/rules"
)

// TestTheBaselineThatDetectSecretsWroteIsUnderstood: the golden file is what
// release 1.5.0 wrote for the corpus. Of what we find there, what it knows does not
// count; what was added since does, on the same lines and in other files.
//
// With RECORD=FOLDER the corpus is written there, for
// "detect-secrets scan --all-files".
func TestTheBaselineThatDetectSecretsWroteIsUnderstood(t *testing.T) {
	const golden = "testdata/detect-secrets/"
	if to := os.Getenv("RECORD"); to != "" {
		fillCorpus(t, golden+"corpus.txtar", to, 1)
		return
	}
	dir := t.TempDir()
	fillCorpus(t, golden+"corpus.txtar", dir, 1)
	baseline, err := filepath.Abs(golden + "secrets.baseline")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	known, open := judged(t, baseline)
	if want := resultsOf(t, baseline); !slices.Equal(known, want) {
		t.Errorf("known are\n%q, of what it holds\n%q", known, want)
	}
	if want := []string{"run.sh:3"}; !slices.Equal(open, want) { // which it did not see
		t.Errorf("%q count, want %q", open, want)
	}

	// Other secrets at the same places count, but where only the beginning of one is
	// hashed: it would say nothing of these either.
	corpus := filepath.Join(filepath.Dir(baseline), "corpus.txtar")
	fillCorpus(t, corpus, dir, 2)
	if known, _ := judged(t, baseline); !slices.Equal(known, []string{"keys/id.pem:1", "run.sh:1"}) {
		t.Errorf("of other secrets these are known: %q", known)
	}
}

// resultsOf returns the places that a baseline of detect-secrets holds.
func resultsOf(t *testing.T, baseline string) (places []string) {
	t.Helper()
	text, err := os.ReadFile(baseline)
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		Results map[string][]struct {
			Line int `json:"line_number"`
		}
	}
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	for file, results := range b.Results {
		for _, r := range results {
			places = append(places, fmt.Sprintf("%s:%d", file, r.Line))
		}
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// fillCorpus writes the files of an archive with their blanks filled.
func fillCorpus(t *testing.T, archive, dir string, seed uint64) {
	t.Helper()
	corpus, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range corpus.Files {
		var text strings.Builder
		n := uint64(0)
		for line := range strings.Lines(string(f.Data)) {
			n++
			filled, err := rules.Fill(line, seed<<32+1000*uint64(i+1)+n)
			if err != nil {
				t.Fatalf("%s:%d: %v", f.Name, n, err)
			}
			text.WriteString(filled)
		}
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// judged scans the current folder and returns the places that a baseline knows and
// those that count.
func judged(t *testing.T, baseline string) (known, open []string) {
	t.Helper()
	res := mud(t, "", "dir", ".", "--baseline", baseline, "--format", "json")
	var r struct {
		Findings []struct {
			File        string
			StartLine   int
			Suppressed  bool
			Suppression struct{ By string }
		}
	}
	if err := json.Unmarshal([]byte(res.out), &r); err != nil {
		t.Fatalf("%v\n%s", err, res.err)
	}
	for _, f := range r.Findings {
		at := fmt.Sprintf("%s:%d", f.File, f.StartLine)
		switch {
		case f.Suppression.By == "baseline" && !slices.Contains(known, at):
			known = append(known, at)
		case !f.Suppressed:
			open = append(open, at)
		}
	}
	slices.Sort(known)
	slices.Sort(open)
	return known, open
}
