package rules

import (
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"
)

// tables reads an array of tables. One table stands for an array of one.
func (d *decoder) tables(key string, v any, n *node) []map[string]any {
	switch v := v.(type) {
	case []map[string]any:
		return v
	case map[string]any:
		return []map[string]any{v}
	case []any:
		list := make([]map[string]any, 0, len(v))
		for i, e := range v {
			t, ok := e.(map[string]any)
			if !ok {
				d.errorf(n.item(i).value, "%s: want tables, got %s", key, kind(e))
				return nil
			}
			list = append(list, t)
		}
		return list
	}
	d.errorf(n.value, "%s: want tables, as in [[%s]], got %s", key, key, kind(v))
	return nil
}

// texts reads a list of strings. One string stands for a list of one.
func (d *decoder) texts(key string, v any, n *node) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	items, ok := v.([]any)
	if !ok {
		d.errorf(n.value, "%s: want a list of strings, got %s", key, kind(v))
		return nil
	}
	list := make([]string, 0, len(items))
	for i, e := range items {
		s, ok := e.(string)
		if !ok {
			d.errorf(n.item(i).value, "%s: want a list of strings, got %s in it", key, kind(e))
			return nil
		}
		list = append(list, s)
	}
	return list
}

// words reads a list of words. One string stands for words with commas between.
func (d *decoder) words(key string, v any, n *node) []string {
	if s, ok := v.(string); ok {
		var list []string
		for word := range strings.SplitSeq(s, ",") {
			if word = strings.TrimSpace(word); word != "" {
				list = append(list, word)
			}
		}
		return list
	}
	return d.filled(key, d.texts(key, v, n), n)
}

// filled returns a list without its empty entries. Every text contains them,
// and no one means that.
func (d *decoder) filled(key string, list []string, n *node) []string {
	kept := list[:0]
	for i, s := range list {
		if strings.TrimSpace(s) == "" {
			d.warnf(n.item(i).value, "%s: an empty entry is ignored: it would hold for everything", key)
			continue
		}
		kept = append(kept, s)
	}
	return kept
}

// pattern reads a regular expression.
func (d *decoder) pattern(key string, v any, n *node) string {
	s := d.text(key, v, n)
	d.checkPattern(key, s, n)
	return s
}

// patterns reads a list of regular expressions.
func (d *decoder) patterns(key string, v any, n *node) []string {
	list := d.texts(key, v, n)
	for i, s := range list {
		d.checkPattern(fmt.Sprintf("%s, entry %d", key, i+1), s, n.item(i))
	}
	return d.filled(key, list, n)
}

func (d *decoder) checkPattern(key, expr string, n *node) {
	if _, err := syntax.Parse(expr, syntax.Perl); err != nil {
		d.errorf(n.value, "%s: %s", key, regexProblem(err))
	}
}

// readLists reads the allowlists of a file or a rule. before says that some
// were read already, under the other of the two names the key has.
func (d *decoder) readLists(key string, v any, n *node, before, global bool) []listDraft {
	if before {
		d.errorf(n.key, "%s", bothForms(global))
		return nil
	}
	values := d.listTables(key, v, n)
	var lists []listDraft
	for i, t := range values {
		at := n
		if len(n.list) > 0 {
			at = n.item(i)
		}
		if l, ok := d.readList(t, at, global); ok {
			lists = append(lists, l)
		}
	}
	return lists
}

func listKeys(global bool) []string {
	keys := []string{"description", "condition", "commits", "paths", "regexTarget", "regexes", "stopwords"}
	if global {
		keys = append(keys, "targetRules")
	}
	return keys
}

// readList reads one allowlist. It is not ok if it can never hold.
func (d *decoder) readList(values map[string]any, n *node, global bool) (listDraft, bool) {
	l := listDraft{Allowlist: Allowlist{Target: TargetSecret}, at: n.key, file: d.name}
	if !d.strict {
		l.Place = d.name + ":" + strconv.Itoa(n.key.line)
	}
	var commitsAt *node
	before := len(d.errs)
	d.table(values, n, listKeys(global), func(key string, v any, n *node) bool {
		switch key {
		case "description":
			l.Description = d.text(key, v, n)
		case "condition":
			l.All = d.condition(v, n)
		case "commits":
			commitsAt = n
			l.Commits = d.words(key, v, n)
		case "paths":
			l.Paths = d.patterns(key, v, n)
		case "regextarget":
			l.Target = d.target(v, n)
		case "regexes":
			l.Regexes = d.patterns(key, v, n)
		case "stopwords":
			l.Stopwords = lower(d.words(key, v, n))
		case "targetrules":
			if global {
				l.targets = d.words("targetRules", v, n)
			}
			return global
		default:
			return false
		}
		return true
	})
	if len(d.errs) > before {
		return l, false
	}
	if l.empty() {
		d.errorf(l.at, "an allowlist without a criterion: give it commits, paths, regexes or stopwords")
		return l, false
	}
	if commitsAt == nil {
		return l, true
	}
	given := len(l.Commits) > 0
	l.Commits = d.commits(l.Commits, commitsAt)
	never := given && len(l.Commits) == 0 && l.All
	return l, !never && !l.empty()
}

// commits returns the IDs in their usual form, without those that name no
// commit for certain.
func (d *decoder) commits(ids []string, n *node) []string {
	const shortest, sha1, sha256 = 12, 40, 64
	kept := ids[:0]
	for i, id := range ids {
		id = strings.ToLower(strings.TrimSpace(id))
		switch {
		case strings.Trim(id, "0123456789abcdef") != "" || len(id) > sha256:
			d.warnf(n.item(i).value, "commits: %s is no commit ID and never holds", quoted(id))
			continue
		case len(id) < shortest:
			d.warnf(n.item(i).value, "commits: %s is too short to name a commit and never holds: give the whole ID", quoted(id))
			continue
		case len(id) != sha1 && len(id) != sha256:
			d.warnf(n.item(i).value, "commits: %s is not a whole ID: it holds for every commit whose ID begins so", quoted(id))
		}
		kept = append(kept, id)
	}
	return kept
}
