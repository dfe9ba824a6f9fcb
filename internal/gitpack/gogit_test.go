package gitpack

import (
	"bytes"
	"io"
	"testing"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// TestReadsWhatGoGitReads compares with an implementation that shares nothing
// with git's own.
func TestReadsWhatGoGitReads(t *testing.T) {
	r := newRepo(t, SHA1)
	r.history(60, 5)
	r.git("repack", "-adfq", "--depth=50", "--window=50")
	r.history(20, 6) // loose ones besides
	s := r.open(Options{})
	other, err := gogit.PlainOpen(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := other.Storer.IterEncodedObjects(plumbing.AnyObject)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = objects.ForEach(func(o plumbing.EncodedObject) error {
		n++
		in, err := o.Reader()
		if err != nil {
			return err
		}
		defer in.Close()
		want, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		id, err := SHA1.Parse(o.Hash().String())
		if err != nil {
			return err
		}
		got, err := s.Read(id, nil)
		if err != nil {
			return err
		}
		if got.Type.String() != o.Type().String() || !bytes.Equal(got.Data, want) {
			t.Errorf("%s: a %s of %d bytes, go-git has a %s of %d", id, got.Type, len(got.Data), o.Type(), len(want))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n != s.Len() {
		t.Errorf("%d objects, go-git has %d", s.Len(), n)
	}
}
