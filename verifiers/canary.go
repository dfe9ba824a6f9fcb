package verifiers

import (
	"slices"
	"strings"
)

// honeytoken returns who is known to hand out credentials like c as bait, or
// nothing. Whoever uses bait tells its owner where from.
func honeytoken(c Credential) string {
	for _, text := range append([]string{c.Secret, c.Match}, values(c.Parts)...) {
		if strings.Contains(text, "canarytokens.") {
			return "canarytokens.org"
		}
		account, ok := awsAccount(text)
		switch {
		case !ok:
		case slices.Contains(canaryAccounts(), account):
			return "canarytokens.org"
		}
	}
	return ""
}

func values(m map[string]string) []string {
	list := make([]string, 0, len(m))
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

// canaryAccounts are the AWS accounts whose keys Thinkst hands out as bait, as
// far as their use as such is public.
func canaryAccounts() []string {
	return []string{
		"052310077262", "171436882533", "534261010715", "595918472158", "717712589309", "819147034852", "992382622183",
		"730335385048", "266735846894", "893192397702",
	}
}
