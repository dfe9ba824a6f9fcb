package git

import (
	"context"
	"maps"
	"slices"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// Attribute implements mudlark.Attributor: it returns what the commits that were
// read introduce, as history's does, and nothing else.
func (c *changes) Attribute(ctx context.Context, found []mudlark.Finding, yield mudlark.Yield) ([]mudlark.Finding, error) {
	h, err := c.structure(ctx)
	if err != nil {
		return nil, err
	}
	a := newAttribution(h, found)
	content := group(found, isContent)
	c.traceEdits(a, content)
	c.tracePaths(a)
	c.traceStrays(a, content)
	if c.cut {
		a.tellSomewhere()
	}
	if err := a.traceRest(ctx); err != nil {
		return nil, err
	}
	if err := c.keepTips(ctx, a, content); err != nil {
		return nil, err
	}
	return a.finish(ctx, yield)
}

// structure reads all commits and tags, which tell how the chosen ones can be
// reached. It is needed only if something was found.
func (c *changes) structure(ctx context.Context) (*history, error) {
	h := newHistory(c.base, c.scope)
	h.quiet = true
	if c.opts.received() {
		return h, c.ownStructure(ctx, h)
	}
	nobody := func(mudlark.Chunk, error) error { return nil }
	if err := h.takeNames(nobody); err != nil {
		return nil, err
	}
	return h, h.takeGraph(ctx)
}

// ownStructure takes in the chosen commits alone: nothing leads to those of a push
// that is not accepted yet.
func (c *changes) ownStructure(ctx context.Context, h *history) error {
	h.objects = &objects{format: c.format, size: c.format.Size(), absent: map[string]uint32{}}
	for _, p := range slices.SortedFunc(slices.Values(c.picks), func(a, b pick) int { return a.id.Compare(b.id) }) {
		h.objects.ids = p.id.AppendTo(h.objects.ids)
	}
	h.objects.index()
	h.kinds = make([]uint8, h.objects.len())
	commits := commitReaders(h.objects, 1)
	for n := range uint32(h.objects.len()) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if o, err := c.store.Read(h.objects.id(n), nil); err == nil {
			_ = commits[0].add(n, o.Data) // a damaged one is as if it were not there
		}
	}
	h.graph = newGraph(h.objects, commitsOf(commits), func(uint32, uint32) {})
	return nil
}

// commitAt returns the index in a's graph of a chosen commit.
func (c *changes) commitAt(a *attribution, pick int) (uint32, bool) {
	n, ok := a.objects.find(c.picks[pick].id.Bytes())
	if !ok {
		return none, false
	}
	return a.graph.find(n)
}

func (c *changes) traceEdits(a *attribution, content *contents) {
	for _, e := range c.edits {
		var before []string
		for _, b := range e.before {
			before = append(before, b.id.String())
		}
		at, ok := c.commitAt(a, e.pick)
		if !ok {
			continue
		}
		for _, i := range content.new(e.item.id.String(), before) {
			a.byCommit(i, at, moved(&a.found[i], c.blobs.first(e.item.id), e.path))
		}
	}
}

// tracePaths traces secrets in names that no parent has at the path.
func (c *changes) tracePaths(a *attribution) {
	at := map[string][]int{}
	for i := range a.found {
		if isPath(&a.found[i]) {
			at[a.found[i].Origin.Path] = append(at[a.found[i].Origin.Path], i)
		}
	}
	type picked struct {
		namedSecret
		pick int
	}
	told := map[picked]bool{}
	trees := newTreeReading(c.base, func(gitpack.OID, string, error) {})
	for _, e := range c.paths {
		for _, i := range at[e.path] {
			p := picked{nameOf(&a.found[i]), e.pick}
			if len(p.path) <= e.fresh || told[p] {
				continue
			}
			told[p] = true
			if commit, ok := c.commitAt(a, e.pick); ok {
				a.byPath(i, commit, p.path, c.tipsWith(a, trees, p.path))
			}
		}
	}
}

// tipsWith returns the tips whose tree has a path.
func (c *changes) tipsWith(a *attribution, trees *treeReading, path string) tipSet {
	s := make(tipSet, a.holding.words())
	for i, t := range a.holding.tips {
		if _, ok := trees.at(a.objects.id(a.graph.commits[t.commit].tree), path); ok {
			s[i/64] |= 1 << (i % 64)
		}
	}
	return s
}

// keepTips notes which tips still have which of the secrets, at the paths where
// the commits added them and in versions that were read.
func (c *changes) keepTips(ctx context.Context, a *attribution, content *contents) error {
	if len(a.traced) == 0 {
		return nil
	}
	trees := newTreeReading(c.base, func(gitpack.OID, string, error) {})
	paths := map[string]bool{}
	for _, e := range c.edits {
		if len(content.at[e.item.id.String()]) > 0 {
			paths[e.path] = true
		}
	}
	sorted := slices.Sorted(maps.Keys(paths))
	for i, t := range a.holding.tips {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		root := a.objects.id(a.graph.commits[t.commit].tree)
		for _, path := range sorted {
			e, ok := trees.at(root, path)
			if !ok {
				continue
			}
			for _, find := range content.at[e.id.String()] {
				key := a.keys[keyOf(&a.found[find])]
				if a.kept[key] == nil {
					a.kept[key] = make(tipSet, a.holding.words())
				}
				a.kept[key][i/64] |= 1 << (i % 64)
			}
		}
	}
	return nil
}
