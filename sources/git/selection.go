package git

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// A selection is a set of commits: those that includes lead to and excludes do
// not, as git rev-list has it.
type selection struct {
	include, exclude []gitpack.OID
	pairs            [][2]gitpack.OID // A...B: what one of the two leads to and the other does not
	// since leaves out commits that were committed earlier.
	since time.Time
	// same names the two ends of a range that are one commit; empty: none are.
	same string
	log  *logFilter // what git log's arguments ask for besides; nil: nothing
}

// parseRange reads revisions and ranges: A..B, A...B, A, ^A, separated by
// spaces. A side left out is HEAD.
func (b *base) parseRange(text string) (selection, error) {
	var s selection
	words := strings.Fields(text)
	if len(words) == 0 {
		return s, errors.New("it names no commits: write it as main..HEAD")
	}
	for _, word := range words {
		if err := b.addRange(&s, word); err != nil {
			return s, err
		}
	}
	if len(s.include) == 0 && len(s.pairs) == 0 {
		return s, errors.New("it only leaves out commits: name what it should hold, as in \"^main HEAD\"")
	}
	return s, nil
}

func (b *base) addRange(s *selection, word string) error {
	if from, to, ok := strings.Cut(word, "..."); ok {
		ends, err := b.ends(from, to)
		if err == nil {
			s.pairs = append(s.pairs, ends)
			s.note(from, to, ends)
		}
		return err
	}
	if from, to, ok := strings.Cut(word, ".."); ok {
		ends, err := b.ends(from, to)
		if err == nil {
			s.exclude, s.include = append(s.exclude, ends[0]), append(s.include, ends[1])
			s.note(from, to, ends)
		}
		return err
	}
	name, not := strings.CutPrefix(word, "^")
	id, err := b.revision(name)
	switch {
	case err != nil:
		return err
	case not:
		s.exclude = append(s.exclude, id)
	default:
		s.include = append(s.include, id)
	}
	return nil
}

func (b *base) ends(from, to string) (ends [2]gitpack.OID, err error) {
	for i, name := range []string{from, to} {
		if ends[i], err = b.revision(cmp.Or(name, "HEAD")); err != nil {
			return ends, err
		}
	}
	return ends, nil
}

func (s *selection) note(from, to string, ends [2]gitpack.OID) {
	if ends[0] == ends[1] {
		s.same = cmp.Or(from, "HEAD") + " and " + cmp.Or(to, "HEAD")
	}
}

// A pick is a commit that is to be scanned.
type pick struct {
	id   gitpack.OID
	info gitpack.CommitInfo
}

// picked is what choosing commits gave.
type picked struct {
	commits []pick // oldest first
	// lost are commits that cannot be read, or the parents of commits that
	// were read which are not there.
	lost []lostCommit
}

type lostCommit struct {
	id  gitpack.OID
	by  gitpack.OID // the child
	err error
}

const (
	excluded = 1 << iota
	included
	firstPair // two bits for each pair from here on
)

// maxPairs is how many pairs the bits of a mark have room for.
const maxPairs = 30

// unwanted reports whether marks rule a commit out.
func unwanted(marks uint64) bool {
	if marks&excluded != 0 {
		return true
	}
	both := marks >> 2
	return both&(both>>1)&0x5555555555555555 != 0
}

// wanted reports whether marks bring a commit in.
func wanted(marks uint64) bool { return !unwanted(marks) && marks != 0 }

// Walking back stops when only commits that are ruled out are left and they are
// older, by slack, than all that were chosen, but not before spare more of them
// were seen. Only clocks that were wrong by more than that could make a commit
// be scanned that the range does not hold; none is ever left out.
const (
	slack = 24 * time.Hour
	spare = 2000
)

// sinceSlack is how much older than the date asked for a commit must be for
// nothing newer to be looked for behind it. git rev-list stops at once.
const sinceSlack = 30 * 24 * time.Hour

