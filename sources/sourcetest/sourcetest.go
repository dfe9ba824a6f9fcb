// Package sourcetest holds every source to what mudlark.Source promises. A
// source's own test describes content in a Fixture and calls Run.
package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"go.uber.org/goleak"
)

// A Fixture is content and a way to read it.
type Fixture struct {
	// Open returns a source that has not been read. It is called many times,
	// and each source is read once.
	Open func(tb testing.TB, env mudlark.Env) mudlark.Source
	// Want holds all content by the names that Key gives; content of no bytes
	// may be missing.
	Want map[string]string
	// Skips holds the reasons of what cannot be read, by the same names.
	Skips map[string]mudlark.Reason
	// Key names the content of a chunk; pieces of the same content have the
	// same name. An empty name leaves a chunk out. Nil: PathAndPart.
	Key func(mudlark.Chunk) string
}

// PathAndPart is the path of c, and if c is no content of a file a space and the
// part in brackets.
func PathAndPart(c mudlark.Chunk) string {
	if c.Origin.Part == "" {
		return c.Origin.Path
	}
	return c.Origin.Path + " [" + c.Origin.Part + "]"
}

// Run runs the whole suite.
func Run(t *testing.T, f Fixture) {
	if f.Key == nil {
		f.Key = PathAndPart
	}
	t.Run("EveryItemOnce", f.everyItemOnce)
	t.Run("ManyWorkersReadTheSame", f.manyWorkers)
	t.Run("ErrorOfYieldStopsIt", f.errorStops)
	t.Run("CancelStopsIt", f.cancelStops)
	t.Run("DataStaysDuringYield", f.dataStays)
	t.Run("NothingRunsAfterReturn", f.nothingRuns)
}

// leaks fails the test if goroutines are left when it ends.
func leaks(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
}

func (f *Fixture) everyItemOnce(t *testing.T) {
	leaks(t)
	got := f.read(t, mudlark.Env{Workers: 1})
	f.compare(t, got)
}

func (f *Fixture) manyWorkers(t *testing.T) {
	leaks(t)
	got := f.read(t, mudlark.Env{Workers: 8})
	f.compare(t, got)
}

// read reads all and checks each chunk by itself.
func (f *Fixture) read(t *testing.T, env mudlark.Env) *gathered {
	t.Helper()
	src := f.Open(t, env)
	g := &gathered{pieces: map[string][]piece{}, skips: map[string]mudlark.Reason{}}
	err := src.Chunks(context.Background(), func(c mudlark.Chunk, err error) error {
		g.mu.Lock()
		defer g.mu.Unlock()
		checkPaths(t, c)
		key := f.Key(c)
		if key == "" {
			return nil
		}
		if err != nil {
			checkSkip(t, c, err)
			var skip *mudlark.Skip
			if errors.As(err, &skip) {
				g.skips[key] = skip.Reason
			}
			return nil
		}
		g.add(t, key, c)
		return nil
	})
	if err != nil {
		t.Fatalf("Chunks: %v", err)
	}
	if a, ok := src.(mudlark.Accountant); ok {
		for _, note := range a.Covered().Notes {
			if strings.TrimSpace(note) == "" {
				t.Error("Covered has an empty note")
			}
		}
	}
	return g
}

