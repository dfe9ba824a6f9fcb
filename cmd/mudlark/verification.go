package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"golang.org/x/net/http/httpproxy"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/verifiers"
)

// A verification is the asking of providers in one run of the program.
type verification struct {
	*app
	flags *verifyFlags
	pool  *verifiers.Pool
	cache *verifiers.Cache
	log   *os.File
	bar   *progress
	quiet bool
	// problem is why nothing was asked though it should have been.
	problem error
}

// verification opens the asking about the secrets of a set's rules.
func (a *app) verification(set *rules.Set, flags *verifyFlags, quiet bool) (*verification, error) {
	v := &verification{app: a, flags: flags, quiet: quiet}
	policy := set.Policy
	if policy == nil {
		policy = &rules.Policy{}
	}
	for _, host := range set.HoldDetectors(func(id, host string) bool { return flags.allows(id, host, policy) }) {
		a.warn(fmt.Sprintf("%s, which a custom detector names, is not asked: allow it with --allow-host %s", host, host))
	}
	if !flags.yes && !flags.plan && (len(policy.Hosts) == 0 || flags.revokes) && !a.sys.talks() {
		return nil, errNoWord(flags.revokes)
	}
	opts := verifiers.Options{
		Hosts: append(flags.hosts, policy.Hosts...), OnlyHosts: len(policy.Hosts) > 0 && !flags.yes,
		Endpoints: map[string]string{}, AllowInternal: flags.allowInternal || policy.AllowInternal,
		Effects: append(flags.allowed(), policy.Effects...), Canaries: flags.canaries,
		Agent: "mudlark/" + tool().Version, Contact: policy.Contact, Proxy: proxyOf(a.sys.getenv), Now: a.sys.now,
		Asked: func() {
			if v.bar != nil {
				v.bar.Advance(1)
			}
		},
	}
	for _, e := range policy.Endpoints {
		opts.Endpoints[e.Name] = e.Text
	}
	for name, address := range flags.endpoints {
		opts.Endpoints[name] = address
	}
	if flags.contact != "" {
		opts.Contact = flags.contact
	}
	if err := v.open(&opts); err != nil {
		return nil, err
	}
	var err error
	if v.pool, err = verifiers.New(set, opts); err != nil {
		return nil, errors.Join(err, v.close())
	}
	return v, nil
}

// open opens the cache and the log.
func (v *verification) open(opts *verifiers.Options) error {
	if v.flags.remember > 0 {
		folder, err := v.userFolder("XDG_CACHE_HOME", ".cache")
		if err == nil {
			v.cache, err = verifiers.OpenCache(filepath.Join(folder, "verify"), v.flags.remember, v.sys.now)
		}
		if err != nil {
			v.warn("answers are not remembered: " + err.Error())
		}
		opts.Cache = v.cache
	}
	if v.flags.plan {
		return nil
	}
	path := v.flags.log
	if path == "" {
		folder, err := v.userFolder("XDG_STATE_HOME", filepath.Join(".local", "state"))
		if err != nil {
			return fmt.Errorf("the log of questions: %w: name a file with --verify-log", err)
		}
		path = filepath.Join(folder, "verify.jsonl")
	}
	var err error
	if v.log, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return fmt.Errorf("the log of questions %q: %w: name a file that can be appended to with --verify-log", path, cause(err))
	}
	opts.Journal = verifiers.NewJournal(v.log)
	return nil
}

// userFolder returns the program's folder below one of the user's, which a
// variable may name. It makes it.
func (a *app) userFolder(variable, usual string) (string, error) {
	base := a.sys.getenv(variable)
	if home := a.sys.getenv("HOME"); base == "" && home != "" {
		base = filepath.Join(home, usual)
	}
	if base == "" {
		base = a.sys.getenv("LOCALAPPDATA")
	}
	if base == "" || !filepath.IsAbs(base) {
		return "", fmt.Errorf("neither %s nor HOME names a folder", variable)
	}
	folder := filepath.Join(base, "mudlark")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("%q: %w", folder, cause(err))
	}
	return folder, nil
}

