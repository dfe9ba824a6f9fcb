//go:build !gendoc

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/bigrepo"
	"github.com/mudlark-scan/mudlark/rules"
)

// A result is what one run of the command gave.
type result struct {
	code     int
	out, err string
}

// mud runs the command in this process.
func mud(t testing.TB, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, sys{
		in: strings.NewReader(stdin), out: &out, err: &errs,
		getenv: func(string) string { return "" },
		now:    func() time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	return result{code, out.String(), errs.String()}
}

// A record is a scan as its jsonl stream tells it.
type record struct {
	run      mudlark.Run
	findings []mudlark.Finding
	skips    []mudlark.Skip
	summary  mudlark.Summary
}

// scanned runs a scan with secrets shown and returns what it recorded.
func scanned(t testing.TB, args ...string) record {
	t.Helper()
	res := mud(t, "", append(args, "--format", "jsonl", "--redact=0")...)
	if res.out == "" {
		t.Fatalf("mudlark %s: no report; %s", strings.Join(args, " "), res.err)
	}
	return parseRecord(t, res.out)
}

func parseRecord(t testing.TB, stream string) record {
	t.Helper()
	var r record
	lines := bufio.NewScanner(strings.NewReader(stream))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var m struct {
			Run     *mudlark.Run
			Finding *mudlark.Finding
			Skip    *mudlark.Skip
			Summary *mudlark.Summary
		}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatalf("%v in %.200s", err, lines.Text())
		}
		switch {
		case m.Run != nil:
			r.run = *m.Run
		case m.Finding != nil:
			r.findings = append(r.findings, *m.Finding)
		case m.Skip != nil:
			r.skips = append(r.skips, *m.Skip)
		case m.Summary != nil:
			r.summary = *m.Summary
		}
	}
	return r
}

// of returns the findings of one secret.
func (r record) of(secret string) []mudlark.Finding {
	var all []mudlark.Finding
	for _, f := range r.findings {
		if f.Secret.Reveal() == secret {
			all = append(all, f)
		}
	}
	return all
}

// token makes the nth token of a kind.
func token(t testing.TB, template string, n int) string {
	t.Helper()
	text, err := rules.Fill(template, uint64(n))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A repo is a git work tree that a test makes.
type repo struct {
	testing.TB
	dir string
	env []string
	day int
}

func newRepo(t testing.TB, initArgs ...string) *repo {
	t.Helper()
	r := &repo{TB: t, dir: t.TempDir()}
	r.git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	return r
}

func (r *repo) git(args ...string) string {
	r.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.dir, append(bigrepo.Env(), r.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *repo) write(path, text string) {
	r.Helper()
	full := filepath.Join(r.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		r.Fatal(err)
	}
}

// commit commits everything, a day after the last one, and returns its id.
func (r *repo) commit(message string, args ...string) string {
	r.Helper()
	r.day++
	date := time.Date(2023, 1, r.day, 12, 0, 0, 0, time.UTC).Format(time.RFC3339)
	r.env = []string{"GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date}
	r.git("add", "-A")
	r.git(append([]string{"commit", "-q", "--allow-empty", "-m", message}, args...)...)
	return r.git("rev-parse", "HEAD")
}

// run is runAs for the program by its own name.
func run(ctx context.Context, args []string, s sys) int { return runAs(ctx, "mudlark", args, s) }
