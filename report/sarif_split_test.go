package report

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report/sarifcheck"
)

// tooMany is a scan of more results than code scanning takes: 5 of low confidence
// and 5 suppressed ones among them, at the beginning.
func tooMany(n int) *recording {
	r := &recording{run: exampleRun()}
	for i := range n {
		f := findingOf("acme-key", secretFor("a"), secretFor("a"), mudlark.Origin{Source: "dir", Path: fmt.Sprintf("%d.txt", i)}, 1)
		switch {
		case i < 5:
			f.Confidence = mudlark.Low
		case i < 10:
			f.Suppression.By = mudlark.ByComment
		}
		r.found = append(r.found, f)
	}
	return r
}

// split writes a scan as sarif in as many parts as it asks for.
func split(t testing.TB, r *recording, opts Options) (parts []string) {
	t.Helper()
	var more []*strings.Builder
	opts.Part = func(n int) (io.Writer, error) {
		if n != len(more)+2 {
			t.Errorf("part %d is opened after %d", n, len(more)+1)
		}
		more = append(more, new(strings.Builder))
		return more[len(more)-1], nil
	}
	parts = append(parts, r.write(t, "sarif", opts))
	for _, b := range more {
		parts = append(parts, b.String())
	}
	return parts
}

// passes fails a test if anything is wrong with files that are uploaded together.
func passes(t testing.TB, name string, files ...string) {
	t.Helper()
	c := new(sarifcheck.Checker)
	for i, text := range files {
		got, err := c.Check(fmt.Sprint("part ", i+1), strings.NewReader(text))
		must(t, err)
		if len(got.Violations) > 0 {
			t.Errorf("%s, file %d: %+v", name, i+1, got.Violations)
		}
	}
}

func paths(run int, l log) (all []string) {
	for _, r := range l.Runs[run].Results {
		all = append(all, strings.TrimSuffix(r.Locations[0].Physical.Artifact.URI, ".txt"))
	}
	return all
}

// TestTooManyResultsAreSplit: a service refuses the whole of a larger report.
func TestTooManyResultsAreSplit(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	notice := ""
	parts := split(t, tooMany(2*sarifMaxResults+7), Options{Notice: func(text string) { notice += text }})
	if len(parts) != 3 || !strings.Contains(notice, "split into 3 files") {
		t.Fatalf("%d parts, notice %q", len(parts), notice)
	}
	passes(t, "split", parts...)
	var all []string
	for i, text := range parts {
		l := parse(t, text)
		id := []string{"mudlark/git/", "mudlark/git-2/", "mudlark/git-3/"}[i]
		n := l.Runs[0].Invocations[0].Notifications
		if l.Runs[0].Details.ID != id || len(n) != 1 || !strings.HasPrefix(n[0].Message.Text, fmt.Sprintf("This is part %d of 3", i+1)) {
			t.Errorf("part %d: %s, %v", i+1, l.Runs[0].Details.ID, n)
		}
		if sarifPart(text[:512]) != i+1 {
			t.Errorf("part %d is taken for part %d", i+1, sarifPart(text[:512]))
		}
		got := paths(0, l)
		if i < 2 && len(got) != sarifMaxResults {
			t.Errorf("part %d has %d results", i+1, len(got))
		}
		// Least weighs what is suppressed, then what is doubtful, and of equals the last.
		if i == 2 && strings.Join(got, " ") != "3 4 5 6 7 8 9" {
			t.Errorf("the last part has %v", got)
		}
		all = append(all, got...)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) != 2*sarifMaxResults+7 {
		t.Errorf("%d different results in all parts", len(all))
	}
}

// TestWhereNothingCanFollowTheGravestAreKept, and a result says so.
func TestWhereNothingCanFollowTheGravestAreKept(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	for name, part := range map[string]func(int) (io.Writer, error){
		"nowhere":  nil,
		"a folder": func(int) (io.Writer, error) { return nil, errors.New("no space left") },
	} {
		notice := ""
		text := tooMany(sarifMaxResults+7).write(t, "sarif", Options{Part: part, Notice: func(text string) { notice += text }})
		passes(t, name, text)
		run := parse(t, text).Runs[0]
		if len(run.Results) != sarifMaxResults {
			t.Fatalf("%s: %d results, want %d", name, len(run.Results), sarifMaxResults)
		}
		got := paths(0, parse(t, text))[1:]
		// Suppressed are 5 to 9, low are 0 to 4: of the 8 that are left out they are the
		// first 5, and then of equals the last.
		for i, want := range map[int]string{0: "0", 1: "1", 2: "10", sarifMaxResults - 2: fmt.Sprint(sarifMaxResults + 6)} {
			if got[i] != want {
				t.Errorf("%s: result %d is %s, want %s", name, i, got[i], want)
			}
		}
		first := run.Results[0]
		if first.RuleID != cutOffID || first.Level != "error" || !strings.HasPrefix(first.Message.Text, "8 results are left out") {
			t.Errorf("%s: the first result is %+v", name, first)
		}
		if n := run.Invocations[0].Notifications; len(n) != 1 || n[0].Message.Text != first.Message.Text || !strings.Contains(notice, "8 are left out") {
			t.Errorf("%s: got %v, notice %q", name, n, notice)
		}
	}
}

