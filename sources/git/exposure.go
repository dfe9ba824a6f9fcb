package git

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"

	"github.com/mudlark-scan/mudlark"
)

// A stay is a secret in the tree of a commit that introduces it and of the
// commits that descend from that one, until each line of them has lost it.
//
// A commit ends a stay if its tree has not got the secret, at any path, and all
// of its parents that descend from the introducing commit have it. So where a
// merge takes the side that was cleaned, the commit that cleaned it counts and
// not the merge; where all that a merge joins of the stay still had the secret,
// the merge removed it itself. It follows that of every ref which the
// introducing commit leads to, either the newest tree has the secret or a commit
// in its history ended the stay.
type stay struct {
	stayKey
	refs    tipSet   // that the introducing commit leads to
	tips    tipSet   // those of them whose tree has it
	last    int64    // the date of the newest commit that has it
	removed []uint32 // the newest commits that ended it, when settled the oldest of them first
	more    int      // those left out
	told    bool     // the fields but refs are known
}

// A stayKey says what is where since when.
type stayKey struct {
	commit uint32
	key    int    // of the secret, as in attribution.keys; -1: no content
	path   string // with a secret in it; empty: none
}

// maxRemoved bounds the commits that are remembered to have ended a stay.
const maxRemoved = 20

// A plane has a bit for each of the stays that one pass over the graph follows.
type plane [passWords]uint64

func (p *plane) set(i int) { p[i/64] |= 1 << (i % 64) }

func (p *plane) join(q *plane) {
	for w := range p {
		p[w] |= q[w]
	}
}

// each calls visit for every bit that is set.
func (p *plane) each(visit func(i int)) {
	for w, word := range p {
		for ; word != 0; word &= word - 1 {
			visit(64*w + bits.TrailingZeros64(word))
		}
	}
}

// follow finds out what became of stays, which are sorted.
func (a *attribution) follow(ctx context.Context, stays []stay) error {
	f := follower{attribution: a, reached: make([]plane, len(a.graph.commits)), known: map[string]tipSet{}}
	for len(stays) > 0 {
		n := 1
		for n < len(stays) && stays[n].kind() == stays[0].kind() {
			n++
		}
		if err := f.follow(ctx, stays[:n]); err != nil {
			return err
		}
		stays = stays[n:]
	}
	return nil
}

// compare sorts stays so that those of a kind, and of a secret, are together.
func (s stayKey) compare(t stayKey) int {
	return cmp.Or(cmp.Compare(s.kind(), t.kind()), cmp.Compare(s.key, t.key), cmp.Compare(s.commit, t.commit), cmp.Compare(s.path, t.path))
}

// kind tells apart what is followed through different filters.
func (s stayKey) kind() int {
	switch {
	case s.key >= 0:
		return 0
	case s.path != "":
		return 1
	}
	return 2
}

// A follower follows stays, a plane of them at a time. A pass carries a bit for
// each from parents to children, so its cost depends neither on how long the
// ways are nor on how much there is to remove.
type follower struct {
	*attribution
	reached []plane // by commit: the stays whose introducing commit leads to it
	known   map[string]tipSet

	filter *filter  // that roots and holds are of
	roots  []uint32 // by commit: its list
	holds  []plane  // by list: the stays whose secret is in it
	marked []uint64 // a bit for each object that has one of the secrets
	order  []uint32 // commits, the newest first
}

// follow follows stays of a kind, all through one filter if that is not too large.
func (f *follower) follow(ctx context.Context, stays []stay) error {
	filter, ok := f.filterFor(stays)
	if !ok {
		half := len(stays) / 2
		if err := f.follow(ctx, stays[:half]); err != nil {
			return err
		}
		return f.follow(ctx, stays[half:])
	}
	for part := range slices.Chunk(stays, 64*passWords) {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.pass(filter, part)
	}
	return nil
}

// pass follows a plane of stays.
func (f *follower) pass(filter *filter, part []stay) {
	if filter != nil {
		f.look(filter, part)
	}
	clear(f.reached)
	for i := range part {
		f.reached[part[i].commit].set(i)
	}
	if filter == nil || !f.whole() {
		f.spread()
	} else {
		f.end(part)
		f.date(part)
	}
	f.settle(part, filter != nil)
}

// filterFor returns a filter that shows in which trees the secrets of part are;
// nil if that is not known of them. It is not ok if the filter would be too large.
func (f *follower) filterFor(part []stay) (*filter, bool) {
	switch kind := part[0].kind(); {
	case kind == 1:
		return f.inNames, true
	case kind == 2 || f.secrets == nil:
		return nil, true
	case f.inBlobs != nil:
		return f.inBlobs, true
	}
	keys := map[int]bool{}
	for i := range part {
		keys[part[i].key] = true
	}
	blobs := map[uint32]bool{}
	for blob, inside := range f.secrets {
		if slices.ContainsFunc(inside, func(key int) bool { return keys[key] }) {
			blobs[blob] = true
		}
	}
	limit := f.maxFiltered / 16 // each pass goes through all of it
	if len(part) == 1 {
		limit = math.MaxInt
	}
	filter := newFilter(f.trees)
	filter.blobs = blobs
	return filter, filter.prepare(f.paths.inward(), limit)
}

