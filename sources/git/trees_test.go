package git

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A forest is random trees that share most of what they have.
type forest struct {
	rng   *rand.Rand
	raw   [][]byte
	of    []int // by tree: the one that it is a variant of, or -1
	ids   [][]byte
	blobs [][]byte
}

type rawEntry struct {
	mode, name string
	id         []byte
}

func (e rawEntry) tree() bool { return e.mode == "40000" }

func rawTree(list []rawEntry) []byte {
	var b bytes.Buffer
	for _, e := range list {
		fmt.Fprintf(&b, "%s %s\x00%s", e.mode, e.name, e.id)
	}
	return b.Bytes()
}

func idOf(n uint64) []byte {
	sum := sha1.Sum(binary.LittleEndian.AppendUint64(nil, n))
	return sum[:]
}

// grow adds a tree: a variant of one that is there, or a new one.
func (f *forest) grow() {
	var list []rawEntry
	of := -1
	if len(f.raw) > 0 && f.rng.IntN(8) > 0 {
		of = f.rng.IntN(len(f.raw))
		list = parseAll(f.raw[of])
	}
	f.of = append(f.of, of)
	for range 1 + f.rng.IntN(4) {
		e := rawEntry{mode: "100644", name: fmt.Sprint(strings.Repeat("x", f.rng.IntN(2)), "n", f.rng.IntN(12)), id: f.blobs[f.rng.IntN(len(f.blobs))]}
		switch n := f.rng.IntN(10); {
		case n < 4 && len(f.ids) > 0:
			e.mode, e.id = "40000", f.ids[f.rng.IntN(len(f.ids))]
		case n == 4:
			e.mode = "120000"
		case n == 5:
			e.mode, e.id = "160000", idOf(f.rng.Uint64())
		}
		list = slices.DeleteFunc(list, func(o rawEntry) bool { return o.name == e.name })
		if f.rng.IntN(4) > 0 {
			list = append(list, e)
		}
	}
	key := func(e rawEntry) string {
		if e.tree() {
			return e.name + "/"
		}
		return e.name
	}
	slices.SortFunc(list, func(a, b rawEntry) int { return strings.Compare(key(a), key(b)) })
	if f.rng.IntN(15) == 0 && len(list) > 1 {
		list[0], list[1] = list[1], list[0] // not as git writes it
	}
	if f.rng.IntN(15) == 0 && len(list) > 0 {
		list = append(list, list[f.rng.IntN(len(list))])
	}
	raw := rawTree(list)
	sum := sha1.Sum(raw)
	f.raw, f.ids = append(f.raw, raw), append(f.ids, sum[:])
}

func parseAll(raw []byte) []rawEntry {
	var list []rawEntry
	_ = gitpack.ParseTree(raw, gitpack.SHA1, func(mode uint32, name []byte, id gitpack.OID) error {
		list = append(list, rawEntry{fmt.Sprintf("%o", mode), string(name), id.Bytes()})
		return nil
	})
	return list
}

func newForest(seed uint64, n int) *forest {
	f := &forest{rng: rand.New(rand.NewPCG(seed, 1))}
	for i := range 10 {
		f.blobs = append(f.blobs, idOf(uint64(i)))
	}
	for range n {
		f.grow()
	}
	return f
}

// read takes in the trees of f in a random order on several readers.
func (f *forest) read(t *testing.T) *trees {
	ids := slices.Concat(f.ids, f.blobs)
	slices.SortFunc(ids, bytes.Compare)
	ids = slices.CompactFunc(ids, bytes.Equal)
	o := &objects{format: gitpack.SHA1, size: 20, ids: slices.Concat(ids...), absent: map[string]uint32{}}
	o.index()
	all := &names{ids: map[string]uint32{}}
	readers := []*treeReader{{objects: o, names: all}, {objects: o, names: all}}
	done := map[string]bool{}
	held := map[int]*heldTree{}
	for _, i := range f.rng.Perm(len(f.raw)) {
		if done[string(f.ids[i])] {
			continue
		}
		done[string(f.ids[i])] = true
		n, ok := o.find(f.ids[i])
		if !ok {
			t.Fatal("a tree's id was not found")
		}
		var base *heldTree
		var copies []gitpack.Copy
		if k := f.rng.IntN(len(f.raw)); held[k] != nil {
			base, copies = held[k], copiesOf(f.rng, f.raw[k], f.raw[i])
		} else if k = f.of[i]; held[k] != nil {
			base, copies = held[k], copiesOf(f.rng, f.raw[k], f.raw[i])
		}
		keep, err := readers[f.rng.IntN(2)].add(n, f.raw[i], base, copies, f.rng.IntN(3) == 0)
		if err != nil {
			t.Fatal(err)
		}
		if keep != nil {
			held[i] = keep
		}
		if k := f.rng.IntN(len(f.raw)); held[k] != nil {
			readers[f.rng.IntN(2)].release(held[k])
			delete(held, k)
		}
	}
	return gather(o, all, readers)
}

