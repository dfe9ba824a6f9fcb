package verifiers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mudlark-scan/mudlark"
)

// azureSAS asks Azure Storage a question that a shared access signature is for,
// or a harmless one next to it: the signature is checked before the rights are.
// A signature of a service is for the URL that it stands in; one of an account
// is for that of any of its services, and the account may stand near by. See
// "Create a service SAS" and "Create an account SAS" in the reference of Azure
// Storage.
//
// The token is the match, from the address or the first parameter on to the
// last one: without one of its parameters, or with one twice, no signature is
// right.
type azureSAS struct{}

// A sas is a shared access signature.
type sas struct {
	base    string // https URL of what it is for, without a query; empty: unknown
	account string
	suffix  string // of the cloud's domain
	query   string // as it is written
	values  url.Values
}

// Target implements Verifier.
func (azureSAS) Target(c Credential) (Target, error) {
	s, err := readSAS(c)
	if err != nil {
		return Target{}, err
	}
	method, u, err := s.question(c)
	if err != nil {
		return Target{}, err
	}
	return Target{Method: method, Host: u.Host, Subject: u.Path + "?" + s.query}, nil
}

// Verify implements Verifier. What has expired for a day, as the clock of this
// machine has it, is not asked about.
func (azureSAS) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	s, err := readSAS(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	const day = 24 * time.Hour
	if until, ok := s.time("se"); ok && !until.Add(day).After(net.Now()) {
		return mudlark.Verification{Status: mudlark.Inactive, Reason: "it expired on " + until.Format(time.DateOnly)}, nil
	}
	if from, ok := s.time("st"); ok && from.After(net.Now()) {
		return mudlark.Verification{}, errors.New("it holds from " + from.Format(time.RFC3339) + " on, and not yet")
	}
	method, u, err := s.question(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return mudlark.Verification{}, err
	}
	a, err := net.Do(ctx, req)
	if err != nil {
		return mudlark.Verification{}, err
	}
	return s.judge(c, net, a)
}

// judge says what an answer means. See "Common REST API error codes" in the
// reference of Azure Storage.
func (s *sas) judge(c Credential, net *Network, a *Answer) (mudlark.Verification, error) {
	code := azureCode(a)
	switch {
	case a.Header.Get("X-Ms-Request-Id") == "": // which all answers of Azure Storage have
	case a.Status == http.StatusOK || a.Status == http.StatusPartialContent:
		return s.active(), nil
	case a.Status == http.StatusNotFound && (code == "BlobNotFound" || code == "ResourceNotFound" || code == "PathNotFound"):
		return s.active(), nil
	case a.Status != http.StatusForbidden:
	case code == "AuthorizationPermissionMismatch" || code == "AuthorizationResourceTypeMismatch" || code == "AuthorizationServiceMismatch":
		return s.active(), nil
	case code == "AuthorizationFailure" || code == "AuthorizationSourceIPMismatch":
		return mudlark.Verification{}, errors.New("the account lets nobody in from here, or the signature is for other addresses")
	case code == "AuthenticationFailed" && s.base == "":
		return mudlark.Verification{}, assumedError(net.host, "it", "account")
	case code == "AuthenticationFailed":
		return refusal(c, net, a)
	}
	return mudlark.Verification{}, unclear(a, net.Now())
}

// active is what is known of a signature that is right.
func (s *sas) active() mudlark.Verification {
	v := mudlark.Verification{Status: mudlark.Active, Privilege: mudlark.PrivilegeRead}
	v.Identity = factsOf("account", s.account, "until", s.values.Get("se"), "policy", s.values.Get("si"), "addresses", s.values.Get("sip"))
	for _, right := range s.values.Get("sp") {
		name := sasRight(right)
		v.Scopes = append(v.Scopes, name)
		switch {
		case strings.Contains("dxyop", string(right)):
			v.Privilege = mudlark.PrivilegeAdmin
		case !strings.Contains("rlfe", string(right)):
			v.Privilege = max(v.Privilege, mudlark.PrivilegeWrite)
		}
		if len(v.Scopes) == maxScopes {
			break
		}
	}
	if len(v.Scopes) == 0 { // a policy that is kept at the account says what it may do
		v.Privilege = mudlark.PrivilegeUnset
	}
	return v
}

// sasRight is the word for a letter of sp.
func sasRight(letter rune) string {
	i := strings.IndexRune("racwdxylutmeopfi", letter)
	if i < 0 {
		return string(letter)
	}
	return [...]string{
		"read", "add", "create", "write", "delete", "delete-version", "delete-permanently", "list", "update", "tag", "move", "execute",
		"change-owner", "change-permissions", "find", "set-immutability",
	}[i]
}

