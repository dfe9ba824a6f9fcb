//go:build !unix

package dir

import (
	"io/fs"
	"os"
)

// A handle is an open folder. What lies in it is opened relative to it, and no
// link leads out of it.
type handle struct{ root *os.Root }

// openHandle opens a folder by its path.
func openHandle(path string) (handle, error) {
	root, err := os.OpenRoot(path)
	return handle{root}, err
}

// sub opens a folder in h.
func (h handle) sub(name string) (handle, error) {
	root, err := h.root.OpenRoot(name)
	return handle{root}, err
}

// list returns what lies in h, in no order.
func (h handle) list() ([]fs.DirEntry, error) {
	d, err := h.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.ReadDir(-1)
}

func (h handle) readlink(name string) (string, error) { return h.root.Readlink(name) }

func (h handle) close() { _ = h.root.Close() }

// content is an open file.
type content struct{ *os.File }

// open opens a file in h.
func (h handle) open(name string) (content, error) {
	f, err := h.root.Open(name)
	return content{f}, err
}

// stat returns the kind of c, and its size.
func (c content) stat() (fs.FileMode, int64, error) {
	info, err := c.Stat()
	if err != nil {
		return 0, 0, err
	}
	return info.Mode().Type(), info.Size(), nil
}

func (c content) close() { _ = c.Close() }

// replaced reports whether err says that there is a link where there was none.
func replaced(error) bool { return false }
