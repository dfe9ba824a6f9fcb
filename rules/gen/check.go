package main

import "github.com/mudlark-scan/mudlark/rules"

// check writes a live check. Its lists are slices of constants, not maps, which
// would have to be built at start.
func (w *writer) check(name string, c *rules.Check) {
	if c == nil {
		return
	}
	w.printf("%s: &Check{\n", name)
	w.text("With", c.With)
	w.text("Method", c.Method)
	w.text("URL", c.URL)
	w.pairs("Query", c.Query)
	w.pairs("Headers", c.Headers)
	w.texts("Basic", c.Basic)
	w.pairs("Form", c.Form)
	w.text("Body", c.Body)
	w.text("Effect", c.Effect)
	w.texts("Parts", c.Parts)
	w.values(c.Values)
	w.text("Endpoint", c.Endpoint)
	w.flag("Elsewhere", c.Elsewhere)
	w.conditions("Active", c.Active)
	w.conditions("Inactive", c.Inactive)
	w.conditions("Done", c.Done)
	w.texts("Identity", c.Identity)
	w.texts("Scopes", c.Scopes)
	w.text("Privileged", c.Privileged)
	w.printf("Builtin: true,\n},\n")
}

func (w *writer) pairs(name string, list []rules.Pair) {
	if len(list) == 0 {
		return
	}
	w.printf("%s: []Pair{\n", name)
	for _, p := range list {
		w.printf("{%s, %s},\n", literal(p.Name), literal(p.Text))
	}
	w.printf("},\n")
}

func (w *writer) values(list []rules.Value) {
	if len(list) == 0 {
		return
	}
	w.printf("Values: []Value{\n")
	for _, v := range list {
		w.printf("{")
		w.text("Name", v.Name)
		w.text("From", v.From)
		w.text("Regex", v.Regex)
		w.text("Default", v.Default)
		w.printf("},\n")
	}
	w.printf("},\n")
}

func (w *writer) conditions(name string, list []rules.Condition) {
	if len(list) == 0 {
		return
	}
	w.printf("%s: []Condition{\n", name)
	for _, c := range list {
		w.printf("{")
		if len(c.Status) > 0 {
			w.printf("Status: []int{")
			for _, s := range c.Status {
				w.printf("%d,", s)
			}
			w.printf("},\n")
		}
		if len(c.JSON) > 0 {
			w.printf("JSON: []Expectation{\n")
			for _, e := range c.JSON {
				w.printf("{%s, %s},\n", literal(e.Path), literal(e.Want))
			}
			w.printf("},\n")
		}
		w.texts("Contains", c.Contains)
		w.pairs("Header", c.Header)
		w.printf("},\n")
	}
	w.printf("},\n")
}
