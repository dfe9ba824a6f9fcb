package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// group writes one secret.
func (p *page) group(s *scan, g *group) {
	first := g.places[0]
	grade := severity(g.rule).String()
	p.put(severityStyle(severity(g.rule)), grade)
	p.put(plainStyle, "  ")
	p.put(bold, cmp.Or(g.rule.Description, g.rule.ID))
	p.end()
	about := []string{"rule " + g.rule.ID}
	if first.Confidence != mudlark.ConfidenceUnset {
		about = append(about, "confidence "+first.Confidence.String())
	}
	if first.Fingerprint != "" {
		about = append(about, first.Fingerprint)
	}
	p.para(faint, 2, strings.Join(about, ", "))
	history := g.history(p.opts.Now)
	if history != "" {
		p.para(plainStyle, 2, history)
	}
	p.standing(g)
	p.end()
	for i, f := range g.places {
		if i == placesShown && !p.opts.Verbose && len(g.places) > placesShown+1 {
			p.row(plainStyle, 2, fmt.Sprintf("and %s more places (-v lists them)", grouped(len(g.places)-i)))
			p.end()
			break
		}
		p.place(f, len(g.places) > 1 && held(f) != g.held())
	}
	p.advice(g)
	p.end()
}

// place writes one place of a secret, with what still holds it if that is to
// be told.
func (p *page) place(f *mudlark.Finding, alone bool) {
	p.put(plainStyle, "  ")
	p.put(pathStyle, placeName(f))
	p.end()
	p.excerpt(f.Excerpt)
	for _, line := range placeDetails(f) {
		p.row(faint, 4, line)
	}
	if alone && held(f) != "" {
		p.para(faint, 4, held(f))
	}
	p.end()
}

// placeName is what an editor can jump to, or what there is instead.
func placeName(f *mudlark.Finding) string {
	o := f.Origin
	at := ""
	if f.Position.StartLine > 0 {
		at = fmt.Sprintf(":%d:%d", f.Position.StartLine, f.Position.StartColumn)
	}
	switch {
	case o.Path != "" && o.Part == "":
		return o.Path + at
	case o.Path != "" && f.Position.StartLine > 1:
		return o.Path + at + " (" + o.Part + ")"
	case o.Path != "":
		return o.Path + " (" + o.Part + ")"
	case o.Part != "" && f.Position.StartLine > 1:
		return fmt.Sprintf("%s, line %d", o.Part, f.Position.StartLine)
	case o.Part != "":
		return o.Part
	case o.Commit == nil && o.Object != "":
		return "object " + o.Object + at
	case o.Source == "stdin":
		return "standard input" + at
	}
	return cmp.Or(o.Source, "content") + at
}

// placeDetails says who brought it, and what else is known of the place.
func placeDetails(f *mudlark.Finding) []string {
	var out []string
	if c := f.Origin.Commit; c != nil {
		words := []string{"commit " + shortID(c.ID)}
		if who := cmp.Or(c.Author, c.Email); who != "" {
			words = append(words, who)
		}
		if !c.Date.IsZero() {
			words = append(words, c.Date.Format(time.DateOnly))
		}
		if c.Subject != "" {
			words = append(words, c.Subject)
		}
		out = append(out, strings.Join(words, ", "))
	}
	if names := labels(f.Origin.Labels); len(names) > 0 {
		out = append(out, strings.Join(names, ", "))
	}
	var encodings []string
	for _, tag := range f.Tags {
		if name, ok := strings.CutPrefix(tag, "decoded:"); ok {
			encodings = append(encodings, name)
		}
	}
	if len(encodings) > 0 {
		out = append(out, "decoded from "+strings.Join(encodings, ", "))
	}
	if parts := partNames(f.Parts); len(parts) > 0 {
		out = append(out, "together with "+strings.Join(parts, ", "))
	}
	if f.Origin.Link != "" {
		out = append(out, f.Origin.Link)
	}
	if f.Counts() && f.Suppression.Reason != "" { // a remark
		out = append(out, suppressionWords(f.Suppression))
	}
	return out
}

func partNames(parts map[string]mudlark.Sensitive) []string {
	var names []string
	for id := range parts {
		names = append(names, id)
	}
	slices.Sort(names)
	return names
}

func held(f *mudlark.Finding) string {
	if f.Origin.Exposure == nil {
		return ""
	}
	return heldWords(f.Origin.Exposure)
}

// held says what still holds the secret, in any of its places.
func (g *group) held() string {
	order := []mudlark.Held{
		mudlark.HeldByRef, mudlark.HeldByIndex, mudlark.HeldByStash,
		mudlark.HeldByReflog, mudlark.HeldByNothing, mudlark.HeldByWorktree,
	}
	var all *mudlark.Exposure
	known := true // what removed it, wherever it was removed
	for _, f := range g.places {
		x := f.Origin.Exposure
		if x == nil {
			continue
		}
		if all == nil {
			all = &mudlark.Exposure{Held: x.Held}
		}
		if slices.Index(order, x.Held) < slices.Index(order, all.Held) {
			all.Held = x.Held
		}
		all.Refs = append(all.Refs, x.Refs...)
		all.Tips = append(all.Tips, x.Tips...)
		all.MoreRefs, all.MoreTips = max(all.MoreRefs, x.MoreRefs), max(all.MoreTips, x.MoreTips)
		all.Removed = append(all.Removed, x.Removed...)
		if all.First.IsZero() || !x.First.IsZero() && x.First.Before(all.First) {
			all.First = x.First
		}
		known = known && (len(x.Removed) > 0 || x.Held != mudlark.HeldByRef)
	}
	if all == nil {
		return ""
	}
	slices.Sort(all.Refs)
	slices.Sort(all.Tips)
	all.Refs, all.Tips = slices.Compact(all.Refs), slices.Compact(all.Tips)
	slices.SortStableFunc(all.Removed, func(a, b mudlark.Removal) int { return a.Date.Compare(b.Date) })
	if !known {
		all.Removed = nil
	}
	return heldWords(all)
}

// history says since when the secret can be read, and whether it still can.
func (g *group) history(now time.Time) string {
	var first time.Time
	committed := false
	for _, f := range g.places {
		if x := f.Origin.Exposure; x != nil && x.Held == mudlark.HeldByRef {
			committed = true
		}
		if c := f.Origin.Commit; c != nil && !c.Date.IsZero() && (first.IsZero() || c.Date.Before(first)) {
			first = c.Date
		}
	}
	if first.IsZero() {
		return g.held()
	}
	since := "since " + first.Format(time.DateOnly)
	if committed {
		since = "in history " + since
	}
	if days := int(now.Sub(first).Hours() / 24); !now.IsZero() && days >= 0 {
		since += ", " + count(days, "day")
	}
	if g.held() != "" {
		since += "; " + g.held()
	}
	return since
}
