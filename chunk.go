package mudlark

import "time"

// A Chunk is a piece of content and where it came from.
type Chunk struct {
	// Data is lent: it is valid until yield returns, and must not be changed.
	Data []byte
	// Fresh marks what this chunk answers for, in order and not overlapping;
	// nil means all of it. The rest is context that another chunk answers for.
	// A finding counts if it touches a fresh span widened to whole lines. An
	// empty span is a seam: two pieces of text that were apart meet there.
	Fresh []Span
	// Line and Column are those of Data[0], from 1. Zero means 1.
	Line, Column int
	// Offset is the place of Data[0] in the whole content, in bytes.
	Offset int64
	Origin Origin
	// Paths lists every path of content that has several, as a git blob may.
	// Nil: Origin.Path is the only one, or what the paths are is not known yet.
	Paths []string
	// Delta, if not nil, says how this chunk was made from another, and takes
	// what is to be remembered of it. The chunk answers for all of Data whatever
	// it copies.
	Delta *Delta
}

// A Copy says that Data[To:To+Len] of a chunk equals [From:From+Len] of its base.
type Copy struct{ To, From, Len int }

// A Delta says how a chunk was made from an earlier one of the same source.
type Delta struct {
	Copies []Copy // lent; in order of To, not overlapping
	Base   any    // what Keep was set to for the base; nil: nothing is known of it, and Copies say nothing
	Leaf   bool   // no chunk will be made from this one, so that nothing need be kept
	Keep   any    // set by whoever receives the chunk: what it wants to know when a chunk made from this one comes
}

// A Span is a half-open range of bytes.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Len returns the number of bytes in s.
func (s Span) Len() int { return s.End - s.Start }

// Touches reports whether s and t share a byte, or meet end to end.
func (s Span) Touches(t Span) bool { return s.Start <= t.End && t.Start <= s.End }

// Overlaps reports whether s and t share a byte.
func (s Span) Overlaps(t Span) bool { return s.Start < t.End && t.Start < s.End }

// Contains reports whether every byte of t is one of s.
func (s Span) Contains(t Span) bool { return s.Start <= t.Start && t.End <= s.End }

// Origin says where content lives, in words a reader of the report can follow.
type Origin struct {
	Source string `json:"source"`         // kind of source: git, dir, stdin
	Path   string `json:"path,omitempty"` // slash-separated; "a.zip!b.txt" lies inside an archive
	// Part names what was read where it is not the content of a file: "commit
	// message", "path name", "ref name". Empty for content.
	Part   string  `json:"part,omitempty"`
	Object string  `json:"object,omitempty"` // what the source calls the content: a blob hash
	Commit *Commit `json:"commit,omitempty"` // the commit that brought it
	// Exposure says what still holds the content, for a source with a history.
	Exposure *Exposure         `json:"exposure,omitempty"`
	Link     string            `json:"link,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"` // what only this kind of source knows
}

// LabelMoved is the label of an origin for the path at which the content was before
// the commit moved it.
const LabelMoved = "moved from"

// A Commit is a commit of a version control system.
type Commit struct {
	ID      string    `json:"id"`
	Author  string    `json:"author,omitempty"`
	Email   string    `json:"email,omitempty"`
	Date    time.Time `json:"date"` // when it was authored, UTC
	Subject string    `json:"subject,omitempty"`
	// Body is what the message says below its subject, cut down if it is long.
	Body string `json:"body,omitempty"`
}

// Message is the whole message.
func (c *Commit) Message() string {
	if c.Body == "" {
		return c.Subject
	}
	return c.Subject + "\n\n" + c.Body
}

// Exposure says how content of a history can be reached, and how long it stood
// in what was current.
type Exposure struct {
	Held Held `json:"held"`
	// Refs are the full names of the refs from whose history the content can
	// be reached, sorted.
	Refs []string `json:"refs,omitempty"`
	// Tips are those of the refs whose newest version still has it, sorted.
	Tips []string `json:"tips,omitempty"`
	// MoreRefs and MoreTips count those that are left out of a long list: where
	// much was found, the names of refs would be most of a report.
	MoreRefs int `json:"moreRefs,omitempty"`
	MoreTips int `json:"moreTips,omitempty"`
	// First and Last are when the commit that brought it was made, and the newest
	// of the commits after that one which still have it. Last is zero if it is not
	// known.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	// Removed are the commits that took it out of every file, the oldest first.
	// If Tips is empty, there is one for each of Refs, unless Last is zero.
	Removed []Removal `json:"removed,omitempty"`
	// MoreRemoved counts older removals that are left out.
	MoreRemoved int `json:"moreRemoved,omitempty"`
}

// A Removal is a commit that took content away. It is still in the history.
type Removal struct {
	Commit string    `json:"commit"`
	Date   time.Time `json:"date,omitzero"` // when the commit was made, UTC
}

// Held is the strongest thing that keeps content in a repository.
type Held string

// From strongest to weakest.
const (
	HeldByRef      Held = "ref"         // the history of a branch, a tag or another ref
	HeldByIndex    Held = "index"       // staged, in no commit
	HeldByStash    Held = "stash"       // a stash, of any depth
	HeldByReflog   Held = "reflog"      // only a reflog remembers it
	HeldByNothing  Held = "unreachable" // in the object store, until it is pruned
	HeldByWorktree Held = "worktree"    // a file of git's own beside the objects: config, reflog text
)