// choose walks back from the ends of a selection, newest commits first.
func (b *base) choose(ctx context.Context, s selection) (picked, error) {
	if len(s.pairs) > maxPairs {
		return picked{}, fmt.Errorf("more than %d ranges with three dots", maxPairs)
	}
	if len(s.include)+len(s.pairs) == 0 && (s.log == nil || !s.log.walkReflog) { // a walk of reflogs begins elsewhere
		return picked{}, nil
	}
	w := chooser{base: b, marks: map[gitpack.OID]uint64{}, read: map[gitpack.OID]*pick{}, failed: map[gitpack.OID]bool{}}
	if s.counts() {
		return w.walked(ctx, s, func(p *pick) bool { return !p.info.Committer.When.Before(s.since) })
	}
	for _, id := range s.exclude {
		w.push(id, gitpack.OID{}, excluded)
	}
	for _, id := range s.include {
		w.push(id, gitpack.OID{}, included)
	}
	for i, pair := range s.pairs {
		w.push(pair[0], gitpack.OID{}, firstPair<<(2*i))
		w.push(pair[1], gitpack.OID{}, firstPair<<(2*i+1))
	}
	if err := w.walk(ctx, s.since.Add(-sinceSlack)); err != nil {
		return picked{}, err
	}
	chosen := w.picked(s)
	if s.log == nil {
		return chosen, nil
	}
	ids := make(map[gitpack.OID]bool, len(chosen.commits))
	for _, p := range chosen.commits {
		ids[p.id] = true
	}
	w.lost = chosen.lost
	return w.walked(ctx, s, func(p *pick) bool { return ids[p.id] })
}

type chooser struct {
	*base
	marks  map[gitpack.OID]uint64
	read   map[gitpack.OID]*pick
	failed map[gitpack.OID]bool
	lost   []lostCommit
	queue  byDate
	open   int // commits in the queue that are not ruled out
}

type queued struct {
	*pick
	wanted bool
}

type byDate []queued

func (q byDate) Len() int           { return len(q) }
func (q byDate) Less(i, j int) bool { return q[i].info.Committer.When.After(q[j].info.Committer.When) }
func (q byDate) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *byDate) Push(x any)        { *q = append(*q, x.(queued)) }
func (q *byDate) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// push adds marks to a commit and queues it if that is news.
func (w *chooser) push(id, child gitpack.OID, marks uint64) {
	if w.marks[id]|marks == w.marks[id] {
		return
	}
	w.marks[id] |= marks
	p := w.load(id, child)
	if p == nil {
		return
	}
	q := queued{p, wanted(w.marks[id])}
	if q.wanted {
		w.open++
	}
	heap.Push(&w.queue, q)
}

// load returns a commit, or nil if it cannot be read, which is remembered.
func (w *chooser) load(id, child gitpack.OID) *pick {
	if p := w.read[id]; p != nil || w.failed[id] {
		return p
	}
	info, err := w.commit(id)
	if err != nil {
		w.failed[id] = true
		w.lost = append(w.lost, lostCommit{id, child, err})
		return nil
	}
	info.Message, info.Headers = nil, nil // read again if the commit is chosen
	p := &pick{id, info}
	w.read[id] = p
	return p
}

// walk goes back from what is queued, but not behind commits older than stop.
func (w *chooser) walk(ctx context.Context, stop time.Time) error {
	var oldest time.Time
	extra := 0
	for n := 0; len(w.queue) > 0; n++ {
		if n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		q := heap.Pop(&w.queue).(queued)
		if q.wanted {
			w.open--
		}
		marks := w.marks[q.id]
		if when := q.info.Committer.When; wanted(marks) && (oldest.IsZero() || when.Before(oldest)) {
			oldest = when
		}
		if w.open == 0 {
			if extra++; extra > spare && q.info.Committer.When.Before(oldest.Add(-slack)) {
				return nil
			}
		}
		if q.info.Committer.When.Before(stop) {
			continue
		}
		for _, parent := range q.info.Parents {
			w.push(parent, q.id, marks)
		}
	}
	return nil
}

// picked gathers what is not ruled out.
func (w *chooser) picked(s selection) picked {
	var out picked
	for id, p := range w.read {
		if wanted(w.marks[id]) && !p.info.Committer.When.Before(s.since) {
			out.commits = append(out.commits, *p)
		}
	}
	slices.SortFunc(out.commits, func(a, b pick) int {
		return cmp.Or(a.info.Committer.When.Compare(b.info.Committer.When), a.id.Compare(b.id))
	})
	for _, l := range w.lost {
		// What only leads to commits that are ruled out is not missed.
		if wanted(w.marks[l.id]) && !(w.read[l.by] != nil && w.read[l.by].info.Committer.When.Before(s.since)) {
			out.lost = append(out.lost, l)
		}
	}
	slices.SortFunc(out.lost, func(a, b lostCommit) int { return a.id.Compare(b.id) })
	return out
}
