package rules

import (
	"slices"
	"strings"
)

// A Policy is what a configuration says of live checks, [verify] in a file.
type Policy struct {
	// Hosts may be asked without a further question: names, or "*.example.com" for
	// those below one. No other host is asked then.
	Hosts         []string
	Endpoints     []Pair   // where providers are: the name of an endpoint and an https URL
	AllowInternal bool     // Hosts and Endpoints may have addresses that are not public
	Effects       []string // that asking may have, see Effects
	Contact       string   // by which providers can reach the user
}

func (d *decoder) readPolicy(v any, n *node) *Policy {
	t, ok := v.(map[string]any)
	if !ok {
		d.errorf(n.value, "verify: want a table [verify], got %s", kind(v))
		return nil
	}
	p := &Policy{}
	keys := []string{"hosts", "endpoints", "allowInternal", "effects", "contact"}
	d.table(t, n, keys, func(key string, v any, n *node) bool {
		switch key {
		case "hosts":
			p.Hosts = d.words("verify.hosts", v, n)
		case "endpoints":
			p.Endpoints = d.pairs("verify.endpoints", v, n)
		case "allowinternal":
			p.AllowInternal = d.boolean("verify.allowInternal", v, n)
		case "effects":
			p.Effects = d.words("verify.effects", v, n)
			d.checkEffects(p.Effects, n)
		case "contact":
			p.Contact = d.text("verify.contact", v, n)
		default:
			return false
		}
		return true
	})
	return p
}

func (d *decoder) checkEffects(words []string, n *node) {
	for i, word := range words {
		if !slices.Contains(Effects(), word) {
			d.errorf(n.item(i).value, "verify.effects: there is no effect %s: use some of %s", quoted(word), strings.Join(Effects(), ", "))
		}
	}
}
