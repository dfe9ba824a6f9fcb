package git

import (
	"context"
	"sync"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// history reads all of a repository. Commits come first, then trees, which
// together say at which paths the blobs lie, then the blobs, each once and
// whatever commit it is in. Who brought what is asked only of the few blobs with
// findings, in Attribute.
type history struct {
	*base
	scope scope

	refs     []gitrepo.Ref
	indexes  []gitrepo.Index
	logs     []logged
	logFiles []string
	shallow  map[uint32]bool // objects that are commits without their parents

	objects *objects
	plan    *gitpack.Plan // of all walks; nil: each has its own
	graph   *graph
	tags    map[uint32]tag // by object
	trees   *trees
	paths   *paths
	staged  []stagedTree
	deep    int // entries of indexes that lie too deep

	maxFiltered int  // see filter
	quiet       bool // progress is not told
	finished    bool // Chunks came to its end

	mu      sync.Mutex
	kinds   []uint8 // by object: the gitpack.Type of what was read
	bad     map[uint32]error
	lost    []lostObject
	cut     int                 // parents that are missing because the clone is shallow
	pointed map[string][]uint32 // by large file: the blobs that stand for it
}

// logged is an object that a reflog names.
type logged struct {
	object uint32
	stash  bool
}

// tag is an annotated tag.
type tag struct{ target uint32 }

// lostObject is an object that is named but not there.
type lostObject struct {
	object uint32
	by     string // what names it
}

// newHistory returns a history of which nothing is known yet.
func newHistory(b *base, s scope) *history {
	return &history{
		base: b, scope: s, maxFiltered: maxFiltered, shallow: map[uint32]bool{}, tags: map[uint32]tag{},
		bad: map[uint32]error{}, pointed: map[string][]uint32{},
	}
}

// Chunks implements mudlark.Source.
func (h *history) Chunks(ctx context.Context, yield mudlark.Yield) error {
	if p := h.env.Progress; p != nil {
		p.Expect(walks * h.store.PackedBytes())
	}
	err := h.memory.take(ctx, yield, []step{
		{h.readNames, false}, {h.readStructure, true}, {h.readPaths, true}, {h.readBlobs, true}, {h.readLFS, true},
		{h.readFiles, false}, {h.tellUnread, false},
	})
	for _, l := range h.lost {
		h.memory.fail(h.objects.id(l.object))
	}
	h.finished = err == nil
	return err
}

// whole reports whether every object that the repository should have was read,
// so that a tree without a secret can be told from one that was not looked at.
func (h *history) whole() bool {
	return h.finished && len(h.bad) == 0 && len(h.lost) == 0
}

// walks is how often a history calls walk.
const walks = 2

// walk reads all objects of some types. What visit returns to keep is handed to
// the visits of objects that are made of this one, and to release, unless that
// is nil, when there are no more of them.
func (h *history) walk(
	ctx context.Context, types []gitpack.Type,
	visit func(worker int, n uint32, o gitpack.Object) (keep any, err error), release func(worker int, keep any),
) error {
	opts := gitpack.WalkOptions{Workers: h.env.Parallel(), Types: types, Check: gitpack.CheckCRC, Plan: h.plan, Release: release}
	if h.opts.Exhaustive {
		opts.Check = gitpack.CheckIDs
	}
	if h.env.Progress != nil && !h.quiet {
		opts.Advance = h.env.Progress.Advance
	}
	return h.store.Walk(ctx, opts, func(worker int, o gitpack.Object) (any, error) {
		n := uint32(o.Number)
		h.kinds[n] = uint8(o.Type)
		return visit(worker, n, o)
	}, func(o gitpack.OID, err error) {
		if n, ok := h.objects.find(o.Bytes()); ok {
			h.damaged(n, err)
		}
	})
}

// damaged remembers that an object could not be read, or not be understood.
func (h *history) damaged(n uint32, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.bad[n]; !known {
		h.bad[n] = err
	}
}

func (h *history) lose(object uint32, by string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = append(h.lost, lostObject{object, by})
}

// readStructure yields commits and annotated tags, and takes in how commits and
// trees hang together.
func (h *history) readStructure(ctx context.Context, yield mudlark.Yield) error {
	commits := commitReaders(h.objects, h.env.Parallel())
	trees := make([]*treeReader, h.env.Parallel())
	all := &names{ids: map[string]uint32{}}
	for i := range trees {
		trees[i] = &treeReader{objects: h.objects, names: all}
	}
	types := []gitpack.Type{gitpack.Commit, gitpack.Tag, gitpack.Tree}
	h.plan = new(gitpack.Plan)
	err := h.walk(ctx, types, func(worker int, n uint32, o gitpack.Object) (any, error) {
		switch o.Type {
		case gitpack.Tag:
			h.takeTag(n, o.Data)
			return nil, text(yield, origin(partTag, "", o.OID.String()), o.Data)
		case gitpack.Tree:
			base, _ := o.Base.(*heldTree)
			held, err := trees[worker].add(n, o.Data, base, o.Copies, o.Leaf)
			if err != nil {
				h.damaged(n, err)
			}
			if held == nil {
				return nil, nil
			}
			return held, nil
		}
		if err := commits[worker].add(n, o.Data); err != nil {
			h.damaged(n, err)
		}
		return nil, yieldCommit(yield, o.OID.String(), o.Data)
	}, func(worker int, keep any) { trees[worker].release(keep.(*heldTree)) })
	if err != nil {
		return err
	}
	for _, x := range h.indexes {
		internPaths(all, x)
	}
	h.trees = gather(h.objects, all, trees)
	h.graph = newGraph(h.objects, commitsOf(commits), h.missingParent)
	h.count(h.memory.answered(h.objects.len()), len(h.graph.commits))
	return nil
}

func (h *history) takeTag(n uint32, data []byte) {
	t, err := gitpack.ParseTag(data, h.format)
	if err != nil {
		h.damaged(n, err)
		return
	}
	target := h.objects.numberOf(t.Object)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tags[n] = tag{target}
}

// takeGraph takes in commits and tags alone.
func (h *history) takeGraph(ctx context.Context) error {
	commits := commitReaders(h.objects, h.env.Parallel())
	err := h.walk(ctx, []gitpack.Type{gitpack.Commit, gitpack.Tag}, func(worker int, n uint32, o gitpack.Object) (any, error) {
		if o.Type == gitpack.Tag {
			h.takeTag(n, o.Data)
			return nil, nil
		}
		_ = commits[worker].add(n, o.Data) // a damaged one is as if it were not there
		return nil, nil
	}, nil)
	h.graph = newGraph(h.objects, commitsOf(commits), func(uint32, uint32) {})
	return err
}

// missingParent judges a parent that is no commit of the store. It is no loss
// of its own if it is there but damaged, nor where a shallow clone ends.
func (h *history) missingParent(child, parent uint32) {
	switch {
	case h.shallow[child]:
		h.cut++
	case !h.objects.has(parent):
		if len(h.shallow) > 0 {
			h.cut++ // an earlier, shallower fetch ended here
			return
		}
		h.lose(parent, "commit "+h.objects.hex(child))
	}
}

// readPaths finds the paths of all blobs, and yields each path once.
func (h *history) readPaths(ctx context.Context, yield mudlark.Yield) error {
	h.plantIndexes()
	modules, err := h.submodules(yield)
	if err != nil {
		return err
	}
	h.paths, err = findPaths(h.trees, h.roots(), func(p *paths, dir, name uint32, kinds uint8) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		path := p.path(dir, name)
		if kinds&(1<<kindModule) != 0 {
			if err := skip(yield, origin("", path, ""), modules.skip(path)); err != nil {
				return err
			}
		}
		return text(yield, origin(partPath, path, ""), []byte(path))
	})
	if err != nil {
		return err
	}
	if err := modules.rest(yield); err != nil {
		return err
	}
	if n := h.paths.deep + h.deep; n > 0 {
		return skip(yield, origin(partPath, "", ""), &mudlark.Skip{
			Reason: mudlark.Unsupported, Count: n, Detail: "folders nested so deep that the names in them were not read",
		})
	}
	if n := h.paths.repeats; n > 0 {
		h.note("The same folders and files lie in so many places that %d of their paths were left out; their content was read.", n)
	}
	return nil
}