func (f *Fixture) compare(t *testing.T, got *gathered) {
	t.Helper()
	content := got.content(t)
	for key, want := range f.Want {
		have, ok := content[key]
		if !ok && want != "" {
			t.Errorf("%q was not yielded", key)
		} else if have != want {
			t.Errorf("%q: got %d bytes %.80q, want %d bytes %.80q", key, len(have), have, len(want), want)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(content)) {
		if _, ok := f.Want[key]; !ok {
			t.Errorf("%q was yielded and is not wanted: %.80q", key, content[key])
		}
	}
	if f.Skips == nil {
		f.Skips = map[string]mudlark.Reason{}
	}
	if !maps.Equal(got.skips, f.Skips) {
		t.Errorf("skips: got %v, want %v", got.skips, f.Skips)
	}
}

func checkPaths(t *testing.T, c mudlark.Chunk) {
	t.Helper()
	for _, p := range append([]string{c.Origin.Path}, c.Paths...) {
		if runtime.GOOS == "windows" && strings.Contains(p, `\`) || strings.HasPrefix(p, "./") || strings.Contains(p, "//") {
			t.Errorf("path %q is not clean, with slashes", p)
		}
	}
	if c.Origin.Source == "" {
		t.Errorf("origin of %q does not name its source", c.Origin.Path)
	}
}

func checkSkip(t *testing.T, c mudlark.Chunk, err error) {
	t.Helper()
	var skip *mudlark.Skip
	if !errors.As(err, &skip) {
		t.Errorf("%q: error %v is no Skip", c.Origin.Path, err)
		return
	}
	if !slices.Contains(mudlark.Reasons, skip.Reason) {
		t.Errorf("%q: reason %q is not in mudlark.Reasons", c.Origin.Path, skip.Reason)
	}
	if len(c.Data) > 0 {
		t.Errorf("%q: a skip has data", c.Origin.Path)
	}
}

var errStop = errors.New("stop here")

func (f *Fixture) errorStops(t *testing.T) {
	leaks(t)
	total := f.calls(t)
	for _, at := range []int64{1, 2, (total + 1) / 2, total} {
		if at > total {
			continue
		}
		var calls atomic.Int64
		err := f.Open(t, mudlark.Env{Workers: 1}).Chunks(context.Background(), func(mudlark.Chunk, error) error {
			if calls.Add(1) >= at {
				return errStop
			}
			return nil
		})
		if !errors.Is(err, errStop) {
			t.Errorf("error at call %d of %d: Chunks returned %v, want that error", at, total, err)
		}
		if n := calls.Load(); n != at {
			t.Errorf("error at call %d of %d: yield was called %d times", at, total, n)
		}
	}
}

// calls counts the calls of yield in a whole run.
func (f *Fixture) calls(t *testing.T) int64 {
	t.Helper()
	var calls atomic.Int64
	err := f.Open(t, mudlark.Env{Workers: 1}).Chunks(context.Background(), func(mudlark.Chunk, error) error {
		calls.Add(1)
		return nil
	})
	if err != nil {
		t.Fatalf("Chunks: %v", err)
	}
	return calls.Load()
}

func (f *Fixture) cancelStops(t *testing.T) {
	leaks(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := f.Open(t, mudlark.Env{}).Chunks(ctx, func(mudlark.Chunk, error) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("canceled before it starts: Chunks returned %v, want %v", err, context.Canceled)
	}
	total := f.calls(t)
	ctx, cancel = context.WithCancel(context.Background())
	defer cancel()
	var calls atomic.Int64
	err = f.Open(t, mudlark.Env{Workers: 1}).Chunks(ctx, func(mudlark.Chunk, error) error {
		calls.Add(1)
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("canceled in the first call: Chunks returned %v, want %v", err, context.Canceled)
	}
	if n := calls.Load(); n > 2 && n > total/2 {
		t.Errorf("canceled in the first of %d calls: yield was called %d times", total, n)
	}
}

// dataStays checks that nobody writes to a chunk that another worker is looking
// at.
func (f *Fixture) dataStays(t *testing.T) {
	leaks(t)
	seed := maphash.MakeSeed()
	err := f.Open(t, mudlark.Env{Workers: 8}).Chunks(context.Background(), func(c mudlark.Chunk, _ error) error {
		before := maphash.Bytes(seed, c.Data)
		for range 20 {
			runtime.Gosched()
		}
		if maphash.Bytes(seed, c.Data) != before {
			t.Errorf("%q: data changed while it was lent", c.Origin.Path)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Chunks: %v", err)
	}
}

func (f *Fixture) nothingRuns(t *testing.T) {
	leaks(t)
	var done atomic.Bool
	var once sync.Once
	err := f.Open(t, mudlark.Env{Workers: 8}).Chunks(context.Background(), func(mudlark.Chunk, error) error {
		if done.Load() {
			t.Error("yield was called after Chunks returned")
		}
		var err error
		once.Do(func() { err = errStop })
		return err
	})
	done.Store(true)
	if !errors.Is(err, errStop) {
		t.Errorf("Chunks returned %v, want %v", err, errStop)
	}
}

// gathered is what a run yielded.
type gathered struct {
	mu     sync.Mutex
	pieces map[string][]piece
	skips  map[string]mudlark.Reason
}

// A piece is what one chunk answers for, and where it starts.
type piece struct {
	data         []byte
	offset       int64
	line, column int
}

func (g *gathered) add(t *testing.T, key string, c mudlark.Chunk) {
	t.Helper()
	fresh := c.Fresh
	if fresh == nil {
		fresh = []mudlark.Span{{Start: 0, End: len(c.Data)}}
	}
	for _, span := range fresh {
		if span.Start < 0 || span.End > len(c.Data) || span.Start > span.End {
			t.Errorf("%q: fresh span %v of %d bytes", key, span, len(c.Data))
			continue
		}
		line, column := place(c.Data[:span.Start], max(1, c.Line), max(1, c.Column))
		g.pieces[key] = append(g.pieces[key], piece{bytes.Clone(c.Data[span.Start:span.End]), c.Offset + int64(span.Start), line, column})
	}
}

// place moves a line and a column over data.
func place(data []byte, line, column int) (int, int) {
	if at := bytes.LastIndexByte(data, '\n'); at >= 0 {
		return line + bytes.Count(data, []byte{'\n'}), len(data) - at
	}
	return line, column + len(data)
}

// content joins the pieces, which have to fit.
func (g *gathered) content(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for key, pieces := range g.pieces {
		slices.SortFunc(pieces, func(a, b piece) int { return int(a.offset - b.offset) })
		var content []byte
		start := pieces[0].offset
		line, column := 1, 1
		for _, p := range pieces {
			if p.offset != start+int64(len(content)) {
				t.Errorf("%q: a piece starts at %d where %d bytes were read: content is missing or came twice", key, p.offset, len(content))
			}
			if p.line != line || p.column != column {
				t.Errorf("%q: the piece at %d is said to be at %d:%d, want %d:%d", key, p.offset, p.line, p.column, line, column)
			}
			content = append(content, p.data...)
			line, column = place(p.data, line, column)
		}
		all[key] = string(content)
	}
	return all
}
