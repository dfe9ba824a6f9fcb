package rules

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A file is what one TOML text says, before extension.
type file struct {
	name     string
	extend   extension
	rules    []draft
	lists    []listDraft
	policy   *Policy
	marks    *Suppressions
	theirs   []string // of the files that it was made of, those with names of rules of another tool
	warnings []string
}

// An extension is what a file builds on.
type extension struct {
	given      bool
	useDefault bool
	path       string
	disabled   []string
	file       string          // that says so
	at         map[string]spot // of its keys
}

// A draft is a rule as a file gives it, which may be a change to another.
type draft struct {
	Rule
	at    spot
	keys  map[string]*node // the keys that were given, lower case
	lists []listDraft
}

// spot returns where a key of the rule stands, or the rule itself.
func (d *draft) spot(key string) spot {
	if n := d.keys[key]; n != nil {
		return n.value
	}
	return d.at
}

func (d *draft) has(key string) bool { return d.keys[key] != nil }

// A listDraft is an allowlist as a file gives it.
type listDraft struct {
	Allowlist
	targets []string // rules it is meant for; none: see where it stands
	at      spot
	file    string
	base    bool // another file extends the one it stands in
}

// decode reads a TOML text. A strict one has errors where another has warnings.
// Everything wrong with it is told at once.
func decode(name string, text []byte, strict bool) (*file, error) {
	values, where, err := parseTOML(name, string(text))
	if err != nil {
		return nil, err
	}
	d := decoder{strict: strict, file: file{name: name}}
	if foreignFile(name) {
		d.file.theirs = []string{name}
	}
	d.document(values, where)
	if len(d.errs) > 0 {
		return nil, joinErrors(d.errs)
	}
	return &d.file, nil
}

type decoder struct {
	file
	strict bool
	rule   string // the ID of the rule being read
	errs   []*Error
	hints  int // given
}

func (d *decoder) errorf(at spot, format string, args ...any) {
	d.errs = append(d.errs, &Error{
		File: d.name, Line: at.line, Column: at.column, Rule: d.rule, Problem: fmt.Sprintf(format, args...),
	})
}

func (d *decoder) warnf(at spot, format string, args ...any) {
	if d.strict {
		d.errorf(at, format, args...)
		return
	}
	e := Error{File: d.name, Line: at.line, Column: at.column, Rule: d.rule, Problem: fmt.Sprintf(format, args...)}
	d.warnings = append(d.warnings, e.place()+e.Problem)
}

// table calls read for every key of a table, in the order of the file, with
// the key in lower case. read says whether it knows the key.
func (d *decoder) table(values map[string]any, where *node, known []string, read func(key string, v any, n *node) bool) {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := where.child(a).key, where.child(b).key
		return cmp.Or(cmp.Compare(x.line, y.line), cmp.Compare(x.column, y.column), strings.Compare(a, b))
	})
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		n, key := where.child(name), strings.ToLower(name)
		if seen[key] {
			d.errorf(n.key, "%s is given twice: key names have no case", name)
			continue
		}
		seen[key] = true
		if !read(key, values[name], n) {
			d.unknown(n.key, name, known)
		}
	}
}

func (d *decoder) unknown(at spot, name string, known []string) {
	hint := "it is ignored"
	if n := d.nearest(name, known); n != "" {
		hint = fmt.Sprintf("did you mean %q?", n)
	}
	d.warnf(at, "unknown key %s: %s", quoted(name), hint)
}

// nearest is nearest for the first of many names: nobody reads more.
func (d *decoder) nearest(name string, known []string) string {
	const most = 50
	if d.hints++; d.hints > most {
		return ""
	}
	return nearest(name, known)
}

func documentKeys() []string {
	return []string{"title", "description", "minVersion", "extend", "rules", "allowlists", "allowlist", "verify", "suppressions", "ruleNames"}
}

