package gitpack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// graphRepo makes a history with branches, merges, and merges of many.
func graphRepo(t testing.TB, f Format) *repo {
	t.Helper()
	r := newRepo(t, f)
	tree := strings.TrimSpace(r.git("write-tree"))
	rng := newRand(101)
	var all []string
	commit := func() {
		args := []string{"commit-tree", "-m", fmt.Sprint(len(all)), tree}
		if len(all) > 0 {
			parents := 1
			if rng.IntN(4) == 0 {
				parents = 1 + rng.IntN(min(6, len(all)))
			}
			for _, i := range rng.Perm(len(all))[:parents] {
				args = append(args, "-p", all[i])
			}
		}
		all = append(all, strings.TrimSpace(r.git(args...)))
	}
	for range 60 {
		commit()
	}
	var refs strings.Builder
	for i, c := range all {
		fmt.Fprintf(&refs, "create refs/heads/b%d %s\n", i, c)
	}
	r.gitInput(refs.String(), "update-ref", "--stdin")
	return r
}

// checkGraph holds the commit graph against what git says of the commits.
func (r *repo) checkGraph(s *Store, want int) {
	r.t.Helper()
	g, err := s.CommitGraph()
	if err != nil || g == nil || g.Len() != want {
		r.t.Fatalf("got %v, %v; want %d commits", g, err, want)
	}
	var buf []uint32
	said := map[OID]string{}
	for i := range g.Len() {
		c, err := g.At(i, buf)
		if err != nil {
			r.t.Fatal(err)
		}
		buf = c.Parents
		generation := uint32(1)
		var parents []string
		for _, n := range c.Parents {
			p, err := g.At(int(n), nil)
			if err != nil {
				r.t.Fatal(err)
			}
			parents = append(parents, p.OID.String())
			generation = max(generation, p.Generation+1)
		}
		if c.Generation != generation {
			r.t.Errorf("%s: generation %d, want %d", c.OID, c.Generation, generation)
		}
		said[c.OID] = fmt.Sprintf("%s %s %d", c.Tree, strings.Join(parents, " "), c.Date)
		if n, ok := g.Find(c.OID); !ok || n != i {
			r.t.Errorf("Find(%s): %d, %v; want %d", c.OID, n, ok, i)
		}
	}
	known := 0
	for line := range strings.Lines(r.git("log", "--all", "--format=%H %T %P %ct")) {
		id, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		o, err := r.format.Parse(id)
		if err != nil {
			r.t.Fatal(err)
		}
		if _, ok := g.Find(o); !ok {
			continue
		}
		known++
		if said[o] != rest {
			r.t.Errorf("%s: got %q, want %q", o, said[o], rest)
		}
	}
	if known != want {
		r.t.Errorf("git knows %d of %d commits", known, want)
	}
	if _, ok := g.Find(makeOID(make([]byte, r.format.Size()))); ok {
		r.t.Error("Find of an id that is not there")
	}
	if _, ok := g.Find(OID{}); ok {
		r.t.Error("Find of no id")
	}
	for _, i := range []int{-1, g.Len()} {
		if _, err := g.At(i, nil); err == nil {
			r.t.Errorf("At(%d) gave a commit", i)
		}
	}
}

func TestCommitGraphSaysWhatGitSays(t *testing.T) {
	for _, f := range []Format{SHA1, SHA256} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			r := graphRepo(t, f)
			if g, err := r.open(Options{}).CommitGraph(); g != nil || err != nil {
				t.Errorf("without a graph: %v, %v", g, err)
			}
			r.gitInput(r.git("rev-parse", "refs/heads/b20"), "commit-graph", "write", "--stdin-commits", "--split=no-merge")
			r.gitInput(r.git("rev-parse", "refs/heads/b40"), "commit-graph", "write", "--stdin-commits", "--split=no-merge")
			r.git("commit-graph", "write", "--reachable", "--split=no-merge")
			layers, _ := filepath.Glob(filepath.Join(r.objects(), "info", "commit-graphs", "*.graph"))
			if len(layers) < 2 {
				t.Errorf("git wrote %d files", len(layers))
			}
			for _, opts := range []Options{{}, {noMap: true}} {
				r.checkGraph(r.open(opts), 60)
			}
			clone := &repo{t: t, dir: t.TempDir(), format: f}
			r.git("clone", "-q", "--bare", "-s", r.dir, filepath.Join(clone.dir, ".git"))
			clone.checkGraph(clone.open(Options{}), 60)

			r.git("commit-graph", "write", "--reachable")
			r.checkGraph(r.open(Options{}), 60)
		})
	}
}

// A graphFile is a commit graph to be written wrong.
type graphFile struct {
	format  Format
	ids     [][]byte
	data    [][4]uint32 // of each commit: two parents, generation and date
	edges   []uint32
	below   [][]byte
	changed func(head []byte) // is given the head and the table of chunks
	fan     func(fan []uint32)
}

