package verifiers

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// maxPairs bounds the questions about one secret: it may stand near many values
// that it could be used with.
const maxPairs = 4

// maxPasswords bounds the logins to one account of one host.
const maxPasswords = 3

// A Plan is what would be asked about findings, before anything is.
type Plan struct {
	Calls []Call // what would be sent, by host
	Held  []Held // what would not, and why
	// Cached are the questions whose answer is known from before, Unasked the
	// secrets that nobody can be asked about.
	Cached, Unasked int

	found     []mudlark.Finding
	questions []*question
}

// A Call is the questions of one kind to one host.
type Call struct {
	Host, Method, Rule string
	Effect             string // at the provider; empty: none
	Guessed            bool   // the content chose the host, and the user approved it
	Count              int
}

// Held are secrets that would not be asked about.
type Held struct {
	Rule, Host, Reason string
	Count              int
}

// A question is about one distinct credential.
type question struct {
	credential Credential
	verifier   Verifier
	target     Target
	key        [sha256.Size]byte
	findings   []int // that it is about
	held       string
	lacks      bool // held since there is nothing to ask with; other held ones are open
	answer     mudlark.Verification
}

// A secret is what questions about one credential have in common. At a host that
// the content names it is another one than elsewhere.
type secret struct{ rule, text, host string }

func (q *question) secret() secret {
	s := secret{rule: q.credential.Rule.ID, text: q.credential.Secret}
	if q.target.Guessed {
		s.host = q.target.Host
	}
	return s
}

// Plan sorts findings into questions, one for each distinct credential. It
// sends nothing. Ask writes the answers into found.
func (p *Pool) Plan(found []mudlark.Finding) *Plan {
	plan := &Plan{found: found}
	byKey := map[[sha256.Size]byte]*question{}
	pairs := map[secret]int{}
	accounts := map[[2]string]int{}
	unasked := map[string]bool{}
	for i := range found {
		c := p.credential(&found[i])
		verifier := of(c.Rule)
		if verifier == nil || c.Secret == "" {
			unasked[found[i].Fingerprint] = true
			continue
		}
		for k, c := range c.pairs(&found[i]) {
			q := p.question(c, verifier)
			if known := byKey[q.key]; known != nil {
				known.findings = append(known.findings, i)
				continue
			}
			byKey[q.key] = q
			q.findings = []int{i}
			if q.held == "" {
				pairs[q.secret()]++
				q.crowd(pairs[q.secret()], k)
			}
			if q.held == "" && q.target.Account != "" {
				account := [2]string{q.target.Host, q.target.Account}
				if accounts[account]++; accounts[account] > maxPasswords {
					q.held = fmt.Sprintf("%d other passwords of this account are tried, and more wrong ones may lock it", maxPasswords)
				}
			}
			plan.questions = append(plan.questions, q)
		}
	}
	plan.Unasked = len(unasked)
	p.recall(plan)
	plan.count()
	return plan
}

// pairs returns c with each choice of what it may be used with that stands near
// it: the nearest first, and one more than are asked about.
func (c Credential) pairs(f *mudlark.Finding) []Credential {
	list := []Credential{c}
	for _, id := range c.Rule.Verify.Needs() {
		for _, base := range list[:len(list):len(list)] {
			for _, other := range f.Others[id] {
				if len(list) > maxPairs {
					return list
				}
				next := base
				next.Parts = maps.Clone(base.Parts)
				if next.Parts == nil {
					next.Parts = map[string]string{}
				}
				next.Parts[id] = other.Reveal()
				list = append(list, next)
			}
		}
	}
	return list
}

// crowd holds the question, the nth about its secret and the kth choice of what it
// is used with, if so many are not asked. A login is tried with the nearest alone.
func (q *question) crowd(n, k int) {
	switch {
	case n > maxPairs:
		q.held = fmt.Sprintf("it stands near more than %d values that it may be used with: the first of them were asked about", maxPairs)
	case k > 0 && q.credential.Rule.Verify.Effect == "login":
		q.held = "it stands near several values that it may be used with, and a login is tried with the nearest alone"
	}
}

// question returns what is asked about c, or why it is not.
func (p *Pool) question(c Credential, verifier Verifier) *question {
	q := &question{credential: c, verifier: verifier}
	var err error
	if q.target, err = verifier.Target(c); err != nil {
		q.held, q.lacks = sentence(err), true
	} else {
		q.held = p.reservation(c, q.target)
	}
	q.key = q.identity()
	return q
}

