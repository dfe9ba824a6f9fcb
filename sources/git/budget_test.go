package git_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// versions makes commits in which every file has an old secret from before the
// push, and a new one.
func versions(r *repo, files int) (known, tip string) {
	name := func(i int) string { return fmt.Sprintf("dir%d/file%d.txt", i%3, i) }
	for i := range files {
		r.write(name(i), mark(fmt.Sprintf("old%d", i))+"\n")
	}
	known = r.commit("known")
	for i := range files {
		r.write(name(i), fmt.Sprintf("%s\n%s\n", mark(fmt.Sprintf("old%d", i)), mark(fmt.Sprintf("new%d", i))))
		if i%4 == 3 {
			r.commit(mark(fmt.Sprintf("said%d", i)))
		}
	}
	return known, r.commit("last")
}

func marksOf(found []mudlark.Finding) []string {
	var names []string
	for _, f := range found {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(f.Secret.Reveal(), "MARK_"), "_END"))
	}
	slices.Sort(names)
	return names
}

func TestAmpleBudgetFindsTheSame(t *testing.T) {
	r := newRepo(t)
	known, tip := versions(r, 40)
	p := git.Push{New: []string{tip}, Known: []string{known}}
	want := marksOf(pushed(t, r, p).complete().found)
	if len(want) != 50 {
		t.Fatalf("found %d secrets: %v", len(want), want)
	}
	for _, workers := range []int{1, 4} {
		got := scan(t, git.Options{Path: r.dir, Push: &p, Budget: time.Hour}, mudlark.Env{Workers: workers}).complete()
		if names := marksOf(got.found); !slices.Equal(names, want) {
			t.Errorf("%d workers: found %v, want %v", workers, names, want)
		}
	}
}

func TestWithoutTimeAllIsLeft(t *testing.T) {
	r := newRepo(t)
	known, tip := versions(r, 4)
	there := git.Push{New: []string{tip}, Received: true} // nothing is not late
	scan(t, git.Options{Path: r.dir, Push: &there, Budget: 1}, mudlark.Env{}).complete().want()
	folder, blob := r.git("rev-parse", tip+"^{tree}"), r.git("rev-parse", tip+":dir0/file0.txt")
	for _, sent := range []string{tip, folder, blob} {
		got := scan(t, git.Options{Path: r.dir, Push: &git.Push{New: []string{sent}, Known: []string{known}}, Budget: 1}, mudlark.Env{})
		if len(got.found) > 0 || len(got.skips) == 0 {
			t.Errorf("%s: found %v, skipped %v", sent, got.found, got.skips)
		}
		for _, s := range got.skips {
			if s.Reason != mudlark.TimedOut {
				t.Errorf("%s: skip %+v, want %s", sent, s, mudlark.TimedOut)
			}
		}
	}
}

// TestBudgetThatEndsHalfWayNeitherInventsNorHides: wherever it ends, what is found
// is new, and whatever new secret was not found lies in something that is told to
// be left.
func TestBudgetThatEndsHalfWayNeitherInventsNorHides(t *testing.T) {
	r := newRepo(t)
	known, tip := versions(r, 24)
	p := git.Push{New: []string{tip}, Known: []string{known}}
	all := marksOf(pushed(t, r, p).complete().found)
	for at := int64(0); at < 80; at += 10 {
		opts := git.Options{Path: r.dir, Push: &p, Budget: 100 * time.Millisecond}
		var calls atomic.Int64
		src, err := opts.Open(context.Background(), mudlark.Env{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, &slowed{src.(fullSource), func() {
			if calls.Add(1) == at { // from here on there is no time left
				time.Sleep(2 * opts.Budget)
			}
		}})
		names := marksOf(got.found)
		left := 0
		for _, s := range got.skips {
			if s.Reason != mudlark.TimedOut {
				t.Errorf("at %d: skip %+v", at, s)
			}
			left += max(1, s.Count)
		}
		for _, name := range names {
			if !slices.Contains(all, name) {
				t.Errorf("at %d: %s is no news", at, name)
			}
		}
		if lost := len(all) - len(names); lost > 0 && left == 0 {
			t.Errorf("at %d: %d secrets are lost without a word", at, lost)
		}
	}
}

// A fullSource is one with all that this package's have.
type fullSource interface {
	mudlark.Attributor
	mudlark.Accountant
}

// A slowed source does something before it yields content.
type slowed struct {
	fullSource
	before func()
}

func (s *slowed) Chunks(ctx context.Context, yield mudlark.Yield) error {
	return s.fullSource.Chunks(ctx, func(c mudlark.Chunk, err error) error {
		if err == nil {
			s.before()
		}
		return yield(c, err)
	})
}
