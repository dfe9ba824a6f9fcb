package rules

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// The rules' files are compiled in as they stand, for whoever wants to see a
// rule with its examples. Scans use the tables made from them.
//
//go:generate go run ./gen
//go:embed *.toml
var sourceFiles embed.FS

// Files holds the built-in rules' files.
func Files() fs.ReadDirFS { return sourceFiles }

// Source returns the built-in rules as their files have them, all sets, examples
// and all. It parses the files, which Builtin does not.
func Source() (*Set, error) { return catalogue(sourceFiles, true) }

// Catalogue returns the rules of a folder with the built-in rules of another
// release, as Files has them. What this release does not know in it is warned
// about.
func Catalogue(dir string) (*Set, error) {
	files, ok := os.DirFS(dir).(fs.ReadDirFS)
	if !ok {
		return nil, &Error{File: dir, Problem: "it is no folder"}
	}
	return catalogue(files, false)
}

// catalogue decodes files that stand beside each other as one. Only the built-in
// ones are ours, and must be right in every word.
func catalogue(files fs.ReadDirFS, ours bool) (*Set, error) {
	names, err := fs.Glob(files, "*.toml")
	if err != nil {
		return nil, err
	}
	whole := &file{name: "rules"}
	var errs []error
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		f, err := decode(name, text, ours)
		if err == nil {
			err = whole.join(f)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	s, err := whole.source()
	if err != nil {
		return nil, err
	}
	s.Files, s.Warnings = names, few(whole.warnings)
	return s, nil
}

// source returns the rules of built-in files. They extend nothing.
func (f *file) source() (*Set, error) {
	if f.extend.given {
		return nil, f.extend.error("", "built-in rules extend nothing")
	}
	a := newAssembly(f)
	var errs []*Error
	for i := range a.rules {
		errs = append(errs, a.rules[i].judge()...)
	}
	for i := range a.lists {
		if l := &a.lists[i]; len(l.targets) > 0 {
			errs = append(errs, &Error{
				File: l.file, Line: l.at.line, Column: l.at.column,
				Problem: fmt.Sprintf("built-in allowlists stand with their rule: move it to %q", l.targets[0]),
			})
		}
	}
	if len(errs) > 0 {
		return nil, joinErrors(errs)
	}
	return a.set(), nil
}
