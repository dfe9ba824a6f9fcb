package git

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A Push says what is about to be sent to another repository, and what is known
// to be there.
type Push struct {
	New []string `json:"new"` // revisions that are sent: commits, or tags of commits
	// Known are ids that the receiver has. One that is not in this repository
	// rules nothing out, which is no error.
	Known []string `json:"known,omitempty"`
	// Remote is the name of the receiver: its remote-tracking refs tell of more
	// that it has. Other remotes do not count, as what one of them holds may be
	// news to this one. Empty: the receiver has no name.
	Remote string `json:"remote,omitempty"`
}

// readPush fills in the selection and the tags.
func (c *changes) readPush(p Push) error {
	for _, text := range p.New {
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

// send takes in what a pushed ref leads to, which is no tag. That it may be a
// file is seldom made use of, that it may be a folder never.
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
		return fmt.Errorf("it is a %s, which is not scanned by itself: push a commit that has it", kind)
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
	if kind == gitpack.Tag && !slices.Contains(c.tags, id) {
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

// yieldPushedTags yields the tags that are pushed, and the tags that they name.
func (c *changes) yieldPushedTags(yield mudlark.Yield) error {
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
