package verifiers

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// sts asks a Security Token Service who signed the question, which needs no
// permission. See GetCallerIdentity in the AWS STS API Reference. A key is a
// key's id, a secret key and, for temporary ones, a session token; whichever of
// them the rule finds, the others are its parts, told apart by their form.
type sts struct {
	host, method string // AWS takes POST, others GET
	// temporary is what the ids of temporary keys begin with, permanent what
	// those of others do; empty: anything.
	permanent, temporary string
}

func awsSTS() sts {
	return sts{host: "sts.amazonaws.com", method: http.MethodPost, permanent: "AKIA", temporary: "ASIA"}
}

// wasabiSTS is the same service of Wasabi's.
func wasabiSTS() sts { return sts{host: "sts.wasabisys.com", method: http.MethodGet} }

// Target implements Verifier.
func (s sts) Target(c Credential) (Target, error) {
	k, err := s.keys(c)
	if err != nil {
		return Target{}, err
	}
	u, err := addressOf(c, s.in(c).host, "/")
	if err != nil {
		return Target{}, err
	}
	return Target{Method: s.method, Host: u.Host, Subject: k.id + " " + k.token}, nil
}

// Verify implements Verifier.
func (s sts) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	k, err := s.keys(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	there := s.in(c)
	k.region, k.service = there.region, "sts"
	req, body, err := s.request(ctx, c, there.host)
	if err != nil {
		return mudlark.Verification{}, err
	}
	k.sign(req, body, net.Now())
	a, err := net.Do(ctx, req)
	if err != nil {
		return mudlark.Verification{}, err
	}
	return s.judge(c, net, a)
}

