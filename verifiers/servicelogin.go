package verifiers

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// service asks about the password in an address that a rule for many schemes
// found. The scheme says which verifier asks.
type service struct{}

// schemes lists what asks about addresses of which schemes.
func schemes() []schemeVerifier {
	return []schemeVerifier{
		{" amqp amqps ", amqp{}},
		{" ldap ldaps ", ldap{}},
		{" smtp smtps ssmtp submission submissions ", smtp{}},
		{" ftp ftps ftpes ", ftp{}},
		{" mqtt mqtts ", mqtt{}},
		{" nats tls ", nats{}},
	}
}

type schemeVerifier struct {
	schemes string // between blanks
	Verifier
}

// Target implements Verifier.
func (service) Target(c Credential) (Target, error) {
	v, err := verifierOfScheme(c)
	if err != nil {
		return Target{}, err
	}
	return v.Target(c)
}

// Verify implements Verifier.
func (service) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	v, err := verifierOfScheme(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	return v.Verify(ctx, c, net)
}

func verifierOfScheme(c Credential) (Verifier, error) {
	l, err := readServiceLogin(c)
	if err != nil {
		return nil, err
	}
	for _, s := range schemes() {
		if strings.Contains(s.schemes, " "+l.scheme+" ") {
			return s.Verifier, nil
		}
	}
	return nil, lacks("nothing here asks servers of the kind that %s:// leads to", l.scheme)
}

// A serviceLogin is what an address with a password in it says: whom to sign in
// as, and where.
type serviceLogin struct {
	scheme         string // lower case, without what "+" adds to it; an "s" stands for "+ssl"
	user, password string // decoded
	host           string // without brackets
	port           string // empty: the scheme's
	path           string // as it is written, with its slash; without a query
	named          bool   // the user, and not the content, said that it is this host
	strange        bool   // it is another one than its address names
}

// readServiceLogin reads the address that c's rule matched. What follows its
// host, such as the port, is looked up on the line.
func readServiceLogin(c Credential) (serviceLogin, error) {
	var l serviceLogin
	match := strings.ReplaceAll(c.Match, `\/`, "/") // JSON's way of writing a slash
	scheme, rest, found := strings.Cut(match, "://")
	if !found {
		return l, lacks("it stands in no address that says where it is used")
	}
	l.scheme = plainScheme(strings.ToLower(scheme))
	var place string // host, port, path
	if user, after, found := strings.Cut(rest, ":"+c.Secret+"@"); found {
		l.user, place = user, after+afterMatch(c)
	} else if place, found = strings.CutSuffix(rest, c.Secret); found { // among the parameters
		l.user = addressParameter(place, "user", "username", "uid")
	} else {
		return l, lacks("it stands in no address that says where it is used")
	}
	l.user, l.password = percentDecoded(l.user), percentDecoded(c.Secret)
	if i := strings.IndexAny(place, "?#;"); i >= 0 {
		place = place[:i]
	}
	if i := strings.IndexByte(place, '/'); i >= 0 {
		place, l.path = place[:i], place[i:]
	}
	l.host, l.port = cutPort(place)
	open := l.port == "" && hasPort(place)
	if c.Endpoint != "" {
		u, err := url.Parse(c.Endpoint)
		if err != nil {
			return l, lacks("its endpoint is no address")
		}
		l.strange = !strings.EqualFold(l.host, u.Hostname())
		l.host, l.port, l.named = u.Hostname(), u.Port(), true
	}
	switch {
	case open && !l.named:
		return l, lacks("its address leaves the port open")
	case l.password == "":
		return l, lacks("its password is empty")
	case !isHostName(l.host):
		return l, lacks("its address names no host")
	case strings.ContainsAny(l.user+l.password, "\x00\r\n"):
		return l, lacks("its user or its password holds characters that end a line")
	}
	return l, nil
}

