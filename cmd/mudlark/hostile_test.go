//go:build !gendoc

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// The files hostile_*_test.go hold what an attacker or a careless user might
// hand to the command: it must end soon, in bounded memory, with clear words,
// and never claim more than it did. What needs a process of its own, to be
// measured or to be stopped, is spawned.

const (
	mb = 1 << 20

	// hang is how long a child may take on the busiest machine. What takes
	// longer will not end.
	hang = 2 * time.Minute
)

// quick says that there is no time for what takes long.
func quick() bool { return testing.Short() || raced }

// A spawn is how a child process is to be run. The zero value runs it in an
// empty folder with nothing on its standard input.
type spawn struct {
	dir   string
	stdin io.Reader
	env   []string
	// started is called with the running process.
	started func(*os.Process)
}

// An ended child is what a run of the command in a process of its own gave.
type ended struct {
	result
	peak int64 // of its memory in bytes; 0: not known
	took time.Duration
}

// mud runs the command as a child. One that hangs or crashes fails the test.
func (s spawn) mud(t testing.TB, args ...string) ended {
	t.Helper()
	return s.run(t, append([]string{"mudlark"}, args...)...)
}

// shell runs a line of shell, in which mudlark is the command.
func (s spawn) shell(t testing.TB, line string) ended {
	t.Helper()
	return s.run(t, "bash", "-c", line)
}

func (s spawn) run(t testing.TB, args ...string) ended {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.stdin, &out, &errs
	if cmd.Dir = s.dir; cmd.Dir == "" {
		cmd.Dir = t.TempDir()
	}
	cmd.Env = append(os.Environ(), s.env...)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	mine := peakOf(os.Getpid())
	if s.started != nil {
		s.started(cmd.Process)
	}
	seen := watchPeak(cmd.Process.Pid)
	err := cmd.Wait()
	e := ended{took: time.Since(start), peak: seen()}
	// A child begins with what this process has, which the kernel knows roughly.
	if most := peakAfter(cmd.ProcessState); most > mine+mine/8 {
		e.peak = most
	}
	e.code, e.out, e.err = cmd.ProcessState.ExitCode(), out.String(), errs.String()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) && !errors.Is(err, io.ErrClosedPipe) {
		t.Logf("%s: %v", strings.Join(args, " "), err)
	}
	if ctx.Err() != nil {
		t.Fatalf("%s did not end in %v", strings.Join(args, " "), hang)
	}
	notCrashed(t, args, e.result)
	return e
}

// watchPeak watches the memory of a process until the function it returns is
// called, which tells the peak.
func watchPeak(pid int) func() int64 {
	quit, peak := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			most = max(most, peakOf(pid))
			select {
			case <-quit:
				peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	return func() int64 { close(quit); return <-peak }
}

func notCrashed(t testing.TB, args []string, r result) {
	t.Helper()
	for _, word := range []string{"panic:", "goroutine ", "runtime error", "fatal error:", "unexpected fault"} {
		if strings.Contains(r.err, word) || strings.Contains(r.out, word) {
			t.Fatalf("%s crashed: %.2000s", strings.Join(args, " "), r.err)
		}
	}
}

// below checks the peak of memory.
func (e ended) below(t testing.TB, bytes int64) {
	t.Helper()
	t.Logf("%d MB in %.1f s", e.peak/mb, e.took.Seconds())
	if e.peak > bytes && !raced {
		t.Errorf("it took %d MB of memory, more than %d MB", e.peak/mb, bytes/mb)
	}
}

// hostile runs a scan as a child and returns what it recorded, secrets shown.
func (s spawn) scanned(t testing.TB, args ...string) (record, ended) {
	t.Helper()
	e := s.mud(t, append(args, "--format", "jsonl", "--redact=0")...)
	rec := parseRecord(t, e.out)
	if rec.summary.Verdict == "" {
		t.Fatalf("mudlark %s: no report; %s", strings.Join(args, " "), e.err)
	}
	return rec, e
}

// skipped returns the skips of a reason.
func (r record) skipped(reason mudlark.Reason) []mudlark.Skip {
	var all []mudlark.Skip
	for _, s := range r.skips {
		if s.Reason == reason {
			all = append(all, s)
		}
	}
	return all
}

// told checks that the scan says that it did not read something, for one of
// the reasons, and does not call itself complete.
func (r record) told(t testing.TB, reasons ...mudlark.Reason) {
	t.Helper()
	if r.summary.Verdict == mudlark.Clean || !r.summary.Incomplete {
		t.Errorf("verdict %s, incomplete %v, though something was not read", r.summary.Verdict, r.summary.Incomplete)
	}
	for _, reason := range reasons {
		if len(r.skipped(reason)) > 0 {
			return
		}
	}
	t.Errorf("skips %+v, want one for %v", r.skips, reasons)
}

// filesBelow lists every file below dir with its size, to see what changed.
func filesBelow(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
		if err == nil {
			b.WriteString(p + " " + info.Mode().String() + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// putFile writes a file below dir and returns its path.
func putFile(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
