package scanner

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
)

// Conceal returns text with a mask where e finds a secret in it, and where a URL
// has a user and a password. It is for what is said beside a report: a message
// may repeat what somebody typed or wrote into a configuration.
func Conceal(e *detectors.Engine, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		at := 0
		for _, s := range secrets(e, line) {
			b.WriteString(line[at:s.Start])
			b.WriteString(mudlark.Masked)
			at = s.End
		}
		b.WriteString(line[at:])
	}
	return b.String()
}

// Secrets returns what Conceal masks in texts.
func Secrets(e *detectors.Engine, texts ...string) []mudlark.Sensitive {
	var all []mudlark.Sensitive
	for _, text := range texts {
		for line := range strings.Lines(text) {
			for _, s := range secrets(e, line) {
				all = append(all, mudlark.NewSensitive(line[s.Start:s.End]))
			}
		}
	}
	return all
}

// secrets returns the places of secrets in a line, in order and apart.
func secrets(e *detectors.Engine, line string) []mudlark.Span {
	spans := userinfo(line)
	e.Detect(mudlark.Chunk{Data: []byte(line)}, func(f mudlark.Finding) {
		s := mudlark.Span{Start: f.Position.StartColumn - 1, End: f.Position.EndColumn - 1}
		if f.Position.StartLine == 1 && f.Position.EndLine == 1 && 0 <= s.Start && s.Start < s.End && s.End <= len(line) {
			spans = append(spans, s)
		}
	})
	slices.SortFunc(spans, func(a, b mudlark.Span) int { return cmp.Compare(a.Start, b.Start) })
	apart := spans[:0]
	for _, s := range spans {
		if n := len(apart); n > 0 && s.Start < apart[n-1].End {
			apart[n-1].End = max(apart[n-1].End, s.End)
			continue
		}
		apart = append(apart, s)
	}
	return apart
}

// userinfo returns what stands between the scheme and the host of URLs.
func userinfo(line string) []mudlark.Span {
	var spans []mudlark.Span
	for from := 0; ; {
		i := strings.Index(line[from:], "://")
		if i < 0 {
			return spans
		}
		from += i + len("://")
		end := len(line)
		if i := strings.IndexAny(line[from:], "/?# \t\"'`<>\\\n"); i >= 0 {
			end = from + i
		}
		if i := strings.LastIndexByte(line[from:end], '@'); i > 0 {
			spans = append(spans, mudlark.Span{Start: from, End: from + i})
		}
	}
}
