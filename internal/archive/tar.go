package archive

import (
	"archive/tar"
	"errors"
	"io"
	"slices"
	"strings"
)

// tar walks a tar archive, and any that follow it in the same stream.
func (w *walk) tar(c item) error {
	c.startRecord()
	m := &meter{walk: w, in: func() int64 { return c.n }, given: true}
	for {
		done, err := w.tarMembers(c, m)
		if err != nil || done {
			return err
		}
		if c.blankRest() {
			return nil
		}
		if head, _ := c.buf.Peek(headBytes); !isTar(head) {
			return w.afterEnd(c)
		}
	}
}

// tarMembers walks one archive to its end. It reports done if nothing of c is
// left to be looked at.
func (w *walk) tarMembers(c item, m *meter) (done bool, err error) {
	r := tar.NewReader(c.buf)
	for {
		h, err := nextTar(r)
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case c.err != nil:
			return true, nil // whoever made c tells
		case err != nil:
			if err := w.failed(c.path, err); err != nil {
				return true, err
			}
			rest, offset := c.replay()
			return true, w.outside(c.path, offset, rest)
		}
		if more, err := w.tarMember(&c, m, h, r); err != nil || !more {
			return true, err
		}
	}
}

func nextTar(r *tar.Reader) (h *tar.Header, err error) {
	defer recovered(&err)
	return r.Next()
}

func (w *walk) tarMember(c *item, m *meter, h *tar.Header, r io.Reader) (more bool, err error) {
	if more, err := w.member(c, h.Name); err != nil || !more {
		return false, err
	}
	path := c.below(h.Name)
	if err := w.text(path, Link, h.Linkname); err != nil {
		return false, err
	}
	if err := w.text(path, Comment, tarRecords(h)); err != nil {
		return false, err
	}
	if h.Typeflag == tar.TypeDir || h.Linkname != "" {
		return true, nil
	}
	if h.Size == 0 {
		return true, w.empty(path)
	}
	in := newInput(w, r)
	defer in.release()
	in.meter = m
	if err := w.content(item{input: in, path: path, depth: c.level(Tar), parent: Tar}); err != nil {
		return false, err
	}
	if in.err != nil && c.err == nil {
		return !w.over, w.failed(path, in.err)
	}
	return !w.over, nil
}

// tarRecords returns what an archive says of a member in free form, or nothing.
func tarRecords(h *tar.Header) string {
	var records []string
	for key, value := range h.PAXRecords {
		switch key {
		case "path", "linkpath", "size", "uid", "gid", "uname", "gname", "mtime", "atime", "ctime":
		default:
			records = append(records, key+"="+value)
		}
	}
	slices.Sort(records)
	return strings.Join(records, "\n")
}
