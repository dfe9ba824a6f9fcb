package git

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// tellUnread yields a skip for everything that the repository should hold and
// that was not read. A scan without one has read all there is.
func (h *history) tellUnread(_ context.Context, yield mudlark.Yield) error {
	h.findLost()
	if err := h.tellDamaged(yield); err != nil {
		return err
	}
	if err := h.tellLost(yield); err != nil {
		return err
	}
	if grafts, err := h.repo.Grafts(); err == nil && len(grafts) > 0 {
		h.note("info/grafts gives %d commits other parents than they have; what the commits say counts.", len(grafts))
	}
	if err := h.storeProblems(yield); err != nil {
		return err
	}
	if h.cut == 0 {
		return nil
	}
	return skip(yield, origin("", h.place(filepath.Join(h.repo.CommonDir, "shallow")), ""), &mudlark.Skip{
		Reason: mudlark.Shallow, Count: h.cut,
		Detail: "history was cut off here when the repository was cloned; `git fetch --unshallow` gets the rest",
	})
}

// findLost adds to h.lost what commits, tags and trees name and what is not there.
func (h *history) findLost() {
	for i := range h.graph.commits {
		if c := &h.graph.commits[i]; !h.objects.has(c.tree) {
			h.lose(c.tree, "commit "+h.objects.hex(c.object))
		}
	}
	for n, t := range h.tags {
		if !h.objects.has(t.target) {
			h.lose(t.target, "tag "+h.objects.hex(n))
		}
	}
	for i := range h.trees.all {
		t := &h.trees.all[i]
		if !h.objects.has(t.object) {
			continue // an index, of which plant has told
		}
		for _, e := range t.edits {
			if e.child != gone && e.child != module && !h.objects.has(e.child) {
				h.lose(e.child, "tree "+h.objects.hex(t.object))
			}
		}
	}
}

// tellDamaged yields what could not be read though it is there.
func (h *history) tellDamaged(yield mudlark.Yield) error {
	for n, kind := range h.kinds {
		if _, known := h.bad[uint32(n)]; kind == 0 && !known {
			h.bad[uint32(n)] = errors.New("object " + h.objects.hex(uint32(n)) + " was not read")
		}
	}
	for _, n := range slices.Sorted(maps.Keys(h.bad)) {
		id := h.objects.hex(n)
		if err := skip(yield, origin("", h.pathOf(n), id), h.unread(id, h.bad[n])); err != nil {
			return err
		}
	}
	return nil
}

// tellLost yields what is named but not there, in the order of the ids. Of a
// partial clone that is no surprise, and one skip says how much it is.
func (h *history) tellLost(yield mudlark.Yield) error {
	slices.SortFunc(h.lost, func(a, b lostObject) int {
		if c := slices.Compare(h.objects.raw(a.object), h.objects.raw(b.object)); c != 0 {
			return c
		}
		return strings.Compare(a.by, b.by)
	})
	h.lost = slices.CompactFunc(h.lost, func(a, b lostObject) bool { return a.object == b.object })
	h.lost = slices.DeleteFunc(h.lost, func(l lostObject) bool { return wellKnown(h.objects.hex(l.object)) })
	if n := len(h.lost); n > 0 && h.partial() {
		s := h.missing("objects that were left out of the repository")
		s.Count = n
		return skip(yield, origin("", "", ""), s)
	}
	for _, l := range h.lost {
		id := h.objects.hex(l.object)
		s := h.missing("object " + id + ", which " + l.by + " names, is not in the repository")
		if err := skip(yield, origin("", h.pathOf(l.object), id), s); err != nil {
			return err
		}
	}
	return nil
}

// pathOf returns the first path of an object, empty if none is known.
func (h *history) pathOf(n uint32) string {
	if list, _, _ := h.paths.of(n); len(list) > 0 {
		return list[0]
	}
	return ""
}
