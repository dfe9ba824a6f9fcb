package gitpack

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// TestLargeBlobsShareTheMemory walks families of large blobs with ever more
// workers, and adds up at every visit what the buffers take: those in use, those
// kept for use again, and those left to the collector and perhaps not collected
// yet. At the end none may be in use.
func TestLargeBlobsShareTheMemory(t *testing.T) {
	const size, roots, versions = 16 << 20, 12, 60
	families := []struct {
		name    string
		base    func(i int) int // of version i, from roots on
		damaged int             // version that has a good copy elsewhere; 0: none
	}{
		{"chains", func(i int) int { return i - roots }, 0},
		{"trees", func(i int) int { return (i - roots) / 2 }, 0},
		{"a damaged chain", func(i int) int { return i - roots }, roots},
	}
	if testing.Short() {
		families = families[2:]
	}
	for _, family := range families {
		t.Run(family.name, func(t *testing.T) {
			c, elsewhere := newCrafter(t), newCrafter(t)
			content := make([]byte, size)
			at := make([]int64, versions)
			for i := range versions {
				first := fmt.Sprintf("%04d", i)
				copy(content, first)
				if i < roots {
					at[i] = c.whole(Blob, content)
					continue
				}
				ops := [][]byte{insertOp(first)}
				for from := len(first); from < size; from += 1 << 20 {
					ops = append(ops, copyOp(from, min(1<<20, size-from)))
				}
				at[i] = c.onOffset(idOf(Blob, content), at[family.base(i)], delta(size, size, ops...))
				if i == family.damaged {
					elsewhere.whole(Blob, content)
				}
			}
			dir := t.TempDir()
			if family.damaged > 0 {
				c.data[at[family.damaged]+8] ^= 0xff
				elsewhere.save(dir)
			}
			c.save(dir)
			s, err := Open(dir, SHA1, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for _, workers := range []int{1, 2, roots} {
				m := newMemory(memoryLimit)
				var mu sync.Mutex
				visited, most := 0, int64(0)
				err := s.Walk(context.Background(), WalkOptions{Workers: workers, Check: CheckCRC, memory: m}, func(int, Object) (any, error) {
					mu.Lock()
					defer mu.Unlock()
					visited++
					m.mu.Lock()
					defer m.mu.Unlock()
					most = max(most, m.used+m.kept()+m.dropped)
					return nil, nil
				}, func(_ OID, err error) { t.Error(err) })
				if err != nil || visited != versions {
					t.Errorf("%d workers: visited %d of %d: %v", workers, visited, versions, err)
				}
				if m.used != 0 {
					t.Errorf("%d workers: %d bytes are in use after the walk", workers, m.used)
				}
				t.Logf("%d workers: %d MB", workers, most>>20)
				if bound := int64(150<<20 + 4*size); most > bound {
					t.Errorf("%d workers: the buffers take %d MB, want at most %d", workers, most>>20, bound>>20)
				}
				if most < size {
					t.Errorf("%d workers: the buffers take %d bytes, less than one blob", workers, most)
				}
			}
		})
	}
}
