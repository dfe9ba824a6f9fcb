package git

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// A stray is a new blob in a place that no commit has.
type stray struct {
	id     gitpack.OID
	path   string
	held   mudlark.Held
	refs   []string      // that name it, or a tree around it
	before []gitpack.OID // what the commits that it is staged upon have there
}

// A parentLink says in which new tree a new object is.
type parentLink struct {
	tree gitpack.OID
	name string
	kind uint8
}

// findStrays finds the new blobs that no new commit adds: staged ones, those in
// trees that only a ref or a tag names, those that nothing holds. No known commit
// has them, or the scan before would have missed them.
func (c *incremental) findStrays(ctx context.Context, yield mudlark.Yield) error {
	up, err := c.linkTrees(ctx, yield)
	if err != nil {
		return err
	}
	c.missStaged()
	left := map[gitpack.OID]bool{}
	for _, id := range c.files {
		if b := c.blobs[id]; b == nil || b.context {
			left[id] = true
		}
	}
	if len(left) == 0 {
		return nil
	}
	placed := map[gitpack.OID]bool{}
	take := func(s stray, kind uint8) {
		placed[s.id] = true
		c.strays = append(c.strays, s)
		c.blobs.add(s.id, kind, s.path, false)
	}
	c.stagedStrays(left, take)
	named := c.namedObjects()
	for _, id := range c.files {
		if !left[id] {
			continue
		}
		places := c.placesIn(up, id, named)
		for _, p := range places {
			if p.held != "" {
				take(p.stray, p.kind)
			}
		}
		if !placed[id] {
			places[0].held = mudlark.HeldByNothing
			take(places[0].stray, places[0].kind)
		}
	}
	return nil
}

// linkTrees reads the new trees that no commit has. It returns for each new
// object in one where it is, and notes what is named but not there.
func (c *incremental) linkTrees(ctx context.Context, yield mudlark.Yield) (map[gitpack.OID][]parentLink, error) {
	up := map[gitpack.OID][]parentLink{}
	var failed error
	trees := newTreeReading(c.base, func(id gitpack.OID, path string, err error) {
		if err := skip(yield, origin("", path, id.String()), c.unread(id.String(), err)); err != nil {
			failed = err
		}
	})
	for i, id := range c.trees {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if c.compared[id] {
			continue
		}
		for _, e := range trees.items(id, "") {
			switch {
			case e.kind == kindModule:
			case !c.memory.new(e.id):
				c.miss(e.id, "tree "+id.String())
			case len(up[e.id]) < maxStrayPlaces:
				up[e.id] = append(up[e.id], parentLink{id, e.name, e.kind})
			}
		}
	}
	return up, failed
}

// missStaged notes what indexes name and what is not there.
func (c *incremental) missStaged() {
	for _, x := range c.beside.indexes {
		for _, e := range slices.Concat(x.Entries, x.Undo) {
			id, err := c.format.Parse(e.OID)
			if err == nil && kindOf(e.Mode) != kindModule && !e.IntentToAdd && !wellKnown(e.OID) {
				c.miss(id, c.place(x.File)+", for "+e.Path)
			}
		}
	}
}

// stagedStrays takes those of the blobs left that an index has.
func (c *incremental) stagedStrays(left map[gitpack.OID]bool, take func(stray, uint8)) {
	trees := newTreeReading(c.base, func(gitpack.OID, string, error) {})
	for _, x := range c.beside.indexes {
		upon := c.stagedUpon(x)
		for _, e := range slices.Concat(x.Entries, x.Undo) {
			id, err := c.format.Parse(e.OID)
			kind := uint8(kindOf(e.Mode))
			if err != nil || !left[id] || kind == kindModule || e.IntentToAdd {
				continue
			}
			s := stray{id: id, path: strings.TrimSuffix(e.Path, "/"), held: mudlark.HeldByIndex}
			for _, root := range upon {
				if old, ok := trees.at(root, s.path); ok && old.kind != kindTree && old.kind != kindModule {
					s.before = append(s.before, old.id)
					c.blobs.add(old.id, old.kind, s.path, true)
				}
			}
			take(s, kind)
		}
	}
}

