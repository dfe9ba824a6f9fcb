package gitrepo

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// list shows refs below "refs/" as git for-each-ref does.
func list(refs []Ref) []string {
	var out []string
	for _, ref := range refs {
		if strings.HasPrefix(ref.Name, "refs/") && ref.Target != "" {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", ref.Target, ref.Name, ref.Symbolic)))
		}
	}
	return out
}

func find(refs []Ref, name string) (found []Ref) {
	for _, ref := range refs {
		if ref.Name == name {
			found = append(found, ref)
		}
	}
	return found
}

const forEach = "--format=%(objectname) %(refname) %(symref)"

func (s sandbox) compareRefs(in string) []Ref {
	s.Helper()
	refs, err := s.open(in).Refs()
	if err != nil {
		s.Errorf("%s: %v", in, err)
	}
	var want []string
	for _, line := range fields(s.git(in, "for-each-ref", forEach)) {
		want = append(want, strings.TrimSpace(line))
	}
	equal(s, in, list(refs), want)
	return refs
}

func TestRefsAreThoseOfGit(t *testing.T) {
	for _, format := range []string{SHA1, SHA256} {
		t.Run(format, func(t *testing.T) {
			s := newSandbox(t)
			s.fill("work", "--object-format="+format)
			if r := s.open("work"); r.ObjectFormat != format || len(r.Unsupported()) > 0 {
				t.Errorf("got %q, %v", r.ObjectFormat, r.Unsupported())
			}
			s.compareRefs("work")
			s.git("work", "pack-refs", "--all")
			s.git("work", "branch", "-f", "feature/x", "HEAD~1") // hides the packed one
			s.git("work", "branch", "later")
			s.git("work", "tag", "-d", "light")
			refs := s.compareRefs("work")
			if got := find(refs, "refs/tags/v1")[0].Peeled; got != strings.TrimSpace(s.git("work", "rev-parse", "v1^{}")) {
				t.Errorf("v1 is peeled to %q", got)
			}
			s.git("work", "worktree", "add", "-q", "-b", "branch/of/linked", "../linked")
			s.git("linked", "update-ref", "refs/worktree/mine", "HEAD~1")
			s.git("work", "update-ref", "refs/bisect/good", "HEAD~2")
			s.compareRefs("work")
			s.compareRefs("linked")
			refs, _ = s.open("work").Refs()
			for _, name := range []string{"HEAD", "worktrees/linked/HEAD", "worktrees/linked/refs/worktree/mine", "ORIG_HEAD"} {
				got := find(refs, name)
				if want := strings.TrimSpace(s.git("work", "rev-parse", name)); len(got) != 1 || got[0].Target != want {
					t.Errorf("%s: got %v, want %s", name, got, want)
				}
			}
			refs, _ = s.open("linked").Refs()
			for _, name := range []string{"HEAD", "main-worktree/HEAD", "main-worktree/refs/bisect/good"} {
				got := find(refs, name)
				if want := strings.TrimSpace(s.git("linked", "rev-parse", name)); len(got) != 1 || got[0].Target != want {
					t.Errorf("%s: got %v, want %s", name, got, want)
				}
			}
		})
	}
}

func TestRefsOfAnEmptyRepository(t *testing.T) {
	s := newSandbox(t)
	s.git(".", "init", "-q", "-b", "main", "work")
	refs, err := s.open("work").Refs()
	if err != nil || len(refs) != 1 || refs[0] != (Ref{Name: "HEAD", Symbolic: "refs/heads/main"}) {
		t.Errorf("got %+v, %v", refs, err)
	}
	if _, err := s.open("work").Resolve("HEAD"); !errors.Is(err, ErrUnknownRevision) {
		t.Errorf("got %v", err)
	}
}

func TestFetchHeadGivesARefForEachLine(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	s.git(".", "clone", "-q", "work", "clone")
	s.git("clone", "fetch", "-q", s.path("work"), "main", "feature/x", "v1")
	refs := find(s.compareRefs("clone"), "FETCH_HEAD")
	var got []string
	for _, ref := range refs {
		got = append(got, ref.Target+" "+ref.Note)
	}
	var want []string
	for _, line := range fields(s.read("clone/.git/FETCH_HEAD")) {
		id, note, _ := strings.Cut(line, "\t")
		want = append(want, id+" "+strings.TrimPrefix(note, "\t"))
	}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "\t", " ")
	}
	equal(t, "FETCH_HEAD", got, want)
}

