package gitpack

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 99)) }

// stores are the shapes in which git keeps objects.
var stores = []struct {
	name  string
	shape func(r *repo)
}{
	{"empty", func(*repo) {}},
	{"loose", func(r *repo) { r.history(30, 1) }},
	{"packed", func(r *repo) {
		r.history(40, 2)
		r.git("repack", "-adq")
	}},
	{"deep", func(r *repo) {
		r.history(60, 3)
		r.git("repack", "-adfq", "--depth=250", "--window=250")
	}},
	{"base ids", func(r *repo) {
		r.history(40, 4)
		r.git("-c", "repack.usedeltabaseoffset=false", "repack", "-adfq", "--depth=50")
	}},
	{"several packs and loose", func(r *repo) {
		for i := range uint64(4) {
			r.history(15, 5+i)
			r.git("repack", "-dq")
		}
		r.history(5, 10)
	}},
	{"repetitions", func(r *repo) {
		r.history(30, 11)
		r.git("repack", "-q")
		r.gitInput(r.git("rev-list", "--objects", "--no-object-names", "--all"), "pack-objects", "-q", ".git/objects/pack/pack")
		r.gitInput(r.git("rev-list", "--objects", "--no-object-names", "--all", "-n", "9"), "pack-objects", "-q", ".git/objects/pack/pack")
	}},
	{"multi-pack index", func(r *repo) {
		for i := range uint64(3) {
			r.history(10, 12+i)
			r.git("repack", "-dq")
		}
		r.git("multi-pack-index", "write")
	}},
	{"cruft", func(r *repo) {
		r.history(20, 20)
		r.git("update-ref", "refs/heads/main", "main~8")
		r.git("tag", "-d", "v20-19")
		r.git("reflog", "expire", "--expire=all", "--all")
		r.git("repack", "--cruft", "-dq")
	}},
	{"index version 1", func(r *repo) {
		r.history(20, 21)
		r.git("-c", "pack.indexVersion=1", "repack", "-adq")
	}},
}

func TestStoreHoldsWhatGitHolds(t *testing.T) {
	for _, f := range []Format{SHA1, SHA256} {
		for _, shape := range stores {
			if f == SHA256 && shape.name == "index version 1" {
				continue
			}
			t.Run(f.String()+"/"+shape.name, func(t *testing.T) {
				t.Parallel()
				r := newRepo(t, f)
				shape.shape(r)
				r.check(Options{})
				r.check(Options{noMap: true})
			})
		}
	}
}

// family crafts a pack of one blob and n others that are made of it or of each
// other.
func family(t testing.TB, n int) (_ *crafter, texts map[OID]string) {
	rng := newRand(81)
	c := newCrafter(t)
	text := random(rng, 4000)
	want := map[OID]string{idOf(Blob, text): string(text)}
	type entry struct {
		at   int64
		text []byte
	}
	entries := []entry{{c.whole(Blob, text), text}}
	for range n {
		base := entries[rng.IntN(len(entries))]
		insert := random(rng, 1+rng.IntN(127))
		at := rng.IntN(len(base.text))
		text := slices.Concat(base.text[:at], insert, base.text[at+(len(base.text)-at)/8:])
		ops := [][]byte{insertOp(string(insert))}
		if at > 0 {
			ops = append([][]byte{copyOp(0, at)}, ops...)
		}
		if rest := at + (len(base.text)-at)/8; rest < len(base.text) {
			ops = append(ops, copyOp(rest, len(base.text)-rest))
		}
		id := idOf(Blob, text)
		entries = append(entries, entry{c.onOffset(id, base.at, delta(len(base.text), len(text), ops...)), text})
		want[id] = string(text)
	}
	return c, want
}

// TestFamilyIsShared has one object that all others are made of, so that without
// sharing it one worker would do everything.
func TestFamilyIsShared(t *testing.T) {
	c, want := family(t, 3000)
	s := c.open(Options{})
	const workers = 6
	var mu sync.Mutex
	got := make(map[OID]int)
	var by [workers]int
	err := s.Walk(context.Background(), WalkOptions{Workers: workers}, func(w int, o Object) (any, error) {
		mu.Lock()
		defer mu.Unlock()
		got[o.OID]++
		if want[o.OID] != string(o.Data) {
			t.Errorf("%s: wrong content", o.OID)
		}
		if by[w]++; len(got) < 500 {
			time.Sleep(50 * time.Microsecond) // lets the others come and ask
		}
		return nil, nil
	}, func(o OID, err error) { t.Errorf("%s: %v", o, err) })
	if err != nil || len(got) != len(want) {
		t.Errorf("visited %d of %d: %v", len(got), len(want), err)
	}
	for id, n := range got {
		if n != 1 {
			t.Errorf("%s was visited %d times", id, n)
		}
	}
	busy := 0
	for _, n := range by {
		if n > 0 {
			busy++
		}
	}
	if busy < 2 {
		t.Errorf("workers visited %v objects each", by)
	}
}
