package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A sandbox is a folder in which git runs alike everywhere.
type sandbox struct {
	testing.TB
	dir string
}

func newSandbox(t testing.TB) sandbox {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return sandbox{t, dir}
}

func (s sandbox) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// git runs git in a folder of the sandbox and returns what it prints.
func (s sandbox) git(in string, args ...string) string {
	s.Helper()
	out, err := s.try(in, args...)
	if err != nil {
		s.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return out
}

func (s sandbox) try(in string, args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = s.path(in)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=A U Thor", "GIT_AUTHOR_EMAIL=author@example.com", "GIT_AUTHOR_DATE=1700000000 +0100",
		"GIT_COMMITTER_NAME=C O Mitter", "GIT_COMMITTER_EMAIL=committer@example.com", "GIT_COMMITTER_DATE=1700000001 -0330",
		"GIT_ALLOW_PROTOCOL=file", "LC_ALL=C",
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s sandbox) write(name, text string) {
	s.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o777); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(text), 0o666); err != nil {
		s.Fatal(err)
	}
}

func (s sandbox) read(name string) string {
	s.Helper()
	text, err := os.ReadFile(s.path(name))
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

func (s sandbox) open(name string) *Repo {
	s.Helper()
	r, err := Open(s.path(name))
	if err != nil {
		s.Fatalf("Open %s: %v", name, err)
	}
	s.Cleanup(func() { _ = r.Close() })
	return r
}

// fill makes a repository with a few commits, branches, tags, a stash, notes
// and a linked worktree.
func (s sandbox) fill(name string, init ...string) {
	s.Helper()
	s.git(".", append([]string{"init", "-q", "-b", "main", name}, init...)...)
	for i := range 3 {
		s.write(fmt.Sprintf("%s/dir/file%d", name, i), fmt.Sprint("content ", i))
		s.write(name+"/top", fmt.Sprint("top ", i))
		s.git(name, "add", ".")
		s.git(name, "commit", "-q", "-m", fmt.Sprint("commit ", i))
	}
	s.git(name, "tag", "-a", "-m", "annotated", "v1", "HEAD~1")
	s.git(name, "tag", "light")
	s.git(name, "branch", "feature/x", "HEAD~2")
	s.git(name, "notes", "add", "-m", "a note")
	s.git(name, "symbolic-ref", "refs/heads/alias", "refs/heads/feature/x")
	s.write(name+"/top", "stashed")
	s.git(name, "stash", "-q")
	s.write(name+"/top", "stashed again")
	s.git(name, "stash", "-q")
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

func fields(out string) []string {
	return strings.FieldsFunc(out, func(c rune) bool { return c == '\n' })
}

// equal compares lists line by line.
func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestOpenFindsWhatGitFinds(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	s.git(".", "clone", "-q", "--bare", "work", "bare.git")
	s.git("work", "worktree", "add", "-q", "../linked", "feature/x")
	s.git(".", "init", "-q", "--separate-git-dir", "apart.git", "apart")
	s.git("work", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../bare.git", "sub/module")
	s.git(".", "init", "-q", "elsewhere")
	s.git("elsewhere", "config", "core.worktree", "../../work/dir")
	s.write("plain/file", "")
	s.write("work/empty/.git/x", "")
	s.git("bare.git", "worktree", "add", "-q", "../linked-to-bare", "main")
	for _, path := range []string{
		"work", "work/dir", "work/.git", "work/.git/refs/heads", "bare.git", "bare.git/refs", "linked", "linked/dir", "apart",
		"apart.git", "work/sub/module", "work/.git/modules/sub/module", "work/.git/worktrees/linked", "elsewhere", "work/empty",
		"linked-to-bare", "plain",
	} {
		out, err := s.try(path, "rev-parse", "--absolute-git-dir", "--git-common-dir", "--is-bare-repository")
		r, got := Open(s.path(path))
		if err != nil {
			if !errors.Is(got, ErrNotRepository) || !strings.Contains(got.Error(), path) {
				t.Errorf("Open %s: got %v, want %v", path, got, ErrNotRepository)
			}
			continue
		}
		if got != nil {
			t.Errorf("Open %s: %v", path, got)
			continue
		}
		want := fields(out)
		if !filepath.IsAbs(want[1]) {
			want[1] = filepath.Join(s.path(path), want[1])
		}
		tree, err := s.try(path, "rev-parse", "--show-toplevel")
		if tree = strings.TrimSpace(tree); err != nil {
			tree = ""
		}
		// Inside a git folder git knows no work tree, but we may.
		if tree == "" && r.WorkTree != "" && strings.Contains(path, ".git") {
			tree, want[2] = r.WorkTree, fmt.Sprint(r.Bare)
		}
		equal(t, path, []string{r.GitDir, r.CommonDir, fmt.Sprint(r.Bare), r.WorkTree}, append(want, tree))
		_ = r.Close()
	}
}

func TestOpenFollowsPointers(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	s.git("work", "worktree", "add", "-q", "../linked", "feature/x")
	r := s.open("linked/.git")
	if want := s.path("work/.git/worktrees/linked"); r.GitDir != want || r.WorkTree != s.path("linked") || !r.Linked() {
		t.Errorf("got %+v, want the git folder %s", r, want)
	}
	if err := os.Symlink(s.path("work/dir"), s.path("link")); err != nil {
		t.Skip(err)
	}
	if r := s.open("link"); r.GitDir != s.path("work/.git") {
		t.Errorf("got %+v", r)
	}
}

func TestOpenRefusesWhatIsDamaged(t *testing.T) {
	s := newSandbox(t)
	s.git(".", "init", "-q")
	for name, files := range map[string]map[string]string{
		"no head":     {".git/objects/x": "", ".git/refs/x": ""},
		"bad head":    {".git/HEAD": "what?", ".git/objects/x": "", ".git/refs/x": ""},
		"no objects":  {".git/HEAD": "ref: refs/heads/main\n", ".git/refs/x": ""},
		"bad pointer": {".git": "gitdir: nowhere\n"},
		"no pointer":  {".git": "something"},
	} {
		for file, text := range files {
			s.write(name+"/"+file, text)
		}
		if r, err := Open(s.path(name)); err == nil {
			t.Errorf("%s: got %+v, want an error, not the repository around it", name, r)
		}
	}
	if _, err := Open(s.path("does/not/exist")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestFilesListsWhatElseThereIs(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	s.git("work", "worktree", "add", "-q", "../linked", "feature/x")
	s.git("work", "config", "index.version", "4")
	s.git("work", "update-index", "--split-index")
	s.git("work", "pack-refs", "--all")
	s.write("linked/new", "")
	s.write("work/.git/hooks/post-commit", "#!/bin/sh\n")
	s.write("work/.git/hooks/pre-push.sample", "#!/bin/sh\n")
	s.write("work/.git/rebase-merge/message", "m")
	s.write("work/.git/worktrees/linked/MERGE_MSG", "m")
	s.write("work/.git/rr-cache/0123/preimage", "p")
	s.write("work/.git/lfs/objects/ab/cd", "big")
	s.write("work/.git/info/attributes", "* -diff\n")
	if err := os.Symlink(s.path("work/top"), s.path("work/.git/TAG_EDITMSG")); err != nil {
		t.Skip(err)
	}
	r := s.open("work")
	files, err := r.Files()
	var got []string
	for _, f := range files {
		if f.Name == "hooks/post-commit" || !strings.HasPrefix(f.Name, "hooks/") {
			got = append(got, f.Name)
		}
		file, err := r.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(file)
		file.Close()
		if err != nil || int64(len(text)) != f.Size {
			t.Errorf("%s: %d bytes of %d, %v", f.Name, len(text), f.Size, err)
		}
		if strings.HasSuffix(f.Name, ".sample") {
			t.Errorf("%s is listed", f.Name)
		}
	}
	equal(t, "files", sorted(got), []string{
		"COMMIT_EDITMSG", "HEAD", "ORIG_HEAD", "config", "description", "hooks/post-commit", "info/attributes",
		"info/exclude", "packed-refs", "rebase-merge/message", "rr-cache/0123/preimage", "worktrees/linked/HEAD",
		"worktrees/linked/MERGE_MSG", "worktrees/linked/ORIG_HEAD", "worktrees/linked/commondir", "worktrees/linked/gitdir",
	})
	problems := ProblemsOf(err)
	if len(problems) != 1 || !errors.Is(problems[0], ErrOutside) || problems[0].Path != s.path("work/.git/TAG_EDITMSG") {
		t.Errorf("got %v, want that the link leads outside", err)
	}
	if r.LFSDir() != s.path("work/.git/lfs/objects") {
		t.Errorf("got %q", r.LFSDir())
	}
}

func TestSubmodulesAreListed(t *testing.T) {
	s := newSandbox(t)
	s.fill("inner")
	s.fill("work")
	add := func(in, name string) {
		s.git(in, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", s.path("inner"), name)
	}
	add("work", "plain")
	add("work", "with/slash")
	s.git("work", "commit", "-q", "-m", "submodules")
	s.git("work", "worktree", "add", "-q", "../linked")
	s.git("linked", "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "plain")
	r := s.open("work")
	list, err := r.Submodules()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, m.Name)
		inner, err := Open(m.GitDir)
		if err != nil || inner.GitDir != m.GitDir {
			t.Fatalf("%+v: %v", m, err)
		}
	}
	equal(t, "submodules", got, []string{"plain", "with/slash", "worktrees/linked/plain"})
	if sub := s.open("work/with/slash"); sub.WorkTree != s.path("work/with/slash") {
		t.Errorf("got %q", sub.WorkTree)
	}
}
