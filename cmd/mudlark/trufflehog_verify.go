package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
)

// trufflehog asks providers unless it is told not to. Here the operator alone can
// let that be done, and what needs it is refused otherwise.

// howToVerify says how.
const howToVerify = "allow it with --verify --yes, or with MUDLARK_VERIFY=1 in the environment"

func hogResults() []string {
	return []string{"verified", "unknown", "unverified", "filtered_unverified"}
}

// isHogResult reports whether a word of --results is trufflehog's alone.
func isHogResult(word string) bool { return word != "unknown" && slices.Contains(hogResults(), word) }

// verification sets which results are shown, and whether providers are asked.
func (h *hogFlags) verification(cmd *cobra.Command, s *scan) error {
	v := &s.verify
	if err := h.permission(s); err != nil {
		return err
	}
	if s.name != hogName && len(v.results) > 0 && !v.only && !slices.ContainsFunc(v.results, isHogResult) {
		return nil // mudlark's words
	}
	results, asked, err := h.results(s)
	if err != nil {
		return err
	}
	if !v.on {
		for _, name := range []string{"results", "only-verified", "yes"} {
			cmd.Flags().Lookup(name).Changed = false // it was understood here
		}
	}
	v.only, v.results = false, nil
	if slices.Contains(results, "filtered_unverified") {
		s.flags.confidence = mudlark.Low
	}
	unverified := slices.Contains(results, "unverified") || slices.Contains(results, "filtered_unverified")
	switch {
	case v.on:
		v.results = statusesOf(results)
		v.add(h.verifiers)
	case h.hook && !unverified:
		s.flags.confidence = mudlark.High
		h.notice = "nothing was verified, as asking providers is off, so secrets of high confidence count as they are: " + howToVerify
	case !unverified && len(results) > 0:
		return fmt.Errorf("%s is what only providers can answer, and asking them is off, so nothing was scanned: %s; without %s all secrets are reported",
			asked, howToVerify, asked)
	}
	return nil
}

// permission sets whether providers are asked.
func (h *hogFlags) permission(s *scan) error {
	if allowed, err := strconv.ParseBool(s.sys.getenv("MUDLARK_VERIFY")); err == nil && allowed {
		s.verify.on, s.verify.yes = true, true
	}
	if h.noVerification {
		s.verify.on = false
	}
	if s.verify.on && h.onlyOwnVerifiers {
		return errors.New("--custom-verifiers-only is not supported: say which hosts may be asked with hosts below [verify] in a mudlark.toml")
	}
	return nil
}

// results returns the states that are to be shown, none for the usual ones, and
// the flag that says so.
func (h *hogFlags) results(s *scan) (results []string, asked string, err error) {
	results = s.verify.results
	asked = "--results=" + strings.Join(results, ",")
	if s.verify.only {
		if len(results) > 0 {
			return nil, "", errors.New("--only-verified and --results say the same: keep one")
		}
		results, asked = []string{"verified"}, "--only-verified"
	}
	if h.hook && s.verify.on && len(results) == 0 {
		results = []string{"verified", "unknown"}
	}
	for _, word := range results {
		if !slices.Contains(hogResults(), word) {
			return nil, "", fmt.Errorf("--results %q: use some of %s", word, strings.Join(hogResults(), ", "))
		}
	}
	return results, asked, nil
}

// statusesOf are trufflehog's states in mudlark's words.
func statusesOf(results []string) (words []string) {
	for _, word := range results {
		switch word {
		case "verified":
			words = append(words, "active")
		case "unknown":
			words = append(words, "unknown")
		default:
			words = append(words, "inactive", "unasked")
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// add adds addresses of providers, named in any case.
func (f *verifyFlags) add(endpoints map[string]string) {
	for name, address := range endpoints {
		if f.endpoints == nil {
			f.endpoints = map[string]string{}
		}
		f.endpoints[strings.ToLower(name)] = address
	}
}
