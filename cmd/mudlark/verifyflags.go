package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// verifyFlags are the flags about asking providers.
type verifyFlags struct {
	on            bool // that they are asked; the verify command needs no flag for it
	revokes       bool // nothing is asked, something is ended
	plan, yes     bool
	only          bool
	results       []string
	hosts         []string
	allowInternal bool
	endpoints     map[string]string
	effects       []string
	canaries      bool
	contact       string
	log           string
	remember      time.Duration
}

// define defines the flags. A command that scans has --verify besides, which
// the others presuppose.
func (f *verifyFlags) define(cmd *cobra.Command, scans bool) {
	fs := cmd.Flags()
	if scans {
		fs.BoolVar(&f.on, "verify", false, "ask providers whether the secrets work, whose they are and what they may do")
	}
	fs.BoolVar(&f.plan, "plan", false, "show what would be asked of whom, and ask nothing")
	fs.BoolVar(&f.yes, "yes", false, "ask the hosts that the rules name without a further question")
	fs.BoolVar(&f.only, "only-verified", false, "report the secrets that work, and no others")
	fs.StringSliceVar(&f.results, "results", nil, "report secrets of these kinds: active, inactive, unknown, unasked (default: all)")
	f.defineHosts(fs)
	fs.StringSliceVar(&f.effects, "effects", nil, "what asking may do at the provider besides "+strings.Join(usualEffects(), ", ")+": write, login; none takes those away")
	fs.BoolVar(&f.canaries, "canaries", false, "ask about known honeytokens too, which alarms their owner")
	f.defineTraces(fs)
	fs.DurationVar(&f.remember, "verify-cache", time.Hour, "how long answers are remembered; 0 remembers none")
	for name, words := range map[string][]string{"results": statusWords(), "effects": append(rules.Effects(), "none")} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	}
}

// defineHosts defines the flags about whom the program may speak to.
func (f *verifyFlags) defineHosts(fs *pflag.FlagSet) {
	fs.StringSliceVar(&f.hosts, "allow-host", nil, "ask this host too, which the scanned content and no rule names; *.example.com for all below one")
	fs.BoolVar(&f.allowInternal, "allow-internal", false, "hosts of --allow-host and --endpoint may have addresses that are not public")
	fs.StringToStringVar(&f.endpoints, "endpoint", nil, "where a provider is, as in github=https://git.example.com/api/v3")
}

// defineTraces defines the flags about what remains of it, there and here.
func (f *verifyFlags) defineTraces(fs *pflag.FlagSet) {
	fs.StringVar(&f.contact, "contact", "", "tell providers how to reach you, as in security@example.com")
	fs.StringVar(&f.log, "verify-log", "", "append a line for each question to this file (default: mudlark/verify.jsonl of the user's state folder)")
}

func statusWords() []string { return []string{"active", "inactive", "unknown", "unasked"} }

// check reports the first flag whose value makes no sense, or that presupposes
// that providers are asked.
func (f *verifyFlags) check(cmd *cobra.Command) error {
	if !f.on {
		for _, name := range []string{"plan", "yes", "only-verified", "results", "allow-host", "allow-internal", "endpoint", "effects", "canaries", "contact", "verify-log", "verify-cache"} {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("--%s presupposes that providers are asked, which is off by default: add --verify", name)
			}
		}
	}
	if f.only && len(f.results) > 0 {
		return errors.New("--only-verified and --results say the same: keep one")
	}
	for _, word := range f.results {
		if !slices.Contains(statusWords(), word) {
			return fmt.Errorf("--results %q: use some of %s", word, strings.Join(statusWords(), ", "))
		}
	}
	for _, word := range f.effects {
		if word != "none" && !slices.Contains(rules.Effects(), word) {
			return fmt.Errorf("--effects %q: use some of %s, or none", word, strings.Join(rules.Effects(), ", "))
		}
	}
	if f.remember < 0 {
		return outOfRange("verify-cache", "a time such as 30m or 12h, or 0 to remember nothing")
	}
	return nil
}

// usualEffects are those that asking may have unless the user says otherwise.
func usualEffects() []string { return []string{"token", "session", "quota"} }

// allowed are the effects that asking may have.
func (f *verifyFlags) allowed() []string {
	if slices.Contains(f.effects, "none") {
		return f.effects
	}
	return append(usualEffects(), f.effects...)
}

// allows reports whether the user said of a custom detector's host that it may be
// asked: by its name, or that of a domain it is below, or by its address.
func (f *verifyFlags) allows(id, host string, policy *rules.Policy) bool {
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	for _, pattern := range slices.Concat(f.hosts, policy.Hosts) {
		pattern = strings.ToLower(pattern)
		below, wild := strings.CutPrefix(pattern, "*")
		if pattern == name || pattern == strings.ToLower(host) || wild && strings.HasPrefix(below, ".") && strings.HasSuffix(name, below) {
			return true
		}
	}
	return f.endpoints[id] != "" || slices.ContainsFunc(policy.Endpoints, func(e rules.Pair) bool { return e.Name == id })
}

// statuses are the answers that count; nil: all.
func (f *verifyFlags) statuses() []mudlark.Status {
	if f.only {
		return []mudlark.Status{mudlark.Active}
	}
	var list []mudlark.Status
	for _, word := range f.results {
		if word == "unasked" {
			list = append(list, mudlark.NotAsked)
			continue
		}
		list = append(list, mudlark.Status(word))
	}
	return list
}
