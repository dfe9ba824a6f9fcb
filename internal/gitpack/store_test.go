package gitpack

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestWalkVisitsWhatIsAskedFor(t *testing.T) {
	r := newRepo(t, SHA1)
	r.history(30, 51)
	r.git("repack", "-adq")
	r.history(5, 52)
	truth := r.truth()
	for _, opts := range []Options{{}, {noMap: true}} {
		s := r.open(opts)
		for _, types := range [][]Type{{Commit}, {Tree}, {Blob}, {Tag}, {Commit, Tag}, {Blob, Tree}, {}} {
			skip := func(o OID) bool { return o.raw[0]%3 == 1 }
			got := walkAll(t, s, WalkOptions{Workers: 2, Types: types, Skip: skip})
			want := 0
			for id, o := range truth {
				if slices.Contains(types, o.Type) && !skip(id) {
					want++
					if _, ok := got.objects[id]; !ok {
						t.Errorf("%v: %s was not visited", types, id)
					}
				}
			}
			if len(got.objects) != want || len(got.bad) > 0 || len(got.twice) > 0 {
				t.Errorf("%v: visited %d, want %d; bad %v", types, len(got.objects), want, got.bad)
			}
		}
	}
}

func TestWalkEndsEarly(t *testing.T) {
	r := newRepo(t, SHA1)
	r.history(40, 53)
	r.git("repack", "-adq")
	s := r.open(Options{})
	stop := errors.New("stop")
	noBad := func(o OID, err error) { t.Errorf("%s: %v", o, err) }
	var calls atomic.Int32
	err := s.Walk(context.Background(), WalkOptions{Workers: 4}, func(int, Object) (any, error) {
		if calls.Add(1) > 20 {
			return nil, stop
		}
		return nil, nil
	}, noBad)
	if !errors.Is(err, stop) || calls.Load() > 20+4 {
		t.Errorf("error of visit: got %v after %d calls", err, calls.Load())
	}
	ctx, cancel := context.WithCancel(context.Background())
	calls.Store(0)
	err = s.Walk(ctx, WalkOptions{Workers: 4}, func(int, Object) (any, error) {
		if calls.Add(1) == 20 {
			cancel()
		}
		return nil, nil
	}, noBad)
	if !errors.Is(err, context.Canceled) || calls.Load() > 20+4 {
		t.Errorf("end of the context: got %v after %d calls", err, calls.Load())
	}
	if err := s.Walk(ctx, WalkOptions{}, func(int, Object) (any, error) { t.Error("visited"); return nil, nil }, noBad); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: got %v", err)
	}
}

// TestReadGivesMemoryAway overwrites what Read returns, which must not change what
// it returns next.
func TestReadGivesMemoryAway(t *testing.T) {
	r := newRepo(t, SHA1)
	r.history(40, 54)
	r.git("repack", "-adfq", "--depth=50")
	truth := r.truth()
	s := r.open(Options{})
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			var buf []byte
			for id, want := range truth {
				o, err := s.Read(id, buf)
				if err != nil || !bytes.Equal(o.Data, want.Data) {
					t.Errorf("%s: %v", id, err)
				}
				for i := range o.Data {
					o.Data[i] = 0xee
				}
				buf = o.Data
			}
		})
	}
	wait.Wait()
}

func TestFind(t *testing.T) {
	r := newRepo(t, SHA1)
	r.history(30, 55)
	r.git("repack", "-q")
	r.history(10, 56)
	truth := r.truth()
	s := r.open(Options{})
	for id := range truth {
		for _, n := range []int{1, 2, 3, 7, 40} {
			prefix := id.String()[:n]
			if n%2 == 1 {
				prefix = strings.ToUpper(prefix)
			}
			got, err := s.Find(prefix)
			want := 0
			for o := range truth {
				if strings.HasPrefix(o.String(), strings.ToLower(prefix)) {
					want++
				}
			}
			if err != nil || len(got) != want || !slices.Contains(got, id) || !slices.IsSortedFunc(got, OID.Compare) {
				t.Fatalf("Find(%q): got %v, %v; want %d", prefix, got, err, want)
			}
		}
		if !s.Has(id) {
			t.Errorf("Has(%s) is false", id)
		}
	}
	for _, prefix := range []string{"", "xyz", strings.Repeat("0", 41)} {
		if _, err := s.Find(prefix); err == nil {
			t.Errorf("Find(%q) gave no error", prefix)
		}
	}
	for _, o := range append(invented[:], OID{}) {
		_, err := s.Read(o, nil)
		_, _, typeErr := s.Type(o)
		if !errors.Is(err, ErrNotFound) || !errors.Is(typeErr, ErrNotFound) || s.Has(o) {
			t.Errorf("%s: Read: %v, Type: %v", o, err, typeErr)
		}
	}
}

