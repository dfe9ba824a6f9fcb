//go:build !gendoc

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A terminal is what the user reads, and tells when a question is put there.
type terminal struct {
	mu    sync.Mutex
	text  bytes.Buffer
	asked chan struct{} // closed by the first question
	once  sync.Once
}

// Write implements io.Writer.
func (s *terminal) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(b)
	if strings.HasSuffix(s.text.String(), "[y/N] ") {
		s.once.Do(func() { close(s.asked) })
	}
	return n, err
}

// atPrompt runs a command on a terminal whose user types an answer, or interrupts at
// the first question if there is none.
func atPrompt(t *testing.T, answer io.Reader, args ...string) result {
	t.Helper()
	home := t.TempDir()
	screen := &terminal{asked: make(chan struct{})}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	in := answer
	if in == nil {
		silent, typing := io.Pipe()
		defer typing.Close()
		in = silent
		go func() {
			<-screen.asked
			interrupt()
		}()
	}
	var out bytes.Buffer
	code := run(ctx, args, sys{
		in: in, out: &out, err: screen, inTerm: true, errTerm: true,
		getenv: func(name string) string {
			return map[string]string{"HOME": home, "HTTPS_PROXY": "http://127.0.0.1:1"}[name]
		},
		now: func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	text, err := os.ReadFile(filepath.Join(home, ".local", "state", "mudlark", "verify.jsonl"))
	if err != nil && !os.IsNotExist(err) || len(text) > 0 {
		t.Errorf("something was asked: %v %s", err, text)
	}
	return result{code, out.String(), screen.text.String()}
}

// leaked returns a folder with a secret that could be asked about.
func leaked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.env"), []byte("GITHUB_TOKEN="+token(t, "<github ghp_>", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestNoAtThePromptAsksNobodyAndAcquitsNothing(t *testing.T) {
	for _, answer := range []string{"n\n", "\n", "", "no\n", "perhaps\n", "yesterday\n"} {
		res := atPrompt(t, strings.NewReader(answer), "dir", leaked(t), "--verify", "--only-verified")
		for _, want := range []string{"1 question to 1 host", "Ask? [y/N] ", "incomplete", "nothing was asked, as you said"} {
			if !strings.Contains(res.err, want) {
				t.Errorf("%q: it does not say %q: %s", answer, want, res.err)
			}
		}
		if res.code != exitTrouble || strings.Contains(res.err, "clean") || !strings.Contains(res.out, "it was not asked: nothing was asked, as you said") {
			t.Errorf("%q: exit code %d\n%s\n%s", answer, res.code, res.out, res.err)
		}
	}
}

func TestNoAtThePromptStillReportsWhatWasFound(t *testing.T) {
	res := atPrompt(t, strings.NewReader("n\n"), "dir", leaked(t), "--verify")
	if !strings.Contains(res.out, "rule github-pat") || !strings.Contains(res.err, "1 secret in 1 place (1 unknown)") {
		t.Errorf("exit code %d\n%s\n%s", res.code, res.out, res.err)
	}
}

func TestInterruptAtThePromptStillReports(t *testing.T) {
	res := atPrompt(t, nil, "dir", leaked(t), "--verify")
	if !strings.Contains(res.out, "rule github-pat") || !strings.Contains(res.out, "it was interrupted before you answered") {
		t.Errorf("exit code %d\n%s\n%s", res.code, res.out, res.err)
	}
	res = atPrompt(t, nil, "dir", leaked(t), "--verify", "--only-verified")
	if res.code != exitTrouble || strings.Contains(res.err, "clean") {
		t.Errorf("exit code %d\n%s\n%s", res.code, res.out, res.err)
	}
}

func TestInterruptAtThePromptRevokesNothing(t *testing.T) {
	scan := filepath.Join(t.TempDir(), "scan.jsonl")
	mud(t, "", "dir", leaked(t), "--format", "jsonl", "--redact=0", "--out", scan)
	for _, answer := range []io.Reader{nil, strings.NewReader("n\n"), strings.NewReader("")} {
		res := atPrompt(t, answer, "revoke", "v1:github-pat", "--report", scan)
		if res.code != exitTrouble || !strings.Contains(res.err, "Revoke? [y/N] ") || res.out != "" {
			t.Errorf("exit code %d\n%s\n%s", res.code, res.out, res.err)
		}
	}
}
