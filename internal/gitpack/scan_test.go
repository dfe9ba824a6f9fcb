package gitpack

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packs lists the files in the pack folder that end in suffix.
func (r *repo) packs(suffix string) []string {
	r.t.Helper()
	found, err := filepath.Glob(filepath.Join(r.packDir(), "*"+suffix))
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

func (r *repo) remove(paths ...string) {
	r.t.Helper()
	for _, p := range paths {
		if err := os.Remove(p); err != nil {
			r.t.Fatal(err)
		}
	}
}

// TestPackWithoutIndexIsRead removes what says where objects lie in packs of
// every shape; all of them are still found, and no problem is told.
func TestPackWithoutIndexIsRead(t *testing.T) {
	for _, shape := range stores {
		t.Run(shape.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t, SHA1)
			shape.shape(r)
			truth := r.truth()
			r.remove(append(r.packs(".idx"), r.packs("multi-pack-index")...)...)
			for _, p := range r.packs(".pack")[:len(r.packs(".pack"))/2] {
				if err := os.Rename(p, filepath.Join(r.packDir(), "tmp_pack_"+filepath.Base(p)[5:11])); err != nil {
					t.Fatal(err)
				}
			}
			for _, opts := range []Options{{}, {noMap: true}} {
				s := r.open(opts)
				r.checkWalk(s, truth, 2)
				if p := s.Problems(); len(p) > 0 {
					t.Errorf("problems: %v", p)
				}
			}
		})
	}
}

// TestThinPackWithoutIndexIsRead has a pack whose deltas need objects of another
// one, which has or lacks an index too.
func TestThinPackWithoutIndexIsRead(t *testing.T) {
	r := newRepo(t, SHA1)
	text := strings.Repeat("a line that stays\n", 100) + string(random(newRand(31), 3000))
	r.write("file", text)
	r.commit("one")
	first := strings.TrimSpace(r.git("rev-parse", "HEAD"))
	r.git("repack", "-adq")
	for i := range 5 {
		r.write("file", fmt.Sprintf("%s%d", text, i))
		r.commit("more")
	}
	thin := r.gitInput("HEAD\n^"+first, "pack-objects", "-q", "--revs", "--thin", "--stdout")
	truth := r.truth()
	if err := os.WriteFile(filepath.Join(r.packDir(), "tmp_pack_AbCdEf"), []byte(thin), 0o444); err != nil {
		t.Fatal(err)
	}
	for _, id := range strings.Fields(r.git("rev-list", "--objects", "--no-object-names", "HEAD", "^"+first)) {
		r.remove(filepath.Join(r.objects(), id[:2], id[2:]))
	}
	for range 2 {
		s := r.open(Options{})
		r.checkWalk(s, truth, 2)
		if p := s.Problems(); len(p) > 0 {
			t.Errorf("problems: %v", p)
		}
		for _, idx := range r.packs(".idx") {
			r.remove(idx)
		}
	}
	r.remove(r.packs(".pack")...)
	s := r.open(Options{})
	if p := s.Problems(); len(p) != 1 || !strings.Contains(p[0].Error(), "bases are missing") {
		t.Errorf("without the bases: problems %v", p)
	}
	walkAll(t, s, WalkOptions{})
}
