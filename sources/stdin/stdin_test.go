package stdin

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/sourcetest"
)

func TestConformance(t *testing.T) {
	long := strings.Repeat("a line of text that is repeated\n", 200_000)
	for name, content := range map[string]string{"short": "KEY=value\n", "long": long, "one line": strings.Repeat("x", 3<<20), "empty": ""} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, sourcetest.Fixture{
				Open: open(func() io.Reader { return strings.NewReader(content) }),
				Want: map[string]string{"app.log": content},
			})
		})
	}
}

func open(input func() io.Reader) func(tb testing.TB, env mudlark.Env) mudlark.Source {
	return func(tb testing.TB, env mudlark.Env) mudlark.Source {
		env.Stdin = input()
		src, err := (&Options{Name: "app.log"}).Open(context.Background(), env)
		if err != nil {
			tb.Fatal(err)
		}
		return src
	}
}

// TestOnlyAnEmptyStreamIsCalledEmpty: of one that was not waited for, nothing is
// known.
func TestOnlyAnEmptyStreamIsCalledEmpty(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name  string
		ctx   context.Context
		in    io.Reader
		empty bool
	}{
		{"empty", t.Context(), strings.NewReader(""), true},
		{"not empty", t.Context(), strings.NewReader("text"), false},
		{"stopped", over, iotest.ErrReader(context.Canceled), false},
		{"broken", t.Context(), iotest.ErrReader(errors.New("pipe broke")), false},
	} {
		src := open(func() io.Reader { return c.in })(t, mudlark.Env{})
		_ = src.Chunks(c.ctx, func(mudlark.Chunk, error) error { return nil })
		if got := len(src.(mudlark.Accountant).Covered().Notes) > 0; got != c.empty {
			t.Errorf("%s: said to be empty: %v", c.name, got)
		}
	}
}

func TestArchiveConforms(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	_ = w.WriteHeader(&tar.Header{Name: "etc/app.conf", Size: 6})
	_, _ = w.Write([]byte("secret"))
	_ = w.Close()
	_ = z.Close()
	sourcetest.Run(t, sourcetest.Fixture{
		Open: open(func() io.Reader { return iotest.HalfReader(bytes.NewReader(b.Bytes())) }),
		Want: map[string]string{"app.log!etc/app.conf": "secret", "app.log!etc/app.conf [path name]": "etc/app.conf"},
	})
}

func TestErrorOfTheStream(t *testing.T) {
	sourcetest.Run(t, sourcetest.Fixture{
		Open: open(func() io.Reader {
			return io.MultiReader(strings.NewReader("read before"), iotest.ErrReader(errors.New("pipe broke")))
		}),
		Want:  map[string]string{"app.log": "read before"},
		Skips: map[string]mudlark.Reason{"app.log": mudlark.Unreadable},
	})
}

// TestCancelDoesNotWaitForInput cancels while nothing comes in.
func TestCancelDoesNotWaitForInput(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	src := open(func() io.Reader { return r })(t, mudlark.Env{})
	done := make(chan error)
	go func() { done <- src.Chunks(ctx, func(mudlark.Chunk, error) error { return nil }) }()
	_, _ = w.Write([]byte("some text"))
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Chunks returned %v, want %v", err, context.Canceled)
		}
	case <-time.After(time.Minute):
		t.Fatal("Chunks waits for input")
	}
}

func TestCovered(t *testing.T) {
	for content, want := range map[string]int{"": 0, "x": 1} {
		src := open(func() io.Reader { return strings.NewReader(content) })(t, mudlark.Env{})
		if err := src.Chunks(context.Background(), func(mudlark.Chunk, error) error { return nil }); err != nil {
			t.Fatal(err)
		}
		c := src.(mudlark.Accountant).Covered()
		if c.Files != want || (len(c.Notes) == 0) != (want > 0) {
			t.Errorf("%q: %d files, notes %q", content, c.Files, c.Notes)
		}
	}
}

func TestOptions(t *testing.T) {
	var o Options
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	o.Flags(fs)
	if err := fs.Parse([]string{"--name", `logs\app.log`, "--max-archive-depth=2"}); err != nil {
		t.Fatal(err)
	}
	if o.Target() != "logs/app.log" || o.ArchiveDepth != 2 || o.Asked() == "" {
		t.Errorf("target %q, depth %d", o.Target(), o.ArchiveDepth)
	}
	if (&Options{}).Target() != "stdin" {
		t.Error("the default name is stdin")
	}
	if err := o.Args([]string{"file"}); err == nil {
		t.Error("an argument was taken")
	}
	if _, err := o.Open(context.Background(), mudlark.Env{}); err == nil {
		t.Error("no input was taken")
	}
}
