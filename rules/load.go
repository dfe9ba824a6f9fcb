package rules

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Load reads a user's rules from a file, or from all *.toml files of a folder,
// and what they extend. Errors say file, line, column and rule; all that is
// wrong with a file is told at once. What extends the default extends Builtin with
// the given sets. A *.yaml or *.yml file holds custom detectors, see LoadDetectors.
func Load(path string, sets ...string) (*Set, error) {
	if ext := strings.ToLower(filepath.Ext(path)); ext == ".yaml" || ext == ".yml" {
		return LoadDetectors(path, sets...)
	}
	l := loader{builtin: func() *Set { return Builtin(sets...) }}
	f, err := l.read(path)
	if err != nil {
		return nil, err
	}
	return l.set(f)
}

// Parse reads a user's rules from a text. The name stands for a file in errors,
// and paths that the text names are looked for beside it.
func Parse(name string, text []byte, sets ...string) (*Set, error) {
	l := loader{builtin: func() *Set { return Builtin(sets...) }}
	f, err := l.decode(name, text)
	if err != nil {
		return nil, err
	}
	return l.set(f)
}

// LoadFrom is Load for a file, and what it extends, that open reads. No other files
// are looked at: paths that lead out of where the file lies are refused.
func LoadFrom(name string, open func(name string) ([]byte, error), sets ...string) (*Set, error) {
	l := loader{open: open, builtin: func() *Set { return Builtin(sets...) }}
	f, err := l.opened(name)
	if err != nil {
		return nil, err
	}
	return l.set(f)
}

// A loader reads files that extend each other.
type loader struct {
	// open reads files in place of the system: paths with slashes, which lead
	// nowhere else; nil: the system's files are read.
	open     func(name string) ([]byte, error)
	builtin  func() *Set // what useDefault stands for
	files    []string
	bytes    int // of them
	warnings []string
}

// set makes the rules of a file complete.
func (l *loader) set(f *file) (*Set, error) {
	got, err := l.extend(f, 0)
	if err != nil {
		return nil, err
	}
	if !got.builtin && len(got.rules) == 0 {
		l.warnings = append(l.warnings, fmt.Sprintf("%q has no rules of its own: the built-in rules are used; say so with useDefault = true below [extend]", f.name))
		got.onto(builtinBase(l.builtin()), &f.extend)
	}
	if err := got.finish(); err != nil {
		return nil, err
	}
	if err := got.bounded(); err != nil {
		return nil, err
	}
	s := got.set()
	s.Files, s.Warnings = l.files, few(append(l.warnings, got.warnings...))
	return s, nil
}

// few returns the first of many warnings.
func few(warnings []string) []string {
	const most = 50
	if len(warnings) <= most {
		return warnings
	}
	return append(warnings[:most:most], fmt.Sprintf("and %d warnings more of this kind", len(warnings)-most))
}

// read decodes a file, or the files of a folder as if they were one.
func (l *loader) read(path string) (*file, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, readError(path, err)
	}
	if info.IsDir() {
		return l.folder(path)
	}
	return l.readFile(path)
}

func (l *loader) readFile(path string) (*file, error) {
	text, err := l.text(path)
	if err != nil {
		return nil, err
	}
	return l.decode(path, text)
}

// text returns a file's text, cut where it is more than may be read.
func (l *loader) text(path string) ([]byte, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, readError(path, err)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, readError(path, err)
	}
	return text, nil
}

// opened decodes a file that l.open reads.
func (l *loader) opened(name string) (*file, error) {
	text, err := l.open(name)
	if err != nil {
		return nil, readError(name, err)
	}
	return l.decode(name, text)
}

func (l *loader) decode(name string, text []byte) (*file, error) {
	l.files = append(l.files, name)
	l.bytes += len(text)
	if l.full() {
		return nil, &Error{File: name, Problem: fmt.Sprintf("the files of one configuration may be %d, of %d MB together: leave out what is not needed",
			maxFiles, maxBytes>>20)}
	}
	f, err := decode(name, text, false)
	if err != nil {
		return nil, err
	}
	l.warnings = append(l.warnings, f.warnings...)
	f.warnings = nil
	return f, nil
}

// readError says why a file could not be read.
func readError(path string, err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		err = e.Err // the path is told already
	}
	problem := err.Error()
	if errors.Is(err, fs.ErrNotExist) {
		problem = "there is no such file or folder"
	}
	return &Error{File: path, Problem: problem}
}

