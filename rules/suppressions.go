package rules

import (
	"slices"
	"strings"
)

// Suppressions are what a configuration says of comments and of entries of ignore
// files, [suppressions] in a file.
type Suppressions struct {
	// Comments are the tools whose inline comments suppress, see Commenters; nil: all.
	Comments []string
	// Reasons says that mudlark's own comments and the entries of ignore files
	// suppress only with a reason.
	Reasons bool
}

// Honours reports whether the comments of a tool suppress. A nil one honours all.
func (s *Suppressions) Honours(tool string) bool {
	return s == nil || s.Comments == nil || slices.Contains(s.Comments, tool)
}

// NeedsReasons reports whether a reason is asked for.
func (s *Suppressions) NeedsReasons() bool { return s != nil && s.Reasons }

// Commenters are the tools whose inline comments are known.
func Commenters() []string {
	return []string{"mudlark", "gitleaks", "betterleaks", "trufflehog", "detect-secrets", "secretlint", "kingfisher", "keyhog"}
}

func (d *decoder) readSuppressions(v any, n *node) *Suppressions {
	t, ok := v.(map[string]any)
	if !ok {
		d.errorf(n.value, "suppressions: want a table [suppressions], got %s", kind(v))
		return nil
	}
	s := &Suppressions{}
	d.table(t, n, []string{"comments", "reasons"}, func(key string, v any, n *node) bool {
		switch key {
		case "comments":
			s.Comments = append([]string{}, d.words("suppressions.comments", v, n)...)
			for i, word := range s.Comments {
				if !slices.Contains(Commenters(), word) {
					d.errorf(n.item(i).value, "suppressions.comments: no tool is called %s: use some of %s", quoted(word), strings.Join(Commenters(), ", "))
				}
			}
		case "reasons":
			s.Reasons = d.boolean("suppressions.reasons", v, n)
		default:
			return false
		}
		return true
	})
	return s
}
