package verifiers

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// alibaba asks Alibaba Cloud's Security Token Service who signed the question,
// which needs no permission. See GetCallerIdentity of its STS and "RPC
// signature". The id of the key is a part, and so is the token of a temporary
// one.
func alibaba() signed { return signed{askAlibaba, judgeAlibaba} }

func askAlibaba(ctx context.Context, c Credential, now time.Time) (*http.Request, string, error) {
	id, token := c.Parts["alibaba-access-key-id"], ""
	if temporary := c.Parts["alibaba-sts-access-key-id"]; temporary != "" && (id == "" || c.Rule.ID == "alibaba-sts-secret") {
		id, token = temporary, c.Parts["alibaba-sts-security-token"]
		if token == "" {
			return nil, "", lacks("it is a temporary key, and no security token stands near it")
		}
	}
	if id == "" {
		return nil, "", lacks("no id of a key stands near it")
	}
	query := url.Values{
		"Action": {"GetCallerIdentity"}, "Version": {"2015-04-01"}, "Format": {"JSON"}, "AccessKeyId": {id}, "SignatureNonce": {nonce()},
		"SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "Timestamp": {now.UTC().Format("2006-01-02T15:04:05Z")},
	}
	if token != "" {
		query.Set("SecurityToken", token)
	}
	req, err := newGet(ctx, c, "sts.aliyuncs.com", "/?"+signRPC(query, c.Secret))
	return req, id + " " + token, err
}

// signRPC returns a query with its signature.
func signRPC(query url.Values, secret string) string {
	sorted := strictly(query.Encode())
	signature := base64.StdEncoding.EncodeToString(mac(sha1.New, []byte(secret+"&"), "GET&%2F&", strictly(url.QueryEscape(sorted))))
	return sorted + "&Signature=" + url.QueryEscape(signature)
}

// strictly turns what is encoded for a query into the encoding of RFC 3986,
// which signatures want.
func strictly(encoded string) string { return strings.ReplaceAll(encoded, "+", "%20") }

// nonce is a text that no other question has.
func nonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

// judgeAlibaba says what an answer means. See the error codes of its STS.
func judgeAlibaba(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	said := answer{Answer: a}
	switch code := said.at("Code").String(); {
	case a.Status == http.StatusOK && said.at("Arn").String() != "":
		v := mudlark.Verification{Status: mudlark.Active, Identity: factsOf(
			"account", said.at("AccountId").String(), "kind", said.at("IdentityType").String(), "arn", said.at("Arn").String(), "id", said.at("PrincipalId").String(),
		)}
		if said.at("IdentityType").String() == "Account" {
			v.Privilege = mudlark.PrivilegeAdmin
		}
		return v, nil
	case a.Status < 400 || a.Status >= 500:
	case strings.HasPrefix(code, "InvalidAccessKeyId."), code == "SignatureDoesNotMatch":
		return refusal(c, net, a)
	case code == "InvalidSecurityToken.Expired":
		v, err := refusal(c, net, a)
		v.Reason = "the session that it belongs to has expired"
		return v, err
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}
