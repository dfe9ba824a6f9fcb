package gitrepo

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// An Entry is one setting of a configuration file.
type Entry struct {
	Section    string // lower case; empty before the first and behind a malformed header
	Subsection string // as written, but lower case in the old form [section.subsection]
	Key        string // lower case
	Value      string
	NoValue    bool // "key" alone, which git takes for true
	File       string
	Line       int // of the key, from 1

	sub bool // there is a subsection, which may have no name
}

// Name returns the entry's full name, such as "remote.origin.url".
func (e Entry) Name() string {
	switch {
	case e.Section == "":
		return e.Key
	case !e.sub:
		return e.Section + "." + e.Key
	}
	return e.Section + "." + e.Subsection + "." + e.Key
}

// Config returns the settings that the repository itself holds, in order: those
// of config and config.worktree, and of files in the git folders that they
// include, whether or not the condition of an include holds. What they include
// from elsewhere is a Problem that wraps ErrOutside.
func (r *Repo) Config() ([]Entry, error) { return r.config, r.configErr.err() }

// Bounds of configuration files.
const (
	maxConfig   = 16 << 20
	maxIncludes = 10 // nested, as git has it
)

// readConfig fills r.config. Whether config.worktree counts is asked of the
// common file first, as git does it.
func (r *Repo) readConfig() {
	r.readConfigFile(r.common, "config", 0)
	if r.isTrue("extensions", "worktreeconfig") {
		r.readConfigFile(r.git, "config.worktree", 0)
	}
}

func (r *Repo) readConfigFile(d *dir, name string, depth int) {
	text, err := d.read(name, maxConfig)
	if absent(err) {
		return // none is as good as an empty one
	}
	file := d.join(name)
	if err != nil {
		r.configErr.add(file, 0, err)
		return
	}
	entries, problems := parseConfig(text)
	for _, p := range problems {
		r.configErr.add(file, p.Line, p.Err)
	}
	for _, e := range entries {
		e.File = file
		r.config = append(r.config, e)
		if (e.Section == "include" || e.Section == "includeif") && e.Key == "path" && e.Value != "" {
			r.include(d, name, e, depth)
		}
	}
}

// include reads a file that an entry of the file name names.
func (r *Repo) include(d *dir, name string, e Entry, depth int) {
	target := filepath.FromSlash(e.Value)
	if !filepath.IsAbs(target) {
		target = filepath.Join(d.path, filepath.FromSlash(path.Dir(name)), target)
	}
	inner, err := filepath.Rel(d.path, target)
	switch {
	case strings.HasPrefix(e.Value, "~") || err != nil || !filepath.IsLocal(inner):
		r.configErr.add(e.File, e.Line, fmt.Errorf("the included file %q %w", e.Value, ErrOutside))
	case depth == maxIncludes:
		r.configErr.add(e.File, e.Line, corrupt("includes are nested deeper than %d", maxIncludes))
	default:
		r.readConfigFile(d, filepath.ToSlash(inner), depth+1)
	}
}

// value returns the last value of a setting without a subsection.
func (r *Repo) value(section, key string) (string, bool) {
	for i := len(r.config) - 1; i >= 0; i-- {
		if e := r.config[i]; e.Key == key && e.Section == section && !e.sub {
			return e.Value, true
		}
	}
	return "", false
}

// boolean returns a setting as git reads a boolean, and whether it is there.
func (r *Repo) boolean(section, key string) (on, said bool) {
	for i := len(r.config) - 1; i >= 0; i-- {
		e := r.config[i]
		if e.Key != key || e.Section != section || e.sub {
			continue
		}
		switch strings.ToLower(e.Value) {
		case "true", "yes", "on":
			return true, true
		case "false", "no", "off":
			return false, true
		}
		return e.NoValue || strings.Trim(e.Value, "0") != "", true
	}
	return false, false
}

func (r *Repo) isTrue(section, key string) bool {
	on, _ := r.boolean(section, key)
	return on
}
