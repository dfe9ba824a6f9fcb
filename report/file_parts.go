package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Splits reports whether the report can go on in further files: not if it is
// written to a pipe or to the standard output.
func (f *File) Splits() bool { return f.path != "" }

// PartPath is where part n of a report goes: leaks-2.sarif for leaks.sarif.
func (f *File) PartPath(n int) string {
	ext := filepath.Ext(f.path)
	return strings.TrimSuffix(f.path, ext) + "-" + strconv.Itoa(n) + ext
}

// Part prepares writing part n of a report. It takes the place of an earlier
// part, and of nothing else: nobody asked for a file of this name.
func (f *File) Part(n int) (*File, error) {
	name := f.PartPath(n)
	if _, err := os.Lstat(name); err == nil && !isPart(name, n) {
		return nil, fmt.Errorf("writing report %q: part %d of it belongs into %q, where something else lies: remove that, or choose another name", f.name, n, name)
	}
	part, err := createBeside(name, f.mode)
	if err != nil {
		return nil, fmt.Errorf("writing report %q: %w", name, err)
	}
	part.name = name
	return part, nil
}

// RemoveParts removes the parts beyond n that an earlier report left behind, so
// that nobody takes them for parts of this one.
func (f *File) RemoveParts(n int) error {
	if !f.Splits() {
		return nil
	}
	dir := filepath.Dir(f.path)
	list, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking for parts of an earlier report beside %q: %w", f.name, err)
	}
	var errs []error
	for _, entry := range list {
		part := f.partOf(entry.Name())
		if path := filepath.Join(dir, entry.Name()); part > n && isPart(path, part) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, fmt.Errorf("a part of an earlier report stays behind: %w", err))
			}
		}
	}
	return errors.Join(errs...)
}

// partOf returns which part a file of this name may be; 0: none.
func (f *File) partOf(name string) int {
	ext := filepath.Ext(f.path)
	number, ok := strings.CutPrefix(name, strings.TrimSuffix(filepath.Base(f.path), ext)+"-")
	number, ok2 := strings.CutSuffix(number, ext)
	n, err := strconv.Atoi(number)
	if !ok || !ok2 || err != nil || n < 2 || strconv.Itoa(n) != number {
		return 0
	}
	return n
}

// isPart reports whether a file is part n of a report, by how it begins.
func isPart(path string, n int) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 512)
	size, _ := io.ReadFull(file, head)
	return sarifPart(string(head[:size])) == n
}
