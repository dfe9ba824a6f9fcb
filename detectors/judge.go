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
	if r.Plain {
		r.regroup(data, &m)
	}
	trim(data, &m.Secret)
	if m.Secret.Len() <= 0 {
		return
	}
	if s.layer.depth > 0 && !s.layer.touches(m.Whole) {
		return
	}
	if why := s.against(r, m); why != (reason{}) {
		s.dropped(r, m, why)
		return
	}
	c := candidate{rule: int32(r.index), depth: int8(s.layer.depth), decoder: s.layer.first, doubted: m.Grade == mudlark.Low}
	var w weighing
	r.weigh(specimen{
		secret: data[m.Secret.Start:m.Secret.End], match: data[m.Whole.Start:m.Whole.End], key: data[m.Key.Start:m.Key.End], doubted: c.doubted,
	}, &w)
	c.grade = w.grade(r.grade())
	c.place, c.around, c.key = extentOf(s.layer.source(m.Secret)), extentOf(s.layer.source(m.Whole)), extentOf(m.Key)
	if s.layer.name != "" {
		c.copy = &copied{
			secret: string(data[m.Secret.Start:m.Secret.End]), match: string(data[m.Whole.Start:m.Whole.End]),
			key: string(data[m.Key.Start:m.Key.End]), tags: s.layer.tags(),
		}
	}
	s.found = append(s.found, c)
}

// regroup finds the secret in a match as gitleaks does: by looking again, at the
// matched text alone, without the line ends around it. If it does not match then,
// or the group is empty, all of it is the secret.
func (r *rule) regroup(data []byte, m *Match) {
	m.Secret = trimmed(data, m.Whole)
	f := r.ready()
	if at := f.regexp().FindSubmatchIndex(data[m.Secret.Start:m.Secret.End]); at != nil {
		if again := f.match(at, m.Secret.Start); again.Secret.Len() > 0 {
			m.Secret = again.Secret
		}
	}
}

// trimmed returns a span without the line feeds at its ends.
func trimmed(data []byte, span mudlark.Span) mudlark.Span {
	for span.Start < span.End && data[span.Start] == '\n' {
		span.Start++
	}
	for span.Start < span.End && data[span.End-1] == '\n' {
		span.End--
	}
	return span
}

// touches reports whether span holds decoded text, or lies next to an escape: what
// stands behind one, as in "%22ghp_", begins no word in the text as it is written.
func (l *layer) touches(span mudlark.Span) bool {
	switch l.name {
	case "percent", "unicode", "html":
		span.Start--
		span.End++
	}
	return l.text.Touches(span.Start, span.End)
}

// A reason is what a match is dropped for: what was looked at, and what was
// seen there. The zero value is none.
type reason struct {
	name, detail string
	list         *allowlist // that said so, if one did
}

// against returns what speaks so much against a match that it is dropped.
func (s *scan) against(r *rule, m Match) reason {
	data := s.layer.data
	secret := data[m.Secret.Start:m.Secret.End]
	if r.Entropy > 0 && entropy(secret) <= r.Entropy {
		return reason{name: "entropy", detail: "less than the rule asks for"}
	}
	if !r.Plain {
		if what := placeholderKind(secret, r.strict); what != "" {
			return reason{name: "placeholder", detail: what}
		}
	}
	if r.strict {
		if what := implausible(r, data, &m); what != "" {
			return reason{name: "shape", detail: what}
		}
	}
	if r.code != nil && !s.willing(int32(r.index)) {
		return reason{name: "path", detail: "the rule is not meant for it"}
	}
	if a := s.allowed(r, m); a != nil {
		return a.reason()
	}
	return reason{}
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
	var room [maxKey]byte
	if !r.acceptsKey(withoutBlanks(room[:0], data[m.Key.Start:m.Key.End])) {
		if s.explain != nil && r.naming == namesPassword && readName(data[m.Key.Start:m.Key.End]).naming == namesNothing {
			s.dropped(r, *m, reason{name: "key", detail: "is not the name of a secret"})
		}
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

// withoutBlanks returns a key as programs write it: text calls an api_key an "API
// key", of which no rule need know.
func withoutBlanks(room, key []byte) []byte {
	if len(key) > cap(room) || bytes.IndexByte(key, ' ') < 0 {
		return key
	}
	room = append(room, key...)
	for i, c := range room {
		if c == ' ' {
			room[i] = '_'
		}
	}
	return room
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

// reason is what explains that an allowlist dropped something.
func (a *allowlist) reason() reason {
	by := a.by()
	why := reason{name: "allowlist", detail: by.Place, list: a}
	if by.Reason != "" {
		why.detail += ": " + by.Reason
	}
	return why
}

// allowed returns the allowlist that says m is no finding, nil if none does, and
// counts it.
func (s *scan) allowed(r *rule, m Match) *allowlist {
	if len(s.e.global)+len(r.lists) == 0 {
		return nil
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
	a := dropping(s.e.global, &c, commit, s.paths)
	if a == nil {
		a = dropping(r.lists, &c, commit, s.paths)
	}
	if a != nil {
		s.stats.Allowlisted++
	}
	return a
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
