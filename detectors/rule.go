package detectors

import (
	"fmt"
	"strings"
	"sync"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// A rule is a rule made ready, as far as that costs nothing. What is compiled
// comes with the first call of ready.
type rule struct {
	*rules.Rule
	index    int
	generic  bool     // yields to any other rule
	strict   bool     // values that look like something else are not reported
	naming   naming   // what a key's words must name; else key says what keys are meant
	code     Detector // nil: the regular expression finds
	check    func(secret []byte) bool
	lists    []*allowlist
	parts    []*rule // in the order of Required
	literals []int32 // the keywords' numbers in the engine's prefilter

	companions []*rule // of Companions those that are there
	needed     []*rule // what the live check takes values from, as far as it is there

	path, key pattern
	once      sync.Once
	finder    *finder // of Regex; nil for a detector in code without one
	near      bool    // the key may be one that holds no keyword, and only stands near one
}

func (r *rule) init(from *rules.Rule, index int) error {
	r.Rule, r.index = from, index
	r.generic = from.Specificity < 0 || strings.Contains(from.ID, "generic")
	r.strict = (r.generic || from.Guessable) && !from.Plain
	r.path.text = from.Path
	switch {
	case strings.HasPrefix(from.Key, "@"):
		var ok bool
		if r.naming, ok = namingOf(from.Key); !ok {
			return fmt.Errorf("unknown key %q: use one of @password, @secret, @key, @token, or an expression", from.Key)
		}
	case from.Key != "":
		r.key.text = "(?i)(?:" + from.Key + ")"
	}
	r.lists = newAllowlists(from.Allowlists)
	if from.Detector != "" {
		if r.code = detectorNamed(from.Detector); r.code == nil {
			return fmt.Errorf("unknown detector %q: use one of %s", from.Detector, strings.Join(detectorNames(), ", "))
		}
	}
	if from.Checksum != "" {
		if r.check = checksumNamed(from.Checksum); r.check == nil {
			return fmt.Errorf("unknown checksum %q: use one of %s", from.Checksum, strings.Join(checksumNames(), ", "))
		}
	}
	if from.Builtin {
		return nil
	}
	return r.validate()
}

// validate says what is wrong with the expressions of a user's rule.
func (r *rule) validate() error {
	for _, p := range []struct {
		name, text string
		groups     int
	}{{"regex", r.Regex, r.SecretGroup}, {"path", r.Path, 0}, {"key", r.key.text, 0}} {
		if err := checkPattern(p.text, p.groups); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	for _, a := range r.lists {
		if err := a.validate(); err != nil {
			return fmt.Errorf("allowlist: %w", err)
		}
	}
	return nil
}

func detectorNamed(name string) Detector {
	for _, d := range detectors {
		if d.name == name {
			return d.Detector
		}
	}
	return nil
}

func detectorNames() (names []string) {
	for _, d := range detectors {
		names = append(names, d.name)
	}
	return names
}

// ready compiles the rule if no one has.
func (r *rule) ready() *finder {
	r.once.Do(func() {
		r.near = r.code != nil && r.key.text != "" && len(anchorsOf(r.key.text, r.Keywords)) == 0
		if r.Regex == "" {
			return
		}
		text := r.Regex
		if _, ok := r.code.(assignment); ok {
			text = `\A(?:` + text + `)\z`
		}
		var keywords []string
		if r.code == nil && r.literals != nil {
			keywords = r.Keywords
		}
		// It was checked before, so that it compiles.
		r.finder, _ = newFinder(text, keywords, r.SecretGroup)
	})
	return r.finder
}

// far reports whether what the rule finds may depend on text further away than
// a near rule's, see Anchors.
func (r *rule) far() bool {
	if r.code != nil {
		return isFar(r.code)
	}
	return r.ready().far
}

// carries reports whether what the rule found may be carried over: whether it is
// near, or the windows in which it is tried tell what must be found anew.
func (r *rule) carries() bool {
	return !r.far() || r.code == nil && len(r.ready().anchors) > 0
}

// isFar reports the same of a detector in code.
func isFar(d Detector) bool {
	switch d.(type) {
	case assignment, dsn, jwt, url:
		return false
	}
	return true
}

// acceptsPath reports whether the rule is meant for path.
func (r *rule) acceptsPath(path string) bool {
	return r.Path == "" || r.path.matchesString(path)
}

// acceptsKey reports whether the rule is about keys of this name.
func (r *rule) acceptsKey(key []byte) bool {
	if r.naming != namesNothing {
		return readName(key).naming == r.naming
	}
	return r.Key == "" || r.key.matches(key)
}

// grade is the confidence of a match that nothing speaks against.
func (r *rule) grade() mudlark.Confidence {
	if r.Confidence == mudlark.ConfidenceUnset {
		return mudlark.Medium
	}
	return r.Confidence
}
