package git

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// labelLFS marks an origin whose content lies in git-lfs's store, and names it
// there. Its Object is the blob that stands for it in the history.
const labelLFS = "lfs"

// An lfsStore is the store of git-lfs beside a repository's own. Many
// goroutines may use it at once.
type lfsStore struct {
	dir  string // empty: there is none
	once sync.Once
	root *os.Root
	err  error
}

func (s *lfsStore) open() (*os.Root, error) {
	s.once.Do(func() {
		if s.dir == "" {
			s.err = fs.ErrNotExist
			return
		}
		s.root, s.err = os.OpenRoot(s.dir)
	})
	return s.root, s.err
}

// name returns where a large file lies in the store.
func (s *lfsStore) name(oid string) string {
	if len(oid) < 4 {
		return oid
	}
	return path.Join(oid[:2], oid[2:4], oid)
}

// has reports whether the content that p stands for lies in the store.
func (s *lfsStore) has(p split.Pointer) bool {
	root, err := s.open()
	if err != nil || p.Hash != "sha256" {
		return false
	}
	info, err := root.Stat(s.name(p.OID))
	return err == nil && info.Mode().IsRegular()
}

// list lists what lies in the store, in order. What cannot be listed is told to
// bad.
func (s *lfsStore) list(bad func(name string, err error)) []string {
	root, err := s.open()
	if err != nil {
		if s.dir != "" {
			bad("", err)
		}
		return nil
	}
	var names []string
	_ = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			bad(name, err)
		case e.Type().IsRegular():
			names = append(names, name)
		}
		return nil
	})
	return names
}

// large yields a large file. The blobs that stand for it give it its paths.
func (b *base) large(ctx context.Context, yield mudlark.Yield, name string, o mudlark.Origin) error {
	root, err := b.lfs.open()
	if err != nil {
		return err
	}
	in, err := root.Open(name)
	if err != nil {
		return skip(yield, o, mudlark.Skipped(mudlark.Unreadable, "large file: %v", err))
	}
	defer in.Close()
	if err := b.split.Reader(ctx, o, section(in), yield); err != nil {
		return err
	}
	sum, id := sha256.New(), path.Base(name)
	_, err = in.Seek(0, io.SeekStart)
	if err == nil {
		_, err = io.Copy(sum, in)
	}
	if len(id) == 2*sha256.Size && (err != nil || hex.EncodeToString(sum.Sum(nil)) != id) {
		return skip(yield, o, mudlark.Skipped(mudlark.Corrupt, "large file: content does not match the id; `git lfs fsck` tells more"))
	}
	return nil
}

// readLFS yields what lies in git-lfs's store.
func (h *history) readLFS(ctx context.Context, yield mudlark.Yield) error {
	var failed error
	names := h.lfs.list(func(name string, err error) {
		o := origin("", path.Join(h.place(h.lfs.dir), name), "")
		if err := skip(yield, o, mudlark.Skipped(mudlark.Unreadable, "%v", err)); err != nil && failed == nil {
			failed = err
		}
	})
	if failed != nil {
		return failed
	}
	for _, name := range names {
		oid := path.Base(name)
		o := origin("", path.Join(h.place(h.lfs.dir), name), "")
		o.Labels = map[string]string{labelLFS: oid}
		if blobs := h.pointed[oid]; len(blobs) > 0 {
			first := slices.Min(blobs)
			o.Object = h.objects.hex(first)
			o.Path, _, _ = h.yielded(first)
		}
		if err := h.large(ctx, yield, name, o); err != nil {
			return err
		}
	}
	return nil
}
