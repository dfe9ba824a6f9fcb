package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// staged reads what the next commit adds: what the index holds and neither HEAD
// nor a commit that is being merged does. The index is turned into trees in
// memory, and only those trees of HEAD are read whose ids differ. A scope does
// not matter: whatever is found would be in the next commit.
type staged struct {
	*base
	index   gitrepo.Index
	parents []gitpack.OID // trees
	files   []string      // the only paths that are looked at; nil: all

	edits []edit
	paths []edit // those that bring a path that no parent has
	// gone is what the parents have at paths that the index lacks: what a
	// renamed file may have been made from.
	gone  map[gitpack.OID]bool
	blobs wantedBlobs
	cut   bool // not all places were looked at
}

func newStaged(b *base) (*staged, error) {
	t := &staged{base: b, blobs: wantedBlobs{}, gone: map[gitpack.OID]bool{}}
	var err error
	if t.files, err = b.within(b.opts.Files); err != nil {
		return nil, err
	}
	if b.opts.Whole {
		return t, nil
	}
	for _, name := range []string{"HEAD", "MERGE_HEAD"} {
		if err := t.addParent(name); err != nil {
			return nil, err
		}
	}
	for _, text := range b.opts.Parents {
		id, err := b.revision(text)
		if err != nil && strings.HasSuffix(text, "_HEAD") {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := t.addCommits(text, []string{id.String()}); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// addParent adds the tree of a commit that the next one will have as a parent.
func (t *staged) addParent(name string) error {
	ids, err := t.heads(name)
	if err != nil {
		return fmt.Errorf("what %s names: %w", name, err)
	}
	return t.addCommits(name, ids)
}

// addCommits adds the trees of commits; name says what they are.
func (t *staged) addCommits(name string, ids []string) error {
	for _, text := range ids {
		id, err := t.format.Parse(text)
		if err == nil {
			id, err = t.peelTo(id, gitpack.Commit)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		info, err := t.commit(id)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		t.parents = append(t.parents, info.Tree)
	}
	return nil
}

// heads returns the ids in HEAD, or in a file like it that may hold several.
func (b *base) heads(name string) ([]string, error) {
	if name == "HEAD" {
		id, err := b.repo.ResolveRef(name)
		if errors.Is(err, gitrepo.ErrUnknownRevision) {
			return nil, nil // before the first commit
		}
		return []string{id}, err
	}
	path := filepath.Join(b.repo.GitDir, name)
	rel, err := filepath.Rel(b.repo.CommonDir, path)
	if err != nil {
		return nil, err
	}
	in, err := b.repo.Open(gitrepo.File{Name: filepath.ToSlash(rel), Path: path})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, 1<<20))
	return strings.Fields(string(text)), err
}

// within turns paths as they were typed into paths of the work tree.
func (b *base) within(files []string) ([]string, error) {
	if len(files) == 0 {
		return nil, nil
	}
	if b.repo.WorkTree == "" {
		return nil, fmt.Errorf("%q is a bare repository, in which no file can be named", b.opts.Path)
	}
	top, err := filepath.EvalSymlinks(b.repo.WorkTree)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, file := range files {
		abs, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
			abs = filepath.Join(dir, filepath.Base(abs))
		}
		rel, err := filepath.Rel(top, abs)
		if err != nil || !filepath.IsLocal(rel) {
			return nil, fmt.Errorf("%q is not in the work tree %s", file, b.repo.WorkTree)
		}
		out = append(out, filepath.ToSlash(rel))
	}
	return out, nil
}

// asked reports whether a path is one of those that are looked at.
func asked(files []string, path string) bool {
	return files == nil || slices.ContainsFunc(files, func(f string) bool {
		return f == "." || path == f || strings.HasPrefix(path, f+"/")
	})
}

// Chunks implements mudlark.Source.
func (t *staged) Chunks(ctx context.Context, yield mudlark.Yield) error {
	if err := t.unsupported(yield); err != nil {
		return err
	}
	index, err := t.readIndex()
	if err := t.problems(yield, "", err, false); err != nil {
		return err
	}
	t.index = index
	if err := t.notStaged(yield); err != nil {
		return err
	}
	if err := t.compare(yield); err != nil {
		return err
	}
	told := map[string]bool{}
	for _, e := range t.paths {
		if !told[e.path] {
			told[e.path] = true
			if err := text(yield, origin(partPath, e.path, ""), []byte(e.path)); err != nil {
				return err
			}
		}
	}
	return t.yieldWanted(ctx, yield, t.blobs)
}

func (b *base) readIndex() (gitrepo.Index, error) {
	if b.opts.Index != "" {
		return b.repo.IndexAt(b.opts.Index)
	}
	return b.repo.Index()
}

// notStaged yields a skip for each file that was named and is nowhere. With Whole,
// where hooks name what was deleted, it is one for each that is there and has nothing
// in the index that could be looked at.
func (t *staged) notStaged(yield mudlark.Yield) error {
	trees := newTreeReading(t.base, func(gitpack.OID, string, error) {}) // compare tells of them
	before := func(file string) bool {
		return slices.ContainsFunc(t.parents, func(root gitpack.OID) bool {
			_, ok := trees.at(root, file)
			return ok
		})
	}
	for _, file := range t.files {
		if file == "." || slices.ContainsFunc(t.index.Entries, func(e gitrepo.IndexEntry) bool { return asked([]string{file}, e.Path) }) {
			continue
		}
		_, err := os.Lstat(filepath.Join(t.repo.WorkTree, filepath.FromSlash(file)))
		why := "it is not staged: git add it"
		switch {
		case err == nil && !t.opts.Whole: // nothing of it would be committed
			continue
		case err != nil && (t.opts.Whole || before(file)): // deleted
			continue
		case err != nil:
			why = "there is no such file, neither in the index nor before: is its name mistyped?"
		}
		if err := skip(yield, origin("", file, ""), mudlark.Skipped(mudlark.Missing, "%s", why)); err != nil {
			return err
		}
	}
	return nil
}

// compare finds what the index has and the parents lack.
func (t *staged) compare(yield mudlark.Yield) error {
	var failed error
	trees := newTreeReading(t.base, func(id gitpack.OID, path string, err error) {
		if err := skip(yield, origin("", path, id.String()), t.unread(id.String(), err)); err != nil && failed == nil {
			failed = err
		}
	})
	there := map[gitpack.OID]bool{} // what the parents have where the index differs
	d := treeDiff{
		treeReading: trees,
		emit: func(e edit) {
			t.edits = append(t.edits, e)
			for _, b := range e.before {
				there[b.id] = true
			}
		},
		gone: func(e item) {
			if e.kind != kindModule {
				t.gone[e.id], there[e.id] = true, true
			}
		},
	}
	for stage, entries := range byStage(t.index.Entries) {
		if stage > 0 {
			d.gone = nil // a conflict's side is no whole tree
		}
		if len(entries) > 0 || stage == 0 {
			var root gitpack.OID
			trees.made, root = makeTrees(t.format, t.entries(yield, entries, &failed))
			d.compare(root, t.parents)
		}
	}
	if failed != nil {
		return failed
	}
	t.cut = d.repeats > 0
	t.dropMoved(there)
	t.settle()
	if t.cut {
		t.blobs.allMore()
	}
	return d.tellCut(yield)
}

// byStage splits the entries of an index.
func byStage(entries []gitrepo.IndexEntry) [4][]gitrepo.IndexEntry {
	var stages [4][]gitrepo.IndexEntry
	if !slices.ContainsFunc(entries, func(e gitrepo.IndexEntry) bool { return e.Stage != 0 }) {
		stages[0] = entries
		return stages
	}
	for _, e := range entries {
		stages[e.Stage&3] = append(stages[e.Stage&3], e)
	}
	return stages
}

// entries turns entries of an index into items with whole paths. What is only
// meant to be added has a path, and no content yet.
func (t *staged) entries(yield mudlark.Yield, list []gitrepo.IndexEntry, failed *error) []item {
	items := make([]item, 0, len(list))
	for _, e := range list {
		path := strings.TrimSuffix(e.Path, "/")
		if e.IntentToAdd {
			if asked(t.files, path) {
				t.paths = append(t.paths, edit{path: path, item: item{name: path}})
			}
			continue
		}
		id, err := t.format.Parse(e.OID)
		if err == nil && tooDeep(path) {
			err = errDeep
		}
		if err != nil {
			s := mudlark.Skipped(mudlark.Corrupt, "the index: %v", err)
			if err := skip(yield, origin("", path, e.OID), s); err != nil && *failed == nil {
				*failed = err
			}
			continue
		}
		items = append(items, itemOf(path, e.Mode, id))
	}
	return items
}

var errDeep = errors.New("more folders in each other than can be")

// tooDeep reports whether a path of an index is longer than any that git makes.
func tooDeep(path string) bool {
	return len(path) > maxPathBytes || strings.Count(path, "/") > maxPathDepth
}

// dropMoved drops edits whose content a parent has somewhere: files that were
// renamed, copied or moved bring nothing new.
func (t *staged) dropMoved(there map[gitpack.OID]bool) {
	changed := map[string]bool{}
	for _, e := range t.edits {
		changed[e.path] = true
	}
	fresh := map[string]bool{} // ids, in hexadecimal as in the index
	for _, e := range t.edits {
		fresh[e.item.id.String()] = true
	}
	if len(fresh) > 0 && len(t.parents) > 0 && !t.cut { // else paths without an edit may have changed
		for i := range t.index.Entries {
			// An unchanged path is in a parent with what the index has there.
			if e := &t.index.Entries[i]; fresh[e.OID] && !e.IntentToAdd && !changed[e.Path] {
				delete(fresh, e.OID)
			}
		}
	}
	for _, e := range t.edits {
		if e.fresh < len(e.path) {
			t.paths = append(t.paths, e)
		}
	}
	t.edits = slices.DeleteFunc(t.edits, func(e edit) bool {
		return !fresh[e.item.id.String()] || there[e.item.id] || !asked(t.files, e.path)
	})
	t.paths = slices.DeleteFunc(t.paths, func(e edit) bool { return !asked(t.files, e.path) })
}

// settle gathers the blobs to read.
func (t *staged) settle() {
	added := false
	t.edits = slices.DeleteFunc(t.edits, func(e edit) bool {
		if e.item.kind != kindModule {
			return false
		}
		t.note("the submodule %s is staged; its content is in another repository", e.path)
		return true
	})
	for _, e := range t.edits {
		t.blobs.add(e.item.id, e.item.kind, e.path, false)
		for _, b := range e.before {
			if b.kind != kindModule {
				t.blobs.add(b.id, b.kind, e.path, true)
			}
		}
		added = added || len(e.before) == 0
	}
	if !added {
		clear(t.gone)
	}
	for id := range t.gone {
		t.blobs.add(id, kindFile, "", true)
	}
}

// Attribute implements mudlark.Attributor: it returns what the next commit would
// introduce.
func (t *staged) Attribute(_ context.Context, found []mudlark.Finding, _ mudlark.Yield) ([]mudlark.Finding, error) {
	content := group(found, isContent)
	var removed []int // findings in what is gone
	for id := range t.gone {
		removed = append(removed, content.at[id.String()]...)
	}
	slices.Sort(removed)
	var out []mudlark.Finding
	add := func(i int, path string) {
		f := found[i]
		f.Origin.Path = path
		f.Origin.Exposure = &mudlark.Exposure{Held: mudlark.HeldByIndex}
		out = append(out, f)
	}
	for _, e := range t.edits {
		var before [][]int
		for _, b := range e.before {
			before = append(before, content.at[b.id.String()])
		}
		if len(before) == 0 && len(removed) > 0 {
			before = append(before, removed)
		}
		for _, i := range introduced(found, content.at[e.item.id.String()], before) {
			add(i, moved(&found[i], t.blobs.first(e.item.id), e.path))
			if t.cut { // see attribution.tellSomewhere
				add(i, "")
			}
		}
	}
	t.newPaths(found, add)
	return out, nil
}

// newPaths adds what was found in names that no parent has.
func (t *staged) newPaths(found []mudlark.Finding, add func(i int, path string)) {
	fresh := map[string]int{}
	for _, e := range t.paths {
		fresh[e.path] = e.fresh
	}
	isNew := func(f *mudlark.Finding, path string) bool { return len(path) > fresh[f.Origin.Path] }
	inNames(found, isNew, add)
}
