package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// A Check is one question to a credential's provider, and what its answers
// mean. Its texts may hold placeholders: see Placeholders.
type Check struct {
	// With names a verifier in code that asks instead; of the rest only Effect,
	// Parts, Values, Endpoint and Elsewhere are set then.
	With string

	Method  string // GET, HEAD or POST; of a revocation also PUT, PATCH and DELETE
	URL     string // https; its host is fixed, or ends in a fixed domain, or is {{endpoint}}
	Query   []Pair // added to URL
	Headers []Pair
	Basic   []string // user and password of HTTP Basic; empty: none
	Form    []Pair   // a body, URL-encoded
	Body    string   // a body, JSON unless Headers says otherwise

	// Effect is what asking does at the provider, a word of Effects; empty:
	// nothing.
	Effect string
	// Parts are rules whose nearest match is handed to the check.
	Parts  []string
	Values []Value
	// Endpoint is the name by which users say that the provider is elsewhere;
	// see EndpointName.
	Endpoint string
	// Elsewhere says that installations that URL's host knows nothing of issue
	// the same kind of credential: its No is no answer.
	Elsewhere bool

	// Active and Inactive are the answers that tell; any one condition of a list
	// is enough. Done are those of a revocation.
	Active, Inactive, Done []Condition
	Identity, Scopes       []string // where the answer says so: paths of gjson, or "header:" and a name
	Privileged             string   // an RE2 expression: scopes that are worth much

	// Answers are what the provider is known to answer, to try the check on. The
	// built-in checks have theirs in tests.
	Answers []Answer

	Builtin bool // compiled in, and no user's file changed it or what it is for
}

// An Answer is what a provider answers to a check, and what must follow.
type Answer struct {
	Status int
	Header []Pair
	Body   string
	Want   mudlark.Status
}

// A Pair is a name and a text.
type Pair struct{ Name, Text string }

// A Value is a placeholder that a check defines for itself.
type Value struct {
	Name string
	From string // "secret", "match", "line", "key" or the ID of a rule
	// Regex is an RE2 expression for a part of it, of which the first group, or
	// else the whole, is taken. Empty: all of it.
	Regex string
	// Default stands where Regex finds nothing. An answer that rests on it never
	// says inactive: it may have been the wrong one to ask.
	Default string
}

// A Condition is what an answer must be. All of it must hold.
type Condition struct {
	Status   []int
	JSON     []Expectation
	Contains []string
	Header   []Pair // the header contains the text
}

// An Expectation is what a JSON answer must hold.
type Expectation struct {
	Path string // of gjson
	// Want is the value as text; "*" stands for any but null.
	Want string
}

// Effects are what a question may do at the provider besides being answered:
// nothing though it is a POST, mint a short-lived token, open a session, use up
// quota, be refused as a write, or count as a login that may lock an account.
func Effects() []string { return []string{"query", "token", "session", "quota", "write", "login"} }

// Endpoint is the placeholder of a host that only the user knows.
const Endpoint = "endpoint"

// valueSources are where a Value may come from besides rules.
func valueSources() []string { return []string{"secret", "match", "line", "key"} }

// EndpointName is the name by which the user says where the provider of a rule
// is: the check's own, or the first word of the rule's ID.
func (r *Rule) EndpointName() string {
	if r.Verify != nil && r.Verify.Endpoint != "" {
		return r.Verify.Endpoint
	}
	name, _, _ := strings.Cut(r.ID, "-")
	return name
}

