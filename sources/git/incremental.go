package git

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// incremental reads what came in since an earlier scan: of each new commit what
// it adds, as changes does, new tags, and new blobs that no commit has. What has
// no id to be remembered by is read each time: names of refs, reflogs, files of
// git's own.
type incremental struct {
	*changes
	beside *history // reads what is beside the objects

	tags, trees []gitpack.OID // new ones
	files       []gitpack.OID // new blobs
}

func newIncremental(b *base) *incremental {
	c := &incremental{changes: &changes{base: b, blobs: wantedBlobs{}}, beside: newHistory(b, scope{})}
	c.beside.quiet = true
	c.beside.paths = &paths{} // where old objects lie is not known
	return c
}

// Chunks implements mudlark.Source.
func (c *incremental) Chunks(ctx context.Context, yield mudlark.Yield) error {
	return c.memory.take(ctx, yield, []step{
		{c.beside.readNames, false}, {c.sortNew, true}, {c.compareNew, true}, {c.readTexts, true},
		{func(ctx context.Context, yield mudlark.Yield) error { return c.yieldWanted(ctx, yield, c.blobs) }, true},
		{c.beside.readFiles, false}, {c.tellUnread, false},
	})
}

// sortNew sorts the new objects by type.
func (c *incremental) sortNew(ctx context.Context, yield mudlark.Yield) error {
	for i, id := range c.memory.last.fresh {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		kind, _, err := c.store.Type(id)
		var info gitpack.CommitInfo
		switch {
		case err != nil:
		case kind == gitpack.Blob:
			c.files = append(c.files, id)
		case kind == gitpack.Tree:
			c.trees = append(c.trees, id)
		case kind == gitpack.Tag:
			c.tags = append(c.tags, id)
		default:
			if info, err = c.commit(id); err != nil {
				// Its text counts, if it is there.
				if o, readErr := c.store.Read(id, nil); readErr == nil {
					if err := yieldCommit(yield, id.String(), o.Data); err != nil {
						return err
					}
				}
			} else {
				info.Message, info.Headers = nil, nil // read again for their text
				c.picks = append(c.picks, pick{id, info})
			}
		}
		if err != nil {
			if err := skip(yield, origin("", "", id.String()), c.unread(id.String(), err)); err != nil {
				return err
			}
		}
	}
	c.count(len(c.tags)+len(c.trees)+len(c.picks), len(c.picks)) // yieldWanted counts blobs
	return nil
}

// compareNew finds what the new commits add, and what is new and in none.
func (c *incremental) compareNew(ctx context.Context, yield mudlark.Yield) error {
	c.missParents()
	var modules []string
	c.module = func(e pickedEdit) {
		if !slices.ContainsFunc(e.before, func(b item) bool { return b.kind == kindModule }) {
			modules = append(modules, e.path)
		}
	}
	c.compared = map[gitpack.OID]bool{}
	if err := c.compare(ctx, yield); err != nil {
		return err
	}
	if len(modules) > 0 {
		inside, err := c.beside.submodules(yield)
		if err != nil {
			return err
		}
		slices.Sort(modules)
		for _, path := range slices.Compact(modules) {
			if err := skip(yield, origin("", path, ""), inside.skip(path)); err != nil {
				return err
			}
		}
	}
	return c.findStrays(ctx, yield)
}

// missParents notes parents that are not there, unless that is where a shallow
// clone ends.
func (c *incremental) missParents() {
	shallow := len(c.beside.shallow) > 0
	for _, p := range c.picks {
		for _, parent := range p.info.Parents {
			if shallow {
				if !c.beside.shallow[c.beside.objects.number(p.id.Bytes())] && !c.store.Has(parent) {
					c.beside.cut++
				}
				continue
			}
			c.miss(parent, "commit "+p.id.String())
		}
	}
}

// miss notes an object that something names, if it is not there.
func (c *incremental) miss(id gitpack.OID, by string) {
	if !c.store.Has(id) {
		c.beside.lose(c.beside.objects.numberOf(id), by)
	}
}

// readTexts yields what is no file.
func (c *incremental) readTexts(ctx context.Context, yield mudlark.Yield) error {
	if err := c.yieldCommits(ctx, yield); err != nil {
		return err
	}
	if err := c.yieldPaths(yield); err != nil {
		return err
	}
	for _, path := range c.strayPaths() {
		if err := text(yield, origin(partPath, path, ""), []byte(path)); err != nil {
			return err
		}
	}
	for _, id := range c.tags {
		o, err := c.store.Read(id, nil)
		var t gitpack.TagInfo
		if err == nil {
			t, err = gitpack.ParseTag(o.Data, c.format)
		}
		if err != nil {
			err = skip(yield, origin("", "", id.String()), c.unread(id.String(), err))
		} else {
			c.miss(t.Object, "tag "+id.String())
		}
		if err == nil && len(o.Data) > 0 { // also if it is malformed
			err = text(yield, origin(partTag, "", id.String()), o.Data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tellUnread yields a skip for everything that was not read, now or by the scans
// before: none of them makes this one complete.
func (c *incremental) tellUnread(_ context.Context, yield mudlark.Yield) error {
	m, last := c.memory, c.memory.last
	by := "an object scanned by " + moment(last.When)
	for _, id := range last.unread {
		if !c.store.Has(id) {
			c.miss(id, by)
			continue
		}
		if _, err := c.store.Read(id, nil); err != nil {
			if err := skip(yield, origin("", "", id.String()), c.unread(id.String(), err)); err != nil {
				return err
			}
		}
	}
	for _, l := range c.beside.lost {
		m.fail(c.beside.objects.id(l.object))
	}
	if err := c.beside.tellLost(yield); err != nil {
		return err
	}
	m.carry(last)
	for _, reason := range slices.Sorted(maps.Keys(last.Unscanned)) {
		s := mudlark.Skip{Reason: reason, Count: last.Unscanned[reason], Detail: fmt.Sprintf(
			"not read by %s, whose report tells more, and not since; without the state everything is tried again", moment(last.When))}
		if err := skip(yield, origin("", "", ""), &s); err != nil {
			return err
		}
	}
	if err := c.storeProblems(yield); err != nil {
		return err
	}
	return c.tellShallow(yield)
}

// tellShallow yields a skip if a shallow clone's history ends somewhere.
func (c *incremental) tellShallow(yield mudlark.Yield) error {
	cut := c.beside.cut
	for n := range c.beside.shallow {
		if !c.beside.objects.has(n) {
			continue
		}
		info, _ := c.commit(c.beside.objects.id(n))
		for _, parent := range info.Parents {
			if !c.store.Has(parent) {
				cut++
			}
		}
	}
	if cut == 0 {
		return nil
	}
	return skip(yield, origin("", c.place(filepath.Join(c.repo.CommonDir, "shallow")), ""), &mudlark.Skip{
		Reason: mudlark.Shallow, Count: cut,
		Detail: "history was cut off here when the repository was cloned; `git fetch --unshallow` gets the rest",
	})
}
