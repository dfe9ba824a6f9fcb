package gitrepo

import (
	"io/fs"
	"os"
	"path"
	"strings"
)

// A File is a file of git's own that is neither an object nor a ref, a reflog or
// an index.
type File struct {
	Name string // relative to CommonDir, with slashes: "config", "worktrees/x/MERGE_MSG"
	Path string
	Size int64
}

// Files lists what else lies in the git folders: config, hooks, messages being
// written, the state of a rebase, recorded conflicts, and whatever another
// program has put there. It leaves out git's sample hooks, objects, refs,
// reflogs and indexes, other repositories (see Submodules) and the large file
// store (see LFSDir). Sockets are not mentioned, for they hold nothing.
func (r *Repo) Files() ([]File, error) {
	var files []File
	var problems Problems
	trees := r.eachTree(func(t tree) {
		base := ""
		if t.Name != "" {
			base = "worktrees/" + t.Name + "/"
		}
		t.walk(".", &problems, enterFor(t), func(name string, e fs.DirEntry) {
			if known(name) || e.Type()&fs.ModeSocket != 0 {
				return
			}
			info, err := t.root.Stat(name)
			switch {
			case err != nil:
				problems.add(t.join(name), 0, plain(err))
			case info.IsDir():
				// A link to a folder in here: it is walked where it is.
			case !info.Mode().IsRegular():
				problems.add(t.join(name), 0, ErrSpecial)
			default:
				files = append(files, File{base + name, t.join(name), info.Size()})
			}
		})
	})
	return files, append(problems, trees...).err()
}

// Open opens a file that Files listed. It follows no link out of the git
// folders, even if one was put there since.
func (r *Repo) Open(f File) (*os.File, error) {
	d, name := r.common, f.Name
	if r.Linked() && strings.HasPrefix(f.Path, r.GitDir+string(os.PathSeparator)) {
		d, name = r.git, f.Path[len(r.GitDir)+1:]
	}
	file, _, err := d.open(name)
	return file, err
}

// enterFor says which folders of a worktree's git folder Files walks.
func enterFor(t tree) func(string) bool {
	return func(name string) bool {
		switch name {
		case "objects", "refs", "logs", "reftable", "modules", "lfs/objects":
			return false
		case "worktrees":
			return t.Name != ""
		}
		return true
	}
}

// known reports whether a file is read as something else, or holds no text.
func known(name string) bool {
	switch {
	case name == "index", strings.HasPrefix(name, "sharedindex."):
		return true
	case path.Dir(name) == "hooks" && strings.HasSuffix(name, ".sample"):
		return true
	}
	return false
}

// LFSDir returns the folder of git-lfs's own store, empty if there is none.
func (r *Repo) LFSDir() string {
	if info, err := r.common.root.Stat("lfs/objects"); err == nil && info.IsDir() {
		return r.common.join("lfs/objects")
	}
	return ""
}

// A Submodule is a repository that lies in the git folder of another.
type Submodule struct {
	Name   string // with slashes
	GitDir string // to be opened
}

// Submodules lists the repositories of submodules, also of those whose
// submodule is no more. Submodules within them are theirs to list.
func (r *Repo) Submodules() ([]Submodule, error) {
	var list []Submodule
	var problems Problems
	trees := r.eachTree(func(t tree) {
		prefix := t.prefix
		t.walk("modules", &problems, func(name string) bool {
			if notGitDir(t.join(name)) != nil {
				return true
			}
			list = append(list, Submodule{prefix + strings.TrimPrefix(name, "modules/"), t.join(name)})
			return false
		}, func(string, fs.DirEntry) {})
	})
	return list, append(problems, trees...).err()
}
