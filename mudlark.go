// Package mudlark is the vocabulary of a secret scanner: what a source yields,
// what a finding is, what a report is told. It imports the standard library
// alone; everything else in the module speaks these words.
//
// Read this file first, then chunk.go and finding.go. Package scanner puts the
// parts together.
package mudlark

import (
	"context"
	"encoding/json"
)

// A Source yields the content of one place: a directory, a repository, a stream.
type Source interface {
	// Chunks calls yield for every piece of content, until ctx is done or
	// yield returns an error, which Chunks then returns. Calls may run at the
	// same time in several goroutines; each is done before Chunks returns.
	Chunks(ctx context.Context, yield Yield) error
}

// Yield receives one chunk, or the error that kept a chunk from being read; in
// that case only its Origin is set. The error should be a *Skip, which says why
// in a word that a report can count. Returning nil carries on.
type Yield func(c Chunk, err error) error

// An Attributor is a Source that learns late who wrote what. Git content is
// scanned by blob; only the few blobs with findings are traced to commits.
type Attributor interface {
	Source
	// Attribute returns the findings with their Origin completed, after Chunks
	// has returned. One finding may come back as several (a line added by two
	// commits) or as none (another one tells of the same secret at the same
	// path). It is called once. Yield is told of content that turns out not to be
	// what it was said to be; what was found in it counts all the same.
	Attribute(ctx context.Context, found []Finding, yield Yield) ([]Finding, error)
}

// An Accountant is a Source that can say what it read. Covered is called after
// Chunks, and Attribute if there is one, have returned.
type Accountant interface {
	Source
	Covered() Coverage
}

// An Enumerator is a source made of places: an organisation of repositories, a
// cluster of namespaces. Chunks yields its own content, Enumerate the places.
type Enumerator interface {
	Source
	Enumerate(ctx context.Context, yield func(Job) error) error
}

// A Sink receives a scan, in this order: Begin once, Finding and Skip any
// number of times, End once. Calls never overlap.
type Sink interface {
	Begin(Run) error
	Finding(Finding) error
	Skip(Skip) error
	End(Summary) error
}

// A Job names a source and its options. A command line and a queue carry the
// same jobs.
type Job struct {
	Source  string          `json:"source"`
	Options json.RawMessage `json:"options"`
}
