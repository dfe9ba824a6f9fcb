package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// commitFiles has the files of commits take the place of those of the work tree,
// for a scan that must not be configured by what it scans. A path that leads out
// of the work tree is the operator's, and stays the system's.
type commitFiles struct {
	view *git.View
	top  string // of the work tree, without links
	// commit returns the commit whose file is read for a path of the repository. Nil:
	// there is none, and the built-in rules are all there is.
	commit func(name string) string
	asked  map[string]bool // paths of the repository that were looked for
}

// maxPolicyBytes bounds one file that is read; what reads it has its own bound.
const maxPolicyBytes = 64 << 20

func newCommitFiles(view *git.View, target string, commit func(string) string) (*commitFiles, error) {
	top := view.WorkTree()
	if top == "" {
		top = target
	}
	top, err := filepath.Abs(top)
	if err == nil {
		top, err = filepath.EvalSymlinks(top)
	}
	return &commitFiles{view: view, top: top, commit: commit, asked: map[string]bool{}}, err
}

// locate returns the path in the repository of a path of the system, if it lies in
// the work tree, or is a link to something there.
func (c *commitFiles) locate(path string) (string, bool) {
	if c == nil {
		return "", false
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", false
	}
	places := []string{abs}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		places = append(places, filepath.Join(dir, filepath.Base(abs)))
	}
	if end, err := filepath.EvalSymlinks(abs); err == nil {
		places = append(places, end)
	}
	for _, p := range places {
		if rel, err := filepath.Rel(c.top, p); err == nil && filepath.IsLocal(rel) && rel != "." {
			return filepath.ToSlash(rel), true
		}
	}
	return "", false
}

func (c *commitFiles) read(name string) ([]byte, error) {
	c.asked[name] = true
	if c.commit(name) == "" { // before the first commit
		return nil, fmt.Errorf("%q: %w", name, fs.ErrNotExist)
	}
	return c.view.ReadFile(c.commit(name), name, maxPolicyBytes)
}

// inTarget is inTarget for the files that the scan is configured by. Those of a
// commit lie at its top, whatever folder of it is named. What is there and cannot be
// read is found too: it must not be passed over.
func (s *scan) inTarget(name string) string {
	if s.from == nil {
		return inTarget(s.source.Target(), name)
	}
	if _, err := s.from.read(name); errors.Is(err, fs.ErrNotExist) || errors.Is(err, git.ErrNoFile) {
		return ""
	}
	return filepath.Join(s.from.top, name)
}

// isNoFile reports whether there is something of a name where configuration is looked
// for, but no file.
func (s *scan) isNoFile(name string) bool {
	if s.from == nil {
		info, err := os.Lstat(filepath.Join(s.source.Target(), name))
		return err == nil && !info.Mode().IsRegular()
	}
	_, err := s.from.read(name)
	return errors.Is(err, git.ErrNoFile)
}

// openFile opens a file that configures the scan.
func (s *scan) openFile(path string) (io.ReadCloser, error) {
	name, ok := s.from.locate(path)
	if !ok {
		return os.Open(path)
	}
	text, err := s.from.read(name)
	if err != nil {
		return nil, errNotInCommit(s.from.commit(name), err)
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

// checkFile reports whether a file that the user named is there.
func (s *scan) checkFile(path string) error {
	if name, ok := s.from.locate(path); ok {
		if _, err := s.from.read(name); err != nil {
			return errNotInCommit(s.from.commit(name), err)
		}
		return nil
	}
	_, err := os.Stat(path)
	return err
}

// loadSet loads rules from a file that configures the scan. What such a file
// extends is not read from the work tree either.
func (s *scan) loadSet(path string, sets []string) (*rules.Set, error) {
	if name, ok := s.from.locate(path); ok {
		return rules.LoadFrom(name, s.from.read, sets...)
	}
	set, err := rules.Load(path, sets...)
	if err != nil {
		return nil, err
	}
	return set, s.outside(set.Files)
}

// outside returns an error if one of the files that rules were read from lies in
// the work tree after all.
func (s *scan) outside(files []string) error {
	for _, file := range files {
		if name, ok := s.from.locate(file); ok {
			return fmt.Errorf("extend.path: %q lies in the work tree, where the change under test may have put it: "+
				"extend a file beside the configuration, or keep both in the repository", name)
		}
	}
	return nil
}

// placeName is the path of a file that configures the scan as places in it are told.
func (s *scan) placeName(path string) string {
	if name, ok := s.from.locate(path); ok {
		return name
	}
	return filepath.ToSlash(path)
}

// fileName is what a report calls a file that configures the scan.
func (s *scan) fileName(path string) string {
	if name, ok := s.from.locate(path); ok {
		return fmt.Sprintf("%s of commit %.12s", name, s.from.commit(name))
	}
	return s.placeName(path)
}

func errNotInCommit(commit string, err error) error {
	return fmt.Errorf("the file lies in the work tree, so it is read from commit %.12s, and not as the change under test has it: %w", commit, err)
}
