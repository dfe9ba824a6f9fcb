// Package sarifcheck says what GitHub's code scanning does with a SARIF 2.1.0
// file, whichever tool wrote it: what of it is against the schema, beyond the
// limits, or lacks what an alert needs. Start with Checker.Check; the table of
// what is looked at is in rules.go.
//
// A file is read as a stream and never held, so that memory does not grow with it.
package sarifcheck

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Bounds for what is read. A file beyond them is an error, and no verdict.
const (
	maxBytes  = 1 << 30 // of a file
	maxString = 8 << 20 // bytes of a string
	maxDepth  = 200     // of objects and arrays in each other
	maxUnique = 1 << 20 // items of an array that must differ
)

// listed is how many places of one rule are listed; more are counted.
const listed = 3

// An Effect is what becomes of a file, or of a part of it.
type Effect string

// The effects, the worst first.
const (
	Rejected  Effect = "rejected"  // the whole file
	Truncated Effect = "truncated" // a part is dropped
	Ignored   Effect = "ignored"   // something does not come into effect
)

// A Violation is one thing that is wrong.
type Violation struct {
	Rule   string // of rules.go
	Effect Effect
	Path   string // of the value, as in runs[0].results[3].level; $ is the whole
	Text   string // what is wrong there
	Does   string // what GitHub does about it
	Mend   string // what to do
	More   int    // further places of the same rule, on the last that is listed
}

// A Report is what is known of one file.
type Report struct {
	Bytes, Compressed int64
	Runs, Results     int
	Violations        []Violation // the worst first
	Notes             []string    // what is as it may be, and should be known
	total             map[Effect]int
}

// Count returns how many violations have this effect, listed or not.
func (r *Report) Count(e Effect) int { return r.total[e] }

// A Checker checks files that are uploaded together. One goroutine may use it.
type Checker struct {
	// Secret reports whether a text shows a secret. nil: texts are not looked at.
	Secret func(text string) bool
	// analyses are where each tool and category was met.
	analyses map[string]string
	schema   *schema
}

// Check reads one file to its end. An error means that it could not be judged.
func (c *Checker) Check(name string, r io.Reader) (*Report, error) {
	if c.analyses == nil {
		c.analyses = map[string]string{}
	}
	if c.schema == nil {
		var err error
		if c.schema, err = loadSchema(); err != nil {
			return nil, err
		}
	}
	packed := &counter{}
	zip := gzip.NewWriter(packed)
	in := &guard{r: io.TeeReader(r, zip)}
	w := &walk{checker: c, name: name, in: json.NewDecoder(in), found: map[string]*tally{}, report: &Report{total: map[Effect]int{}}}
	w.in.UseNumber()
	if err := w.file(c.schema); err != nil {
		return nil, unreadable(in, err)
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	w.report.Bytes, w.report.Compressed = in.read, packed.n
	w.end(in.mark)
	return w.report, nil
}

// unreadable says what is wrong with a file that is no SARIF at all.
func unreadable(in *guard, err error) error {
	var syntax *json.SyntaxError
	switch {
	case in.read == 0 && errors.Is(err, io.EOF):
		err = errors.New("the file is empty, which GitHub rejects: a scan without findings is a run with an empty list of results")
	case in.utf16:
		err = errors.New("this is UTF-16, as a redirection in PowerShell writes it, and GitHub reads UTF-8: let the tool write the file itself")
	case errors.As(err, &syntax):
		err = fmt.Errorf("this is not JSON: byte %d: %w", syntax.Offset+in.skipped(), err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the file ends at byte %d, in the middle of a value: it was cut off", in.read)
	}
	return err
}

// counter counts what is written to it.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// A guard passes on a file, without the mark some programs begin it with, as
// long as it stays within the bounds.
type guard struct {
	r      io.Reader
	read   int64
	mark   bool // it begins with a byte order mark
	utf16  bool
	depth  int
	inside int  // bytes of the string that is being read, from 1
	escape bool // the byte before is a backslash in a string
}

func (g *guard) skipped() int64 {
	if g.mark {
		return 3
	}
	return 0
}

func (g *guard) Read(p []byte) (int, error) {
	if g.read == 0 && len(p) > 3 {
		n, err := g.first(p)
		return n, err
	}
	n, err := g.r.Read(p)
	return g.pass(p[:n], err)
}

// first reads the beginning, where a mark may stand.
func (g *guard) first(p []byte) (int, error) {
	n, err := io.ReadFull(g.r, p[:3])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	if n >= 2 && (p[0] == 0xff && p[1] == 0xfe || p[0] == 0xfe && p[1] == 0xff) {
		g.utf16 = true
	}
	if n == 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf {
		g.mark, g.read = true, 3
		return 0, err
	}
	return g.pass(p[:n], err)
}

func (g *guard) pass(p []byte, err error) (int, error) {
	g.read += int64(len(p))
	if g.read > maxBytes {
		return 0, fmt.Errorf("the file is larger than %d MiB, far beyond what GitHub takes", maxBytes>>20)
	}
	for _, b := range p {
		if bad := g.step(b); bad != nil {
			return 0, bad
		}
	}
	return len(p), err
}

// step follows the form of JSON just so far as to bound it.
func (g *guard) step(b byte) error {
	switch {
	case g.inside > 0 && g.escape:
		g.inside, g.escape = g.inside+1, false
	case g.inside > 0 && b == '"':
		g.inside = 0
	case g.inside > 0:
		g.inside, g.escape = g.inside+1, b == '\\'
	case b == '"':
		g.inside = 1
	case b == '{' || b == '[':
		g.depth++
	case b == '}' || b == ']':
		g.depth--
	}
	if g.inside > maxString {
		return fmt.Errorf("a string is longer than %d MiB", maxString>>20)
	}
	if g.depth > maxDepth {
		return fmt.Errorf("values are nested deeper than %d", maxDepth)
	}
	return nil
}
