package git

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// Attribute implements mudlark.Attributor. A commit introduces a secret at a
// path if it has it there and none of its parents does, merges included; each
// introduction is one finding. Versions that merely keep it give none. What no
// commit has is told by what else holds it.
func (h *history) Attribute(ctx context.Context, found []mudlark.Finding, yield mudlark.Yield) ([]mudlark.Finding, error) {
	if h.paths == nil {
		return found, nil // stopped before history was known
	}
	a := newAttribution(h, found)
	for _, step := range []func(context.Context) error{a.traceBlobs, a.tracePaths, a.traceRest} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	out, err := a.finish(ctx, yield)
	return h.memory.news(out), err
}

// holders lists the commits that refs and reflogs name.
func (h *history) holders() []root {
	var roots []root
	for _, r := range h.refs {
		if at, ok := h.commitOf(r.Target); ok {
			roots = append(roots, root{at, r.Name, class(r.Name)})
		}
	}
	for _, l := range h.logs {
		held := mudlark.HeldByReflog
		if l.stash {
			held = mudlark.HeldByStash
		}
		if at, ok := h.graph.find(h.peel(l.object)); ok {
			roots = append(roots, root{at, "", held})
		}
	}
	return roots
}

// An attribution is the state of one call of Attribute.
type attribution struct {
	*history
	found   []mudlark.Finding
	holding *holding
	keys    map[secretKey]int
	secrets map[uint32][]int // by blob: the keys of what was found in it
	inBlobs *filter          // through which all of them are seen; nil: they are too many
	inNames *filter          // through which secrets in paths are seen
	kept    []tipSet         // by key, if there are no filters: the tips whose tree has the secret
	counts  []bool           // by commit: whether it is in the scope; nil: all are
	traced  []trace
}

func newAttribution(h *history, found []mudlark.Finding) *attribution {
	a := &attribution{
		history: h, found: found, keys: map[secretKey]int{},
		holding: holdingOf(h.graph, h.holders()),
	}
	a.counts = h.scope.marks(a.holding)
	for i := range found {
		if key := keyOf(&found[i]); isContent(&found[i]) {
			if _, ok := a.keys[key]; !ok {
				a.keys[key] = len(a.keys)
			}
		}
	}
	a.kept = make([]tipSet, len(a.keys))
	return a
}

// A trace is where a finding comes from.
type trace struct {
	find     int
	path     string
	from     string            // where it was before the commit moved it, if it did
	commit   uint32            // none: in no commit
	keep     tipSet            // the tips that have it, if it is a path and there is no filter
	exposure *mudlark.Exposure // of what is in no commit
	inScope  bool              // likewise
}

// byCommit adds a finding that a commit introduces at a path.
func (a *attribution) byCommit(find int, commit uint32, path string) {
	a.traced = append(a.traced, trace{find: find, commit: commit, path: path})
}

// byPath adds a finding in a path name that a commit introduces.
func (a *attribution) byPath(find int, commit uint32, path string, keep tipSet) {
	a.traced = append(a.traced, trace{find: find, commit: commit, path: path, keep: keep})
}

// byOther adds a finding that something else than a commit holds.
func (a *attribution) byOther(find int, held mudlark.Held, refs []string, path string) {
	e := &mudlark.Exposure{Held: held, Refs: refs, Tips: refs}
	a.traced = append(a.traced, trace{find: find, commit: none, path: path, exposure: e})
}

// finish makes findings of the traces.
func (a *attribution) finish(ctx context.Context, yield mudlark.Yield) ([]mudlark.Finding, error) {
	slices.SortFunc(a.traced, func(s, t trace) int {
		return cmp.Or(cmp.Compare(s.find, t.find), strings.Compare(s.path, t.path), cmp.Compare(s.commit, t.commit))
	})
	f := finisher{attribution: a, at: map[stayKey]int{}, commits: map[uint32]*mudlark.Commit{}}
	for i := range a.traced {
		if t := &a.traced[i]; t.commit != none {
			f.stays = append(f.stays, stay{stayKey: f.keyOf(t)})
		}
	}
	slices.SortFunc(f.stays, func(s, t stay) int { return s.compare(t.stayKey) })
	f.stays = slices.CompactFunc(f.stays, func(s, t stay) bool { return s.stayKey == t.stayKey })
	if err := a.follow(ctx, f.stays); err != nil {
		return nil, err
	}
	for i := range f.stays {
		f.at[f.stays[i].stayKey] = i
	}
	links := a.newLinker()
	f.exposures = make([]*mudlark.Exposure, len(f.stays))
	out := make([]mudlark.Finding, 0, len(a.traced))
	for i := range a.traced {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		found := f.finding(&a.traced[i])
		found.Origin.Link = links.link(&found)
		out = append(out, found)
	}
	return out, a.check(ctx, yield, out)
}

