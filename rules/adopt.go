package rules

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// An Added is an allowlist that Adopt writes, with what is to be said of it.
type Added struct {
	Allowlist
	Comment string   // the line before it
	Remarks []string // of its paths, then of its expressions, as they are in order; may be short
}

// ErrAdopt is in the chain of Adopt's errors that are about what cannot be
// written, and not about what was read.
var ErrAdopt = errors.New("this cannot be written as mudlark.toml")

// Adopt returns the text of a configuration of gitleaks or betterleaks as one of
// ours that means the same, with allowlists behind it; no text stands for the
// built-in rules. The text stays as it was written, comments and order too: our
// format is theirs. Only what would mean something else under another name of the
// file is changed, and that both mean the same is checked. name is the file's
// path, and beside is the path of the one that is to be written.
func Adopt(name string, text []byte, beside, header string, lists []Added) ([]byte, error) {
	var out strings.Builder
	for line := range strings.Lines(header) {
		out.WriteString("# " + line)
	}
	if header != "" {
		out.WriteString("\n\n")
	}
	if len(text) == 0 {
		out.WriteString("[extend]\nuseDefault = true\n")
	} else {
		adopted, err := adopt(name, string(text), beside, len(lists) > 0)
		if err != nil {
			return nil, err
		}
		out.WriteString(strings.TrimRight(adopted, "\n") + "\n")
	}
	before, err := Parse(beside, []byte(out.String()), Sets()...)
	if err != nil {
		return nil, err
	}
	for i := range lists {
		lists[i].write(&out)
	}
	after, err := Parse(beside, []byte(out.String()), Sets()...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAdopt, err)
	}
	if len(after.Allowlists) != len(before.Allowlists)+len(lists) {
		return nil, fmt.Errorf("%w: allowlists get lost behind what is there", ErrAdopt)
	}
	return []byte(out.String()), nil
}

// adopt adds what makes it mean the same in a file of ours: that names of rules are
// theirs and, if lists are to follow, the newer form of them.
func adopt(name, text, beside string, listed bool) (string, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	values, where, err := parseTOML(name, text)
	if err != nil {
		return "", err
	}
	want, err := Parse(name, []byte(text), Sets()...)
	if err != nil {
		return "", err
	}
	adopted := ""
	if _, said := values["ruleNames"]; !said {
		adopted = "ruleNames = \"gitleaks\" # names of rules mean what they mean there\n\n"
	}
	edited := text
	for key := range values {
		if listed && strings.EqualFold(key, "allowlist") {
			edited = newerHeader(text, where.child(key))
		}
	}
	adopted += edited
	got, err := Parse(beside, []byte(adopted), Sets()...)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrAdopt, err)
	}
	if !sameSet(want, got) {
		return "", fmt.Errorf("%w: it would mean something else there: keep %s, or write what it says anew", ErrAdopt, name)
	}
	return adopted, nil
}

// newerHeader makes [[allowlists]] of the header [allowlist] at a node.
func newerHeader(text string, n *node) string {
	at := 0
	for line := 1; line < n.key.line; line++ {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	at += n.key.column - 1
	if at > len(text) || !strings.HasPrefix(text[at:], "[") || strings.HasPrefix(text[at:], "[[") {
		return text
	}
	end := strings.IndexByte(text[at:], ']')
	return text[:at] + "[[allowlists]]" + text[at+end+1:]
}

// sameSet reports whether two sets look for the same, wherever that is said.
func sameSet(a, b *Set) bool {
	bare := func(s *Set) (rules []Rule, lists []Allowlist) {
		strip := func(lists []Allowlist) []Allowlist {
			lists = slices.Clone(lists)
			for i := range lists {
				lists[i].Place = ""
			}
			return lists
		}
		for _, r := range s.Rules {
			r.File, r.Line = "", 0
			r.Allowlists = strip(r.Allowlists)
			rules = append(rules, r)
		}
		return rules, strip(s.Allowlists)
	}
	rulesA, listsA := bare(a)
	rulesB, listsB := bare(b)
	return slices.EqualFunc(rulesA, rulesB, func(x, y Rule) bool { return reflect.DeepEqual(x, y) }) &&
		slices.EqualFunc(listsA, listsB, func(x, y Allowlist) bool { return reflect.DeepEqual(x, y) })
}

// write appends the list as TOML.
func (l *Added) write(out *strings.Builder) {
	out.WriteString("\n")
	for line := range strings.Lines(l.Comment) {
		out.WriteString("# " + printable(strings.TrimRight(line, "\n")) + "\n")
	}
	out.WriteString("[[allowlists]]\n")
	if l.Description != "" {
		out.WriteString("description = " + tomlString(l.Description) + "\n")
	}
	if l.All {
		out.WriteString("condition = \"AND\"\n")
	}
	if l.Target != "" && l.Target != TargetSecret {
		out.WriteString("regexTarget = " + tomlString(l.Target) + "\n")
	}
	remarks := l.Remarks
	for _, list := range []struct {
		key   string
		words []string
	}{{"paths", l.Paths}, {"regexes", l.Regexes}} {
		if len(list.words) == 0 {
			continue
		}
		out.WriteString(list.key + " = [\n")
		for _, w := range list.words {
			out.WriteString("  " + tomlString(w) + ",")
			if len(remarks) > 0 {
				if remarks[0] != "" {
					out.WriteString(" # " + printable(remarks[0]))
				}
				remarks = remarks[1:]
			}
			out.WriteString("\n")
		}
		out.WriteString("]\n")
	}
}

// tomlString writes a text as a TOML string, as it stands if that can be.
func tomlString(s string) string {
	plain := !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' })
	switch {
	case plain && !strings.ContainsAny(s, `"\`):
		return `"` + s + `"`
	case plain && !strings.Contains(s, "'''") && !strings.HasSuffix(s, "'"):
		return "'''" + s + "'''"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ' || r == 0x7f:
			b.WriteString(`\u` + fmt.Sprintf("%04X", r))
		default:
			b.WriteString(string(r))
		}
	}
	return b.String() + `"`
}
