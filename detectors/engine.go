package detectors

import (
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/codec"
	"github.com/mudlark-scan/mudlark/internal/prefilter"
	"github.com/mudlark-scan/mudlark/rules"
)

const (
	defaultDepth  = 5
	maxDepth      = 16 // a deeper one is not asked for in earnest, and costs memory
	defaultDecode = 4 << 20
)

// An Engine finds the secrets of a set of rules. Many goroutines may use it.
type Engine struct {
	opts         Options
	rules        []rule // by ID; indexes point into it, so it never changes after New
	global       []*allowlist
	suppressions *rules.Suppressions
	matcher      *prefilter.Matcher
	literals     []use           // by the number of the literal in matcher
	always       []int32         // rules without usable keywords
	paths        []int32         // rules about paths alone
	endings      func() []ending // of their expressions
	longest      int             // length of a literal
	parts        bool            // some rule requires others
	decoders     []codec.Decoder
	scans        sync.Pool
}

// A use says whom a literal wakes.
type use struct {
	length  int
	regexps []int32
	code    []*codeUse
	word    int8 // one of words, from 1
}

// A codeUse is a detector in code and the rules that it works for.
type codeUse struct {
	Detector
	rules []int32
	far   bool // the detector looks far
	once  sync.Once
	least int // bytes of the shortest secret that one of the rules accepts
}

// New returns an engine for the rules of set, which must not change any more.
// It compiles none of the built-in rules; a user's are checked.
func New(set *rules.Set, opts Options) (*Engine, error) {
	e := &Engine{opts: opts, rules: make([]rule, len(set.Rules)), decoders: decoders()}
	if e.opts.DecodeDepth == 0 {
		e.opts.DecodeDepth = defaultDepth
	}
	e.opts.DecodeDepth = min(e.opts.DecodeDepth, maxDepth)
	e.global, e.suppressions = newAllowlists(set.Allowlists), set.Suppressions
	keywords := 0
	for i := range set.Rules {
		keywords += len(set.Rules[i].Keywords)
	}
	ids := literalIDs{
		known: make(map[string]int32, keywords),
		texts: make([]string, 0, keywords),
		free:  make([]int32, keywords),
	}
	e.literals = make([]use, 0, keywords)
	for i := range set.Rules {
		r := &e.rules[i]
		if err := r.init(&set.Rules[i], i); err != nil {
			return nil, fmt.Errorf("rule %q: %w", set.Rules[i].ID, err)
		}
		if _, ok := r.code.(jwt); ok {
			r.code = jwt{now: opts.Now}
		}
		e.register(r, &ids)
	}
	if err := e.resolveParts(); err != nil {
		return nil, err
	}
	e.resolveCompanions()
	if len(set.Files) > 0 || slices.ContainsFunc(set.Rules, func(r rules.Rule) bool { return !r.Builtin }) {
		for _, a := range e.global {
			if err := a.validate(); err != nil {
				return nil, fmt.Errorf("allowlist: %w", err)
			}
		}
	}
	for i, word := range words {
		e.literals[e.literal(word, &ids)].word = int8(i + 1)
	}
	e.endings = sync.OnceValue(e.endingsOfPaths)
	e.matcher = prefilter.New(ids.texts)
	e.scans.New = func() any { return newScan(e) }
	return e, nil
}

// endingsOfPaths returns how paths end that the rules about paths alone accept.
func (e *Engine) endingsOfPaths() []ending {
	list := make([]ending, len(e.paths))
	for k, i := range e.paths {
		list[k] = endingOf(e.rules[i].Path)
	}
	return list
}

type literalIDs struct {
	known map[string]int32
	texts []string
	free  []int32 // room for the literals of rules
}

// register enters r wherever it has to be thought of.
func (e *Engine) register(r *rule, ids *literalIDs) {
	i := int32(r.index)
	switch {
	case r.Regex == "" && r.Detector == "":
		e.paths = append(e.paths, i)
		return
	case len(r.Keywords) == 0 || slices.ContainsFunc(r.Keywords, unusable):
		e.always = append(e.always, i)
		return
	}
	n := len(r.Keywords)
	r.literals, ids.free = ids.free[:n:n], ids.free[n:]
	for k, word := range r.Keywords {
		r.literals[k] = e.literal(asciiLower(word), ids)
		e.literals[r.literals[k]].add(r)
	}
}

// literal returns the number of a literal of the prefilter.
func (e *Engine) literal(word string, ids *literalIDs) int32 {
	id, ok := ids.known[word]
	if !ok {
		id = int32(len(ids.texts))
		ids.known[word] = id
		ids.texts = append(ids.texts, word)
		e.literals = append(e.literals, use{length: len(word)})
		e.longest = max(e.longest, len(word))
	}
	return id
}

// hitOf returns the occurrence that was noted.
func (e *Engine) hitOf(n note) prefilter.Hit {
	return prefilter.Hit{Start: int(n.at), Literal: int(n.literal)}
}

