package git

import (
	"cmp"
	"slices"
)

// paths knows where in the trees of a repository each blob lies, whatever the
// commit.
type paths struct {
	trees *trees
	dirs  []folder          // the first is the root
	last  []uint32          // by object: index in at of its last place, or none
	named map[uint32]uint32 // the same for objects that are not there
	at    []place

	seen    []uint32 // by tree: how many folders it was entered as
	mark    []uint32 // by tree: the last folder, and one, whose list it was in
	depth   []uint16 // by tree: how deep the deepest of its folders lies
	order   []uint32 // see inward
	entered int

	// repeats counts the places that were left out because a tree or a blob
	// lies in too many, deep the folders left out because they lie too deep.
	repeats, deep int
	unentered     bool // places were left out that nothing else counts
}

type folder struct {
	parent, name uint32
	depth        uint16
	length       uint16 // of its path, in bytes
}

// place is one of the places of a blob.
type place struct {
	dir, name uint32 // name with its kind, as in an entry
	before    uint32 // index in paths.at of the object's place before this one, or none
	count     uint32 // how many places of the object there are up to this one
}

// Bounds against trees that repeat themselves in each other, which can spell
// more paths than there are atoms. Content is read whatever its paths.
const (
	maxTreePlaces = 1000    // folders one tree is entered as
	maxBlobPlaces = 1000    // places remembered of one blob
	maxPathDepth  = 4096    // folders in each other; git itself stops at 2048
	maxPathBytes  = 8192    // of the path of a folder; systems stop at 4096
	maxBlobPaths  = 1 << 20 // bytes of all paths of one blob
	spareFolders  = 4 << 20
)

// foundPath is told of each path once, in order: a file, a link, a submodule, or
// a folder that is empty or not there. kinds has a bit for each kind of entry
// that the path was in one tree or another.
type foundPath func(p *paths, dir, name uint32, kinds uint8) error

// findPaths goes through every path below the roots. Folders are the outer loop
// and the versions of a folder the inner one: of a version whose base is a
// version of the same folder, only what differs can have new paths.
func findPaths(t *trees, roots []uint32, found foundPath) (*paths, error) {
	p := &paths{trees: t, named: map[uint32]uint32{}, dirs: []folder{{none, none, 0, 0}}}
	p.last = make([]uint32, t.objects.len())
	for i := range p.last {
		p.last[i] = none
	}
	p.seen, p.mark, p.depth = make([]uint32, len(t.all)), make([]uint32, len(t.all)), make([]uint16, len(t.all))
	var set []uint32
	for _, r := range roots {
		if at, ok := t.record(r); ok {
			set = append(set, at)
		}
	}
	err := p.walk(set, found)
	p.seen, p.mark = nil, nil
	return p, err
}

// versions is a folder to visit, with the trees that it was.
type versions struct {
	dir   uint32
	trees []uint32
}

func (p *paths) walk(set []uint32, found foundPath) error {
	slices.Sort(set)
	stack := []versions{{0, slices.Compact(set)}}
	var list []entry
	var scratch gatherer
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		list = p.gather(top, list[:0], &scratch)
		from := len(stack)
		for i, n := 0, 0; i < len(list); i = n {
			for n = i + 1; n < len(list) && list[n].text() == list[i].text(); {
				n++
			}
			inner, err := p.visit(top.dir, list[i:n], found)
			if err != nil {
				return err
			}
			if len(inner.trees) > 0 {
				stack = append(stack, inner)
			}
		}
		slices.Reverse(stack[from:])
	}
	return nil
}

// gather lists the entries of all versions of a folder, by name, each once.
func (p *paths) gather(f versions, list []entry, s *gatherer) []entry {
	for _, at := range f.trees {
		p.mark[at] = f.dir + 1
	}
	most := 1 << 18
	for _, at := range f.trees {
		if base := p.trees.all[at].base; base == none || p.mark[base] == f.dir+1 {
			list = append(list, p.trees.all[at].edits...)
		} else {
			s.entries = p.trees.entries(at, s.entries)
			list = append(list, s.entries...)
		}
		if len(list) > most {
			list = s.once(list)
			most = max(most, 2*len(list))
		}
	}
	return s.once(list)
}

// A gatherer is the scratch memory of gather.
type gatherer struct {
	entries      []entry
	ranks, other []uint64
}

// once sorts a list by name and leaves of equal entries one. Versions of a folder
// repeat each other, so it may be long.
func (g *gatherer) once(list []entry) []entry {
	ranks := g.ranks[:0]
	for _, e := range list {
		ranks = append(ranks, e.rank())
	}
	ranks, g.other = sortRanks(ranks, g.other)
	list = list[:0]
	for i, r := range ranks {
		if i == 0 || r != ranks[i-1] {
			list = append(list, ranked(r))
		}
	}
	g.ranks = ranks
	return list
}