func (s sts) request(ctx context.Context, c Credential, host string) (*http.Request, []byte, error) {
	const question = "Action=GetCallerIdentity&Version=2011-06-15"
	path, body := "/?"+question, []byte(nil)
	if s.method == http.MethodPost {
		path, body = "/", []byte(question)
	}
	u, err := addressOf(c, host, path)
	if err != nil {
		return nil, nil, err
	}
	if s.method == http.MethodPost {
		req, err := Post(ctx, u.String(), "application/x-www-form-urlencoded; charset=utf-8", body)
		return req, body, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	return req, nil, err
}

// judge says what an answer means. See "Common errors" in the STS API
// Reference.
func (s sts) judge(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	code, message := element(a.Body, "Code"), element(a.Body, "Message")
	switch {
	case a.Status == http.StatusOK && element(a.Body, "Arn") != "":
		return identified(element(a.Body, "Arn"), element(a.Body, "Account"), element(a.Body, "UserId")), nil
	case a.Status != http.StatusForbidden && a.Status != http.StatusBadRequest && a.Status != http.StatusUnauthorized:
		return mudlark.Verification{}, unclear(a, net.Now())
	case code == "AccessDenied": // a policy of the organisation; who signed is known then
		return mudlark.Verification{Status: mudlark.Active}, nil
	case code == "ExpiredToken" || code == "ExpiredTokenException":
		v, err := refusal(c, net, a)
		v.Reason = "the session that it belongs to has expired"
		return v, err
	case code == "SignatureDoesNotMatch" && (strings.Contains(message, "Signature expired") || strings.Contains(message, "not yet current")):
		return mudlark.Verification{}, errors.New("the clock of this machine is not the server's, and a signature holds for a time: set it right")
	case code == "SignatureDoesNotMatch":
		return refusal(c, net, a)
	case code != "InvalidClientTokenId" && code != "InvalidAccessKeyId":
	case c.Endpoint == "" && s.in(c).host != s.host:
		return mudlark.Verification{}, assumedError(net.host, "the key's id", "partition of AWS")
	default:
		v, err := refusal(c, net, a)
		if s.permanent != "" && c.Endpoint == "" {
			v.Reason = "AWS does not know the key's id; its partitions for China and the US government, which nothing near the key speaks of, were not asked"
		}
		return v, err
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}

// identified says whose key it is. The user or role is the end of the ARN:
// "arn:aws:iam::123456789012:user/ops/ci-deploy".
func identified(arn, account, id string) mudlark.Verification {
	v := mudlark.Verification{Status: mudlark.Active}
	kind, name, _ := strings.Cut(arn[strings.LastIndexByte(arn, ':')+1:], "/")
	switch kind {
	case "user":
		v.Identity = factsOf("account", account, "user", name[strings.LastIndexByte(name, '/')+1:], "arn", arn, "id", id)
	case "assumed-role":
		role, session, _ := strings.Cut(name, "/")
		v.Identity = factsOf("account", account, "role", role, "session", session, "arn", arn, "id", id)
	default:
		v.Identity = factsOf("account", account, "arn", arn, "id", id)
	}
	if kind == "root" {
		v.Privilege = mudlark.PrivilegeAdmin
	}
	return v
}

// keys returns what signs for c.
func (s sts) keys(c Credential) (k sigv4, err error) {
	texts := []string{c.Secret}
	for _, id := range slices.Sorted(maps.Keys(c.Parts)) {
		texts = append(texts, c.Parts[id])
	}
	for _, t := range texts {
		switch {
		case k.id == "" && isKeyID(t):
			k.id = t
		case k.secret == "" && len(t) == 40 && isBase64(t):
			k.secret = t
		case k.token == "" && len(t) > 80 && isBase64(strings.TrimRight(t, "=")):
			k.token = t
		}
	}
	temporary := s.temporary != "" && strings.HasPrefix(k.id, s.temporary)
	switch {
	case k.id == "":
		return k, lacks("no id of a key stands near it")
	case k.secret == "":
		return k, lacks("no secret key stands near it")
	case !temporary && !strings.HasPrefix(k.id, s.permanent):
		return k, lacks("keys whose id begins with %s sign nothing that can be asked", k.id[:4])
	case temporary && k.token == "":
		return k, lacks("it is a temporary key, and no session token stands near it")
	case !temporary:
		k.token = ""
	}
	return k, nil
}

func isKeyID(s string) bool { return len(s) == 20 && strings.Trim(s, alphanumerics) == "" }

func isBase64(s string) bool {
	return strings.Trim(s, alphanumerics+"abcdefghijklmnopqrstuvwxyz+/") == ""
}

const alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// A partition is a part of AWS with accounts of its own.
type partition struct{ host, region string }

// in returns the partition of c: AWS's own, unless what stands near the key
// speaks of a region of another.
func (s sts) in(c Credential) partition {
	if s.permanent != "" {
		near := fmt.Sprint(c.Key, " ", c.Line, " ", c.Match, " ", c.Parts["aws-region-elsewhere"])
		switch {
		case strings.Contains(near, "cn-north-1"), strings.Contains(near, "cn-northwest-1"):
			return partition{"sts.cn-north-1.amazonaws.com.cn", "cn-north-1"}
		case strings.Contains(near, "us-gov-east-1"), strings.Contains(near, "us-gov-west-1"):
			return partition{"sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"}
		}
	}
	return partition{s.host, "us-east-1"}
}

// awsAccount returns the account, 12 digits, that an AWS access key id belongs
// to; ok says that id is one that tells: those of the first years, which go on
// with I or J, do not. The account is 40 bits of the first 48 that stand in base32
// after the four letters of the kind.
func awsAccount(id string) (account string, ok bool) {
	const kind, length = 4, 20
	if len(id) != length || !strings.HasPrefix(id, "AKIA") && !strings.HasPrefix(id, "ASIA") {
		return "", false
	}
	raw, err := base32.StdEncoding.DecodeString(id[kind:])
	if err != nil || id[kind] == 'I' || id[kind] == 'J' {
		return "", false
	}
	bits := binary.BigEndian.Uint64(raw[:8]) >> 16
	const mask = 0x7fffffffff80
	return fmt.Sprintf("%012d", bits&mask>>7), true
}
