package git

import (
	"context"
	"fmt"
	"slices"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A Tree asks for what one commit has, whoever brought it there.
type Tree struct {
	Revision string   `json:"revision"`
	Paths    []string `json:"paths,omitempty"` // of the only files that are looked at; none: all
}

// A treeSource reads the files of one commit. A blob is yielded once, and Attribute tells
// of it at each of its paths. What was found has no commit: who brought it is not
// asked for.
type treeSource struct {
	*base
	root  gitpack.OID
	edits []edit
	blobs wantedBlobs
	cut   bool // not all places were looked at
}

func newTreeSource(b *base) (*treeSource, error) {
	id, err := b.revision(b.opts.Tree.Revision)
	if err != nil {
		return nil, err
	}
	info, err := b.commit(id)
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", id, err)
	}
	return &treeSource{base: b, root: info.Tree, blobs: wantedBlobs{}}, nil
}

// Chunks implements mudlark.Source.
func (t *treeSource) Chunks(ctx context.Context, yield mudlark.Yield) error {
	if err := t.unsupported(yield); err != nil {
		return err
	}
	if err := t.list(yield); err != nil {
		return err
	}
	for _, e := range t.edits {
		if err := text(yield, origin(partPath, e.path, ""), []byte(e.path)); err != nil {
			return err
		}
		t.blobs.add(e.item.id, e.item.kind, e.path, false)
	}
	if t.cut {
		t.blobs.allMore()
	}
	if err := t.yieldWanted(ctx, yield, t.blobs); err != nil {
		return err
	}
	return t.storeProblems(yield)
}

// list finds the files that are looked at.
func (t *treeSource) list(yield mudlark.Yield) error {
	var failed error
	trees := newTreeReading(t.base, func(id gitpack.OID, path string, err error) {
		if err := skip(yield, origin("", path, id.String()), t.unread(id.String(), err)); err != nil && failed == nil {
			failed = err
		}
	})
	take := func(e edit) {
		if e.item.kind != kindModule {
			t.edits = append(t.edits, e)
		}
	}
	if t.opts.Tree.Paths != nil {
		paths := slices.Clone(t.opts.Tree.Paths)
		slices.Sort(paths)
		for _, path := range slices.Compact(paths) {
			if e, ok := trees.at(t.root, path); ok && e.kind != kindTree {
				take(edit{path: path, item: e})
			}
		}
		return failed
	}
	d := treeDiff{treeReading: trees, emit: take}
	d.compare(t.root, nil)
	if failed != nil {
		return failed
	}
	t.cut = d.repeats > 0
	return d.tellCut(yield)
}

// Attribute implements mudlark.Attributor: it returns what was found at each path
// that has it.
func (t *treeSource) Attribute(_ context.Context, found []mudlark.Finding, _ mudlark.Yield) ([]mudlark.Finding, error) {
	content := group(found, isContent)
	var out []mudlark.Finding
	add := func(i int, path string) {
		f := found[i]
		f.Origin.Path = path
		out = append(out, f)
	}
	for _, e := range t.edits {
		for _, i := range content.at[e.item.id.String()] {
			add(i, moved(&found[i], t.blobs.first(e.item.id), e.path))
			if t.cut { // see attribution.tellSomewhere
				add(i, "")
			}
		}
	}
	inNames(found, func(*mudlark.Finding, string) bool { return true }, add)
	return out, nil
}