// sortRanks sorts numbers and returns them with memory for the next call. Many are
// sorted digit by digit.
func sortRanks(list, other []uint64) (sorted, spare []uint64) {
	const digitBits, many = 11, 1 << 12
	if len(list) < many {
		slices.Sort(list)
		return list, other
	}
	var differ uint64 // bits that are not the same in all
	for _, r := range list {
		differ |= r ^ list[0]
	}
	other = slices.Grow(other[:0], len(list))[:len(list)]
	for shift := 0; differ>>shift != 0; shift += digitBits {
		if differ>>shift&(1<<digitBits-1) == 0 {
			continue
		}
		var next [1<<digitBits + 1]int
		for _, r := range list {
			next[r>>shift&(1<<digitBits-1)+1]++
		}
		for d := range 1 << digitBits {
			next[d+1] += next[d]
		}
		for _, r := range list {
			d := r >> shift & (1<<digitBits - 1)
			other[next[d]] = r
			next[d]++
		}
		list, other = other, list
	}
	return list, other
}

// visit takes in what goes by one name in a folder.
func (p *paths) visit(dir uint32, list []entry, found foundPath) (versions, error) {
	inner := versions{dir: none}
	var kinds uint8
	for _, e := range list {
		if e.child == gone {
			continue
		}
		if at, ok := p.trees.record(e.child); ok && e.kind() == kindTree && !p.trees.empty(at) {
			p.enter(&inner, dir, e.text(), at)
			continue
		}
		kinds |= 1 << e.kind()
		p.add(e.child, dir, e.name)
	}
	if kinds == 0 {
		return inner, nil
	}
	return inner, found(p, dir, list[0].text(), kinds)
}

// enter adds a tree to the versions of a folder, within the bounds.
func (p *paths) enter(inner *versions, dir, name, at uint32) {
	most := uint32(maxTreePlaces)
	if p.entered > spareFolders+4*len(p.trees.all) {
		most = 1
	}
	switch {
	case p.seen[at] >= most:
		p.repeats++
		p.unentered = true
		return
	case !p.dirs[dir].holds(p.trees.names.text[name]):
		p.deep++
		return
	case inner.dir == none:
		inner.dir = uint32(len(p.dirs))
		length := int(p.dirs[dir].length) + 1 + len(p.trees.names.text[name])
		p.dirs = append(p.dirs, folder{dir, name, p.dirs[dir].depth + 1, uint16(length)})
	}
	p.seen[at]++
	p.entered++
	p.depth[at] = max(p.depth[at], p.dirs[inner.dir].depth)
	inner.trees = append(inner.trees, at)
}

// holds reports whether a folder of this name may lie in f.
func (f folder) holds(name string) bool {
	return f.depth < maxPathDepth && int(f.length)+1+len(name) <= maxPathBytes
}

// inward lists all trees, those that lie deepest first, else in the order in
// which they were read.
func (p *paths) inward() []uint32 {
	if p.order != nil {
		return p.order
	}
	order := make([]uint32, len(p.depth))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(p.depth[b], p.depth[a]), cmp.Compare(a, b))
	})
	p.order = order
	return order
}

// add remembers a place of an object.
func (p *paths) add(object, dir, name uint32) {
	if object == module {
		return
	}
	before := p.lastOf(object)
	count := uint32(1)
	if before != none {
		if count += p.at[before].count; count > maxBlobPlaces {
			p.repeats++
			return
		}
	}
	if int(object) < len(p.last) {
		p.last[object] = uint32(len(p.at))
	} else {
		p.named[object] = uint32(len(p.at))
	}
	p.at = append(p.at, place{dir, name, before, count})
}

func (p *paths) lastOf(object uint32) uint32 {
	if int(object) < len(p.last) {
		return p.last[object]
	}
	if at, ok := p.named[object]; ok {
		return at
	}
	return none
}

// of returns the paths of an object in order, and which kinds of entries it is
// there. all says that these are all of its paths.
func (p *paths) of(object uint32) (list []string, kinds uint8, all bool) {
	at := p.lastOf(object)
	if at == none {
		return nil, 0, true
	}
	all = p.at[at].count < maxBlobPlaces && !p.unentered
	list = make([]string, 0, p.at[at].count)
	for size := 0; at != none; at = p.at[at].before {
		kinds |= 1 << (p.at[at].name >> kindShift)
		path := p.path(p.at[at].dir, p.at[at].name&nameMask)
		if size += len(path); size > maxBlobPaths && len(list) > 0 {
			all = false
			break
		}
		if len(list) == 0 || list[len(list)-1] != path {
			list = append(list, path)
		}
	}
	slices.Reverse(list)
	return list, kinds, all
}

// path returns the path of a name in a folder.
func (p *paths) path(dir, name uint32) string {
	text := p.trees.names.text
	n := len(text[name])
	for d := dir; d != 0; d = p.dirs[d].parent {
		n += len(text[p.dirs[d].name]) + 1
	}
	buf := make([]byte, n)
	n -= copy(buf[n-len(text[name]):], text[name])
	for d := dir; d != 0; d = p.dirs[d].parent {
		n--
		buf[n] = '/'
		part := text[p.dirs[d].name]
		n -= copy(buf[n-len(part):], part)
	}
	return string(buf)
}
