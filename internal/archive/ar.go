package archive

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// The parts of an ar archive. Source: Debian deb(5), FreeBSD ar(5).
const (
	arMagic  = "!<arch>\n"
	arHeader = 60
)

// ar walks an ar archive, as a Debian package or a static library is.
func (w *walk) ar(c item) error {
	c.startRecord()
	_, _ = c.buf.Discard(len(arMagic))
	var names []byte // the table of long names
	for {
		header, err := c.buf.Peek(arHeader)
		if len(header) == 0 || c.err != nil {
			return nil
		}
		name, size, ok := parseAr(header)
		if err != nil || !ok {
			return w.broken(c, Ar)
		}
		_, _ = c.buf.Discard(arHeader)
		body := &io.LimitedReader{R: c.buf, N: size}
		if name == "//" {
			names, _ = io.ReadAll(io.LimitReader(body, 1<<20))
		} else if more, err := w.arMember(&c, longName(name, names, body), body); err != nil || !more {
			return err
		}
		_, _ = io.Copy(io.Discard, body)
		if body.N > 0 && c.err == nil {
			if err := w.failed(c.path, io.ErrUnexpectedEOF); err != nil {
				return err
			}
		}
		if size%2 == 1 {
			_, _ = c.buf.Discard(1)
		}
	}
}

// broken reports damage in the structure of an archive that is read as a stream
// and hands on what is left of it.
func (w *walk) broken(c item, f Format) error {
	if c.err != nil {
		return nil // whoever made c tells
	}
	if err := w.problem(c.path, Damaged, "%s: a header is damaged; what follows was read as it stands", f); err != nil {
		return err
	}
	rest, offset := c.replay()
	return w.outside(c.path, offset, rest)
}

func parseAr(header []byte) (name string, size int64, ok bool) {
	if len(header) < arHeader || string(header[58:60]) != "`\n" {
		return "", 0, false
	}
	size, err := strconv.ParseInt(string(bytes.TrimSpace(header[48:58])), 10, 64)
	return strings.TrimRight(string(header[:16]), " "), size, err == nil && size >= 0
}

// longName resolves names that do not fit the header: "/12" is a place in names,
// "#1/12" says that the content begins with the name.
func longName(name string, names []byte, body io.Reader) string {
	if length, ok := strings.CutPrefix(name, "#1/"); ok {
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > 1<<16 {
			return name
		}
		long, _ := io.ReadAll(io.LimitReader(body, int64(n)))
		return strings.TrimRight(string(long), "\x00")
	}
	if at, err := strconv.Atoi(strings.TrimPrefix(name, "/")); err == nil && name[0] == '/' && at >= 0 && at < len(names) {
		long, _, _ := bytes.Cut(names[at:], []byte("\n"))
		return strings.TrimSuffix(string(long), "/")
	}
	if name == "/" {
		return name
	}
	return strings.TrimSuffix(name, "/")
}

func (w *walk) arMember(c *item, name string, body io.Reader) (more bool, err error) {
	if more, err := w.member(c, name); err != nil || !more {
		return false, err
	}
	return w.streamed(c, Ar, name, body)
}

// streamed walks the content of a member of an archive that is read as a stream
// and stores its members as they are.
func (w *walk) streamed(c *item, f Format, name string, body io.Reader) (more bool, err error) {
	in := newInput(w, body)
	defer in.release()
	if err := w.content(item{input: in, path: c.below(name), depth: c.level(f), parent: f}); err != nil {
		return false, err
	}
	return !w.over, nil
}
