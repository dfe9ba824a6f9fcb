package git

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// A blobTracer finds which commits introduce what was found in blobs.
type blobTracer struct {
	*attribution
	contents *contents
	wanted   map[uint32]bool
	first    map[uint32]string // by blob: the path that it was yielded with

	inCommit map[uint32]bool
	traced   map[uint32]bool
	others   []otherChange
	cut      bool // not all places were looked at
}

// otherChange is a change of something that is no commit.
type otherChange struct {
	change
	held mudlark.Held
	refs []string
}

func (t *blobTracer) trace(ctx context.Context) error {
	found := t.attribution.traced
	for parts := uint32(1); ; parts *= 16 {
		t.inCommit, t.traced, t.others, t.cut = map[uint32]bool{}, map[uint32]bool{}, nil, false
		t.attribution.traced = found
		ok, err := t.traceParts(ctx, parts)
		if err != nil {
			return err
		}
		if ok {
			break
		}
	}
	t.tellOthers()
	if t.cut {
		t.tellSomewhere()
	}
	return nil
}

// tellSomewhere adds to what was traced a finding without a path for each that
// has one, because not all places of what it is in were looked at: where all
// that were are refused by a path, it tells of the others.
func (a *attribution) tellSomewhere() {
	told := map[int]bool{}
	for _, t := range a.traced {
		if !told[t.find] && t.path != "" && isContent(&a.found[t.find]) {
			told[t.find] = true
			t.path = ""
			a.traced = append(a.traced, t)
		}
	}
}

// maxFiltered bounds the entries of a filter. What needs more is done in parts,
// of which there are at most maxParts.
const (
	maxFiltered = 4 << 20
	maxParts    = 4096
)

// traceParts goes through the history once for each part of the wanted blobs;
// to which part a blob belongs depends on the name of its file, so that all
// versions of a file are in one. It reports whether the parts were small enough.
func (t *blobTracer) traceParts(ctx context.Context, parts uint32) (bool, error) {
	for part := range parts {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		f := newFilter(t.trees)
		f.blobs = t.wanted
		limit := t.maxFiltered
		if parts > 1 {
			f.part = func(name uint32) bool { return name%parts == part }
		}
		if parts == maxParts {
			limit = math.MaxInt
		}
		if !f.prepare(t.paths.inward(), limit) {
			return false, nil
		}
		if err := t.traceCommits(ctx, f); err != nil {
			return false, err
		}
		t.traceIndexes(f)
		t.traceNamed(f)
		if f.cut > 0 {
			t.note(repeatNote)
			t.cut = true
		}
		if parts == 1 {
			t.inBlobs = f
		}
	}
	return true, nil
}

// repeatNote is said of trees that were made to be a trap.
const repeatNote = "Folders repeat or lie in each other so often that not every place of what is in them was looked at; their content was read."

// ids returns the ids of objects.
func (t *blobTracer) ids(objects []uint32) []string {
	list := make([]string, len(objects))
	for i, n := range objects {
		list[i] = t.objects.hex(n)
	}
	return list
}

// new returns which findings a change brings.
func (t *blobTracer) new(c change) []int {
	return t.contents.new(t.objects.hex(c.blob), t.ids(c.before))
}

// where returns the path of a finding in a blob that lies at path.
func (t *blobTracer) where(find int, blob uint32, path string) string {
	return moved(&t.found[find], t.first[blob], path)
}

func (t *blobTracer) traceCommits(ctx context.Context, f *filter) error {
	var before []uint32
	var arrived []arrival
	for n, i := range t.graph.order {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		before = before[:0]
		for _, parent := range t.graph.of(i) {
			before = append(before, t.graph.commits[parent].tree)
		}
		arrived = arrived[:0]
		own := t.graph.commits[i].tree
		f.diff(own, before, func(c change) {
			t.inCommit[c.blob], t.traced[c.blob] = true, true
			for _, find := range t.new(c) {
				t.byCommit(find, i, t.where(find, c.blob, c.path))
				if len(before) == 1 && len(c.before) == 0 {
					arrived = append(arrived, arrival{len(t.attribution.traced) - 1, c.blob, c.path})
				}
			}
		})
		if len(before) == 1 {
			t.findMoved(f, own, before[0], arrived)
		}
	}
	return nil
}

