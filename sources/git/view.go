package git

import (
	"container/heap"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// A View looks things up in a repository, for whoever must know of its commits
// and files before anything is scanned. Nothing is run, and nothing but the object
// store and refs is read: no file of the work tree.
type View struct {
	b *base
}

// NewView opens the repository at a path.
func NewView(path string) (*View, error) {
	opts := Options{Path: path, indexed: true}
	if opts.Path == "" {
		opts.Path = "."
	}
	b, err := opts.open(mudlark.Env{})
	if err != nil {
		return nil, err
	}
	return &View{b}, nil
}

// Close lets go of the repository's files.
func (v *View) Close() error { return v.b.Close() }

// WorkTree is the folder of the files that are checked out, empty if there is none.
func (v *View) WorkTree() string { return v.b.repo.WorkTree }

// Shallow reports whether history was cut off when the repository was cloned.
func (v *View) Shallow() bool {
	ids, _ := v.b.repo.Shallow()
	return len(ids) > 0
}

// Revision returns the id of the commit that a revision stands for, as a user
// types it.
func (v *View) Revision(text string) (string, error) {
	id, err := v.b.revision(text)
	return id.String(), err
}

// Commit returns the whole id of a commit that is in the repository, from 12 of its
// digits or more. Unlike Revision it takes no name for it that looks like an id.
func (v *View) Commit(id string) (string, error) {
	if len(id) < 12 || !hexadecimal(id) {
		return "", fmt.Errorf("%s is no id of a commit", quote(id))
	}
	oid, err := v.b.abbreviated(strings.ToLower(id))
	if err == nil {
		oid, err = v.b.peelTo(oid, gitpack.Commit)
	}
	return oid.String(), err
}

// Ref returns the commit that a ref names, by its full name.
func (v *View) Ref(name string) (string, error) {
	text, err := v.b.repo.ResolveRef(name)
	if err != nil {
		return "", err
	}
	id, err := v.b.format.Parse(text)
	if err == nil {
		id, err = v.b.peelTo(id, gitpack.Commit)
	}
	return id.String(), err
}

// Head returns the commit that HEAD stands for, empty before the first one.
func (v *View) Head() (string, error) {
	if _, err := v.b.repo.ResolveRef("HEAD"); errors.Is(err, gitrepo.ErrUnknownRevision) {
		return "", nil
	}
	return v.Ref("HEAD")
}

// Symbolic returns the full name of the ref that another one stands for, empty if
// it stands for none.
func (v *View) Symbolic(name string) string { return v.b.repo.Symbolic(name) }

// Parents returns the ids of a commit's parents, whether they are in the
// repository or not.
func (v *View) Parents(commit string) ([]string, error) {
	id, err := v.b.format.Parse(commit)
	if err != nil {
		return nil, err
	}
	info, err := v.b.commit(id)
	var ids []string
	for _, p := range info.Parents {
		ids = append(ids, p.String())
	}
	return ids, err
}

// ErrNoBase says that two commits have no common ancestor in the repository.
var ErrNoBase = errors.New("the two commits have no common ancestor")

// MergeBase returns a commit in the history of both of two others that is not in
// the history of another such one. Which one is found does not hang on the dates of
// commits, which whoever makes them may choose, but of several any is.
func (v *View) MergeBase(one, other string) (string, error) {
	w := chooser{base: v.b, marks: map[gitpack.OID]uint64{}, read: map[gitpack.OID]*pick{}, failed: map[gitpack.OID]bool{}}
	const both, stale = firstPair | firstPair<<1, firstPair << 2
	waiting := map[gitpack.OID]bool{} // in the queue, and not known to be behind a base
	push := func(id, child gitpack.OID, marks uint64) {
		n := len(w.queue)
		if w.push(id, child, marks); w.marks[id]&stale != 0 {
			delete(waiting, id)
		} else if len(w.queue) > n {
			waiting[id] = true
		}
	}
	for i, text := range []string{one, other} {
		id, err := v.b.format.Parse(text)
		if err != nil {
			return "", err
		}
		push(id, gitpack.OID{}, firstPair<<i)
	}
	var found []gitpack.OID
	for len(waiting) > 0 || len(found) > 1 && len(w.queue) > 0 { // of several one may be behind another
		q := heap.Pop(&w.queue).(queued)
		delete(waiting, q.id)
		marks := w.marks[q.id]
		if marks == both {
			if !slices.Contains(found, q.id) {
				found = append(found, q.id)
			}
			marks |= stale
		}
		for _, parent := range q.info.Parents {
			push(parent, q.id, marks)
		}
	}
	for _, id := range found {
		if w.marks[id]&stale == 0 {
			return id.String(), nil
		}
	}
	for _, l := range w.lost {
		return "", fmt.Errorf("commit %s: %w", l.id, l.err)
	}
	return "", ErrNoBase
}

// A Change is a file that differs between two commits.
type Change struct {
	Path          string
	Before, After bool // whether the one and the other commit has a file there
}

// Changes lists the files in which two commits differ, in the order of their
// names. An empty id stands for a commit without files.
func (v *View) Changes(before, after string) ([]Change, error) {
	var unread error
	trees := newTreeReading(v.b, func(id gitpack.OID, path string, err error) {
		unread = errors.Join(unread, fmt.Errorf("folder %q, object %s: %w", path, id, err))
	})
	ids := [2][]gitpack.OID{}
	for i, text := range []string{before, after} {
		if text == "" {
			continue
		}
		id, err := v.b.format.Parse(text)
		if err != nil {
			return nil, err
		}
		info, err := v.b.commit(id)
		if err != nil {
			return nil, fmt.Errorf("commit %s: %w", id, err)
		}
		ids[i] = []gitpack.OID{info.Tree}
	}
	at := map[string]*Change{}
	d := treeDiff{treeReading: trees}
	for i := range ids {
		d.emit = func(e edit) {
			if e.item.kind == kindModule {
				return
			}
			if at[e.path] == nil {
				at[e.path] = &Change{Path: e.path}
			}
			if i == 0 {
				at[e.path].Before = true
			} else {
				at[e.path].After = true
			}
		}
		if len(ids[i]) > 0 {
			d.compare(ids[i][0], ids[1-i])
		}
	}
	if d.repeats+d.cut > 0 && unread == nil {
		unread = errors.New("there are more folders, or deeper ones, than can be compared")
	}
	list := make([]Change, 0, len(at))
	for _, c := range at {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return list, unread
}

// ErrNoFile says that there is something at a path, but no file: a link, a folder.
var ErrNoFile = errors.New("it is no file")

// ReadFile returns a file of a commit of at most so many bytes. A path that is not
// there is fs.ErrNotExist; a link is not followed, and a path leads nowhere but
// into the commit.
func (v *View) ReadFile(commit, name string, most int64) ([]byte, error) {
	e, err := v.lookUp(commit, name)
	if err != nil {
		return nil, err
	}
	if e.kind != kindFile {
		return nil, fmt.Errorf("%q: %w", name, ErrNoFile)
	}
	if _, size, err := v.b.store.Type(e.id); err == nil && size > most {
		return nil, fmt.Errorf("%q is larger than %d MB", name, most>>20)
	}
	o, err := v.b.store.Read(e.id, nil)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	return o.Data, nil
}

// Same reports whether two commits have the same at a path, which may be nothing.
func (v *View) Same(one, other, name string) bool {
	a, errA := v.lookUp(one, name)
	b, errB := v.lookUp(other, name)
	if errA != nil || errB != nil {
		return errors.Is(errA, fs.ErrNotExist) && errors.Is(errB, fs.ErrNotExist)
	}
	return a.same(b) && a.kind == b.kind
}

func (v *View) lookUp(commit, name string) (item, error) {
	if !fs.ValidPath(name) || name == "." || name != path.Clean(name) {
		return item{}, fmt.Errorf("%q is no path of a repository: %w", name, fs.ErrNotExist)
	}
	id, err := v.b.format.Parse(commit)
	if err != nil {
		return item{}, err
	}
	info, err := v.b.commit(id)
	if err != nil {
		return item{}, fmt.Errorf("commit %s: %w", id, err)
	}
	var unread error
	trees := newTreeReading(v.b, func(id gitpack.OID, path string, err error) {
		unread = fmt.Errorf("folder %q, object %s: %w", path, id, err)
	})
	e, ok := trees.at(info.Tree, name)
	switch {
	case unread != nil:
		return e, unread
	case !ok:
		return e, fmt.Errorf("%q: %w", name, fs.ErrNotExist)
	}
	return e, nil
}
