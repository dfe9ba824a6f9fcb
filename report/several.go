package report

import (
	"errors"

	"github.com/mudlark-scan/mudlark"
)

// Several tells several sinks of one scan. One that fails is told no more, and
// does not keep the others from being told: an error comes from here only when
// none is left, for then the scan is in vain. Failed says which failed.
type Several struct {
	sinks  []mudlark.Sink
	errors []error // by sink
}

// Tell returns a sink that tells all of sinks, in this order.
func Tell(sinks ...mudlark.Sink) *Several {
	return &Several{sinks: sinks, errors: make([]error, len(sinks))}
}

// Failed returns the error of the sink of that index, or nil if it has none.
func (s *Several) Failed(i int) error { return s.errors[i] }

// Begin implements mudlark.Sink.
func (s *Several) Begin(run mudlark.Run) error {
	return s.each(func(sink mudlark.Sink) error { return sink.Begin(run) })
}

// Finding implements mudlark.Sink.
func (s *Several) Finding(f mudlark.Finding) error {
	return s.each(func(sink mudlark.Sink) error { return sink.Finding(f) })
}

// Skip implements mudlark.Sink.
func (s *Several) Skip(skip mudlark.Skip) error {
	return s.each(func(sink mudlark.Sink) error { return sink.Skip(skip) })
}

// End implements mudlark.Sink.
func (s *Several) End(summary mudlark.Summary) error {
	return s.each(func(sink mudlark.Sink) error { return sink.End(summary) })
}

func (s *Several) each(tell func(mudlark.Sink) error) error {
	working := 0
	for i, sink := range s.sinks {
		if s.errors[i] == nil {
			s.errors[i] = tell(sink)
		}
		if s.errors[i] == nil {
			working++
		}
	}
	if working == 0 {
		return errors.Join(s.errors...)
	}
	return nil
}
