package archive

import (
	"bytes"
	"encoding/binary"
	"io"
)

// rpm walks an RPM package: a lead, two headers, and a compressed cpio archive.
// The headers hold scripts and texts; they are handed on as bytes outside of
// members. Source: rpm.org, "Package format".
func (w *walk) rpm(c item) error {
	c.startRecord()
	const lead = 96
	front := make([]byte, lead)
	if _, err := io.ReadFull(c.buf, front); err != nil {
		return w.broken(c, RPM)
	}
	signature, ok := readRPMHeader(c.buf)
	if ok {
		_, _ = c.buf.Discard((8 - len(signature)%8) % 8)
	}
	header, more := readRPMHeader(c.buf)
	if !ok || !more {
		return w.broken(c, RPM)
	}
	if err := w.outside(c.path, 0, bytes.NewReader(front)); err != nil {
		return err
	}
	if err := w.outside(c.path, lead, bytes.NewReader(signature)); err != nil {
		return err
	}
	at := c.n - int64(c.buf.Buffered()) - int64(len(header))
	if err := w.outside(c.path, at, bytes.NewReader(header)); err != nil {
		return err
	}
	c.recording = false
	in := newInput(w, c.buf)
	defer in.release()
	// The members of the payload are the package's.
	return w.content(item{input: in, path: c.path, depth: c.level(RPM), parent: RPM})
}

// readRPMHeader reads one header structure, whole. The largest known are a few
// megabytes.
func readRPMHeader(r io.Reader) ([]byte, bool) {
	intro := make([]byte, 16)
	if _, err := io.ReadFull(r, intro); err != nil || string(intro[:3]) != "\x8e\xad\xe8" {
		return nil, false
	}
	entries := int64(binary.BigEndian.Uint32(intro[8:]))
	data := int64(binary.BigEndian.Uint32(intro[12:]))
	size := 16*entries + data
	if size > 32<<20 {
		return nil, false
	}
	rest, err := io.ReadAll(io.LimitReader(r, size))
	return append(intro, rest...), err == nil && int64(len(rest)) == size
}
