package gitrepo

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// problemAt returns the problem with a file, nil if there is none.
func problemAt(err error, path string) error {
	for _, p := range ProblemsOf(err) {
		if p.Path == path {
			return p.Err
		}
	}
	return nil
}

// TestPipesAreNotWaitedFor: nobody will ever write to them.
func TestPipesAreNotWaitedFor(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	for _, name := range []string{"config.worktree", "refs/heads/pipe", "logs/pipe", "packed-refs", "shallow", "description2"} {
		if err := exec.Command("mkfifo", s.path("work/.git/"+name)).Run(); err != nil {
			t.Skip(err)
		}
	}
	s.git("work", "config", "extensions.worktreeConfig", "true")
	r := s.open("work")
	_, configErr := r.Config()
	_, refsErr := r.Refs()
	_, logsErr := r.Reflogs()
	_, shallowErr := r.Shallow()
	_, filesErr := r.Files()
	for name, err := range map[string]error{
		"config.worktree": configErr, "refs/heads/pipe": refsErr, "packed-refs": refsErr, "logs/pipe": logsErr, "shallow": shallowErr,
		"description2": filesErr,
	} {
		if got := problemAt(err, s.path("work/.git/"+name)); !errors.Is(got, ErrSpecial) {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if err := os.Remove(s.path("work/.git/HEAD")); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("mkfifo", s.path("work/.git/HEAD")).Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.path("work")); !errors.Is(err, ErrSpecial) {
		t.Errorf("got %v", err)
	}
}

// TestLinksAreNotFollowedOut: each leads to a file or folder that must not be
// read.
func TestLinksAreNotFollowedOut(t *testing.T) {
	s := newSandbox(t)
	s.fill("work")
	id := strings.TrimSpace(s.git("work", "rev-parse", "HEAD"))
	s.write("outside/secret", id+"\n")
	s.write("outside/HEAD", "ref: refs/heads/x\n")
	for _, name := range []string{"logs/dir", "worktrees", "refs/heads/dir", "custom"} {
		if err := os.Symlink(s.path("outside"), s.path("work/.git/"+name)); err != nil {
			t.Skip(err)
		}
	}
	for _, name := range []string{"MERGE_MSG", "FETCH_HEAD", "shallow", "refs/heads/file", "logs/file"} {
		target := strings.Repeat("../", 2+strings.Count(name, "/")) + "outside/secret"
		if err := os.Symlink(target, s.path("work/.git/"+name)); err != nil {
			t.Skip(err)
		}
	}
	r := s.open("work")
	refs, refsErr := r.Refs()
	logs, logsErr := r.Reflogs()
	_, shallowErr := r.Shallow()
	files, filesErr := r.Files()
	for name, err := range map[string]error{
		"refs/heads/dir": refsErr, "refs/heads/file": refsErr, "FETCH_HEAD": refsErr, "worktrees": refsErr, "logs/dir": logsErr,
		"logs/file": logsErr, "shallow": shallowErr, "custom": filesErr, "MERGE_MSG": filesErr,
	} {
		if got := problemAt(err, s.path("work/.git/"+name)); !errors.Is(got, ErrOutside) {
			t.Errorf("%s: got %v, of %v", name, got, err)
		}
	}
	for _, ref := range refs {
		if strings.Contains(ref.Name, "file") || strings.Contains(ref.Name, "dir") {
			t.Errorf("got %+v", ref)
		}
	}
	for _, log := range logs {
		if strings.Contains(log.Ref, "file") || strings.Contains(log.Ref, "dir") {
			t.Errorf("got %+v", log)
		}
	}
	for _, f := range files {
		if f.Name == "MERGE_MSG" || strings.HasPrefix(f.Name, "custom") {
			t.Errorf("got %+v", f)
		}
	}
}
