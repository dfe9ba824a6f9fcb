package gitrepo

import (
	"path"
	"path/filepath"
)

// A Worktree is a set of checked-out files with a HEAD and an index of its own.
type Worktree struct {
	Name   string // as git names its folder below worktrees; "" for the main one
	GitDir string
	Path   string // of the checked-out files; "" if there are none or it is not known
}

// tree is a worktree with the folder to read it from.
type tree struct {
	Worktree
	*dir
	// prefix stands before the names of its own refs, as git has it: "" for the
	// worktree that was opened, "main-worktree/", "worktrees/x/".
	prefix string
}

// full returns the full name of a ref, or of its log, in the folder of t.
func (t tree) full(name string) string {
	if t.Name == "" && shared(name) {
		return name
	}
	return t.prefix + name
}

// Worktrees lists the worktrees of the repository, the main one first, which is
// there even in a bare repository, for it has a HEAD.
func (r *Repo) Worktrees() ([]Worktree, error) {
	var list []Worktree
	problems := r.eachTree(func(t tree) { list = append(list, t.Worktree) })
	return list, problems.err()
}

// eachTree calls visit for every worktree: the main one, the linked ones by
// name, and last the one that was opened if it is none of them.
func (r *Repo) eachTree(visit func(tree)) Problems {
	var problems Problems
	r.visitTree(tree{Worktree{GitDir: r.CommonDir, Path: r.mainPath()}, r.common, ""}, visit)
	entries, err := r.common.list("worktrees")
	if err != nil && !absent(err) {
		problems.add(r.common.join("worktrees"), 0, err)
	}
	met := !r.Linked()
	for _, e := range entries {
		name := path.Join("worktrees", e.Name())
		if !e.IsDir() && e.Type().IsRegular() {
			continue
		}
		d, err := r.common.sub(name)
		if err != nil {
			problems.add(r.common.join(name), 0, err)
			continue
		}
		met = met || d.path == r.GitDir
		r.visitTree(tree{Worktree{e.Name(), d.path, linkedPath(d.path)}, d, name + "/"}, visit)
		d.close()
	}
	if !met {
		r.visitTree(tree{Worktree{path.Base(r.GitDir), r.GitDir, r.WorkTree}, r.git, ""}, visit)
	}
	return problems
}

func (r *Repo) visitTree(t tree, visit func(tree)) {
	if t.GitDir == r.GitDir {
		t.prefix = ""
	} else if t.Name == "" {
		t.prefix = "main-worktree/"
	}
	visit(t)
}

// mainPath returns where the files of the main worktree are.
func (r *Repo) mainPath() string {
	if !r.Linked() {
		return r.WorkTree
	}
	if bare, _ := r.boolean("core", "bare"); bare || filepath.Base(r.CommonDir) != ".git" {
		return ""
	}
	return filepath.Dir(r.CommonDir)
}
