package gitpack

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestTrustEndsWithTheIndex lists a blob under the id of another: only an index
// that is what git wrote is believed.
func TestTrustEndsWithTheIndex(t *testing.T) {
	text := []byte("some text")
	c := newCrafter(t)
	c.add(invented[0], Blob, int64(len(text)), nil, squeeze(text))
	pack, idx := c.finish()
	dir := files{"pack/pack-0.pack": pack, "pack/pack-0.idx": idx}
	wrong := bytes.Clone(idx)
	wrong[len(wrong)-1] ^= 1
	again := newCrafter(t)
	again.add(invented[0], Blob, 5, nil, squeeze([]byte("other")))
	tests := []struct {
		name    string
		change  func(files)
		trusted bool
	}{
		{"as git would write it", func(files) {}, true},
		{"index with a wrong checksum", func(f files) { f["pack/pack-0.idx"] = wrong }, false},
		{"index of version 1", func(f files) { f["pack/pack-0.idx"] = indexFile1(t, idx) }, false},
		{"a second copy", func(f files) { f["pack/pack-1.pack"], f["pack/pack-1.idx"] = again.finish() }, false},
	}
	for _, test := range tests {
		f := files{}
		for name, data := range dir {
			f[name] = data
		}
		test.change(f)
		s, err := Open(f.write(t, "", nil), SHA1, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := walkAll(t, s, WalkOptions{Check: CheckCRC})
		_, visited := got.objects[invented[0]]
		if visited != test.trusted || len(got.bad)+len(got.objects) != 1 {
			t.Errorf("%s: visited %v, bad %v", test.name, visited, got.bad)
		}
		err = s.Check(invented[0])
		if e, ok := errors.AsType[*CorruptError](err); !ok || e.OID != invented[0] || e.Offset != packHead {
			t.Errorf("%s: Check: %v", test.name, err)
		}
		if len(walkAll(t, s, WalkOptions{}).objects) > 0 {
			t.Errorf("%s: visited though ids were checked", test.name)
		}
		if s.Check(invented[0]) == nil {
			t.Errorf("%s: Check gave no error after a walk", test.name)
		}
		s.Close()
	}
}

// TestCheckReadsWhatIsNotKnown empties all files after a walk, so that only what
// is known already can be found to be right.
func TestCheckReadsWhatIsNotKnown(t *testing.T) {
	pack, idx := smallPack(t)
	loose := []byte("a loose object")
	file := squeeze(append([]byte("blob 14\x00"), loose...))
	name := idOf(Blob, loose).String()
	for _, check := range []Checking{CheckIDs, CheckCRC} {
		dir := files{"pack/pack-0.pack": pack, "pack/pack-0.idx": idx, name[:2] + "/" + name[2:]: file}.write(t, "", nil)
		s, err := Open(dir, SHA1, Options{noMap: true})
		if err != nil {
			t.Fatal(err)
		}
		got := walkAll(t, s, WalkOptions{Check: check, Workers: 2})
		if len(got.objects) != 6 || len(got.bad) > 0 {
			t.Fatalf("visited %d, bad %v", len(got.objects), got.bad)
		}
		var read OID // by Check, before the files are emptied
		for id, o := range got.objects {
			if o.Type != Commit {
				continue
			}
			if read = id; s.Check(id) != nil {
				t.Errorf("%s: Check: %v", id, s.Check(id))
			}
		}
		for _, name := range []string{"pack/pack-0.pack", name[:2] + "/" + name[2:]} {
			path := filepath.Join(dir, name)
			if err := errors.Join(os.Chmod(path, 0o644), os.Truncate(path, 0)); err != nil {
				t.Fatal(err)
			}
		}
		for id := range got.objects {
			known := check == CheckIDs || id == read || id == idOf(Blob, loose)
			if err := s.Check(id); known != (err == nil) {
				t.Errorf("checking %d, %s: known %v, Check: %v", check, id, known, err)
			}
		}
		if err := s.Check(invented[1]); !errors.Is(err, ErrNotFound) {
			t.Errorf("Check of an object that is missing: %v", err)
		}
		if err := s.Check(OID{}); !errors.Is(err, ErrNotFound) {
			t.Errorf("Check of no object: %v", err)
		}
		s.Close()
	}
}

// TestBitsOfAnEntryCount flips bits of a small pack's entries: what is
// visited then still has the content that its id stands for.
func TestBitsOfAnEntryCount(t *testing.T) {
	pack, idx := smallPack(t)
	dir := files{"pack/pack-0.pack": pack, "pack/pack-0.idx": idx}.write(t, "", nil)
	for _, check := range []Checking{CheckIDs, CheckCRC} {
		for bit := packHead * 8; bit < (len(pack)-20)*8; bit++ {
			if bit%8 > 2 && bit%7 > 0 {
				continue
			}
			data := slices.Clone(pack)
			data[bit/8] ^= 1 << (bit % 8)
			if err := os.WriteFile(filepath.Join(dir, "pack/pack-0.pack"), data, 0o644); err != nil {
				t.Fatal(err)
			}
			s, err := Open(dir, SHA1, Options{noMap: true})
			if err != nil {
				t.Fatal(err)
			}
			got := walkAll(t, s, WalkOptions{Check: check})
			if len(got.objects)+len(got.bad) != 5 {
				t.Errorf("bit %d: visited %d, bad %d", bit, len(got.objects), len(got.bad))
			}
			for _, o := range got.objects {
				if idOf(o.Type, o.Data) != o.OID || s.Check(o.OID) != nil {
					t.Errorf("bit %d: %s has wrong content", bit, o.OID)
				}
			}
			s.Close()
		}
	}
}