// question returns what is asked with s.
func (s *sas) question(c Credential) (method string, u *url.URL, err error) {
	if services := s.values.Get("ss"); services != "" && s.values.Get("srt") != "" {
		return s.ofAccount(c, services)
	}
	at, err := url.Parse(s.base)
	if s.base == "" || err != nil {
		return "", nil, lacks("it is for one container or blob, and no address stands before it")
	}
	path := at.EscapedPath()
	host, query := at.Host, s.query
	switch service, kind := serviceOf(host), s.values.Get("sr"); {
	case kind == "c" && service == "blob" && strings.Contains(s.values.Get("sp"), "l"):
		container, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		method, path, query = http.MethodGet, "/"+container, "restype=container&comp=list&maxresults=1&"+query
	case (kind == "c" || kind == "s") && strings.Count(strings.Trim(path, "/"), "/") == 0:
		method, path = http.MethodHead, strings.TrimSuffix(path, "/")+"/mudlark-asks" // which need not be there
	case kind != "": // a blob, a file, a folder
		method = http.MethodHead
	default:
		return "", nil, lacks("it is for a queue or a table, which there is no harmless question about")
	}
	u, err = addressOf(c, host, path+"?"+query)
	return method, u, err
}

// ofAccount returns what is asked with the signature of an account: for the
// first of the containers, shares or queues.
func (s *sas) ofAccount(c Credential, services string) (method string, u *url.URL, err error) {
	if s.account == "" {
		return "", nil, lacks("the name of its storage account does not stand near it")
	}
	for _, known := range [...]struct{ letter, service string }{{"b", "blob"}, {"f", "file"}, {"q", "queue"}} {
		if strings.Contains(services, known.letter) {
			u, err = addressOf(c, s.account+"."+known.service+"."+s.suffix, "/?comp=list&maxresults=1&"+s.query)
			return http.MethodGet, u, err
		}
	}
	return "", nil, lacks("it is for tables alone, which there is no harmless question about")
}

// serviceOf is the service in a host's name: "acme.blob.core.windows.net".
func serviceOf(host string) string {
	_, rest, _ := strings.Cut(host, ".")
	service, _, _ := strings.Cut(rest, ".")
	return service
}

// readSAS takes the signature apart that c is of.
func readSAS(c Credential) (*sas, error) {
	text := strings.ReplaceAll(c.Match, "&amp;", "&")
	s := &sas{suffix: "core.windows.net"}
	if at := strings.Index(text, "https://"); at >= 0 {
		base, query, ok := strings.Cut(text[at:], "?")
		if u, err := url.Parse(base); ok && err == nil && s.setHost(u.Host) {
			s.base, text = base, query
		}
	}
	const inQuery = alphanumerics + "abcdefghijklmnopqrstuvwxyz%&=:,._+/-"
	if end := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(inQuery, r) }); end >= 0 {
		text = text[:end]
	}
	// No blank is in it: a plus is what somebody decoded.
	s.query = strings.ReplaceAll(strings.Trim(text, "&.,;:_-"), "+", "%2B")
	var err error
	if s.values, err = url.ParseQuery(s.query); err != nil {
		return nil, lacks("it is no query")
	}
	if !s.complete() || goesOn(c, inQuery) {
		return nil, lacks("a part of it is not there")
	}
	for _, list := range s.values {
		if len(list) > 1 {
			return nil, lacks("a part of it is there twice")
		}
	}
	if s.base == "" {
		s.account, s.suffix, _ = azureAccountOf(c)
	}
	return s, nil
}

// goesOn reports whether what follows the match on its line may be of it too,
// because the rule takes so many parameters behind the signature and no more.
func goesOn(c Credential, letters string) bool {
	const many = 60 // bytes
	_, tail, _ := strings.Cut(c.Match, c.Secret)
	_, after, found := strings.Cut(c.Line, c.Match)
	return found && len(tail) > many && after != "" && strings.ContainsAny(after[:1], letters) && strings.ContainsAny(tail[len(tail)-1:], letters)
}

// setHost takes account and cloud from the name of a host; ok says that it is
// one of Azure Storage.
func (s *sas) setHost(host string) (ok bool) {
	account, rest, _ := strings.Cut(strings.ToLower(host), ".")
	service, suffix, _ := strings.Cut(rest, ".")
	if !isAzureAccount(account) || !slices.Contains([]string{"blob", "file", "queue", "table", "dfs"}, service) ||
		!slices.Contains([]string{"core.windows.net", "core.chinacloudapi.cn", "core.usgovcloudapi.net"}, suffix) {
		return false
	}
	s.account, s.suffix = account, suffix
	return true
}

// complete reports whether the parameters are there that every signature has:
// a version, what it is for, rights and an end, or a policy in place of both.
func (s *sas) complete() bool {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return s.values.Get(n) == "" })
	}
	return has("sv", "sig") && (has("sp", "se") || has("si")) && (has("sr") || has("ss", "srt") || has("tn"))
}

// time reads a parameter that is a time: a day, or to the minute or second, of
// UTC.
func (s *sas) time(name string) (time.Time, bool) {
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if t, err := time.Parse(layout, s.values.Get(name)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
