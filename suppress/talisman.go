package suppress

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mudlark-scan/mudlark"
)

// talismanConfig is what is read of a .talismanrc.
type talismanConfig struct {
	Files []struct {
		Filename  string   `yaml:"filename"`
		Checksum  string   `yaml:"checksum"`
		Detectors []string `yaml:"ignore_detectors"`
		Patterns  []string `yaml:"allowed_patterns"`
		at        int
	} `yaml:"fileignoreconfig"`
	Patterns []string  `yaml:"allowed_patterns"`
	Scopes   yaml.Node `yaml:"scopeconfig"`
	Custom   yaml.Node `yaml:"custom_patterns"`
}

// talisman reads a .talismanrc: files with a checksum of what was looked at,
// files without a detector, patterns of text that is allowed.
func (i *importing) talisman(text []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("it is no YAML: %w", oneLine(err))
	}
	if doc.Kind == 0 {
		return nil
	}
	var c talismanConfig
	if err := doc.Decode(&c); err != nil {
		return oneLine(err)
	}
	if len(c.Files) > maxImportLines {
		return fmt.Errorf("it says more than %d things", maxImportLines)
	}
	at := linesOf(&doc)
	for n := range c.Files {
		f := &c.Files[n]
		f.at = at("fileignoreconfig", n)
		i.talismanFile(f.at, f.Filename, f.Checksum, f.Detectors, f.Patterns)
	}
	for n, p := range c.Patterns {
		i.talismanPattern(at("allowed_patterns", n), nil, p)
	}
	if c.Scopes.Line > 0 {
		i.leave(c.Scopes.Line, "scopeconfig", "it allows all files of a kind by their names: write those that you have as paths of an allowlist")
	}
	if c.Custom.Line > 0 {
		i.leave(c.Custom.Line, "custom_patterns", "these look for more: write each as a rule, with keywords")
	}
	return nil
}

// oneLine is an error of the YAML reader without what it quotes.
func oneLine(err error) error {
	text, _, _ := strings.Cut(err.Error(), "`")
	return fmt.Errorf("%s", strings.TrimSpace(strings.ReplaceAll(text, "\n", " ")))
}

func (i *importing) talismanFile(line int, name, sum string, detectors, patterns []string) {
	expr, ok := globPath("/" + strings.TrimPrefix(name, "/"))
	if name == "" || !ok {
		i.leave(line, "fileignoreconfig", "it names no file")
		return
	}
	switch {
	case slices.Contains(detectors, "filecontent"):
		i.Allows = append(i.Allows, Allow{Place: i.at(line), Text: name, Paths: []string{expr}})
	case isSHA256(strings.ToLower(sum)):
		i.Files = append(i.Files, FileSum{Place: i.at(line), Path: name, Sum: strings.ToLower(sum)})
	case len(patterns) == 0:
		i.leave(line, name, "it is about names and sizes of files alone")
	}
	for _, p := range patterns {
		i.talismanPattern(line, []string{expr}, p)
	}
}

// talismanPattern takes a pattern of text that counts as if it were not there. In
// a configuration it is matched with what a rule matched, which may be less: what
// it covers on the line of a finding is known besides.
func (i *importing) talismanPattern(line int, paths []string, pattern string) {
	re, err := i.exprs.compile(pattern)
	if err != nil {
		i.leave(line, "allowed_patterns", err.Error())
		return
	}
	i.Allows = append(i.Allows, Allow{Place: i.at(line), Text: "allowed_patterns", Paths: paths, Regexes: []string{pattern}, Target: "match"})
	var in *regexp.Regexp
	if len(paths) > 0 {
		in = regexp.MustCompile(paths[0])
	}
	i.known.add(Entry{Line: line, Text: "allowed_patterns", Reason: Excluded + "a pattern"}, func(f *mudlark.Finding) bool {
		text, span, ok := onLine(f)
		if !ok || in != nil && !in.MatchString(f.Origin.Path) {
			return false
		}
		return slices.ContainsFunc(re.FindAllStringIndex(text, -1), func(m []int) bool { return m[0] <= span.Start && span.End <= m[1] })
	})
}

// linesOf returns the line of the n-th element below a key.
func linesOf(doc *yaml.Node) func(key string, n int) int {
	return func(key string, n int) int {
		if len(doc.Content) == 0 {
			return 0
		}
		top := doc.Content[0].Content
		for k := 0; k+1 < len(top); k += 2 {
			if list := top[k+1].Content; top[k].Value == key && n < len(list) {
				return list[n].Line
			}
		}
		return 0
	}
}
