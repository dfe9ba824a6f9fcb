// Package stdin reads one stream of any length, in bounded memory.
package stdin

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// Options are what a user may say of a stream.
type Options struct {
	// Name is the path that findings are reported at; empty: "stdin".
	Name string `json:"name,omitempty"`
	split.Limits
}

// Flags adds the flags of o to fs.
func (o *Options) Flags(fs *flag.FlagSet) {
	fs.StringVar(&o.Name, "name", o.Name, "report findings at the path `NAME`")
	o.Limits.Flags(fs)
}

// Args takes no arguments.
func (o *Options) Args(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("stdin takes no arguments, but got %q: to scan a file use `mudlark dir`", args[0])
	}
	return nil
}

// Target names the stream.
func (o *Options) Target() string {
	if o.Name == "" {
		return "stdin"
	}
	return strings.ReplaceAll(o.Name, `\`, "/")
}

// Asked says what of the stream is read.
func (o *Options) Asked() string { return "the whole stream" }

// Open returns the source, which reads env.Stdin.
func (o *Options) Open(_ context.Context, env mudlark.Env) (mudlark.Source, error) {
	if env.Stdin == nil {
		return nil, errors.New("there is no standard input to read: pipe something into `mudlark stdin`")
	}
	return &Source{name: o.Target(), env: env, split: split.New(o.Limits)}, nil
}

// Source yields a stream, once. It is a mudlark.Accountant.
type Source struct {
	name  string
	env   mudlark.Env
	split *split.Splitter
	bytes atomic.Int64
	ended atomic.Bool // the stream was read to its end
}

// Chunks implements mudlark.Source. A read that the system does not give back
// when ctx is done goes on by itself; what it reads is dropped.
func (s *Source) Chunks(ctx context.Context, yield mudlark.Yield) error {
	r := newPump(ctx, s.env.Stdin, s.advance)
	defer r.stop()
	err := s.split.Reader(ctx, mudlark.Origin{Source: "stdin", Path: s.name}, r, yield)
	s.ended.Store(errors.Is(r.err, io.EOF))
	return err
}

func (s *Source) advance(n int) {
	s.bytes.Add(int64(n))
	if s.env.Progress != nil {
		s.env.Progress.Advance(int64(n))
	}
}

// Covered implements mudlark.Accountant.
func (s *Source) Covered() mudlark.Coverage {
	c := mudlark.Coverage{Files: s.split.Members()}
	switch {
	case s.bytes.Load() > 0:
		c.Files++
	case s.ended.Load():
		c.Notes = []string{"standard input was empty"}
	}
	return c
}
