package git_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/sources/git"
)

func TestSnapshotGivesTheFilesOfACommit(t *testing.T) {
	r := newRepo(t)
	r.write("a.txt", "first\n")
	r.write("in/deep/b.txt", "deep\n")
	r.git("config", "core.symlinks", "true")
	r.git("update-index", "--add", "--cacheinfo", "120000,"+r.stdin("/etc/passwd", "hash-object", "-w", "--stdin")+",link")
	first := r.commit("first")
	r.write("a.txt", "second\n")
	r.write("large", strings.Repeat("x", 17<<20))
	r.commit("second")
	r.write("a.txt", "not committed\n")
	for _, c := range []struct{ rev, name, want string }{
		{"HEAD", "a.txt", "second\n"},
		{first, "a.txt", "first\n"},
		{"HEAD~1", "in/deep/b.txt", "deep\n"},
		{"HEAD", "in", ""},
		{first, "link", ""},
		{"HEAD", "in/deep/b.txt/c", ""},
		{"HEAD", "../a.txt", ""},
		{"HEAD", "", ""},
		{first, "large", ""},
	} {
		s, err := git.OpenSnapshot(r.dir, c.rev)
		if err != nil {
			t.Fatal(err)
		}
		text, err := s.ReadFile(c.name)
		if string(text) != c.want || (c.want == "") != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s:%s: %q, %v, want %q", c.rev, c.name, text, err, c.want)
		}
		if _, err := s.ReadFile("large"); c.rev == "HEAD" && (err == nil || errors.Is(err, fs.ErrNotExist)) {
			t.Errorf("a large file: %v", err)
		}
		s.Close()
	}
	if _, err := git.OpenSnapshot(r.dir, "nowhere"); err == nil {
		t.Error("opened a revision that is not there")
	}
}

func TestSnapshotBeforeTheFirstCommitHasNoFiles(t *testing.T) {
	s, err := git.OpenSnapshot(newRepo(t).dir, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReadFile("a.txt"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
