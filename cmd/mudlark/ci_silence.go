package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/suppress"
)

// treeFindings are those of one scan of files, by what they are looked up for.
type treeFindings struct {
	list     []mudlark.Finding
	bySecret map[mudlark.Sensitive][]int
	byPath   map[string][]int
}

// newFindings leaves out secrets in names of files: of them only the files are
// known that have them.
func newFindings(list []mudlark.Finding) treeFindings {
	f := treeFindings{bySecret: map[mudlark.Sensitive][]int{}, byPath: map[string][]int{}}
	for _, found := range list {
		if found.Origin.Part == "path name" {
			continue
		}
		i := len(f.list)
		f.list = append(f.list, found)
		f.bySecret[found.Secret] = append(f.bySecret[found.Secret], i)
		f.byPath[found.Origin.Path] = append(f.byPath[found.Origin.Path], i)
	}
	return f
}

// of returns a finding of a secret that is accepted, or nil.
func (f *treeFindings) of(secret mudlark.Sensitive, accept func(*mudlark.Finding) bool) *mudlark.Finding {
	for _, i := range f.bySecret[secret] {
		if accept(&f.list[i]) {
			return &f.list[i]
		}
	}
	return nil
}

// at returns a finding that is accepted at the place of another one.
func (f *treeFindings) at(other *mudlark.Finding, accept func(*mudlark.Finding) bool) *mudlark.Finding {
	for _, i := range f.byPath[other.Origin.Path] {
		if g := &f.list[i]; (g.Secret == other.Secret || overlap(g.Position, other.Position)) && accept(g) {
			return g
		}
	}
	return nil
}

func overlap(a, b mudlark.Position) bool {
	before := func(a, b mudlark.Position) bool { // a ends before b starts
		return cmp.Or(cmp.Compare(a.EndLine, b.StartLine), cmp.Compare(a.EndColumn, b.StartColumn)) <= 0
	}
	return !before(a, b) && !before(b, a)
}

// files returns the files that accepted findings are in, members of archives left
// out.
func (f *treeFindings) files(accept func(*mudlark.Finding) bool) []string {
	paths := []string{}
	for name, found := range f.byPath {
		if !slices.ContainsFunc(found, func(i int) bool { return accept(&f.list[i]) }) {
			continue
		}
		paths = append(paths, name)
		for i, c := range name {
			if c == '!' {
				paths = append(paths, name[:i])
			}
		}
	}
	return paths
}

func counts(f *mudlark.Finding) bool { return f.Counts() }

func commented(f *mudlark.Finding) bool { return f.Suppression.By == mudlark.ByComment }

func anything(*mudlark.Finding) bool { return true }

// A comparison has the findings of both ends of a change.
type comparison struct {
	*review
	bare   treeFindings  // of the end, with nothing that suppresses
	strict treeFindings  // of the end, as the base judges it, comments left out
	kept   treeFindings  // of the end, as the base judges it
	now    treeFindings  // of the end, as it is judged with the change
	old    treeFindings  // of the beginning, of what the change touches
	whole  *treeFindings // of the beginning, of all files; nil: not read yet
	told   map[string]bool
}

// compare scans both ends of the change and gathers what is silenced.
func (r *review) compare() error {
	c := comparison{review: r, told: map[string]bool{}}
	bare := policy{}
	var err error
	if bare.engine, err = r.engine(r.before.conf.set.Bare(), true, false); err != nil {
		return err
	}
	paths, was := []string{}, []string{}
	for _, change := range r.changes {
		if change.After {
			paths = append(paths, change.Path)
		}
		if change.Before {
			was = append(was, change.Path)
		}
	}
	if c.bare, err = r.read(r.plan.after, paths, bare); err != nil {
		return err
	}
	files := c.bare.files(anything)
	all := r.touched || r.attributesTouched()
	if !all && len(files)+len(r.counts)+len(r.excused)+len(r.placed) == 0 {
		return nil
	}
	strict := r.before
	if strict.engine, err = r.engine(r.before.conf.set, true, false); err != nil {
		return err
	}
	if all {
		c.strict, err = r.read(r.plan.after, nil, strict)
	} else {
		c.strict, err = r.read(r.plan.after, files, strict)
	}
	if err != nil {
		return err
	}
	files = append(files, c.strict.files(counts)...)
	if c.now, err = r.read(r.plan.after, files, r.after); err != nil {
		return err
	}
	c.kept = c.now
	if r.touched {
		if c.kept, err = r.read(r.plan.after, files, r.before); err != nil {
			return err
		}
	}
	if c.old, err = r.read(r.plan.before, was, r.before); err != nil {
		return err
	}
	return c.gather()
}

