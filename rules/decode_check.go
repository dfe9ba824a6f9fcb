package rules

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

func checkKeys() []string {
	return []string{
		"with", "method", "url", "query", "headers", "basic", "form", "body", "effect", "parts", "values", "endpoint",
		"elsewhere", "active", "inactive", "identity", "scopes", "privileged", "answers",
	}
}

// readCheck reads [rules.verify], or [rules.revocation].
func (d *decoder) readCheck(name string, v any, n *node, revokes bool) *Check {
	values, ok := v.(map[string]any)
	if !ok {
		d.errorf(n.value, "%s: want a table [rules.%s], got %s", name, name, kind(v))
		return nil
	}
	c := &Check{Builtin: d.strict}
	known, before := checkKeys(), len(d.errs)
	if revokes {
		known = append(known, "done")
	}
	d.table(values, n, known, func(key string, v any, n *node) bool {
		if key == "done" && revokes {
			c.Done = d.conditions(name+"."+key, v, n)
			return true
		}
		return d.readRequest(c, name, key, v, n) || d.readAnswer(c, name, key, v, n)
	})
	if c.Method == "" && c.With == "" {
		c.Method = "GET"
	}
	if len(d.errs) > before {
		return c
	}
	for _, problem := range c.judge(revokes) {
		d.errorf(n.key, "%s.%s", name, problem)
	}
	return c
}

// readRequest reads the keys of a check that say what is asked.
func (d *decoder) readRequest(c *Check, name, key string, v any, n *node) bool {
	at := name + "." + key
	switch key {
	case "with":
		c.With = d.text(at, v, n)
	case "method":
		c.Method = strings.ToUpper(d.text(at, v, n))
	case "url":
		c.URL = d.text(at, v, n)
	case "query":
		c.Query = d.pairs(at, v, n)
	case "headers":
		c.Headers = d.pairs(at, v, n)
	case "basic":
		c.Basic = d.texts(at, v, n)
	case "form":
		c.Form = d.pairs(at, v, n)
	case "body":
		c.Body = d.text(at, v, n)
	case "effect":
		c.Effect = d.text(at, v, n)
	case "parts":
		c.Parts = d.words(at, v, n)
	case "values":
		c.Values = d.readValues(at, v, n)
	case "endpoint":
		c.Endpoint = d.text(at, v, n)
	default:
		return false
	}
	return true
}

// readAnswer reads the keys of a check that say what answers mean.
func (d *decoder) readAnswer(c *Check, name, key string, v any, n *node) bool {
	at := name + "." + key
	switch key {
	case "elsewhere":
		c.Elsewhere = d.boolean(at, v, n)
	case "active":
		c.Active = d.conditions(at, v, n)
	case "inactive":
		c.Inactive = d.conditions(at, v, n)
	case "identity":
		c.Identity = d.texts(at, v, n)
	case "scopes":
		c.Scopes = d.texts(at, v, n)
	case "privileged":
		c.Privileged = d.pattern(at, v, n)
	case "answers":
		c.Answers = d.readAnswers(at, v, n)
	default:
		return false
	}
	return true
}

// each calls read for the keys of a table of the user's own names, in the
// order of the file.
func (d *decoder) each(key string, v any, n *node, read func(name string, v any, n *node)) {
	t, ok := v.(map[string]any)
	if !ok {
		d.errorf(n.value, "%s: want a table, got %s", key, kind(v))
		return
	}
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := n.child(a).key, n.child(b).key
		return cmp.Or(cmp.Compare(x.line, y.line), cmp.Compare(x.column, y.column), strings.Compare(a, b))
	})
	for _, name := range names {
		read(name, t[name], n.child(name))
	}
}

func (d *decoder) pairs(key string, v any, n *node) []Pair {
	var list []Pair
	d.each(key, v, n, func(name string, v any, n *node) {
		list = append(list, Pair{name, d.text(key+"."+name, v, n)})
	})
	return list
}