// roots lists the trees that are no folder of another tree: those of commits,
// of indexes, those that tags and refs name, and those that nothing names.
func (h *history) roots() []uint32 {
	inner := make([]bool, len(h.trees.all))
	for i := range h.trees.all {
		for _, e := range h.trees.all[i].edits {
			if at, ok := h.trees.record(e.child); ok && e.kind() == kindTree {
				inner[at] = true
			}
		}
	}
	roots := make([]uint32, 0, len(h.graph.commits))
	for i, in := range inner {
		if !in {
			roots = append(roots, h.trees.all[i].object)
		}
	}
	for i := range h.graph.commits {
		roots = append(roots, h.graph.commits[i].tree)
	}
	for _, t := range h.tags {
		roots = append(roots, t.target)
	}
	for _, r := range h.refs {
		if n, ok := h.objects.parse(r.Target); ok {
			roots = append(roots, n)
		}
	}
	return roots
}

// readBlobs yields the content of every blob.
func (h *history) readBlobs(ctx context.Context, yield mudlark.Yield) error {
	defer func() { h.plan = nil }()
	return h.walk(ctx, []gitpack.Type{gitpack.Blob}, func(_ int, n uint32, o gitpack.Object) (any, error) {
		if p, ok := split.LFS(o.Data); ok {
			h.mu.Lock()
			h.pointed[p.OID] = append(h.pointed[p.OID], n)
			h.mu.Unlock()
		}
		id := o.OID.String()
		_, list, kinds := h.yielded(n)
		if h.opts.Exhaustive {
			return nil, h.blob(ctx, yield, id, list, kinds, o.Data)
		}
		return h.version(ctx, yield, id, list, kinds, o)
	}, nil)
}

