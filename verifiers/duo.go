package verifiers

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// duo asks Duo whether a secret key is right. See "/check" of the Duo Auth API.
// The integration's key and the API's host are parts.
func duo() signed { return signed{askDuo, judgeDuo} }

func askDuo(ctx context.Context, c Credential, now time.Time) (*http.Request, string, error) {
	const path = "/auth/v2/check"
	id, host := c.Parts["duo-integration-key"], strings.ToLower(c.Parts["duo-api-host"])
	switch {
	case id == "":
		return nil, "", lacks("no key of an integration stands near it")
	case c.Endpoint == "" && !(strings.HasPrefix(host, "api-") && strings.HasSuffix(host, ".duosecurity.com")):
		return nil, "", lacks("no host of Duo's API stands near it")
	}
	req, err := newGet(ctx, c, host, path)
	if err != nil {
		return nil, "", err
	}
	date := now.UTC().Format(time.RFC1123Z)
	text := strings.Join([]string{date, http.MethodGet, strings.ToLower(req.URL.Host), req.URL.EscapedPath(), ""}, "\n")
	req.Header.Set("Date", date)
	req.SetBasicAuth(id, hex.EncodeToString(mac(sha1.New, []byte(c.Secret), text)))
	return req, id, nil
}

// judgeDuo says what an answer means: keys of other APIs of Duo's are right, but
// not for this one.
func judgeDuo(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	said := answer{Answer: a}
	code := said.at("code").String()
	switch {
	case a.Status == http.StatusOK && said.at("stat").String() == "OK", a.Status == http.StatusForbidden && said.at("stat").String() == "FAIL" && strings.HasPrefix(code, "403"):
		v := mudlark.Verification{Status: mudlark.Active, Identity: factsOf("integration key", c.Parts["duo-integration-key"], "host", net.host)}
		return v, nil
	case a.Status == http.StatusUnauthorized && (code == "40102" || code == "40103"): // the integration is unknown, the signature wrong
		return refusal(c, net, a)
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}
