package rules

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A hogCheck is an endpoint that says whether a secret works.
type hogCheck struct {
	endpoint            string
	unsafe              bool
	headers             []Pair
	success, rotated    []int
	given, rotatedGiven bool
	at                  *node
}

func (h *hogReader) check(values map[string]any, where *node) hogCheck {
	c := hogCheck{at: where}
	known := []string{"endpoint", "unsafe", "headers", "successRanges", "rotatedRanges"}
	h.hogTable(values, where, known, func(key string, v any, n *node) bool {
		switch key {
		case "endpoint":
			c.endpoint = h.text("verify.endpoint", v, n)
		case "unsafe":
			c.unsafe = h.boolean("verify.unsafe", v, n)
		case "headers":
			for i, line := range h.texts("verify.headers", v, n) {
				name, text, ok := strings.Cut(line, ":")
				if name = strings.TrimSpace(name); !ok || name == "" {
					h.errorf(n.item(i).value, "verify.headers: write them as \"Name: text\"")
					continue
				}
				c.headers = append(c.headers, Pair{name, strings.TrimSpace(text)})
			}
		case "successranges":
			c.success, c.given = h.ranges("verify.successRanges", v, n), true
		case "rotatedranges":
			c.rotated, c.rotatedGiven = h.ranges("verify.rotatedRanges", v, n), true
		default:
			return false
		}
		return true
	})
	switch {
	case c.endpoint == "":
		h.errorf(where.key, "verify: it names no endpoint")
	case strings.HasPrefix(c.endpoint, "http://") && !c.unsafe:
		h.errorf(where.child("endpoint").value, "verify.endpoint: it begins with http://, which needs unsafe: true in trufflehog; https:// is asked here")
	}
	return c
}

// ranges reads statuses: 200, "200", "200-250".
func (h *hogReader) ranges(key string, v any, n *node) (list []int) {
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	for i, item := range items {
		text := h.plain(key, item, n.item(i))
		from, to, isRange := strings.Cut(text, "-")
		low, err := strconv.Atoi(strings.TrimSpace(from))
		high := low
		if isRange && err == nil {
			high, err = strconv.Atoi(strings.TrimSpace(to))
		}
		if err != nil || low < 100 || high > 599 || low > high {
			h.errorf(n.item(i).value, "%s: %s is no status and no range of them, as in 200-250", key, quoted(text))
			continue
		}
		for status := low; status <= high; status++ {
			if !slices.Contains(list, status) {
				list = append(list, status)
			}
		}
	}
	return list
}

// verification returns the check of a detector, nil with a warning where it asks
// for what is not done here. parts are the placeholders of its expressions.
func (h *hogReader) verification(d *hogDetector, id string, parts map[string]string) *Check {
	if len(d.checks) == 0 {
		return nil
	}
	v := d.checks[0]
	if len(d.checks) > 1 {
		h.warnf(d.checks[1].at.key, "verify: one endpoint is asked, the first")
	}
	c := &Check{
		Method: "POST", URL: v.endpoint, Headers: v.headers, Body: hogBody(d, parts), Effect: "query", Endpoint: id,
		Active: []Condition{{Status: []int{200}}},
	}
	if v.given {
		c.Active[0].Status = v.success
	}
	refused := slices.DeleteFunc([]int{401, 403}, func(status int) bool { return slices.Contains(c.Active[0].Status, status) })
	if v.rotatedGiven {
		refused = append(refused, v.rotated...)
	}
	if len(refused) > 0 {
		c.Inactive = []Condition{{Status: refused}}
	}
	if u, err := url.Parse(v.endpoint); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		h.warnf(v.at.key, "verify: %s is not asked: only https addresses without a user are", quoted(v.endpoint))
		return nil
	}
	if strings.Contains(v.endpoint+d.name+fmt.Sprint(v.headers, d.regexes), "{{") {
		h.warnf(v.at.key, "verify: it is not asked, as a name, the endpoint or a header holds {{")
		return nil
	}
	if problems := c.judge(false); len(problems) > 0 {
		h.warnf(v.at.key, "verify: it is not asked: %s", strings.Join(problems, "; "))
		return nil
	}
	return c
}

// hogBody is what trufflehog sends: the name of the detector, and for each of its
// expressions what it captured, or else matched.
func hogBody(d *hogDetector, parts map[string]string) string {
	text := func(s string) string {
		b, _ := json.Marshal(s) // a text always has a form
		return string(b)
	}
	var fields []string
	for _, p := range d.regexes {
		fields = append(fields, text(p.Name)+`:["{{`+parts[p.Name]+`}}"]`)
	}
	slices.Sort(fields)
	return "{" + text(d.name) + ":{" + strings.Join(fields, ",") + "}}"
}

// HoldDetectors takes the check from every custom detector whose endpoint the user
// did not allow, and returns their hosts, each once.
func (s *Set) HoldDetectors(allowed func(id, host string) bool) (hosts []string) {
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Verify == nil || !slices.Contains(r.Tags, DetectorTag) || allowed(r.ID, r.Verify.Host()) {
			continue
		}
		if hosts == nil {
			s.Rules = slices.Clone(s.Rules)
			r = &s.Rules[i]
		}
		hosts = append(hosts, r.Verify.Host())
		r.Verify = nil
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