// version yields a blob together with what its delta says of it, and returns
// what the scan wants to know when a blob comes that is made of this one.
func (h *history) version(ctx context.Context, yield mudlark.Yield, id string, list []string, kinds uint8, o gitpack.Object) (keep any, err error) {
	if o.Leaf && o.Base == nil {
		return nil, h.blob(ctx, yield, id, list, kinds, o.Data)
	}
	delta := &mudlark.Delta{Base: o.Base, Leaf: o.Leaf}
	if o.Base != nil {
		delta.Copies = make([]mudlark.Copy, len(o.Copies))
		for i, c := range o.Copies {
			delta.Copies[i] = mudlark.Copy(c)
		}
	}
	err = h.blob(ctx, func(c mudlark.Chunk, err error) error {
		// The blob itself, not a member or a piece of it.
		if err == nil && c.Fresh == nil && len(c.Data) == len(o.Data) && len(c.Data) > 0 && &c.Data[0] == &o.Data[0] {
			c.Delta = delta
		}
		return yield(c, err)
	}, id, list, kinds, o.Data)
	return delta.Keep, err
}

// yielded returns the paths that a blob is yielded with, the first of them, and
// which kinds of entries name it. A blob with more paths than are remembered is
// yielded without any, so that its content is looked at whatever they are: a
// rule or an allowlist that knew only some of them would judge wrong.
func (h *history) yielded(blob uint32) (first string, list []string, kinds uint8) {
	list, kinds, all := h.paths.of(blob)
	if !all || len(list) == 0 {
		return "", nil, kinds
	}
	return list[0], list, kinds
}