// stagedUpon returns the trees of the commits that a commit of an index would
// have as parents.
func (c *incremental) stagedUpon(x gitrepo.Index) []gitpack.OID {
	var trees []gitpack.OID
	for _, r := range c.beside.refs {
		name := r.Name[strings.LastIndexByte(r.Name, '/')+1:]
		if r.Worktree != x.Worktree || strings.HasPrefix(r.Name, "refs/") || name != "HEAD" && name != "MERGE_HEAD" {
			continue
		}
		id, err := c.format.Parse(r.Target)
		if err == nil {
			id, err = c.peelTo(id, gitpack.Commit)
		}
		if err != nil {
			continue
		}
		if info, err := c.commit(id); err == nil {
			trees = append(trees, info.Tree)
		}
	}
	return trees
}

// namedObjects returns the refs that lead to each object that is no commit.
func (c *incremental) namedObjects() map[gitpack.OID][]gitrepo.Ref {
	named := map[gitpack.OID][]gitrepo.Ref{}
	for _, r := range c.beside.refs {
		id, err := c.format.Parse(r.Target)
		if err == nil {
			id, err = c.peelTo(id, 0)
		}
		if kind, _, typeErr := c.store.Type(id); err == nil && typeErr == nil && kind != gitpack.Commit {
			named[id] = append(named[id], r)
		}
	}
	return named
}

// Bounds against trees that repeat themselves in each other.
const (
	maxStrayPlaces = 64
	maxStraySteps  = 1000
)

type strayPlace struct {
	stray
	kind uint8
}

// placesIn returns where a blob is in new trees, with what holds it there, at
// least one place.
func (c *incremental) placesIn(up map[gitpack.OID][]parentLink, blob gitpack.OID, named map[gitpack.OID][]gitrepo.Ref) []strayPlace {
	var places []strayPlace
	steps, cut := 0, false
	var climb func(at gitpack.OID, path string, kind uint8, depth int)
	climb = func(at gitpack.OID, path string, kind uint8, depth int) {
		if steps++; steps > maxStraySteps || len(places) >= maxStrayPlaces || depth > maxPathDepth || len(path) > maxPathBytes {
			cut = true
			return
		}
		cut = cut || len(up[at]) >= maxStrayPlaces // there may be more
		held := map[mudlark.Held][]string{}
		for _, r := range named[at] {
			held[class(r.Name)] = append(held[class(r.Name)], r.Name)
		}
		for _, h := range slices.Sorted(maps.Keys(held)) {
			slices.Sort(held[h])
			places = append(places, strayPlace{stray{id: blob, path: path, held: h, refs: slices.Compact(held[h])}, kind})
		}
		if len(up[at]) == 0 && len(held) == 0 {
			places = append(places, strayPlace{stray{id: blob, path: path}, kind})
		}
		for _, l := range up[at] {
			inner, k := l.name, kind
			if path != "" {
				inner += "/" + path
			} else {
				k = l.kind
			}
			climb(l.tree, inner, k, depth+1)
		}
	}
	climb(blob, "", kindFile, 0)
	if cut {
		c.blobs.more(blob) // to be judged by no path
	}
	if cut || len(places) == 0 {
		places = append(places, strayPlace{stray{id: blob, held: mudlark.HeldByNothing}, kindFile})
	}
	slices.SortStableFunc(places, func(a, b strayPlace) int { return strings.Compare(a.path, b.path) })
	return places
}

// strayPaths lists the paths that only strays have.
func (c *changes) strayPaths() []string {
	known := map[string]bool{"": true}
	for _, e := range c.paths {
		known[e.path] = true
	}
	var list []string
	for _, s := range c.strays {
		if !known[s.path] {
			known[s.path] = true
			list = append(list, s.path)
		}
	}
	return list
}

// traceStrays traces what was found in strays and their paths.
func (c *changes) traceStrays(a *attribution, content *contents) {
	held := map[string]mudlark.Held{}
	for _, s := range c.strays {
		held[s.path] = s.held
		var before []string
		for _, b := range s.before {
			before = append(before, b.String())
		}
		for _, i := range content.new(s.id.String(), before) {
			a.byOther(i, s.held, s.refs, moved(&a.found[i], c.blobs.first(s.id), s.path))
		}
	}
	paths := map[string]bool{}
	for _, path := range c.strayPaths() {
		paths[path] = true
	}
	isStray := func(f *mudlark.Finding, _ string) bool { return paths[f.Origin.Path] }
	inNames(a.found, isStray, func(find int, path string) {
		a.byOther(find, held[a.found[find].Origin.Path], nil, path)
	})
}
