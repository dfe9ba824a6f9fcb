package detectors

import (
	"bytes"
	"slices"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/linehash"
)

// tell settles the candidates and emits the findings among them.
func (s *scan) tell(emit func(mudlark.Finding)) {
	s.settle()
	masks := s.masks()
	marks := newMarkers(s.text, s.notes, s.chunk.Origin.Path, s.e)
	fresh := widenedFresh(&s.chunk)
	hashes := s.lineHashes(fresh)
	w := newWalker(&s.chunk, s.text)
	for i := range s.found {
		c := &s.found[i]
		if !s.reported(c) || !s.isFresh(i, fresh) {
			continue
		}
		f := s.finding(i)
		f.Position = position(s.text, c.place.span(), w.at(int(c.place.start)))
		f.Position.Offset = s.chunk.Offset + int64(s.inData(c.place.span()).Start)
		f.MatchPosition = s.matchPosition(c, &f.Position)
		f.Excerpt = excerpt(s.text, c.place.span(), masks)
		f.Suppression = marks.suppression(c, f.RuleID)
		if s.hashed(c) {
			f.LineHash = hashes.At(f.Position.StartLine)
		}
		emit(f)
	}
}

// matchPosition returns the position of all that a candidate's rule matched, but for
// the line ends around it; the zero value if that is what stands at p.
func (s *scan) matchPosition(c *candidate, p *mudlark.Position) mudlark.Position {
	whole := c.around.span()
	if c.copy != nil {
		whole = s.encoded(c, whole)
	}
	for whole.Start < whole.End && s.text[whole.Start] == '\n' {
		whole.Start++
	}
	for whole.Start < whole.End && s.text[whole.End-1] == '\n' {
		whole.End--
	}
	if whole == c.place.span() || whole.Start > int(c.place.start) {
		return mudlark.Position{}
	}
	from := point{line: p.StartLine, column: p.StartColumn, utf16: p.StartUTF16}
	out := position(s.text, whole, s.back(from, int(c.place.start), whole.Start))
	out.Offset = s.chunk.Offset + int64(s.inData(whole).Start)
	return out
}

// maxEncoded bounds how far encoded widens a place, so that many findings in one
// endless run stay cheap.
const maxEncoded = 16 << 10

// encoded widens the place of what was found in decoded text to all that was
// decoded together: a run of base64 or hex.
func (s *scan) encoded(c *candidate, span mudlark.Span) mudlark.Span {
	var within func(byte) bool
	switch s.e.decoders[c.decoder].Name {
	case "hex":
		within = isHex
	case "base64":
		within = func(b byte) bool { return isWord(b) || b == '+' || b == '/' || b == '-' }
	default:
		return span
	}
	from, to := max(0, span.Start-maxEncoded), min(len(s.text), span.End+maxEncoded)
	for span.Start > from && within(s.text[span.Start-1]) {
		span.Start--
	}
	for span.End < to && within(s.text[span.End]) {
		span.End++
	}
	for pad := min(span.End+2, to); span.End < pad && s.text[span.End] == '='; {
		span.End++
	}
	return span
}

// back returns the point at offset, if p is that at from, which comes later.
func (s *scan) back(p point, from, offset int) point {
	stretch := s.text[offset:from]
	if n := bytes.Count(stretch, newline); n > 0 {
		begin := bytes.LastIndexByte(s.text[:offset], '\n') + 1
		first := 1
		if begin == 0 {
			first = max(1, s.chunk.Column)
		}
		stretch = s.text[begin:offset]
		return point{line: p.line - n, column: first + len(stretch), utf16: first + utf16Len(stretch)}
	}
	return point{line: p.line, column: p.column - len(stretch), utf16: p.utf16 - utf16Len(stretch)}
}

// hashed reports whether the hash of a candidate's line is told: it tells what
// stands there to whoever can guess the secret.
func (s *scan) hashed(c *candidate) bool { return !s.e.rules[c.rule].Guessable }

// inData returns where a span of the chunk's text lies in its data.
func (s *scan) inData(span mudlark.Span) mudlark.Span {
	if root := &s.layers[0]; root.name != "" {
		span.Start, span.End = root.text.Source(span.Start, span.End)
	}
	return span
}

