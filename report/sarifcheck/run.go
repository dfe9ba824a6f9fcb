package sarifcheck

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxKept is how many rules, and ways of naming them, are remembered of a run. It
// is beyond the limits.
const maxKept = 100_000

// A run is what is known of the run that is being read. Rules may come after the
// results that name them, so that names are judged at the end.
type run struct {
	tool      string
	driver    bool            // the rules being read are those of the driver
	component map[string]bool // rules of the component that is being read
	rules     int             // of all components
	ids       []string        // of the driver's rules, in their order
	levels    map[string]bool // of each rule that is described: whether it has one
	refs      map[ref]string  // where each was met first
	columns   bool            // some region has columns
}

// A ref is how a result names its rule, and whether it has a level of its own.
type ref struct {
	id    string
	index int // of the driver's rules; -1: it says none
	level bool
}

func newRun() run { return run{levels: map[string]bool{}, refs: map[ref]string{}} }

// describe records a rule, and reports whether its component has it already.
func (r *run) describe(id string, level bool) (twice bool) {
	if len(r.levels) > maxKept || len(r.ids) > maxKept {
		return false
	}
	twice = r.component[id]
	r.component[id] = true
	r.levels[id] = r.levels[id] || level
	if r.driver {
		r.ids = append(r.ids, id)
	}
	return twice
}

// refer records how a result names its rule.
func (r *run) refer(w *walk, v value, id string) {
	found := ref{id: id, index: -1, level: v.at["level"].kind != ""}
	if index, err := strconv.Atoi(v.at["ruleIndex"].text); err == nil && v.at["rule"].at["toolComponent"].kind == "" {
		found.index = index
	}
	if _, ok := r.refs[found]; !ok && len(r.refs) < maxKept {
		r.refs[found] = w.where()
	}
}

// endOfRun judges a run when all of it is known.
func (w *walk) endOfRun(v value) {
	if v.at["results"].kind != "array" {
		w.below("results", "run-results", "the run has no list of results")
	}
	limit := func(name, id string, n, most int) {
		if n > most {
			w.below(name, id, "%d %s", n, name)
		}
	}
	limit("results", "too-many-results", v.at["results"].n, maxResults)
	limit("tool", "too-many-rules", w.run.rules, maxRules)
	limit("tool", "too-many-extensions", v.at["tool"].at["extensions"].n, maxExtensions)
	if n := v.at["results"].n; n > shownResults && n <= maxResults {
		w.report.Notes = append(w.report.Notes, w.where()+" has "+strconv.Itoa(n)+" results: GitHub takes them, and shows the 5,000 most severe")
	}
	if kind := v.string("columnKind"); w.run.columns && kind != "utf16CodeUnits" {
		w.below("columnKind", "run-columns", "there are columns, and %s does not say that they are UTF-16", quote(kind))
	}
	w.category(v.at["automationDetails"])
	w.names()
}

// category judges what analyses a run replaces.
func (w *walk) category(details value) {
	id := details.string("id")
	category := id[:max(strings.LastIndex(id, "/"), 0)]
	if id != "" && category == "" {
		w.below("automationDetails", "run-category", "the id %s has no slash", quote(id))
	}
	analysis := w.run.tool + "\x00" + category
	if before, ok := w.checker.analyses[analysis]; ok {
		w.below("automationDetails", "run-twice", "the tool %s has the category %s in %s, too", quote(w.run.tool), quote(category), before)
	} else if len(w.checker.analyses) < maxKept {
		w.checker.analyses[analysis] = w.name + ", " + w.where()
	}
}

// names judges how results name their rules.
func (w *walk) names() {
	r := &w.run
	for found, path := range r.sorted() {
		at := func() string { return path }
		_, described := r.levels[found.id]
		level := found.level || r.levels[found.id]
		base, _, below := strings.Cut(found.id, "/")
		switch {
		case found.index >= len(r.ids) && found.index > maxKept:
			// There are too many rules to tell.
		case found.index >= len(r.ids):
			w.addAt(at, "result-rule-index", "ruleIndex is %d, and there are %d rules", found.index, len(r.ids))
		case found.index >= 0 && (found.id[0] == '#' || r.ids[found.index] == found.id || below && r.ids[found.index] == base):
			level = level || r.levels[r.ids[found.index]]
		case found.index >= 0:
			w.addAt(at, "result-rule-index", "ruleIndex %d is the rule %s, and not %s", found.index, quote(r.ids[found.index]), quote(found.id))
		case !described && found.id[0] != '#' && len(r.levels) < maxKept:
			w.addAt(at, "result-rule-index", "no rule %s is described", quote(found.id))
		}
		if !level {
			w.addAt(at, "result-level", "neither the result nor its rule has a level")
		}
	}
}

// sorted returns the references in the order in which they were met first.
func (r *run) sorted() func(yield func(ref, string) bool) {
	all := make([]ref, 0, len(r.refs))
	for found := range r.refs {
		all = append(all, found)
	}
	slices.SortFunc(all, func(a, b ref) int {
		return cmp.Or(cmp.Compare(len(r.refs[a]), len(r.refs[b])), cmp.Compare(r.refs[a], r.refs[b]))
	})
	return func(yield func(ref, string) bool) {
		for _, found := range all {
			if !yield(found, r.refs[found]) {
				return
			}
		}
	}
}

// isSemantic reports whether v has the form of a semantic version.
func isSemantic(v string) bool {
	core, _, _ := strings.Cut(v, "+")
	core, pre, hasPre := strings.Cut(core, "-")
	numbers := strings.Split(core, ".")
	if len(numbers) != 3 || hasPre && pre == "" {
		return false
	}
	return !slices.ContainsFunc(numbers, func(n string) bool {
		return n == "" || strings.Trim(n, "0123456789") != "" || n[0] == '0' && n != "0"
	})
}

// end judges the file as a whole, and puts the worst first.
func (w *walk) end(mark bool) {
	w.path = nil
	if mark {
		w.add("byte-order-mark", "the file begins with a byte order mark")
	}
	if w.report.Compressed > maxPacked {
		w.add("too-large", "%d bytes, compressed", w.report.Compressed)
	}
	last := map[string]int{}
	for i, v := range w.report.Violations {
		last[v.Rule] = i
	}
	for id, i := range last {
		w.report.Violations[i].More = max(w.found[id].n-listed, 0)
	}
	rank := func(v Violation) int { return slices.Index([]Effect{Rejected, Truncated, Ignored}, v.Effect) }
	order := map[string]int{}
	for _, v := range w.report.Violations {
		if _, ok := order[v.Rule]; !ok {
			order[v.Rule] = len(order)
		}
	}
	slices.SortStableFunc(w.report.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(order[a.Rule], order[b.Rule]))
	})
}
