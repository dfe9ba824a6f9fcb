// Package git scans a git repository: everything its object store holds, or
// what is staged, or what a range of commits adds. Options is the way in; read
// history.go for the whole of a repository, staged.go for what is staged,
// changes.go for ranges of commits.
//
// Nothing is run: no git, no hook, no filter, no text conversion. No setting of
// a repository or a user changes what is read, and attributes hide nothing.
package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// kind is what origins call this source.
const kind = "git"

// The parts of a repository that are not content of files.
const (
	partMessage = "commit message"
	partHeader  = "commit header" // author, committer, and whatever else stands there
	partTag     = "tag"
	partPath    = "path name"
	partLink    = "symlink target"
	partRef     = "ref name"
	partReflog  = "reflog"
	partFile    = "git file"
)

// base is what all ways of reading a repository share.
type base struct {
	opts   Options
	env    mudlark.Env
	began  time.Time
	repo   *gitrepo.Repo
	store  *gitpack.Store
	format gitpack.Format
	split  *split.Splitter
	lfs    *lfsStore
	memory *memory // nil: of this scan nothing is remembered

	mu    sync.Mutex
	cover mudlark.Coverage
}

// Covered implements mudlark.Accountant.
func (b *base) Covered() mudlark.Coverage {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.cover
	c.Files = b.split.Members()
	c.Notes = slices.Clone(c.Notes)
	slices.Sort(c.Notes)
	c.Notes = slices.Compact(c.Notes)
	return c
}

// Close lets go of the repository's files. Nothing may be used afterwards.
func (b *base) Close() error { return errors.Join(b.store.Close(), b.repo.Close()) }

func (b *base) count(objects, commits int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cover.Objects += objects
	b.cover.Commits += commits
}

func (b *base) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cover.Notes = append(b.cover.Notes, fmt.Sprintf(format, args...))
}

// origin returns the origin of what was read in part of an object.
func origin(part, path, object string) mudlark.Origin {
	return mudlark.Origin{Source: kind, Part: part, Path: path, Object: object}
}

// text yields what is no file, and so no archive.
func text(yield mudlark.Yield, o mudlark.Origin, data []byte) error {
	return yield(mudlark.Chunk{Data: data, Line: 1, Column: 1, Origin: o}, nil)
}

func skip(yield mudlark.Yield, o mudlark.Origin, s *mudlark.Skip) error {
	return yield(mudlark.Chunk{Origin: o}, s)
}

// blob yields the content of a blob at its paths. kinds has a bit for each kind
// of entry that names it.
func (b *base) blob(ctx context.Context, yield mudlark.Yield, object string, paths []string, kinds uint8, data []byte) error {
	o := origin("", "", object)
	if len(paths) > 0 {
		o.Path = paths[0]
	}
	if kinds == 1<<kindLink {
		o.Part = partLink
		return yield(mudlark.Chunk{Data: data, Line: 1, Column: 1, Origin: o, Paths: paths}, nil)
	}
	return b.split.Bytes(ctx, o, paths, data, yield)
}

