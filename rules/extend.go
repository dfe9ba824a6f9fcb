package rules

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// An assembly is the rules of a file on top of those that it extends.
type assembly struct {
	name     string
	rules    []draft
	at       map[string]int // where in rules an ID stands
	lists    []listDraft    // global ones first, those with targets among them
	policy   *Policy
	marks    *Suppressions
	disabled []Disabled
	theirs   []string // files with names of rules of another tool
	warnings []string
	builtin  bool // the built-in rules are part of it
	hints    int  // given
}

// newAssembly returns what a file says by itself. Of rules of one ID the last
// stands, as in gitleaks.
func newAssembly(f *file) *assembly {
	a := &assembly{name: f.name, lists: f.lists, policy: f.policy, marks: f.marks, theirs: f.theirs, warnings: f.warnings, at: make(map[string]int, len(f.rules))}
	for i := range f.rules {
		r := f.rules[i]
		if first := a.find(r.ID); first != nil {
			a.warnRule(&r, "a rule of this id stands in line %d already: only the last one counts", first.spot("id").line)
			*first = r
			continue
		}
		a.add(r)
	}
	return a
}

// builtinBase returns the built-in rules for others to build on.
func builtinBase(set *Set) *assembly {
	a := &assembly{name: "built-in rules", builtin: true, at: make(map[string]int, len(set.Rules))}
	for i := range set.Rules {
		a.add(draft{Rule: set.Rules[i]})
	}
	for _, l := range set.Allowlists {
		a.lists = append(a.lists, listDraft{Allowlist: l})
	}
	return a
}

// find returns the rule of an ID, or nil. It is good until a rule is added.
func (a *assembly) find(id string) *draft {
	if i, ok := a.at[id]; ok {
		return &a.rules[i]
	}
	return nil
}

func (a *assembly) add(r draft) {
	a.at[r.ID] = len(a.rules)
	a.rules = append(a.rules, r)
}

