package git

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A state is what one scan of a repository leaves for the next. Its file is
//
//	mudlark state 1
//	the head, JSON on a line
//	the ids of the objects that were scanned, sorted
//	the ids of those that were named and could not be read, sorted
//	the SHA-256 ids of large files that were named and not at hand, sorted
//	the SHA-256 of all this
//
// It names content, and holds none: no path, no text.
type state struct {
	stateHead
	unread []gitpack.OID
	large  []string
	// fresh are the objects of the store that the state does not know, sorted.
	fresh []gitpack.OID
	known int // how many objects of the store it does know
}

type stateHead struct {
	Rules  string    `json:"rules"`  // of all that decides what is found
	Format string    `json:"format"` // of the objects' ids
	When   time.Time `json:"when"`   // when the scan began
	// Unscanned counts by reason what was passed over for good: reading it again
	// with the same options would give the same.
	Unscanned map[mudlark.Reason]int `json:"unscanned,omitempty"`

	Known  int64 `json:"known"`
	Unread int64 `json:"unread,omitempty"`
	Large  int64 `json:"large,omitempty"`
}

const (
	stateName    = "mudlark state "
	stateVersion = "1"
	maxStateHead = 64 << 10
)

// A stateError says what is wrong with a state, and what to do.
type stateError struct {
	path string
	err  error
}

func (e *stateError) Error() string {
	return fmt.Sprintf("state %q: %v; delete it to start over with a scan of everything", e.path, e.err)
}

func (e *stateError) Unwrap() error { return e.err }

var (
	errNoState = errors.New("this is no state that a scan wrote")
	errCutOff  = errors.New("it is cut off, or something was added to it")
)

// readState reads a state and compares it with a store. It returns nil if there
// is none. If the rules are others, nothing but the head is read.
func readState(path, rules string, s *gitpack.Store, f gitpack.Format) (*state, error) {
	file, size, err := openState(path)
	if file == nil || err != nil {
		return nil, err
	}
	defer file.Close()
	r := &stateReader{file: file, sum: sha256.New(), size: f.Size()}
	content := io.LimitReader(file, max(0, size-sha256.Size))
	r.in = bufio.NewReaderSize(io.TeeReader(content, r.sum), maxStateHead)
	st, err := r.head(size, f)
	if err == nil && st.Rules == rules {
		if err = r.body(st, s, f); err == nil {
			err = r.end()
		}
	}
	if err != nil {
		return nil, &stateError{path, err}
	}
	return st, nil
}

// openState opens a state. The file is nil if there is none.
func openState(path string) (*os.File, int64, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		dir := filepath.Dir(path)
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, 0, fmt.Errorf("state %q: there is no folder %q: create it first", path, dir)
		}
		return nil, 0, nil
	case err != nil:
		return nil, 0, fmt.Errorf("state: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, 0, fmt.Errorf("state %q: this is a symbolic link, and a state is never written through one: name the file that it leads to", path)
	case !info.Mode().IsRegular():
		return nil, 0, fmt.Errorf("state %q: this is no file: name one that a scan of this repository wrote, or one that is not there yet", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("state: %w", err)
	}
	opened, err := file.Stat()
	if err == nil && !os.SameFile(info, opened) {
		err = errors.New("it was replaced while it was opened")
	}
	if err != nil {
		_ = file.Close()
		return nil, 0, fmt.Errorf("state %q: %w", path, err)
	}
	return file, opened.Size(), nil
}

// A stateReader reads a state from its beginning to its end.
type stateReader struct {
	file *os.File
	in   *bufio.Reader // all of it but the checksum
	sum  hash.Hash     // of what was read of in
	size int           // of an id
}

func (r *stateReader) line() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if err != nil {
		return nil, errNoState
	}
	return line[:len(line)-1], nil
}

// head reads the head of a state of size bytes.
func (r *stateReader) head(size int64, f gitpack.Format) (*state, error) {
	first, err := r.line()
	if err != nil {
		return nil, err
	}
	version, ok := bytes.CutPrefix(first, []byte(stateName))
	if !ok {
		return nil, errNoState
	}
	if string(version) != stateVersion {
		return nil, errors.New("it was written by another version of mudlark, whose states are of another form")
	}
	length := int64(len(first) + 1)
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	length += int64(len(line) + 1)
	st := &state{}
	if err := json.Unmarshal(line, &st.stateHead); err != nil {
		return nil, errors.New("it is damaged: its head cannot be read")
	}
	if st.Format != f.String() {
		return nil, fmt.Errorf("it is the state of another repository, whose ids are %q and not %q", st.Format, f.String())
	}
	for _, n := range []int64{st.Known, st.Unread, st.Large} {
		if n < 0 || n > size {
			return nil, errCutOff
		}
	}
	length += (st.Known+st.Unread)*int64(r.size) + st.Large*sha256.Size + sha256.Size
	if length != size {
		return nil, errCutOff
	}
	return st, nil
}

// ids returns a reader of n ids, which must be in order.
func (r *stateReader) ids(n int64, size int) *idReader {
	return &idReader{in: r.in, left: n, id: make([]byte, size), last: make([]byte, size)}
}

// An idReader reads ids one after the other.
type idReader struct {
	in       *bufio.Reader
	left     int64
	begun    bool
	id, last []byte
	err      error
}

// next reads an id. It reports false behind the last one, and when err is set.
func (r *idReader) next() bool {
	if r.left == 0 || r.err != nil {
		return false
	}
	r.left--
	r.id, r.last = r.last, r.id
	if _, err := io.ReadFull(r.in, r.id); err != nil {
		r.err = errCutOff
	} else if r.begun && bytes.Compare(r.last, r.id) >= 0 {
		r.err = errors.New("it is damaged: the ids in it are out of order")
	}
	r.begun = true
	return r.err == nil
}

// body reads the ids and finds out which objects of the store are not among
// them. What the store has and the state are both in order.
func (r *stateReader) body(st *state, s *gitpack.Store, f gitpack.Format) error {
	known := r.ids(st.Known, r.size)
	more := known.next()
	s.Each(func(o gitpack.OID) bool {
		id := o.Bytes()
		for more && bytes.Compare(known.id, id) < 0 {
			more = known.next()
		}
		if more && bytes.Equal(known.id, id) {
			st.known++
			more = known.next()
		} else {
			st.fresh = append(st.fresh, o)
		}
		return known.err == nil
	})
	for more {
		more = known.next()
	}
	unread, large := r.ids(st.Unread, r.size), r.ids(st.Large, sha256.Size)
	for known.err == nil && unread.next() {
		id, _ := f.Parse(hex.EncodeToString(unread.id))
		st.unread = append(st.unread, id)
	}
	for known.err == nil && unread.err == nil && large.next() {
		st.large = append(st.large, hex.EncodeToString(large.id))
	}
	return cmp.Or(known.err, unread.err, large.err)
}

// end compares the checksum.
func (r *stateReader) end() error {
	want := make([]byte, sha256.Size)
	if _, err := io.ReadFull(r.file, want); err != nil {
		return errCutOff
	}
	if !bytes.Equal(want, r.sum.Sum(nil)) {
		return errors.New("it is damaged: its checksum does not match")
	}
	return nil
}
