package verifiers

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// sigv4 signs requests as AWS, and those who speak its protocols, want it: see
// "Signature Version 4 signing process" in the AWS General Reference.
type sigv4 struct {
	id, secret, token string // token: of a session; empty: none
	region, service   string
}

// signV4Headers are the headers that a signature covers, if they are there and
// besides host, in their order.
func signV4Headers() []string {
	return []string{"content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}
}

// sign adds the signature to req, whose body is body.
func (k *sigv4) sign(req *http.Request, body []byte, now time.Time) {
	const algorithm = "AWS4-HMAC-SHA256"
	stamp := now.UTC().Format("20060102T150405Z")
	digest := hexSHA256(body)
	req.Header.Set("X-Amz-Date", stamp)
	if k.service == "s3" {
		req.Header.Set("X-Amz-Content-Sha256", digest)
	}
	if k.token != "" {
		req.Header.Set("X-Amz-Security-Token", k.token)
	}
	names, headers := "", ""
	add := func(name, value string) {
		names += ";" + name
		headers += name + ":" + strings.Join(strings.Fields(value), " ") + "\n"
	}
	for i, name := range signV4Headers() {
		if value := req.Header.Get(name); value != "" {
			add(name, value)
		}
		if i == 0 {
			add("host", req.URL.Host)
		}
	}
	names = names[1:]
	path := req.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	canonical := strings.Join([]string{req.Method, path, canonicalQuery(req.URL.RawQuery), headers, names, digest}, "\n")
	scope := strings.Join([]string{stamp[:8], k.region, k.service, "aws4_request"}, "/")
	toSign := strings.Join([]string{algorithm, stamp, scope, hexSHA256([]byte(canonical))}, "\n")
	key := []byte("AWS4" + k.secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac256(key, part)
	}
	signature := hex.EncodeToString(mac256(key, toSign))
	req.Header.Set("Authorization", algorithm+" Credential="+k.id+"/"+scope+", SignedHeaders="+names+", Signature="+signature)
}

// canonicalQuery sorts an encoded query, and gives each name its "=".
func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	pairs := strings.Split(raw, "&")
	for i, p := range pairs {
		if !strings.Contains(p, "=") {
			pairs[i] = p + "="
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func hexSHA256(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
