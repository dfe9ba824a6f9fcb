package gitpack

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAlsoBorrowsFromMoreDirectories: their objects, and those of their
// alternates, count like the store's own.
func TestAlsoBorrowsFromMoreDirectories(t *testing.T) {
	dir := t.TempDir()
	git := func(in string, args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		cmd.Stdin = strings.NewReader(in)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	var ids []OID
	for _, name := range []string{"own", "quarantine", "behind"} {
		git("", "init", "-q", "--bare", name)
		id, err := SHA1.Parse(git(name, "--git-dir", name, "hash-object", "-w", "--stdin"))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	at := func(name string) string { return filepath.Join(dir, name, "objects") }
	if err := os.WriteFile(filepath.Join(at("quarantine"), "info", "alternates"), []byte(at("behind")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "own", "HEAD")
	s, err := Open(at("own"), SHA1, Options{Also: []string{at("quarantine"), at("own"), at("gone"), file}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, id := range ids {
		if _, err := s.Read(id, nil); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if problems := s.Problems(); len(problems) != 1 || problems[0].Path != file {
		t.Errorf("problems %v, want one of %s", problems, file)
	}
}

// TestIndexedLeavesOutPacksThatAreBeingWritten: whose bytes would all have to be
// read, and which end too early.
func TestIndexedLeavesOutPacksThatAreBeingWritten(t *testing.T) {
	dir := t.TempDir()
	pack := filepath.Join(dir, "pack")
	if err := os.Mkdir(pack, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tmp_pack_x", "pack-1.pack"} {
		if err := os.WriteFile(filepath.Join(pack, name), []byte("PACK\x00\x00\x00\x02\x00\x00\x00\x09cut"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for indexed, want := range map[bool]bool{false: true, true: false} {
		s, err := Open(dir, SHA1, Options{Indexed: indexed})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Problems(); len(got) > 0 != want {
			t.Errorf("indexed %t: problems %v, want some: %t", indexed, got, want)
		}
		s.Close()
	}
}
