package suppress

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// errCode is for a baseline that names code.
var errCode = errors.New("it loads Python code, and nothing that a file names is run: take the path out of it, and write what the code does as a rule or an allowlist into mudlark.toml")

// The beginnings of reasons that are no entries about secrets.
const (
	Excluded = "excluded by " // a pattern, which an allowlist can say as well
	LeftOut  = "left out by " // a heuristic
)

// A secretsFilter is a heuristic of theirs: it leaves out what is likely no secret.
type secretsFilter struct {
	name  string
	leave func(secret, line, path string) bool
}

// An exclusion is what somebody wrote to leave findings out. It is an entry.
type exclusion struct {
	entry int
	of    string // file, line or secret
	re    *regexp.Regexp
}

func (x *exclusion) holds(f *mudlark.Finding) bool {
	switch x.of {
	case "file":
		return f.Origin.Path != "" && x.re.MatchString(f.Origin.Path)
	case "line":
		return x.re.MatchString(f.Excerpt.Text.Reveal())
	}
	return x.re.MatchString(f.Secret.Reveal())
}

func (s *secretsBaseline) readPlugins(d *json.Decoder) error {
	limits := 0
	err := elements(d, func() error {
		var p struct {
			Name    string   `json:"name"`
			Path    string   `json:"path"`
			Limit   *float64 `json:"limit"`
			Exclude string   `json:"keyword_exclude"`
			Base64  *float64 `json:"base64_limit"` // of releases before 1.0
			Hex     *float64 `json:"hex_limit"`
		}
		if err := d.Decode(&p); err != nil {
			return err
		}
		if p.Path != "" {
			return fmt.Errorf("plugin %q: %w", p.Name, errCode)
		}
		usual := 4.5
		if strings.HasPrefix(p.Name, "Hex") {
			usual = 3
		}
		other := func(limit *float64, usual float64) bool { return limit != nil && *limit != usual }
		if other(p.Limit, usual) || other(p.Base64, 4.5) || other(p.Hex, 3) || p.Exclude != "" {
			limits++
		}
		return nil
	})
	if limits > 0 {
		s.notices = append(s.notices, fmt.Sprintf("the baseline %s: limits of plugins are not used, for the rules are other ones", s.name))
	}
	return err
}

func (s *secretsBaseline) readFilters(d *json.Decoder) error {
	var unused []string
	err := elements(d, func() error {
		var f struct {
			Path     string          `json:"path"`
			Pattern  json.RawMessage `json:"pattern"`
			Filename string          `json:"filename"`
		}
		if err := d.Decode(&f); err != nil {
			return err
		}
		if strings.Contains(f.Path, "://") || strings.Contains(f.Path, "::") {
			return fmt.Errorf("filter %q: %w", f.Path, errCode)
		}
		module, name, _ := strings.Cut(strings.TrimPrefix(f.Path, "detect_secrets.filters."), ".")
		switch {
		case module == "allowlist" && name == "is_line_allowlisted": // comments are always honoured
		case module == "common" && (name == "is_ignored_due_to_verification_policies" || name == "is_invalid_file"): // nobody is asked; what is no file is not read
		case module == "common" && name == "is_baseline_file":
			if f.Filename != "" {
				s.filters = append(s.filters, secretsFilter{name, func(_, _, p string) bool { return path.Base(p) == f.Filename }})
			}
		case module == "regex" && strings.HasPrefix(name, "should_exclude_"):
			return s.addPatterns(strings.TrimPrefix(name, "should_exclude_"), f.Pattern)
		default:
			leave := heuristic(name)
			if module != "heuristic" || leave == nil {
				unused = append(unused, f.Path)
				break
			}
			s.filters = append(s.filters, secretsFilter{name, leave})
		}
		return nil
	})
	if len(unused) > 0 {
		s.notices = append(s.notices, fmt.Sprintf("the baseline %s: of its filters these are not used: %s", s.name, fewNames(unused)))
	}
	return err
}