// copiesOf finds ranges that two texts share, in any place and not all of them,
// as a delta would.
func copiesOf(rng *rand.Rand, base, raw []byte) []gitpack.Copy {
	var copies []gitpack.Copy
	for pos := 0; pos < len(raw); {
		from, n := 0, 0
		for at := range base {
			if m := commonPrefix(base[at:], raw[pos:]); m > n || m == n && rng.IntN(2) == 0 {
				from, n = at, m
			}
		}
		if n > 8 {
			n -= rng.IntN(4)
		}
		if n < 5 || rng.IntN(8) == 0 {
			pos += 1 + rng.IntN(3)
			continue
		}
		copies = append(copies, gitpack.Copy{To: pos, From: from, Len: n})
		pos += n
	}
	return copies
}

// told says what an entry is, in full.
func (t *trees) told(e entry) string {
	id := "submodule"
	if e.child != module {
		id = t.objects.hex(e.child)
	}
	return fmt.Sprint(e.kind(), " ", t.names.text[e.text()], " ", id)
}

func toldRaw(e rawEntry) string {
	var mode uint32
	_, _ = fmt.Sscanf(e.mode, "%o", &mode)
	id := fmt.Sprintf("%x", e.id)
	if kindOf(mode) == kindModule {
		id = "submodule"
	}
	return fmt.Sprint(kindOf(mode), " ", e.name, " ", id)
}

