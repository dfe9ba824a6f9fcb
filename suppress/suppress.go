// Package suppress reads the files that say which findings do not count: ignore
// files, and the baselines of this program and of others. Each is a List; read
// suppress.go, then ignore.go and baseline.go.
//
// Nothing that a file holds is run or fetched, and all of them are bounded: they
// may come with what is scanned.
package suppress

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// A List says which findings do not count. One goroutine uses it.
type List interface {
	// Find returns why f does not count at a time, if an entry says so. The entries
	// that are about f remember it. A suppression without By is a remark: f counts.
	Find(f *mudlark.Finding, now time.Time) (mudlark.Suppression, bool)
	// Entries returns all entries, in the order in which they were read.
	Entries() []Entry
}

// An Entry is one thing that a list says, and what came of it so far.
type Entry struct {
	Kind   mudlark.SuppressedBy
	File   string
	Line   int    // in the file, 0 if the file has no lines to speak of
	Text   string // what the entry is about, as the file writes it; never a secret
	Rule   string // as the file names it; empty: any
	Reason string
	Until  time.Time // the last day on which it holds; zero: it holds for ever
	// Positional says that the entry hides whatever stands at a place: another
	// secret there, too.
	Positional bool
	// Open says that the entry hides nothing: somebody said that it is a real secret.
	Open   bool
	Hidden int // findings that it is about, and hides
	Missed int // findings that it would hide if its time were not over
}

// Expired reports whether the time of an entry is over.
func (e *Entry) Expired(now time.Time) bool {
	return !e.Until.IsZero() && !now.Before(e.Until.AddDate(0, 0, 1))
}

// Place is where an entry stands: ".mudlarkignore:3".
func (e *Entry) Place() string {
	if e.Line == 0 {
		return e.File
	}
	return e.File + ":" + strconv.Itoa(e.Line)
}

// meet is told that the entry is about a finding, and returns whether that does
// not count.
func (e *Entry) meet(now time.Time) bool {
	if e.Expired(now) {
		e.Missed++
		return false
	}
	e.Hidden++
	return true
}

// by is the suppression by an entry.
func (e *Entry) by() mudlark.Suppression {
	by := mudlark.Suppression{By: e.Kind, Reason: e.Reason, Place: e.Place(), Positional: e.Positional}
	if e.Open {
		by.By = ""
	}
	return by
}

// Find asks every list about a finding, so that each knows what it is good for,
// and returns what the first says that suppresses it, else the first remark.
func Find(lists []List, f *mudlark.Finding, now time.Time) (by mudlark.Suppression, ok bool) {
	for _, l := range lists {
		if said, found := l.Find(f, now); found && (!ok || by.By == "" && said.By != "") {
			by, ok = said, true
		}
	}
	return by, ok
}

// Uses sums up what the files of lists did, by file.
func Uses(lists []List, now time.Time) []mudlark.FileUse {
	at := map[string]int{}
	var uses []mudlark.FileUse
	for _, l := range lists {
		for _, e := range l.Entries() {
			i, ok := at[e.File]
			if !ok {
				i = len(uses)
				at[e.File] = i
				uses = append(uses, mudlark.FileUse{File: e.File, Kind: e.Kind})
			}
			u := &uses[i]
			u.Entries++
			switch {
			case e.Expired(now):
				u.Expired++
			case e.Hidden == 0:
				u.Unused++
			}
			if e.Positional && e.Hidden > 0 {
				u.Positional++
			}
		}
	}
	slices.SortFunc(uses, func(a, b mudlark.FileUse) int { return cmp.Compare(a.File, b.File) })
	return uses
}
