package git

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A stateWriter holds what a state will say besides the ids of the objects that
// were scanned: all that the store has and that are not unread.
type stateWriter struct {
	head   stateHead // the counts are filled in
	unread []gitpack.OID
	large  map[string]bool
	store  *gitpack.Store
}

// replace writes the state to a file, whole or not at all: it is written beside
// it, for nobody else to read, and takes its place in one step.
func (w *stateWriter) replace(path string) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".mudlark-state-*")
	if err != nil {
		return fmt.Errorf("writing state %q: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			_ = os.Remove(file.Name())
			err = fmt.Errorf("writing state %q: %w", path, err)
		}
	}()
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(file, sum), 1<<20)
	if err := w.write(out); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if _, err := file.Write(sum.Sum(nil)); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// write writes everything but the checksum. An error of out comes with Flush.
func (w *stateWriter) write(out *bufio.Writer) error {
	slices.SortFunc(w.unread, gitpack.OID.Compare)
	w.unread = slices.Compact(w.unread)
	w.head.Known, w.head.Unread, w.head.Large = 0, int64(len(w.unread)), int64(len(w.large))
	w.each(func(gitpack.OID) { w.head.Known++ })
	head, err := json.Marshal(w.head)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s%s\n%s\n", stateName, stateVersion, head)
	w.each(func(o gitpack.OID) { _, _ = out.Write(o.Bytes()) })
	for _, o := range w.unread {
		_, _ = out.Write(o.Bytes())
	}
	for _, text := range slices.Sorted(maps.Keys(w.large)) {
		id, err := hex.DecodeString(text)
		if err != nil {
			return err
		}
		_, _ = out.Write(id)
	}
	return nil
}

// each calls visit for every object that was scanned, in order.
func (w *stateWriter) each(visit func(gitpack.OID)) {
	w.store.Each(func(o gitpack.OID) bool {
		if _, unread := slices.BinarySearchFunc(w.unread, o, gitpack.OID.Compare); !unread {
			visit(o)
		}
		return true
	})
}