func (c *comparison) gather() error {
	for i := range c.strict.list {
		f := &c.strict.list[i]
		if !f.Counts() || c.now.at(f, counts) != nil {
			continue
		}
		known, err := c.acquitted(f)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		by := c.now.at(f, anything)
		c.tell(f, c.how(by, mudlark.SilencedByConfig), suppressedAt(by), "")
	}
	for i := range c.old.list {
		c.moved(&c.old.list[i])
	}
	if err := c.history(); err != nil {
		return err
	}
	c.hidden()
	if err := c.taken(); err != nil {
		return err
	}
	return c.passing()
}

// taken tells of secrets that the change puts where another one was looked at.
func (c *comparison) taken() error {
	for i := range c.placed {
		f := &c.placed[i]
		if f.Confidence < c.scan.flags.confidence || f.Assessment.Verdict == mudlark.Impossible {
			continue
		}
		before, err := c.wholeBefore()
		if err != nil {
			return err
		}
		if before.of(f.Secret, anything) == nil {
			c.tell(f, c.how(f, mudlark.SilencedByIgnoreFile), f.Suppression.Place, "")
		}
	}
	return nil
}

// passing tells of secrets that were in the change with a comment, and are not at
// its end: they stay in the history.
func (c *comparison) passing() error {
	for i := range c.excused {
		f := &c.excused[i]
		_, ignored := suppress.Find(c.before.conf.suppress, f, c.scan.sys.now())
		if ignored || f.Confidence < c.scan.flags.confidence || f.Assessment.Verdict == mudlark.Impossible ||
			c.bare.of(f.Secret, anything) != nil || c.now.of(f.Secret, counts) != nil {
			continue
		}
		known, err := c.excusedBefore(f)
		if err != nil {
			return err
		}
		if !known {
			c.tell(f, mudlark.SilencedByComment, f.Suppression.Place, "")
		}
	}
	return nil
}

// moved tells of a secret that counted and is still there, but counts nowhere.
func (c *comparison) moved(old *mudlark.Finding) {
	if !old.Counts() || c.now.of(old.Secret, counts) != nil {
		return
	}
	here := c.now.of(old.Secret, anything)
	at := here
	if at == nil {
		at = c.bare.of(old.Secret, anything)
	}
	if at == nil {
		return
	}
	by, was := mudlark.SilencedByEdit, ""
	if c.bare.of(old.Secret, func(f *mudlark.Finding) bool { return f.Origin.Path == old.Origin.Path }) == nil {
		by, was = mudlark.SilencedByRename, old.Origin.Path
	}
	shown := *at
	shown.RuleID = old.RuleID
	if at != here { // found without a fingerprint of its own
		shown.Fingerprint = old.Fingerprint
	}
	c.tell(&shown, c.how(here, by), suppressedAt(here), was)
}

// how is what keeps a finding of the end from counting; nil, and what files do not
// say, is otherwise.
func (c *comparison) how(f *mudlark.Finding, otherwise mudlark.SilencedBy) mudlark.SilencedBy {
	if f != nil {
		switch f.Suppression.By {
		case mudlark.ByComment:
			return mudlark.SilencedByComment
		case mudlark.ByIgnoreFile:
			return mudlark.SilencedByIgnoreFile
		case mudlark.ByBaseline:
			return mudlark.SilencedByBaseline
		}
	}
	return otherwise
}

func suppressedAt(f *mudlark.Finding) string {
	if f == nil {
		return ""
	}
	return f.Suppression.Place
}

