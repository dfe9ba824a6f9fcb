package detectors

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
)

// How much of a line an excerpt shows to either side of the secret, and of the
// secret itself.
const (
	excerptMargin = 100
	excerptSecret = 2048
)

// masks returns all places with secrets in them, sorted and joined: whatever is
// shown of the text, these must be masked, whether they are reported or not.
func (s *scan) masks() []extent {
	var masks []extent
	for i := range s.found { // sorted by place
		p := s.found[i].place
		if n := len(masks); n > 0 && p.start < masks[n-1].end {
			masks[n-1].end = max(masks[n-1].end, p.end)
		} else {
			masks = append(masks, p)
		}
	}
	return masks
}

// excerpt returns the line on which secret starts, cut down around it, with all
// secrets in it marked. The secret's own place is one of masks, or part of one.
func excerpt(data []byte, secret mudlark.Span, masks []extent) mudlark.Excerpt {
	own := sort.Search(len(masks), func(i int) bool { return int(masks[i].start) > secret.Start }) - 1
	line := around(data, masks[own].span(), secret.Start)
	// No other secret is shown in part: a part could be taken for all of it.
	first, last := own, own
	for first > 0 && int(masks[first-1].end) > line.Start {
		if first--; int(masks[first].start) < line.Start {
			line.Start = int(masks[first].end)
			first++
			break
		}
	}
	for last+1 < len(masks) && int(masks[last+1].start) < line.End {
		if last++; int(masks[last].end) > line.End {
			line.End = int(masks[last].start)
			last--
			break
		}
	}
	e := mudlark.Excerpt{Text: mudlark.NewSensitive(string(data[line.Start:line.End])), Focus: own - first}
	for _, m := range masks[first : last+1] {
		s := m.span()
		e.Secrets = append(e.Secrets, mudlark.Span{Start: max(s.Start, line.Start) - line.Start, End: min(s.End, line.End) - line.Start})
	}
	return e
}

// around returns the part of the line at start that is shown: of a masked place
// that begins on an earlier line, what is on this one.
func around(data []byte, mask mudlark.Span, start int) mudlark.Span {
	from := max(0, start-excerptMargin)
	if mask.Start < start && mask.Start >= from-excerptSecret {
		from = max(0, mask.Start-excerptMargin)
	}
	if i := bytes.LastIndexByte(data[from:start], '\n'); i >= 0 {
		from += i + 1
	}
	to := min(len(data), max(start, min(mask.End, start+excerptSecret))+excerptMargin)
	if i := bytes.IndexByte(data[start:to], '\n'); i >= 0 {
		to = start + i
	}
	if to > start && data[to-1] == '\r' {
		to--
	}
	for from > 0 && from < start && !utf8.RuneStart(data[from]) {
		from++
	}
	for to < len(data) && to > start && !utf8.RuneStart(data[to]) {
		to--
	}
	return mudlark.Span{Start: from, End: to}
}
