package verifiers

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// Bounds of a verification, see Options for those that a user may change.
const (
	dialTimeout    = 5 * time.Second
	defaultTimeout = 10 * time.Second
	defaultRate    = 40 // questions to one host in a second
	atOnce         = 64 // questions at the same time
	perHost        = 6  // of them to one host
	perDomain      = 16 // of them to the tenants of one provider
	attempts       = 3
	maxPause       = 30 * time.Second // that a host may ask for
	maxPauses      = 2 * time.Minute  // in all
	failuresInARow = 3                // after which a host is left alone
	// failuresOfDomain is that for all hosts of a domain.
	failuresOfDomain = 4 * perDomain
)

// Options say what may be asked, and how. The zero value asks fixed hosts about
// what has no effect there.
type Options struct {
	// Hosts are those the user approved though the content chose them: names,
	// "*.example.com" for those below one, with or without a port.
	Hosts []string
	// OnlyHosts lets nothing be asked but Hosts and Endpoints, even where a rule
	// names another host.
	OnlyHosts bool
	// Endpoints are https URLs of providers, by the name of a rule's endpoint or
	// the ID of a rule.
	Endpoints map[string]string
	// AllowInternal lets questions to Hosts and Endpoints go to addresses that are
	// not public.
	AllowInternal bool
	// Effects are those of rules.Effects, "query" aside, that asking may have.
	Effects []string
	// Canaries lets known honeytokens be asked about, which alarms their owner.
	Canaries bool

	Agent   string // the product and version that providers are told
	Contact string // where they can reach the user; empty: they are not told
	Proxy   func(*url.URL) (*url.URL, error)
	Roots   *x509.CertPool // nil: those of the system
	// Resolver finds the addresses of names; nil: the system's.
	Resolver *net.Resolver

	Timeout time.Duration // for one question; 0: 10 s
	Rate    float64       // questions to one host in a second; 0: 40
	Cache   *Cache        // nil: nothing is remembered
	Journal *Journal      // nil: nothing is recorded
	Now     func() time.Time
	// Asked is told after each question; nil: nobody listens.
	Asked func()
}

func (o *Options) userAgent() string {
	agent := o.Agent
	if agent == "" {
		agent = "mudlark"
	}
	if o.Contact != "" {
		agent += " (" + o.Contact + ")"
	}
	return agent
}

// A Pool asks providers, once for each distinct credential.
type Pool struct {
	set    *rules.Set
	opts   Options
	wire   *wire
	rivals *rivals // for Plan, which one goroutine calls
}

// New returns a pool for the secrets of a set's rules. An error says what is
// wrong with the options.
func New(set *rules.Set, opts Options) (*Pool, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Timeout == 0 {
		opts.Timeout = defaultTimeout
	}
	if opts.Rate == 0 {
		opts.Rate = defaultRate
	}
	for i := range set.Rules {
		if r := &set.Rules[i]; r.Verify != nil && r.Verify.With != "" && r.Verify.With != rules.Withheld && Named(r.Verify.With) == nil {
			return nil, fmt.Errorf("rule %q: verify.with: there is no verifier %q", r.ID, r.Verify.With)
		}
	}
	ends := make(map[string]string, len(opts.Endpoints))
	for name, address := range opts.Endpoints {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("endpoint %s: want an address such as https://git.example.com, without user, question mark or #", name)
		}
		if !known(set, name) {
			return nil, fmt.Errorf("endpoint %s: no rule with a check has this name: \"mudlark rules show RULE\" says that of a rule", name)
		}
		ends[name] = "https://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "/")
	}
	opts.Endpoints = ends
	for _, h := range opts.Hosts {
		if !hostPattern(h) {
			return nil, fmt.Errorf("host %q: want a name such as db.example.com, or *.example.com, without https:// and path", h)
		}
	}
	if strings.ContainsFunc(opts.userAgent(), func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, errors.New("contact: it is sent in a header, so it must be plain ASCII text")
	}
	return &Pool{set: set, opts: opts, wire: newWire(opts), rivals: newRivals(set)}, nil
}

// known reports whether a check can be told by name where its provider is. That
// of a built-in rule counts though the rule is not used just now.
func known(set *rules.Set, name string) bool {
	named := func(r rules.Rule) bool {
		return (r.Verify != nil || r.Revocation != nil) && (r.ID == name || r.EndpointName() == name)
	}
	return slices.ContainsFunc(set.Rules, named) || slices.ContainsFunc(rules.Builtin(rules.Sets()...).Rules, named)
}

// hostPattern reports whether a text may stand in Options.Hosts.
func hostPattern(text string) bool {
	name := strings.TrimPrefix(text, "*.")
	return name != "" && !strings.ContainsAny(name, "/@?#* \t")
}

// OnlyApproved reports whether the user approved every host by name.
func (p *Pool) OnlyApproved() bool { return p.opts.OnlyHosts }

// LogError returns what went wrong with the journal.
func (p *Pool) LogError() error {
	if p == nil {
		return nil
	}
	return p.opts.Journal.Err()
}

// Verify asks about found, of which those that nobody can be asked about stay
// as they are. It is Plan and Ask in one.
func (p *Pool) Verify(ctx context.Context, found []mudlark.Finding) {
	p.Ask(ctx, p.Plan(found))
}

// credential returns what is asked about for a finding.
func (p *Pool) credential(f *mudlark.Finding) Credential {
	c := Credential{
		Rule: p.set.Rule(f.RuleID), Secret: f.Secret.Reveal(), Match: f.Match.Reveal(), Line: f.Excerpt.Text.Reveal(), Key: f.Key,
	}
	if c.Rule == nil {
		return c
	}
	if len(f.Parts) > 0 {
		c.Parts = make(map[string]string, len(f.Parts))
		for id, part := range f.Parts {
			c.Parts[id] = part.Reveal()
		}
	}
	c.Endpoint = p.opts.Endpoints[c.Rule.ID]
	if c.Endpoint == "" {
		c.Endpoint = p.opts.Endpoints[c.Rule.EndpointName()]
	}
	return c
}

// approved reports whether the user approved a host that the content chose.
func (p *Pool) approved(host string) bool {
	name := strings.ToLower(hostOf(host))
	for _, pattern := range p.opts.Hosts {
		pattern = strings.ToLower(pattern)
		below, wild := strings.CutPrefix(pattern, "*")
		switch {
		case pattern == name, pattern == strings.ToLower(host):
			return true
		case wild && strings.HasPrefix(below, ".") && strings.HasSuffix(name, below):
			return true
		}
	}
	return false
}
