package verifiers

import (
	"context"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// tencent asks Tencent Cloud's Security Token Service who signed the question.
// See GetCallerIdentity of its STS and "Signature v3". The id of the key is a
// part.
func tencent() signed { return signed{askTencent, judgeTencent} }

const tencentID = "tencent-cloud-secret-id"

func askTencent(ctx context.Context, c Credential, now time.Time) (*http.Request, string, error) {
	const algorithm, kind = "TC3-HMAC-SHA256", "application/json; charset=utf-8"
	id := c.Parts[tencentID]
	if id == "" {
		return nil, "", lacks("no id of a key stands near it")
	}
	u, err := addressOf(c, "sts.tencentcloudapi.com", "/")
	if err != nil {
		return nil, "", err
	}
	body := []byte("{}")
	req, err := Post(ctx, u.String(), kind, body)
	if err != nil {
		return nil, "", err
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	canonical := strings.Join([]string{"POST", u.EscapedPath(), "", "content-type:" + kind, "host:" + strings.ToLower(u.Host), "", "content-type;host", hexSHA256(body)}, "\n")
	scope := now.UTC().Format(time.DateOnly) + "/sts/tc3_request"
	key := []byte("TC3" + c.Secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac256(key, part)
	}
	signature := hex.EncodeToString(mac256(key, strings.Join([]string{algorithm, stamp, scope, hexSHA256([]byte(canonical))}, "\n")))
	req.Header.Set("Authorization", algorithm+" Credential="+id+"/"+scope+", SignedHeaders=content-type;host, Signature="+signature)
	req.Header.Set("X-TC-Action", "GetCallerIdentity")
	req.Header.Set("X-TC-Version", "2018-08-13")
	req.Header.Set("X-TC-Region", "ap-guangzhou")
	req.Header.Set("X-TC-Timestamp", stamp)
	return req, id, nil
}

// judgeTencent says what an answer means: errors have the status of success.
// See "Common error codes". Of those that begin with AuthFailure some speak of
// the time or of rights.
func judgeTencent(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	said := answer{Answer: a}
	code := said.at("Response.Error.Code").String()
	switch {
	case a.Status != http.StatusOK:
	case code == "" && said.at("Response.Arn").String() != "":
		return mudlark.Verification{Status: mudlark.Active, Identity: factsOf(
			"account", said.at("Response.AccountId").String(), "user", said.at("Response.UserId").String(), "arn", said.at("Response.Arn").String(),
		)}, nil
	case code == "AuthFailure.SecretIdNotFound" && !strings.HasPrefix(c.Parts[tencentID], "AKID"):
		return mudlark.Verification{}, assumedError(net.host, "the key's id", "installation")
	case slices.Contains([]string{"AuthFailure.SecretIdNotFound", "AuthFailure.InvalidSecretId", "AuthFailure.SignatureFailure"}, code):
		return refusal(c, net, a)
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}
