package report

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func entries(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

func TestAReportAppearsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	must(t, os.WriteFile(path, []byte("old"), 0o640))

	f, err := Create(path)
	must(t, err)
	_, err = f.Write([]byte("half"))
	must(t, err)
	if content(t, path) != "old" {
		t.Error("the old report is gone before there is a new one")
	}
	must(t, f.Close())
	if got := entries(t, dir); got != "r.json" {
		t.Errorf("after giving up: %s", got)
	}

	f, err = Create(path)
	must(t, err)
	_, err = f.Write([]byte("new"))
	must(t, err)
	must(t, f.Commit())
	must(t, f.Commit())
	f.Abort()
	must(t, f.Close())
	if got := entries(t, dir); got != "r.json" || content(t, path) != "new" {
		t.Errorf("after Commit: %s, %q", got, content(t, path))
	}
}

func TestReportsAreForTheirOwner(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := t.TempDir()
	old := filepath.Join(dir, "old")
	must(t, os.WriteFile(old, nil, 0o600))
	must(t, os.Chmod(old, 0o644))
	for path, want := range map[string]os.FileMode{old: 0o644, filepath.Join(dir, "new"): 0o600} {
		f, err := Create(path)
		must(t, err)
		must(t, f.Commit())
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v", filepath.Base(path), info.Mode().Perm(), want)
		}
	}
}

func TestCreateSaysWhatMends(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		"":                                "name a file",
		dir:                               "this is a folder: name a file in it",
		filepath.Join(dir, "no", "r.txt"): "create it first",
	} {
		if _, err := Create(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", path, err, want)
		}
	}
	if got := entries(t, dir); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

func TestAReportIsNotWrittenThroughALink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	must(t, os.WriteFile(target, []byte("keep"), 0o600))
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	if _, err := Create(link); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("got %v", err)
	}
	dangling := filepath.Join(dir, "dangling")
	must(t, os.Symlink(filepath.Join(dir, "nowhere"), dangling))
	if _, err := Create(dangling); err == nil {
		t.Error("a dangling link is taken")
	}

	// A link that appears while the report is written is replaced, not followed.
	path := filepath.Join(dir, "late")
	f, err := Create(path)
	must(t, err)
	must(t, os.Symlink(target, path))
	_, err = f.Write([]byte("new"))
	must(t, err)
	must(t, f.Commit())
	if content(t, target) != "keep" || content(t, path) != "new" {
		t.Error("the report went through a link")
	}
}

func TestStandardOutputStaysOpen(t *testing.T) {
	f, err := Create("-")
	must(t, err)
	must(t, f.Commit())
	must(t, f.Close())
	if _, err := os.Stdout.Stat(); err != nil {
		t.Errorf("standard output is closed: %v", err)
	}
}