func (d *decoder) document(values map[string]any, where *node) {
	d.table(values, where, documentKeys(), func(key string, v any, n *node) bool {
		switch key {
		case "title", "description", "minversion": // for people
		case "extend":
			d.readExtend(v, n)
		case "verify":
			d.file.policy = d.readPolicy(v, n)
		case "suppressions":
			d.file.marks = d.readSuppressions(v, n)
		case "rulenames":
			d.ruleNames(v, n)
		case "rules":
			tables := d.tables(key, v, n)
			if len(tables) > maxRules {
				d.errorf(n.key, "there are %d rules, and at most %d are read", len(tables), maxRules)
				break
			}
			for i, t := range tables {
				d.readRule(t, n, i)
			}
		case "allowlists", "allowlist":
			d.file.lists = append(d.file.lists, d.readLists(key, v, n, len(d.file.lists) > 0, true)...)
		default:
			return false
		}
		return true
	})
	d.checkRequired()
}

func (d *decoder) readExtend(v any, n *node) {
	values, ok := v.(map[string]any)
	if !ok {
		d.errorf(n.value, "extend: want a table [extend], got %s", kind(v))
		return
	}
	x := &d.extend
	x.given, x.file, x.at = true, d.name, map[string]spot{"": n.key}
	keys := []string{"useDefault", "path", "url", "disabledRules"}
	d.table(values, n, keys, func(key string, v any, n *node) bool {
		x.at[key] = n.value
		switch key {
		case "usedefault":
			x.useDefault = d.boolean("extend.useDefault", v, n)
		case "path":
			x.path = d.text("extend.path", v, n)
		case "url":
			if d.text("extend.url", v, n) != "" {
				d.errorf(n.value, "extend.url: rules are not fetched over the network: download the file and name it with extend.path")
			}
		case "disabledrules":
			x.disabled = d.words("extend.disabledRules", v, n)
		default:
			return false
		}
		return true
	})
	if x.path != "" && x.useDefault {
		d.errorf(x.at["path"], "extend.path and extend.useDefault are both given: keep one; the file at the path may itself use the default")
	}
}

func ruleKeys() []string {
	return []string{
		"id", "description", "regex", "path", "secretGroup", "entropy", "keywords", "tags", "skipReport", "required",
		"allowlists", "allowlist", "help", "revoke", "severity", "confidence", "guessable", "detector", "key",
		"checksum", "specificity", "set", "companions", "examples", "counterexamples", "verify",
		"revocation",
	}
}

func (d *decoder) readRule(values map[string]any, where *node, i int) {
	where = where.item(i)
	r := draft{at: where.key, keys: make(map[string]*node)}
	r.File, r.Line, r.Builtin = d.name, where.key.line, d.strict
	d.rule = d.peekID(values)
	d.table(values, where, ruleKeys(), func(key string, v any, n *node) bool {
		r.keys[key] = n
		return d.readRuleKey(&r, key, v, n)
	})
	r.written = r.Regex != "" && r.Detector == "" && !d.strict
	r.Plain = r.written && len(d.theirs) > 0
	if r.ID == "" && (len(d.errs) == 0 || !r.has("id")) {
		d.errorf(r.at, "a rule without an id%s: give it one", ruleHint(&r))
	}
	d.file.rules = append(d.file.rules, r)
	d.rule = ""
}

// peekID returns the ID of a rule that is about to be read, for its errors.
func (d *decoder) peekID(values map[string]any) string {
	for name, v := range values {
		if id, ok := v.(string); ok && strings.EqualFold(name, "id") {
			return id
		}
	}
	return ""
}

// ruleHint names a rule without an ID by what it has.
func ruleHint(r *draft) string {
	switch {
	case r.Description != "":
		return " (description " + quoted(r.Description) + ")"
	case r.Regex != "":
		return " (regex " + quoted(r.Regex) + ")"
	}
	return ""
}

