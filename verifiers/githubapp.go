package verifiers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/mudlark-scan/mudlark"
)

// githubApp asks GitHub which app a private key is of, with a statement signed
// with the key. See "Authenticating as a GitHub App" and "Get the authenticated
// app" in GitHub's documentation. The app's id, or its client id, is a part.
type githubApp struct{}

const githubAppID = "github-app-id"

// Target implements Verifier.
func (githubApp) Target(c Credential) (Target, error) {
	if c.Parts[githubAppID] == "" {
		return Target{}, lacks("the id of its app does not stand near it")
	}
	if _, err := rsaKey(c.Secret); err != nil {
		return Target{}, err
	}
	u, err := addressOf(c, "api.github.com", "/app")
	if err != nil {
		return Target{}, err
	}
	return Target{Method: http.MethodGet, Host: u.Host, Subject: c.Parts[githubAppID]}, nil
}

// Verify implements Verifier.
func (githubApp) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	key, err := rsaKey(c.Secret)
	if err != nil {
		return mudlark.Verification{}, err
	}
	now := net.Now()
	// GitHub wants the beginning in the past, for clocks that run ahead.
	statement, err := signJWT(key, map[string]any{
		"iss": c.Parts[githubAppID], "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(2 * time.Minute).Unix(),
	})
	if err != nil {
		return mudlark.Verification{}, err
	}
	u, err := addressOf(c, "api.github.com", "/app")
	if err != nil {
		return mudlark.Verification{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return mudlark.Verification{}, err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("Authorization", "Bearer "+statement)
	a, err := net.Do(ctx, req)
	if err != nil {
		return mudlark.Verification{}, err
	}
	said := answer{Answer: a}
	message := said.at("message").String()
	switch {
	case a.Status == http.StatusOK && said.at("slug").String() != "":
		return githubAppOf(&said), nil
	case a.Status == http.StatusUnauthorized && message != "" && !strings.Contains(message, "claim"): // of a time
		return refusal(c, net, a)
	}
	return mudlark.Verification{}, unclear(a, now)
}

// githubAppOf is what an answer tells of the app.
func githubAppOf(said *answer) mudlark.Verification {
	v := mudlark.Verification{Status: mudlark.Active, Identity: factsOf(
		"app", said.at("slug").String(), "owner", said.at("owner.login").String(), "installations", said.at("installations_count").String(),
	)}
	said.at("permissions").ForEach(func(name, right gjson.Result) bool {
		v.Scopes = append(v.Scopes, cut(name.String()+":"+right.String()))
		return len(v.Scopes) < maxScopes
	})
	v.Privilege = privilege(v.Scopes, "")
	return v
}
