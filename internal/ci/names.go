package ci

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsID reports whether text is the whole id of an object.
func IsID(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdefABCDEF") == ""
}

// IsZero reports whether text is the id that stands for no object.
func IsZero(text string) bool {
	return IsID(text) && strings.Trim(text, "0") == ""
}

// maxName bounds the name of a branch.
const maxName = 1000

// IsName reports whether text is the name of a branch or a tag, in git's own words
// (refs.c, check_refname_format), that no program takes for an option.
func IsName(text string) bool {
	if text == "" || text == "@" || len(text) > maxName || text[0] == '-' || !utf8.ValidString(text) ||
		strings.ContainsAny(text, " ~^:?*[\\\x7f") || strings.Contains(text, "..") || strings.Contains(text, "@{") ||
		strings.HasSuffix(text, ".") || strings.ContainsFunc(text, unicode.IsControl) {
		return false
	}
	for part := range strings.SplitSeq(text, "/") {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return true
}

// Shell returns word as a shell takes it for one word and nothing more.
func Shell(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// quote quotes a value that somebody may have chosen, in a length that an error
// can bear.
func quote(text string) string {
	const most = 60
	if len(text) > most {
		return fmt.Sprintf("%q...", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
