package verifiers

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// azureStorage asks a storage account for the name of its first container, in a
// question signed with the account's key. See "Authorize with Shared Key" and
// "List Containers" in the reference of Azure Storage. The account stands in
// the same connection string, or near the key: it is the rule's value
// "account", or the part azure-storage-account. Only on the key's own line, and
// with no other there, it is sure to be the key's.
type azureStorage struct{}

const (
	azureVersion = "2021-08-06"
	azureAccount = "azure-storage-account" // the rule of a name of an account
)

// Target implements Verifier.
func (azureStorage) Target(c Credential) (Target, error) {
	req, account, err := azureList(context.Background(), c)
	if err != nil {
		return Target{}, err
	}
	return Target{Method: req.Method, Host: req.URL.Host, Subject: account}, nil
}

// Verify implements Verifier.
func (azureStorage) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	req, account, err := azureList(ctx, c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	key, err := base64.StdEncoding.DecodeString(c.Secret)
	if err != nil {
		return mudlark.Verification{}, lacks("it is no base64")
	}
	req.Header.Set("X-Ms-Date", net.Now().UTC().Format(http.TimeFormat))
	req.Header.Set("Authorization", "SharedKey "+account+":"+base64.StdEncoding.EncodeToString(mac256(key, sharedKeyText(req, account))))
	a, err := net.Do(ctx, req)
	if err != nil {
		return mudlark.Verification{}, err
	}
	switch code := azureCode(a); {
	case a.Status == http.StatusOK && strings.Contains(string(a.Body), "<EnumerationResults"):
		// A key is for everything in its account.
		return mudlark.Verification{Status: mudlark.Active, Privilege: mudlark.PrivilegeAdmin, Identity: factsOf(
			"account", account, "first container", element(a.Body, "Name"),
		)}, nil
	case a.Status == http.StatusForbidden && code == "AuthenticationFailed" && strings.Contains(element(a.Body, "AuthenticationErrorDetail"), "Request date header"):
		return mudlark.Verification{}, errors.New("the clock of this machine is not the server's, and a signature holds for a time: set it right")
	case a.Status == http.StatusForbidden && code == "AuthenticationFailed" && c.Endpoint == "" && !beside(c, account):
		return mudlark.Verification{}, assumedError(net.host, "the key", "account")
	case a.Status == http.StatusForbidden && code == "AuthenticationFailed":
		return refusal(c, net, a)
	case a.Status == http.StatusForbidden && code == "AuthorizationFailure":
		return mudlark.Verification{}, errors.New("the account's firewall lets nobody in from here")
	case a.Status == http.StatusForbidden && code == "KeyBasedAuthenticationNotPermitted":
		return mudlark.Verification{}, errors.New("the account takes no keys at present, so whether this one is right is not told")
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}

// azureList is the question for the first container, unsigned.
func azureList(ctx context.Context, c Credential) (*http.Request, string, error) {
	account, suffix, err := azureAccountOf(c)
	if err != nil {
		return nil, "", err
	}
	u, err := addressOf(c, account+".blob."+suffix, "/?comp=list&maxresults=1")
	if err != nil {
		return nil, "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("X-Ms-Version", azureVersion)
	return req, account, nil
}

// sharedKeyText is what is signed of a GET without a body. Of the headers that
// have a line of their own none is set.
func sharedKeyText(req *http.Request, account string) string {
	text := req.Method + strings.Repeat("\n", 12)
	text += "x-ms-date:" + req.Header.Get("X-Ms-Date") + "\nx-ms-version:" + req.Header.Get("X-Ms-Version") + "\n"
	text += "/" + account + req.URL.EscapedPath()
	for pair := range strings.SplitSeq(req.URL.RawQuery, "&") { // in order, and nothing in it is encoded
		name, value, _ := strings.Cut(pair, "=")
		text += "\n" + name + ":" + value
	}
	return text
}

// azureAccountOf returns the account of c, and the domain of the cloud that it
// is in.
func azureAccountOf(c Credential) (account, suffix string, err error) {
	f := filler{check: c.Rule.Verify, credential: c}
	if account, err = f.value("account"); err != nil {
		account = c.Parts[azureAccount]
	}
	suffix = "core.windows.net"
	for _, other := range [...]string{"core.chinacloudapi.cn", "core.usgovcloudapi.net"} {
		if strings.Contains(c.Line+" "+c.Match, other) {
			suffix = other
		}
	}
	if !isAzureAccount(account) {
		return "", "", lacks("the name of its storage account does not stand near it")
	}
	return account, suffix, nil
}

// beside reports whether the name of an account stands on the key's own line,
// and no other one that a key may be of.
func beside(c Credential, account string) bool {
	if strings.Count(strings.ToLower(c.Line), "accountname=") > 1 {
		return false
	}
	for _, text := range [...]string{"=" + account, " " + account + " ", "/" + account + "."} {
		for _, after := range strings.Split(c.Line, text)[1:] {
			if text[0] != '=' || after == "" || !isAzureAccount("xx"+after[:1]) { // not the beginning of a longer one
				return true
			}
		}
	}
	return false
}

func isAzureAccount(name string) bool {
	return len(name) >= 3 && len(name) <= 24 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// azureCode is the code of an error of Azure Storage, which an answer to HEAD
// has in a header alone.
func azureCode(a *Answer) string {
	if code := a.Header.Get("X-Ms-Error-Code"); code != "" {
		return code
	}
	return element(a.Body, "Code")
}