func (d *decoder) readValues(key string, v any, n *node) []Value {
	var list []Value
	d.each(key, v, n, func(name string, v any, n *node) {
		x := Value{Name: name}
		t, ok := v.(map[string]any)
		if !ok {
			d.errorf(n.value, "%s.%s: want a table { from, regex, default }, got %s", key, name, kind(v))
			return
		}
		if name == "secret" {
			d.errorf(n.key, "%s.%s: this name is taken: choose another", key, name)
		}
		d.table(t, n, []string{"from", "regex", "default"}, func(k string, v any, n *node) bool {
			switch k {
			case "from":
				x.From = d.text(key+"."+k, v, n)
			case "regex":
				x.Regex = d.pattern(key+"."+k, v, n)
			case "default":
				x.Default = d.text(key+"."+k, v, n)
			default:
				return false
			}
			return true
		})
		if x.From == "" {
			d.errorf(n.key, "%s.%s: say where it comes from with from: %s, or the id of a rule", key, name, strings.Join(valueSources(), ", "))
		}
		list = append(list, x)
	})
	return list
}

// eachTable calls read for every table of an array, of which one may stand alone.
func (d *decoder) eachTable(key string, v any, n *node, read func(t map[string]any, at *node)) {
	for i, t := range d.tables(key, v, n) {
		at := n
		if len(n.list) > 0 {
			at = n.item(i)
		}
		read(t, at)
	}
}

func (d *decoder) conditions(key string, v any, n *node) (list []Condition) {
	d.eachTable(key, v, n, func(t map[string]any, at *node) {
		var c Condition
		d.table(t, at, []string{"status", "json", "contains", "header"}, func(k string, v any, n *node) bool {
			switch k {
			case "status":
				c.Status = d.statuses(key, v, n)
			case "json":
				d.each(key+"."+k, v, n, func(name string, v any, n *node) {
					c.JSON = append(c.JSON, Expectation{name, d.plain(key+".json."+name, v, n)})
				})
			case "contains":
				c.Contains = d.filled(key, d.texts(key+"."+k, v, n), n)
			case "header":
				c.Header = d.pairs(key+"."+k, v, n)
			default:
				return false
			}
			return true
		})
		if len(c.Status)+len(c.JSON)+len(c.Contains)+len(c.Header) == 0 {
			d.errorf(at.key, "%s: a condition without a criterion holds for every answer: give it status, json, contains or header", key)
		}
		list = append(list, c)
	})
	return list
}

func (d *decoder) readAnswers(key string, v any, n *node) (list []Answer) {
	d.eachTable(key, v, n, func(t map[string]any, at *node) {
		a := Answer{Status: http.StatusOK}
		d.table(t, at, []string{"status", "header", "body", "want"}, func(k string, v any, n *node) bool {
			switch k {
			case "status":
				if list := d.statuses(key, v, n); len(list) > 0 {
					a.Status = list[0]
				}
			case "header":
				a.Header = d.pairs(key+"."+k, v, n)
			case "body":
				a.Body = d.text(key+"."+k, v, n)
			case "want":
				a.Want = mudlark.Status(d.text(key+"."+k, v, n))
			default:
				return false
			}
			return true
		})
		if a.Want != mudlark.Active && a.Want != mudlark.Inactive && a.Want != mudlark.Unknown {
			d.errorf(at.key, "%s: say what the answer means with want: active, inactive or unknown", key)
		}
		list = append(list, a)
	})
	return list
}

func (d *decoder) statuses(key string, v any, n *node) []int {
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	var list []int
	for _, item := range items {
		status := d.integer(key+".status", item, n)
		if status < 200 || status > 599 {
			d.errorf(n.value, "%s.status: %d is no status of an answer", key, status)
			continue
		}
		list = append(list, status)
	}
	return list
}

// plain returns a simple value as JSON would write it, without quotes.
func (d *decoder) plain(key string, v any, n *node) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	d.errorf(n.value, "%s: want a string, a number, true or false, got %s", key, kind(v))
	return ""
}
