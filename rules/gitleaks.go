package rules

import (
	"path/filepath"
	"strings"
)

// What only gitleaks' files have, read into today's types. Its own manual still
// shows some of it, and old files have the rest.

// listTables reads [[allowlists]], or [allowlist] of older files.
func (d *decoder) listTables(key string, v any, n *node) []map[string]any {
	if key == "allowlists" {
		return d.tables(key, v, n)
	}
	t, ok := v.(map[string]any)
	if !ok {
		d.errorf(n.value, "allowlist: want one table [allowlist], got %s: several are written [[allowlists]]", kind(v))
		return nil
	}
	return []map[string]any{t}
}

// bothForms says that the older and the newer form stand beside each other.
// gitleaks refuses that too.
func bothForms(global bool) string {
	if global {
		return "[allowlist], the older form, and [[allowlists]] are both given: write all as [[allowlists]]"
	}
	return "[rules.allowlist], the older form, and [[rules.allowlists]] are both given: write all as [[rules.allowlists]]"
}

// condition reads how an allowlist's criteria go together, and says whether all
// must hold.
func (d *decoder) condition(v any, n *node) bool {
	word := d.text("condition", v, n)
	switch strings.ToUpper(word) {
	case "", "OR", "||":
		return false
	case "AND", "&&":
		return true
	}
	d.errorf(n.value, "condition: %s is neither OR nor AND", quoted(word))
	return false
}

// target reads what an allowlist's expressions are matched with.
func (d *decoder) target(v any, n *node) string {
	word := d.text("regexTarget", v, n)
	switch word {
	case "", TargetSecret:
		return TargetSecret
	case TargetMatch, TargetLine:
		return word
	}
	d.errorf(n.value, "regexTarget: %s is none of secret, match, line", quoted(word))
	return TargetSecret
}

// ruleNames reads whose names of rules a file has. A file of theirs says so by its
// own name.
func (d *decoder) ruleNames(v any, n *node) {
	switch word := d.text("ruleNames", v, n); word {
	case "mudlark":
		d.file.theirs = nil
	case "gitleaks", "betterleaks":
		d.file.theirs = []string{d.name}
	default:
		d.errorf(n.value, "ruleNames: %s is none of mudlark, gitleaks, betterleaks", quoted(word))
	}
}

// foreignFile reports whether a file is one of gitleaks or betterleaks, by its
// name: .gitleaks.toml, or what stands for a text in their environment variables.
func foreignFile(name string) bool {
	name = strings.ToLower(filepath.Base(name))
	return strings.Contains(name, "gitleaks") || strings.Contains(name, "betterleaks")
}

// AsWritten makes the rules of the user's files Plain: the files are gitleaks',
// whatever their names are.
func (s *Set) AsWritten() {
	for i := range s.Rules {
		s.Rules[i].Plain = s.Rules[i].written
	}
}
