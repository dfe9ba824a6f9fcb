package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// A broken sink fails at one of the four calls.
type broken struct {
	at    string
	told  []string
	error error
}

func (b *broken) tell(what string) error {
	b.told = append(b.told, what)
	if what == b.at {
		return b.error
	}
	return nil
}

func (b *broken) Begin(mudlark.Run) error       { return b.tell("begin") }
func (b *broken) Finding(mudlark.Finding) error { return b.tell("finding") }
func (b *broken) Skip(mudlark.Skip) error       { return b.tell("skip") }
func (b *broken) End(mudlark.Summary) error     { return b.tell("end") }

func TestAFailingReportLosesNoOther(t *testing.T) {
	for _, at := range []string{"begin", "finding", "skip", "end"} {
		full := errors.New("no space left")
		bad := &broken{at: at, error: full}
		var a, b strings.Builder
		first, err := New("json", &a, Options{Redact: 100})
		must(t, err)
		last, err := New("csv", &b, Options{Redact: 100})
		must(t, err)
		several := Tell(first, bad, last)
		exampleScan().tell(t, several)
		if a.String() != exampleScan().write(t, "json", Options{Redact: 100}) || b.String() != exampleScan().write(t, "csv", Options{Redact: 100}) {
			t.Errorf("failing at %s: the others are not whole", at)
		}
		if several.Failed(0) != nil || several.Failed(2) != nil || !errors.Is(several.Failed(1), full) {
			t.Errorf("failing at %s: got %v, %v, %v", at, several.Failed(0), several.Failed(1), several.Failed(2))
		}
		if last := bad.told[len(bad.told)-1]; last != at {
			t.Errorf("after it failed at %s it was told %s", at, last)
		}
	}
}

func TestAScanWithoutAnyReportLeftEnds(t *testing.T) {
	a, b := &broken{at: "finding", error: errors.New("a")}, &broken{at: "skip", error: errors.New("b")}
	several := Tell(a, b)
	must(t, several.Begin(mudlark.Run{}))
	must(t, several.Finding(mudlark.Finding{}))
	err := several.Skip(mudlark.Skip{})
	if !errors.Is(err, a.error) || !errors.Is(err, b.error) {
		t.Errorf("got %v, want both errors", err)
	}
}

// TestReportsBesideEachOtherAreThoseAlone: no report sees what another made of
// what they share.
func TestReportsBesideEachOtherAreThoseAlone(t *testing.T) {
	outs := make([]strings.Builder, len(Formats()))
	var sinks []mudlark.Sink
	redact := func(i int) int { return []int{100, 0, 40}[i%3] }
	for i, format := range Formats() {
		sink, err := New(format, &outs[i], templated(format, Options{Redact: redact(i), Now: now}))
		must(t, err)
		sinks = append(sinks, sink)
	}
	exampleScan().tell(t, Tell(sinks...))
	for i, format := range Formats() {
		if want := exampleScan().write(t, format, Options{Redact: redact(i), Now: now}); outs[i].String() != want {
			t.Errorf("%s differs\n%s", format, firstDifference(outs[i].String(), want))
		}
	}
}
