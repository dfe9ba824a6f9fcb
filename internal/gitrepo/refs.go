package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A Ref is a name for an object.
type Ref struct {
	// Name is the full name: "refs/heads/main", "HEAD", "FETCH_HEAD". Those of
	// another worktree than the one that was opened begin with "main-worktree/"
	// or "worktrees/NAME/", as git writes them.
	Name string
	// Target is the object's id in hexadecimal; empty for a symbolic ref that
	// leads to no ref, as HEAD does before the first commit.
	Target string
	Peeled string // what an annotated tag leads to, if packed-refs says so
	// Symbolic is the name that a symbolic ref holds, empty for another.
	Symbolic string
	Worktree string // whose it is, for those that belong to one; "" is the main one
	// Note is what stands behind the id in FETCH_HEAD: branch and URL.
	Note string
}

// Bounds of files with refs.
const (
	maxPacked = 512 << 20
	maxFetch  = 64 << 20
	maxChain  = 16 // how many symbolic refs may lead to each other; git has 5
)

// Refs lists all refs by name: loose and packed ones, HEAD and what else is
// like it in every worktree, and each line of FETCH_HEAD. A ref that cannot be
// read is a Problem.
func (r *Repo) Refs() ([]Ref, error) {
	var problems Problems
	packed, err := r.packedRefs()
	problems = append(problems, ProblemsOf(err)...)
	all := slices.Clone(packed.refs)
	trees := r.eachTree(func(t tree) {
		r.looseRefs(t, &problems, &all)
		r.pseudoRefs(t, &problems, &all)
	})
	problems = append(problems, trees...)

	// A loose ref hides the packed one of its name; it comes later.
	slices.SortStableFunc(all, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	kept := all[:0]
	for i, ref := range all {
		if i+1 < len(all) && all[i+1].Name == ref.Name && ref.Note == "" && all[i+1].Note == "" && !many(ref.Name) {
			continue
		}
		kept = append(kept, ref)
	}
	r.resolveSymbolic(kept, &problems)
	return kept, problems.err()
}

// many reports whether a file of this name may hold several ids.
func many(name string) bool {
	name = path.Base(name)
	return name == "FETCH_HEAD" || name == "MERGE_HEAD"
}

// looseRefs reads every file below refs.
func (r *Repo) looseRefs(t tree, problems *Problems, all *[]Ref) {
	// Files of one folder follow each other, and are opened from there: each
	// folder on the way to a file costs as much as the file. A symbolic link may
	// lead to another folder.
	var folder *dir
	at := ""
	defer func() {
		if folder != nil {
			folder.close()
		}
	}()
	within := func(name string) *dir {
		if name == at {
			return folder
		}
		if folder != nil {
			folder.close()
		}
		at = name
		folder, _ = t.sub(name)
		return folder
	}
	t.walk("refs", problems, nil, func(name string, e fs.DirEntry) {
		if strings.HasSuffix(name, ".lock") {
			return // what git is about to write
		}
		var ref Ref
		var err error
		if in := within(path.Dir(name)); in != nil && e.Type().IsRegular() {
			ref, err = r.readRefFile(in, path.Base(name))
		} else {
			ref, err = r.readRef(t.dir, name)
		}
		if err != nil {
			problems.add(t.join(name), 0, err)
			return
		}
		ref.Name = t.full(name)
		if !shared(name) {
			ref.Worktree = t.Name
		}
		*all = append(*all, ref)
	})
}

// shared reports whether a ref belongs to all worktrees (refs.c,
// is_per_worktree_ref).
func shared(name string) bool {
	for _, own := range []string{"refs/worktree/", "refs/bisect/", "refs/rewritten/"} {
		if strings.HasPrefix(name, own) {
			return false
		}
	}
	return strings.HasPrefix(name, "refs/")
}

// readRef reads one loose ref.
func (r *Repo) readRef(d *dir, name string) (Ref, error) {
	if link, err := d.root.Readlink(name); err == nil {
		if link = filepath.ToSlash(link); strings.HasPrefix(link, "refs/") {
			return Ref{Name: name, Symbolic: link}, nil
		}
	}
	return r.readRefFile(d, name)
}

// readRefFile reads one loose ref that is no symbolic link.
func (r *Repo) readRefFile(d *dir, name string) (Ref, error) {
	ref := Ref{Name: name}
	text, err := d.read(name, maxSmall)
	if err != nil {
		return ref, err
	}
	if target, ok := bytes.CutPrefix(text, []byte("ref:")); ok {
		ref.Symbolic = string(bytes.TrimSpace(target))
		if ref.Symbolic == "" {
			return ref, corrupt("the symbolic ref names nothing")
		}
		return ref, nil
	}
	id, rest, ok := r.cutID(text)
	if !ok || len(rest) > 0 && !space(int(rest[0])) {
		return ref, corrupt("no object id stands in it")
	}
	ref.Target = id
	return ref, nil
}

// cutID cuts an object id off the beginning of text. An id of zeros is none.
func (r *Repo) cutID(text []byte) (id string, rest []byte, ok bool) {
	n := r.hexLen()
	if len(text) < n || leadingHex(text[:n]) < n {
		return "", text, false
	}
	id = lower(text[:n])
	return id, text[n:], strings.Trim(id, "0") != ""
}

// irregular are the names beside those ending in HEAD that git takes for refs
// of a worktree (refs.c, is_root_ref), and the files whose objects git prune
// spares (reachable.c, add_rebase_files).
var irregular = []string{
	"AUTO_MERGE", "BISECT_EXPECTED_REV", "MERGE_AUTOSTASH", "NOTES_MERGE_PARTIAL", "NOTES_MERGE_REF",
	"rebase-apply/autostash", "rebase-apply/orig-head", "rebase-merge/autostash", "rebase-merge/orig-head",
}

// pseudoRefs reads HEAD and the files like it that lie beside it.
func (r *Repo) pseudoRefs(t tree, problems *Problems, all *[]Ref) {
	entries, err := t.list(".")
	if err != nil {
		problems.add(t.path, 0, err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && rootName(e.Name()) {
			names = append(names, e.Name())
		}
	}
	for _, name := range irregular[5:] {
		if _, err := t.root.Lstat(name); err == nil {
			names = append(names, name)
		}
	}
	for _, name := range names {
		refs, err := r.readPseudo(t, name)
		certain := strings.HasSuffix(name, "HEAD") || slices.Contains(irregular, name)
		if err != nil && (certain || !errors.Is(err, ErrCorrupt)) {
			problems.add(t.join(name), 0, err)
		}
		*all = append(*all, refs...)
	}
}

// readPseudo reads a file with one ref or, as FETCH_HEAD is, a line for each.
func (r *Repo) readPseudo(t tree, name string) ([]Ref, error) {
	if !many(name) {
		ref, err := r.readRef(t.dir, name)
		if err != nil {
			return nil, err
		}
		ref.Name, ref.Worktree = t.prefix+name, t.Name
		return []Ref{ref}, nil
	}
	text, err := t.read(name, maxFetch)
	if err != nil {
		return nil, err
	}
	var refs []Ref
	for n, line := range lines(text) {
		id, note, ok := r.cutID(line)
		if !ok {
			err = corrupt("no object id stands in line %d", n)
			continue
		}
		refs = append(refs, Ref{
			Name: t.prefix + name, Target: id, Worktree: t.Name,
			Note: strings.Join(strings.FieldsFunc(string(note), func(c rune) bool { return c == '\t' }), " "),
		})
	}
	return refs, err
}

// rootName reports whether a file may be a ref by its name (refs.c,
// is_root_ref_syntax).
func rootName(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i]; (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// resolveSymbolic fills the targets of symbolic refs. The refs are sorted.
func (r *Repo) resolveSymbolic(refs []Ref, problems *Problems) {
	find := func(name string) (Ref, bool) {
		i, ok := slices.BinarySearchFunc(refs, name, func(ref Ref, name string) int { return strings.Compare(ref.Name, name) })
		if !ok {
			return Ref{}, false
		}
		return refs[i], true
	}
	for i := range refs {
		at, steps := refs[i], 0
		for at.Target == "" && at.Symbolic != "" {
			next, ok := find(prefixFor(refs[i].Name, at.Symbolic) + at.Symbolic)
			if !ok {
				break
			}
			if steps++; steps > maxChain {
				problems.add(refs[i].Name, 0, corrupt("the symbolic ref leads in a circle"))
				break
			}
			at = next
		}
		refs[i].Target = at.Target
	}
}

// prefixFor returns what must stand before target, to which the ref called name
// points, to have its name in the list: the prefix of name's worktree if target
// is a ref of that worktree alone.
func prefixFor(name, target string) string {
	if shared(target) {
		return ""
	}
	if rest, ok := strings.CutPrefix(name, "worktrees/"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return name[:len(name)-len(rest)+i+1]
		}
	}
	if strings.HasPrefix(name, "main-worktree/") {
		return "main-worktree/"
	}
	return ""
}

// refError says what is wrong with the name of a ref.
func refError(name string, err error) error { return fmt.Errorf("ref %q: %w", name, err) }
