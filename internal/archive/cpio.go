package archive

import (
	"io"
	"strconv"
	"strings"
)

// cpio walks a cpio archive in one of its forms with numbers as text. Source:
// FreeBSD cpio(5).
func (w *walk) cpio(c item) error {
	c.startRecord()
	for {
		h, ok := readCpio(c)
		if c.err != nil {
			return nil // whoever made c tells
		}
		if !ok {
			return w.broken(c, Cpio)
		}
		if h.name == "TRAILER!!!" {
			return w.afterEnd(c)
		}
		body := &io.LimitedReader{R: c.buf, N: h.size}
		more, err := w.member(&c, h.name)
		if err == nil && more {
			more, err = w.cpioMember(&c, h, body)
		}
		if err != nil || !more {
			return err
		}
		_, _ = io.Copy(io.Discard, body)
		_, _ = c.buf.Discard(h.padding(h.size))
	}
}

func (w *walk) cpioMember(c *item, h cpioHeader, body io.Reader) (more bool, err error) {
	const typeMask, typeLink, typeFile = 0o170000, 0o120000, 0o100000
	if h.mode&typeMask == typeLink && h.size < longestName {
		target, _ := io.ReadAll(body)
		return true, w.text(c.below(h.name), Link, string(target))
	}
	if h.size == 0 && h.mode&typeMask != typeFile {
		return true, nil
	}
	return w.streamed(c, Cpio, h.name, body)
}

type cpioHeader struct {
	name  string
	mode  int64
	size  int64
	align int64 // of names and content
}

func (h cpioHeader) padding(n int64) int {
	return int((h.align - n%h.align) % h.align)
}

func readCpio(c item) (h cpioHeader, ok bool) {
	magic, err := c.buf.Peek(6)
	if err != nil {
		return h, false
	}
	var nameSize, used int64
	switch string(magic) {
	case "070701", "070702":
		head, _ := c.buf.Peek(110)
		h.align, used = 4, 110
		h.mode, h.size, nameSize = number(head, 14, 8, 16), number(head, 54, 8, 16), number(head, 94, 8, 16)
	case "070707":
		head, _ := c.buf.Peek(76)
		h.align, used = 1, 76
		h.mode, nameSize, h.size = number(head, 18, 6, 8), number(head, 59, 6, 8), number(head, 65, 11, 8)
	default:
		return h, false
	}
	if h.mode < 0 || h.size < 0 || nameSize <= 0 || nameSize > 1<<16 {
		return h, false
	}
	_, _ = c.buf.Discard(int(used))
	name, _ := io.ReadAll(io.LimitReader(c.buf, nameSize))
	if int64(len(name)) != nameSize {
		return h, false
	}
	_, _ = c.buf.Discard(h.padding(used + nameSize))
	h.name = strings.TrimRight(string(name), "\x00")
	return h, true
}

// number reads the digits in head; -1 means that there is no number.
func number(head []byte, at, length, base int) int64 {
	if len(head) < at+length {
		return -1
	}
	n, err := strconv.ParseInt(string(head[at:at+length]), base, 64)
	if err != nil {
		return -1
	}
	return n
}
