package git

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// unstaged reads what is changed in the work tree and not staged: files that are
// in the index and differ from it. Bytes are compared as they stand, for filters
// are not run; what only a filter changes brings no finding that the index lacks.
type unstaged struct {
	*base
	files []string
	root  *os.Root
	edits []fileEdit
	blobs wantedBlobs
}

// fileEdit is a changed file with the blob that the index has of it.
type fileEdit struct {
	path   string
	before string // empty: it is only meant to be added
}

func newUnstaged(b *base) (*unstaged, error) {
	if b.repo.WorkTree == "" {
		return nil, fmt.Errorf("%q is a bare repository: there are no files that --pre-commit could look at", b.opts.Path)
	}
	u := &unstaged{base: b, blobs: wantedBlobs{}}
	var err error
	if u.files, err = b.within(b.opts.Files); err != nil {
		return nil, err
	}
	if u.root, err = os.OpenRoot(b.repo.WorkTree); err != nil {
		return nil, fmt.Errorf("opening the work tree: %w", err)
	}
	return u, nil
}

// Close implements io.Closer.
func (u *unstaged) Close() error { return errors.Join(u.root.Close(), u.base.Close()) }

// Chunks implements mudlark.Source.
func (u *unstaged) Chunks(ctx context.Context, yield mudlark.Yield) error {
	if err := u.unsupported(yield); err != nil {
		return err
	}
	index, err := u.readIndex()
	if err := u.problems(yield, "", err, false); err != nil {
		return err
	}
	for _, e := range index.Entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if kind := kindOf(e.Mode); kind > kindLink || e.SkipWorktree || !asked(u.files, e.Path) {
			continue
		}
		if err := u.compare(ctx, yield, e); err != nil {
			return err
		}
	}
	return u.yieldWanted(ctx, yield, u.blobs)
}

// compare yields a file if it is not what the index has.
func (u *unstaged) compare(ctx context.Context, yield mudlark.Yield, e gitrepo.IndexEntry) error {
	o := origin("", e.Path, "")
	in, size, link, err := u.open(e.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted
	}
	if err != nil {
		return skip(yield, o, mudlark.Skipped(mudlark.Unreadable, "%v", err))
	}
	defer in.Close()
	sum := newHash(u.format)
	sum.Write(append(strconv.AppendInt([]byte("blob "), size, 10), 0))
	if _, err := io.Copy(sum, in); err != nil {
		return skip(yield, o, mudlark.Skipped(mudlark.Unreadable, "%v", err))
	}
	o.Object = hex.EncodeToString(sum.Sum(nil))
	if o.Object == e.OID && !e.IntentToAdd {
		return nil
	}
	o.Labels = map[string]string{labelWorktree: e.Path}
	if link {
		o.Part = partLink
	}
	edit := fileEdit{path: e.Path}
	if id, err := u.format.Parse(e.OID); err == nil && !e.IntentToAdd {
		edit.before = e.OID
		u.blobs.add(id, uint8(kindOf(e.Mode)), e.Path, true)
	}
	u.edits = append(u.edits, edit)
	return u.split.Reader(ctx, o, io.NewSectionReader(in, 0, size), yield)
}

// An openFile is a file, or the target of a link.
type openFile interface {
	io.Reader
	io.ReaderAt
	io.Closer
}

func (u *unstaged) open(path string) (in openFile, size int64, link bool, err error) {
	info, err := u.root.Lstat(path)
	switch {
	case err != nil:
		return nil, 0, false, err
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := u.root.Readlink(path)
		return nopCloser{bytes.NewReader([]byte(target))}, int64(len(target)), true, err
	case !info.Mode().IsRegular():
		return nil, 0, false, fs.ErrNotExist // what is there now is no file of the repository
	}
	f, err := u.root.Open(path)
	if err != nil {
		return nil, 0, false, err
	}
	return f, info.Size(), false, nil
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

// labelWorktree marks what was read from a file of the work tree, and names it:
// what the index has may be the same content.
const labelWorktree = "worktree"

// Attribute implements mudlark.Attributor: it returns what the index does not
// have yet.
func (u *unstaged) Attribute(_ context.Context, found []mudlark.Finding, _ mudlark.Yield) ([]mudlark.Finding, error) {
	inFile := map[string][]int{}
	for i := range found {
		if path := found[i].Origin.Labels[labelWorktree]; path != "" {
			inFile[path] = append(inFile[path], i)
		}
	}
	inIndex := group(found, func(f *mudlark.Finding) bool { return isContent(f) && f.Origin.Labels[labelWorktree] == "" })
	var out []mudlark.Finding
	for _, e := range u.edits {
		var before [][]int
		if e.before != "" {
			before = append(before, inIndex.at[e.before])
		}
		for _, i := range introduced(found, inFile[e.path], before) {
			f := found[i]
			f.Origin.Exposure = &mudlark.Exposure{Held: mudlark.HeldByWorktree}
			out = append(out, f)
		}
	}
	return out, nil
}