// place returns the path of a file of git's own as reports show it:
// ".git/config", or "config" in a bare repository.
func (b *base) place(path string) string {
	from := b.repo.CommonDir
	if filepath.Base(from) == ".git" {
		from = filepath.Dir(from)
	}
	if rel, err := filepath.Rel(from, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}

// problems yields a skip for each thing that gitrepo could not read. A link or
// an include that leads out of the repository is only noted if outside says so:
// what is there is not asked for.
func (b *base) problems(yield mudlark.Yield, part string, err error, outside bool) error {
	for _, p := range gitrepo.ProblemsOf(err) {
		where := b.place(p.Path)
		if outside && errors.Is(p.Err, gitrepo.ErrOutside) {
			b.note("%s: %v", where, p.Err)
			continue
		}
		detail := p.Err.Error()
		if p.Line > 0 {
			detail = fmt.Sprintf("line %d: %s", p.Line, detail)
		}
		if err := skip(yield, origin(part, where, ""), mudlark.Skipped(reasonOf(p.Err), "%s", detail)); err != nil {
			return err
		}
	}
	return nil
}

func reasonOf(err error) mudlark.Reason {
	switch {
	case errors.Is(err, gitrepo.ErrTooLarge):
		return mudlark.TooLarge
	case errors.Is(err, gitrepo.ErrSpecial):
		return mudlark.Special
	case errors.Is(err, gitrepo.ErrOutside):
		return mudlark.Symlink
	case errors.Is(err, gitrepo.ErrUnsupported):
		return mudlark.Unsupported
	case errors.Is(err, gitrepo.ErrCorrupt):
		return mudlark.Corrupt
	case errors.Is(err, fs.ErrNotExist):
		return mudlark.Missing
	}
	return mudlark.Unreadable
}

// unread returns the skip for an object that could not be read.
func (b *base) unread(object string, err error) *mudlark.Skip {
	if errors.Is(err, gitpack.ErrNotFound) {
		return b.missing("object " + object + " is not in the repository")
	}
	if _, ok := errors.AsType[*gitpack.TooLargeError](err); ok {
		return mudlark.Skipped(mudlark.TooLarge, "%v", err)
	}
	return mudlark.Skipped(mudlark.Corrupt, "%v; `git fsck` tells more, a fresh clone may have it whole", b.inside(err))
}

// inside returns an error with paths of the repository as reports show them.
func (b *base) inside(err error) string {
	return strings.ReplaceAll(err.Error(), b.repo.CommonDir+string(filepath.Separator), b.place(b.repo.CommonDir)+"/")
}

// missing returns the skip for content that is named but not there.
func (b *base) missing(what string) *mudlark.Skip {
	if b.partial() {
		return mudlark.Skipped(mudlark.Promised, "%s, which is a partial clone; `git fetch --refetch --no-filter` gets it", what)
	}
	return mudlark.Skipped(mudlark.Missing, "%s; `git fsck` tells more, a fresh clone may have it", what)
}

// partial reports whether the repository is a partial clone, which may lack
// objects that the remote promised to send.
func (b *base) partial() bool {
	if b.store.Promisor() {
		return true
	}
	entries, _ := b.repo.Config()
	for _, e := range entries {
		if e.Section == "extensions" && e.Key == "partialclone" || e.Section == "remote" && e.Key == "promisor" && e.Value != "false" {
			return true
		}
	}
	return false
}

// storeProblems yields what of the object store could not be used.
func (b *base) storeProblems(yield mudlark.Yield) error {
	for _, p := range b.store.Problems() {
		reason := mudlark.Corrupt
		switch {
		case errors.Is(p.Err, fs.ErrPermission):
			reason = mudlark.Unreadable
		case errors.Is(p.Err, fs.ErrNotExist):
			reason = mudlark.Missing
		}
		if err := skip(yield, origin("", b.place(p.Path), ""), mudlark.Skipped(reason, "%s", b.inside(p.Err))); err != nil {
			return err
		}
	}
	return nil
}

// describe returns what a report tells of a commit.
func (b *base) describe(id gitpack.OID) *mudlark.Commit {
	o, err := b.store.Read(id, nil)
	if err != nil {
		return &mudlark.Commit{ID: id.String()}
	}
	c, _ := gitpack.ParseCommit(o.Data, b.format) // what was read before an error will do
	return describe(id.String(), c)
}

// unsupported yields what of the repository's format is not known here.
func (b *base) unsupported(yield mudlark.Yield) error {
	for _, s := range b.repo.Unsupported() {
		if err := skip(yield, origin("", b.place(b.repo.CommonDir), ""), mudlark.Skipped(mudlark.Unsupported, "%s", s)); err != nil {
			return err
		}
	}
	return nil
}
