package verifiers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// dockerRegistry is the Verifier of logins to container registries. The four
// large public ones are asked for a token, which is thrown away. Of others it
// asks GET /v2/, first without the login: a registry that is open to everybody
// says nothing about one. Then it asks in the way that the registry's challenge
// says: Basic, or a token from a place on the very same host. A challenge that
// names another host is not followed, for that would let a registry choose who
// gets the password. See the OCI distribution specification, and
// distribution.github.io/distribution/spec/auth/token.
type dockerRegistry struct{}

// Target implements Verifier. Its Subject is the user and the registry.
func (dockerRegistry) Target(c Credential) (Target, error) {
	l, err := registryLoginOf(c)
	if err != nil {
		return Target{}, err
	}
	t := Target{Method: http.MethodGet, Host: l.host, Guessed: l.guessed, Subject: l.registry + " " + l.user}
	if l.tokens != "" {
		u, err := url.Parse(l.tokens)
		if err != nil {
			return Target{}, errNoAddress
		}
		t.Host = u.Host
	}
	return t, nil
}

// Verify implements Verifier.
func (dockerRegistry) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	l, err := registryLoginOf(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	if l.tokens != "" {
		return l.token(ctx, net, l.tokens)
	}
	ping := "https://" + l.host + l.path + "/v2/"
	open, err := registryGet(ctx, net, ping, nil)
	if err != nil {
		return mudlark.Verification{}, err
	}
	switch open.Status {
	case http.StatusOK:
		return mudlark.Verification{}, errors.New("the registry lets everybody in, so it does not say whether the login is right")
	case http.StatusUnauthorized:
	default:
		return mudlark.Verification{}, surprising(open, net)
	}
	basic, realm, err := registryChallenge(open.Header, l.host)
	switch {
	case err != nil:
		return mudlark.Verification{}, err
	case realm != "":
		return l.token(ctx, net, realm)
	case !basic:
		return mudlark.Verification{}, errors.New("the registry asks for another kind of login than a user and a password")
	}
	answered, err := registryGet(ctx, net, ping, &l)
	if err != nil {
		return mudlark.Verification{}, err
	}
	switch answered.Status {
	case http.StatusOK:
		if (&answer{Answer: answered}).isPage() {
			return mudlark.Verification{}, errors.New("it answers with a page for people, as no registry does")
		}
		return mudlark.Verification{Status: mudlark.Active, Identity: l.identity("")}, nil
	case http.StatusUnauthorized:
		return mudlark.Verification{Status: mudlark.Inactive}, nil
	}
	return mudlark.Verification{}, surprising(answered, net)
}

// token asks a token server, which must refuse a wrong login with 401. One that
// has given a token to nobody in particular did not look at the login.
func (l *registryLogin) token(ctx context.Context, net *Network, address string) (mudlark.Verification, error) {
	got, err := registryGet(ctx, net, address, l)
	if err != nil {
		return mudlark.Verification{}, err
	}
	a := &answer{Answer: got}
	switch {
	case a.Status == http.StatusUnauthorized && l.person:
		return mudlark.Verification{}, errors.New("the registry refuses the login, as it does the right password of an account with a second factor")
	case a.Status == http.StatusUnauthorized && (l.says == "" || strings.Contains(string(a.Body), l.says)):
		return mudlark.Verification{Status: mudlark.Inactive}, nil
	case a.Status == http.StatusUnauthorized:
		return mudlark.Verification{}, errors.New("the registry refuses the login, but not for being wrong")
	case a.Status != http.StatusOK:
		return mudlark.Verification{}, surprising(got, net)
	}
	token := a.at("token").String()
	if token == "" {
		token = a.at("access_token").String()
	}
	if token == "" {
		return mudlark.Verification{}, errors.New("the registry answered without a token")
	}
	claims, ok := readClaims(token)
	if ok && claims.Subject == "" {
		return mudlark.Verification{}, errors.New("the registry gave a token of the kind that everybody gets, so it does not say whether the login is right")
	}
	return mudlark.Verification{Status: mudlark.Active, Identity: l.identity(claims.Subject)}, nil
}

func (l *registryLogin) identity(subject string) []mudlark.Fact {
	facts := []mudlark.Fact{{Name: "user", Value: cut(l.user)}}
	if l.registry != "" {
		facts = append(facts, mudlark.Fact{Name: "registry", Value: cut(l.registry)})
	}
	if subject != "" && subject != l.user {
		facts = append(facts, mudlark.Fact{Name: "subject", Value: cut(subject)})
	}
	return facts
}

func registryGet(ctx context.Context, net *Network, address string, l *registryLogin) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errNoAddress
	}
	if l != nil {
		req.SetBasicAuth(l.user, l.password)
	}
	return net.Do(ctx, req)
}

// surprising is the error for an answer that says neither yes nor no; it may
// pass if the server is busy or broken.
func surprising(a *Answer, net *Network) error {
	err := (&answer{Answer: a}).surprise()
	if a.Status == http.StatusTooManyRequests || a.Status >= 500 {
		return Again(err, retryAfter(a.Header, net.Now()))
	}
	return err
}

// registryChallenge reads how a registry wants to be asked: with Basic, or with
// a token from an address on the same host.
func registryChallenge(h http.Header, host string) (basic bool, tokens string, err error) {
	for _, text := range h.Values("WWW-Authenticate") {
		scheme, params, _ := strings.Cut(strings.TrimSpace(text), " ")
		switch {
		case strings.EqualFold(scheme, "Basic"):
			basic = true
		case strings.EqualFold(scheme, "Bearer"):
			realm, parseErr := url.Parse(challengeParam(params, "realm"))
			if parseErr != nil || realm.Scheme != "https" || realm.User != nil || realm.Fragment != "" {
				err = errors.New("the registry sends the login to a place that is no https address")
				continue
			}
			at, ok := hostPort(realm.Host)
			if !ok || at != host {
				err = errors.New("the registry sends the login to another host, which is not followed")
				continue
			}
			query := realm.Query()
			if service := challengeParam(params, "service"); service != "" {
				query.Set("service", service)
			}
			tokens = "https://" + host + realm.EscapedPath() + "?" + query.Encode()
		}
	}
	if tokens != "" || basic {
		err = nil
	}
	return basic, tokens, err
}

// challengeParam returns a parameter of a challenge. See RFC 9110, section 11.2.
func challengeParam(params, name string) string {
	re := regexp.MustCompile(`(?i)(?:^|[,\s])` + name + `\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))`)
	m := re.FindStringSubmatch(params)
	if m == nil {
		return ""
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(m[1]) + m[2]
}