func fewNames(names []string) string {
	const most = 5
	if len(names) > most {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(names, ", ")
}

func (s *secretsBaseline) readExclude(d *json.Decoder) error {
	var x struct{ Files, Lines json.RawMessage }
	if err := d.Decode(&x); err != nil {
		return err
	}
	if err := s.addPatterns("file", x.Files); err != nil {
		return err
	}
	return s.addPatterns("line", x.Lines)
}

// addPatterns takes a list of patterns, or one. What they are is not repeated in
// a message: one of a secret may hold it.
func (s *secretsBaseline) addPatterns(of string, raw json.RawMessage) error {
	var list []string
	var one *string
	if len(raw) == 0 {
		return nil
	}
	if json.Unmarshal(raw, &one) == nil {
		if one == nil {
			return nil
		}
		list = []string{*one}
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return fmt.Errorf("should_exclude_%s: a list of patterns was expected", of)
	}
	if of != "file" && of != "line" && of != "secret" {
		s.notices = append(s.notices, fmt.Sprintf("the baseline %s: of its filters these are not used: should_exclude_%s", s.name, of))
		return nil
	}
	for n, text := range list {
		re, err := s.exprs.compile(text)
		if errors.Is(err, errManyExprs) {
			return fmt.Errorf("should_exclude_%s: %w", of, err)
		}
		if err != nil {
			s.notices = append(s.notices, fmt.Sprintf("the baseline %s: pattern %d of should_exclude_%s is not used: %v", s.name, n+1, of, err))
			continue
		}
		entry, err := s.add(Entry{Text: fmt.Sprintf("should_exclude_%s, pattern %d", of, n+1), Reason: Excluded + of})
		if err != nil {
			return err
		}
		s.exclude = append(s.exclude, exclusion{entry, of, re})
		a := Allow{Place: s.name, Text: s.entries[entry].Text, Regexes: []string{text}, Target: of}
		if of == "file" {
			a.Paths, a.Regexes, a.Target = a.Regexes, nil, ""
		}
		s.allows = append(s.allows, a)
	}
	return nil
}

// filtered says which heuristic leaves f out. What is graded high is no guess of
// ours, and not a matter of guesses of theirs.
func (s *secretsBaseline) filtered(f *mudlark.Finding) string {
	if f.Confidence >= mudlark.High {
		return ""
	}
	secret, line := f.Secret.Reveal(), f.Excerpt.Text.Reveal()
	for _, x := range s.filters {
		if x.leave(secret, line, f.Origin.Path) {
			return LeftOut + x.name
		}
	}
	return ""
}

// heuristic returns what a function of theirs does, or nil.
func heuristic(name string) func(secret, line, file string) bool {
	switch name {
	case "is_lock_file":
		return func(_, _, file string) bool { return slices.Contains(lockFiles(), path.Base(file)) }
	case "is_swagger_file":
		return func(_, _, file string) bool { return strings.Contains(file, "swagger") }
	case "is_sequential_string":
		return func(secret, _, _ string) bool { return isSequential(strings.ToUpper(secret)) }
	case "is_potential_uuid":
		re := regexp.MustCompile(`(?i)[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}`)
		return func(secret, _, _ string) bool { return re.MatchString(secret) }
	case "is_likely_id_string":
		re := regexp.MustCompile(`(?i)(^(id|myid|userid)|_id)s?[^a-z0-9]`)
		return func(secret, line, _ string) bool {
			i := strings.Index(line, secret)
			return i >= 0 && re.MatchString(line[:i])
		}
	case "is_templated_secret":
		return isTemplated
	case "is_prefixed_with_dollar_sign":
		return func(secret, _, _ string) bool { return strings.HasPrefix(secret, "$") }
	case "is_indirect_reference":
		re := regexp.MustCompile(`([^\v=!:]*)\s*(:=?|[!=]{1,3})\s*([\w.-]+[\[\(][^\v]*[\]\)])`)
		return func(_, line, _ string) bool { return len(line) <= 1000 && re.MatchString(line) }
	case "is_not_alphanumeric_string":
		return func(secret, _, _ string) bool {
			return !strings.ContainsFunc(secret, func(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' })
		}
	case "is_non_text_file": // they are read here
		return func(_, _, _ string) bool { return false }
	}
	return nil
}

func lockFiles() []string {
	return []string{
		"Brewfile.lock.json", "Cartfile.resolved", "composer.lock", "Gemfile.lock", "Package.resolved", "package-lock.json", "Podfile.lock",
		"yarn.lock", "Pipfile.lock", "poetry.lock", "Cargo.lock", "packages.lock.json",
	}
}

func isSequential(upper string) bool {
	const letters, digits, hex = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "0123456789ABCDEFABCDEF"
	return slices.ContainsFunc([]string{
		letters + letters + digits + "+/", digits + letters + letters + "+/", digits + letters + digits + letters, digits + digits, hex + hex, letters + "=/",
	}, func(run string) bool { return strings.Contains(run, upper) })
}

func isTemplated(secret, _, _ string) bool {
	if len(secret) < 2 {
		return true
	}
	return slices.ContainsFunc([]string{"{}", "<>"}, func(pair string) bool {
		return secret[0] == pair[0] && secret[len(secret)-1] == pair[1]
	}) || strings.HasPrefix(secret, "${") && strings.HasSuffix(secret, "}")
}
