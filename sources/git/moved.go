package git

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// maxMoved bounds how many files of one commit are looked at for where they were
// before. A commit that moves more is seldom, and what it moved is told as new.
const maxMoved = 256

// An arrival is a trace of what a commit brings at a path that had nothing of the
// kind before.
type arrival struct {
	at   int // index in attribution.traced
	blob uint32
	path string
}

// findMoved notes in traces where content was before a commit moved it: at a path
// that went away in the same commit, in a file that holds the same secret.
func (t *blobTracer) findMoved(f *filter, own, before uint32, arrived []arrival) {
	if len(arrived) == 0 || len(arrived) > maxMoved {
		return
	}
	var left []change
	f.diff(before, []uint32{own}, func(c change) {
		if len(c.before) == 0 && len(left) < maxMoved {
			left = append(left, c)
		}
	})
	left = slices.DeleteFunc(left, func(c change) bool { return t.trees.holds(own, c.path) })
	if len(left) == 0 {
		return
	}
	for _, a := range arrived {
		if t.trees.holds(before, a.path) {
			continue
		}
		tr := &t.attribution.traced[a.at]
		key := t.keys[keyOf(&t.found[tr.find])]
		best := -1
		for i, c := range left {
			if _, has := slices.BinarySearch(t.secrets[c.blob], key); has && (best < 0 || a.likes(c) > a.likes(left[best])) {
				best = i
			}
		}
		if best >= 0 {
			tr.from = left[best].path + strings.TrimPrefix(tr.path, a.path)
		}
	}
}

// likes says how much speaks for it that a file was c before.
func (a arrival) likes(c change) (n int) {
	if c.blob == a.blob {
		n += 2
	}
	if path.Base(c.path) == path.Base(a.path) {
		n++
	}
	return n
}

// holds reports whether there is something at a path of a tree.
func (t *trees) holds(object uint32, path string) bool {
	for name := range strings.SplitSeq(path, "/") {
		at, ok := t.record(object)
		n, known := t.names.ids[name]
		if !ok || !known {
			return false
		}
		entries := t.entries(at, nil)
		i := slices.IndexFunc(entries, func(e entry) bool { return e.text() == n })
		if i < 0 {
			return false
		}
		object = entries[i].child
	}
	return true
}

// movedFrom writes into a finding where it was before.
func movedFrom(f *mudlark.Finding, path string) {
	labels := maps.Clone(f.Origin.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[mudlark.LabelMoved] = path
	f.Origin.Labels = labels
}
