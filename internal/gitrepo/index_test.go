package gitrepo

import (
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// staged shows entries as git ls-files --stage does.
func staged(entries []IndexEntry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, fmt.Sprintf("%06o %s %d\t%s", e.Mode, e.OID, e.Stage, e.Path))
	}
	return out
}

func (s sandbox) compareIndex(in, what string, args ...string) Index {
	s.Helper()
	r := s.open(in)
	x, err := r.Index()
	if err != nil {
		s.Errorf("%s: %v", what, err)
	}
	out := s.git(in, append([]string{"ls-files", "--stage", "-z"}, args...)...)
	equal(s, what, staged(x.Entries), strings.FieldsFunc(out, func(c rune) bool { return c == 0 }))
	return x
}

// conflict makes a merge conflict in a repository made by fill.
func (s sandbox) conflict(in string) {
	s.git(in, "checkout", "-q", "-b", "theirs", "v1")
	s.write(in+"/top", "theirs")
	s.git(in, "commit", "-q", "-a", "-m", "theirs")
	if out, err := s.try(in, "merge", "-q", "main"); err == nil {
		s.Fatalf("no conflict: %s", out)
	}
}

func TestIndexIsThatOfGit(t *testing.T) {
	for _, format := range []string{SHA1, SHA256} {
		t.Run(format, func(t *testing.T) {
			s := newSandbox(t)
			s.fill("work", "--object-format="+format)
			for _, name := range []string{"é \t\"x", strings.Repeat("d/", 60) + "deep", "a", strings.Repeat("n", 200), "zz/" + strings.Repeat("o", 250)} {
				s.write("work/"+name, name)
			}
			s.git("work", "add", ".")
			for _, version := range []int{2, 4, 3} {
				if version == 3 {
					s.write("work/later", "x")
					s.git("work", "add", "--intent-to-add", "later")
					s.git("work", "update-index", "--skip-worktree", "top")
					s.git("work", "update-index", "--index-version", "3")
				} else {
					s.git("work", "update-index", "--index-version", fmt.Sprint(version))
				}
				if x := s.compareIndex("work", fmt.Sprint("version ", version)); x.Version != version {
					t.Errorf("got version %d, want %d", x.Version, version)
				}
			}
			x := s.compareIndex("work", "flags")
			for _, e := range x.Entries {
				if e.IntentToAdd != (e.Path == "later") || e.SkipWorktree != (e.Path == "top") {
					t.Errorf("got %+v", e)
				}
			}
			s.git("work", "update-index", "--index-version", "4")
			s.git("work", "-c", "index.threads=4", "update-index", "--force-write-index")
			s.compareIndex("work", "version 4 with flags")
			s.git("work", "rm", "-q", "--cached", "later")
			s.git("work", "update-index", "--no-skip-worktree", "top")
			s.git("work", "commit", "-q", "-m", "more")
			s.conflict("work")
			x = s.compareIndex("work", "conflict")
			stages := slices.DeleteFunc(slices.Clone(x.Entries), func(e IndexEntry) bool { return e.Stage == 0 })
			if len(stages) != 3 {
				t.Errorf("got %+v", stages)
			}
			s.write("work/top", "resolved")
			s.git("work", "add", "top")
			x = s.compareIndex("work", "resolved")
			if !slices.Equal(staged(x.Undo), staged(stages)) {
				t.Errorf("got %v, want %v", x.Undo, stages)
			}
		})
	}
}

func TestSplitIndexIsThatOfGit(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	for i := range 300 {
		s.write(fmt.Sprintf("work/many/%d", i), fmt.Sprint(i))
	}
	s.git("work", "add", ".")
	s.git("work", "config", "splitIndex.maxPercentChange", "100")
	s.git("work", "update-index", "--split-index")
	s.compareIndex("work", "split")
	s.git("work", "rm", "-q", "--cached", "many/7", "many/70", "many/71", "many/299")
	s.write("work/many/100", "changed")
	s.write("work/many/1000", "added")
	s.write("work/first", "added")
	s.git("work", "add", "many/100", "many/1000", "first")
	s.compareIndex("work", "split and changed")
	if matches := s.read("work/.git/index"); !strings.Contains(matches, "link") {
		t.Error("the index is not split")
	}
	s.git("work", "rm", "-q", "-r", "--cached", "many")
	s.compareIndex("work", "split and emptied")
	s.git("work", "worktree", "add", "-q", "../linked")
	s.git("linked", "update-index", "--split-index")
	s.write("linked/more", "more")
	s.git("linked", "add", "more")
	s.compareIndex("linked", "split in a worktree")
	list, err := s.open("work").Indexes()
	if err != nil || len(list) != 2 || list[0].Worktree != "" || list[1].Worktree != "linked" {
		t.Errorf("got %d, %v", len(list), err)
	}

	shared := fields(s.git("work", "rev-parse", "--shared-index-path"))
	if err := os.Remove(s.path("work/" + shared[0])); err != nil {
		t.Fatal(err)
	}
	if _, err := s.open("work").Index(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the shared index is missing", err)
	}
}

