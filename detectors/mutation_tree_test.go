package detectors

import (
	"regexp/syntax"
	"strings"

	"github.com/mudlark-scan/mudlark/rules"
)

// secretTrees returns what of a rule's expression may be the secret: the group
// that holds it, or all of them, or the whole.
func secretTrees(r *rules.Rule) []*syntax.Regexp {
	if r.Regex == "" || r.Detector != "" && r.Detector != "assignment" {
		return nil
	}
	tree, err := syntax.Parse(r.Regex, syntax.Perl)
	if err != nil {
		return nil
	}
	groups := groupsOf(tree, r.SecretGroup)
	if len(groups) == 0 {
		groups = []*syntax.Regexp{tree}
	}
	return groups
}

// groupsOf returns the group with a number, or the outer ones for 0.
func groupsOf(re *syntax.Regexp, number int) (list []*syntax.Regexp) {
	if re.Op == syntax.OpCapture && (number == 0 || re.Cap == number) {
		return []*syntax.Regexp{re}
	}
	for _, sub := range re.Sub {
		list = append(list, groupsOf(sub, number)...)
	}
	return list
}

// lastCharacters returns the visible ASCII characters of the class that stands
// last in an expression, but for quotes and the backslash.
func lastCharacters(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpCharClass:
		var out strings.Builder
		for c := rune('!'); c <= '~'; c++ {
			for i := 0; i+1 < len(re.Rune); i += 2 {
				if re.Rune[i] <= c && c <= re.Rune[i+1] && !strings.ContainsRune("\"'`\\", c) {
					out.WriteRune(c)
					break
				}
			}
		}
		return out.String()
	}
	for i := len(re.Sub) - 1; i >= 0; i-- {
		if s := lastCharacters(re.Sub[i]); s != "" {
			return s
		}
	}
	return ""
}

// partition parts characters in those of words and signs, without those signs
// that may as well belong to the text around a secret.
func partition(characters string) (words, signs string) {
	for _, c := range characters {
		switch {
		case isWord(byte(c)):
			words += string(c)
		case !strings.ContainsRune(".,:;", c):
			signs += string(c)
		}
	}
	return words, signs
}