// A finisher fills in what findings of the same commit share.
type finisher struct {
	*attribution
	stays     []stay
	at        map[stayKey]int
	exposures []*mudlark.Exposure // by stay
	commits   map[uint32]*mudlark.Commit
}

func (f *finisher) finding(t *trace) mudlark.Finding {
	out := f.found[t.find]
	out.Origin.Path = t.path
	if t.from != "" {
		movedFrom(&out, t.from)
	}
	in := t.inScope
	if t.commit == none {
		out.Origin.Exposure = t.exposure
		in = in || f.scope.holds(t.exposure.Held)
	} else {
		out.Origin.Commit = f.commit(t.commit)
		out.Origin.Exposure = f.exposure(t)
		in = f.counts != nil && f.counts[t.commit]
	}
	if f.counts != nil && !in {
		out.Suppression = f.scope.outside()
	}
	return out
}

func (f *finisher) commit(c uint32) *mudlark.Commit {
	if known, ok := f.commits[c]; ok {
		return known
	}
	d := f.describe(f.objects.id(f.graph.commits[c].object))
	f.commits[c] = d
	return d
}

// keyOf returns the key of the stay that a trace is of. Findings of one secret in
// one commit share it.
func (f *finisher) keyOf(t *trace) stayKey {
	switch found := &f.found[t.find]; {
	case isContent(found):
		return stayKey{t.commit, f.keys[keyOf(found)], ""}
	case isPath(found):
		return stayKey{t.commit, -1, t.path}
	}
	return stayKey{t.commit, -1, ""}
}

// A report has room for about manyNames names of refs, and of each exposure for
// fewNames at least.
const (
	manyNames = 1 << 16
	fewNames  = 20
)

// exposure returns how what a commit introduced can be reached, and what became
// of it.
func (f *finisher) exposure(t *trace) *mudlark.Exposure {
	at := f.at[f.keyOf(t)]
	if f.exposures[at] != nil {
		return f.exposures[at]
	}
	s := &f.stays[at]
	e := &mudlark.Exposure{Held: f.holding.level[t.commit], First: f.dated(f.graph.commits[t.commit].date)}
	tips := s.tips
	switch {
	case tips != nil:
	case t.keep != nil:
		tips = t.keep
	case s.key >= 0:
		tips = f.kept[s.key]
	default:
		tips = f.tipsAt(t.commit)
	}
	most := max(fewNames, manyNames/len(f.stays))
	e.Refs, e.MoreRefs = f.holding.names(s.refs, most)
	e.Tips, e.MoreTips = f.holding.names(s.refs.both(tips), most)
	if s.told {
		e.Last, e.MoreRemoved = f.dated(s.last), s.more
		for _, c := range s.removed {
			commit := &f.graph.commits[c]
			e.Removed = append(e.Removed, mudlark.Removal{Commit: f.objects.hex(commit.object), Date: f.dated(commit.date)})
		}
	}
	f.exposures[at] = e
	return e
}

