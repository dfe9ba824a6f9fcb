package git

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// A logFilter is what of git log's arguments is not about where to begin.
type logFilter struct {
	*logOpts
	until   time.Time // zero: any
	authors []*regexp.Regexp
	specs   []*pathspec
	refs    []gitrepo.Ref // that were asked for
}

// readLog fills in the selection as git log with these arguments has it.
func (c *changes) readLog(text string, now time.Time) error {
	l, err := parseLogOpts(text)
	if err != nil {
		return err
	}
	f := &logFilter{logOpts: l}
	c.selection.log = f
	if l.since != "" {
		if c.selection.since, err = parseWhen(l.since, now); err != nil {
			return err
		}
	}
	if l.until != "" {
		if f.until, err = parseUntil(l.until, now); err != nil {
			return err
		}
	}
	for _, text := range l.authors {
		re, err := basicExpression(text)
		if err != nil {
			return fmt.Errorf("--author %s: %w", quote(text), err)
		}
		f.authors = append(f.authors, re)
	}
	if err := c.readEnds(); err != nil {
		return err
	}
	f.specs, err = c.pathspecs(l.paths)
	return err
}

// readEnds reads where to begin.
func (c *changes) readEnds() error {
	s, l := &c.selection, c.selection.log
	for i, e := range l.ends {
		var err error
		switch {
		case e.logs:
			err = c.addLogs(e.not)
		case e.refs != "":
			err = c.addRefs(e)
		case l.walkReflog:
			_, err = c.fullName(e.word)
		default:
			err = c.addWord(e.word, e.not)
		}
		if err != nil && e.word != "" && !l.marked && c.inWorkTree(e.word) {
			// From here on they are paths.
			for _, rest := range l.ends[i:] {
				if rest.word == "" {
					return fmt.Errorf("%s is a path, behind which only paths can stand: write -- in front of it", quote(e.word))
				}
				l.paths = append(l.paths, rest.word)
			}
			l.ends = l.ends[:i]
			break
		}
		if err != nil {
			return err
		}
	}
	if len(l.ends) == 0 {
		return c.addWord("HEAD", false)
	}
	if len(s.include) == 0 && len(s.pairs) == 0 && !l.walkReflog {
		return errors.New("it only leaves out commits: name what it should hold, as in \"HEAD --not main\"")
	}
	return nil
}

// addWord adds a revision or a range, the other way round behind --not.
func (c *changes) addWord(word string, not bool) error {
	if !not {
		return c.addRange(&c.selection, word)
	}
	if strings.Contains(word, "...") {
		return fmt.Errorf("%s behind --not is not supported: name the commits to leave out", quote(word))
	}
	var turned selection
	if err := c.addRange(&turned, word); err != nil {
		return err
	}
	c.selection.include = append(c.selection.include, turned.exclude...)
	c.selection.exclude = append(c.selection.exclude, turned.include...)
	return nil
}

// addRefs adds the refs of a kind, or those of them that a pattern names. A
// pattern without a star stands for a folder of refs, as in git, or for a ref.
func (c *changes) addRefs(e logEnd) error {
	match := func(string) bool { return true }
	if e.glob != "" {
		glob := e.glob
		if !strings.ContainsAny(glob, "*?[") {
			glob = strings.TrimSuffix(glob, "/") + "/*"
		}
		re, err := globExpression(e.refs + glob)
		if err != nil {
			return err
		}
		match = func(name string) bool { return re.MatchString(name) || name == e.refs+e.glob }
	}
	refs, _ := c.repo.Refs() // Chunks tells of the problems
	found := false
	for _, r := range refs {
		head := e.refs == "refs/" && (r.Name == "HEAD" || strings.HasSuffix(r.Name, "/HEAD") && !strings.HasPrefix(r.Name, "refs/"))
		if !head && !(strings.HasPrefix(r.Name, e.refs) && match(r.Name)) || r.Target == "" {
			continue
		}
		found = true
		if !e.not {
			c.selection.log.refs = append(c.selection.log.refs, r)
		}
		c.addID(r.Target, e.not)
	}
	if !found && !e.not {
		return fmt.Errorf("no ref is called %s%s", e.refs, cmp.Or(e.glob, "*"))
	}
	return nil
}

// addID adds a commit, or what a tag leads to if that is one.
func (c *changes) addID(text string, not bool) {
	id, err := c.format.Parse(text)
	if err == nil {
		id, err = c.peelTo(id, gitpack.Commit)
	}
	switch {
	case err != nil:
	case not:
		c.selection.exclude = append(c.selection.exclude, id)
	default:
		c.selection.include = append(c.selection.include, id)
	}
}

// addLogs adds what the reflogs name.
func (c *changes) addLogs(not bool) error {
	return c.repo.EachReflog(func(l gitrepo.Reflog) {
		for _, e := range l.Entries {
			c.addID(e.Old, not)
			c.addID(e.New, not)
		}
	})
}

// counts reports whether a selection is a number of commits and nothing has to be
// left out of it: then not all that the beginnings lead to need be looked at.
func (s *selection) counts() bool {
	return s.log != nil && s.log.max >= 0 && !s.log.walkReflog && len(s.exclude)+len(s.pairs) == 0
}