func (a *assembly) drop(ids []string) {
	if len(ids) == 0 {
		return
	}
	gone := make(map[string]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	a.rules = slices.DeleteFunc(a.rules, func(r draft) bool { return gone[r.ID] })
	clear(a.at)
	for i := range a.rules {
		a.at[a.rules[i].ID] = i
	}
}

func (a *assembly) ids() []string {
	ids := make([]string, len(a.rules))
	for i := range a.rules {
		ids[i] = a.rules[i].ID
	}
	return ids
}

// resolve returns the IDs of rules that a name in a file stands for: its own, or
// those that correspond to another tool's. In another tool's file a name that
// both have is theirs.
func (a *assembly) resolve(name, file string) []string {
	var ids []string
	if a.find(name) != nil {
		ids = append(ids, name)
	}
	if len(ids) > 0 && !slices.Contains(a.theirs, file) {
		return ids
	}
	for _, id := range Alias(name) {
		if a.find(id) != nil && id != name {
			ids = append(ids, id)
		}
	}
	return ids
}

func (a *assembly) warnf(at spot, format string, args ...any) {
	e := Error{File: a.name, Line: at.line, Column: at.column, Problem: fmt.Sprintf(format, args...)}
	a.warnings = append(a.warnings, e.place()+e.Problem)
}

func (a *assembly) warnRule(r *draft, format string, args ...any) {
	e := Error{File: r.File, Line: r.at.line, Column: r.at.column, Rule: r.ID, Problem: fmt.Sprintf(format, args...)}
	a.warnings = append(a.warnings, e.place()+e.Problem)
}

// onto puts a on top of a base: its rules change those of the same ID and are
// added to the others, but for the disabled ones.
func (a *assembly) onto(base *assembly, x *extension) {
	a.theirs = append(slices.Clone(a.theirs), base.theirs...)
	base.theirs = a.theirs
	a.disable(base, x)
	own := a.rules
	a.rules, a.at = base.rules, base.at
	for i := range own {
		a.put(&own[i])
	}
	for _, l := range base.lists {
		l.base = true
		a.lists = append(a.lists, l)
	}
	a.warnings = append(base.warnings, a.warnings...)
	a.disabled = append(base.disabled, a.disabled...)
	a.builtin = a.builtin || base.builtin
	if a.marks == nil {
		a.marks = base.marks
	}
	if a.policy == nil {
		a.policy = base.policy
	}
}

func (a *assembly) disable(base *assembly, x *extension) {
	var all []string
	for _, name := range x.disabled {
		ids := base.resolve(name, x.file)
		if len(ids) == 0 && !isOptional(name) {
			a.warnf(x.at["disabledrules"], "extend.disabledRules: there is no rule %q%s", name, base.hint(name))
		}
		all = append(all, ids...)
		if len(ids) > 0 {
			a.disabled = append(a.disabled, Disabled{Name: name, Place: x.file + ":" + strconv.Itoa(x.at["disabledrules"].line)})
		}
	}
	base.drop(all)
}

// hint returns what to append to a sentence about an unknown rule.
func (a *assembly) hint(name string) string {
	const most = 50 // nobody reads more
	if a.hints++; a.hints > most {
		return ""
	}
	if n := nearest(name, a.ids()); n != "" {
		return fmt.Sprintf(": did you mean %q?", n)
	}
	return ""
}

// put adds a rule to the base's, or changes the base's rules that its ID stands
// for. A name of another tool may stand for several. A change with a pattern of
// its own takes the place of them all.
func (a *assembly) put(r *draft) {
	ids := a.resolve(r.ID, r.File)
	switch {
	case len(ids) == 1 && ids[0] == r.ID:
		base := a.find(r.ID)
		*base = a.changed(*base, r)
	case len(ids) > 0 && r.Regex == "" && r.Path == "":
		for _, id := range ids {
			base := a.find(id)
			*base = a.changed(*base, r)
		}
	case len(ids) > 0:
		stand := inherited(a.find(ids[0]), r)
		a.drop(ids)
		a.add(stand)
	case r.Regex == "" && r.Path == "" && r.Detector == "" && isOptional(r.ID): // not used
	case r.Regex == "" && r.Path == "" && r.Detector == "" && foreign(r.ID):
		a.warnRule(r, "no such rule: nothing here corresponds to this rule of another tool, so the change to it has no effect")
	default:
		a.add(*r)
	}
}

// inherited returns r with what it leaves out taken from the rule that it takes
// the place of.
func inherited(base, r *draft) draft {
	d := *r
	if d.Description == "" {
		d.Description = base.Description
	}
	if d.Severity == 0 {
		d.Severity = base.Severity
	}
	if d.Help == "" {
		d.Help, d.Revoke = base.Help, base.Revoke
	}
	d.Guessable = d.Guessable || base.Guessable
	if !d.has("specificity") {
		d.Specificity = base.Specificity
	}
	return d
}

// changed returns base with r's changes.
func (a *assembly) changed(base draft, r *draft) draft {
	for _, key := range []string{"required", "skipReport"} {
		if r.has(strings.ToLower(key)) {
			a.warnRule(r, "%s has no effect on a rule of the base: give the rule another id", key)
		}
	}
	d := base
	if r.Regex != "" && base.Builtin {
		// The pattern is not meant for what our own rule does beyond it.
		d.Detector, d.Key, d.Checksum, d.SecretGroup, d.Required, d.Companions = "", "", "", 0, nil, nil
	}
	d.changeChecks(r)
	set := func(into *string, v string) {
		if v != "" {
			*into = v
		}
	}
	set(&d.Description, r.Description)
	set(&d.Regex, r.Regex)
	if r.Regex != "" {
		d.Plain, d.written = r.Plain, r.written
	}
	set(&d.Path, r.Path)
	set(&d.Help, r.Help)
	set(&d.Revoke, r.Revoke)
	set(&d.Key, r.Key)
	if r.has("detector") {
		d.Detector = r.Detector
	}
	if r.has("checksum") {
		d.Checksum = r.Checksum
	}
	if r.SecretGroup != 0 {
		d.SecretGroup = r.SecretGroup
	}
	if r.Entropy != 0 {
		d.Entropy = r.Entropy
	}
	if r.Severity != 0 {
		d.Severity = r.Severity
	}
	if r.Confidence != 0 {
		d.Confidence = r.Confidence
	}
	if r.has("companions") {
		d.Companions = r.Companions
	}
	if r.has("set") {
		d.Set = r.Set
	}
	if r.has("guessable") {
		d.Guessable = r.Guessable
	}
	if r.has("specificity") {
		d.Specificity = r.Specificity
	}
	// The base's slices may be shared: they are copied when they grow.
	d.Tags = append(slices.Clip(d.Tags), r.Tags...)
	d.Keywords = append(slices.Clip(d.Keywords), r.Keywords...)
	d.lists = append(slices.Clip(d.lists), r.lists...)
	d.Examples = append(slices.Clip(d.Examples), r.Examples...)
	d.Counterexamples = append(slices.Clip(d.Counterexamples), r.Counterexamples...)
	d.at, d.File, d.Line, d.Builtin = r.at, r.File, r.Line, false
	d.keys = r.keys
	return d
}

// changeChecks takes r's checks. The base's stay only if r finds what the base
// finds: they must not be asked about anything else.
func (d *draft) changeChecks(r *draft) {
	for _, key := range []string{"regex", "secretgroup", "keywords", "detector", "key", "companions"} {
		if r.has(key) {
			d.Verify, d.Revocation = nil, nil
		}
	}
	if r.has("verify") {
		d.Verify = r.Verify
	}
	if r.has("revocation") {
		d.Revocation = r.Revocation
	}
}

// finish attaches allowlists to the rules they are meant for, and judges the
// rules, which are complete now.
func (a *assembly) finish() error {
	var errs []*Error
	rest := a.lists[:0:0]
	for i := range a.lists {
		l := &a.lists[i]
		if len(l.targets) == 0 {
			rest = append(rest, *l)
			continue
		}
		errs = append(errs, a.attach(l)...)
	}
	a.lists = rest
	for i := range a.rules {
		if r := &a.rules[i]; !r.Builtin {
			errs = append(errs, r.judge()...)
		}
	}
	if len(a.rules) == 0 && len(errs) == 0 {
		errs = append(errs, &Error{File: a.name, Problem: "it leaves no rule to scan with: disable fewer rules"})
	}
	if len(errs) > 0 {
		return joinErrors(errs)
	}
	return nil
}

// attach gives an allowlist to the rules it names. A base's may name one that
// was disabled on top of it: that is no mistake.
func (a *assembly) attach(l *listDraft) (errs []*Error) {
	for _, name := range l.targets {
		ids := a.resolve(name, l.file)
		for _, id := range ids {
			r := a.find(id)
			r.lists = append(r.lists, *l)
			r.Builtin = false
		}
		if len(ids) > 0 || isOptional(name) { // one that is not used needs no allowlist
			continue
		}
		e := &Error{
			File: l.file, Line: l.at.line, Column: l.at.column,
			Problem: fmt.Sprintf("targetRules: there is no rule %q%s", name, a.hint(name)),
		}
		if foreign(name) || l.base {
			a.warnings = append(a.warnings, e.place()+e.Problem)
		} else {
			errs = append(errs, e)
		}
	}
	return errs
}

// judge says what is wrong with a complete rule.
func (d *draft) judge() (errs []*Error) {
	fail := func(key, format string, args ...any) {
		at := d.spot(key)
		errs = append(errs, &Error{File: d.File, Line: at.line, Column: at.column, Rule: d.ID, Problem: fmt.Sprintf(format, args...)})
	}
	if d.Regex == "" && d.Path == "" && d.Detector == "" {
		fail("id", "it has neither regex nor path, and there is no rule of this id to change: give it one%s",
			alternative(d))
	}
	if d.SecretGroup > 0 {
		if n := groups(d.Regex); d.SecretGroup > n {
			fail("secretgroup", "secretGroup: the regex has %s, not %d: name one of them, or none", plural(n, "group"), d.SecretGroup)
		}
	}
	return errs
}

// alternative tells what else may be meant by a rule that only changes another.
func alternative(d *draft) string {
	if len(d.lists) > 0 {
		return ", or name the rule its allowlists are for with [extend]"
	}
	return ""
}

func groups(expr string) int {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return 0
	}
	return re.MaxCap()
}

func plural(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// set returns the finished rules. A rule's lists that were read are added to
// those it was compiled with.
func (a *assembly) set() *Set {
	s := &Set{Rules: make([]Rule, len(a.rules)), Policy: a.policy, Suppressions: a.marks, Disabled: a.disabled}
	for i := range a.rules {
		r := a.rules[i].Rule
		r.Allowlists = slices.Clip(r.Allowlists)
		for _, l := range a.rules[i].lists {
			r.Allowlists = append(r.Allowlists, l.Allowlist)
		}
		s.Rules[i] = r
	}
	sortRules(s.Rules)
	for _, l := range a.lists {
		s.Allowlists = append(s.Allowlists, l.Allowlist)
	}
	return s
}
