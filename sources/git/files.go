package git

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// labelFile marks what was read from a file of git's own, whatever part of it.
const labelFile = "gitfile"

// readFiles yields the files of git's own that nothing else reads: config with
// its URLs, hooks, messages that were being written.
func (h *history) readFiles(ctx context.Context, yield mudlark.Yield) error {
	_, err := h.repo.Config()
	if err := h.problems(yield, partFile, err, true); err != nil {
		return err
	}
	files, err := h.repo.Files()
	if err := h.problems(yield, partFile, err, true); err != nil {
		return err
	}
	for _, f := range files {
		if f.Name == "packed-refs" {
			continue // names and ids, which readRefs has given
		}
		if err := h.open(ctx, yield, partFile, f); err != nil {
			return err
		}
	}
	return nil
}

// file yields a file that lies in the repository's common folder.
func (h *history) file(ctx context.Context, yield mudlark.Yield, part, path string) error {
	name, err := filepath.Rel(h.repo.CommonDir, path)
	if err != nil {
		return skip(yield, origin(part, h.place(path), ""), mudlark.Skipped(mudlark.Unreadable, "%v", err))
	}
	return h.open(ctx, yield, part, gitrepo.File{Name: filepath.ToSlash(name), Path: path})
}

func (h *history) open(ctx context.Context, yield mudlark.Yield, part string, f gitrepo.File) error {
	o := origin(part, h.place(f.Path), "")
	in, err := h.repo.Open(f)
	if err != nil {
		return skip(yield, o, mudlark.Skipped(reasonOf(err), "%v", err))
	}
	defer in.Close()
	o.Labels = map[string]string{labelFile: f.Name}
	return h.split.Reader(ctx, o, section(in), yield)
}

// section gives a file the methods by which an archive is read in place. What
// cannot say its size is read as a stream.
func section(f *os.File) io.Reader {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f
	}
	return io.NewSectionReader(f, 0, info.Size())
}
