package git

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// changes reads what some commits add: for each of them the files that differ
// from those of all its parents, its own text, and the tags that name it. Only
// the trees on the way to what differs are read.
type changes struct {
	*base
	scope     scope
	selection selection

	refs    []gitrepo.Ref
	tags    []gitpack.OID // that are pushed
	folders []gitpack.OID // likewise: trees
	picks   []pick
	edits   []pickedEdit
	paths   []pickedEdit // those that bring a path that no parent has
	blobs   wantedBlobs

	// module is told of submodules; nil: a note tells of them.
	module   func(pickedEdit)
	compared map[gitpack.OID]bool // filled in with the trees that were read; nil: nobody wants to know
	done     int                  // picks whose trees were compared
	strays   []stray              // what is new and in no commit
	cut      bool                 // not all places were looked at
}

type pickedEdit struct {
	edit
	pick int // index in changes.picks
}

func newChanges(ctx context.Context, b *base, s scope, now time.Time) (*changes, error) {
	c := &changes{base: b, scope: s, blobs: wantedBlobs{}}
	var err error
	if b.opts.Push != nil {
		if err = c.readPush(*b.opts.Push); err != nil {
			return nil, err
		}
	} else if b.opts.Range != "" {
		if c.selection, err = b.parseRange(b.opts.Range); err != nil {
			return nil, fmt.Errorf("range %s: %w", quote(b.opts.Range), err)
		}
	} else if b.opts.LogOpts != "" {
		if err = c.readLog(b.opts.LogOpts, now); err != nil {
			return nil, fmt.Errorf("--log-opts %s: %w", quote(b.opts.LogOpts), err)
		}
	} else if c.selection.include, err = b.everything(); err != nil {
		return nil, err
	}
	if b.opts.Since != "" {
		if c.selection.since, err = parseSince(b.opts.Since, now); err != nil {
			return nil, err
		}
	}
	return c, ctx.Err()
}

