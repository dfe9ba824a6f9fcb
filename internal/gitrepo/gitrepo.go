// Package gitrepo opens a git repository and reads all of it but its objects:
// configuration, refs, reflogs, indexes, worktrees, and the small files beside
// them. It runs nothing: no git, no hook, no filter, nothing that a repository
// names. Start with Open.
//
// Every file is foreign. What is malformed gives what can be read of it and a
// Problem; no symbolic link is followed out of the git folders.
package gitrepo

import (
	"path/filepath"
)

// Repo is an open repository. Only one goroutine may use it at a time.
type Repo struct {
	// GitDir is the git folder of the worktree that was opened, CommonDir the
	// one that all worktrees of the repository share. Mostly they are the same.
	GitDir, CommonDir string
	// WorkTree is the folder of checked-out files, empty if there is none. It
	// may come from the configuration, so it need not exist.
	WorkTree     string
	Bare         bool
	ObjectFormat string // "sha1" or "sha256"

	git, common *dir
	config      []Entry
	configErr   Problems
	unsupported []string
	packed      *packedRefs // nil until it is needed
}

// Open opens the repository at path: a work tree or a folder inside one, a git
// folder, a bare repository, or a file that points to a git folder. If there is
// none, the error is ErrNotRepository.
//
// A damaged configuration does not keep a repository from being opened; Config
// tells of it.
func Open(path string) (*Repo, error) {
	at, err := discover(path)
	if err != nil {
		return nil, err
	}
	r := &Repo{GitDir: at.gitDir, CommonDir: at.commonDir}
	if r.git, err = openDir(at.gitDir); err != nil {
		return nil, err
	}
	r.common = r.git
	if r.CommonDir != r.GitDir {
		if r.common, err = openDir(at.commonDir); err != nil {
			r.git.close()
			return nil, err
		}
	}
	r.readConfig()
	r.readFormat()
	r.findWorkTree(at.workTree)
	return r, nil
}

// Close gives back what r holds open. It is no harm to leave it to the garbage
// collector.
func (r *Repo) Close() error {
	r.git.close()
	r.common.close()
	return nil
}

// ObjectDir returns the folder of the object store.
func (r *Repo) ObjectDir() string { return filepath.Join(r.CommonDir, "objects") }

// Linked reports whether the worktree that was opened is not the main one.
func (r *Repo) Linked() bool { return r.GitDir != r.CommonDir }

// hexLen returns the number of digits of an object id.
func (r *Repo) hexLen() int {
	if r.ObjectFormat == SHA256 {
		return 64
	}
	return 40
}

// findWorkTree settles where the checked-out files are, as git does when no
// environment variable says otherwise. near is the folder that holds ".git".
func (r *Repo) findWorkTree(near string) {
	bare, said := r.boolean("core", "bare")
	if tree, ok := r.value("core", "worktree"); ok && tree != "" && !bare && !r.Linked() {
		if !filepath.IsAbs(tree) {
			tree = filepath.Join(r.GitDir, filepath.FromSlash(tree))
		}
		near = filepath.Clean(tree)
	}
	// A bare repository may have linked worktrees, which are not bare.
	if bare && !r.Linked() {
		near = ""
	}
	r.WorkTree, r.Bare = near, near == "" && (bare || !said)
}
