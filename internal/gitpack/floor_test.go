package gitpack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestInflateEntriesInflatesEachOnce(t *testing.T) {
	r := newRepo(t, SHA1)
	for i := range uint64(2) {
		r.history(30, 85+i)
		r.git("repack", "-dq")
	}
	for _, opts := range []Options{{}, {noMap: true}} {
		s := r.open(opts)
		want, entries := int64(0), 0
		for _, p := range s.packs {
			var head []byte
			for i := range p.index().n {
				e, err := p.entry(p.index().offset(i), &head)
				if err != nil {
					t.Fatal(err)
				}
				want += e.size
				entries++
			}
		}
		if len(s.packs) != 2 || entries < 100 {
			t.Fatalf("%d packs of %d entries are too few to tell", len(s.packs), entries)
		}
		for _, workers := range []int{0, 1, 3} {
			if got, err := s.InflateEntries(context.Background(), workers); got != want || err != nil {
				t.Errorf("%d workers: got %d bytes, %v; want %d", workers, got, err, want)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := s.InflateEntries(ctx, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
	}
}

func TestInflateEntriesTellsOfDamage(t *testing.T) {
	pack, idx := smallPack(t)
	dir := files{"pack/pack-0.pack": pack, "pack/pack-0.idx": idx}.write(t, "", nil)
	pack[packHead+2] ^= 0xff // the first entry's zlib data
	if err := os.WriteFile(filepath.Join(dir, "pack/pack-0.pack"), pack, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, SHA1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, workers := range []int{1, 2} {
		if _, err := s.InflateEntries(context.Background(), workers); err == nil {
			t.Errorf("%d workers: no error", workers)
		}
	}
}
