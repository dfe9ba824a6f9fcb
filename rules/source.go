package rules

import (
	"embed"
	"errors"
	"fmt"
	"slices"
)

// The rules' files are compiled in as they stand, for whoever wants to see a
// rule with its examples. Scans use the tables made from them.
//
//go:generate go run ./gen
//go:embed *.toml
var sourceFiles embed.FS

// Source returns the built-in rules as their files have them, examples and all.
// It parses the files, which Builtin does not.
func Source() (*Set, error) {
	entries, err := sourceFiles.ReadDir(".")
	if err != nil {
		return nil, err
	}
	whole := &file{name: "rules"}
	var errs []error
	for _, e := range entries {
		text, err := sourceFiles.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		f, err := decode(e.Name(), text, true)
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
	return whole.source()
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
	s := a.set()
	s.Files = sourceNames()
	return s, nil
}

func sourceNames() []string {
	entries, _ := sourceFiles.ReadDir(".")
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names
}
