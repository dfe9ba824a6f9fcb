package detectors

import (
	"maps"
	neturl "net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// The tests of this file and of its neighbours, *_mutation_test.go, change the
// examples of all built-in rules and say what must come of it.

// A subject is a secret in an example of a rule, as the engine finds it there.
type subject struct {
	rule  *rules.Rule
	e     *Engine
	text  string
	at    mudlark.Span // of the secret in text
	match string
	key   string
	grade mudlark.Confidence
	parts map[string]mudlark.Sensitive
}

func (s *subject) secret() string { return s.text[s.at.Start:s.at.End] }

// with returns the example with another text for the secret.
func (s *subject) with(token string) string {
	return s.text[:s.at.Start] + token + s.text[s.at.End:]
}

// subjects returns the first secret that each rule finds in each of its
// examples, filled with the given seeds. Left out is what was found in decoded
// text, and what is a path.
func subjects(t *testing.T, seeds ...uint64) (all []subject) {
	t.Helper()
	if raceDetector {
		t.Skip("what runs in one goroutine does not race")
	}
	set, whole := builtin(t)
	open := *set // in which the parts of others stand for themselves
	open.Rules = slices.Clone(set.Rules)
	for i := range open.Rules {
		open.Rules[i].SkipReport = false
	}
	opened := engine(t, &open, Options{})
	for i := range set.Rules {
		r := &set.Rules[i]
		e := whole
		if r.SkipReport {
			e = opened
		}
		if pathsAlone(r) {
			continue
		}
		for _, template := range r.Examples {
			for _, seed := range seeds {
				s := subject{rule: r, e: e, text: fill(t, template, seed)}
				if s.find() {
					all = append(all, s)
				}
			}
		}
	}
	return all
}

// few returns the seeds, or the first alone where tests are to be quick.
func few(seeds ...uint64) []uint64 {
	if testing.Short() {
		return seeds[:1]
	}
	return seeds
}

// find looks for the secret in the text.
func (s *subject) find() bool {
	for _, f := range detect(s.e, s.text) {
		at := int(f.Position.Offset)
		secret := f.Secret.Reveal()
		if f.RuleID == s.rule.ID && strings.HasPrefix(s.text[at:], secret) {
			s.at = mudlark.Span{Start: at, End: at + len(secret)}
			s.match, s.key, s.grade, s.parts = f.Match.Reveal(), f.Key, f.Confidence, f.Parts
			return true
		}
	}
	return false
}

// graded returns the confidence of what the subject's rule finds in text and
// touches span, unset if it finds nothing.
func (s *subject) graded(text string, span mudlark.Span) (best mudlark.Confidence) {
	for _, f := range detect(s.e, text) {
		at := int(f.Position.Offset)
		if f.RuleID == s.rule.ID && span.Touches(mudlark.Span{Start: at, End: at + 1}) {
			best = max(best, f.Confidence)
		}
	}
	return best
}

// moved is graded for a text that the secret was moved to, at span: it must be
// found whole, as it is or as addresses have it.
func (s *subject) moved(text string, span mudlark.Span) (best mudlark.Confidence) {
	for _, f := range detect(s.e, text) {
		at, secret := int(f.Position.Offset), f.Secret.Reveal()
		if f.RuleID == s.rule.ID && span.Touches(mudlark.Span{Start: at, End: at + 1}) && (secret == s.secret() || secret == neturl.QueryEscape(s.secret())) {
			best = max(best, f.Confidence)
		}
	}
	return best
}

// masked shows what kinds of characters a text has, but not which.
func masked(text string) string {
	const most = 300
	text = strings.Map(func(c rune) rune {
		switch {
		case '0' <= c && c <= '9':
			return '0'
		case 'a' <= c && c <= 'z':
			return 'a'
		case 'A' <= c && c <= 'Z':
			return 'A'
		}
		return c
	}, text[:min(len(text), most)])
	return strings.ReplaceAll(text, "\n", `\n`)
}

// TestManyExamplesAreJudged runs examples and counterexamples with other seeds
// than the tests of each rule, and says how many different texts there were.
func TestManyExamplesAreJudged(t *testing.T) {
	set, whole := builtin(t)
	known := exceptions{list: []exception{
		{"couchbase-capella-api-key", "examples", `what follows "Bearer" without quotes of its own must not begin with a sign`},
	}}
	for _, kind := range []struct {
		name  string
		of    func(*rules.Rule) []string
		wrong func(*rules.Rule, []mudlark.Finding) string
	}{
		{"examples", func(r *rules.Rule) []string { return r.Examples }, wrongExample},
		{"counterexamples", func(r *rules.Rule) []string { return r.Counterexamples }, wrongCounterexample},
	} {
		texts := make(map[string]bool)
		for i := range set.Rules {
			r := &set.Rules[i]
			if r.SkipReport {
				continue
			}
			for _, template := range kind.of(r) {
				for seed := uint64(101); seed <= 102; seed++ {
					text := fill(t, template, seed)
					texts[r.ID+" "+text] = true
					if problem := kind.wrong(r, found(whole, r, text)); problem != "" && !known.cover(r.ID, kind.name) {
						t.Errorf("%s:%d: %s: of its %s, with seed %d, %s %s", r.File, r.Line, r.ID, kind.name, seed, masked(text), problem)
					}
				}
			}
		}
		t.Logf("%d %s", len(texts), kind.name)
		if len(texts) < 5000 {
			t.Errorf("%d different %s, want 5,000", len(texts), kind.name)
		}
	}
	known.report(t)
}

// A mutant is a secret that was changed so that it is none of its kind any more.
type mutant struct {
	kind  string
	token string
}

// The reference for mutants is the part of the rule's expression that stands for
// the secret, with the mutant as the whole text: what it refuses from end to end
// the rule must not find within it. So the test cannot tell that an expression
// has the wrong length or alphabet. It catches expressions that are not bounded
// on both sides and cut a secret out of something longer, those whose
// delimiters include characters of words, and an engine that finds what an
// expression does not say.
type reference struct {
	whole *regexp.Regexp
	last  string // characters that may stand at the end of the secret
}

func referenceOf(r *rules.Rule) (ref reference, ok bool) {
	trees := secretTrees(r)
	if len(trees) == 0 {
		return ref, false
	}
	var parts []string
	for _, tree := range trees {
		parts = append(parts, "(?:"+tree.String()+")")
	}
	var err error
	if ref.whole, err = regexp.Compile(`\A(?:` + strings.Join(parts, "|") + `)\z`); err != nil {
		return ref, false
	}
	ref.last = lastCharacters(trees[0])
	return ref, ref.last != ""
}

func (ref *reference) fits(token string) bool { return ref.whole.MatchString(token) }

// mutants returns what can be made of a secret that the reference refuses.
func (ref *reference) mutants(secret string) (list []mutant) {
	add := func(kind, token string, pieces ...string) {
		// What stands between signs may be one by itself.
		pieces = append(pieces, strings.FieldsFunc(token, func(c rune) bool { return strings.ContainsRune(".,:$", c) })...)
		if !slices.ContainsFunc(append(pieces, token), ref.fits) {
			list = append(list, mutant{kind, token})
		}
	}
	for n := 1; n < len(secret); n++ {
		if token := secret[:len(secret)-n]; !ref.fits(token) {
			add("shortened", token)
			break
		}
	}
	if len(secret) > 8 {
		add("halved", secret[:len(secret)/2])
	}
	words, signs := partition(ref.last)
	for _, c := range []string{words[:min(1, len(words))], words[max(0, len(words)-1):], signs[:min(1, len(signs))], signs[max(0, len(signs)-1):]} {
		if c == "" {
			continue
		}
		for n := 1; n <= 1024; n *= 2 {
			if token := secret + strings.Repeat(c, n); !ref.fits(token) {
				add("lengthened", token)
				break
			}
		}
	}
	if word := strings.Trim(words, "_"); word != "" {
		for _, more := range []string{word[:1], word[len(word)-1:] + word[:1]} {
			add("lengthened on the left", more+secret)
		}
	}
	middle := len(secret) - max(1, min(len(secret)/3, 12))
	before, after := secret[:middle], secret[middle+1:]
	if c := strayWord(ref.last); c != "" {
		add("a letter of another alphabet inside", before+c+after)
		add("a letter of another alphabet at the end", secret[:len(secret)-1]+c)
	}
	if !strings.Contains(ref.last, "!") {
		add("a sign inside", before+"!"+after, before, after)
	}
	add("a quote inside", before+`"`+after, before, after)
	return list
}

// strayWord returns a letter or digit that is not among the characters, the one
// that is most like them.
func strayWord(characters string) string {
	for _, c := range "gGzZ0189lOIaA" {
		if !strings.ContainsRune(characters, c) {
			return string(c)
		}
	}
	return ""
}

// TestMutantsAreNotFound shortens, lengthens and changes the secrets of examples.
func TestMutantsAreNotFound(t *testing.T) {
	known := exceptions{list: []exception{
		{"google-chat-webhook-url", "", "the token's escaped padding may be missing, so that an escape ends it"},
		{"google-service-account-key", "lengthened", "the line that ends the armour ends the key, whatever follows"},
		{"kubeconfig-context", "lengthened", "what is found is a line that marks a file"},
	}}
	refs := make(map[string]*reference)
	tested := make(map[string]map[string]bool)
	all := subjects(t, few(1, 2)...)
	count := 0
	for i := range all {
		s := &all[i]
		if s.grade < mudlark.Medium {
			continue
		}
		ref, seen := refs[s.rule.ID]
		if !seen {
			if made, ok := referenceOf(s.rule); ok && made.fits(s.secret()) {
				ref = &made
			}
			refs[s.rule.ID] = ref
		}
		if ref == nil {
			continue
		}
		for _, m := range ref.mutants(s.secret()) {
			if tested[m.kind] == nil {
				tested[m.kind] = make(map[string]bool)
			}
			tested[m.kind][s.rule.ID] = true
			count++
			text := s.with(m.token)
			if s.graded(text, mudlark.Span{Start: s.at.Start, End: s.at.Start + len(m.token)}) >= mudlark.Medium && !known.cover(s.rule.ID, m.kind) {
				t.Errorf("%s:%d: %s: %s, it is still found in %s", s.rule.File, s.rule.Line, s.rule.ID, m.kind, masked(text))
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(tested)) {
		t.Logf("%-40s %d rules", kind, len(tested[kind]))
		if len(tested[kind]) < 700 {
			t.Errorf("%s: %d rules were tested, want 700 or more", kind, len(tested[kind]))
		}
	}
	t.Logf("%d mutants", count)
	known.report(t)
}

// An exception is something that one rule does otherwise, for a reason.
type exception struct{ rule, what, why string }

// exceptions notes which of a list were needed.
type exceptions struct {
	list []exception
	used []bool
}

func (x *exceptions) cover(rule, what string) bool {
	if x.used == nil {
		x.used = make([]bool, len(x.list))
	}
	i := slices.IndexFunc(x.list, func(one exception) bool { return one.rule == rule && (one.what == what || one.what == "") })
	if i >= 0 {
		x.used[i] = true
	}
	return i >= 0
}

// report complains about exceptions that were not needed.
func (x *exceptions) report(t *testing.T) {
	t.Helper()
	for i, one := range x.list {
		if x.used == nil || !x.used[i] {
			t.Errorf("the exception for %s, %s, is needed no more", one.rule, one.what)
		}
	}
}
