package gitpack

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// A file is a file that is read at random places: mapped into memory where the
// system can, else read piece by piece. Many goroutines may use it at once.
type file struct {
	path   string
	size   int64
	data   []byte   // the mapping; nil if there is none
	handle *os.File // nil if there is a mapping
}

// openFile opens a regular file. Anything else might block for ever, as a pipe
// does, and is refused.
func openFile(path string, useMap bool) (*file, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	handle, err := os.Open(path)
	if err != nil {
		return nil, bare(err)
	}
	if info, err = handle.Stat(); err != nil {
		handle.Close()
		return nil, bare(err)
	}
	f := &file{path: path, size: info.Size(), handle: handle}
	if useMap && f.size > 0 {
		if f.data = mapFile(handle, f.size); f.data != nil {
			handle.Close()
			f.handle = nil
		}
	}
	return f, nil
}

// bare drops operation and path from err: a Problem names the path already.
func bare(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

// Close implements io.Closer.
func (f *file) Close() error {
	if f.data != nil {
		data := f.data
		f.data = nil
		return unmapFile(data)
	}
	if f.handle != nil {
		return f.handle.Close()
	}
	return nil
}

// bytes returns length bytes from offset on: a part of the mapping, or else
// read into *scratch, which grows as needed. They must not be changed.
func (f *file) bytes(offset, length int64, scratch *[]byte) ([]byte, error) {
	if offset < 0 || length < 0 || offset > f.size || length > f.size-offset {
		return nil, errTruncated
	}
	if f.data != nil {
		return f.data[offset : offset+length : offset+length], nil
	}
	if int64(cap(*scratch)) < length {
		*scratch = make([]byte, length)
	}
	b := (*scratch)[:length]
	if _, err := f.handle.ReadAt(b, offset); err != nil {
		if err == io.EOF {
			return nil, errTruncated
		}
		return nil, fmt.Errorf("reading: %w", bare(err))
	}
	return b, nil
}

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(b []byte, offset int64) (int, error) {
	if f.data == nil {
		return f.handle.ReadAt(b, offset)
	}
	if offset < 0 || offset >= f.size {
		return 0, io.EOF
	}
	n := copy(b, f.data[offset:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
