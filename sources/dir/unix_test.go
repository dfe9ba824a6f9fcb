//go:build unix

package dir

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

func TestSpecialFilesAreNotOpened(t *testing.T) {
	root := tree(t, map[string]string{"a": "a"})
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	content, skips, _ := scan(t, Options{})
	wantPaths(t, content, "a")
	if skips["pipe"] != mudlark.Special || len(skips) != 1 {
		t.Errorf("skips %v", skips)
	}
	_, skips, _ = scan(t, Options{Paths: []string{"pipe"}})
	if skips["pipe"] != mudlark.Special {
		t.Errorf("as a target: skips %v", skips)
	}
	// What has become a pipe since it was listed is not waited for.
	h, err := openHandle(root)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	rd := reader{source: &Source{}, ctx: context.Background(), yield: func(_ mudlark.Chunk, err error) error { return err }}
	var skip *mudlark.Skip
	if err := rd.file(mudlark.Origin{}, item{in: &folder{handle: h}, name: "pipe"}); !errors.As(err, &skip) || skip.Reason != mudlark.Special {
		t.Errorf("a pipe opened as a file: %v", err)
	}
}

func TestUnreadableFiles(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	root := tree(t, map[string]string{"a": "a", "secret": "s", "locked/b": "b"})
	_ = os.Chmod(filepath.Join(root, "secret"), 0)
	_ = os.Chmod(filepath.Join(root, "locked"), 0)
	defer os.Chmod(filepath.Join(root, "locked"), fs.FileMode(0o755))
	content, skips, _ := scan(t, Options{})
	wantPaths(t, content, "a")
	if skips["secret"] != mudlark.Unreadable || skips["locked"] != mudlark.Unreadable || len(skips) != 2 {
		t.Errorf("skips %v", skips)
	}
}

// TestFileReplacedByALink replaces files by links to the outside while the scan
// runs.
func TestFileReplacedByALink(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, map[string]string{"secret": "outside", "dir/secret": "outside"})
	root := tree(t, map[string]string{"0first": "first", "victim": "inside", "zdir/secret": "inside"})
	src, err := new(Options).Open(context.Background(), mudlark.Env{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	var skipped []string
	err = src.Chunks(context.Background(), func(c mudlark.Chunk, err error) error {
		once.Do(func() {
			for path, to := range map[string]string{"victim": "secret", "zdir": "dir"} {
				_ = os.RemoveAll(filepath.Join(root, path))
				_ = os.Symlink(filepath.Join(outside, to), filepath.Join(root, path))
			}
		})
		if err != nil {
			skipped = append(skipped, c.Origin.Path)
		}
		if string(c.Data) == "outside" {
			t.Errorf("%s leads outside", c.Origin.Path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(skipped) == 0 {
		t.Error("what was replaced is not told")
	}
}
