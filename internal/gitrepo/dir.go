package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A dir is a folder to read from. No name and no symbolic link leads out of it.
type dir struct {
	root *os.Root
	path string
}

func openDir(path string) (*dir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &dir{root, path}, nil
}

// sub opens a folder of d, to which what is read from it is confined.
func (d *dir) sub(name string) (*dir, error) {
	root, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, plain(err)
	}
	return &dir{root, d.join(name)}, nil
}

func (d *dir) close() { _ = d.root.Close() }

func (d *dir) join(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

// open opens a regular file. It does not wait for the writer of a pipe.
func (d *dir) open(name string) (*os.File, int64, error) {
	info, err := d.root.Stat(name)
	if err != nil {
		return nil, 0, plain(err)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%w: %s", ErrSpecial, kind(info.Mode()))
	}
	f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, plain(err)
	}
	if info, err = f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, 0, errors.Join(err, ErrSpecial)
	}
	return f, info.Size(), nil
}

// read returns the content of a file of at most limit bytes.
func (d *dir) read(name string, limit int64) ([]byte, error) {
	f, size, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > limit {
		return nil, fmt.Errorf("%w: %d bytes, of which at most %d are read", ErrTooLarge, size, limit)
	}
	// One byte more than the size shows the end without growing the buffer.
	data := make([]byte, 0, size+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, plain(err)
		}
		data = slices.Grow(data, 1)
	}
}

// list returns what lies in a folder, sorted.
func (d *dir) list(name string) ([]fs.DirEntry, error) {
	f, err := d.root.Open(name)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, plain(err)
}

// Bounds of a walk.
const (
	maxDepth = 64
	maxFiles = 4 << 20
)

// walk calls file for everything below the folder name that is not a folder, in
// order. If enter is not nil, it says which folders are entered. What cannot be
// listed is a problem; that the folder itself is not there is none.
func (d *dir) walk(name string, problems *Problems, enter func(name string) bool, file func(name string, e fs.DirEntry)) {
	left := maxFiles
	var step func(name string, depth int)
	step = func(name string, depth int) {
		entries, err := d.list(name)
		if err != nil && !(depth == 0 && errors.Is(err, fs.ErrNotExist)) {
			problems.add(d.join(name), 0, err)
		}
		for _, e := range entries {
			inner := path.Join(name, e.Name())
			if left--; left < 0 || depth == maxDepth {
				problems.add(d.join(inner), 0, fmt.Errorf("%w: more files or folders than are read", ErrTooLarge))
				return
			}
			if e.IsDir() {
				if enter == nil || enter(inner) {
					step(inner, depth+1)
				}
				continue
			}
			file(inner, e)
		}
	}
	step(name, 0)
}

// plain strips what os adds to an error, which Problem adds again, and gives
// the one for links that lead outside a name.
func plain(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	if err != nil && err.Error() == "path escapes from parent" { // os does not export it
		return ErrOutside
	}
	return err
}

func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "a special file"
}

// absent reports whether err says that a file is not there. A file where a
// folder is expected counts: then nothing is below it.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) }
