package verifiers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// vault is the Verifier of the tokens of HashiCorp Vault and OpenBao, on the
// server that the user names or that VAULT_ADDR or an address near by does. It
// asks GET /v1/auth/token/lookup-self, which changes nothing, except that it
// counts as one use of a token that was made for a limited number of them.
type vault struct{}

// Target implements Verifier. Its Subject is the server's path and the
// namespace.
func (vault) Target(c Credential) (Target, error) {
	q, err := vaultQuestionOf(c)
	if err != nil {
		return Target{}, err
	}
	return Target{Method: http.MethodGet, Host: q.at.Host, Guessed: q.guessed, Subject: q.at.Path + " " + q.namespace + " " + q.token}, nil
}

// Verify implements Verifier.
func (vault) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	q, err := vaultQuestionOf(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, q.at.String(), nil)
	if err != nil {
		return mudlark.Verification{}, errNoAddress
	}
	req.Header.Set("X-Vault-Token", q.token)
	req.Header.Set("X-Vault-Request", "true")
	if q.namespace != "" {
		req.Header.Set("X-Vault-Namespace", q.namespace)
	}
	got, err := net.Do(ctx, req)
	if err != nil {
		return mudlark.Verification{}, err
	}
	a := &answer{Answer: got}
	problem := strings.Join(a.find("errors"), " ")
	switch {
	case a.Status == http.StatusOK && a.at("data.accessor").Exists() && a.at("data.policies").IsArray():
		return vaultToken(a), nil
	case a.Status == http.StatusForbidden:
		return q.refused(problem)
	case a.Status == http.StatusServiceUnavailable && strings.Contains(problem, "sealed"):
		return mudlark.Verification{}, errors.New("the server is sealed: it knows no token until somebody opens it")
	}
	return mudlark.Verification{}, surprising(got, net)
}

// A vaultQuestion is what is asked about a token, and where.
type vaultQuestion struct {
	installation
	at        *url.URL
	token     string
	extended  bool // what follows the secret was taken to be of the token
	namespace string
}

func vaultQuestionOf(c Credential) (q vaultQuestion, err error) {
	if q.installation, err = installationOf(c, "vault-address"); err != nil {
		return q, err
	}
	q.at = q.base.JoinPath("v1/auth/token/lookup-self")
	q.token, q.extended = vaultWhole(c)
	q.namespace = strings.Trim(c.Parts["vault-namespace"], "/ ")
	// HashiCorp's cloud lets customers have all below this one.
	if q.namespace == "" && strings.HasSuffix(q.at.Hostname(), ".hashicorp.cloud") {
		q.namespace = "admin"
	}
	if _, err := inHeader(q.token + q.namespace); err != nil {
		return q, lacks("what stands near it makes no request")
	}
	return q, nil
}

// vaultWhole returns the token with the mark of its namespace, a dot and some
// letters and digits, if they follow the secret on its line; extended says so.
func vaultWhole(c Credential) (token string, extended bool) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	_, after, found := strings.Cut(c.Line, c.Secret+".")
	if !found || strings.Count(c.Secret, ".") > 1 {
		return c.Secret, false
	}
	mark := after
	if i := strings.IndexFunc(after, func(r rune) bool { return !strings.ContainsRune(letters, r) }); i >= 0 {
		mark = after[:i]
	}
	if len(mark) != 5 && len(mark) != 6 {
		return c.Secret, false
	}
	return c.Secret + "." + mark, true
}

// refused tells what a 403 means. A token that is unknown is an invalid one
// (later servers), or a bad one. One that is known, but lacks the right to look
// itself up, is refused by a policy, whose refusals come as a list. The bare
// words, which older servers (1.14, for one) have for both unknown tokens and known ones
// that come from an address or an entity that they must not, leave it open. See
// fetchACLTokenEntryAndEntity and CheckToken in vault/request_handling.go.
func (q *vaultQuestion) refused(problem string) (mudlark.Verification, error) {
	problem = strings.Join(strings.Fields(problem), " ")
	unknown := strings.Contains(problem, "invalid token") || strings.Contains(problem, "bad token")
	switch {
	case unknown && !q.sure:
		return mudlark.Verification{}, errors.New("the server does not know it, but another one stands near it")
	case unknown && q.extended:
		return mudlark.Verification{}, errors.New("the server does not know it, but where the token ends is not clear from its line")
	case unknown:
		return mudlark.Verification{Status: mudlark.Inactive}, nil
	case problem == "1 error occurred: * permission denied":
		return mudlark.Verification{Status: mudlark.Active, Reason: "the server knows it, but does not let it look itself up"}, nil
	}
	return mudlark.Verification{}, errors.New(
		"the server denies it permission, which it says both to tokens that it does not know and to those that come from the wrong address")
}

// vaultToken tells what the server knows of a token.
func vaultToken(a *answer) mudlark.Verification {
	v := mudlark.Verification{Status: mudlark.Active}
	add := func(name, value string) {
		if value != "" && len(v.Identity) < maxFacts {
			v.Identity = append(v.Identity, mudlark.Fact{Name: name, Value: cut(value)})
		}
	}
	for _, f := range [...][2]string{
		{"name", "data.display_name"}, {"path", "data.path"}, {"user", "data.meta.username"}, {"role", "data.meta.role_name"},
		{"entity", "data.entity_id"}, {"namespace", "data.namespace_path"},
	} {
		add(f[0], a.at(f[1]).String())
	}
	expires := a.at("data.expire_time").String()
	if expires == "" && a.at("data.ttl").Int() == 0 {
		expires = "never"
	}
	add("expires", expires)
	if uses := a.at("data.num_uses"); uses.Int() > 0 {
		add("uses left", uses.String())
	}
	v.Scopes = a.words([]string{"data.policies", "data.identity_policies"})
	switch {
	case slices.Contains(v.Scopes, "root"):
		v.Privilege = mudlark.PrivilegeAdmin
	case len(v.Scopes) == 1 && v.Scopes[0] == "default":
		v.Privilege = mudlark.PrivilegeRead
	}
	return v
}
