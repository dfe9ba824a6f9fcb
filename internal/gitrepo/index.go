package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// An Index is what is staged in a worktree.
type Index struct {
	Worktree string // its name; "" is the main one
	File     string
	Version  int
	Entries  []IndexEntry // by path and stage
	// Undo are the entries of conflicts that were resolved, which git keeps so
	// that the resolution can be undone. Their stage is 1 to 3.
	Undo []IndexEntry
}

// An IndexEntry is a path in an index.
type IndexEntry struct {
	Path  string
	Mode  uint32 // as in a tree: 0100644, 0100755, 0120000 a link, 0160000 a submodule, 040000 a folder
	Stage int    // 0; in a conflict 1 the base, 2 ours, 3 theirs
	OID   string // hexadecimal
	// IntentToAdd says that the path is known, but its content is not staged;
	// OID is that of nothing.
	IntentToAdd  bool
	SkipWorktree bool
	// SparseDir says that the entry stands for everything in a folder; OID is
	// that of a tree, and Path ends in a slash.
	SparseDir bool
}

// maxIndex bounds the size of an index file.
const maxIndex = 1 << 30

// Indexes reads the index of every worktree that has one. An index of which a
// part is damaged or not known gives the entries that could be read and a
// Problem.
func (r *Repo) Indexes() ([]Index, error) {
	var list []Index
	var problems Problems
	trees := r.eachTree(func(t tree) {
		if x, ok := r.treeIndex(t, &problems); ok {
			list = append(list, x)
		}
	})
	return list, append(problems, trees...).err()
}

// Index reads the index of the worktree that was opened.
func (r *Repo) Index() (Index, error) {
	var problems Problems
	x, _ := r.treeIndex(tree{Worktree{GitDir: r.GitDir}, r.git, ""}, &problems)
	return x, problems.err()
}

// IndexAt reads the index in a file that is not the worktree's own: git makes
// one for a commit of some files only, and names it to hooks.
func (r *Repo) IndexAt(file string) (Index, error) {
	var problems Problems
	d, err := openDir(filepath.Dir(file))
	if err != nil {
		problems.add(file, 0, plain(err))
		return Index{File: file}, problems.err()
	}
	defer d.close()
	x, there := r.indexFile(tree{Worktree{GitDir: r.GitDir}, d, ""}, filepath.Base(file), &problems)
	if !there {
		problems.add(file, 0, fs.ErrNotExist)
	}
	return x, problems.err()
}

// treeIndex returns whether there is an index, readable or not.
func (r *Repo) treeIndex(t tree, problems *Problems) (Index, bool) {
	return r.indexFile(t, "index", problems)
}

func (r *Repo) indexFile(t tree, name string, problems *Problems) (Index, bool) {
	x := Index{Worktree: t.Name, File: t.join(name)}
	data, err := t.read(name, maxIndex)
	if absent(err) {
		return x, false
	}
	if err != nil {
		problems.add(x.File, 0, err)
		return x, true
	}
	raw, err := parseIndex(data, r.ObjectFormat)
	if err != nil {
		problems.add(x.File, 0, err)
	}
	x.Version, x.Entries, x.Undo = raw.version, raw.entries, raw.undo
	if raw.link != nil {
		if x.Entries, err = r.joinSplit(t, raw); err != nil {
			problems.add(x.File, 0, err)
		}
	}
	return x, true
}

// joinSplit puts a split index together with the shared one that it is based on.
func (r *Repo) joinSplit(t tree, raw rawIndex) ([]IndexEntry, error) {
	if raw.link.base == "" {
		return raw.entries, nil // it is whole already
	}
	name := "sharedindex." + raw.link.base
	data, err := t.read(name, maxIndex)
	if err != nil && t.dir != r.common {
		// git looks beside the index alone, but older versions wrote it here.
		if other, again := r.common.read(name, maxIndex); again == nil {
			data, err = other, nil
		}
	}
	if err != nil {
		return raw.entries, fmt.Errorf("the shared index %s: %w", name, err)
	}
	shared, err := parseIndex(data, r.ObjectFormat)
	if err == nil && shared.id != raw.link.base {
		err = corrupt("it is not the one that the index was split from")
	}
	if err == nil && shared.link != nil {
		err = corrupt("it is split itself")
	}
	entries, merged := raw.link.merge(shared.entries, raw.entries)
	if err = errors.Join(err, merged); err != nil {
		return entries, fmt.Errorf("the shared index %s: %w", name, err)
	}
	return entries, nil
}
