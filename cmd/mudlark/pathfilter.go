package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/mudlark-scan/mudlark"
)

// A pathFilter says which paths are scanned: those that an expression of include
// matches, or all if there is none, without those that one of exclude matches.
type pathFilter struct {
	include, exclude []*regexp.Regexp
	files            []string // that say so
	whole            bool     // all that there is is scanned, not what was added to it
	left             atomic.Int64
	passed, missed   atomic.Bool // a file did
}

// readPathFilter reads the files of expressions that include and exclude name. globs
// are patterns with commas between, as git has them. It returns nil if there are none.
func readPathFilter(include, exclude, globs string) (*pathFilter, error) {
	if include+exclude+globs == "" {
		return nil, nil
	}
	p := &pathFilter{}
	var err error
	if p.include, err = p.read("include-paths", include); err != nil {
		return nil, err
	}
	if p.exclude, err = p.read("exclude-paths", exclude); err != nil {
		return nil, err
	}
	for glob := range strings.SplitSeq(globs, ",") {
		if glob = strings.TrimSpace(glob); glob == "" {
			continue
		}
		re, err := regexp.Compile(globExpression(glob))
		if err != nil {
			return nil, fmt.Errorf("--exclude-globs: %q is no pattern", glob)
		}
		p.exclude = append(p.exclude, re)
	}
	return p, nil
}

// read reads a file of expressions: one a line, without empty ones and those that
// begin with #.
func (p *pathFilter) read(flag, path string) ([]*regexp.Regexp, error) {
	const maxBytes = 1 << 20
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--%s %q: %w", flag, path, cause(err))
	}
	defer file.Close()
	p.files = append(p.files, filepath.ToSlash(path))
	var list []*regexp.Regexp
	whole := &io.LimitedReader{R: file, N: maxBytes + 1}
	lines := bufio.NewScanner(whole)
	n := 1
	for ; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		re, err := regexp.Compile(line)
		if err != nil {
			return nil, fmt.Errorf("--%s %q, line %d: %w", flag, path, n, err)
		}
		list = append(list, re)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("--%s %q, line %d: it is longer than %d kB", flag, path, n, bufio.MaxScanTokenSize>>10)
	} else if err != nil {
		return nil, fmt.Errorf("--%s %q: %w", flag, path, cause(err))
	}
	if whole.N == 0 {
		return nil, fmt.Errorf("--%s %q: it is larger than %d MB", flag, path, maxBytes>>20)
	}
	return list, nil
}

// globExpression is a pattern of git's paths as an expression. "*" stands for
// slashes, too, and what is in a folder of the pattern's own name is meant with it.
func globExpression(glob string) string {
	var b strings.Builder
	glob = strings.TrimSuffix(strings.TrimPrefix(glob, "/"), "/")
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		case '[':
			end := strings.IndexByte(glob[i+1:], ']')
			if end < 1 {
				b.WriteString(`\[`)
				continue
			}
			class := glob[i+1 : i+1+end]
			b.WriteString("[" + strings.Replace(strings.ReplaceAll(class, `\`, `\\`), "!", "^", 1) + "]")
			i += end + 1
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return "(?s)^(?:" + b.String() + "|" + regexp.QuoteMeta(glob) + "(?:/.*)?)$"
}

// passes reports whether what lies at a path is scanned. A member of an archive is
// where the archive is. What has no path is scanned.
func (p *pathFilter) passes(path string) bool {
	if path == "" {
		return true
	}
	if len(p.include) > 0 && !matchesAny(p.include, path) {
		return false
	}
	return !matchesAny(p.exclude, path)
}

func matchesAny(list []*regexp.Regexp, path string) bool {
	const deepest = 16 // archives in each other; a name may hold more of the sign
	for end, n := 0, 0; end < len(path) && n < deepest; end, n = end+1, n+1 {
		i := strings.IndexByte(path[end:], '!')
		if i < 0 {
			break
		}
		end += i
		if slices.ContainsFunc(list, func(re *regexp.Regexp) bool { return re.MatchString(path[:end]) }) {
			return true
		}
	}
	return slices.ContainsFunc(list, func(re *regexp.Regexp) bool { return re.MatchString(path) })
}

// over returns a source without what does not pass. What is known only after the
// content was read, as the places of a blob are, is left out then.
func (p *pathFilter) over(src mudlark.Source) mudlark.Source {
	if p == nil {
		return src
	}
	f := filtered{src, p}
	if a, ok := src.(mudlark.Attributor); ok {
		return filteredAttributor{f, a}
	}
	return f
}

// filtered is a source without the content at some paths.
type filtered struct {
	mudlark.Source
	paths *pathFilter
}

// Chunks implements mudlark.Source.
func (f filtered) Chunks(ctx context.Context, yield mudlark.Yield) error {
	err := f.Source.Chunks(ctx, f.passing(yield))
	if p := f.paths; err == nil && p.whole && len(p.include) > 0 && !p.passed.Load() && p.missed.Load() {
		return errNothingIncluded
	}
	return err
}

// errNothingIncluded is for expressions that are about nothing: they are mistyped,
// and what they were to include was not scanned.
var errNothingIncluded = errors.New("no path that there is is one that --include-paths and --exclude-paths let through, so nothing was scanned: check how they are written")

// passing hands on what passes.
func (f filtered) passing(yield mudlark.Yield) mudlark.Yield {
	return func(c mudlark.Chunk, err error) error {
		paths := c.Paths
		if len(paths) == 0 {
			paths = []string{c.Origin.Path}
		}
		if slices.ContainsFunc(paths, f.paths.passes) {
			f.paths.note(&f.paths.passed, paths[0])
			return yield(c, err)
		}
		f.paths.note(&f.paths.missed, paths[0])
		f.paths.left.Add(1)
		return nil
	}
}

// note notes what became of a path, if it is that of a file and not of git's own.
func (*pathFilter) note(fate *atomic.Bool, path string) {
	if path != "" && !strings.HasPrefix(path, ".git/") {
		fate.Store(true)
	}
}

// Covered implements mudlark.Accountant.
func (f filtered) Covered() mudlark.Coverage {
	var c mudlark.Coverage
	if a, ok := f.Source.(mudlark.Accountant); ok {
		c = a.Covered()
	}
	if n := f.paths.left.Load(); n > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%d of all pieces of content were left out by the paths that were included and excluded", n))
	}
	return c
}

// filteredAttributor is a filtered source that learns late where content lies.
type filteredAttributor struct {
	filtered
	attributor mudlark.Attributor
}

// Attribute implements mudlark.Attributor.
func (f filteredAttributor) Attribute(ctx context.Context, found []mudlark.Finding, yield mudlark.Yield) ([]mudlark.Finding, error) {
	traced, err := f.attributor.Attribute(ctx, found, f.passing(yield))
	return slices.DeleteFunc(traced, func(found mudlark.Finding) bool { return !f.paths.passes(found.Origin.Path) }), err
}