// proxyOf returns the proxy that the environment names for a URL.
func proxyOf(getenv func(string) string) func(*url.URL) (*url.URL, error) {
	first := func(names ...string) string {
		for _, name := range names {
			if v := getenv(name); v != "" {
				return v
			}
		}
		return ""
	}
	conf := httpproxy.Config{
		HTTPProxy: first("HTTP_PROXY", "http_proxy"), HTTPSProxy: first("HTTPS_PROXY", "https_proxy"), NoProxy: first("NO_PROXY", "no_proxy"),
	}
	return conf.ProxyFunc()
}

// ask plans, asks the user, and asks the providers.
func (v *verification) ask(ctx context.Context, found []mudlark.Finding) {
	plan := v.pool.Plan(found)
	if v.flags.plan {
		v.show(v.sys.err, plan)
		plan.Hold("it was not asked: --plan asks nobody")
	}
	if plan.Questions() > 0 && ctx.Err() == nil {
		if v.problem = v.approve(ctx, plan); v.problem != nil {
			plan.Hold("it was not asked: " + v.problem.Error())
		}
	}
	if v.bar = v.sys.asking(v.quiet); v.bar != nil {
		v.bar.Expect(int64(plan.Questions()))
	}
	v.pool.Ask(ctx, plan)
	v.bar.stop()
}

// approve asks the user on a terminal, unless a flag or a configuration did say
// so already.
func (v *verification) approve(ctx context.Context, plan *verifiers.Plan) error {
	if v.flags.yes || v.pool.OnlyApproved() {
		return nil
	}
	v.show(v.sys.err, plan)
	yes, err := v.sys.agrees(ctx, "Ask?")
	if err == nil && !yes {
		err = errors.New("nothing was asked, as you said")
	}
	return err
}

// agrees puts a question to the user. It ends with ctx, at the latest.
func (s *sys) agrees(ctx context.Context, question string) (bool, error) {
	fmt.Fprint(s.err, question+" [y/N] ")
	type reply struct {
		line string
		err  error
	}
	replies := make(chan reply, 1)
	go func() {
		line, err := bufio.NewReader(s.in).ReadString('\n')
		replies <- reply{line, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(s.err)
		return false, errors.New("it was interrupted before you answered")
	case r := <-replies:
		if answer := strings.ToLower(strings.TrimSpace(r.line)); answer == "y" || answer == "yes" {
			return true, nil
		}
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return false, fmt.Errorf("reading your answer: %w", r.err)
		}
		return false, nil
	}
}

// show prints a plan.
func (v *verification) show(w io.Writer, plan *verifiers.Plan) {
	if plan.Questions() == 0 {
		fmt.Fprintln(w, "Nothing would be asked.")
	} else {
		fmt.Fprintf(w, "%s to %s:\n", counted(plan.Questions(), "question"), counted(len(plan.Hosts()), "host"))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range plan.Calls {
		note := ""
		if c.Guessed {
			note += ", to a host that the scanned content names"
		}
		if c.Effect != "" {
			note += ", effect: " + c.Effect
		}
		fmt.Fprintf(t, "  %d\t%s\t%s\t%s%s\n", c.Count, report.Printable(c.Method), report.Printable(c.Host), report.Printable(c.Rule), note)
	}
	_ = t.Flush()
	if len(plan.Held) > 0 {
		fmt.Fprintln(w, "Not asked:")
	}
	for _, h := range plan.Held {
		at := ""
		if h.Host != "" {
			at = " at " + h.Host
		}
		fmt.Fprintf(w, "  %d  %s: %s\n", h.Count, report.Printable(h.Rule+at), report.Printable(h.Reason))
	}
	if plan.Cached > 0 {
		fmt.Fprintf(w, "Known from before: %s.\n", counted(plan.Cached, "answer"))
	}
	if plan.Unasked > 0 {
		fmt.Fprintf(w, "Of kinds that nobody can be asked about: %s.\n", counted(plan.Unasked, "secret"))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// close saves what was learned, and says why nothing was if nothing was.
func (v *verification) close() error {
	err := v.cache.Save()
	if err != nil {
		v.warn("answers are not remembered: " + err.Error())
	}
	if v.log != nil {
		if err := errors.Join(v.pool.LogError(), v.log.Close()); err != nil {
			return fmt.Errorf("the log of questions is incomplete: %w", err)
		}
	}
	return v.problem
}
