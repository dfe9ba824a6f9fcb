package report

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mudlark-scan/mudlark"
)

// mask hides every secret in every string of s, as far as the options say, and
// makes every string valid UTF-8, so that all formats write the same text. A
// run that was masked before it was recorded stays as it is.
func (s *scan) mask() {
	m := masker{commits: map[*mudlark.Commit]*mudlark.Commit{}, exposures: map[*mudlark.Exposure]*mudlark.Exposure{}}
	if s.opts.Redact > 0 && !s.run.Masked {
		m.percent = s.opts.Redact
		m.words = learn(s.found, s.opts.Hide...)
		s.run.Masked = true
	}
	m.run(&s.run)
	for _, f := range s.found {
		m.finding(f)
	}
	for i := range s.skips {
		m.skip(&s.skips[i])
	}
	m.summary(&s.summary)
}

// reveal gives the text of what may be secret. Formats call it too: they are
// handed what was masked already, unless the user wants to see it.
func reveal(s mudlark.Sensitive) string { return s.Reveal() }

// Secret returns what a report that hides so many percent shows of s, for what
// is said of a secret outside of a report.
func Secret(s mudlark.Sensitive, percent int) string {
	m := masker{percent: percent}
	return sanitize(m.hide(reveal(s)))
}

// A masker hides secrets in text. Its zero value hides nothing.
type masker struct {
	percent int
	words   *words
	// Findings share these; what was made of them is shared likewise.
	commits   map[*mudlark.Commit]*mudlark.Commit
	exposures map[*mudlark.Exposure]*mudlark.Exposure
}

// hide returns what is shown of a secret: a mask, or the beginning of it. The
// rounding is gitleaks'.
func (m *masker) hide(secret string) string {
	switch {
	case secret == "" || m.percent == 0:
		return valid(secret)
	case m.percent >= 100:
		return mudlark.Masked
	}
	shown := math.RoundToEven(float64(len(secret)) * float64(100-m.percent) / 100)
	return valid(secret[:int(shown)]) + "..."
}

// text hides in text what is a secret anywhere in the scan.
func (m *masker) text(text string) string {
	return m.cover(text, m.words.find(text, nil))
}

// sensitive hides secrets in text, and own, which may be too short to be
// looked for in other text. Text in which none of own can be seen has it in a
// form that cannot be told from the rest, and is hidden whole.
func (m *masker) sensitive(text mudlark.Sensitive, own ...mudlark.Sensitive) mudlark.Sensitive {
	t := reveal(text)
	if m.percent == 0 {
		return mudlark.NewSensitive(valid(t))
	}
	spans := m.words.find(t, nil)
	for _, secret := range own {
		spans = appendOccurrences(spans, t, reveal(secret))
	}
	if len(spans) == 0 && len(own) > 0 {
		return mudlark.NewSensitive(m.hide(t))
	}
	return mudlark.NewSensitive(m.cover(t, spans))
}

func appendOccurrences(spans []mudlark.Span, text, word string) []mudlark.Span {
	for from := 0; word != ""; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			break
		}
		spans = append(spans, mudlark.Span{Start: from + i, End: from + i + len(word)})
		from += i + len(word)
	}
	return spans
}

// excerpt hides the secrets of e and those of the whole scan in its line, and
// says where they stand now. Without a mark, secret is looked for.
func (m *masker) excerpt(e mudlark.Excerpt, secret mudlark.Sensitive) mudlark.Excerpt {
	text := reveal(e.Text)
	own := proper(e.Secrets, len(text))
	if len(e.Secrets) == 0 && m.percent > 0 {
		own = appendOccurrences(nil, text, reveal(secret))
	}
	var focus mudlark.Span
	if e.Focus >= 0 && e.Focus < len(e.Secrets) {
		focus = e.Secrets[e.Focus]
	}
	spans := slices.Clone(own)
	if m.percent > 0 {
		spans = m.words.find(text, spans)
	}
	covers := join(spans)
	out := mudlark.Excerpt{}
	var b strings.Builder
	at := 0
	for i, c := range covers {
		b.WriteString(valid(text[at:c.Start]))
		start := b.Len()
		b.WriteString(m.coverText(text, c))
		out.Secrets = append(out.Secrets, mudlark.Span{Start: start, End: b.Len()})
		if c.Contains(focus) {
			out.Focus = i
		}
		at = c.End
	}
	b.WriteString(valid(text[at:]))
	out.Text = mudlark.NewSensitive(b.String())
	return out
}

// cover hides spans of text.
func (m *masker) cover(text string, spans []mudlark.Span) string {
	if m.percent == 0 || len(spans) == 0 {
		return valid(text)
	}
	var b strings.Builder
	at := 0
	for _, c := range join(spans) {
		b.WriteString(valid(text[at:c.Start]))
		b.WriteString(m.coverText(text, c))
		at = c.End
	}
	b.WriteString(valid(text[at:]))
	return b.String()
}

// coverText hides the secret at c, or several that overlap, of which no
// beginning is shown: it might be the whole of one.
func (m *masker) coverText(text string, c joined) string {
	if m.percent > 0 && c.several {
		return mudlark.Masked
	}
	return m.hide(text[c.Start:c.End])
}

// joined is one span, or several that overlap and none of which is the whole.
type joined struct {
	mudlark.Span
	several bool
}

// join sorts spans and makes one of those that overlap.
func join(spans []mudlark.Span) []joined {
	slices.SortFunc(spans, func(a, b mudlark.Span) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return b.End - a.End
	})
	var out []joined
	for _, s := range spans {
		if n := len(out); n > 0 && s.Start < out[n-1].End {
			if s.End > out[n-1].End {
				out[n-1].End, out[n-1].several = s.End, true
			}
			continue
		}
		out = append(out, joined{Span: s})
	}
	return out
}

// proper returns those of spans that lie in a text of n bytes. A recorded
// stream may say anything.
func proper(spans []mudlark.Span, n int) []mudlark.Span {
	for i, s := range spans {
		if s.Start < 0 || s.Start >= s.End || s.End > n {
			out := slices.Clone(spans[:i])
			for _, s := range spans[i:] {
				if s.Start >= 0 && s.Start < s.End && s.End <= n {
					out = append(out, s)
				}
			}
			return out
		}
	}
	return spans
}

// valid returns text with a replacement character for every byte that is not
// UTF-8, as encoding/json has it.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}