// everything lists the commits that refs name.
func (b *base) everything() ([]gitpack.OID, error) {
	refs, _ := b.repo.Refs() // Chunks tells of the problems
	var ids []gitpack.OID
	for _, r := range refs {
		if class(r.Name) == mudlark.HeldByReflog {
			continue
		}
		id, err := b.format.Parse(r.Target)
		if err != nil {
			continue
		}
		if id, err = b.peelTo(id, gitpack.Commit); err == nil {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, gitpack.OID.Compare)
	return slices.Compact(ids), nil
}

// Chunks implements mudlark.Source.
func (c *changes) Chunks(ctx context.Context, yield mudlark.Yield) error {
	if c.opts.Budget > 0 {
		return c.within(ctx, yield)
	}
	if err := c.choosePicks(ctx, yield); err != nil {
		return err
	}
	if err := c.compare(ctx, yield); err != nil {
		return err
	}
	if err := c.yieldTexts(ctx, yield); err != nil {
		return err
	}
	if err := c.yieldWanted(ctx, yield, c.blobs); err != nil {
		return err
	}
	if c.opts.received() {
		return nil // it is somebody else's doing if there is damage beside what was read
	}
	return c.storeProblems(yield)
}

// choosePicks settles which commits are read, and tells of those that should be
// and are not there.
func (c *changes) choosePicks(ctx context.Context, yield mudlark.Yield) error {
	var err error
	c.refs, err = c.repo.Refs()
	if err := c.problems(yield, partRef, err, false); err != nil {
		return err
	}
	c.cover.Refs = len(c.refs)
	if err := c.unsupported(yield); err != nil {
		return err
	}
	if err := c.tellBroken(yield, c.told()); err != nil {
		return err
	}
	chosen, err := c.choose(ctx, c.selection)
	if err != nil {
		return err
	}
	c.picks = chosen.commits
	c.count(0, len(c.picks))
	if len(c.picks) == 0 && len(chosen.lost) == 0 && len(c.tags)+len(c.strays)+len(c.folders) == 0 {
		c.noteEmpty()
	}
	return c.tellLost(yield, chosen.lost)
}

// told are the refs whose loss is a loss of the scan.
func (c *changes) told() []gitrepo.Ref {
	switch {
	case c.selection.log != nil:
		return c.selection.log.refs
	case c.opts.Range == "" && c.opts.Push == nil:
		return c.refs
	}
	return nil
}

// tellBroken yields refs to what is not there, which lead to no commits.
func (c *changes) tellBroken(yield mudlark.Yield, refs []gitrepo.Ref) error {
	for _, r := range refs {
		id, err := c.format.Parse(r.Target)
		if err != nil || c.store.Has(id) || transient(r.Name) {
			continue
		}
		s := c.missing("object " + r.Target + ", which " + r.Name + " names, is not in the repository")
		if err := skip(yield, origin("", "", r.Target), s); err != nil {
			return err
		}
	}
	return nil
}

func (c *changes) noteEmpty() {
	switch {
	case c.opts.Push != nil:
		c.note("nothing to scan: the receiver has all of it already")
	case c.selection.same != "":
		c.note("nothing to scan: %s are the same commit", c.selection.same)
	case c.opts.LogOpts != "":
		c.note("nothing to scan: git log %s names no commit", c.opts.LogOpts)
	case c.opts.Range != "":
		c.note("nothing to scan: no commit is in the range %s", strings.TrimSpace(c.opts.Range+" "+c.sinceText()))
	default:
		c.note("nothing to scan: no commit %s", c.sinceText())
	}
}

func (c *changes) sinceText() string {
	if c.opts.Since == "" {
		return ""
	}
	return "since " + c.selection.since.Format(time.RFC3339)
}

// tellLost yields commits that the selection leads to and that are not there.
func (c *changes) tellLost(yield mudlark.Yield, lost []lostCommit) error {
	shallow, _ := c.repo.Shallow()
	if c.opts.Push != nil {
		shallow = append(shallow, c.opts.Push.Shallow...)
	}
	cut := 0
	for _, l := range lost {
		if slices.Contains(shallow, l.by.String()) {
			cut++
			continue
		}
		if err := skip(yield, origin("", "", l.id.String()), c.unread(l.id.String(), l.err)); err != nil {
			return err
		}
	}
	if cut == 0 {
		return nil
	}
	return skip(yield, origin("", c.place(filepath.Join(c.repo.CommonDir, "shallow")), ""), &mudlark.Skip{
		Reason: mudlark.Shallow, Count: cut,
		Detail: "history was cut off within the range when the repository was cloned; `git fetch --unshallow` gets the rest",
	})
}

// compare finds what each commit adds.
func (c *changes) compare(ctx context.Context, yield mudlark.Yield) error {
	var failed error
	trees := newTreeReading(c.base, func(id gitpack.OID, path string, err error) {
		if err := skip(yield, origin("", path, id.String()), c.unread(id.String(), err)); err != nil && failed == nil {
			failed = err
		}
	})
	trees.read = c.compared
	d := treeDiff{treeReading: trees, stop: func() bool { return ctx.Err() != nil }}
	c.compareFolders(&d)
	var late error
	if len(c.folders)+len(c.picks) > 0 {
		late = ctx.Err()
	}
	for i, p := range c.picks {
		if late != nil {
			break
		}
		d.emit = func(e edit) { c.take(i, e) }
		d.bare = func(e edit) {
			if e.fresh < len(e.path) && c.asked(e.path) {
				c.paths = append(c.paths, pickedEdit{e, i})
			}
		}
		d.compare(p.info.Tree, c.parentTrees(p))
		if failed != nil {
			return failed
		}
		if late = ctx.Err(); late != nil {
			break
		}
		c.done = i + 1
	}
	if failed != nil {
		return failed
	}
	if c.cut = d.repeats > 0; c.cut {
		c.blobs.allMore()
	}
	return cmp.Or(late, d.tellCut(yield))
}

func (c *changes) parentTrees(p pick) []gitpack.OID {
	var trees []gitpack.OID
	seen := map[gitpack.OID]bool{} // a commit may name a parent as often as it likes
	parents := p.info.Parents
	if c.selection.log != nil && c.selection.log.firstParent && len(parents) > 0 {
		parents = parents[:1] // nobody else tells what came from the others
	}
	for _, parent := range parents {
		if seen[parent] {
			continue
		}
		seen[parent] = true
		if info, err := c.commit(parent); err == nil && !seen[info.Tree] {
			seen[info.Tree] = true
			trees = append(trees, info.Tree)
		}
	}
	return trees
}

// asked reports whether a path is one that is asked for.
func (c *changes) asked(path string) bool {
	return c.selection.log == nil || onPaths(c.selection.log.specs, path)
}

// take takes in one edit of a commit.
func (c *changes) take(i int, e edit) {
	if !c.asked(e.path) {
		return
	}
	if e.fresh < len(e.path) {
		c.paths = append(c.paths, pickedEdit{e, i})
	}
	if e.item.kind == kindModule && c.module != nil {
		c.module(pickedEdit{e, i})
		return
	}
	if e.item.kind == kindModule {
		c.note("commit %s sets the submodule %s, whose content is in another repository", c.picks[i].id, e.path)
		return
	}
	c.edits = append(c.edits, pickedEdit{e, i})
	c.blobs.add(e.item.id, e.item.kind, e.path, false)
	for _, b := range e.before {
		if b.kind != kindModule {
			c.blobs.add(b.id, b.kind, e.path, true)
		}
	}
}

// yieldTexts yields what is no file: the commits' own text, path names, tags.
func (c *changes) yieldTexts(ctx context.Context, yield mudlark.Yield) error {
	if err := c.yieldCommits(ctx, yield); err != nil {
		return err
	}
	if err := c.yieldPaths(yield); err != nil {
		return err
	}
	return c.yieldTags(yield)
}

func (c *changes) yieldCommits(ctx context.Context, yield mudlark.Yield) error {
	for _, p := range c.picks {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o, err := c.store.Read(p.id, nil)
		if err != nil {
			if err := skip(yield, origin("", "", p.id.String()), c.unread(p.id.String(), err)); err != nil {
				return err
			}
			continue
		}
		if err := yieldCommit(yield, p.id.String(), o.Data); err != nil {
			return err
		}
	}
	return nil
}

func (c *changes) yieldPaths(yield mudlark.Yield) error {
	told := map[string]bool{}
	for _, e := range c.paths {
		if !told[e.path] {
			told[e.path] = true
			if err := text(yield, origin(partPath, e.path, ""), []byte(e.path)); err != nil {
				return err
			}
		}
	}
	for _, path := range c.folderPaths() {
		if err := text(yield, origin(partPath, path, ""), []byte(path)); err != nil {
			return err
		}
	}
	return nil
}

// folderPaths lists the paths in pushed trees that no commit has.
func (c *changes) folderPaths() []string {
	if len(c.folders) == 0 {
		return nil
	}
	return c.strayPaths()
}

// yieldTags yields the annotated tags that name one of the commits; of a push,
// those that are pushed.
func (c *changes) yieldTags(yield mudlark.Yield) error {
	if c.opts.Push != nil {
		return c.yieldPushedTags(yield)
	}
	picked := map[gitpack.OID]bool{}
	for _, p := range c.picks {
		picked[p.id] = true
	}
	told := map[gitpack.OID]bool{}
	for _, r := range c.refs {
		id, err := c.format.Parse(r.Target)
		if err != nil || !strings.HasPrefix(r.Name, "refs/") {
			continue
		}
		commit, err := c.peelTo(id, gitpack.Commit)
		if err != nil || !picked[commit] {
			continue
		}
		for id != commit && !told[id] {
			told[id] = true
			o, err := c.store.Read(id, nil)
			if err != nil {
				break
			}
			if err := text(yield, origin(partTag, "", id.String()), o.Data); err != nil {
				return err
			}
			t, _ := gitpack.ParseTag(o.Data, c.format)
			id = t.Object
		}
	}
	return nil
}