// folder decodes the *.toml files of a folder as if they were one file.
func (l *loader) folder(path string) (*file, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, readError(path, err)
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); filepath.Ext(name) == ".toml" && name[0] != '.' && regular(filepath.Join(path, name)) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, &Error{File: path, Problem: "the folder has no *.toml file"}
	}
	whole := &file{name: path}
	var errs []error
	for _, name := range names {
		f, err := l.readFile(filepath.Join(path, name))
		if l.full() {
			return nil, err
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if err := whole.join(f); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return nil, joinAny(errs)
	}
	return whole, nil
}

// regular reports whether a path, or what it links to, is a file that ends.
func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func joinAny(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// join adds another file of the folder to f.
func (f *file) join(other *file) error {
	have := make(map[string]*draft, len(f.rules))
	for i := range f.rules {
		have[f.rules[i].ID] = &f.rules[i]
	}
	for i := range other.rules {
		r := &other.rules[i]
		if first := have[r.ID]; first != nil {
			return &Error{
				File: r.File, Line: r.at.line, Column: r.at.column, Rule: r.ID,
				Problem: fmt.Sprintf("%q, line %d, has a rule of this id already: rename one", first.File, first.at.line),
			}
		}
	}
	x := &f.extend
	if x.path != "" && other.extend.path != "" || x.path != "" && other.extend.useDefault || x.useDefault && other.extend.path != "" {
		at := other.extend.at[""]
		return &Error{
			File: other.name, Line: at.line, Column: at.column,
			Problem: "another file of the folder extends something else: keep one [extend]",
		}
	}
	if other.extend.path != "" {
		x.path, x.at = other.extend.path, other.extend.at
		x.file = other.name
	}
	if x.at == nil {
		x.at, x.file = other.extend.at, other.name
	}
	x.given = x.given || other.extend.given
	x.useDefault = x.useDefault || other.extend.useDefault
	x.disabled = append(x.disabled, other.extend.disabled...)
	if f.marks == nil {
		f.marks = other.marks
	}
	if f.policy == nil {
		f.policy = other.policy
	}
	f.theirs = append(f.theirs, other.theirs...)
	f.rules = append(f.rules, other.rules...)
	f.lists = append(f.lists, other.lists...)
	return nil
}

// extend returns the rules of f and of what it extends. depth counts the
// extensions that led to f.
func (l *loader) extend(f *file, depth int) (*assembly, error) {
	got := newAssembly(f)
	x := &f.extend
	if !x.useDefault && x.path == "" {
		if len(x.disabled) > 0 && len(f.rules) > 0 {
			got.warnf(x.at["disabledrules"], "extend.disabledRules has no effect: the file extends nothing")
		}
		return got, nil
	}
	if depth == maxExtend {
		return nil, x.error("path", "the rules extend each other more than %d levels deep: put them into fewer files", maxExtend)
	}
	if x.useDefault {
		got.onto(builtinBase(l.builtin()), x)
		return got, nil
	}
	base, err := l.base(x)
	if err != nil {
		return nil, err
	}
	under, err := l.extend(base, depth+1)
	if err != nil {
		return nil, err
	}
	got.onto(under, x)
	return got, nil
}

// maxExtend is how many files, the built-in rules among them, may lie below
// one. gitleaks leaves out what is deeper and says nothing.
const maxExtend = 2

// base reads the file that x extends. Its path is relative to the file that names
// it; if there is no such file, to the working directory, as in gitleaks. The
// other way round a file in what is scanned would be taken for one that is trusted.
func (l *loader) base(x *extension) (*file, error) {
	if l.open != nil {
		name := path.Join(path.Dir(x.file), filepath.ToSlash(x.path))
		if path.IsAbs(x.path) || filepath.IsAbs(x.path) || !filepath.IsLocal(name) {
			return nil, x.error("path", "extend.path: %q leads out of the files that this one lies in", x.path)
		}
		return l.opened(name)
	}
	paths := []string{filepath.Join(filepath.Dir(x.file), x.path), x.path}
	if filepath.IsAbs(x.path) {
		paths = paths[1:]
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			return nil, x.error("path", "extend.path: %q is no file", path)
		}
		if err == nil {
			return l.read(path)
		}
		if filepath.IsAbs(x.path) {
			return nil, x.error("path", "extend.path: there is no %q", x.path)
		}
	}
	return nil, x.error("path", "extend.path: there is no %q, neither in the working directory nor beside this file", x.path)
}

func (x *extension) error(key, format string, args ...any) error {
	at, ok := x.at[key]
	if !ok {
		at = x.at[""]
	}
	return &Error{File: x.file, Line: at.line, Column: at.column, Problem: fmt.Sprintf(format, args...)}
}
