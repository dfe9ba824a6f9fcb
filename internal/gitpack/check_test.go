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
		o, visited := got.objects[invented[0]]
		if visited != test.trusted || len(got.bad)+len(got.objects) != 1 {
			t.Errorf("%s: visited %v, bad %v", test.name, visited, got.bad)
		}
		if len(walkAll(t, s, WalkOptions{}).objects) > 0 {
			t.Errorf("%s: visited though ids were checked", test.name)
		}
		if visited {
			err := s.Check(o)
			e, ok := errors.AsType[*CorruptError](err)
			if !ok || e.OID != o.OID || e.Offset != packHead || s.Check(Object{OID: idOf(Blob, text), Type: Blob, Data: text}) != nil {
				t.Errorf("%s: Check: %v", test.name, err)
			}
		}
		s.Close()
	}
	if s := c.open(Options{}); s.Check(Object{}) == nil {
		t.Error("Check of no object gave no error")
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
				if err := s.Check(o); err != nil {
					t.Errorf("bit %d: %v", bit, err)
				}
			}
			s.Close()
		}
	}
}
