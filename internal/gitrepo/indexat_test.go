package gitrepo

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
)

func TestIndexAtIsTheFileThatIsNamed(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	r := s.open("work")
	own, err := r.Index()
	if err != nil {
		t.Fatal(err)
	}
	named, err := r.IndexAt(own.File)
	if err != nil {
		t.Error(err)
	}
	equal(t, "the index by its name", staged(named.Entries), staged(own.Entries))

	for _, file := range []string{"none", "no/folder"} {
		x, err := r.IndexAt(filepath.Join(r.GitDir, file))
		if !errors.Is(err, fs.ErrNotExist) || len(x.Entries) != 0 {
			t.Errorf("%s: %v, %d entries", file, err, len(x.Entries))
		}
	}
}
