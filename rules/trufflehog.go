package rules

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Custom detectors of trufflehog: a YAML file that only trufflehog has, read into
// rules. Each of a detector's expressions is a rule; the first, or the one that
// primary_regex_name names, requires all others.

// DetectorTag marks the rules that a file of custom detectors gave.
const DetectorTag = "custom-detector"

// LoadDetectors reads a file of custom detectors and returns the built-in rules,
// and those of optional sets, with the detectors' among them.
func LoadDetectors(path string, sets ...string) (*Set, error) {
	l := loader{builtin: func() *Set { return Builtin(sets...) }}
	text, err := l.text(path)
	if err != nil {
		return nil, err
	}
	return l.detectors(path, text)
}

func (l *loader) detectors(name string, text []byte) (*Set, error) {
	l.files, l.bytes = append(l.files, name), l.bytes+len(text)
	if l.full() {
		return nil, &Error{File: name, Problem: fmt.Sprintf("a configuration may be of %d MB: leave out what is not needed", maxBytes>>20)}
	}
	values, where, err := parseYAML(name, string(text))
	if err != nil {
		return nil, err
	}
	base := builtinBase(l.builtin())
	h := hogReader{decoder: decoder{file: file{name: name}}, base: base}
	h.document(values, where)
	if len(h.errs) > 0 {
		return nil, joinErrors(h.errs)
	}
	for i := range h.file.rules {
		base.add(h.file.rules[i])
	}
	base.name = name
	if err := base.finish(); err != nil {
		return nil, err
	}
	if err := base.bounded(); err != nil {
		return nil, err
	}
	s := base.set()
	s.Files, s.Warnings = l.files, few(h.warnings)
	return s, nil
}

// A hogReader reads custom detectors.
type hogReader struct {
	decoder
	base *assembly      // whose IDs are taken
	ids  map[string]int // that were given, and how many were made of each
}

// A hogDetector is one of them, as the file gives it.
type hogDetector struct {
	name, description string
	keywords          []string
	regexes           []Pair
	primary           string
	entropy           float64
	words             []string // that no secret may hold
	notMatch, notText []string // expressions for what is none: of the match, of the captured text
	validations       map[string][]string
	checks            []hogCheck
	at                *node
}

func (h *hogReader) document(values any, where *node) {
	t, ok := values.(map[string]any)
	if !ok {
		h.errorf(spot{1, 1}, "want a mapping with the key detectors, got %s", kind(values))
		return
	}
	h.ids = map[string]int{}
	found := false
	h.table(t, where, []string{"detectors"}, func(key string, v any, n *node) bool {
		switch key {
		case "detectors":
			found = true
			for i, d := range h.tables(key, v, n) {
				h.detector(d, n.item(i))
				if len(h.file.rules) > maxRules {
					h.errorf(n.key, "there are more than %d expressions, and no more are read", maxRules)
					return true
				}
			}
		case "sources":
			h.warnf(n.key, "sources: they belong to trufflehog's multi-scan and are not scanned: name them on the command line")
		default:
			return false
		}
		return true
	})
	if !found && len(h.errs) == 0 {
		h.warnf(spot{1, 1}, "there is no detector in it: the built-in rules are used alone")
	}
}

func hogKeys() []string {
	return []string{
		"name", "description", "keywords", "regex", "primary_regex_name", "entropy", "exclude_words", "exclude_regexes_match",
		"exclude_regexes_capture", "validations", "verify",
	}
}

// hogTable is table for keys that may be written in either of two ways:
// success_ranges and successRanges.
func (h *hogReader) hogTable(values map[string]any, n *node, known []string, read func(key string, v any, n *node) bool) {
	h.table(values, n, known, func(key string, v any, n *node) bool { return read(strings.ReplaceAll(key, "_", ""), v, n) })
}

func (h *hogReader) detector(values map[string]any, where *node) {
	d := hogDetector{at: where}
	if name, ok := values["name"].(string); ok {
		h.rule = name
	}
	defer func() { h.rule = "" }()
	before := len(h.errs)
	h.hogTable(values, where, hogKeys(), func(key string, v any, n *node) bool { return h.detectorKey(&d, key, v, n) })
	if len(h.errs) > before {
		return
	}
	if h.judge(&d); len(h.errs) == before {
		h.add(&d)
	}
}

func (h *hogReader) detectorKey(d *hogDetector, key string, v any, n *node) bool {
	switch key {
	case "name":
		d.name = h.text(key, v, n)
	case "description":
		d.description = h.text(key, v, n)
	case "keywords":
		d.keywords = lower(h.filled(key, h.texts(key, v, n), n))
	case "regex":
		h.each(key, v, n, func(name string, v any, n *node) {
			d.regexes = append(d.regexes, Pair{name, h.pattern("regex."+name, v, n)})
		})
	case "primaryregexname":
		d.primary = h.text("primary_regex_name", v, n)
	case "entropy":
		d.entropy = h.readEntropy(v, n)
	case "excludewords":
		d.words = lower(h.filled("exclude_words", h.texts("exclude_words", v, n), n))
	case "excluderegexesmatch":
		d.notMatch = h.patterns("exclude_regexes_match", v, n)
	case "excluderegexescapture":
		d.notText = h.patterns("exclude_regexes_capture", v, n)
	case "validations":
		d.validations = map[string][]string{}
		h.each(key, v, n, func(name string, v any, n *node) { d.validations[name] = h.validations(v, n) })
	case "verify":
		h.eachTable(key, v, n, func(t map[string]any, at *node) { d.checks = append(d.checks, h.check(t, at)) })
	default:
		return false
	}
	return true
}

