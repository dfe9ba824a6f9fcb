package verifiers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// s3 asks a store that speaks the protocol of Amazon S3 for the list of the
// key's buckets. The rule's values say what stands near the secret key: "id" is
// the key's id, "host" the store's, with a port if it has one of its own, and
// "region", which only unknown stores need, what signatures are for. A host
// that belongs to no known provider is a guess from the content.
type s3 struct{}

// An s3Question is what is asked for a credential.
type s3Question struct {
	address *url.URL
	key     sigv4
	guessed bool // the content chose the host
	assumed bool // another host may be the right one: what this one does not know may exist
}

// Target implements Verifier.
func (s3) Target(c Credential) (Target, error) {
	q, err := s3Ask(c)
	if err != nil {
		return Target{}, err
	}
	return Target{Method: http.MethodGet, Host: q.address.Host, Guessed: q.guessed, Subject: q.key.id + " " + q.key.region}, nil
}

// Verify implements Verifier. A store that wants the signature for another
// region says for which, and is asked once more.
func (s3) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	q, err := s3Ask(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	a, err := q.ask(ctx, net)
	if err != nil {
		return mudlark.Verification{}, err
	}
	if region := element(a.Body, "Region"); element(a.Body, "Code") == "AuthorizationHeaderMalformed" && region != q.key.region && isRegion(region) {
		q.key.region = region
		if a, err = q.ask(ctx, net); err != nil {
			return mudlark.Verification{}, err
		}
	}
	return q.judge(c, net, a)
}

func (q *s3Question) ask(ctx context.Context, net *Network) (*Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, q.address.String(), nil)
	if err != nil {
		return nil, err
	}
	q.key.sign(req, nil, net.Now())
	return net.Do(ctx, req)
}

// judge says what an answer means. See "Error responses" in the Amazon S3 API
// Reference.
func (q *s3Question) judge(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	code := element(a.Body, "Code")
	switch {
	case a.Status == http.StatusOK && strings.Contains(string(a.Body), "<ListAllMyBucketsResult"):
		owner, _, _ := strings.Cut(string(a.Body), "</Owner>")
		return mudlark.Verification{Status: mudlark.Active, Identity: factsOf(
			"access key", q.key.id, "owner", element([]byte(owner), "DisplayName"), "owner id", element([]byte(owner), "ID"), "buckets", strings.Join(bucketNames(a.Body), ", "),
		)}, nil
	case a.Status != http.StatusForbidden && a.Status != http.StatusUnauthorized:
	case code == "AccessDenied" && !q.believed(a):
		return mudlark.Verification{}, errors.New("the store denies access, which may be for a key that it does not know")
	case code == "AccessDenied": // it may not list buckets, but it is known
		return mudlark.Verification{Status: mudlark.Active, Identity: factsOf("access key", q.key.id)}, nil
	case code == "SignatureDoesNotMatch":
		return refusal(c, net, a)
	case code == "InvalidAccessKeyId" && !q.assumed:
		return refusal(c, net, a)
	case code == "InvalidAccessKeyId":
		return mudlark.Verification{}, assumedError(net.host, "the key's id", "host")
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}

// believed reports whether the store's AccessDenied means that it knows the key.
// The known providers' does. Of others, Garage says it of any key; AWS's own
// words, or none, are those of MinIO and Ceph.
func (q *s3Question) believed(a *Answer) bool {
	message := element(a.Body, "Message")
	return s3StoreOf(strings.ToLower(q.address.Host)) != nil || message == "" || strings.HasPrefix(message, "Access Denied")
}

// bucketNames returns the first names of a list of buckets.
func bucketNames(body []byte) (names []string) {
	const most = 10
	for bucket := range strings.SplitSeq(string(body), "<Bucket>") {
		if name := element([]byte(bucket), "Name"); name != "" && len(names) < most {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// s3Ask returns what is asked for c.
func s3Ask(c Credential) (q s3Question, err error) {
	f := filler{check: c.Rule.Verify, credential: c}
	q.key.secret, q.key.service = c.Secret, "s3"
	if q.key.id, err = f.value("id"); err != nil {
		return q, err
	}
	if len(q.key.id) > 128 || strings.ContainsFunc(q.key.id, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' || r == ',' }) {
		return q, lacks("what stands near it is no id of a key")
	}
	host := ""
	if c.Endpoint == "" {
		if host, err = f.value("host"); err != nil {
			return q, lacks("nothing near it says where the store is: name it with --endpoint %s=URL", c.Rule.EndpointName())
		}
	}
	host = strings.ToLower(strings.TrimSuffix(host, ":443"))
	if q.address, err = addressOf(c, host, "/"); err != nil {
		return q, err
	}
	known := s3StoreOf(host)
	q.guessed = c.Endpoint == "" && known == nil
	q.assumed = f.assumed == "host" && !(known != nil && known.only)
	q.key.region = "us-east-1"
	if known != nil {
		q.key.region = known.regionOf(host)
	}
	if region, err := f.value("region"); err == nil && isRegion(region) {
		q.key.region = region
	}
	return q, nil
}

// isRegion reports whether a text may stand in the scope of a signature.
func isRegion(s string) bool {
	return s != "" && len(s) <= 32 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// An s3Store is the domain of a provider, below which nobody else answers.
type s3Store struct {
	domain string
	region string // what signatures are for; empty: the label before the domain
	only   bool   // there is no other store that the provider's keys are for
}

// s3Stores lists the providers' domains, as their documentation of the S3
// protocol names them.
func s3Stores() []s3Store {
	return []s3Store{
		{domain: "digitaloceanspaces.com", only: true}, // a key is for all regions
		{domain: "wasabisys.com"},
		{domain: "backblazeb2.com"},
		{domain: "scw.cloud"},
		{domain: "linodeobjects.com"},
		{domain: "vultrobjects.com"},
		{domain: "cloud-object-storage.appdomain.cloud", only: true},
		{domain: "r2.cloudflarestorage.com", region: "auto"},
		{domain: "storage.googleapis.com", region: "auto", only: true},
		{domain: "t3.storage.dev", region: "auto", only: true},
		{domain: "fly.storage.tigris.dev", region: "auto", only: true},
		{domain: "storage.yandexcloud.net", region: "ru-central1", only: true},
		{domain: "gateway.storjshare.io", region: "us-east-1", only: true},
	}
}

// s3StoreOf returns the provider that a host belongs to, or nil.
func s3StoreOf(host string) *s3Store {
	list := s3Stores()
	i := slices.IndexFunc(list, func(s s3Store) bool { return host == s.domain || strings.HasSuffix(host, "."+s.domain) })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// regionOf returns what signatures for a host are for: "nyc3" for
// nyc3.digitaloceanspaces.com, "us-west-1" for s3.us-west-1.wasabisys.com.
func (s *s3Store) regionOf(host string) string {
	if s.region != "" {
		return s.region
	}
	labels := strings.TrimSuffix(host, "."+s.domain)
	last := labels[strings.LastIndexByte(labels, '.')+1:]
	if last == "s3" || !isRegion(last) {
		return "us-east-1"
	}
	return last
}
