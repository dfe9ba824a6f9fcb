package verifiers

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// This file holds what the verifiers of signed questions share. A signature is
// made from the secret, for one question at one time: the secret itself stays
// here.

// addressOf returns where a question goes: to the path below the user's
// endpoint, or else below a host. The path may have a query.
func addressOf(c Credential, host, path string) (*url.URL, error) {
	base := c.Endpoint
	if base == "" {
		if _, err := inHost(hostOf(host)); err != nil {
			return nil, lacks("what stands near it makes no address")
		}
		base = "https://" + host
	}
	u, err := url.Parse(base + path)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, lacks("what stands near it makes no address")
	}
	return u, nil
}

// unclear is the error for an answer that says neither yes nor no. A server
// that is busy may be asked again.
func unclear(a *Answer, now time.Time) error {
	err := (&answer{Answer: a}).surprise()
	if a.Status == http.StatusTooManyRequests || a.Status >= 500 {
		return Again(err, retryAfter(a.Header, now))
	}
	return err
}

// maxSkew is how far the clocks may be apart for a No to count. Providers
// allow for 5 to 15 minutes.
const maxSkew = 3 * time.Minute

// clockError is the error for a No of a server whose clock shows another time:
// it may be the time that it does not accept, and not the signature.
func clockError(a *Answer, now time.Time) error {
	at, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return nil
	}
	if off := now.Sub(at).Abs(); off > maxSkew {
		return fmt.Errorf("the clock of this machine is %s off the server's, and a signature holds for a time: set it right", off.Round(time.Second))
	}
	return nil
}

// refusal is the answer to a signature that the server says is wrong, or to a
// key that it does not know.
func refusal(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	if err := clockError(a, net.Now()); err != nil {
		return mudlark.Verification{}, err
	}
	if c.Rule.Verify.Elsewhere && c.Endpoint == "" {
		return mudlark.Verification{}, fmt.Errorf("%s does not know it, but another installation may: name its address with --endpoint %s=URL", net.host, c.Rule.EndpointName())
	}
	return mudlark.Verification{Status: mudlark.Inactive}, nil
}

// element returns the text of the first element of a name in XML, or nothing:
// the answers read here are flat, and a wrong one is no answer.
func element(body []byte, name string) string {
	_, rest, found := strings.Cut(string(body), "<"+name+">")
	text, _, closed := strings.Cut(rest, "</"+name+">")
	if !found || !closed || strings.Contains(text, "<") {
		return ""
	}
	return html.UnescapeString(text)
}

// facts returns those of pairs of names and values that have a value.
func factsOf(pairs ...string) []mudlark.Fact {
	var list []mudlark.Fact
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, mudlark.Fact{Name: pairs[i], Value: cut(pairs[i+1])})
		}
	}
	return list
}

// mac returns the HMAC of texts, one after the other.
func mac(h func() hash.Hash, key []byte, texts ...string) []byte {
	m := hmac.New(h, key)
	for _, t := range texts {
		m.Write([]byte(t))
	}
	return m.Sum(nil)
}

func mac256(key []byte, texts ...string) []byte { return mac(sha256.New, key, texts...) }

// assumedError is the error for a No of somebody who may be the wrong one to
// ask.
func assumedError(host, what, missing string) error {
	return fmt.Errorf("%s does not know %s, but that it is the right one to ask is assumed: nothing near by gives its %s", host, what, missing)
}