// finding says of a candidate what does not depend on its place.
func (s *scan) finding(i int) mudlark.Finding {
	c := &s.found[i]
	r := s.ruleOf(c)
	secret := s.secretOf(c)
	f := mudlark.Finding{
		RuleID: r.ID, Secret: mudlark.NewSensitive(string(secret)), Entropy: entropy(secret), Confidence: c.grade,
		Tags: slices.Clone(r.Tags), Origin: s.chunk.Origin,
	}
	if c.copy != nil {
		f.Match, f.Key = mudlark.NewSensitive(c.copy.match), c.copy.key
		f.Tags = append(f.Tags, c.copy.tags...)
	} else {
		data := s.text
		f.Match = mudlark.NewSensitive(string(data[c.around.start:c.around.end]))
		f.Key = string(data[c.key.start:c.key.end])
	}
	f.Evidence = s.evidence(c, &f)
	if near := s.parts[i]; len(near) > 0 {
		f.Parts = make(map[string]mudlark.Sensitive, len(near))
		for _, at := range near {
			f.Parts[s.ruleOf(&s.found[at]).ID] = mudlark.NewSensitive(string(s.secretOf(&s.found[at])))
		}
	}
	for _, at := range s.others[i] {
		if f.Others == nil {
			f.Others = make(map[string][]mudlark.Sensitive)
		}
		id := s.ruleOf(&s.found[at]).ID
		f.Others[id] = append(f.Others[id], mudlark.NewSensitive(string(s.secretOf(&s.found[at]))))
	}
	return f
}

// pathFindings tells of the paths that rules about paths alone match. The
// pieces of one content tell of them once.
func (s *scan) pathFindings(emit func(mudlark.Finding)) {
	if s.chunk.Offset != 0 || s.chunk.Line > 1 || s.chunk.Origin.Part != "" {
		return
	}
	if len(s.e.paths) == 0 || len(s.paths) == 0 {
		return
	}
	endings := s.e.endings()
	for k, i := range s.e.paths {
		r := &s.e.rules[i]
		if r.SkipReport {
			continue
		}
		for _, p := range s.paths {
			if !endings[k].allows(p) || s.e.refuses(r, p) || s.e.excludesPath(s.e.global, p) {
				continue
			}
			f := mudlark.Finding{
				RuleID: r.ID, Match: mudlark.NewSensitive("file detected: " + p), Confidence: r.grade(), Tags: slices.Clone(r.Tags),
				Origin:   s.chunk.Origin,
				Position: mudlark.Position{StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 1, StartUTF16: 1, EndUTF16: 1},
			}
			f.Origin.Path = p
			emit(f)
		}
	}
}

// widenedFresh returns the chunk's fresh spans widened to whole lines, their
// ends included; nil if all is fresh.
func widenedFresh(c *mudlark.Chunk) []mudlark.Span {
	if c.Fresh == nil {
		return nil
	}
	out := make([]mudlark.Span, 0, len(c.Fresh))
	for _, f := range c.Fresh {
		start, end := min(f.Start, len(c.Data)), min(f.End, len(c.Data))
		floor := 0
		if n := len(out); n > 0 {
			floor = min(out[n-1].End, start)
		}
		start = floor + bytes.LastIndexByte(c.Data[floor:start], '\n') + 1
		if i := bytes.IndexByte(c.Data[end:], '\n'); i >= 0 {
			end += i + 1
		} else {
			end = len(c.Data)
		}
		if n := len(out); n > 0 && start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, end)
		} else {
			out = append(out, mudlark.Span{Start: start, End: end})
		}
	}
	return out
}

// isFresh reports whether this chunk answers for a candidate: whether its match,
// or a part of it, touches what is fresh.
func (s *scan) isFresh(i int, fresh []mudlark.Span) bool {
	if s.chunk.Fresh == nil || touchesOne(fresh, s.inData(s.found[i].around.span())) {
		return true
	}
	for _, at := range s.parts[i] {
		if touchesOne(fresh, s.inData(s.found[at].around.span())) {
			return true
		}
	}
	return false
}

// touchesOne reports whether span overlaps one of the sorted fresh spans.
func touchesOne(fresh []mudlark.Span, span mudlark.Span) bool {
	i, _ := slices.BinarySearchFunc(fresh, span.Start, func(f mudlark.Span, start int) int {
		if f.End <= start {
			return -1
		}
		return 1
	})
	return i < len(fresh) && fresh[i].Start < span.End
}

// lineHashes hashes the lines that findings begin on whose hash is told, if the
// chunk begins the content: the hash of a line counts the lines alike before it.
func (s *scan) lineHashes(fresh []mudlark.Span) linehash.Hashes {
	c := &s.chunk
	if c.Offset != 0 || c.Line > 1 || c.Column > 1 || s.layers[0].name != "" {
		return linehash.Hashes{}
	}
	var lines []int
	for i := range s.found {
		f := &s.found[i]
		n := int(f.line)
		if s.hashed(f) && s.reported(f) && s.isFresh(i, fresh) && (len(lines) == 0 || lines[len(lines)-1] != n) {
			lines = append(lines, n)
		}
	}
	return linehash.Of(c.Data, lines)
}
