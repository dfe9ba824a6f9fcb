package archive

import "fmt"

// A meter counts what comes out of one decompressor, or of one archive whose
// members share one, and holds it to the limits.
type meter struct {
	walk *walk
	in   func() int64 // how much was put into it
	out  int64
	// given says that what goes in comes out unless the archive lies, as with
	// tar: only what comes out besides is counted as unpacked.
	given   bool
	charged int64
}

// hit is the error of a stream that a bound has ended.
type hit struct {
	kind   Kind
	detail string
	whole  bool // it is a bound of the whole walk, which is over
}

func (h *hit) Error() string { return h.detail }

// add counts n bytes; an error says that no more may come.
func (m *meter) add(n int64) error {
	m.out += n
	in := m.in()
	charge := n
	if m.given {
		charge = max(0, m.out-in-m.charged)
	}
	m.charged += charge
	if err := m.walk.charge(charge); err != nil {
		return err
	}
	if r := int64(m.walk.limits.Ratio); r > 0 && m.charged > ratioFrom && m.out/r > in {
		return &hit{kind: TooDense, detail: fmt.Sprintf("it expands more than %d times; its first %d bytes were read", r, m.out)}
	}
	return nil
}

// charge counts n unpacked bytes of the walk.
func (w *walk) charge(n int64) error {
	w.unpacked += n
	if w.limits.Bytes > 0 && w.unpacked > w.limits.Bytes {
		w.over = true
		return &hit{TooMuch, fmt.Sprintf("the archive expands to more than %d bytes; the rest of it was not read", w.limits.Bytes), true}
	}
	if r := int64(w.limits.Ratio); r > 0 && w.unpacked > walkRatioFrom && w.unpacked/r > w.outermost.consumed() {
		w.over = true
		return &hit{TooDense, fmt.Sprintf("the archive expands more than %d times; the rest of it was not read", r), true}
	}
	return nil
}

// consumed is how much of in was looked at, for the ratio: all, if it can be
// read at random.
func (in *input) consumed() int64 {
	if in.at != nil {
		return in.size
	}
	return in.n
}