func (d *decoder) readRuleKey(r *draft, key string, v any, n *node) bool {
	switch key {
	case "id":
		r.ID = d.readID(v, n)
	case "description":
		r.Description = d.text(key, v, n)
	case "help":
		r.Help = d.text(key, v, n)
	case "revoke":
		r.Revoke = d.text(key, v, n)
	case "verify":
		r.Verify = d.readCheck(key, v, n, false)
	case "revocation":
		r.Revocation = d.readCheck(key, v, n, true)
	case "regex":
		r.Regex = d.pattern(key, v, n)
	case "path":
		r.Path = d.pattern(key, v, n)
	case "key":
		r.Key = d.pattern(key, v, n)
	case "secretgroup":
		r.SecretGroup = d.count("secretGroup", v, n)
	case "entropy":
		r.Entropy = d.readEntropy(v, n)
	case "keywords":
		r.Keywords = lower(d.words(key, v, n))
	case "tags":
		r.Tags = d.words(key, v, n)
	case "skipreport":
		r.SkipReport = d.boolean("skipReport", v, n)
	case "guessable":
		r.Guessable = d.boolean(key, v, n)
	case "severity":
		d.grade(key, v, n, &r.Severity)
	case "confidence":
		d.grade(key, v, n, &r.Confidence)
	case "detector":
		r.Detector = d.text(key, v, n)
	case "checksum":
		r.Checksum = d.text(key, v, n)
	case "specificity":
		r.Specificity = d.integer(key, v, n)
	case "set":
		r.Set = d.readSet(v, n)
	case "companions":
		r.Companions = d.words(key, v, n)
	case "required":
		r.Required = d.readRequired(v, n)
	case "allowlists", "allowlist":
		r.lists = append(r.lists, d.readLists(key, v, n, len(r.lists) > 0, false)...)
	case "examples":
		r.Examples = d.texts(key, v, n)
	case "counterexamples":
		r.Counterexamples = d.texts(key, v, n)
	default:
		return false
	}
	return true
}

func (d *decoder) readID(v any, n *node) string {
	id := d.text("id", v, n)
	if strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		d.errorf(n.value, "id: it holds a line end or another control character")
	}
	return id
}

func (d *decoder) readSet(v any, n *node) string {
	set := d.text("set", v, n)
	if set != "" && !slices.Contains(Sets(), set) {
		d.errorf(n.value, "set: there is no set %s: use one of %s", quoted(set), strings.Join(Sets(), ", "))
	}
	return set
}

func (d *decoder) readEntropy(v any, n *node) float64 {
	f := d.number("entropy", v, n)
	if math.IsNaN(f) || f < 0 || f > 64 {
		d.errorf(n.value, "entropy: %v cannot be: use bits per character, about 3 to 5", f)
		return 0
	}
	return f
}

// grade reads a word of a scale that knows its words.
func (d *decoder) grade(key string, v any, n *node, into interface{ UnmarshalText([]byte) error }) {
	word := d.text(key, v, n)
	if word == "" {
		return
	}
	err := into.UnmarshalText([]byte(word))
	switch {
	case err == nil:
	case len(d.theirs) > 0: // which may have a key of this name for a purpose of its own
		d.warnf(n.value, "%s: it is ignored", printable(err.Error()))
	default:
		d.errorf(n.value, "%s", printable(err.Error()))
	}
}

func (d *decoder) readRequired(v any, n *node) []Required {
	var list []Required
	for i, t := range d.tables("required", v, n) {
		var r Required
		at := n.item(i)
		d.table(t, at, []string{"id", "withinLines", "withinColumns"}, func(key string, v any, n *node) bool {
			switch key {
			case "id":
				r.ID = d.text("required.id", v, n)
			case "withinlines":
				r.WithinLines = new(d.count("required.withinLines", v, n))
			case "withincolumns":
				r.WithinColumns = new(d.count("required.withinColumns", v, n))
			default:
				return false
			}
			return true
		})
		if r.ID == "" {
			d.errorf(at.key, "required: name the rule that must match with id")
			continue
		}
		list = append(list, r)
	}
	return list
}

// checkRequired finds rules that require what the file does not have. A base
// does not count: the file would mean something else with another base.
func (d *decoder) checkRequired() {
	var ids []string
	have := make(map[string]bool, len(d.file.rules))
	for i := range d.file.rules {
		ids = append(ids, d.file.rules[i].ID)
		have[d.file.rules[i].ID] = true
	}
	for i := range d.file.rules {
		r := &d.file.rules[i]
		d.rule = r.ID
		for j, need := range r.Required {
			if !have[need.ID] {
				hint := ""
				if n := d.nearest(need.ID, ids); n != "" {
					hint = fmt.Sprintf("did you mean %q? ", n)
				}
				d.errorf(r.keys["required"].item(j).key, "required: there is no rule %q in this file: %sadd it here, with skipReport = true if it only serves this one",
					need.ID, hint)
			}
		}
	}
	d.rule = ""
}

func lower(words []string) []string {
	for i := range words {
		words[i] = strings.ToLower(words[i])
	}
	return words
}