// unusable reports whether the prefilter cannot find word in any case.
func unusable(word string) bool {
	return len(word) < 2 || slices.ContainsFunc([]byte(word), func(c byte) bool { return c >= 0x80 })
}

// ready compiles the rules if no one has, and tells the detector whether it has
// to look for names near the keyword: not if the keyword must be part of the
// name for every rule.
func (u *codeUse) ready(all []rule) *codeUse {
	u.once.Do(func() {
		u.least = unbounded
		for _, i := range u.rules {
			f := all[i].ready()
			a, ok := u.Detector.(assignment)
			if !ok || f == nil {
				u.least = 0
			} else {
				u.least = min(u.least, f.min)
			}
			if a.near = a.near || all[i].near; ok {
				u.Detector = a
			}
		}
	})
	return u
}

func (u *use) add(r *rule) {
	i := int32(r.index)
	if r.code == nil {
		if !slices.Contains(u.regexps, i) {
			u.regexps = append(u.regexps, i)
		}
		return
	}
	for k := range u.code {
		if u.code[k].Detector == r.code {
			if !slices.Contains(u.code[k].rules, i) {
				u.code[k].rules = append(u.code[k].rules, i)
			}
			return
		}
	}
	u.code = append(u.code, &codeUse{Detector: r.code, far: isFar(r.code), rules: []int32{i}})
}

// resolveParts finds the rules that others require.
func (e *Engine) resolveParts() error {
	for i := range e.rules {
		r := &e.rules[i]
		for _, need := range r.Required {
			part := e.find(need.ID)
			if part == nil {
				return fmt.Errorf("rule %q: requires rule %q, which is not there", r.ID, need.ID)
			}
			r.parts = append(r.parts, part)
			e.parts = true
		}
	}
	return nil
}

func (e *Engine) find(id string) *rule {
	i := sort.Search(len(e.rules), func(i int) bool { return e.rules[i].ID >= id })
	if i == len(e.rules) || e.rules[i].ID != id {
		return nil
	}
	return &e.rules[i]
}

// Rules returns what a report tells of the rules, those left out that only
// serve others.
func (e *Engine) Rules() []mudlark.RuleInfo {
	var list []mudlark.RuleInfo
	for i := range e.rules {
		if !e.rules[i].SkipReport {
			list = append(list, e.rules[i].Info())
		}
	}
	return list
}

// Rule returns the rule with this ID.
func (e *Engine) Rule(id string) (rules.Rule, bool) {
	if r := e.find(id); r != nil {
		return *r.Rule, true
	}
	return rules.Rule{}, false
}

// Excluded reports whether every rule refuses path, so that its content need
// not be read.
func (e *Engine) Excluded(path string) bool {
	if path == "" {
		return false
	}
	if e.excludesPath(e.global, path) {
		return true
	}
	for i := range e.rules {
		if !e.refuses(&e.rules[i], path) {
			return false
		}
	}
	return true
}

// refuses reports whether a rule can have no finding at path.
func (e *Engine) refuses(r *rule, path string) bool {
	return !r.acceptsPath(path) || e.excludesPath(r.lists, path)
}

// excludesPath reports whether one of the lists keeps content at path from being
// looked at.
func (e *Engine) excludesPath(lists []*allowlist, path string) bool {
	return !e.opts.TellAllowed && excludesPath(lists, path)
}

// Applies reports whether f's rule is meant for f's place.
func (e *Engine) Applies(f mudlark.Finding) bool {
	r := e.find(f.RuleID)
	return r == nil || f.Origin.Path == "" || r.acceptsPath(f.Origin.Path)
}

// Allowed returns what an allowlist says of f now that its path and commit are
// known, if one says that it is no finding. tell says that f is to be marked so,
// and not dropped.
func (e *Engine) Allowed(f mudlark.Finding) (by mudlark.Suppression, tell, ok bool) {
	r := e.find(f.RuleID)
	if r == nil {
		return by, false, false
	}
	a := placeAllowed(e.global, &f)
	if a == nil {
		a = placeAllowed(r.lists, &f)
	}
	if a == nil {
		return by, false, false
	}
	return a.by(), e.opts.TellAllowed, true
}

// Detect calls emit for every finding that touches what is fresh in c, in the
// order of their places. It keeps nothing of c.Data and may be called from
// many goroutines at once.
//
// If c.Delta says what c was made from, and how, Detect looks only at what is
// new and finds the same. It sets c.Delta.Keep, which many goroutines may use as
// the base of other chunks.
func (e *Engine) Detect(c mudlark.Chunk, emit func(mudlark.Finding)) Stats {
	if e.opts.TellAllowed {
		return e.detectAllowed(c, emit)
	}
	s := e.scans.Get().(*scan)
	defer e.scans.Put(s)
	if len(c.Data) > maxData {
		if c.Delta != nil {
			c.Delta.Keep = nil
		}
		return s.runPieces(c, maxData, emit)
	}
	return s.run(c, emit)
}