func (g *graphFile) bytes() []byte {
	var fan, names, commits, edges []byte
	counts := make([]uint32, 256)
	for i, id := range g.ids {
		for b := int(id[0]); b < 256; b++ {
			counts[b]++
		}
		names = append(names, id...)
		commits = append(commits, bytes.Repeat([]byte{0xee}, len(id))...)
		for _, n := range g.data[i] {
			commits = binary.BigEndian.AppendUint32(commits, n)
		}
	}
	if g.fan != nil {
		g.fan(counts)
	}
	for _, n := range counts {
		fan = binary.BigEndian.AppendUint32(fan, n)
	}
	for _, e := range g.edges {
		edges = binary.BigEndian.AppendUint32(edges, e)
	}
	chunks := []struct {
		id   string
		data []byte
	}{{"OIDF", fan}, {"OIDL", names}, {"CDAT", commits}, {"EDGE", edges}, {"BASE", bytes.Join(g.below, nil)}, {"\x00\x00\x00\x00", nil}}
	b := []byte{'C', 'G', 'P', 'H', 1, byte(g.format) + 1, byte(len(chunks) - 1), byte(len(g.below))}
	at := len(b) + graphChunk*len(chunks)
	for _, c := range chunks {
		b = binary.BigEndian.AppendUint64(append(b, c.id...), uint64(at))
		at += len(c.data)
	}
	if g.changed != nil {
		g.changed(b)
	}
	for _, c := range chunks {
		b = append(b, c.data...)
	}
	return sealed(b, g.format)
}

// sealed puts the right checksum at the end.
func sealed(b []byte, f Format) []byte {
	h := newHasher(f)
	h.h.Write(b)
	return h.h.Sum(bytes.Clone(b))
}

// fineGraph has four commits: a root, its child, a merge of both, and one of
// three parents.
func fineGraph() *graphFile {
	g := &graphFile{edges: []uint32{1, 2 | graphLastMark}}
	for i := range 4 {
		g.ids = append(g.ids, bytes.Repeat([]byte{byte(0x30*i + 5)}, 20))
	}
	const none = graphNoParent
	g.data = [][4]uint32{{none, none, 1 << 2, 7}, {0, none, 2 << 2, 8}, {1, 0, 3<<2 | 1, 9}, {0, graphManyMark, 4 << 2, 10}}
	return g
}

