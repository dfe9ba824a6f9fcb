package detectors

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

func TestAnchorsDoNotNeedTheirChunk(t *testing.T) {
	set, e := builtin(t)
	a := newAuthor(t, set, 3)
	m := made{data: a.text(20000)}
	var keep any
	for range 20 {
		want, _ := detectChunk(e, mudlark.Chunk{Data: m.data})
		lent := mudlark.Chunk{Data: bytes.Clone(m.data), Delta: &mudlark.Delta{Copies: append([]mudlark.Copy(nil), m.copies...), Base: keep}}
		got, _ := detectChunk(e, lent)
		keep = lent.Delta.Keep
		for i := range lent.Data {
			lent.Data[i] = 'x'
		}
		clear(lent.Delta.Copies)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", ids(got), ids(want))
		}
		m = a.edit(m.data)
	}
}

func TestManyGoroutinesMayShareAnchors(t *testing.T) {
	set, e := builtin(t)
	a := newAuthor(t, set, 4)
	data := a.text(20000)
	base := &mudlark.Delta{}
	detectChunk(e, mudlark.Chunk{Data: data, Delta: base})
	children := make([]made, 8)
	for i := range children {
		children[i] = a.edit(data)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for _, m := range children {
				compareWithWhole(t, e, base.Keep, m)
			}
		})
	}
	wait.Wait()
}

func TestWhatADeltaSaysIsChecked(t *testing.T) {
	e := engine(t, set(tok, par), Options{})
	other := engine(t, set(tok, par), Options{})
	quiet := strings.Repeat("quiet text\n", 500)
	data := []byte(quiet + t1 + "\n" + quiet)
	base, foreign, elsewhere := &mudlark.Delta{}, &mudlark.Delta{}, &mudlark.Delta{}
	detectChunk(e, mudlark.Chunk{Data: data, Delta: base})
	detectChunk(other, mudlark.Chunk{Data: data, Delta: foreign})
	detectChunk(e, mudlark.Chunk{Data: data, Delta: elsewhere, Origin: mudlark.Origin{Path: "a.txt"}})
	n := len(data)
	for name, d := range map[string]*mudlark.Delta{
		"too long":      {Base: base.Keep, Copies: []mudlark.Copy{{To: 0, From: 0, Len: n + 1}}},
		"from beyond":   {Base: base.Keep, Copies: []mudlark.Copy{{To: 0, From: 5, Len: n}}},
		"before":        {Base: base.Keep, Copies: []mudlark.Copy{{To: 5, From: -5, Len: 10}}},
		"overlapping":   {Base: base.Keep, Copies: []mudlark.Copy{{To: 0, From: 0, Len: 10}, {To: 5, From: 5, Len: 10}}},
		"empty":         {Base: base.Keep, Copies: []mudlark.Copy{{To: 3, From: n, Len: 0}}},
		"huge":          {Base: base.Keep, Copies: []mudlark.Copy{{To: 1, From: 1, Len: math.MaxInt}}},
		"other engine":  {Base: foreign.Keep, Copies: []mudlark.Copy{{Len: n}}},
		"other place":   {Base: elsewhere.Keep, Copies: []mudlark.Copy{{Len: n}}},
		"something":     {Base: "something", Copies: []mudlark.Copy{{Len: n}}},
		"nothing known": {Copies: []mudlark.Copy{{Len: n}}},
		"all":           {Base: base.Keep, Copies: []mudlark.Copy{{Len: n}}},
	} {
		found, _ := detectChunk(e, mudlark.Chunk{Data: data, Delta: d})
		if len(found) != 1 || d.Keep == nil {
			t.Errorf("%s: got %v, keep %v", name, ids(found), d.Keep)
		}
	}
	for _, c := range []mudlark.Chunk{{Fresh: spans(0, n)}, {Offset: 1}} {
		c.Data, c.Delta = data, &mudlark.Delta{Base: base.Keep, Keep: 1}
		if detectChunk(e, c); c.Delta.Keep != nil {
			t.Errorf("%+v: a piece is kept", c.Delta)
		}
	}
}

func TestDeltaWithoutCandidatesAllocatesLittle(t *testing.T) {
	if raceDetector {
		t.Skip("pools forget under the race detector")
	}
	_, e := builtin(t)
	data := []byte(strings.Repeat("func (s *Server) serve(l net.Listener) error { return nil }\n", 500))
	base := &mudlark.Delta{}
	detectChunk(e, mudlark.Chunk{Data: data, Delta: base})
	m := made{}
	m.copy(data, 0, 12000)
	m.data = append(m.data, "\tnothing := new\n"...)
	m.copy(data, 12000, len(data))
	delta := &mudlark.Delta{Copies: m.copies, Base: base.Keep}
	run := func() {
		e.Detect(mudlark.Chunk{Data: m.data, Delta: delta}, func(mudlark.Finding) { t.Error("found something") })
	}
	run()
	if n := testing.AllocsPerRun(20, run); n > 1 {
		t.Errorf("%v allocations, want one, of what is kept", n)
	}
}