func TestAlternates(t *testing.T) {
	far := newRepo(t, SHA1)
	far.history(20, 57)
	far.git("repack", "-adq")
	near := &repo{t: t, dir: filepath.Join(filepath.Dir(far.dir), "near \"quoted\""), format: SHA1}
	far.git("clone", "-q", "-s", far.dir, near.dir)
	t.Cleanup(func() { os.RemoveAll(near.dir) })
	near.clock = 5000
	near.grown = true
	near.history(10, 58)
	near.check(Options{})

	write := func(r *repo, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(r.objects(), "info"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(r.objects(), "info", "alternates"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	relative, err := filepath.Rel(near.objects(), far.objects())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		relative + "\n",
		"# comment\n\n" + relative,
		"\"" + strings.ReplaceAll(relative, "o", `\157`) + "\"\n",
		far.objects() + "\n" + relative + "\n" + near.objects() + "\n",
	} {
		write(near, text)
		write(far, near.objects()+"\n") // a circle
		near.check(Options{})
	}
	for _, text := range []string{"/nowhere/at/all\n", far.dir + "/.git/HEAD\n", "\"open\n"} {
		write(near, text)
		s := near.open(Options{})
		if len(s.Problems()) != 1 {
			t.Errorf("%q: problems %v, want one", text, s.Problems())
		}
	}
	deep := t.TempDir()
	for i := range 9 {
		dir := filepath.Join(deep, string(rune('a'+i)))
		if err := os.MkdirAll(filepath.Join(dir, "info"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "info", "alternates"), []byte("../"+string(rune('b'+i))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(filepath.Join(deep, "a"), SHA1, Options{})
	if err != nil || len(s.Problems()) != 1 {
		t.Errorf("nested alternates: %v, problems %v", err, s.Problems())
	}
}

func TestOddFiles(t *testing.T) {
	r := newRepo(t, SHA1)
	r.history(12, 59)
	r.git("repack", "-adq")
	r.history(2, 60)
	truth := r.truth()
	clean := readFiles(t, r.objects())
	tests := []struct {
		name     string
		change   func(dir string) error
		problems int
	}{
		{"promisor", func(dir string) error { return touch(r, dir, "pack", ".pack", ".promisor", nil) }, 0},
		{"keep", func(dir string) error { return touch(r, dir, "pack", ".pack", ".keep", nil) }, 0},
		{"index alone", func(dir string) error { return os.WriteFile(dir+"/pack/pack-00.idx", nil, 0o644) }, 1},
		{"empty pack", func(dir string) error { return os.WriteFile(dir+"/pack/pack-00.pack", nil, 0o644) }, 1},
		{"unfinished pack", func(dir string) error { return os.WriteFile(dir+"/pack/tmp_pack_x", []byte("PACK\x00\x00"), 0o644) }, 1},
		{"multi-pack index of nothing", func(dir string) error { return os.WriteFile(dir+"/pack/multi-pack-index", nil, 0o644) }, 1},
		{"files git ignores", func(dir string) error {
			return errors.Join(os.WriteFile(dir+"/pack/notes.txt", nil, 0o644), os.WriteFile(dir+"/notes", nil, 0o644),
				os.MkdirAll(dir+"/0g", 0o755), os.MkdirAll(dir+"/aa", 0o755), os.WriteFile(dir+"/aa/short", nil, 0o644))
		}, 0},
		{"garbage with an object's name", func(dir string) error {
			return errors.Join(os.MkdirAll(dir+"/00", 0o755), os.WriteFile(dir+"/00/"+strings.Repeat("1", 38), []byte("garbage"), 0o644))
		}, 0},
		{"leftover that is whole", func(dir string) error {
			return os.WriteFile(dir+"/tmp_obj_Ab", squeeze([]byte("blob 5\x00fresh")), 0o644)
		}, 0},
		{"leftover that is not", func(dir string) error { return os.WriteFile(dir+"/tmp_obj_Ab", []byte("x\x9c\x01"), 0o644) }, 1},
	}
	for _, test := range tests {
		dir := clean.write(t, "", nil)
		if err := test.change(dir); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, SHA1, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := walkAll(t, s, WalkOptions{})
		for id := range truth {
			if _, ok := got.objects[id]; !ok {
				t.Errorf("%s: %s was not visited", test.name, id)
			}
		}
		if p := s.Problems(); len(p) != test.problems {
			t.Errorf("%s: problems %v, want %d", test.name, p, test.problems)
		}
		if s.Promisor() != (test.name == "promisor") {
			t.Errorf("%s: Promisor is %v", test.name, s.Promisor())
		}
		if bad := strings.HasPrefix(test.name, "garbage"); bad != (len(got.bad) > 0) {
			t.Errorf("%s: bad %v", test.name, got.bad)
		}
		if _, ok := got.objects[idOf(Blob, []byte("fresh"))]; ok != strings.HasSuffix(test.name, "is whole") {
			t.Errorf("%s: leftover visited: %v", test.name, ok)
		}
		s.Close()
	}
}

// touch writes a file beside each one with suffix from, with suffix to.
func touch(r *repo, dir, sub, from, to string, data []byte) error {
	found, err := filepath.Glob(filepath.Join(dir, sub, "*"+from))
	for _, f := range found {
		err = errors.Join(err, os.WriteFile(strings.TrimSuffix(f, from)+to, data, 0o644))
	}
	return err
}

// TestPipesAreNotRead has named pipes where files should be, which would block
// whoever opened them.
func TestPipesAreNotRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no named pipes in folders")
	}
	dir := t.TempDir()
	for _, name := range []string{"pack/pack-00.pack", "pack/pack-01.idx", "pack/pack-01.pack", "pack/multi-pack-index", "info/alternates", "00/" + strings.Repeat("1", 38), "tmp_obj_x"} {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := exec.Command("mkfifo", path).Run(); err != nil {
			t.Skip("no mkfifo")
		}
	}
	s, err := Open(dir, SHA1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := walkAll(t, s, WalkOptions{})
	if len(got.bad) != 1 || len(s.Problems()) < 4 {
		t.Errorf("bad %v, problems %v", got.bad, s.Problems())
	}
}

func TestOpenOfNothing(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none"), SHA1, Options{}); err == nil {
		t.Error("no error for a folder that does not exist")
	}
	s, err := Open(t.TempDir(), SHA1, Options{})
	if err != nil || s.Len() != 0 || len(s.Problems()) != 0 {
		t.Errorf("empty folder: %v", err)
	}
}

// TestLargeObjects has a loose object and packed ones larger than any buffer
// that is read into at once, and a delta of more than maxDelta.
func TestLargeObjects(t *testing.T) {
	rng := newRand(61)
	large := random(rng, 5<<20)
	r := newRepo(t, SHA1)
	r.write("large", string(large))
	r.commit("one")
	copy(large[1<<20:], random(rng, 3<<20/2))
	r.write("large", string(large))
	r.commit("two")
	r.check(Options{})
	r.check(Options{noMap: true})
	r.git("repack", "-adq", "--window-memory=0")
	r.write("loose", string(large[:4<<20]))
	r.commit("three")
	r.check(Options{})
	r.check(Options{noMap: true})
	s := r.open(Options{MaxObjectBytes: 1 << 20})
	got := walkAll(t, s, WalkOptions{})
	if len(got.bad) != 3 {
		t.Errorf("%d objects are bad, want 3 that are too large: %v", len(got.bad), got.bad)
	}
	for id, err := range got.bad {
		if e, ok := errors.AsType[*TooLargeError](err); !ok || e.OID != id || e.Type != Blob || e.Size < 4<<20 {
			t.Errorf("%s: %v", id, err)
		}
		if _, err := s.Read(id, nil); !tooLarge(err) {
			t.Errorf("Read(%s): %v", id, err)
		}
	}
	if len(walkAll(t, s, WalkOptions{Types: []Type{Commit}}).bad) > 0 {
		t.Error("large blobs are told to be bad though only commits are wanted")
	}
}

// TestMappedFilesComeBack has the system drop the pages of all mapped files.
func TestMappedFilesComeBack(t *testing.T) {
	r := packedRepo(t, 30, 62)
	truth := r.truth()
	s := r.open(Options{})
	r.checkWalk(s, truth, 1)
	for _, p := range s.packs {
		if p.data != nil {
			unload(p.data)
			unload(p.idxFile.data)
		}
	}
	r.checkWalk(s, truth, 2)
}