// reservation says why c is not to be asked about though it could be; empty: it is.
func (p *Pool) reservation(c Credential, target Target) string {
	if issuer := honeytoken(c); issuer != "" && !p.opts.Canaries {
		return "it is a honeytoken of " + issuer + ": asking alarms its owner; --canaries asks all the same"
	}
	if effect := c.Rule.Verify.Effect; effect != "" && effect != "query" && !slices.Contains(p.opts.Effects, effect) {
		return effectReason(effect)
	}
	if rival := p.rivals.of(c); rival != "" {
		return fmt.Sprintf("it may be a secret of %s, a rule that is not used: use it, and scan again", rival)
	}
	if why := p.unapproved(c, target); why != "" {
		return why
	}
	if p.opts.OnlyHosts && c.Endpoint == "" && !p.approved(target.Host) {
		return fmt.Sprintf("%s is not among the hosts that the configuration approves: add it to [verify] hosts, or say --yes", target.Host)
	}
	return ""
}

// unapproved says that the content alone chose the target's host; empty: it did not,
// or the user approved it.
func (p *Pool) unapproved(c Credential, target Target) string {
	if !target.Guessed || c.Endpoint != "" || p.approved(target.Host) {
		return ""
	}
	return fmt.Sprintf("the scanned content says that it is for %s: approve that host with --allow-host %s", target.Host, hostOf(target.Host))
}

// Hold holds all that would be asked, for a reason.
func (plan *Plan) Hold(reason string) {
	for _, q := range plan.questions {
		if q.held == "" && !q.answer.Cached {
			q.held = reason
		}
	}
	plan.Calls = nil
}

func sentence(err error) string {
	return strings.TrimPrefix(err.Error(), errLacks.Error()+": ")
}

func effectReason(effect string) string {
	what := map[string]string{
		"token":   "mints a short-lived token at the provider",
		"session": "opens a session at the provider",
		"quota":   "uses up quota at the provider",
		"write":   "tries a write that the provider should refuse",
		"login":   "is a login, and logins that fail may lock an account",
	}[effect]
	return fmt.Sprintf("asking %s: --effects %s allows it", what, effect)
}

// identity is the same for two questions if they are the same question.
func (q *question) identity() [sha256.Size]byte {
	c := &q.credential
	h := sha256.New()
	add := func(text string) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(text)))
		h.Write([]byte(text))
	}
	add(c.Rule.ID)
	add(fmt.Sprint(*c.Rule.Verify)) // what the answers mean
	add(q.target.Method)
	add(q.target.Host)
	add(q.target.Subject)
	add(c.Endpoint)
	add(c.Secret)
	for _, id := range c.Rule.Verify.Needs() {
		add(id)
		add(c.Parts[id])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// count fills in what a reader of the plan sees.
func (plan *Plan) count() {
	calls, held := map[Call]int{}, map[Held]int{}
	for _, q := range plan.questions {
		switch rule := q.credential.Rule; {
		case q.answer.Cached:
			plan.Cached++
		case q.held != "":
			held[Held{Rule: rule.ID, Host: q.target.Host, Reason: q.held}]++
		default:
			calls[Call{
				Host: q.target.Host, Method: q.target.Method, Rule: rule.ID, Effect: rule.Verify.Effect, Guessed: q.target.Guessed,
			}]++
		}
	}
	for c, n := range calls {
		c.Count = n
		plan.Calls = append(plan.Calls, c)
	}
	for h, n := range held {
		h.Count = n
		plan.Held = append(plan.Held, h)
	}
	slices.SortFunc(plan.Calls, func(a, b Call) int {
		return cmp.Or(strings.Compare(a.Host, b.Host), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Method, b.Method), strings.Compare(a.Effect, b.Effect))
	})
	slices.SortFunc(plan.Held, func(a, b Held) int {
		return cmp.Or(strings.Compare(a.Reason, b.Reason), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Host, b.Host))
	})
}

// Questions is the number of questions that Ask would send.
func (plan *Plan) Questions() (n int) {
	for _, c := range plan.Calls {
		n += c.Count
	}
	return n
}

// Hosts are those that Ask would speak to.
func (plan *Plan) Hosts() []string {
	hosts := map[string]bool{}
	for _, c := range plan.Calls {
		hosts[c.Host] = true
	}
	return slices.Sorted(maps.Keys(hosts))
}

// tell writes the answers into the findings. Of several questions about one
// secret the most telling answer counts: active before unknown, before
// inactive.
func (plan *Plan) tell() {
	best := map[secret]*question{}
	for _, q := range plan.questions {
		if b := best[q.secret()]; b == nil || q.weight() > b.weight() {
			best[q.secret()] = q
		}
	}
	told := make([]bool, len(plan.found))
	for _, q := range plan.questions {
		answer := best[q.secret()].answer
		for _, i := range q.findings {
			if told[i] {
				continue
			}
			told[i] = true
			before := plan.found[i].Verification
			plan.found[i].Verification = answer
			if before.Status != answer.Status {
				plan.found[i].Verification.Was = before.Status
			}
		}
	}
}

func (q *question) weight() int {
	switch {
	case q.answer.Status == mudlark.Active:
		return 4
	case q.answer.Status == mudlark.Inactive:
		return 2
	case q.lacks:
		return 1
	}
	return 3
}
