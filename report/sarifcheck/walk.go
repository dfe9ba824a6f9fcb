package sarifcheck

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A walk reads one file, value by value, and judges each when it has been read.
type walk struct {
	checker *Checker
	name    string
	in      *json.Decoder
	root    *schema
	path    []step
	seed    maphash.Seed
	run     run
	flow    int               // thread-flow locations of the result that is being read
	found   map[string]*tally // violations, by rule
	report  *Report
}

// A tally counts the violations of a rule.
type tally struct {
	rule
	n int
}

// A step leads from a value to one in it.
type step struct {
	name  string
	index int // in an array, if there is no name
	array bool
}

// A value is what is kept of one that has been read: little, whatever it was.
type value struct {
	kind  string // as the schema calls it
	text  string // of a string its beginning, of a number its digits
	runes int    // of the whole string
	n     int    // items or members
	at    map[string]value
	items []value // the first, if they hold nothing themselves
	hash  uint64
}

const (
	keptText  = 2048 // bytes of a string
	keptItems = 64
)

// isKept reports whether a member is asked for when its object has been read.
func isKept(name string) bool {
	switch name {
	case "$schema", "version", "runs", "tool", "driver", "name", "semanticVersion", "rules", "extensions", "results", "id", "text", "markdown",
		"shortDescription", "fullDescription", "help", "defaultConfiguration", "level", "properties", "tags", "precision", "problem.severity",
		"security-severity", "ruleId", "ruleIndex", "rule", "toolComponent", "message", "locations", "physicalLocation", "artifactLocation", "uri",
		"region", "startLine", "startColumn", "endLine", "endColumn", "partialFingerprints", "fingerprints", "primaryLocationLineHash",
		"automationDetails", "columnKind", "kind", "snippet":
		return true
	}
	return false
}

// file reads the whole.
func (w *walk) file(root *schema) error {
	w.root, w.seed = root, maphash.MakeSeed()
	token, err := w.in.Token()
	if err != nil {
		return err
	}
	if _, err := w.value(root, places(), token); err != nil {
		return err
	}
	if _, err := w.in.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end of the log: the file is no JSON as a whole")
	}
	return nil
}

// value reads the value that begins with token.
func (w *walk) value(s *schema, p *place, token json.Token) (value, error) {
	s = s.follow(w.root)
	var v value
	var err error
	switch token {
	case json.Delim('{'):
		v, err = w.object(s, p)
	case json.Delim('['):
		v, err = w.array(s, p)
	default:
		v = w.scalar(token)
	}
	if err != nil {
		return v, err
	}
	if s != nil {
		if rule, text := s.fits(v); text != "" {
			w.add(rule, "%s", text)
		}
	}
	return v, nil
}

func kindOf(token json.Token) string {
	switch token.(type) {
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	}
	return "null"
}

func (w *walk) scalar(token json.Token) value {
	v := value{kind: kindOf(token)}
	text := fmt.Sprint(token)
	if v.kind == "string" {
		v.runes = utf8.RuneCountInString(text)
		if w.checker.Secret != nil && w.inResult() && len(text) <= 64<<10 && w.checker.Secret(text) {
			w.add("secret", "%d characters", v.runes)
		}
	}
	v.hash = maphash.String(w.seed, v.kind[:1]+text)
	v.text = strings.Clone(text[:min(len(text), keptText)])
	return v
}

// inResult reports whether the value that is being read is part of a result.
func (w *walk) inResult() bool { return len(w.path) > 3 && w.path[2].name == "results" }

func (w *walk) object(s *schema, p *place) (value, error) {
	v := value{kind: "object"}
	met := map[string]bool{} // of the members that the schema or we know
	begin(w, p)
	for w.in.More() {
		token, err := w.in.Token()
		if err != nil {
			return v, err
		}
		name, _ := token.(string)
		member, ok := s.member(name)
		known := isKept(name) || s != nil && s.Properties[name] != nil
		w.path = append(w.path, step{name: name})
		if met[name] {
			w.add("duplicate-member", "the member is there twice")
		}
		if member != nil && p.owns(name) && member.Items == nil && member.Ref == "" {
			member = &schema{Type: member.Type}
		}
		if !ok {
			w.add("schema", "SARIF has no such member here")
		}
		if known {
			met[name] = true
		}
		if token, err = w.in.Token(); err != nil {
			return v, err
		}
		below, err := w.value(member, p.next(name), token)
		if err != nil {
			return v, err
		}
		if p != nil && p.marks && isPersonal(name, below.text) {
			w.add("personal-data", "a fingerprint tells who wrote the line, or why")
		}
		w.path = w.path[:len(w.path)-1]
		v.n++
		v.hash += w.mix(maphash.String(w.seed, name), below.hash)
		if isKept(name) {
			if v.at == nil {
				v.at = map[string]value{}
			}
			v.at[name] = below
		}
	}
	if _, err := w.in.Token(); err != nil {
		return v, err
	}
	w.needs(s, p, met)
	done(w, p, v)
	return v, nil
}