func TestBrokenRefsAreReported(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	id := strings.TrimSpace(s.git("work", "rev-parse", "HEAD"))
	for name, text := range map[string]string{
		"empty": "", "zeros": strings.Repeat("0", 40) + "\n", "short": id[:39], "long": id + "0", "words": "hello\n",
		"nothing": "ref: \n", "circle1": "ref: refs/heads/circle2\n", "circle2": "ref: refs/heads/circle1\n",
	} {
		s.write("work/.git/refs/heads/"+name, text)
	}
	s.write("work/.git/refs/heads/good", id+" and more\n")
	s.write("work/.git/refs/heads/dangling", "ref: refs/heads/nowhere\n")
	s.write("work/.git/refs/heads/some.lock", "")
	s.write("work/.git/MERGE_HEAD", id+"\nnonsense\n")
	s.write("work/.git/CUSTOM", id+"\n")
	s.write("work/.git/OTHER", "no ref\n")
	s.write("outside", id)
	outside := 0
	if os.Symlink(s.path("outside"), s.path("work/.git/refs/heads/outside")) == nil {
		outside = 1
	}
	if err := os.Symlink("refs/heads/main", s.path("work/.git/refs/heads/old-style")); err != nil {
		t.Skip(err)
	}
	r := s.open("work")
	refs, err := r.Refs()
	broken := map[string]bool{}
	for _, p := range ProblemsOf(err) {
		broken[strings.TrimPrefix(p.Path, s.path("work/.git")+"/")] = true
	}
	for _, name := range []string{"empty", "zeros", "short", "long", "words", "nothing", "circle1", "circle2"} {
		if !broken["refs/heads/"+name] {
			t.Errorf("%s is not reported: %v", name, err)
		}
		if _, err := r.Resolve(name); err == nil || errors.Is(err, ErrUnknownRevision) {
			t.Errorf("Resolve %s: %v", name, err)
		}
	}
	if len(broken) != 9+outside || !broken["MERGE_HEAD"] {
		t.Errorf("got %d problems: %v", len(broken), broken)
	}
	for name, want := range map[string]string{
		"refs/heads/good": id, "refs/heads/dangling": "", "CUSTOM": id, "MERGE_HEAD": id, "refs/heads/old-style": id,
	} {
		if got := find(refs, name); len(got) != 1 || got[0].Target != want {
			t.Errorf("%s: got %v, want %s", name, got, want)
		}
	}
}

func TestDamagedPackedRefsGiveTheRest(t *testing.T) {
	a, b := strings.Repeat("a", 40), strings.Repeat("b", 40)
	r := &Repo{ObjectFormat: SHA1}
	refs, problems := r.parsePacked([]byte("# pack-refs with: peeled \n^" + a + "\n" + a + " refs/tags/z\n^" + b + "\n\n" + a +
		"  \nhello\n" + a + "\n" + b + " refs/heads/a"))
	if len(refs) != 3 || refs[1].Name != "refs/heads/a" || refs[2].Name != "refs/tags/z" || refs[2].Peeled != b || len(problems) != 4 {
		t.Errorf("got %+v, %v", refs, problems)
	}
}

func TestResolveFindsWhatRevParseFinds(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	s.git(".", "clone", "-q", "work", "clone")
	s.git("clone", "branch", "v1", "HEAD~1") // a tag of this name exists
	s.git("clone", "worktree", "add", "-q", "../linked", "-b", "b")
	for pass := range 2 {
		for _, in := range []string{"clone", "linked"} {
			r := s.open(in)
			for _, rev := range []string{
				"HEAD", "@", "main", "v1", "heads/v1", "tags/v1", "refs/heads/v1", "origin", "origin/main", "origin/feature/x", "light",
				"nothing", "refs/heads", "feature", "..", "", "a b", "worktrees/linked/HEAD", "main-worktree/HEAD", "config", "objects",
				strings.TrimSpace(s.git("clone", "rev-parse", "HEAD")), "refs/../HEAD", "FETCH_HEAD", "ORIG_HEAD",
			} {
				out, err := s.try(in, "-c", "core.warnAmbiguousRefs=false", "rev-parse", "--verify", "-q", rev)
				got, failed := r.Resolve(rev)
				if want := strings.TrimSpace(out); err == nil && got != want || err != nil && !errors.Is(failed, ErrUnknownRevision) {
					t.Errorf("%s, pass %d: Resolve %q: got %s, %v, want %s", in, pass, rev, got, failed, want)
				}
			}
		}
		s.git("clone", "pack-refs", "--all")
	}
	if got := s.open("clone").Symbolic("HEAD"); got != "refs/heads/main" {
		t.Errorf("HEAD is %q", got)
	}
}

func FuzzPackedRefs(f *testing.F) {
	f.Add([]byte("# pack-refs with: peeled fully-peeled sorted \n" + strings.Repeat("a", 40) + " refs/heads/x\n^" + strings.Repeat("b", 40) + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, format := range []string{SHA1, SHA256} {
			r := &Repo{ObjectFormat: format}
			refs, _ := r.parsePacked(text)
			for _, ref := range refs {
				if ref.Name == "" || len(ref.Target) != r.hexLen() || leadingHex(ref.Target) != len(ref.Target) {
					t.Errorf("got %+v", ref)
				}
			}
		}
	})
}
