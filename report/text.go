package report

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/fatih/color"

	"github.com/mudlark-scan/mudlark"
)

// placesShown is how many places of one secret are listed if the user did not
// ask for all.
const placesShown = 5

// writeText writes for people: every secret with its places and what to do
// first, then what does not count, then what was not read, then the answer.
func writeText(w io.Writer, s *scan) error {
	p := newPage(w, s.opts)
	for _, g := range s.groups() {
		p.group(s, g)
	}
	p.silenced(s)
	p.suppressed(s)
	p.skipped(s)
	p.coverage(s)
	p.verdict(s)
	return p.err
}

// A group is one secret: the findings of one fingerprint. Of passwords one may
// stand for several, of which one works and another does not.
type group struct {
	rule   mudlark.RuleInfo
	places []*mudlark.Finding
	answer *mudlark.Verification // of its provider, as that of a place
}

// groups returns the secrets that count: those that are known to work first, then
// the gravest, then by path; what lies in no file comes last.
func (s *scan) groups() []*group {
	type key struct {
		fingerprint string
		inactive    bool
	}
	byKey := map[key]*group{}
	var groups []*group
	for _, f := range s.found {
		if !f.Counts() {
			continue
		}
		at := key{f.Fingerprint, f.Verification.Status == mudlark.Inactive}
		g := byKey[at]
		if g == nil || f.Fingerprint == "" {
			g = &group{rule: s.rule(f.RuleID)}
			byKey[at] = g
			groups = append(groups, g)
		}
		g.places = append(g.places, f)
	}
	for _, g := range groups {
		g.answer = mostTelling(g.places)
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		return cmp.Or(
			compareUrgency(b.answer, a.answer),
			cmp.Compare(severity(b.rule), severity(a.rule)),
			compareBool(a.places[0].Origin.Path == "", b.places[0].Origin.Path == ""),
			cmp.Compare(a.places[0].Origin.Path, b.places[0].Origin.Path),
		)
	})
	return groups
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// A style is how a piece of text looks on a terminal.
type style int

const (
	plainStyle style = iota
	faint
	bold
	grave // of critical and high severity, and the mark under a secret
	warn
	mild
	good
	pathStyle
)

// A page writes lines. All text goes through put, which makes it safe to show.
type page struct {
	w      io.Writer
	err    error
	width  int
	opts   Options
	colors []*color.Color  // by style
	told   map[string]bool // rules whose advice was given
	line   strings.Builder
	column int
}

func newPage(w io.Writer, opts Options) *page {
	p := &page{w: w, width: max(cmp.Or(opts.Width, 80), 40), opts: opts, told: map[string]bool{}}
	attributes := [...][]color.Attribute{
		plainStyle: nil,
		faint:      {color.Faint},
		bold:       {color.Bold},
		grave:      {color.FgRed, color.Bold},
		warn:       {color.FgYellow, color.Bold},
		mild:       {color.FgBlue, color.Bold},
		good:       {color.FgGreen, color.Bold},
		pathStyle:  {color.FgMagenta},
	}
	for _, a := range attributes {
		c := color.New(a...)
		if opts.Color && len(a) > 0 {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		p.colors = append(p.colors, c)
	}
	return p
}

// put adds text to the present line.
func (p *page) put(st style, text string) {
	text = sanitize(text)
	p.column += width(text)
	p.line.WriteString(p.colors[st].Sprint(text))
}

// end ends the present line.
func (p *page) end() {
	p.line.WriteByte('\n')
	if p.err == nil {
		_, p.err = io.WriteString(p.w, inert(p.line.String()))
	}
	p.line.Reset()
	p.column = 0
}

// row writes one line, which is not wrapped.
func (p *page) row(st style, indent int, text string) {
	p.put(plainStyle, strings.Repeat(" ", indent))
	p.put(st, text)
	p.end()
}

// para writes text in lines that fit the page, if its words do.
func (p *page) para(st style, indent int, text string) {
	if p.flow(st, indent, text, true) {
		p.end()
	}
}

// flow adds the words of text to the page, from the beginning of a line or not,
// and reports whether the line it leaves holds any. Lines it begins are indented.
func (p *page) flow(st style, indent int, text string, first bool) bool {
	for word := range strings.SplitSeq(strings.ReplaceAll(text, "\n", " "), " ") {
		if !first && p.column+1+width(sanitize(word)) > p.width {
			p.end()
			first = true
		}
		if first {
			p.put(plainStyle, strings.Repeat(" ", indent))
		} else {
			p.put(st, " ")
		}
		p.put(st, word)
		first = false
	}
	return !first
}

func severityStyle(s mudlark.Severity) style {
	switch s {
	case mudlark.SeverityCritical, mudlark.SeverityHigh:
		return grave
	case mudlark.SeverityLow:
		return mild
	}
	return warn
}
