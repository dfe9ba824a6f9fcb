package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a report on its way to a file. What is written lies beside the file
// until Commit puts it in its place, so that an old report stays whole until
// there is a new one, and no reader sees half of one.
type File struct {
	w    io.Writer
	file *os.File // w, if it is to be closed
	name string   // as the user has it
	path string   // what Commit puts in place; empty: written directly
	mode fs.FileMode
	done bool
}

// To returns a File that writes to w, which stays open: to the program's own
// output.
func To(w io.Writer) *File { return &File{w: w, name: "-"} }

// Create prepares writing a report to path. It never writes through a symbolic
// link. "-" is the standard output; it, and a pipe, a device or a socket, is
// written directly. The folder must exist. A new file can be read by its owner
// alone, as a report may be as sensitive as what it tells of; an existing one
// keeps its mode.
func Create(path string) (*File, error) {
	f, err := create(path)
	if err != nil {
		return nil, fmt.Errorf("writing report %q: %w", path, err)
	}
	f.name = path
	return f, nil
}

func create(path string) (*File, error) {
	if path == "" {
		return nil, errors.New("the path is empty: name a file, or - for the standard output")
	}
	if path == "-" || path == "/dev/stdout" {
		return To(os.Stdout), nil
	}
	mode := fs.FileMode(0o600)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if dir := filepath.Dir(path); !isDir(dir) {
			return nil, fmt.Errorf("there is no folder %q: create it first", dir)
		}
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("this is a folder: name a file in it")
	case info.Mode()&fs.ModeSymlink != 0:
		if isDescriptor(path) {
			return openDirectly(path)
		}
		return nil, errors.New("this is a symbolic link, and a report is never written through one: remove it, or name the file that it leads to")
	case !info.Mode().IsRegular():
		return openDirectly(path)
	default:
		mode = info.Mode().Perm()
	}
	return createBeside(path, mode)
}

// createBeside tries whether a file can be made in path's folder. It is made
// again when there is something to write: until then, a scan of the folder must
// not come across it.
func createBeside(path string, mode fs.FileMode) (*File, error) {
	f := &File{path: path, mode: mode}
	if err := f.open(); err != nil {
		return nil, err
	}
	f.discard()
	return f, nil
}

// open makes the file that is written: in the folder of the path, so that
// renaming it never crosses from one file system to another.
func (f *File) open() error {
	made, err := os.CreateTemp(filepath.Dir(f.path), ".mudlark-*.tmp")
	if err != nil {
		return err
	}
	f.w, f.file = made, made
	if err := made.Chmod(f.mode); err != nil && f.mode != 0o600 {
		f.discard()
		return err
	}
	return nil
}

// discard takes back what open did.
func (f *File) discard() {
	_ = f.file.Close()
	_ = os.Remove(f.file.Name())
	f.w, f.file = nil, nil
}

func openDirectly(path string) (*File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return &File{w: f, file: f}, nil
}

// isDescriptor reports whether path is a link of the system to an open pipe or
// device, as a shell passes for >(command).
func isDescriptor(path string) bool {
	if dir := filepath.Dir(filepath.Clean(path)); dir != "/dev/fd" && dir != "/proc/self/fd" && dir != "/dev" {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (n int, err error) {
	if f.w == nil {
		err = f.open()
	}
	if err == nil {
		n, err = f.w.Write(p)
	}
	if err != nil {
		err = fmt.Errorf("writing report %q: %w", f.name, err)
	}
	return n, err
}

// Commit ends writing and puts the report in its place. If it fails, what was
// there before is still there.
func (f *File) Commit() error {
	if f.done {
		return nil
	}
	if err := f.commit(); err != nil {
		f.Abort()
		return fmt.Errorf("writing report %q: %w", f.name, err)
	}
	f.done = true
	return nil
}

func (f *File) commit() error {
	switch {
	case f.path == "" && f.file == nil:
		return nil
	case f.path == "":
		return f.file.Close()
	case f.file == nil: // nothing was written
		if err := f.open(); err != nil {
			return err
		}
	}
	if err := f.file.Sync(); err != nil {
		return err
	}
	if err := f.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.file.Name(), f.path); err != nil {
		return err
	}
	syncDir(filepath.Dir(f.path))
	return nil
}

// syncDir makes a renaming last over a power cut. Not every system can; the
// report is whole either way.
func syncDir(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	_ = d.Sync()
	_ = d.Close()
}

// Abort ends writing and leaves what was there before. After Commit it does
// nothing.
func (f *File) Abort() {
	if f.done || f.file == nil {
		return
	}
	f.done = true
	_ = f.file.Close()
	if f.path != "" {
		_ = os.Remove(f.file.Name())
	}
}

// Close is Abort, for whoever closes what was not committed.
func (f *File) Close() error {
	f.Abort()
	return nil
}
