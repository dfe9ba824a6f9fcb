package git

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A Push says what is about to be sent to a repository, and what is known to be
// there.
type Push struct {
	New []string `json:"new"` // revisions that are sent: commits, or tags of commits
	// Known are ids that the receiver has. One that is not in this repository
	// rules nothing out, which is no error.
	Known []string `json:"known,omitempty"`
	// Remote is the name of the receiver: its remote-tracking refs tell of more
	// that it has. Other remotes do not count, as what one of them holds may be
	// news to this one. Empty: the receiver has no name.
	Remote string `json:"remote,omitempty"`
	// Received says that this repository is the receiver, and that what is sent is
	// in none of its refs yet: all that one of them leads to is known.
	Received bool `json:"received,omitempty"`
	// Shallow are commits of which the receiver is to get no parents.
	Shallow []string `json:"shallow,omitempty"`
	// Refs are the names of refs that the receiver does not have yet.
	Refs []string `json:"refs,omitempty"`
}

// received reports whether a push to this repository is looked at.
func (o *Options) received() bool { return o.Push != nil && o.Push.Received }

// readPush fills in the selection and the tags.
func (c *changes) readPush(p Push) error {
	held := map[gitpack.OID]bool{}
	if p.Received {
		held = c.excludeRefs()
	}
	for _, text := range p.New {
		if id, err := c.format.Parse(text); err == nil && held[id] {
			continue
		}
		id, err := c.pushed(text)
		if err == nil {
			id, err = c.peelTo(id, 0)
		}
		if err == nil {
			err = c.send(id)
		}
		if err != nil {
			return fmt.Errorf("pushed %s: %w", quote(text), err)
		}
	}
	for _, text := range p.Known {
		if id, err := c.format.Parse(text); err == nil {
			c.exclude(id)
		}
	}
	c.tags = slices.DeleteFunc(c.tags, func(id gitpack.OID) bool { return held[id] })
	if p.Remote == "" {
		return nil
	}
	refs, _ := c.repo.Refs() // Chunks tells of the problems
	for _, r := range refs {
		if !strings.HasPrefix(r.Name, "refs/remotes/"+p.Remote+"/") {
			continue
		}
		if id, err := c.format.Parse(r.Target); err == nil {
			c.exclude(id)
		}
	}
	return nil
}

// excludeRefs rules out what any ref of the repository leads to, and returns the
// objects that they name.
func (c *changes) excludeRefs() map[gitpack.OID]bool {
	held := map[gitpack.OID]bool{}
	refs, _ := c.repo.Refs() // Chunks tells of the problems
	for _, r := range refs {
		id, err := c.format.Parse(r.Target)
		if err != nil || held[id] || !strings.HasPrefix(r.Name, "refs/") {
			continue
		}
		held[id] = true
		switch peeled, err := c.format.Parse(r.Peeled); {
		case err == nil:
			c.selection.exclude = append(c.selection.exclude, peeled)
		case strings.HasPrefix(r.Name, "refs/heads/"): // git lets nothing but commits be there
			c.selection.exclude = append(c.selection.exclude, id)
		default:
			c.exclude(id)
		}
	}
	return held
}

// send takes in what a pushed ref leads to, which is no tag. That it may be a
// file or a folder is seldom made use of.
func (c *changes) send(id gitpack.OID) error {
	switch kind, _, err := c.store.Type(id); {
	case err != nil:
		return err
	case kind == gitpack.Commit:
		c.selection.include = append(c.selection.include, id)
	case kind == gitpack.Blob:
		c.strays = append(c.strays, stray{id: id, held: mudlark.HeldByRef})
		c.blobs.add(id, kindFile, "", false)
	default:
		c.folders = append(c.folders, id)
	}
	return nil
}

// pushed returns the object that is sent for a revision, and remembers tags.
func (c *changes) pushed(text string) (gitpack.OID, error) {
	id, err := c.format.Parse(text)
	if err != nil {
		if id, err = c.lookUp(text); err != nil { // which finds tags; "main~1" is none
			return c.revision(text)
		}
	}
	kind, _, err := c.store.Type(id)
	if errors.Is(err, gitpack.ErrNotFound) {
		return id, c.notHere(text)
	}
	if kind == gitpack.Tag {
		c.tags = append(c.tags, id)
	}
	return id, err
}

// exclude rules out what a commit leads to, if there is one.
func (c *changes) exclude(id gitpack.OID) {
	if id, err := c.peelTo(id, gitpack.Commit); err == nil {
		c.selection.exclude = append(c.selection.exclude, id)
	}
}

// compareFolders takes in what is new in the trees that are pushed by themselves.
func (c *changes) compareFolders(d *treeDiff) {
	d.emit = func(e edit) {
		if e.item.kind == kindModule {
			c.note("a tree that is pushed has the submodule %s, whose content is in another repository", e.path)
			return
		}
		s := stray{id: e.item.id, path: e.path, held: mudlark.HeldByRef}
		c.blobs.add(e.item.id, e.item.kind, e.path, false)
		for _, b := range e.before {
			if b.kind != kindModule {
				s.before = append(s.before, b.id)
				c.blobs.add(b.id, b.kind, e.path, true)
			}
		}
		c.strays = append(c.strays, s)
	}
	d.bare = nil
	for _, id := range c.folders {
		d.compare(id, c.knownTrees())
	}
}

// knownTrees returns the newest trees of what the receiver has, as far as they
// help: a tree by itself has no parents to compare it with.
func (c *changes) knownTrees() []gitpack.OID {
	const most = 100
	var trees []gitpack.OID
	for _, id := range c.selection.exclude[:min(len(c.selection.exclude), most)] {
		if info, err := c.commit(id); err == nil {
			trees = append(trees, info.Tree)
		}
	}
	return trees
}

// yieldPushedTags yields the names of the refs that a push makes, the tags that are
// pushed, and the tags that they name.
func (c *changes) yieldPushedTags(yield mudlark.Yield) error {
	for _, name := range c.opts.Push.Refs {
		if err := text(yield, origin(partRef, "", name), []byte(name)); err != nil {
			return err
		}
	}
	told := map[gitpack.OID]bool{}
	for _, id := range c.tags {
		for !told[id] {
			told[id] = true
			o, err := c.store.Read(id, nil)
			if err != nil {
				if err := skip(yield, origin(partTag, "", id.String()), c.unread(id.String(), err)); err != nil {
					return err
				}
				break
			}
			if o.Type != gitpack.Tag {
				break
			}
			if err := text(yield, origin(partTag, "", id.String()), o.Data); err != nil {
				return err
			}
			t, err := gitpack.ParseTag(o.Data, c.format)
			if err != nil {
				break
			}
			id = t.Object
		}
	}
	return nil
}
