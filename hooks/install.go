package hooks

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A Program is what hooks run: mudlark, and the flags of "mudlark hook run" that
// say what it is to do. Nil flags leave those of a hook that is installed again as
// they are.
type Program struct {
	Path  string
	Flags []string
}

// Install makes hooks of the place run a program. A hook that is there already is
// put aside under another name in the same folder, from where it runs first: if it
// fails, its exit code is that of the hook. Installing again writes our own files
// anew. If it fails, nothing is changed.
func Install(p Place, program Program, names []string) error {
	if err := known(names); err != nil {
		return err
	}
	made := !exists(p.Dir)
	if made {
		if err := os.MkdirAll(p.Dir, 0o755); err != nil {
			return fmt.Errorf("the folder of the hooks: %w", err)
		}
	}
	var done []string
	for _, name := range names {
		fresh, err := p.install(script{hook: name, Program: program, made: made})
		if err != nil {
			_, undone := Uninstall(p, done)
			if made {
				_ = os.Remove(p.Dir) // fails if anything is left in it
			}
			return errors.Join(fmt.Errorf("hook %s: %w", name, err), undone)
		}
		if fresh {
			done = append(done, name)
		}
	}
	return nil
}

// install returns whether the hook was not there before.
func (p Place) install(s script) (fresh bool, err error) {
	path := filepath.Join(p.Dir, s.hook)
	old, ours, changed := readScript(path, s.hook)
	switch {
	case ours && old.global:
		return false, errGlobal(p.Dir)
	case changed:
		return false, fmt.Errorf("%s is mudlark's, but somebody wrote into it since: move what is not mudlark's to %s, "+
			"delete the rest, and install again", path, path+suffix)
	case ours:
		s.made = old.made
		if s.Flags == nil {
			s.Flags = old.Flags
		}
		return false, write(path, s.text())
	case !exists(path):
		if exists(path + suffix) {
			return false, fmt.Errorf("%s is left from an earlier installation: rename it to %s, or delete it, and install again",
				path+suffix, s.hook)
		}
		return true, write(path, s.text())
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return false, fmt.Errorf("%s is a folder", path)
	}
	if exists(path + suffix) {
		return false, fmt.Errorf("both %s and %s are there, so something replaced mudlark's hook: keep the one that you want "+
			"under the first name, delete the other, and install again", path, path+suffix)
	}
	if err := os.Rename(path, path+suffix); err != nil {
		return false, err
	}
	if err := write(path, s.text()); err != nil {
		return false, errors.Join(err, os.Rename(path+suffix, path))
	}
	return true, nil
}

// write writes an executable file whole or not at all.
func write(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".mudlark-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o755), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Uninstall takes our hooks away and puts back what was there before them: the
// same file, whatever it was. It returns the hooks that were taken away; those
// that are not ours stay as they are. With nothing of it left, the folder goes
// as well if it was made for the hooks.
func Uninstall(p Place, names []string) (gone []string, err error) {
	if err := known(names); err != nil {
		return nil, err
	}
	var errs []error
	made := false
	for _, name := range names {
		path := filepath.Join(p.Dir, name)
		s, ours, changed := readScript(path, name)
		switch {
		case ours && s.global:
			return gone, errGlobal(p.Dir)
		case changed:
			errs = append(errs, fmt.Errorf("hook %s: somebody wrote into %s since it was installed, so it stays: "+
				"delete what is mudlark's by hand", name, path))
			continue
		case !ours && exists(path+suffix):
			errs = append(errs, fmt.Errorf("hook %s: something replaced %s since it was installed, so it stays: "+
				"what was there before is %s", name, path, path+suffix))
			continue
		case !ours:
			continue
		}
		if exists(path + suffix) {
			err = os.Rename(path+suffix, path)
		} else {
			err = os.Remove(path)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("hook %s: %w", name, err))
			continue
		}
		gone, made = append(gone, name), made || s.made
	}
	if made {
		_ = os.Remove(p.Dir) // fails if anything is left in it
	}
	return gone, errors.Join(errs...)
}

func errGlobal(dir string) error {
	return fmt.Errorf("the hooks in %s are mudlark's for all repositories: use hook uninstall --global to take them away", dir)
}

// State is what a hook is.
type State string

// The states.
const (
	Absent  State = "absent"  // there is none
	Ours    State = "mudlark" // mudlark alone
	Chained State = "chained" // mudlark behind what was there before
	Changed State = "changed" // mudlark's, but somebody wrote into it
	Foreign State = "foreign" // something else, which does not name mudlark
)

// A Status tells of one hook.
type Status struct {
	Name, Path string
	State      State
	Program    string // that it runs, if it is ours
	Flags      []string
	// Calls says that a foreign hook names mudlark.
	Calls bool
	// Disabled says that git passes it over, as it may not be executed.
	Disabled bool
	// Global says that the hook is ours and runs in all repositories that have no
	// folder of hooks of their own.
	Global bool
}

// States tells of the hooks that mudlark can be in a place, and of others if they
// name it.
func States(p Place) []Status {
	var all []Status
	for _, name := range All() {
		st := p.state(name)
		if Server(name) == p.Bare || st.State != Absent && (st.State != Foreign || st.Calls) {
			all = append(all, st)
		}
	}
	return all
}

func (p Place) state(name string) Status {
	path := filepath.Join(p.Dir, name)
	st := Status{Name: name, Path: path, State: Foreign}
	s, ours, changed := readScript(path, name)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		st.State = Absent
	case changed:
		st.State = Changed
	case ours && s.global && runnable(filepath.Join(p.GitDir, "hooks", name)):
		st.State = Chained
	case ours && !s.global && exists(path+suffix):
		st.State = Chained
	case ours:
		st.State = Ours
	default:
		st.Calls = names(path, "mudlark")
	}
	if s.forward && st.State == Ours {
		st.State = Absent
	}
	st.Program, st.Flags, st.Global = s.Path, s.Flags, s.global
	st.Disabled = err == nil && executableMatters && info.Mode()&0o111 == 0
	return st
}

func known(list []string) error {
	for _, name := range list {
		if !slices.Contains(All(), name) {
			return fmt.Errorf("mudlark is no %q hook: use some of %v", name, All())
		}
	}
	return nil
}
