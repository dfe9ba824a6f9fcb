package git

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// TestObjectsFind looks up every id, and ids beside it, also where many begin with
// the same bytes.
func TestObjectsFind(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for same := range 20 { // bytes that all ids begin with
		for _, n := range []int{0, 1, 2, 300} {
			ids := make([][]byte, n)
			for i := range ids {
				ids[i] = bytes.Repeat([]byte{0x7f}, 20)
				for at := same; at < 20; at++ {
					ids[i][at] = byte(rng.Uint32())
				}
			}
			slices.SortFunc(ids, bytes.Compare)
			ids = slices.CompactFunc(ids, bytes.Equal)
			o := &objects{format: gitpack.SHA1, size: 20, ids: slices.Concat(ids...), absent: map[string]uint32{}}
			o.index()
			for i, id := range ids {
				if got, ok := o.find(id); !ok || got != uint32(i) {
					t.Fatalf("%d bytes are the same, id %d of %d: got %d, %v", same, i, n, got, ok)
				}
				for _, by := range []byte{1, 255} {
					other := bytes.Clone(id)
					other[19] += by
					_, want := slices.BinarySearchFunc(ids, other, bytes.Compare)
					if got, ok := o.find(other); ok != want {
						t.Fatalf("%d bytes are the same, %x of %d: got %d, %v", same, other, n, got, ok)
					}
				}
			}
			for _, b := range []byte{0, 0x7f, 255} {
				id := bytes.Repeat([]byte{b}, 20)
				_, want := slices.BinarySearchFunc(ids, id, bytes.Compare)
				if _, ok := o.find(id); ok != want {
					t.Fatalf("%d bytes are the same, %x of %d: got %v", same, id, n, ok)
				}
			}
		}
	}
}

// TestOnce has the entries of a folder's versions, few and many, sorted and each
// left once.
func TestOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var g gatherer
	for _, n := range []int{0, 1, 10, 5000, 70000} {
		for _, most := range []uint32{2, 1 << 12, 1 << 29} {
			list := make([]entry, n)
			for i := range list {
				list[i] = entry{rng.Uint32N(4)<<kindShift | rng.Uint32N(most), rng.Uint32N(most)}
				if rng.IntN(8) == 0 {
					list[i].child = gone
				}
			}
			want := slices.Clone(list)
			slices.SortFunc(want, byName)
			want = slices.Compact(want)
			if got := g.once(list); !slices.Equal(got, want) {
				t.Errorf("%d entries of names below %d: %d are left, want %d, or not in order", n, most, len(got), len(want))
			}
		}
	}
}