// TestALogThatIsTooLargeIsSplit: by its compressed size.
func TestALogThatIsTooLargeIsSplit(t *testing.T) {
	if testing.Short() {
		t.Skip("large")
	}
	r, random := &recording{run: exampleRun()}, rand.New(rand.NewPCG(1, 2))
	for i := range 160 {
		noise := make([]byte, 50_000)
		for i := range noise {
			noise[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"[random.IntN(64)]
		}
		r.found = append(r.found, findingOf("acme-key", secretFor("a"), secretFor("a"), mudlark.Origin{Source: "dir", Path: fmt.Sprintf("%d/%s", i, noise)}, 1))
	}
	parts := split(t, r, Options{})
	if len(parts) < 2 || len(parts) > 3 {
		t.Fatalf("%d parts", len(parts))
	}
	passes(t, "too large", parts...)
	results := 0
	for _, text := range parts {
		results += len(parse(t, text).Runs[0].Results)
	}
	if results != 160 {
		t.Errorf("%d results in all parts", results)
	}
}

func TestPartsOfAReportLieBesideIt(t *testing.T) {
	for name, want := range map[string]string{"leaks.sarif": "leaks-2.sarif", "a.b.sarif": "a.b-2.sarif", "leaks": "leaks-2", ".sarif": "-2.sarif"} {
		f, err := Create(filepath.Join(t.TempDir(), name))
		must(t, err)
		if got := filepath.Base(f.PartPath(2)); got != want || !f.Splits() || f.partOf(got) != 2 {
			t.Errorf("%s: got %s, part %d, want %s", name, got, f.partOf(got), want)
		}
	}
	if To(io.Discard).Splits() {
		t.Error("what goes to a pipe cannot be split")
	}
}

// TestOnlyOwnPartsAreReplacedAndRemoved: a file of that name may be anybody's.
func TestOnlyOwnPartsAreReplacedAndRemoved(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "leaks.sarif")
	part := func(n int) string { return sarifHead + fmt.Sprintf("git-%d/\"\n      },\n", n) }
	whole := exampleScan().write(t, "sarif", Options{})
	for name, text := range map[string]string{
		"leaks.sarif": whole, "leaks-2.sarif": part(2), "leaks-3.sarif": part(3), "leaks-4.sarif": whole, // of a scan of its own
		"leaks-5.sarif": "mine", "leaks-6.sarif": part(7), "leaks-07.sarif": part(7), "leaks-x.sarif": part(2), "leaks-8.sarif.bak": part(8),
		"leaks-9.sarif": part(9), "other-2.sarif": part(2),
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	must(t, os.Mkdir(filepath.Join(dir, "leaks-10.sarif"), 0o700))
	target := filepath.Join(dir, "target")
	must(t, os.WriteFile(target, []byte(part(11)), 0o600))
	linked := os.Symlink(target, filepath.Join(dir, "leaks-11.sarif")) == nil
	f, err := Create(path)
	must(t, err)
	for n, free := range map[int]bool{2: true, 4: false, 5: false, 6: false, 10: false, 11: !linked, 12: true} {
		next, err := f.Part(n)
		if (err == nil) != free || err != nil && !strings.Contains(err.Error(), "something else lies") {
			t.Errorf("part %d: %v", n, err)
		}
		if err == nil {
			next.Abort()
		}
	}
	must(t, f.RemoveParts(2))
	want := "leaks-07.sarif leaks-10.sarif leaks-11.sarif leaks-2.sarif leaks-4.sarif leaks-5.sarif leaks-6.sarif leaks-8.sarif.bak leaks-x.sarif leaks.sarif other-2.sarif target"
	if !linked {
		want = strings.Replace(want, "leaks-11.sarif ", "", 1)
	}
	if got := entries(t, dir); got != want {
		t.Errorf("left are\n%s, want\n%s", got, want)
	}
}
