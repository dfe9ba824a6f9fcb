package detectors

import (
	"bytes"

	"github.com/mudlark-scan/mudlark"
)

// judge makes a candidate of a match unless something speaks against it. What
// costs least is asked first.
func (s *scan) judge(r *rule, m Match) {
	data := s.layer.data
	if r.code != nil && !s.fitsCode(r, &m) {
		return
	}
	trim(data, &m.Secret)
	if m.Secret.Len() <= 0 {
		return
	}
	if s.layer.depth > 0 && !s.layer.text.Touches(m.Whole.Start, m.Whole.End) {
		return
	}
	secret := data[m.Secret.Start:m.Secret.End]
	if r.Entropy > 0 && entropy(secret) <= r.Entropy {
		return
	}
	if placeholder(secret, r.strict) || r.strict && implausible(r, data, &m) {
		return
	}
	if r.code != nil && !s.willing(int32(r.index)) || s.allowed(r, m) {
		return
	}
	c := candidate{rule: int32(r.index), grade: r.grade(), depth: int8(s.layer.depth), decoder: s.layer.first}
	if m.Grade != mudlark.ConfidenceUnset {
		c.grade = min(c.grade, m.Grade)
	}
	if r.check != nil && !r.check(secret) {
		c.grade = mudlark.Low
	}
	c.place, c.around, c.key = extentOf(s.layer.source(m.Secret)), extentOf(s.layer.source(m.Whole)), extentOf(m.Key)
	if s.layer.name != "" {
		c.copy = &copied{
			secret: string(secret), match: string(data[m.Whole.Start:m.Whole.End]),
			key: string(data[m.Key.Start:m.Key.End]), tags: s.layer.tags(),
		}
	}
	s.found = append(s.found, c)
}

// fitsCode reports whether what a detector in code proposes is for rule r, and
// narrows the secret to the rule's group.
func (s *scan) fitsCode(r *rule, m *Match) bool {
	data := s.layer.data
	f := r.ready()
	if _, ok := r.code.(assignment); !ok {
		return f == nil || f.regexp().Match(data[m.Key.Start:m.Key.End])
	}
	if r.Key == "" && r.literals != nil && !m.Key.Overlaps(s.hit) {
		return false
	}
	value := data[m.Secret.Start:m.Secret.End]
	if f != nil {
		if len(value) < f.min || len(value) > f.max || !f.bytes.hasAll(value) {
			return false
		}
	}
	if r.Key != "" && !r.key.matches(data[m.Key.Start:m.Key.End]) {
		return false
	}
	if f == nil {
		return true
	}
	if f.simple {
		return true
	}
	at := f.regexp().FindSubmatchIndex(value)
	if at == nil {
		return false
	}
	m.Secret = f.match(at, m.Secret.Start).Secret
	return true
}

// trim takes line ends off both sides of a secret.
func trim(data []byte, span *mudlark.Span) {
	for span.Start < span.End && isLineEnd(data[span.Start]) {
		span.Start++
	}
	for span.Start < span.End && isLineEnd(data[span.End-1]) {
		span.End--
	}
}

func isLineEnd(c byte) bool { return c == '\n' || c == '\r' }

// allowed reports, and counts, that an allowlist says m is no finding.
func (s *scan) allowed(r *rule, m Match) bool {
	if len(s.e.global)+len(r.lists) == 0 {
		return false
	}
	data := s.layer.data
	s.judged = m
	secret := data[m.Secret.Start:m.Secret.End]
	s.lower = append(s.lower[:0], secret...)
	lower := s.lower
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c | 0x20
		} else if c >= 0x80 {
			lower = bytes.ToLower(secret)
			break
		}
	}
	c := content{secret: secret, match: data[m.Whole.Start:m.Whole.End], lower: lower, line: s.onLine}
	commit := ""
	if s.chunk.Origin.Commit != nil {
		commit = s.chunk.Origin.Commit.ID
	}
	if drops(s.e.global, &c, commit, s.paths) || drops(r.lists, &c, commit, s.paths) {
		s.stats.Allowlisted++
		return true
	}
	return false
}

// maxLine bounds what an allowlist is shown of a line, to either side of a
// match, so that many matches in one endless line stay cheap.
const maxLine = 4096

// lineOfMatch returns the line or lines that the judged match stands on.
func (s *scan) lineOfMatch() []byte {
	data, m := s.layer.data, s.judged.Whole
	start := max(0, m.Start-maxLine)
	if i := bytes.LastIndexByte(data[start:m.Start], '\n'); i >= 0 {
		start += i + 1
	}
	end := min(len(data), m.End+maxLine)
	if i := bytes.IndexByte(data[m.End:end], '\n'); i >= 0 {
		end = m.End + i
	}
	return data[start:end]
}