// dated returns the date of a commit.
func (f *finisher) dated(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// tipsAt returns the tips that are a commit itself: what stands in a commit's
// own text is newest only there.
func (f *finisher) tipsAt(c uint32) tipSet {
	s := make(tipSet, f.holding.words())
	for i, t := range f.holding.tips {
		if t.commit == c {
			s[i/64] |= 1 << (i % 64)
		}
	}
	return s
}

// traceBlobs traces content of files.
func (a *attribution) traceBlobs(ctx context.Context) error {
	c := group(a.found, func(f *mudlark.Finding) bool { return isContent(f) && f.Origin.Object != "" })
	a.shareLarge(c)
	a.secrets = map[uint32][]int{}
	t := blobTracer{attribution: a, contents: c, wanted: map[uint32]bool{}, first: map[uint32]string{}}
	for id, finds := range c.at {
		n, ok := a.objects.parse(id)
		if !ok {
			continue
		}
		t.wanted[n] = true
		t.first[n], _, _ = a.yielded(n)
		for _, find := range finds {
			t.secrets[n] = append(t.secrets[n], a.keys[keyOf(&a.found[find])])
		}
		slices.Sort(t.secrets[n])
		t.secrets[n] = slices.Compact(t.secrets[n])
	}
	if len(t.wanted) == 0 {
		return nil
	}
	return t.trace(ctx)
}

// shareLarge gives what was found in a large file to all blobs that stand for
// it.
func (a *attribution) shareLarge(c *contents) {
	for i := range a.found {
		f := &a.found[i]
		oid := f.Origin.Labels[labelLFS]
		if oid == "" || f.Origin.Object == "" {
			continue
		}
		for _, n := range a.pointed[oid] {
			if id := a.objects.hex(n); id != f.Origin.Object {
				c.at[id] = append(c.at[id], i)
			}
		}
	}
}

// tracePaths traces secrets in path names. A secret in the name of a folder is
// one finding, not one for each file below.
func (a *attribution) tracePaths(ctx context.Context) error {
	first := map[namedSecret]int{}
	for i := range a.found {
		f := &a.found[i]
		if !isPath(f) {
			continue
		}
		n := nameOf(f)
		if known, ok := first[n]; !ok || f.Position.Offset < a.found[known].Position.Offset {
			first[n] = i
		}
	}
	if len(first) == 0 {
		return nil
	}
	wanted := map[string][]int{}
	for n, i := range first {
		wanted[n.path] = append(wanted[n.path], i)
	}
	t := pathTracer{attribution: a, wanted: wanted, by: map[string]uint32{}}
	return t.trace(ctx)
}

// upTo returns the path of a finding in a path name, up to the end of the name
// that the secret ends in.
func upTo(f *mudlark.Finding) string {
	end := int(f.Position.Offset) + f.Position.EndColumn - f.Position.StartColumn
	path := f.Origin.Path
	if f.Position.EndLine != f.Position.StartLine || end < 1 || end > len(path) {
		return path
	}
	if i := strings.IndexByte(path[end:], '/'); i >= 0 {
		return path[:end+i]
	}
	return path
}

// traceRest traces what lies in commits, tags, refs and files of git's own.
func (a *attribution) traceRest(context.Context) error {
	refNames := map[secretKey]bool{}
	for i := range a.found {
		if f := &a.found[i]; f.Origin.Part == partRef {
			refNames[keyOf(f)] = true
		}
	}
	tags := a.taggers()
	for i := range a.found {
		f := &a.found[i]
		switch f.Origin.Part {
		case partMessage, partHeader:
			if n, ok := a.objects.parse(f.Origin.Object); ok {
				if at, ok := a.graph.find(n); ok {
					a.byCommit(i, at, f.Origin.Path)
					continue
				}
			}
			a.byOther(i, mudlark.HeldByNothing, nil, f.Origin.Path)
		case partTag:
			a.traceTag(i, tags)
		case partRef:
			a.byOther(i, mudlark.HeldByRef, []string{f.Origin.Object}, f.Origin.Path)
		case partReflog, partFile:
			if strings.HasSuffix(f.Origin.Path, "info/refs") && refNames[keyOf(f)] {
				continue // a copy of the refs' names, made for plain web servers
			}
			a.byOther(i, mudlark.HeldByWorktree, nil, f.Origin.Path)
		default:
			// What remains is in files beside the objects: members of archives
			// there, large files that no pointer names.
			if !isPath(f) && (!isContent(f) || f.Origin.Object == "") {
				a.byOther(i, mudlark.HeldByWorktree, nil, f.Origin.Path)
			}
		}
	}
	return nil
}

// traceTag traces a finding in an annotated tag. tags are what taggers gives.
func (a *attribution) traceTag(i int, tags map[uint32][]string) {
	n, _ := a.objects.parse(a.found[i].Origin.Object)
	held := mudlark.HeldByRef
	if len(tags[n]) == 0 {
		held = mudlark.HeldByNothing
		if slices.ContainsFunc(a.logs, func(l logged) bool { return l.object == n }) {
			held = mudlark.HeldByReflog
		}
	}
	a.byOther(i, held, tags[n], a.found[i].Origin.Path)
	if at, ok := a.graph.find(a.peel(n)); ok {
		a.traced[len(a.traced)-1].inScope = a.counts != nil && a.counts[at]
	}
}

// taggers returns for each annotated tag the refs that name it, directly or
// through other tags, sorted.
func (a *attribution) taggers() map[uint32][]string {
	by := map[uint32][]string{}
	for _, r := range a.refs { // in the order of their names
		n, ok := a.objects.parse(r.Target)
		if !ok || class(r.Name) == mudlark.HeldByReflog {
			continue
		}
		for range len(a.tags) {
			t, ok := a.tags[n]
			if !ok {
				break
			}
			if last := len(by[n]) - 1; last < 0 || by[n][last] != r.Name {
				by[n] = append(by[n], r.Name)
			}
			n = t.target
		}
	}
	return by
}