func TestTreesAreHeldWhole(t *testing.T) {
	based := 0
	for seed := range uint64(30) {
		f := newForest(seed, 60)
		trees := f.read(t)
		for i, raw := range f.raw {
			n, _ := trees.objects.find(f.ids[i])
			at, ok := trees.record(n)
			if !ok {
				t.Fatal("a tree is not there")
			}
			if trees.all[at].base != none {
				based++
			}
			var got, want []string
			for _, e := range trees.entries(at, nil) {
				got = append(got, trees.told(e))
			}
			for _, e := range parseAll(raw) {
				want = append(want, toldRaw(e))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d, tree %d:\n%s\nwant\n%s", seed, i, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
	if based < 100 {
		t.Errorf("only %d trees are held as a difference", based)
	}
}

// TestFilterSeesWhatIsThere compares filters and diffs with a walk of every tree.
func TestFilterSeesWhatIsThere(t *testing.T) {
	for seed := range uint64(30) {
		f := newForest(seed, 40)
		trees := f.read(t)
		flt := newFilter(trees)
		flt.blobs = map[uint32]bool{}
		for _, id := range f.blobs[:4] {
			n, _ := trees.objects.find(id)
			flt.blobs[n] = true
		}
		regular := func(i int) bool { // names in other trees than git's may repeat
			list := parseAll(f.raw[i])
			seen := map[string]bool{}
			for _, e := range list {
				if seen[e.name] {
					return false
				}
				seen[e.name] = true
			}
			return true
		}
		if seed%2 == 0 {
			flt.prepare(flt.trees.inOrder(), 1<<30)
		}
		for range 200 {
			a, b := f.rng.IntN(len(f.raw)), f.rng.IntN(len(f.raw))
			in, out := map[string]string{}, map[string]string{}
			if !f.spell(f.ids[a], "", in, 0) || !f.spell(f.ids[b], "", out, 0) || !regular(a) || !regular(b) {
				continue
			}
			var want, got []string
			for path, id := range in {
				n, _ := trees.objects.find([]byte(id))
				if flt.blobs[n] && out[path] != id {
					want = append(want, path)
				}
			}
			na, _ := trees.objects.find(f.ids[a])
			nb, _ := trees.objects.find(f.ids[b])
			flt.diff(na, []uint32{nb}, func(c change) {
				got = append(got, c.path)
				if id := string(trees.objects.raw(c.blob)); in[c.path] != id {
					t.Errorf("seed %d: another blob at %s", seed, c.path)
				}
			})
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) && flt.cut == 0 {
				t.Fatalf("seed %d, tree %d without %d: got %q\nwant %q", seed, a, b, got, want)
			}
		}
	}
}

// spell lists the paths of a tree; false if there are too many or a name repeats.
func (f *forest) spell(id []byte, prefix string, paths map[string]string, depth int) bool {
	i := slices.IndexFunc(f.ids, func(o []byte) bool { return bytes.Equal(o, id) })
	if i < 0 || depth > 30 || len(paths) > 50 {
		return false
	}
	seen := map[string]bool{}
	for _, e := range parseAll(f.raw[i]) {
		if seen[e.name] {
			return false
		}
		seen[e.name] = true
		switch {
		case e.tree():
			if !f.spell(e.id, prefix+e.name+"/", paths, depth+1) {
				return false
			}
		case e.mode != "160000":
			paths[prefix+e.name] = string(e.id)
		}
	}
	return true
}

// inOrder lists the trees in the order in which they were read, which makes of
// some that lie in others the list first and of others last.
func (t *trees) inOrder() []uint32 {
	order := make([]uint32, len(t.all))
	for i := range order {
		order[i] = uint32(i)
	}
	return order
}

func TestPathsAreAllFound(t *testing.T) {
	for seed := range uint64(20) {
		f := newForest(seed, 25)
		trees := f.read(t)
		var roots []uint32
		want := map[string]map[string]bool{}
		bomb := false
		for i := range f.ids {
			paths := map[string]string{}
			if !f.spell(f.ids[i], "", paths, 0) {
				bomb = true
				break
			}
			n, _ := trees.objects.find(f.ids[i])
			roots = append(roots, n)
			for path, id := range paths {
				if want[id] == nil {
					want[id] = map[string]bool{}
				}
				want[id][path] = true
			}
		}
		if bomb {
			continue
		}
		told := map[string]bool{}
		p, err := findPaths(trees, roots, func(p *paths, dir, name uint32, _ uint8) error {
			path := p.path(dir, name)
			if told[path] {
				t.Errorf("seed %d: %s was told twice", seed, path)
			}
			told[path] = true
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for id, set := range want {
			n, _ := trees.objects.find([]byte(id))
			list, _, all := p.of(n)
			if len(list) != len(set) || !all {
				t.Errorf("seed %d: %d paths, want %d", seed, len(list), len(set))
			}
			for _, path := range list {
				if !set[path] || !told[path] {
					t.Errorf("seed %d: path %s", seed, path)
				}
			}
		}
	}
}

func FuzzTreeReader(f *testing.F) {
	for seed := range uint64(3) {
		forest := newForest(seed, 4)
		f.Add(forest.raw[0], forest.raw[1], forest.raw[2])
	}
	f.Add([]byte("100644 a"), []byte("40000 b\x00"), []byte(" "))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		o := &objects{format: gitpack.SHA1, size: 20, ids: slices.Concat(idOf(1), idOf(2), idOf(3)), absent: map[string]uint32{}}
		o.index()
		all := &names{ids: map[string]uint32{}}
		r := &treeReader{objects: o, names: all}
		var base *heldTree
		var copies []gitpack.Copy
		for i, raw := range [][]byte{a, b, c} {
			if i > 0 {
				copies = copiesOf(rand.New(rand.NewPCG(uint64(len(raw)), 2)), [][]byte{a, b}[i-1], raw)
			}
			base, _ = r.add(uint32(i), raw, base, copies, false)
		}
		trees := gather(o, all, []*treeReader{r})
		for i, raw := range [][]byte{a, b, c} {
			at, _ := trees.record(uint32(i))
			var got, want []string
			for _, e := range trees.entries(at, nil) {
				got = append(got, trees.told(e))
			}
			for rest := raw; ; {
				kind, name, id, n := cutEntry(rest, 20)
				if n == 0 {
					break
				}
				text := fmt.Sprintf("%x", id)
				if kind == kindModule {
					text = "submodule"
				}
				want = append(want, fmt.Sprint(kind, " ", string(name), " ", text))
				rest = rest[n:]
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("tree %d of %q %q %q: %q, want %q", i, a, b, c, got, want)
			}
		}
	})
}

// TestTracingInParts traces with filters that may hold next to nothing.
func TestTracingInParts(t *testing.T) {
	for seed := range uint64(10) {
		f := newForest(seed, 30)
		trees := f.read(t)
		var whole, parts []string
		for _, count := range []uint32{1, 16} {
			for part := range count {
				flt := newFilter(trees)
				flt.blobs = map[uint32]bool{}
				for _, id := range f.blobs {
					n, _ := trees.objects.find(id)
					flt.blobs[n] = true
				}
				flt.part = func(name uint32) bool { return name%count == part }
				for i := range f.ids {
					na, _ := trees.objects.find(f.ids[i])
					nb, _ := trees.objects.find(f.ids[len(f.ids)-1-i])
					flt.diff(na, []uint32{nb}, func(c change) {
						line := fmt.Sprint(i, c)
						if count == 1 {
							whole = append(whole, line)
						} else {
							parts = append(parts, line)
						}
					})
				}
				if flt.cut > 0 {
					t.Skip("the trees repeat too much")
				}
			}
		}
		slices.Sort(whole)
		slices.Sort(parts)
		if !slices.Equal(whole, parts) {
			t.Errorf("seed %d: %d changes in parts, %d in all", seed, len(parts), len(whole))
		}
	}
}