// needs adds what the schema wants of an object's members.
func (w *walk) needs(s *schema, p *place, met map[string]bool) {
	if s == nil {
		return
	}
	for _, name := range s.Required {
		if !met[name] && !p.owns(name) {
			w.add("schema", "it has no %q", name)
		}
	}
	count := func(choices []schema) (n int, names []string) {
		for _, c := range choices {
			if !slices.ContainsFunc(c.Required, func(name string) bool { return !met[name] }) {
				n++
			}
			names = append(names, c.Required...)
		}
		return n, names
	}
	if n, names := count(s.AnyOf); s.AnyOf != nil && n == 0 && !p.ownsAny(names) {
		w.add("schema", "it has none of %s", strings.Join(names, ", "))
	}
	if n, names := count(s.OneOf); s.OneOf != nil && n != 1 {
		w.add("schema", "it must have one of %s", strings.Join(names, ", "))
	}
}

func (w *walk) array(s *schema, p *place) (value, error) {
	v := value{kind: "array"}
	var items *schema
	var seen map[uint64]bool
	if s != nil {
		items = s.Items
		if s.Unique {
			seen = map[uint64]bool{}
		}
	}
	for ; w.in.More(); v.n++ {
		token, err := w.in.Token()
		if err != nil {
			return v, err
		}
		w.path = append(w.path, step{index: v.n, array: true})
		item, err := w.value(items, p, token)
		if err != nil {
			return v, err
		}
		if seen[item.hash] {
			w.add("schema", "the same item is in the list before")
		}
		w.path = w.path[:len(w.path)-1]
		if seen != nil {
			if seen[item.hash] = true; len(seen) > maxUnique {
				return v, fmt.Errorf("%s has more than %d items, too many to compare", w.where(), maxUnique)
			}
		}
		v.hash = w.mix(v.hash, item.hash)
		if len(v.items) < keptItems && item.at == nil && item.items == nil {
			v.items = append(v.items, item)
		}
	}
	_, err := w.in.Token()
	return v, err
}

// mix makes a hash of two.
func (w *walk) mix(a, b uint64) uint64 { return maphash.Comparable(w.seed, [2]uint64{a, b}) }

// fits says what the schema has against a value, but for its members and items.
func (s *schema) fits(v value) (rule, text string) {
	if s.Type != "" && s.Type != v.kind && (s.Type != "integer" || !v.isInteger()) {
		return "schema", fmt.Sprintf("it is of the type %s, and must be of the type %s", v.kind, s.Type)
	}
	switch n, _ := strconv.ParseFloat(v.text, 64); {
	case len(s.Enum) > 0 && (v.kind != "string" || v.runes > keptText || !slices.Contains(s.Enum, v.text)):
		return "schema", fmt.Sprintf("%s must be one of %s", quote(v.text), strings.Join(s.Enum, ", "))
	case v.kind == "array" && v.n < s.MinItems:
		return "schema", fmt.Sprintf("the list has %d items, and must have %d", v.n, s.MinItems)
	case v.kind == "number" && s.Minimum != nil && n < *s.Minimum:
		return "schema", fmt.Sprintf("%s is less than %g", quote(v.text), *s.Minimum)
	case v.kind == "number" && s.Maximum != nil && n > *s.Maximum:
		return "schema", fmt.Sprintf("%s is more than %g", quote(v.text), *s.Maximum)
	case v.kind == "string" && s.Pattern != "" && !patternOf(s.Pattern)(v.text):
		return "schema", quote(v.text) + " is not of the form " + s.Pattern
	case v.kind == "string" && s.Format != "" && !formatOf(s.Format)(v.text):
		rule = "schema"
		if strings.HasPrefix(s.Format, "uri") {
			rule = "schema-uri"
		}
		return rule, quote(v.text) + " is no " + s.Format
	}
	return "", ""
}

func (v value) isInteger() bool {
	n, err := strconv.ParseFloat(v.text, 64)
	return v.kind == "number" && (err != nil || n == math.Trunc(n))
}

// where is the path of the value that is being read.
func (w *walk) where() string {
	var b strings.Builder
	for _, s := range w.path {
		switch {
		case s.array:
			fmt.Fprintf(&b, "[%d]", s.index)
		case plain(s.name):
			b.WriteString("." + s.name)
		default:
			b.WriteString("[" + quote(s.name) + "]")
		}
	}
	if b.Len() == 0 {
		return "$"
	}
	return strings.TrimPrefix(b.String(), ".")
}

// plain reports whether a name needs no quotes in a path.
func plain(name string) bool {
	return name != "" && len(name) < 60 && strings.IndexFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '$' && r != '_'
	}) < 0
}

// quote returns text, or the beginning of a long one, in quotes.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}

// add records a violation at the value that is being read.
func (w *walk) add(id, format string, args ...any) { w.addAt(w.where, id, format, args...) }

func (w *walk) addAt(path func() string, id, format string, args ...any) {
	r := w.found[id]
	if r == nil {
		r = &tally{rule: ruleOf(id)}
		w.found[id] = r
	}
	w.report.total[r.effect]++
	if r.n++; r.n > listed {
		return
	}
	w.report.Violations = append(w.report.Violations, Violation{
		Rule: id, Effect: r.effect, Path: path(), Text: fmt.Sprintf(format, args...), Does: r.does, Mend: r.mend,
	})
}

// below adds a violation at a member of the value that is being read, or at one of
// that member's, as in help/text.
func (w *walk) below(names, id, format string, args ...any) {
	w.addAt(func() string {
		above := w.path
		defer func() { w.path = above }()
		for name := range strings.SplitSeq(names, "/") {
			w.path = append(w.path, step{name: name})
		}
		return w.where()
	}, id, format, args...)
}
