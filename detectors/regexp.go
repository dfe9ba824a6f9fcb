package detectors

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"sync"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
)

// A pattern is an expression that is compiled when it is first used. The zero
// value matches nothing. Many goroutines may use it.
type pattern struct {
	text string
	once sync.Once
	re   *regexp.Regexp
}

// matches reports whether the expression matches part of data.
func (p *pattern) matches(data []byte) bool {
	if p.text == "" {
		return false
	}
	p.once.Do(func() { p.re, _ = regexp.Compile(p.text) })
	return p.re != nil && p.re.Match(data)
}

func (p *pattern) matchesString(s string) bool {
	if p.text == "" {
		return false
	}
	p.once.Do(func() { p.re, _ = regexp.Compile(p.text) })
	return p.re != nil && p.re.MatchString(s)
}

// checkPattern returns an error if text is no expression, or has less groups
// than are asked for.
func checkPattern(text string, groups int) error {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return err
	}
	if n := re.MaxCap(); n < groups {
		return fmt.Errorf("has %d groups, but group %d is to hold the secret", n, groups)
	}
	return nil
}

// A finder finds the matches of a rule's regular expression.
type finder struct {
	shape
	group  int  // that holds the secret; 0: the first that is not empty
	simple bool // shape says it all of a whole value: any of its bytes, from min to max of them
	text   string
	// Most texts that hold a keyword hold nothing that shape lets through, so
	// that the expression is compiled even later than shape is made.
	once   [2]sync.Once
	re     *regexp.Regexp
	resume *regexp.Regexp
}

// regexp returns the expression.
func (f *finder) regexp() *regexp.Regexp {
	f.once[0].Do(func() { f.re, _ = regexp.Compile(f.text) }) // text was parsed before
	return f.re
}

// resuming returns an expression that finds what regexp finds, but for one
// character of context that it skips, as its only group.
func (f *finder) resuming() *regexp.Regexp {
	f.once[1].Do(func() { f.resume, _ = regexp.Compile(`\A(?s:.)(?s:.*?)(` + f.text + `)`) })
	return f.resume
}

// newFinder makes a finder of an expression.
func newFinder(text string, keywords []string, group int) (*finder, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if foldsWide(tree) {
		tree = asciiFold(tree)
		text = spelled(tree)
	}
	f := &finder{group: group, shape: shapeOf(tree, keywords), text: text}
	f.simple = isSimple(tree)
	return f, nil
}

// anchorsOf returns the anchors of an expression, or nothing.
func anchorsOf(text string, keywords []string) []anchor {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil
	}
	return anchorsIn(asciiFold(tree), keywords)
}

// isSimple reports whether tree is one class of ASCII characters, repeated,
// between the two ends of the text.
func isSimple(tree *syntax.Regexp) bool {
	parts := flattenWhole(tree, nil)
	if len(parts) != 3 || parts[0].Op != syntax.OpBeginText || parts[2].Op != syntax.OpEndText || tree.MaxCap() > 0 {
		return false
	}
	class, _, _, ok := classRun(parts[1])
	return ok && !class.has(0x80)
}

// How many matches are taken from one call of the engine. An expression without
// a limit may look far ahead for each of them, so it gets few.
const (
	batch          = 256
	batchUnbounded = 4
	minLook        = 4096
)

// each calls emit for the matches that lie in data[window], left to right, as if
// they were looked for in all of data. What window says must hold: no match
// begins before it and reaches into it.
//
// Matches do not overlap, but for the delimiters behind their secrets: what ends
// one may begin the next.
func (f *finder) each(data []byte, window mudlark.Span, emit func(Match)) {
	lo, hi := contextBefore(data, window.Start), contextAfter(data, window.End)
	n := batch
	if f.max >= unbounded && hi-lo > minLook {
		n = batchUnbounded
	}
	from := window.Start
	found := f.regexp().FindAllSubmatchIndex(data[lo:hi], n)
	for _, at := range found {
		if at[0] == at[1] {
			continue
		}
		if lo+at[0] < window.Start || lo+at[1] > window.End {
			f.eachFrom(data, from, window.End, emit)
			return
		}
		m := f.match(at, lo)
		emit(m)
		if from = m.next(); from < m.Whole.End {
			f.eachFrom(data, from, window.End, emit)
			return
		}
	}
	if len(found) == n {
		f.eachFrom(data, from, window.End, emit)
	}
}