// look fills f.holds.
func (f *follower) look(filter *filter, part []stay) {
	if f.filter != filter {
		f.filter, f.roots = filter, make([]uint32, len(f.graph.commits))
		for i := range f.roots {
			f.roots[i] = filter.of(f.graph.commits[i].tree)
		}
	}
	f.holds = append(f.holds[:0], make([]plane, len(filter.lists))...)
	if part[0].path != "" {
		f.lookForPaths(part)
		return
	}
	keys := map[int]*plane{}
	for i := range part {
		if keys[part[i].key] == nil {
			keys[part[i].key] = &plane{}
		}
		keys[part[i].key].set(i)
	}
	blobs := map[uint32]*plane{}
	f.marked = append(f.marked[:0], make([]uint64, f.objects.len()/64+1)...)
	for blob, inside := range f.secrets {
		for _, key := range inside {
			if keys[key] == nil {
				continue
			}
			if blobs[blob] == nil {
				blobs[blob] = &plane{}
				f.marked[blob/64] |= 1 << (blob % 64)
			}
			blobs[blob].join(keys[key])
		}
	}
	for i, list := range filter.lists { // what is in a list was made before it
		for _, e := range list {
			if e.kind() == kindTree {
				f.holds[i].join(&f.holds[e.child])
			} else if f.marked[e.child/64]>>(e.child%64)&1 != 0 {
				f.holds[i].join(blobs[e.child])
			}
		}
	}
}

func (f *follower) lookForPaths(part []stay) {
	seen := make([]bool, len(f.holds))
	for _, list := range f.roots {
		if seen[list] {
			continue
		}
		seen[list] = true
		for i := range part {
			if f.filter.leads(list, part[i].path) {
				f.holds[list].set(i)
			}
		}
	}
}

// spread fills f.reached.
func (f *follower) spread() {
	for _, c := range f.graph.order {
		own := &f.reached[c]
		for _, parent := range f.graph.of(c) {
			own.join(&f.reached[parent])
		}
	}
}

// end fills f.reached and notes which commits end which stays.
func (f *follower) end(part []stay) {
	alike := f.alike(part)
	for _, c := range f.graph.order {
		own, has, same := &f.reached[c], &f.holds[f.roots[c]], alike[f.holding.level[c]]
		var had, clean plane // by parents that descend from the introducing commit
		for _, parent := range f.graph.of(c) {
			reached, holds := &f.reached[parent], &f.holds[f.roots[parent]]
			for w := range own {
				own[w] |= reached[w]
				had[w] |= reached[w] & holds[w]
				clean[w] |= reached[w] &^ holds[w]
			}
		}
		if same == nil {
			continue
		}
		for w := range had {
			had[w] &= same[w] &^ (clean[w] | has[w])
		}
		had.each(func(i int) { f.remove(&part[i], c) })
	}
}

// alike returns for what keeps commits the stays whose introducing commit is
// kept by the same. What becomes of a secret in commits that are kept by less,
// such as amended ones, tells nothing of its stay in the others.
func (f *follower) alike(part []stay) map[mudlark.Held]*plane {
	by := map[mudlark.Held]*plane{}
	for i := range part {
		level := f.holding.level[part[i].commit]
		if by[level] == nil {
			by[level] = &plane{}
		}
		by[level].set(i)
	}
	return by
}

// remove notes that a commit ends a stay.
func (f *follower) remove(s *stay, c uint32) {
	s.removed = append(s.removed, c)
	if len(s.removed) > 4*maxRemoved {
		f.cut(s)
	}
}

// cut sorts the commits that ended a stay, and leaves the newest.
func (f *follower) cut(s *stay) {
	slices.SortFunc(s.removed, f.byDate)
	if n := len(s.removed) - maxRemoved; n > 0 {
		s.more += n
		s.removed = slices.Delete(s.removed, 0, n)
	}
}

// byDate compares commits by when they were made.
func (f *follower) byDate(a, b uint32) int {
	return cmp.Or(cmp.Compare(f.graph.commits[a].date, f.graph.commits[b].date), cmp.Compare(a, b))
}

// date finds the newest commit that has each secret.
func (f *follower) date(part []stay) {
	if f.order == nil {
		f.order = slices.Clone(f.graph.order)
		slices.SortFunc(f.order, func(a, b uint32) int { return f.byDate(b, a) })
	}
	alike := f.alike(part)
	left := len(part)
	for _, c := range f.order {
		same := alike[f.holding.level[c]]
		if same == nil {
			continue
		}
		var now plane
		for w := range now {
			now[w] = same[w] & f.reached[c][w] & f.holds[f.roots[c]][w]
			same[w] &^= now[w]
		}
		now.each(func(i int) {
			part[i].last = f.graph.commits[c].date
			left--
		})
		if left == 0 {
			return
		}
	}
}

// settle takes what the pass tells of the tips.
func (f *follower) settle(part []stay, known bool) {
	n := f.holding.words()
	refs, tips := make([]uint64, n*len(part)), make([]uint64, n*len(part))
	for at, t := range f.holding.tips {
		f.reached[t.commit].each(func(i int) {
			refs[i*n+at/64] |= 1 << (at % 64)
			if known && f.holds[f.roots[t.commit]][i/64]>>(i%64)&1 != 0 {
				tips[i*n+at/64] |= 1 << (at % 64)
			}
		})
	}
	for i := range part {
		s := &part[i]
		s.refs = share(f.known, refs[i*n:(i+1)*n])
		if known {
			s.tips = share(f.known, tips[i*n:(i+1)*n])
		}
		s.told = known && f.whole()
		f.cut(s)
	}
}
