package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"runtime/debug"
	"slices"

	"github.com/mudlark-scan/mudlark/rules"
)

// rulesDigest identifies all that decides what a scan finds in content: the
// program, the rules, and the flags that engine and scanner go by. Where rules
// stand does not matter, nor what they are called in a report.
func (s *scan) rulesDigest(set *rules.Set) (string, error) {
	list := slices.Clone(set.Rules)
	for i := range list {
		r := &list[i]
		r.File, r.Line, r.Examples, r.Counterexamples = "", 0, nil, nil
		r.Description, r.Help, r.Revoke = "", "", ""
		r.Allowlists = placeless(r.Allowlists)
	}
	text, err := json.Marshal([]any{
		toolVersion(), revision(), list, placeless(set.Allowlists), set.Suppressions,
		s.flags.confidence, s.flags.ignoreInline, s.flags.decodeDepth, s.flags.decodeBytes,
	})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// placeless returns allowlists without where they stand.
func placeless(lists []rules.Allowlist) []rules.Allowlist {
	lists = slices.Clone(lists)
	for i := range lists {
		lists[i].Place, lists[i].Description = "", ""
	}
	return lists
}

// revision is the commit that the program was built from, if that is known: a
// build that is no release has a version like any other.
func revision() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