func TestSparseIndexIsThatOfGit(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	s.write("work/other/deep/file", "x")
	s.git("work", "add", "other")
	s.git("work", "commit", "-q", "-m", "other")
	s.git("work", "sparse-checkout", "set", "--cone", "--sparse-index", "dir")
	x := s.compareIndex("work", "sparse", "--sparse")
	i := slices.IndexFunc(x.Entries, func(e IndexEntry) bool { return e.SparseDir })
	if i < 0 || x.Entries[i].Path != "other/" {
		t.Errorf("got %+v, want a folder", x.Entries)
	}
}

func TestDamagedIndexIsReported(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	whole := s.read("work/.git/index")
	entries, _ := s.open("work").Index()
	for name, data := range map[string]string{
		"empty":     "",
		"flipped":   whole[:40] + "\xff" + whole[41:],
		"cut":       whole[:len(whole)-60],
		"version 5": "DIRC\x00\x00\x00\x05" + whole[8:],
		"count":     whole[:8] + "\xff\xff\xff\xff" + whole[12:],
		"mandatory": resum(whole[:len(whole)-20] + "xtra\x00\x00\x00\x00"),
	} {
		s.write("work/.git/index", data)
		got, err := s.open("work").Index()
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
		if unsupported := name == "version 5" || name == "mandatory"; unsupported != errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: got %v", name, err)
		}
		if name == "mandatory" && len(got.Entries) != len(entries.Entries) {
			t.Errorf("%s: got %d entries, want %d", name, len(got.Entries), len(entries.Entries))
		}
	}
	s.write("work/.git/index", resum(whole[:len(whole)-20]+"XTRA\x00\x00\x00\x00"))
	if _, err := s.open("work").Index(); err != nil {
		t.Errorf("an optional extension: %v", err)
	}
	s.write("work/.git/index", whole[:len(whole)-20]+strings.Repeat("\x00", 20))
	if _, err := s.open("work").Index(); err != nil {
		t.Errorf("without a checksum: %v", err)
	}
	if err := os.Remove(s.path("work/.git/index")); err != nil {
		t.Fatal(err)
	}
	if list, err := s.open("work").Indexes(); err != nil || len(list) != 0 {
		t.Errorf("got %v, %v", list, err)
	}
}

func resum(body string) string {
	sum := sha1.Sum([]byte(body))
	return body + string(sum[:])
}

// TestShortNamesTakeBoundedMemory: a chain of long names in version 4 would
// take memory that is quadratic in the file.
func TestShortNamesTakeBoundedMemory(t *testing.T) {
	entry := strings.Repeat("\x00", 62)
	body := "DIRC\x00\x00\x00\x04\x00\x00\xff\xff" + entry + "\x00" + strings.Repeat("n", maxName) + "\x00"
	body += strings.Repeat(entry+"\x00\x00", 0xfffe)
	raw, err := parseIndex([]byte(resum(body)), SHA1)
	total := 0
	for _, e := range raw.entries {
		total += len(e.Path)
	}
	if !errors.Is(err, ErrTooLarge) || total > 20*len(body) {
		t.Errorf("got %d bytes of names from %d, %v", total, len(body), err)
	}
}

// TestBitmapsOfRunsAndWords builds compressed bitmaps in a slow and obvious way.
func TestBitmapsOfRunsAndWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var want []int
		var words []byte
		at := 0
		for range rng.IntN(6) {
			ones, run, literals := rng.IntN(2), rng.IntN(4), rng.IntN(4)
			words = binary.BigEndian.AppendUint64(words, uint64(ones)|uint64(run)<<1|uint64(literals)<<33)
			for range run * 64 {
				if ones == 1 {
					want = append(want, at)
				}
				at++
			}
			for range literals {
				word := rng.Uint64() & rng.Uint64()
				words = binary.BigEndian.AppendUint64(words, word)
				for bit := range 64 {
					if word>>bit&1 == 1 {
						want = append(want, at)
					}
					at++
				}
			}
		}
		data := binary.BigEndian.AppendUint32(nil, uint32(at))
		data = binary.BigEndian.AppendUint32(data, uint32(len(words)/8))
		data = append(append(data, words...), 0, 0, 0, 0, 'x')
		got, rest, err := parseEWAH(data)
		if err != nil || string(rest) != "x" || !slices.Equal(slices.Collect(got.all()), want) {
			t.Fatalf("got %v, %q, %v, want %v", got, rest, err, want)
		}
	}
}

func FuzzIndex(f *testing.F) {
	s := newSandbox(f)
	s.fill("work")
	for _, version := range []string{"2", "4"} {
		s.git("work", "update-index", "--index-version", version)
		f.Add([]byte(s.read("work/.git/index")))
	}
	s.git("work", "update-index", "--split-index")
	s.write("work/new", "x")
	s.git("work", "add", "new")
	f.Add([]byte(s.read("work/.git/index")))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []string{SHA1, SHA256} {
			raw, err := parseIndex(data, format)
			if err == nil && raw.link != nil {
				_, _ = raw.link.merge(raw.entries, raw.entries)
			}
			for _, e := range raw.entries {
				if len(e.OID) != 40 && len(e.OID) != 64 {
					t.Errorf("got %+v", e)
				}
			}
		}
	})
}
