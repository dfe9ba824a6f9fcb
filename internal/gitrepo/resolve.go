package gitrepo

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnknownRevision says that nothing in the repository has a name.
var ErrUnknownRevision = errors.New("no such revision")

// Resolve returns the id of what a name stands for: a whole id, HEAD or @, or
// the name of a ref, which may lack "refs/", "refs/tags/", "refs/heads/" or
// "refs/remotes/" in this order of preference. An abbreviated id is unknown
// here, for that takes the object store. A ref without a commit yet is
// ErrUnknownRevision too.
func (r *Repo) Resolve(rev string) (string, error) {
	if len(rev) == r.hexLen() && leadingHex(rev) == len(rev) {
		return strings.ToLower(rev), nil
	}
	if rev == "@" {
		rev = "HEAD"
	}
	for _, form := range []string{"%s", "refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"} {
		id, err := r.ResolveRef(fmt.Sprintf(form, rev))
		if !errors.Is(err, ErrUnknownRevision) {
			return id, err
		}
	}
	return "", fmt.Errorf("%q: %w", rev, ErrUnknownRevision)
}

// ResolveRef returns the id that the ref with this full name leads to.
func (r *Repo) ResolveRef(name string) (string, error) {
	for at, steps := name, 0; ; steps++ {
		ref, err := r.lookUp(at)
		if err != nil {
			return "", err
		}
		if ref.Target != "" {
			return ref.Target, nil
		}
		if at = ref.Symbolic; steps == maxChain {
			return "", refError(name, corrupt("the symbolic ref leads in a circle"))
		}
	}
}

// Symbolic returns the name of the ref that the symbolic ref name holds, empty
// if it is none.
func (r *Repo) Symbolic(name string) string {
	ref, err := r.lookUp(name)
	if err != nil {
		return ""
	}
	return ref.Symbolic
}

// lookUp reads one ref.
func (r *Repo) lookUp(name string) (Ref, error) {
	unknown := fmt.Errorf("ref %q: %w", name, ErrUnknownRevision)
	if !validRef(name) {
		return Ref{}, unknown
	}
	d := r.git
	if shared(name) {
		d = r.common
	}
	if id, ok := strings.CutPrefix(name, "main-worktree/"); ok {
		d, name = r.common, id
	} else if strings.HasPrefix(name, "worktrees/") {
		d = r.common
	} else if !strings.HasPrefix(name, "refs/") && !rootName(name) {
		return Ref{}, unknown
	}
	ref, err := r.readRef(d, name)
	switch {
	case err == nil:
		return ref, nil
	case errors.Is(err, ErrSpecial) || absent(err):
		// A folder, or nothing: it may be packed.
	default:
		return Ref{}, refError(name, err)
	}
	packed, err := r.packedRefs()
	if ref, ok := packed.find(name); ok {
		return ref, nil
	}
	if err != nil {
		return Ref{}, err
	}
	return Ref{}, unknown
}

// validRef reports whether a name may be looked up: whether it is a path that
// stays where it is, in git's own words (refs.c, check_refname_format).
func validRef(name string) bool {
	if name == "" || strings.ContainsAny(name, " ~^:?*[\\\x7f") || strings.Contains(name, "..") || strings.Contains(name, "@{") ||
		strings.HasSuffix(name, ".") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	for i := range len(name) {
		if name[i] < ' ' {
			return false
		}
	}
	return true
}
