package gitpack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A tree is the files of an object directory, to be damaged again and again.
type files map[string][]byte

func readFiles(t testing.TB, dir string) files {
	t.Helper()
	found := make(files)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		found[rel], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// write puts the files in a new directory, with one of them changed.
func (f files) write(t testing.TB, changed string, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range f {
		if name == changed {
			text = data
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// damaged returns data with a bit flipped, a part overwritten, or its end cut
// off, and says which.
func damaged(data []byte, seed uint64) ([]byte, string) {
	rng := newRand(seed)
	data = bytes.Clone(data)
	at := rng.IntN(len(data))
	switch rng.IntN(8) {
	case 0:
		return data[:at], fmt.Sprintf("cut off at %d of %d", at, len(data))
	case 1:
		n := min(len(data)-at, 1+rng.IntN(64))
		for i := range n {
			data[at+i] = byte(rng.Uint32())
		}
		return data, fmt.Sprintf("%d bytes overwritten at %d of %d", n, at, len(data))
	case 2: // near the beginning, where the headers are
		at = rng.IntN(min(len(data), 16))
	}
	bit := rng.IntN(8)
	data[at] ^= 1 << bit
	return data, fmt.Sprintf("bit %d flipped at %d of %d", bit, at, len(data))
}

// TestDamageIsNeverPassedOver damages one file at random, many times over. An
// object is then visited with its right content, or it is told to be bad, or a
// problem names a file; and nothing is visited that git did not have.
func TestDamageIsNeverPassedOver(t *testing.T) {
	rounds := uint64(30)
	if testing.Short() {
		rounds = 10
	}
	unindexed := stores[:0:0]
	for _, shape := range stores {
		if shape.name == "deep" || shape.name == "base ids" {
			shape.name += " without index"
			unindexed = append(unindexed, shape)
		}
	}
	for _, shape := range append(unindexed, stores...) {
		if shape.name == "empty" {
			continue
		}
		t.Run(shape.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t, SHA1)
			shape.shape(r)
			truth := r.truth()
			if strings.HasSuffix(shape.name, "without index") {
				r.remove(r.packs(".idx")...)
			}
			all := readFiles(t, r.objects())
			names := slices.Sorted(func(yield func(string) bool) {
				for name := range all {
					if len(all[name]) > 0 && !strings.HasSuffix(name, ".rev") && !strings.HasSuffix(name, ".mtimes") && !strings.HasPrefix(name, "info") {
						yield(name)
					}
				}
			})
			dir := all.write(t, "", nil)
			for seed := range rounds {
				name := names[newRand(seed).IntN(len(names))]
				data, how := damaged(all[name], seed)
				opts := Options{noMap: seed%2 == 1}
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
				walks := []WalkOptions{{}, {Check: CheckCRC}, {Types: []Type{Blob}, Check: Checking(seed / 2 % 2)}, {Plan: new(Plan), Check: CheckCRC}}
				for i, walk := range walks {
					checkDamaged(t, dir, truth, opts, walk, fmt.Sprintf("%s: seed %d, walk %d: %s: %s", shape.name, seed, i, name, how))
				}
				if err := os.WriteFile(path, all[name], 0o644); err != nil {
					t.Fatal(err)
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}

func checkDamaged(t *testing.T, dir string, truth map[OID]Object, opts Options, walk WalkOptions, how string) {
	t.Helper()
	s, err := Open(dir, SHA1, opts)
	if err != nil {
		t.Fatal(how, err)
	}
	defer s.Close()
	walk.Workers = 2
	types := walk.Types
	got := walkAll(t, s, walk)
	problems := s.Problems()
	for _, id := range got.twice {
		t.Errorf("%s: %s was told twice", how, id)
	}
	for id, o := range got.objects {
		want, ok := truth[id]
		if !ok && strings.Contains(how, "without index") && len(problems) > 0 {
			continue // no id was promised that this one could be held against
		}
		if !ok || want.Type != o.Type || !bytes.Equal(want.Data, o.Data) {
			t.Errorf("%s: %s is not what it was", how, id)
		}
	}
	for id, want := range truth {
		if types != nil && !slices.Contains(types, want.Type) {
			continue
		}
		if _, ok := got.objects[id]; !ok && len(got.bad) == 0 && len(problems) == 0 {
			t.Errorf("%s: %s was passed over", how, id)
		}
		o, err := s.Read(id, nil)
		if err == nil && (o.Type != want.Type || !bytes.Equal(o.Data, want.Data)) {
			t.Errorf("%s: Read(%s): wrong content", how, id)
		}
		if _, ok := got.objects[id]; ok != (err == nil) && (types == nil || ok) {
			t.Errorf("%s: %s was visited: %v; Read: %v", how, id, ok, err)
		}
		if _, ok := errors.AsType[*CorruptError](err); err != nil && !ok && !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: Read(%s): %v", how, id, err)
		}
	}
}

// TestFineCopyIsUsed damages every entry of one of two packs that hold the same
// objects in different ways.
func TestFineCopyIsUsed(t *testing.T) {
	r := newRepo(t, SHA1)
	r.history(30, 41)
	r.git("repack", "-adfq", "--depth=20")
	r.gitInput(r.git("rev-list", "--objects", "--no-object-names", "--all"), "pack-objects", "-q", "--window=0", ".git/objects/pack/pack")
	truth := r.truth()
	all := readFiles(t, r.objects())
	for _, pack := range r.packs(".pack") {
		name := filepath.Join("pack", filepath.Base(pack))
		data := bytes.Clone(all[name])
		for i := packHead + 3; i < len(data); i += 7 {
			data[i] ^= 0x40
		}
		s, err := Open(all.write(t, name, data), SHA1, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, check := range []Checking{CheckIDs, CheckCRC} {
			got := walkAll(t, s, WalkOptions{Workers: 2, Check: check})
			if len(got.bad) > 0 || len(got.objects) != len(truth) {
				t.Errorf("%s damaged: visited %d of %d, bad %v", name, len(got.objects), len(truth), got.bad)
			}
		}
		for id := range truth {
			if _, err := s.Read(id, nil); err != nil {
				t.Errorf("%s damaged: %v", name, err)
			}
		}
		s.Close()
	}
}

// TestFileCutShortUnderneath cuts a pack while it is open.
func TestFileCutShortUnderneath(t *testing.T) {
	r := newRepo(t, SHA1)
	r.history(200, 42)
	r.git("repack", "-adq")
	truth := r.truth()
	s := r.open(Options{})
	pack := r.packs(".pack")[0]
	if err := os.Chmod(pack, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(pack, 1<<12); err != nil {
		t.Fatal(err)
	}
	var visited, bad int
	err := s.Walk(context.Background(), WalkOptions{Workers: 1}, func(int, Object) (any, error) { visited++; return nil, nil }, func(OID, error) { bad++ })
	if err == nil && visited+bad != len(truth) {
		t.Errorf("visited %d and bad %d of %d", visited, bad, len(truth))
	}
	for id := range truth {
		if _, err := s.Read(id, nil); err == nil && visited == 0 {
			return
		}
	}
}