// Needs returns the rules whose matches the check takes values from.
func (c *Check) Needs() []string {
	ids := slices.Clone(c.Parts)
	for _, v := range c.Values {
		if !slices.Contains(valueSources(), v.From) {
			ids = append(ids, v.From)
		}
	}
	for _, name := range c.placeholders() {
		if name != "secret" && name != Endpoint && c.Value(name) == nil {
			ids = append(ids, name)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Value returns the check's own placeholder of a name, or nil.
func (c *Check) Value(name string) *Value {
	for i := range c.Values {
		if c.Values[i].Name == name {
			return &c.Values[i]
		}
	}
	return nil
}

// placeholders returns the names of all placeholders of the check.
func (c *Check) placeholders() []string {
	texts := append([]string{c.URL, c.Body}, c.Basic...)
	for _, list := range [][]Pair{c.Query, c.Headers, c.Form} {
		for _, p := range list {
			texts = append(texts, p.Text)
		}
	}
	var names []string
	for _, t := range texts {
		for piece := range Placeholders(t) {
			if piece.Name != "" {
				names = append(names, piece.Name)
			}
		}
	}
	return names
}

// A Piece is a stretch of a template: text, or a placeholder.
type Piece struct{ Text, Name string }

// Placeholders yields the pieces of a template. A placeholder is a name between
// "{{" and "}}"; an opening without an end is text.
func Placeholders(template string) func(yield func(Piece) bool) {
	return func(yield func(Piece) bool) {
		for template != "" {
			before, rest, found := strings.Cut(template, "{{")
			name, after, closed := strings.Cut(rest, "}}")
			if !found || !closed {
				yield(Piece{Text: template})
				return
			}
			if before != "" && !yield(Piece{Text: before}) {
				return
			}
			if !yield(Piece{Name: strings.TrimSpace(name)}) {
				return
			}
			template = after
		}
	}
}

// Host returns the host of the check's URL as it is written, placeholders
// included.
func (c *Check) Host() string {
	rest, _ := strings.CutPrefix(c.URL, "https://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// FixedHost is the part of the host that no content can change: all of it, or
// the domain that it ends in. It is empty where the user names the host.
func (c *Check) FixedHost() string {
	host := c.Host()
	if i := strings.LastIndex(host, "}}"); i >= 0 {
		host = host[i+len("}}"):]
	}
	return strings.TrimPrefix(host, ".")
}

// judge returns what is wrong with a check, a sentence each.
func (c *Check) judge(revokes bool) (problems []string) {
	tell := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if c.Effect != "" && !slices.Contains(Effects(), c.Effect) {
		tell("effect: there is no effect %s: use one of %s", quoted(c.Effect), strings.Join(Effects(), ", "))
	}
	if c.With != "" {
		if c.URL != "" || c.Method != "" || len(c.Active)+len(c.Inactive) > 0 {
			tell("with: the code knows whom to ask: leave out url, method, active and inactive")
		}
		return problems
	}
	methods := []string{"GET", "HEAD", "POST"}
	if revokes {
		methods = append(methods, "PUT", "PATCH", "DELETE")
	}
	switch {
	case !slices.Contains(methods, c.Method):
		tell("method: %s is not among %s", quoted(c.Method), strings.Join(methods, ", "))
	case !revokes && c.Method == "POST" && c.Effect == "":
		tell("effect: a POST must say what it does at the provider: %s", strings.Join(Effects(), ", "))
	}
	problems = append(problems, c.judgeHost()...)
	if len(c.Basic) != 0 && len(c.Basic) != 2 {
		tell("basic: want a user and a password, got %d texts", len(c.Basic))
	}
	if c.Body != "" && len(c.Form) > 0 {
		tell("body and form are both given: keep one")
	}
	if (c.Body != "" || len(c.Form) > 0) && (c.Method == "GET" || c.Method == "HEAD") {
		tell("a %s has no body", c.Method)
	}
	if len(c.Active) == 0 && !revokes {
		tell("active: say which answer means that the credential works")
	}
	if len(c.Done) == 0 && revokes {
		tell("done: say which answer means that the credential is revoked")
	}
	return problems
}

// judgeHost returns what is wrong with the place that the check asks.
func (c *Check) judgeHost() (problems []string) {
	tell := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	host := c.Host()
	switch {
	case !strings.HasPrefix(c.URL, "https://"):
		tell("url: it must begin with https://")
	case strings.Contains(host, "@"):
		tell("url: a user has no place in it: use basic")
	case host == "{{"+Endpoint+"}}":
	case strings.Contains(host, "{{"):
		if strings.Count(c.FixedHost(), ".") < 1 || !strings.Contains(host, "}}."+c.FixedHost()) {
			tell("url: a host with placeholders must end in a domain that is fixed, as in https://{{tenant}}.example.com/")
		}
		fallthrough
	default:
		if fixed := c.FixedHost(); !hostName(fixed) {
			tell("url: %s is no host", quoted(host))
		}
	}
	for p := range Placeholders(host) {
		if p.Name == "secret" {
			tell("url: the secret has no place in a host, which is told to name servers: take a part of it with values")
		}
	}
	return problems
}

func hostName(s string) bool {
	name, port, _ := strings.Cut(s, ":")
	if strings.Trim(port, "0123456789") != "" {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return strings.Contains(name, ".")
}

// Withheld is Check.With of a check that is not asked, since who may write to what
// is scanned has a say in what it would be asked about.
const Withheld = "withheld"

// Distrust is for rules from a place that others write to, who must not say where
// secrets go. It takes from them what they say of checks, and withholds the
// built-in checks of the rules that find something else than the built-in ones.
// It returns the IDs of the rules that lost a check.
func (s *Set) Distrust() (lost []string) {
	s.Policy = nil
	var foreign []string
	for i := range s.Rules {
		r := &s.Rules[i]
		asks := r.Verify != nil && !r.Verify.Builtin || r.Revocation != nil && !r.Revocation.Builtin
		if asks || !r.findsAs(builtin(r.ID)) {
			foreign = append(foreign, r.ID)
		}
	}
	return s.Withhold(foreign)
}

// Withhold withholds the checks of the rules ids, and of those that take parts from
// them. It returns the IDs of the rules that lost a check.
func (s *Set) Withhold(ids []string) (lost []string) {
	if len(ids) == 0 {
		return nil
	}
	s.Rules = slices.Clone(s.Rules)
	for i := range s.Rules {
		r := &s.Rules[i]
		base := builtin(r.ID)
		of := func(id string) bool { return slices.Contains(ids, id) }
		if of(r.ID) || r.Verify != nil && slices.ContainsFunc(r.Verify.Needs(), of) {
			r.Foreign = true
			withheld := base != nil && base.Verify != nil
			if r.Verify != nil || withheld {
				lost = append(lost, r.ID)
				r.Verify = nil
			}
			if withheld { // it could be asked about, so that it is not leaves it open
				r.Verify = &Check{With: Withheld}
			}
		}
		if r.Foreign {
			r.Revocation = nil
		}
	}
	return lost
}

// findsAs reports whether r finds what other does, or less.
func (r *Rule) findsAs(other *Rule) bool {
	return other != nil && r.Regex == other.Regex && r.Path == other.Path && r.SecretGroup == other.SecretGroup && r.Entropy == other.Entropy &&
		r.Detector == other.Detector && r.Key == other.Key && r.Checksum == other.Checksum && r.Specificity == other.Specificity &&
		slices.Equal(r.Keywords, other.Keywords) && slices.Equal(r.Companions, other.Companions) &&
		slices.EqualFunc(r.Required, other.Required, func(a, b Required) bool { return a.ID == b.ID })
}

// unknownNames returns the placeholders of the check that are neither its own
// nor rules of the set.
func (c *Check) unknownNames(s *Set) (names []string) {
	for _, id := range c.Needs() {
		if s.Rule(id) == nil && builtin(id) == nil {
			names = append(names, id)
		}
	}
	return names
}

// Find returns what v takes from text; ok says that it is there. An expression
// that cannot be compiled finds nothing.
func (v *Value) Find(text string) (value string, ok bool) {
	if v.Regex == "" {
		return text, text != ""
	}
	re, err := regexp.Compile(v.Regex)
	if err != nil {
		return "", false
	}
	m := re.FindStringSubmatch(text)
	switch {
	case m == nil:
		return "", false
	case len(m) > 1:
		return m[1], m[1] != ""
	}
	return m[0], m[0] != ""
}
