package verifiers

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// Both verifiers of Google service accounts need, besides the private key, the
// account's address, which is a part. They ask Google's own hosts: the token_uri
// of the file is whatever its author wrote.
const gcpEmail = "google-service-account-email"

// gcpPublic looks the key up among the certificates that Google publishes for
// the account, by its public half: nothing is signed, and nobody is told that
// the private one was found. A key that was deleted is not among them.
type gcpPublic struct{}

// Target implements Verifier.
func (gcpPublic) Target(c Credential) (Target, error) {
	email, _, err := serviceAccount(c)
	if err != nil {
		return Target{}, err
	}
	u, err := certificatesOf(c, email)
	if err != nil {
		return Target{}, err
	}
	return Target{Method: http.MethodGet, Host: u.Host, Subject: email}, nil
}

// Verify implements Verifier.
func (gcpPublic) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	email, key, err := serviceAccount(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	u, err := certificatesOf(c, email)
	if err != nil {
		return mudlark.Verification{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return mudlark.Verification{}, err
	}
	a, err := net.Do(ctx, req)
	if err != nil {
		return mudlark.Verification{}, err
	}
	said := answer{Answer: a}
	switch {
	case a.Status == http.StatusOK:
		return gcpListed(a, email, key)
	case a.Status == http.StatusNotFound && !said.isPage():
		return mudlark.Verification{Status: mudlark.Inactive, Reason: "there is no such service account"}, nil
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}

func certificatesOf(c Credential, email string) (*url.URL, error) {
	return addressOf(c, "www.googleapis.com", "/robot/v1/metadata/x509/"+url.PathEscape(email))
}

// gcpListed looks for the key among the certificates of an answer.
func gcpListed(a *Answer, email string, key *rsa.PrivateKey) (mudlark.Verification, error) {
	const most = 64 // certificates; an account has at most 10 keys of its user, and a few of Google's
	var list map[string]string
	if !shallow(a.Body) || json.Unmarshal(a.Body, &list) != nil || len(list) == 0 || len(list) > most { // Google's own are always there
		return mudlark.Verification{}, errors.New("the answer is no list of certificates")
	}
	for id, text := range list {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return mudlark.Verification{}, errors.New("the answer is no list of certificates")
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return mudlark.Verification{}, errors.New("the answer is no list of certificates")
		}
		if key.PublicKey.Equal(cert.PublicKey) {
			return mudlark.Verification{Status: mudlark.Active, Identity: append(gcpIdentity(email), factsOf("key id", id)...)}, nil
		}
	}
	return mudlark.Verification{Status: mudlark.Inactive, Reason: "the account has no such key any more"}, nil
}

// gcpToken asks Google for an access token, which is thrown away, with a
// statement signed with the key. See "Using OAuth 2.0 for Server to Server
// Applications" of Google Identity. Its effect is "token".
type gcpToken struct{}

const gcpTokenHost = "oauth2.googleapis.com"

// Target implements Verifier.
func (gcpToken) Target(c Credential) (Target, error) {
	email, _, err := serviceAccount(c)
	if err != nil {
		return Target{}, err
	}
	u, err := addressOf(c, gcpTokenHost, "/token")
	if err != nil {
		return Target{}, err
	}
	return Target{Method: http.MethodPost, Host: u.Host, Subject: email}, nil
}

// Verify implements Verifier.
func (gcpToken) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	email, key, err := serviceAccount(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	u, err := addressOf(c, gcpTokenHost, "/token")
	if err != nil {
		return mudlark.Verification{}, err
	}
	now := net.Now()
	statement, err := signJWT(key, map[string]any{
		"iss": email, "scope": "https://www.googleapis.com/auth/userinfo.email", "aud": "https://" + gcpTokenHost + "/token",
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	})
	if err != nil {
		return mudlark.Verification{}, err
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {statement}}
	req, err := Post(ctx, u.String(), "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return mudlark.Verification{}, err
	}
	a, err := net.Do(ctx, req)
	if err != nil {
		return mudlark.Verification{}, err
	}
	said := answer{Answer: a}
	why := said.at("error_description").String()
	switch {
	case a.Status == http.StatusOK && said.at("access_token").String() != "":
		return mudlark.Verification{Status: mudlark.Active, Identity: gcpIdentity(email)}, nil
	case a.Status == http.StatusBadRequest && said.at("error").String() == "invalid_grant" &&
		(strings.HasPrefix(why, "Invalid JWT Signature") || strings.Contains(why, "account not found")):
		return refusal(c, net, a)
	}
	return mudlark.Verification{}, unclear(a, now)
}

// serviceAccount returns the account and the key of c.
func serviceAccount(c Credential) (email string, key *rsa.PrivateKey, err error) {
	email = c.Parts[gcpEmail]
	if name, domain, ok := strings.Cut(email, "@"); !ok || name == "" || !strings.HasSuffix(domain, ".gserviceaccount.com") {
		return "", nil, lacks("the address of its service account does not stand near it")
	}
	key, err = rsaKey(c.Secret)
	return email, key, err
}

// gcpIdentity is what the address of a service account tells: those that users
// make are name@project.iam.gserviceaccount.com.
func gcpIdentity(email string) []mudlark.Fact {
	_, domain, _ := strings.Cut(email, "@")
	project, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com")
	if !ok {
		project = ""
	}
	return factsOf("client_email", email, "project_id", project)
}
