package dir

import (
	"fmt"
	"path"
	"strings"
)

// globs are patterns of paths, as in .gitignore: a pattern without a slash
// matches a name at any depth, one with a slash a path from the target, or as
// the user sees it; "**" stands for any number of folders.
type globs []glob

type glob struct {
	parts []string
	name  bool // matches names, not paths
}

func parseGlobs(patterns []string) (globs, error) {
	var all globs
	for _, p := range patterns {
		clean := strings.TrimSuffix(strings.ReplaceAll(p, `\`, "/"), "/")
		g := glob{name: !strings.Contains(clean, "/")}
		clean = strings.TrimPrefix(strings.TrimPrefix(clean, "./"), "/")
		// All that is in a folder is the folder.
		for strings.HasSuffix(clean, "/**") {
			clean = strings.TrimSuffix(clean, "/**")
		}
		g.parts = strings.Split(clean, "/")
		for _, part := range g.parts {
			if _, err := path.Match(part, ""); err != nil || part == "" {
				return nil, fmt.Errorf("--exclude %q is no pattern: brackets must be closed, and no part may be empty", p)
			}
		}
		all = append(all, g)
	}
	return all, nil
}

// match reports whether a pattern matches one of two forms of a path.
func (gs globs) match(below, shown string) bool {
	if len(gs) == 0 {
		return false
	}
	name := below[strings.LastIndexByte(below, '/')+1:]
	for _, g := range gs {
		if g.name {
			if ok, _ := path.Match(g.parts[0], name); ok {
				return true
			}
			continue
		}
		if matchParts(g.parts, below) || shown != below && matchParts(g.parts, strings.TrimPrefix(shown, "/")) {
			return true
		}
	}
	return false
}

func matchParts(parts []string, p string) bool {
	names := strings.Split(p, "/")
	// rows[j] says whether the parts so far match names[:j].
	row := make([]bool, len(names)+1)
	row[0] = true
	for _, part := range parts {
		next := make([]bool, len(row))
		for j := range row {
			switch {
			case part == "**":
				next[j] = row[j] || j > 0 && next[j-1]
			case j > 0 && row[j-1]:
				next[j], _ = path.Match(part, names[j-1])
			}
		}
		row = next
	}
	return row[len(names)]
}