// traceIndexes notes what is staged and not in the commits that it is staged
// upon.
func (t *blobTracer) traceIndexes(f *filter) {
	for _, s := range t.staged {
		var before []uint32
		for _, parent := range s.parents {
			before = append(before, t.graph.commits[parent].tree)
		}
		f.diff(s.root, before, func(c change) {
			t.others = append(t.others, otherChange{c, mudlark.HeldByIndex, nil})
		})
	}
}

// traceNamed notes what refs and tags name without a commit: trees and blobs.
func (t *blobTracer) traceNamed(f *filter) {
	for _, r := range t.refs {
		n, ok := t.objects.parse(r.Target)
		if !ok {
			continue
		}
		n = t.peel(n)
		held := class(r.Name)
		if t.wanted[n] && (f.part == nil || f.part(0)) {
			t.others = append(t.others, otherChange{change{t.first[n], n, nil}, held, []string{r.Name}})
		}
		if _, ok := t.trees.record(n); ok {
			f.diff(n, nil, func(c change) {
				t.others = append(t.others, otherChange{c, held, []string{r.Name}})
			})
		}
	}
}

// tellOthers traces what is in no commit.
func (t *blobTracer) tellOthers() {
	type key struct {
		path string
		blob uint32
		held mudlark.Held
	}
	refs := map[key][]string{}
	var order []otherChange
	for _, o := range t.others {
		k := key{o.path, o.blob, o.held}
		if _, known := refs[k]; !known {
			order = append(order, o)
		}
		refs[k] = append(refs[k], o.refs...)
	}
	for _, o := range order {
		if t.inCommit[o.blob] {
			continue
		}
		t.traced[o.blob] = true
		names := refs[key{o.path, o.blob, o.held}]
		slices.Sort(names)
		for _, find := range t.new(o.change) {
			t.byOther(find, o.held, slices.Compact(names), t.where(find, o.blob, o.path))
		}
	}
	for blob := range t.wanted {
		if !t.traced[blob] {
			for _, find := range t.contents.at[t.objects.hex(blob)] {
				t.byOther(find, mudlark.HeldByNothing, nil, t.where(find, blob, t.first[blob]))
			}
		}
	}
}

// A pathTracer finds the first commit that has each of the wanted paths.
type pathTracer struct {
	*attribution
	wanted map[string][]int  // findings by path
	by     map[string]uint32 // the commit
}

func (t *pathTracer) trace(ctx context.Context) error {
	f := newFilter(t.trees)
	f.names = map[uint32]bool{}
	for path := range t.wanted {
		for part := range strings.SplitSeq(path, "/") {
			if n, ok := t.trees.names.ids[part]; ok {
				f.names[n] = true
			}
		}
	}
	f.prepare(t.paths.inward(), math.MaxInt)
	var before []uint32
	for n, i := range t.graph.order {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		before = before[:0]
		for _, parent := range t.graph.of(i) {
			before = append(before, t.graph.commits[parent].tree)
		}
		f.diff(t.graph.commits[i].tree, before, func(c change) {
			if _, ok := t.wanted[c.path]; ok {
				t.introduced(c.path, i)
			}
		})
	}
	t.inNames = f
	staged := map[string]bool{}
	for _, s := range t.staged {
		f.diff(s.root, nil, func(c change) { staged[c.path] = true })
	}
	for path, finds := range t.wanted {
		commit, ok := t.by[path]
		for _, find := range finds {
			switch {
			case ok:
				t.byPath(find, commit, path, nil)
			case staged[path]:
				t.byOther(find, mudlark.HeldByIndex, nil, path)
			default:
				t.byOther(find, mudlark.HeldByNothing, nil, path)
			}
		}
	}
	return nil
}

// introduced notes a commit that introduces a path, unless an earlier one did.
func (t *pathTracer) introduced(path string, i uint32) {
	known, ok := t.by[path]
	if ok {
		a, b := &t.graph.commits[known], &t.graph.commits[i]
		if a.date < b.date || a.date == b.date && a.object < b.object {
			return
		}
	}
	t.by[path] = i
}
