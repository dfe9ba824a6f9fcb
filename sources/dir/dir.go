// Package dir reads files and folders as they lie on disk. Options says what of
// them, Source yields it. The object stores of git repositories are left to
// package git.
package dir

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/split"
)

// Options are what a user may say of a scan of files.
type Options struct {
	// Paths are the files and folders to read; none: the working directory.
	Paths []string `json:"paths,omitempty"`
	// FollowSymlinks makes the scan go where links lead. What links lead to is
	// read once, however many do. A path of Paths may always be a link.
	FollowSymlinks bool `json:"followSymlinks,omitempty"`
	// Exclude holds patterns of paths that are not read, as in .gitignore.
	Exclude []string `json:"exclude,omitempty"`
	split.Limits
}

// Flags adds the flags of o to fs.
func (o *Options) Flags(fs *flag.FlagSet) {
	fs.BoolVar(&o.FollowSymlinks, "follow-symlinks", o.FollowSymlinks, "read what symbolic links lead to")
	fs.Var((*list)(&o.Exclude), "exclude", "do not read paths that match `GLOB`; may be given several times")
	o.Limits.Flags(fs)
}

// Args takes the paths.
func (o *Options) Args(args []string) error {
	if len(args) > 0 {
		o.Paths = args
	}
	return nil
}

func (o *Options) paths() []string {
	if len(o.Paths) == 0 {
		return []string{"."}
	}
	return o.Paths
}

// Target names the paths.
func (o *Options) Target() string { return strings.Join(o.paths(), " ") }

// Asked says what of the paths is read.
func (o *Options) Asked() string {
	asked := "all files"
	if len(o.Exclude) > 0 {
		asked += " but " + strings.Join(o.Exclude, ", ")
	}
	if o.FollowSymlinks {
		asked += ", following links"
	}
	return asked
}

// Open returns the source. It is an error if a path does not exist.
func (o *Options) Open(_ context.Context, env mudlark.Env) (mudlark.Source, error) {
	exclude, err := parseGlobs(o.Exclude)
	if err != nil {
		return nil, err
	}
	s := &Source{env: env, follow: o.FollowSymlinks, exclude: exclude, split: split.New(o.Limits), maxFileBytes: o.MaxFileBytes}
	for _, p := range o.paths() {
		t, err := openTarget(p)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(s.targets, func(other target) bool { return other.real == t.real }) {
			s.targets = append(s.targets, t)
		}
	}
	return s, nil
}

// A target is a path as the user named it, and where it leads.
type target struct {
	shown string // with slashes; "" for the working directory
	real  string // absolute, without links
	mode  fs.FileMode
}

func openTarget(path string) (target, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	var info fs.FileInfo
	if err == nil {
		info, err = os.Stat(real)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return target{}, fmt.Errorf("%q does not exist: check the path, which is relative to the working directory", path)
	case errors.Is(err, fs.ErrPermission):
		return target{}, fmt.Errorf("%q cannot be reached: %w; run as a user who may read it", path, cause(err))
	case err != nil:
		return target{}, fmt.Errorf("%q cannot be reached: %w", path, cause(err))
	}
	shown := filepath.ToSlash(filepath.Clean(path))
	if shown == "." {
		shown = ""
	}
	return target{shown, real, info.Mode().Type()}, nil
}

// cause returns what the system said, without the call and the path.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}