// eachFrom is each for what begins at from or later, one match at a time.
//
// An expression without a limit may read to the end of the text for each
// match. So that many of them cost no more than a few readings of the text, the
// more there were the less is read ahead: matches after very many others may be
// cut at a few thousand bytes.
func (f *finder) eachFrom(data []byte, from, end int, emit func(Match)) {
	hi := contextAfter(data, end)
	for count := 1; from < end; count++ {
		lo := contextBefore(data, from)
		ahead := hi
		if f.max >= unbounded {
			ahead = min(hi, lo+max(minLook, 16*(end-lo)/count))
		}
		var at []int
		if lo == from { // the beginning of the text: nothing to skip
			at = f.regexp().FindSubmatchIndex(data[lo:ahead])
		} else if at = f.resuming().FindSubmatchIndex(data[lo:ahead]); at != nil {
			at = at[2:]
		}
		switch {
		case at == nil && ahead < hi:
			from = max(from+1, ahead-minLook/2)
			continue
		case at == nil || lo+at[1] > end:
			return
		}
		next := lo + at[1]
		if at[0] != at[1] {
			m := f.match(at, lo)
			emit(m)
			next = m.next()
		}
		from = max(next, from+1)
	}
}

// maxDelimiter is how much behind a secret is taken for what only ends it. More
// is part of the match: if it were read again for each of many matches in a row,
// that could take long.
const maxDelimiter = 8

// next returns where to look for the match after m.
func (m *Match) next() int {
	if m.Secret.Len() > 0 && m.Whole.End-m.Secret.End <= maxDelimiter {
		return m.Secret.End
	}
	return m.Whole.End
}

// everywhere appends the windows in which all matches in data lie.
func (f *finder) everywhere(windows []mudlark.Span, data []byte) []mudlark.Span {
	if len(f.runs) == 0 {
		return append(windows, mudlark.Span{End: len(data)})
	}
	for i := range f.runs {
		windows = f.runs[i].addAll(windows, data, &f.bytes)
	}
	return windows
}

// match makes a proposal of the places of groups, relative to base.
func (f *finder) match(at []int, base int) Match {
	whole := mudlark.Span{Start: base + at[0], End: base + at[1]}
	if g := 2 * f.group; g > 0 {
		if g+1 >= len(at) || at[g] < 0 {
			return Match{Whole: whole} // without a secret it will be no finding
		}
		return Match{Whole: whole, Secret: mudlark.Span{Start: base + at[g], End: base + at[g+1]}}
	}
	for g := 2; g+1 < len(at); g += 2 {
		if at[g] >= 0 && at[g+1] > at[g] {
			return Match{Whole: whole, Secret: mudlark.Span{Start: base + at[g], End: base + at[g+1]}}
		}
	}
	return Match{Whole: whole, Secret: whole}
}

// contextBefore returns where the character before at begins, so that an
// expression can tell what stands there, and no character is cut.
func contextBefore(data []byte, at int) int {
	at = max(at-1, 0)
	for n := 0; n < utf8.UTFMax-1 && at > 0 && !utf8.RuneStart(data[at]); n++ {
		at--
	}
	return at
}

// contextAfter returns where the character at at ends.
func contextAfter(data []byte, at int) int {
	at = min(at+1, len(data))
	for n := 0; n < utf8.UTFMax-1 && at < len(data) && !utf8.RuneStart(data[at]); n++ {
		at++
	}
	return at
}
