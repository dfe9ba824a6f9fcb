package detectors

import (
	"cmp"
	"slices"

	"github.com/mudlark-scan/mudlark"
)

// addAnchor enters the window around an anchor that holds for the keyword at
// start.
func (f *finder) addAnchor(windows *[]mudlark.Span, data []byte, a *anchor, start int) {
	begin := start - a.at
	*windows = addWindow(*windows, data, mudlark.Span{Start: begin, End: begin + len(a.text)}, a.left, a.right, &f.bytes)
}

// addAll enters the windows around all runs in data.
func (r *run) addAll(windows []mudlark.Span, data []byte, bytes *byteSet) []mudlark.Span {
	own := windows[len(windows):] // another run's windows are no neighbours
	for at := 0; ; {
		start, end, ok := r.nextRun(data, at)
		if !ok {
			return append(windows, own...)
		}
		core := mudlark.Span{Start: start, End: end}
		own = addWindow(own, data, core, r.left, r.right, bytes)
		at = core.End
	}
}

// addWindow enters the window around core: as far as a match can reach to
// either side, but not beyond a byte that no match can hold. All of core's
// bytes are such that a match can hold them, and so are all of a window's;
// where the window before it was walked over is not walked over again.
func addWindow(windows []mudlark.Span, data []byte, core mudlark.Span, left, right int, bytes *byteSet) []mudlark.Span {
	floor, ceiling := core.Start-min(left, core.Start), core.End+min(right, len(data)-core.End)
	w := core
	n := len(windows) - 1
	if n >= 0 {
		last := windows[n]
		if w.Start > last.End {
			w.Start = bytes.runBefore(data, w.Start, max(floor, last.End))
		}
		if w.Start <= last.End && last.Start <= w.End {
			w = mudlark.Span{Start: min(w.Start, last.Start), End: max(w.End, last.End)}
			windows = windows[:n]
		}
	}
	w.Start = bytes.runBefore(data, w.Start, floor)
	w.End = bytes.runAfter(data, w.End, ceiling)
	return append(windows, w)
}

// merged sorts windows and joins those that meet, in place.
func merged(windows []mudlark.Span) []mudlark.Span {
	byStart := func(a, b mudlark.Span) int { return cmp.Compare(a.Start, b.Start) }
	if !slices.IsSortedFunc(windows, byStart) {
		slices.SortFunc(windows, byStart)
	}
	out := windows[:0]
	for _, w := range windows {
		if n := len(out); n > 0 && w.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, w.End)
		} else {
			out = append(out, w)
		}
	}
	return out
}