func saveGraph(t testing.TB, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "info"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "info", "commit-graph"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func openGraph(t testing.TB, dir string) (*CommitGraph, error) {
	t.Helper()
	s, err := Open(dir, SHA1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.CommitGraph()
}

func TestWrongCommitGraphIsNotUsed(t *testing.T) {
	g, err := openGraph(t, saveGraph(t, fineGraph().bytes()))
	if err != nil {
		t.Fatalf("the fine one: %v", err)
	}
	if c, _ := g.At(2, nil); c.Date != 1<<32+9 || c.Generation != 3 || !slices.Equal(c.Parents, []uint32{1, 0}) {
		t.Errorf("got %+v", c)
	}
	if c, _ := g.At(3, nil); !slices.Equal(c.Parents, []uint32{0, 1, 2}) {
		t.Errorf("got %+v", c)
	}
	tests := map[string]struct {
		change func(*graphFile)
		want   string
	}{
		"version":                  {func(g *graphFile) { g.changed = func(b []byte) { b[4] = 2 } }, "known version"},
		"other ids":                {func(g *graphFile) { g.changed = func(b []byte) { b[5] = 2 } }, "another kind"},
		"too many chunks":          {func(g *graphFile) { g.changed = func(b []byte) { b[6] = 255 } }, "ends early"},
		"chunk outside":            {func(g *graphFile) { g.changed = func(b []byte) { b[graphHead+4] = 1 } }, "outside"},
		"chunk missing":            {func(g *graphFile) { g.changed = func(b []byte) { copy(b[graphHead:], "XXXX") } }, "fan-out"},
		"files below":              {func(g *graphFile) { g.below = [][]byte{make([]byte, 20)} }, "other files"},
		"more in fan than names":   {func(g *graphFile) { g.fan = func(f []uint32) { f[255]++ } }, "stated size"},
		"fan descends":             {func(g *graphFile) { g.fan = func(f []uint32) { f[0x40] = 0 } }, "order"},
		"fan leads elsewhere":      {func(g *graphFile) { g.fan = func(f []uint32) { f[0] = 1 } }, "order"},
		"names not in order":       {func(g *graphFile) { g.ids[1][1], g.ids[1][0] = 0, 5; g.ids[0][1] = 9 }, "order"},
		"name twice":               {func(g *graphFile) { g.ids[1] = g.ids[0] }, "order"},
		"parent not there":         {func(g *graphFile) { g.data[1][0] = 4 }, "not there"},
		"second parent not there":  {func(g *graphFile) { g.data[2][1] = 1000 }, "not there"},
		"second parent alone":      {func(g *graphFile) { g.data[2][0] = graphNoParent }, "not there"},
		"its own parent":           {func(g *graphFile) { g.data[1][0] = 1 }, "generation"},
		"circle":                   {func(g *graphFile) { g.data[0][0] = 1 }, "generation"},
		"no generations":           {func(g *graphFile) { g.data[0][2], g.data[1][2] = 0, 0 }, "generation"},
		"list outside":             {func(g *graphFile) { g.data[3][1] = graphManyMark | 2 }, "does not end"},
		"list far outside":         {func(g *graphFile) { g.data[3][1] = 0xffffffff }, "does not end"},
		"list without end":         {func(g *graphFile) { g.edges[1] = 2 }, "does not end"},
		"lists overlap":            {func(g *graphFile) { g.data[2] = g.data[3]; g.edges = []uint32{0, 1 | graphLastMark} }, "overlap"},
		"parent in list not there": {func(g *graphFile) { g.edges[0] = 9 }, "not there"},
	}
	for name, test := range tests {
		g := fineGraph()
		test.change(g)
		got, err := openGraph(t, saveGraph(t, g.bytes()))
		if got != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, %v; want %q", name, got, err, test.want)
		}
	}
	fine := fineGraph().bytes()
	for i := range len(fine) * 8 {
		data := bytes.Clone(fine)
		data[i/8] ^= 1 << (i % 8)
		if _, err := parseLayer(data, SHA1, nil); err == nil {
			t.Errorf("bit %d flipped: no error", i)
		}
	}
	for n := range len(fine) {
		if _, err := parseLayer(fine[:n], SHA1, nil); err == nil {
			t.Errorf("%d bytes: no error", n)
		}
	}
	if g, err := openGraph(t, saveGraph(t, nil)); g != nil || err == nil {
		t.Errorf("empty file: %v, %v", g, err)
	}
}

func TestWrongChainIsNotUsed(t *testing.T) {
	base := fineGraph().bytes()
	hash := base[len(base)-20:]
	top := &graphFile{ids: [][]byte{bytes.Repeat([]byte{9}, 20)}, data: [][4]uint32{{3, graphNoParent, 5 << 2, 1}}, below: [][]byte{hash}}
	second := top.bytes()
	line := func(b []byte) string { return fmt.Sprintf("%x\n", b[len(b)-20:]) }
	tests := []struct {
		name, chain, want string
		n                 int
	}{
		{"fine", line(base) + line(second), "", 5},
		{"the oldest alone", line(base), "", 4},
		{"the newest alone", line(second), "other files", 0},
		{"the wrong way around", line(second) + line(base), "other files", 0},
		{"twice", line(base) + line(base), "other files", 0},
		{"a missing one", line(base) + strings.Repeat("1", 40) + "\n", "no such file", 0},
		{"a short line", line(base)[:39] + "\n", "no hash", 0},
		{"a long line", "11" + line(base), "no hash", 0},
		{"no hexadecimal", "../" + line(base)[3:], "no hash", 0},
		{"nothing", "", "names no file", 0},
		{"very much", strings.Repeat(line(base), 1000), "too many", 0},
	}
	for _, test := range tests {
		f := files{"info/commit-graphs/commit-graph-chain": []byte(test.chain)}
		for _, data := range [][]byte{base, second} {
			f[fmt.Sprintf("info/commit-graphs/graph-%x.graph", data[len(data)-20:])] = data
		}
		g, err := openGraph(t, f.write(t, "", nil))
		if test.want == "" {
			if err != nil || g.Len() != test.n {
				t.Errorf("%s: %v, %v", test.name, g, err)
			} else if n, ok := g.Find(makeOID(top.ids[0])); ok != (test.n == 5) || ok && n != 4 {
				t.Errorf("%s: found %d, %v", test.name, n, ok)
			}
			continue
		}
		if g != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, %v; want %q", test.name, g, err, test.want)
		}
	}
}

func FuzzCommitGraph(f *testing.F) {
	fine := fineGraph().bytes()
	f.Add(fine[:len(fine)-20])
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []Format{SHA1, SHA256} {
			g := new(CommitGraph)
			l, err := parseLayer(sealed(data, format), format, nil)
			if err == nil {
				err = g.add(l)
			}
			if err != nil {
				continue
			}
			parents := 0
			for i := range g.Len() {
				c, err := g.At(i, nil)
				if err != nil {
					t.Fatalf("%d of %d: %v", i, g.Len(), err)
				}
				for _, p := range c.Parents {
					if below, err := g.At(int(p), nil); err != nil || below.Generation >= c.Generation {
						t.Errorf("%d has the parent %d: %v", i, p, err)
					}
				}
				if parents += len(c.Parents); parents > len(data) {
					t.Fatal("more parents than bytes")
				}
				if n, ok := g.Find(c.OID); !ok || n != i {
					t.Errorf("%d is found at %d, %v", i, n, ok)
				}
			}
		}
	})
}