// judge says what trufflehog, too, refuses a detector for.
func (h *hogReader) judge(d *hogDetector) {
	named := func(name string) bool {
		return slices.ContainsFunc(d.regexes, func(p Pair) bool { return p.Name == name })
	}
	switch {
	case d.name == "":
		h.errorf(d.at.key, "a detector without a name: give it one")
	case len(d.keywords) == 0:
		h.errorf(d.at.key, "keywords: name at least one word that stands near what is looked for")
	case len(d.regexes) == 0:
		h.errorf(d.at.key, "regex: give at least one expression, by name")
	case d.primary != "" && !named(d.primary):
		h.errorf(d.at.child("primary_regex_name").value, "primary_regex_name: regex has no expression %s", quoted(d.primary))
	}
	for _, p := range d.regexes {
		if p.Text == "" {
			h.errorf(d.at.child("regex").child(p.Name).value, "regex.%s: it is empty, and would match everything", p.Name)
		}
	}
	for name := range d.validations {
		if !named(name) {
			h.errorf(d.at.child("validations").child(name).key, "validations: regex has no expression %s", quoted(name))
		}
	}
}

// hogValidations are the conditions on a captured text, and expressions for texts
// that do not fulfil them.
func hogValidations() []Pair {
	return []Pair{
		{"contains_digit", `\A[^0-9]*\z`},
		{"contains_lowercase", `\A\P{Ll}*\z`},
		{"contains_uppercase", `\A\P{Lu}*\z`},
		{"contains_special_char", `\A[\p{L}\p{N}\s]*\z`},
	}
}

func (h *hogReader) validations(v any, n *node) (failing []string) {
	t, ok := v.(map[string]any)
	if !ok {
		h.errorf(n.value, "validations: want a mapping such as contains_digit: true, got %s", kind(v))
		return nil
	}
	var known []string
	for _, p := range hogValidations() {
		known = append(known, p.Name)
	}
	h.hogTable(t, n, known, func(key string, v any, n *node) bool {
		for _, p := range hogValidations() {
			if key == strings.ReplaceAll(p.Name, "_", "") {
				if h.boolean(p.Name, v, n) {
					failing = append(failing, p.Text)
				}
				return true
			}
		}
		return false
	})
	return failing
}

// add adds the rules of a detector.
func (h *hogReader) add(d *hogDetector) {
	at := 0
	if d.primary != "" {
		at = slices.IndexFunc(d.regexes, func(p Pair) bool { return p.Name == d.primary })
	}
	id := h.id(d.name)
	main := h.draft(d, id, d.regexes[at])
	parts := map[string]string{d.regexes[at].Name: "secret"}
	for i, p := range d.regexes {
		if i == at {
			continue
		}
		part := h.draft(d, h.id(id+"."+p.Name), p)
		part.SkipReport = true
		parts[p.Name] = part.ID
		main.Required = append(main.Required, Required{ID: part.ID})
		h.file.rules = append(h.file.rules, part)
	}
	main.Verify = h.verification(d, id, parts)
	h.file.rules = append(h.file.rules, main)
}

// id returns an ID for a name: in lower case, of letters and digits, that no other
// rule has, here or in another tool.
func (h *hogReader) id(name string) string {
	id := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r | 0x20
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, name), "-.")
	id = cmp.Or(id, "detector")
	if h.ids[id] == 0 && len(h.base.resolve(id, "")) > 0 {
		id = "custom-" + id
	}
	for plain := id; h.ids[id] > 0 || len(h.base.resolve(id, "")) > 0; {
		h.ids[plain]++
		id = fmt.Sprintf("%s-%d", plain, h.ids[plain])
	}
	h.ids[id]++
	return id
}

func (h *hogReader) draft(d *hogDetector, id string, regex Pair) draft {
	r := draft{at: d.at.key, keys: map[string]*node{"regex": d.at.child("regex").child(regex.Name)}}
	r.ID, r.Regex, r.File, r.Line = id, regex.Text, h.name, d.at.key.line
	r.Description = cmp.Or(d.description, "found by the custom detector "+d.name)
	r.Keywords, r.Tags = d.keywords, []string{DetectorTag, "detector:" + d.name}
	if d.entropy > 0 { // there it must be reached, here it must be exceeded
		r.Entropy = math.Nextafter(d.entropy, 0)
	}
	not := func(a Allowlist) {
		r.lists = append(r.lists, listDraft{Allowlist: a, at: d.at.key, file: h.name})
	}
	if expressions := slices.Concat(d.notText, d.validations[regex.Name]); len(d.words)+len(expressions) > 0 {
		not(Allowlist{Stopwords: d.words, Regexes: expressions, Target: TargetSecret})
	}
	if len(d.notMatch) > 0 {
		not(Allowlist{Regexes: d.notMatch, Target: TargetMatch})
	}
	return r
}
