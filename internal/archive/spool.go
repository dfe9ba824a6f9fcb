package archive

import (
	"errors"
	"io"
	"os"
)

// spool holds content that has to be read at random and came as a stream: its
// beginning in memory, the rest in a temporary file. The file has no name that
// an archive chose, only its owner may read it, and it is removed before it is
// written where the system allows that, so that it cannot be left behind.
type spool struct {
	blocks [][]byte
	held   int64 // bytes in blocks
	size   int64
	file   *os.File
	name   string // of the file if it has to be removed at the end
}

const blockBytes = 256 << 10

var errSpool = errors.New("no temporary file")

// random returns c as content that can be read at random, and a function to call
// when that is done. What can be read of c is there also if c ends early. An
// error means that c is too long or cannot be stored; then the spool holds the
// beginning of c.
func (w *walk) random(c item) (sized, func(), error) {
	if c.at != nil {
		return io.NewSectionReader(c.at, 0, c.size), func() {}, nil
	}
	s := &spool{}
	release := func() {
		w.memory += int64(len(s.blocks)) * blockBytes
		s.close()
	}
	err := s.fill(w, c.buf)
	return s, release, err
}

func (s *spool) fill(w *walk, r io.Reader) error {
	for w.memory >= blockBytes {
		w.memory -= blockBytes
		block := make([]byte, blockBytes)
		n, err := io.ReadFull(r, block)
		s.blocks = append(s.blocks, block[:n])
		s.held += int64(n)
		s.size = s.held
		if err != nil {
			return nil
		}
	}
	if err := s.create(); err != nil {
		return err
	}
	limit := int64(1<<63 - 1)
	if w.limits.Bytes > 0 {
		limit = w.limits.Bytes
	}
	out := &errWriter{w: s.file}
	n, _ := io.Copy(out, io.LimitReader(r, limit-s.held))
	s.size += n
	if out.err != nil {
		return errors.Join(errSpool, out.err)
	}
	if s.size >= limit {
		return &hit{kind: TooMuch, detail: "it is too long to be kept while it is opened, as this kind of archive has to be"}
	}
	return nil
}

func (s *spool) create() error {
	f, err := os.CreateTemp("", "mudlark-*")
	if err != nil {
		return errors.Join(errSpool, err)
	}
	s.file = f
	if os.Remove(f.Name()) != nil {
		s.name = f.Name() // a system that keeps open files
	}
	return nil
}

func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close()
	}
	if s.name != "" {
		_ = os.Remove(s.name)
	}
}

// Size returns how much s holds.
func (s *spool) Size() int64 { return s.size }

// ReadAt implements io.ReaderAt.
func (s *spool) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, errors.New("a place before the beginning was asked for")
	}
	n := 0
	for n < len(p) && at < s.held {
		block := s.blocks[at/blockBytes]
		k := copy(p[n:], block[at%blockBytes:])
		n += k
		at += int64(k)
	}
	if n == len(p) {
		return n, nil
	}
	if s.file == nil || at >= s.size {
		return n, io.EOF
	}
	k, err := s.file.ReadAt(p[n:], at-s.held)
	return n + k, err
}

// errWriter keeps the error of a writer apart from that of a reader.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) Write(p []byte) (int, error) {
	n, err := e.w.Write(p)
	if err != nil {
		e.err = err
	}
	return n, err
}

// unspooled reports that c cannot be opened for err, and hands on its bytes.
func (w *walk) unspooled(c item, s sized, err error) error {
	kind := NoSpace
	var h *hit
	if errors.As(err, &h) {
		kind = h.kind
	}
	if err := w.problem(c.path, kind, "%v", err); err != nil {
		return err
	}
	return w.outside(c.path, 0, io.MultiReader(io.NewSectionReader(s, 0, s.Size()), c.buf))
}
