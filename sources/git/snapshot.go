package git

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// A Snapshot gives the files of one commit, whatever is checked out.
type Snapshot struct {
	base  *base
	trees *treeReading
	root  gitpack.OID // zero: there is no commit
	err   error       // of reading a tree
}

// maxSnapshotFile bounds a file that is read whole.
const maxSnapshotFile = 16 << 20

// OpenSnapshot opens the commit that a revision of the repository at path stands
// for. HEAD of a repository without a commit has no files.
func OpenSnapshot(path, rev string) (*Snapshot, error) {
	repo, err := gitrepo.Open(path)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{base: &base{repo: repo}}
	if repo.ObjectFormat == gitrepo.SHA256 {
		s.base.format = gitpack.SHA256
	}
	if s.base.store, err = gitpack.Open(repo.ObjectDir(), s.base.format, gitpack.Options{Indexed: true}); err != nil {
		_ = repo.Close()
		return nil, err
	}
	s.trees = newTreeReading(s.base, func(id gitpack.OID, _ string, err error) { s.err = fmt.Errorf("tree %s: %w", id, err) })
	if _, err := repo.ResolveRef("HEAD"); rev == "HEAD" && errors.Is(err, gitrepo.ErrUnknownRevision) {
		return s, nil
	}
	id, err := s.base.revision(rev)
	if err == nil {
		var info gitpack.CommitInfo
		info, err = s.base.commit(id)
		s.root = info.Tree
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// ReadFile returns the content of a regular file. That there is none of the name
// is fs.ErrNotExist; a link is not followed and counts as none.
func (s *Snapshot) ReadFile(name string) ([]byte, error) {
	none := &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	if !fs.ValidPath(name) || s.root.IsZero() {
		return nil, none
	}
	e, ok := s.trees.at(s.root, name)
	if s.err != nil {
		return nil, s.err
	}
	if !ok || e.kind != kindFile {
		return nil, none
	}
	if _, size, err := s.base.store.Type(e.id); err == nil && size > maxSnapshotFile {
		return nil, fmt.Errorf("%s: it has %d bytes, of which at most %d are read", name, size, maxSnapshotFile)
	}
	o, err := s.base.store.Read(e.id, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return o.Data, nil
}

// Close lets go of the repository's files.
func (s *Snapshot) Close() error { return s.base.Close() }