// acquitted reports whether a comment that stands beside f suppressed its secret
// before the change too: in that file, or wherever it stood, as a file may be
// renamed or copied, if it counted nowhere.
func (c *comparison) acquitted(f *mudlark.Finding) (bool, error) {
	if c.kept.at(f, commented) == nil {
		return false, nil
	}
	return c.excusedBefore(f)
}

// excusedBefore is acquitted for what a comment stands beside.
func (c *comparison) excusedBefore(f *mudlark.Finding) (bool, error) {
	before, err := c.wholeBefore()
	if err != nil {
		return false, err
	}
	there := func(g *mudlark.Finding) bool { return commented(g) && g.Origin.Path == f.Origin.Path }
	return before.of(f.Secret, there) != nil || before.of(f.Secret, commented) != nil && before.of(f.Secret, counts) == nil, nil
}

// wholeBefore has the findings of all files of the beginning.
func (c *comparison) wholeBefore() (*treeFindings, error) {
	if c.whole == nil {
		whole, err := c.read(c.plan.before, nil, c.before)
		if err != nil {
			return nil, err
		}
		c.whole = &whole
	}
	return c.whole, nil
}

// history tells of secrets that counted in some commit of the change or of what was
// there before, and that what configures the scan keeps from counting in any.
func (c *comparison) history() error {
	if !c.touched {
		return nil
	}
	commits := []string{c.plan.after}
	if base := c.base(); base != "" {
		commits = append(commits, base)
	}
	was, err := c.past(commits, c.before)
	if err != nil || !slices.ContainsFunc(was.list, func(f mudlark.Finding) bool { return f.Counts() }) {
		return err
	}
	is, err := c.past(commits, c.after)
	if err != nil {
		return err
	}
	told := map[string]bool{}
	for _, s := range c.silenced {
		told[s.Fingerprint] = true
	}
	for i := range was.list {
		f := &was.list[i]
		if !f.Counts() || told[f.Fingerprint] || c.knows(f) || is.of(f.Secret, counts) != nil {
			continue
		}
		by := is.at(f, anything)
		c.tell(f, c.how(by, mudlark.SilencedByConfig), suppressedAt(by), "")
		told[f.Fingerprint] = true
	}
	return nil
}

// hidden tells of findings in files whose content reviewers are no longer shown.
func (c *comparison) hidden() {
	if !c.attributesTouched() {
		return
	}
	now, then := c.attributes(c.plan.after), c.attributes(c.plan.before)
	seen := map[string]string{}
	for _, list := range [][]mudlark.Finding{c.strict.list, c.counts} {
		for i := range list {
			f := &list[i]
			if !f.Counts() || f.Origin.Path == "" || f.Origin.Part != "" {
				continue
			}
			by, known := seen[f.Origin.Path]
			if !known {
				file, _, _ := strings.Cut(f.Origin.Path, "!")
				if at, hides := now.Hidden(file); hides {
					if _, hid := then.Hidden(file); !hid {
						by = at
					}
				}
				seen[f.Origin.Path] = by
			}
			if by != "" && !c.knows(f) {
				c.tell(f, mudlark.SilencedByAttributes, by, "")
			}
		}
	}
}

func (c *comparison) key(f *mudlark.Finding) string {
	return f.Origin.Path + "\x00" + f.Fingerprint
}

// knows reports whether a finding was told of.
func (c *comparison) knows(f *mudlark.Finding) bool { return c.told[c.key(f)] }

// tell adds a finding to those that are silenced. What is told of it may not hold
// the secret itself.
func (c *comparison) tell(f *mudlark.Finding, by mudlark.SilencedBy, place, was string) {
	if c.knows(f) {
		return
	}
	c.told[c.key(f)] = true
	if len(c.silenced) == maxSilenced {
		c.more++
		return
	}
	conceal := func(text string) string { return scanner.Conceal(c.before.engine, text) }
	c.silenced = append(c.silenced, mudlark.Silence{
		By: by, RuleID: f.RuleID, Path: conceal(f.Origin.Path), Line: f.Position.StartLine,
		Fingerprint: f.Fingerprint, Place: conceal(place), Was: conceal(was),
	})
}
