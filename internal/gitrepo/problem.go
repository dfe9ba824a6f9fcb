package gitrepo

import (
	"errors"
	"fmt"
	"strings"
)

// What a Problem's Err may wrap, besides the errors of package fs.
var (
	ErrCorrupt     = errors.New("damaged")
	ErrOutside     = errors.New("leads out of the repository")
	ErrSpecial     = errors.New("not a regular file")
	ErrTooLarge    = errors.New("too large")
	ErrUnsupported = errors.New("not supported")
)

// A Problem is something that could not be read.
type Problem struct {
	Path string
	Line int // from 1; 0: the file as a whole
	Err  error
}

func (p Problem) Error() string {
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d: %v", p.Path, p.Line, p.Err)
	}
	return fmt.Sprintf("%s: %v", p.Path, p.Err)
}

func (p Problem) Unwrap() error { return p.Err }

// Problems is the error of a method that returns what it could read all the
// same. It is never empty.
type Problems []Problem

// maxProblems bounds what is remembered of one damaged file or folder.
const maxProblems = 1000

func (p Problems) Error() string {
	var b strings.Builder
	for i, one := range p {
		if i == 3 && len(p) > 4 {
			fmt.Fprintf(&b, "; and %d more problems", len(p)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(one.Error())
	}
	return b.String()
}

// Unwrap gives each problem to errors.Is and errors.As.
func (p Problems) Unwrap() []error {
	list := make([]error, len(p))
	for i := range p {
		list[i] = p[i]
	}
	return list
}

// ProblemsOf returns the problems in an error of this package.
func ProblemsOf(err error) []Problem {
	var list Problems
	if errors.As(err, &list) {
		return list
	}
	var one Problem
	if errors.As(err, &one) {
		return []Problem{one}
	}
	if err != nil {
		return []Problem{{Err: err}}
	}
	return nil
}

func (p *Problems) add(path string, line int, err error) {
	if len(*p) < maxProblems {
		*p = append(*p, Problem{path, line, err})
	}
}

// err returns p as an error that is nil if there are no problems.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}
