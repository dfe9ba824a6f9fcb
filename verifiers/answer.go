package verifiers

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// Bounds of what is kept of an answer.
const (
	maxFacts  = 8
	maxScopes = 64
	maxFact   = 200 // bytes
	maxReason = 500
)

// An answer is judged by conditions.
type answer struct {
	*Answer
	parsed, valid bool
}

// meets reports whether one of the conditions holds. A status alone is believed
// only of an answer that may be an API's: a page for people, such as that of a
// network's own portal or of a firewall, says nothing. Only 401 is nobody else's.
func (a *answer) meets(any []rules.Condition) bool {
	return slices.ContainsFunc(any, func(c rules.Condition) bool {
		bare := len(c.JSON)+len(c.Contains)+len(c.Header) == 0 && a.Status != http.StatusUnauthorized
		return a.meetsAll(c) && (!bare || !a.isPage() && !a.isBroken())
	})
}

func (a *answer) isPage() bool {
	kind := strings.ToLower(a.Header.Get("Content-Type"))
	start := strings.ToLower(string(bytes.TrimSpace(a.Body[:min(len(a.Body), 256)])))
	return strings.Contains(kind, "text/html") || strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// isBroken reports whether the answer says that it is JSON and is not.
func (a *answer) isBroken() bool {
	return len(a.Body) > 0 && strings.Contains(strings.ToLower(a.Header.Get("Content-Type")), "json") && !a.isJSON()
}

func (a *answer) meetsAll(c rules.Condition) bool {
	if len(c.Status) > 0 && !slices.Contains(c.Status, a.Status) {
		return false
	}
	for _, want := range c.JSON {
		if !meetsExpectation(a.at(want.Path), want.Want) {
			return false
		}
	}
	for _, text := range c.Contains {
		if !strings.Contains(string(a.Body), text) {
			return false
		}
	}
	for _, h := range c.Header {
		if !slices.ContainsFunc(a.Header.Values(h.Name), func(v string) bool { return strings.Contains(v, h.Text) }) {
			return false
		}
	}
	return true
}

func meetsExpectation(got gjson.Result, want string) bool {
	if !got.Exists() || got.Type == gjson.Null {
		return want == "null" && got.Exists()
	}
	return want == "*" || got.String() == want
}

// at returns what stands at a path of the answer, which is nothing if the
// answer is not JSON: gjson must not be given anything else.
func (a *answer) at(path string) gjson.Result {
	if !a.isJSON() {
		return gjson.Result{}
	}
	return gjson.GetBytes(a.Body, path)
}

func (a *answer) isJSON() bool {
	if !a.parsed {
		a.parsed, a.valid = true, shallow(a.Body) && gjson.ValidBytes(a.Body)
	}
	return a.valid
}

// shallow reports whether brackets are nested so little that a recursive parser
// may be let at text.
func shallow(text []byte) bool {
	const deepest = 200
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > deepest {
				return false
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return true
}

// find returns the texts at a path, or in a header.
func (a *answer) find(path string) []string {
	if name, ok := strings.CutPrefix(path, "header:"); ok {
		return a.Header.Values(name)
	}
	r := a.at(path)
	switch {
	case !r.Exists() || r.Type == gjson.Null:
		return nil
	case r.IsArray():
		var list []string
		r.ForEach(func(_, v gjson.Result) bool {
			list = append(list, v.String())
			return len(list) < maxScopes
		})
		return list
	}
	return []string{r.String()}
}

// facts returns what the answer tells of a credential's owner.
func (a *answer) facts(paths []string) []mudlark.Fact {
	var list []mudlark.Fact
	for _, path := range paths {
		value := strings.Join(a.find(path), ", ")
		if value == "" || len(list) == maxFacts {
			continue
		}
		list = append(list, mudlark.Fact{Name: factName(path), Value: value})
	}
	return list
}

// factName is a path in a reader's words: "user.email", "data name".
func factName(path string) string {
	path = strings.TrimPrefix(path, "header:")
	path = strings.ReplaceAll(path, `\.`, ".")
	return strings.NewReplacer(".#.", " ", "#.", "", ".#", "", "@this.", "").Replace(path)
}

// words returns the scopes that stand at paths, one or several in a text.
func (a *answer) words(paths []string) []string {
	var list []string
	for _, path := range paths {
		for _, text := range a.find(path) {
			for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
				if len(list) < maxScopes && !slices.Contains(list, word) {
					list = append(list, word)
				}
			}
		}
	}
	return list
}

func cut(s string) string { return cutTo(s, maxFact) }

func cutTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// surprise is the error for an answer that says neither yes nor no.
func (a *answer) surprise() error {
	text := http.StatusText(a.Status)
	if text != "" {
		text = " " + text
	}
	if a.Status >= 300 && a.Status < 400 {
		return fmt.Errorf("it answered %d%s: it sends elsewhere, which is not followed", a.Status, text)
	}
	return fmt.Errorf("it answered %d%s, which says neither that it works nor that it does not", a.Status, text)
}

// privilege grades what scopes allow. Worth much is what a rule says; of the
// rest the words tell.
func privilege(scopes []string, much string) mudlark.Privilege {
	best := mudlark.PrivilegeUnset
	for _, s := range scopes {
		best = max(best, privilegeOf(strings.ToLower(s)))
		if re, err := regexp.Compile(much); err == nil && much != "" && re.MatchString(s) {
			return mudlark.PrivilegeAdmin
		}
	}
	return best
}

func privilegeOf(scope string) mudlark.Privilege {
	holds := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(scope, w) })
	}
	switch {
	case scope == "*", scope == "all", scope == "api", holds("admin", "owner", "root", "superuser", "full", "manage", "delete"):
		return mudlark.PrivilegeAdmin
	case scope == "repo", holds("write", "edit", "create", "update", "publish", "push", "send", "modify", "workflow"):
		return mudlark.PrivilegeWrite
	case scope != "":
		return mudlark.PrivilegeRead
	}
	return mudlark.PrivilegeUnset
}
