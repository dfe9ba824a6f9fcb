package git

import (
	"maps"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// stagedTree is what an index holds in one of its stages, as a tree: a commit
// that might be.
type stagedTree struct {
	root    uint32
	parents []uint32 // indexes in the graph: HEAD, and what is being merged
}

// internPaths gives numbers to the names in an index, before names are sorted.
func internPaths(n *names, x gitrepo.Index) {
	for _, list := range [][]gitrepo.IndexEntry{x.Entries, x.Undo} {
		for _, e := range list {
			for part := range strings.SplitSeq(strings.TrimSuffix(e.Path, "/"), "/") {
				n.number([]byte(part))
			}
		}
	}
}

// plantIndexes makes trees of the indexes, so that what is staged has paths and
// is compared with commits as commits are with each other.
func (h *history) plantIndexes() {
	for _, x := range h.indexes {
		var stages [2][4][]gitrepo.IndexEntry // undo or not, stage
		for i, list := range [][]gitrepo.IndexEntry{x.Entries, x.Undo} {
			for _, e := range list {
				stages[i][e.Stage&3] = append(stages[i][e.Stage&3], e)
			}
		}
		parents := h.parentsOf(x)
		for _, lists := range stages {
			for _, list := range lists {
				if len(list) > 0 {
					h.staged = append(h.staged, stagedTree{h.plant(x, list), parents})
				}
			}
		}
	}
}

// parentsOf returns the commits that a commit of this index would have as
// parents.
func (h *history) parentsOf(x gitrepo.Index) []uint32 {
	var parents []uint32
	for _, r := range h.refs {
		name := r.Name[strings.LastIndexByte(r.Name, '/')+1:]
		if r.Worktree != x.Worktree || strings.HasPrefix(r.Name, "refs/") || name != "HEAD" && name != "MERGE_HEAD" {
			continue
		}
		if at, ok := h.commitOf(r.Target); ok {
			parents = append(parents, at)
		}
	}
	return parents
}

// commitOf returns the commit that an id leads to, through tags.
func (h *history) commitOf(id string) (uint32, bool) {
	n, ok := h.objects.parse(id)
	if !ok {
		return none, false
	}
	return h.graph.find(h.peel(n))
}

// peel follows tags to what is none. Tags cannot form a ring, but a hostile
// chain may be long.
func (h *history) peel(object uint32) uint32 {
	for range len(h.tags) {
		t, ok := h.tags[object]
		if !ok {
			break
		}
		object = t.target
	}
	return object
}

// plant makes a tree of entries of one stage and returns its number.
func (h *history) plant(x gitrepo.Index, list []gitrepo.IndexEntry) uint32 {
	items := make([]planted, 0, len(list))
	for _, e := range list {
		if tooDeep(e.Path) {
			h.deep++
			continue
		}
		n, ok := h.objects.parse(e.OID)
		kind := kindOf(e.Mode)
		switch {
		case kind == kindModule || !ok || e.IntentToAdd:
			n = module
		case !h.objects.has(n) && !wellKnown(e.OID):
			h.lose(n, h.place(x.File)+", for "+e.Path)
		}
		if e.IntentToAdd {
			kind = kindFile
		}
		items = append(items, planted{strings.Split(strings.TrimSuffix(e.Path, "/"), "/"), entry{kind << kindShift, n}})
	}
	slices.SortFunc(items, func(a, b planted) int { return slices.Compare(a.parts, b.parts) })
	return h.trees.plant(items)
}

// wellKnown reports whether git knows an object without having it: the empty
// tree and the empty blob.
func wellKnown(id string) bool {
	switch id {
	case "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
		"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
		"6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321":
		return true
	}
	return false
}

// planted is an entry of a tree that is being made, with its path.
type planted struct {
	parts []string
	entry
}

// plant makes trees of entries that are sorted by path.
func (t *trees) plant(items []planted) uint32 {
	var list []entry
	for len(items) > 0 {
		first := items[0]
		name := t.names.number([]byte(first.parts[0]))
		n := 1
		if len(first.parts) == 1 {
			list = append(list, entry{first.name | name, first.child})
			items = items[n:]
			continue
		}
		for n < len(items) && items[n].parts[0] == first.parts[0] && len(items[n].parts) > 1 {
			n++
		}
		inner := make([]planted, n)
		for i, item := range items[:n] {
			inner[i] = planted{item.parts[1:], item.entry}
		}
		list = append(list, entry{kindTree<<kindShift | name, t.plant(inner)})
		items = items[n:]
	}
	return t.grow(list)
}

// submodules tells which submodules have their repository in this one.
type submodules struct {
	dirs map[string]string // by name, where it is to be opened
	told map[string]bool
}

func (h *history) submodules(yield mudlark.Yield) (submodules, error) {
	m := submodules{map[string]string{}, map[string]bool{}}
	list, err := h.repo.Submodules()
	for _, s := range list {
		m.dirs[s.Name] = h.place(s.GitDir)
	}
	return m, h.problems(yield, "", err, false)
}

// skip returns the skip for the submodule at a path, which is its name as well
// unless somebody wanted it otherwise.
func (m submodules) skip(path string) *mudlark.Skip {
	if dir, ok := m.dirs[path]; ok {
		m.told[path] = true
		return mudlark.Skipped(mudlark.Submodule, "a submodule is another repository: scan it with `mudlark git %s`", dir)
	}
	return mudlark.Skipped(mudlark.Submodule, "a submodule is another repository: clone it and scan it with `mudlark git PATH`")
}

// rest yields the repositories of submodules that lie here and that no tree has.
func (m submodules) rest(yield mudlark.Yield) error {
	for _, name := range slices.Sorted(maps.Keys(m.dirs)) {
		if !m.told[name] {
			if err := skip(yield, origin("", m.dirs[name], ""), m.skip(name)); err != nil {
				return err
			}
		}
	}
	return nil
}
