package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNotRepository says that there is no repository at a path nor above it.
var ErrNotRepository = errors.New("not a git repository, nor inside one")

// place is where a repository was found.
type place struct {
	gitDir, commonDir string
	workTree          string // the folder that holds ".git", if there is one
}

// discover looks for a repository as git does (setup.c), with two differences:
// it crosses the borders of file systems, and it does not pass by a damaged
// repository to open one further up, which would be another one.
func discover(path string) (place, error) {
	fail := func(err error) (place, error) { return place{}, fmt.Errorf("opening repository %q: %w", path, err) }
	start, err := filepath.Abs(path)
	if err != nil {
		return fail(err)
	}
	if start, err = filepath.EvalSymlinks(start); err != nil {
		return fail(plain(err))
	}
	info, err := os.Stat(start)
	if err != nil {
		return fail(plain(err))
	}
	if !info.IsDir() {
		gitDir, err := readPointer(start)
		if err != nil {
			return fail(err)
		}
		return settle(path, gitDir, filepath.Dir(start))
	}
	for at := start; ; at = filepath.Dir(at) {
		dotGit := filepath.Join(at, ".git")
		info, err := os.Stat(dotGit)
		switch {
		case err == nil && info.Mode().IsRegular():
			gitDir, err := readPointer(dotGit)
			if err != nil {
				return fail(err)
			}
			return settle(path, gitDir, at)
		case err == nil && info.IsDir():
			why := notGitDir(dotGit)
			if why == nil {
				return settle(path, dotGit, at)
			}
			if hasRemains(dotGit) {
				return fail(fmt.Errorf("%s is not a whole repository: %w", dotGit, why))
			}
		case err != nil && !absent(err):
			return fail(err)
		}
		if notGitDir(at) == nil {
			workTree := ""
			if filepath.Base(at) == ".git" {
				workTree = filepath.Dir(at)
			}
			return settle(path, at, workTree)
		}
		if filepath.Dir(at) == at {
			return fail(ErrNotRepository)
		}
	}
}

// settle makes the paths of a place canonical.
func settle(path, gitDir, workTree string) (place, error) {
	fail := func(err error) (place, error) { return place{}, fmt.Errorf("opening repository %q: %w", path, err) }
	if why := notGitDir(gitDir); why != nil {
		return fail(fmt.Errorf("it points to %s: %w: %w", gitDir, ErrNotRepository, why))
	}
	gitDir, err := filepath.EvalSymlinks(gitDir)
	if err != nil {
		return fail(err)
	}
	common, err := commonDir(gitDir)
	if err != nil {
		return fail(err)
	}
	if common, err = filepath.EvalSymlinks(common); err != nil {
		return fail(err)
	}
	if common != gitDir && workTree == filepath.Dir(gitDir) {
		workTree = "" // a linked worktree's git folder, named itself: its files are elsewhere
	}
	if common != gitDir && workTree == "" {
		workTree = linkedPath(gitDir)
	}
	return place{gitDir, common, workTree}, nil
}

// notGitDir says why git would not take path for a git folder, nil if it would.
func notGitDir(path string) error {
	if err := checkHead(filepath.Join(path, "HEAD")); err != nil {
		return fmt.Errorf("HEAD: %w", err)
	}
	common, err := commonDir(path)
	if err != nil {
		return err
	}
	for _, name := range []string{"objects", "refs"} {
		info, err := os.Stat(filepath.Join(common, name))
		if err != nil {
			return fmt.Errorf("%s: %w", name, plain(err))
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", name)
		}
	}
	return nil
}

// checkHead reports whether a HEAD looks like one: a link or a line that names
// a ref, or an object id.
func checkHead(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return plain(err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		if err == nil && strings.HasPrefix(filepath.ToSlash(target), "refs/") {
			return nil
		}
	}
	text, err := readSmall(path)
	if err != nil {
		return err
	}
	if name, ok := bytes.CutPrefix(text, []byte("ref:")); ok {
		if bytes.HasPrefix(bytes.TrimLeft(name, " \t\r\n\v\f"), []byte("refs/")) {
			return nil
		}
		return corrupt("it names no ref")
	}
	if leadingHex(text) < 40 {
		return corrupt("neither the name of a ref nor an object id")
	}
	return nil
}

// commonDir returns the folder that a git folder shares with other worktrees.
func commonDir(gitDir string) (string, error) {
	text, err := readSmall(filepath.Join(gitDir, "commondir"))
	if absent(err) {
		return gitDir, nil
	}
	if err != nil {
		return "", fmt.Errorf("commondir: %w", err)
	}
	common := filepath.FromSlash(strings.TrimRight(string(text), "\r\n"))
	if !filepath.IsAbs(common) {
		common = filepath.Join(gitDir, common)
	}
	return common, nil
}

// readPointer reads a ".git" file, which holds the path of a git folder.
func readPointer(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", plain(err)
	}
	text, err := readSmall(real)
	if err != nil {
		return "", err
	}
	target, ok := strings.CutPrefix(string(text), "gitdir: ")
	target = strings.TrimRight(target, "\r\n")
	if !ok || target == "" {
		return "", fmt.Errorf("%s: %w: it should hold %q and the path of a git folder", path, ErrNotRepository, "gitdir: ")
	}
	target = filepath.FromSlash(target)
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	return target, nil
}

// linkedPath returns where the files of a linked worktree are, if it is known.
func linkedPath(gitDir string) string {
	text, err := readSmall(filepath.Join(gitDir, "gitdir"))
	if err != nil {
		return ""
	}
	dotGit := filepath.FromSlash(strings.TrimRight(string(text), "\r\n"))
	if dotGit == "" {
		return ""
	}
	if !filepath.IsAbs(dotGit) {
		dotGit = filepath.Join(gitDir, dotGit)
	}
	return filepath.Dir(dotGit)
}

// hasRemains reports whether a folder has something of a repository.
func hasRemains(path string) bool {
	for _, name := range []string{"HEAD", "objects", "refs", "config", "packed-refs"} {
		if _, err := os.Lstat(filepath.Join(path, name)); err == nil {
			return true
		}
	}
	return false
}

// maxSmall bounds files that hold a path or an id.
const maxSmall = 1 << 20

func readSmall(path string) ([]byte, error) {
	d, err := openDir(filepath.Dir(path))
	if err != nil {
		return nil, plain(err)
	}
	defer d.close()
	return d.read(filepath.Base(path), maxSmall)
}

// leadingHex returns how many hexadecimal digits text starts with.
func leadingHex[T string | []byte](text T) int {
	for i := 0; i < len(text); i++ {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return i
		}
	}
	return len(text)
}
