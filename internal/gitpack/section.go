package gitpack

import "io"

// A section reads a part of a file from front to back, never further than it
// is asked for as far as position tells.
type section struct {
	f       *file
	at, end int64  // what is still to be read from f
	buf     []byte // what has been read and not yet given
	held    []byte
}

const sectionBytes = 32 << 10

func newSection(f *file, at, end int64) *section {
	return &section{f: f, at: at, end: min(end, f.size)}
}

// position returns how far in the file the section has been given out.
func (s *section) position() int64 { return s.at - int64(len(s.buf)) }

func (s *section) fill() error {
	if s.at >= s.end {
		return io.EOF
	}
	if s.held == nil {
		s.held = make([]byte, min(sectionBytes, s.end-s.at))
	}
	want := min(int64(len(s.held)), s.end-s.at)
	n, err := s.f.ReadAt(s.held[:want], s.at)
	s.buf = s.held[:n]
	s.at += int64(n)
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// Read implements io.Reader.
func (s *section) Read(b []byte) (int, error) {
	if len(s.buf) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, s.buf)
	s.buf = s.buf[n:]
	return n, nil
}

// ReadByte implements io.ByteReader.
func (s *section) ReadByte() (byte, error) {
	if len(s.buf) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	c := s.buf[0]
	s.buf = s.buf[1:]
	return c, nil
}
