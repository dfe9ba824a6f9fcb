//go:build unix

package dir

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// A handle is an open folder. What lies in it is opened relative to it, and no
// link is followed on the way. Package os could do this by os.Root, but at twice
// the number of system calls for each file, which is most of what reading small
// files costs.
type handle struct{ f *os.File }

// openHandle opens a folder by its path.
func openHandle(path string) (handle, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	return handle{f}, err
}

func (h handle) fd() int { return int(h.f.Fd()) }

// sub opens a folder in h.
func (h handle) sub(name string) (handle, error) {
	fd, err := openat(h.fd(), name, unix.O_DIRECTORY)
	if err != nil {
		return handle{}, err
	}
	return handle{os.NewFile(uintptr(fd), name)}, nil
}

// list returns what lies in h, in no order.
func (h handle) list() ([]fs.DirEntry, error) { return h.f.ReadDir(-1) }

func (h handle) readlink(name string) (string, error) {
	for size := 256; ; size *= 2 {
		buf := make([]byte, size)
		n, err := unix.Readlinkat(h.fd(), name, buf)
		if err != nil || n < size {
			return string(buf[:max(0, n)]), err
		}
	}
}

func (h handle) close() { _ = h.f.Close() }

// content is an open file.
type content struct{ fd int }

// open opens a file in h. It does not wait for a writer if the file has become a
// pipe since it was listed.
func (h handle) open(name string) (content, error) {
	fd, err := openat(h.fd(), name, unix.O_NONBLOCK)
	return content{fd}, err
}

func openat(fd int, name string, flags int) (int, error) {
	for {
		got, err := unix.Openat(fd, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC|flags, 0)
		if err != unix.EINTR {
			return got, err
		}
	}
}

// stat returns the kind of c, and its size.
func (c content) stat() (fs.FileMode, int64, error) {
	var s unix.Stat_t
	if err := unix.Fstat(c.fd, &s); err != nil {
		return 0, 0, err
	}
	switch s.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0, s.Size, nil
	case unix.S_IFDIR:
		return fs.ModeDir, 0, nil
	case unix.S_IFIFO:
		return fs.ModeNamedPipe, 0, nil
	case unix.S_IFSOCK:
		return fs.ModeSocket, 0, nil
	case unix.S_IFBLK, unix.S_IFCHR:
		return fs.ModeDevice, 0, nil
	}
	return fs.ModeIrregular, 0, nil
}

// Read implements io.Reader.
func (c content) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(c.fd, p)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, err
		case n == 0 && len(p) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// ReadAt implements io.ReaderAt.
func (c content) ReadAt(p []byte, at int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.Pread(c.fd, p[done:], at+int64(done))
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return done, err
		case n == 0:
			return done, io.EOF
		}
		done += n
	}
	return done, nil
}

func (c content) close() { _ = unix.Close(c.fd) }

// replaced reports whether err says that there is a link where there was none.
func replaced(err error) bool { return errors.Is(err, unix.ELOOP) }
