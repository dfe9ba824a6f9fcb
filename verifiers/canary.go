package verifiers

import (
	"slices"
	"strings"
	"unicode"
)

// honeytoken returns who is known to hand out credentials like c as bait, or
// nothing. Whoever uses bait tells its owner where from.
func honeytoken(c Credential) string {
	texts := []string{c.Secret, c.Match}
	for _, part := range c.Parts {
		texts = append(texts, part)
	}
	for _, text := range texts {
		if strings.Contains(text, "canarytokens.") {
			return "canarytokens.org"
		}
		for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if account, ok := awsAccount(word); ok && slices.Contains(canaryAccounts(), account) {
				return "canarytokens.org"
			}
		}
	}
	return ""
}

// canaryAccounts are the AWS accounts whose keys Thinkst hands out as bait, as
// far as their use as such is public.
func canaryAccounts() []string {
	return []string{
		"052310077262", "171436882533", "534261010715", "595918472158", "717712589309", "819147034852", "992382622183",
		"730335385048", "266735846894", "893192397702",
	}
}
