package mudlark

import (
	"io"
	"log/slog"
	"runtime"
)

// Env is what the program lends a source. The zero value serves.
type Env struct {
	Log     *slog.Logger // nil: say nothing
	Workers int          // 0: one for each processor
	Stdin   io.Reader    // nil: nothing to read
	// Rules identifies everything outside the source that decides what is found;
	// nil: that never changes. A Rememberer starts over when it is another.
	Rules func() (string, error)
	// Progress is told what was read; nil: nobody asks. Many goroutines may
	// call it at once.
	Progress Progress
}

// Progress is told how far a source is.
type Progress interface {
	// Expect adds to what is to be read, in bytes, as far as it is known.
	Expect(bytes int64)
	// Advance adds to what was read.
	Advance(bytes int64)
}

// A Rememberer is a Source that can leave word of what was scanned, so that the
// next scan need not do it again.
type Rememberer interface {
	Source
	// Skipped is told of everything that the scan passes over, whoever found it
	// out. Many goroutines may call it at once.
	Skipped(Skip)
	// Remember is called once, when the report is where it was to go. Of a scan
	// that was cut short it remembers nothing.
	Remember(Summary) error
}

// Logger returns e.Log, or one that says nothing.
func (e Env) Logger() *slog.Logger {
	if e.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return e.Log
}

// Parallel returns how many workers to run, at least one.
func (e Env) Parallel() int {
	if e.Workers > 0 {
		return e.Workers
	}
	return runtime.GOMAXPROCS(0)
}
