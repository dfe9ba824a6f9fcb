// Package verifiers asks a credential's provider whether the credential works,
// whose it is and what it may do. Most questions are data, in the rules
// themselves; a Verifier here is for what a table cannot say.
//
// Begin with New, Pool.Plan, which sends nothing, and Pool.Verify. Everything
// that leaves the program goes through Network, which decides whether it may.
package verifiers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/rules"
)

// A Verifier asks a credential's provider whether the credential works. Many
// goroutines may use one at once.
type Verifier interface {
	// Target says whom Verify asks about c. It sends nothing and takes no time. An
	// error says what c lacks, in a sentence without any of its text: it is then
	// not asked about.
	Target(c Credential) (Target, error)
	// Verify asks. It changes nothing at the provider and uses nothing but net to
	// speak to anybody. What it returns is active or inactive on a clear answer
	// alone; an error means that there was none, it never means inactive. See Again
	// for errors that may pass.
	Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error)
}

// A Credential is a secret and what stands around it.
type Credential struct {
	Rule   *rules.Rule
	Secret string
	Match  string            // the whole text that the rule matched: a URL, for one
	Line   string            // the line that it starts on, cut down around it
	Key    string            // what the secret was assigned to; empty: nothing
	Parts  map[string]string // what was found near by, by rule ID
	// Endpoint is the https URL that the user said the provider is at, without a
	// slash at its end; empty: where it usually is.
	Endpoint string
}

// A Target is whom a question goes to.
type Target struct {
	Method string // GET, POST; for other protocols their name: "redis"
	// Host is a name or address, with a port if it is not the one of https.
	Host string
	// Guessed says that the scanned content, and not the rule or the user, says
	// that it is this host.
	Guessed bool
	// Account is who logs in, where too many wrong passwords may lock somebody out.
	Account string
	// Subject tells this question from others to the host about the same secret:
	// a user and a database, for one. It may hold secrets.
	Subject string
}

// verifiers lists the verifiers in code, by the name that rules use.
func verifiers() []named {
	return []named{
		{"alibaba", alibaba()},
		{"amqp", amqp{}},
		{"aws", awsSTS()},
		{"azure-app-config", azureAppConfig()},
		{"azure-cosmos", azureCosmos()},
		{"azure-sas", azureSAS{}},
		{"azure-shared-access", azureSharedAccess()},
		{"azure-storage", azureStorage{}},
		{"database", database{}},
		{"docker-registry", dockerRegistry{}},
		{"duo", duo()},
		{"ftp", ftp{}},
		{"gcp", gcpToken{}},
		{"gcp-public", gcpPublic{}},
		{"github-app", githubApp{}},
		{"kubernetes", kubernetes{}},
		{"ldap", ldap{}},
		{"mongodb", database{"mongodb"}},
		{"mqtt", mqtt{}},
		{"mysql", database{"mysql"}},
		{"nats", nats{}},
		{"nats-seed", natsSeed{}},
		{"postgres", database{"postgres"}},
		{"redis", database{"redis"}},
		{"s3", s3{}},
		{"service", service{}},
		{"smtp", smtp{}},
		{"ssh", sshKey{}},
		{"tencent", tencent()},
		{"vault", vault{}},
		{"wasabi", wasabiSTS()},
	}
}

type named struct {
	name string
	Verifier
}

// Named returns the verifier of a name, or nil.
func Named(name string) Verifier {
	for _, v := range verifiers() {
		if v.name == name {
			return v.Verifier
		}
	}
	return nil
}

// of returns what asks about a rule's secrets, or nil.
func of(r *rules.Rule) Verifier {
	switch {
	case r == nil || r.Verify == nil:
		return nil
	case r.Verify.With == rules.Withheld:
		return withheld{}
	case r.Verify.With != "":
		return Named(r.Verify.With)
	}
	return request{r.Verify}
}

// Again wraps an error that may pass: the question may be asked again, after a
// time if the provider names one.
func Again(err error, after time.Duration) error { return &again{err, after} }

type again struct {
	err   error
	after time.Duration // 0: the provider named none
}

// Error implements error.
func (a *again) Error() string { return a.err.Error() }

// Unwrap returns the error itself.
func (a *again) Unwrap() error { return a.err }

// errLacks says that a credential lacks what the question needs.
var errLacks = errors.New("it lacks what the question needs")

func lacks(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errLacks, fmt.Sprintf(format, args...))
}

// withheld stands for the check of a rule that what is scanned changes.
type withheld struct{}

// Target implements Verifier.
func (withheld) Target(Credential) (Target, error) {
	return Target{}, lacks("a configuration in what is scanned changes its rule: name that one with --config if you trust it")
}

// Verify implements Verifier.
func (withheld) Verify(context.Context, Credential, *Network) (mudlark.Verification, error) {
	return mudlark.Verification{}, errLacks
}