// walked returns what the filter leaves of the commits that are wanted, oldest
// first.
func (w *chooser) walked(ctx context.Context, s selection, wanted func(*pick) bool) (picked, error) {
	if s.log.walkReflog {
		return w.logs(s.log)
	}
	sieve := newSieve(w.base, s.log)
	sieve.unwanted = func(id gitpack.OID) bool { return unwanted(w.marks[id]) }
	walk := w.inOrder(s, sieve)
	place := map[gitpack.OID]int{}
	out, last := picked{}, -1
	for p := walk.next(); p != nil; p = walk.next() {
		if len(place)%256 == 0 && ctx.Err() != nil {
			return picked{}, ctx.Err()
		}
		place[p.id] = len(place)
		if wanted(p) && sieve.passes(p) {
			out.commits = append(out.commits, *p)
		}
		if sieve.full() {
			last = place[p.id]
			break
		}
	}
	slices.Reverse(out.commits)
	for _, l := range w.lost {
		// Behind the last commit that is asked for nothing is missed.
		if at, known := place[l.by]; l.by == (gitpack.OID{}) || known && (last < 0 || at < last) {
			out.lost = append(out.lost, l)
		}
	}
	return out, sieve.unmatched(s)
}

// A logWalk goes through commits in the order of git log: newest first, of one date
// those first that were come to first.
type logWalk struct {
	*chooser
	sieve *sieve
	since time.Time
	load  bool // commits are read as they are come to
	queue inOrder
	seen  map[gitpack.OID]bool
}

func (w *chooser) inOrder(s selection, sieve *sieve) *logWalk {
	walk := &logWalk{chooser: w, sieve: sieve, since: s.since.Add(-sinceSlack), load: s.counts(), seen: map[gitpack.OID]bool{}}
	for _, id := range s.include {
		walk.come(id, gitpack.OID{})
	}
	for _, pair := range s.pairs {
		walk.come(pair[0], gitpack.OID{})
		walk.come(pair[1], gitpack.OID{})
	}
	return walk
}

// come queues a commit, once.
func (w *logWalk) come(id, child gitpack.OID) {
	p := w.read[id]
	if p == nil && w.load {
		p = w.chooser.load(id, child)
	}
	if p != nil && !w.seen[id] {
		w.seen[id] = true
		heap.Push(&w.queue, ordered{p, len(w.seen)})
	}
}

// next returns the next commit, nil if there are no more.
func (w *logWalk) next() *pick {
	if len(w.queue) == 0 {
		return nil
	}
	p := heap.Pop(&w.queue).(ordered).pick
	if !unwanted(w.marks[p.id]) && !p.info.Committer.When.Before(w.since) {
		for _, parent := range w.sieve.follow(p) {
			w.come(parent, p.id)
		}
	}
	return p
}

type ordered struct {
	*pick
	n int
}

type inOrder []ordered

func (q inOrder) Len() int { return len(q) }
func (q inOrder) Less(i, j int) bool {
	return cmp.Or(q[j].info.Committer.When.Compare(q[i].info.Committer.When), cmp.Compare(q[i].n, q[j].n)) < 0
}
func (q inOrder) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *inOrder) Push(x any)   { *q = append(*q, x.(ordered)) }
func (q *inOrder) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// logs returns the commits that reflogs name: those of the refs that were asked
// for, else of HEAD. What they lead to is not among them.
func (w *chooser) logs(f *logFilter) (picked, error) {
	asked, err := w.askedLogs(f)
	if err != nil {
		return picked{}, err
	}
	var entries []gitrepo.LogEntry // newest first
	err = w.repo.EachReflog(func(l gitrepo.Reflog) {
		if asked == nil || asked[l.Ref] {
			own := slices.Clone(l.Entries)
			slices.Reverse(own)
			entries = append(entries, own...)
		}
	})
	if err != nil {
		return picked{}, err
	}
	if len(asked) != 1 {
		slices.SortStableFunc(entries, func(a, b gitrepo.LogEntry) int { return b.When.Compare(a.When) })
	}
	var out picked
	sieve, seen := newSieve(w.base, f), map[gitpack.OID]bool{}
	for _, e := range entries {
		id, err := w.format.Parse(e.New)
		if err != nil || strings.Trim(e.New, "0") == "" {
			continue
		}
		info, err := w.commit(id)
		if err != nil {
			if !seen[id] {
				out.lost = append(out.lost, lostCommit{id: id, err: err})
			}
			seen[id] = true
			continue
		}
		info.Message, info.Headers = nil, nil
		p := &pick{id, info}
		if sieve.full() {
			break
		}
		if sieve.passes(p) && !seen[id] {
			seen[id] = true
			out.commits = append(out.commits, *p)
		}
	}
	slices.Reverse(out.commits)
	var ends selection
	for _, p := range out.commits {
		ends.include = append(ends.include, p.id)
	}
	return out, sieve.unmatched(ends)
}

// askedLogs returns the names of the refs whose logs are asked for; nil: all.
func (w *chooser) askedLogs(f *logFilter) (map[string]bool, error) {
	asked := map[string]bool{}
	for _, e := range f.ends {
		switch {
		case e.not || e.logs:
			return nil, errors.New("-g takes refs alone: leave out --not and --reflog")
		case e.refs == "refs/":
			return nil, nil
		case e.refs != "":
			for _, r := range f.refs {
				asked[r.Name] = true
			}
		default:
			name, err := w.fullName(e.word)
			if err != nil {
				return nil, err
			}
			asked[name] = true
		}
	}
	if len(f.ends) == 0 {
		asked["HEAD"] = true
	}
	return asked, nil
}
