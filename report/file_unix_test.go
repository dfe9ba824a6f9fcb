//go:build unix

package report

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestPipesAndDevicesAreWrittenDirectly(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(pipe, 0o600))
	got := make(chan string)
	go func() {
		r, err := os.Open(pipe)
		if err != nil {
			got <- err.Error()
			return
		}
		defer r.Close()
		b, _ := io.ReadAll(r)
		got <- string(b)
	}()
	f, err := Create(pipe)
	must(t, err)
	_, err = f.Write([]byte("hello"))
	must(t, err)
	must(t, f.Commit())
	if text := <-got; text != "hello" {
		t.Errorf("the pipe gave %q", text)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Error("the pipe was replaced")
	}

	f, err = Create("/dev/null")
	must(t, err)
	_, err = f.Write([]byte("hello"))
	must(t, err)
	must(t, f.Commit())
	if info, err := os.Lstat("/dev/null"); err != nil || info.Mode()&os.ModeDevice == 0 {
		t.Error("/dev/null was replaced")
	}
}

// TestAShellsPipeIsWritten: >(command) is a link of the system to a pipe.
func TestAShellsPipeIsWritten(t *testing.T) {
	if _, err := os.Stat("/dev/fd/0"); err != nil {
		t.Skip(err)
	}
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	f, err := Create(fmt.Sprintf("/dev/fd/%d", w.Fd()))
	must(t, err)
	_, err = f.Write([]byte("hello"))
	must(t, err)
	must(t, f.Commit())
	must(t, w.Close())
	if b, _ := io.ReadAll(r); string(b) != "hello" {
		t.Errorf("the pipe gave %q", b)
	}
}