// plainScheme is a scheme without what "+" adds to it, a library or a transport.
func plainScheme(scheme string) string {
	scheme, added, _ := strings.Cut(scheme, "+")
	if added == "ssl" || added == "tls" && scheme != "smtp" { // where it means STARTTLS
		return scheme + "s"
	}
	return scheme
}

// opener returns what connects: with TLS if the address has the scheme or the
// port that stand for it.
func (l serviceLogin) opener(scheme, port string) func(context.Context, *Network, string) (*conversation, error) {
	if l.speaksTLS(scheme, port) {
		return converseTLS
	}
	return converse
}

func (l serviceLogin) speaksTLS(scheme, port string) bool {
	return l.scheme == scheme || l.port == port
}

// afterMatch is what stands behind the match on the line, up to what ends an
// address.
func afterMatch(c Credential) string {
	_, after, found := strings.Cut(c.Line, c.Match)
	if !found {
		return ""
	}
	after = strings.ReplaceAll(after, `\/`, "/")
	if i := strings.IndexAny(after, " \t\r\n\"'`\\<>|,)]}"); i >= 0 {
		after = after[:i]
	}
	return after
}

func addressParameter(text string, names ...string) string {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("?&;", r) }) {
		name, value, _ := strings.Cut(part, "=")
		for _, n := range names {
			if strings.EqualFold(name, n) {
				return value
			}
		}
	}
	return ""
}

// cutPort cuts what is no name and no port off a place, too.
func cutPort(place string) (host, port string) {
	if rest, found := strings.CutPrefix(place, "["); found {
		host, place, _ = strings.Cut(rest, "]")
		place = strings.TrimPrefix(place, ":")
	} else {
		host, place, _ = strings.Cut(place, ":")
	}
	digits := len(place) - len(strings.TrimLeft(place, "0123456789"))
	return host, place[:digits]
}

// hasPort reports whether a port follows the host of a place: a number, or what
// a program puts in its place.
func hasPort(place string) bool {
	if _, after, found := strings.Cut(place, "]"); found {
		place = after
	}
	_, _, found := strings.Cut(place, ":")
	return found
}

// isHostName reports whether host is a name or an address, and not a variable.
func isHostName(host string) bool {
	if net.ParseIP(host) != nil {
		return true
	}
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// percentDecoded is text decoded, or text itself if it cannot have been encoded.
func percentDecoded(text string) string {
	if decoded, err := url.PathUnescape(text); err == nil {
		return decoded
	}
	return text
}

// address is where to dial: usual is the port if the address names none.
func (l serviceLogin) address(usual string) string {
	port := l.port
	if port == "" {
		port = usual
	}
	return net.JoinHostPort(l.host, port)
}

// target is whom a question about l goes to.
func (l serviceLogin) target(method, usualPort, subject string) Target {
	return Target{Method: method, Host: l.address(usualPort), Guessed: !l.named, Account: l.user, Subject: l.user + "\n" + l.password + "\n" + subject}
}

// masked is what a server said after it was told the password, without it.
func (l serviceLogin) masked(text string) string {
	return strings.ReplaceAll(text, l.password, mudlark.Masked)
}

// loginWorks is the answer that a login works, and what is known of it.
func loginWorks(facts ...mudlark.Fact) mudlark.Verification {
	v := mudlark.Verification{Status: mudlark.Active}
	for _, f := range facts {
		if f.Value != "" {
			v.Identity = append(v.Identity, f)
		}
	}
	return v
}

// fails is the answer of a server that the login is wrong. It counts if that is
// the server which the login is for; who said it in plain text did not prove that.
func (l serviceLogin) fails(proven bool) (mudlark.Verification, error) {
	if l.strange {
		return mudlark.Verification{}, errors.New("the server does not take it, but its address names another one: that one may")
	}
	v := mudlark.Verification{Status: mudlark.Inactive}
	if !proven {
		v.Reason = "said in plain text, by a server that did not prove who it is"
	}
	return v, nil
}
