package verifiers

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// database asks a database server about a password. The text that the password
// stands in says which server, as which user: an address, a connection string,
// a command, a line of .pgpass.
//
// The password goes to that server in a login that is followed by questions
// about the user's rights and by nothing else. Where the protocol lets both
// sides agree on TLS it is asked for, whatever the text says: a server that
// offers it must prove its name, and one that does not is spoken to in the
// clear unless the text demands TLS. The logins of PostgreSQL, MySQL and MongoDB
// do not show the password to who listens; that of Redis does, which knows no
// other way.
type database struct {
	// protocol is the one that a rule is for; empty: the text tells.
	protocol string
}

// A dbProtocol is one that databases speak.
type dbProtocol struct {
	name, port string
	ask        func(context.Context, *dbLogin, *Network) (mudlark.Verification, error)
}

func dbProtocols() []dbProtocol {
	return []dbProtocol{
		{"postgres", "5432", askPostgres},
		{"mysql", "3306", askMySQL},
		{"redis", "6379", askRedis},
		{"mongodb", "27017", askMongo},
	}
}

// A dbLogin is what a text says of a login.
type dbLogin struct {
	protocol       string
	user, password string // decoded
	host, port     string // host without brackets
	database       string
	tls            bool // the text demands it
	seedlist       bool // host is a name that DNS knows the servers of
	params         url.Values
	// unsure says that the password may be another one, as readers of such texts
	// do not agree on how it is written: that it is wrong then proves nothing.
	unsure bool
}

// Target implements Verifier.
func (d database) Target(c Credential) (Target, error) {
	l, err := d.login(c)
	if err != nil {
		return Target{}, err
	}
	subject := strings.Join([]string{l.user, l.password, l.database, l.params.Get("authsource")}, "\n")
	return Target{Method: l.protocol, Host: l.address(), Guessed: c.Endpoint == "", Account: l.user, Subject: subject}, nil
}

// Verify implements Verifier.
func (d database) Verify(ctx context.Context, c Credential, net *Network) (mudlark.Verification, error) {
	l, err := d.login(c)
	if err != nil {
		return mudlark.Verification{}, err
	}
	return dbProtocolOf(l.protocol).ask(ctx, l, net)
}

// login reads what stands around c's secret.
func (d database) login(c Credential) (*dbLogin, error) {
	l := &dbLogin{protocol: d.protocol, params: url.Values{}}
	read := []func(*dbLogin, Credential) (bool, error){
		(*dbLogin).readAddress, (*dbLogin).readGoAddress, (*dbLogin).readPgpass, (*dbLogin).readCommand, (*dbLogin).readPairs,
	}
	for _, r := range read {
		if found, err := r(l, c); err != nil {
			return nil, err
		} else if found {
			return l, l.complete(d.protocol, c.Endpoint)
		}
	}
	if c.Endpoint == "" || d.protocol == "" {
		return nil, lacks("it stands in nothing that says which server it is for")
	}
	l.password = c.Secret
	return l, l.complete(d.protocol, c.Endpoint)
}

// complete fills in what a text leaves to convention, and returns an error for
// what cannot be asked about.
func (l *dbLogin) complete(wanted, endpoint string) error {
	if endpoint != "" {
		u, err := url.Parse(endpoint)
		if err != nil {
			return lacks("its endpoint is no address")
		}
		l.host, l.port, l.seedlist = u.Hostname(), u.Port(), false
	}
	p := dbProtocolOf(l.protocol)
	switch {
	case p.ask == nil:
		return lacks("what it stands in does not say what kind of server it is for, or it is one that nothing here can ask")
	case wanted != "" && wanted != l.protocol:
		return lacks("what it stands in is for another kind of server")
	case strings.HasPrefix(l.host, "/"):
		return lacks("it is for a socket of the machine that it is used on")
	case l.host == "":
		return lacks("what it stands in names no server")
	case !isHostName(l.host):
		return lacks("what it stands in has a variable or a pattern in the place of the server's name")
	case l.user == "" && l.protocol != "redis":
		return lacks("what it stands in names no user")
	case l.protocol == "mongodb" && !isMongoLogin(l.params.Get("authmechanism")):
		return lacks("its address asks for another kind of login than by password")
	case l.password == "" || strings.ContainsRune(l.user+l.password+l.database, 0):
		return lacks("its user or password holds characters that none can have")
	}
	if l.port == "" {
		l.port = p.port
	}
	if strings.Trim(l.port, "0123456789") != "" || len(l.port) > 5 {
		return lacks("what it stands in names no port")
	}
	l.host = strings.ToLower(l.host)
	l.tls = l.tls || demandsTLS(l.params) || strings.HasSuffix(l.host, ".redis.cache.windows.net") && l.port == "6380"
	return nil
}

func dbProtocolOf(name string) dbProtocol {
	all := dbProtocols()
	if i := slices.IndexFunc(all, func(p dbProtocol) bool { return p.name == name }); i >= 0 {
		return all[i]
	}
	return dbProtocol{}
}

// demandsTLS reports whether parameters of an address ask for TLS, in the words
// of libpq, of the MySQL, MongoDB and Redis drivers, and of ADO.NET.
func demandsTLS(params url.Values) bool {
	for _, name := range [...]string{"sslmode", "ssl-mode", "ssl mode", "ssl_mode", "tls", "ssl", "usessl", "requiressl", "encrypt"} {
		switch strings.ToLower(params.Get(name)) {
		case "require", "required", "skip-verify", "verify-ca", "verify-full", "verify_ca", "verify_identity", "verifyca", "verifyfull", "true", "1", "yes":
			return true
		}
	}
	return false
}

func (l *dbLogin) address() string { return net.JoinHostPort(l.host, l.port) }

// rejected is the answer that a login does not work.
func (l *dbLogin) rejected() (mudlark.Verification, error) {
	if l.unsure {
		return mudlark.Verification{}, errors.New("the server does not take it, but it is written in a way that programs read differently")
	}
	return mudlark.Verification{Status: mudlark.Inactive}, nil
}

// A dbAnswer gathers what a server says of a user whose login works.
type dbAnswer struct {
	mudlark.Verification
	password string // as it was sent: a server may repeat it
}

// newDBAnswer returns the answer that l works for its user.
func newDBAnswer(l *dbLogin) *dbAnswer {
	a := &dbAnswer{mudlark.Verification{Status: mudlark.Active}, l.password}
	a.fact("user", l.user)
	return a
}

// shown is what the server said, fit to be shown.
func (a *dbAnswer) shown(text string) string {
	return shown(strings.ReplaceAll(text, a.password, mudlark.Masked))
}

// fact adds a fact, or changes it if a is told another one before.
func (a *dbAnswer) fact(name, value string) {
	if value = a.shown(value); value == "" {
		return
	}
	i := slices.IndexFunc(a.Identity, func(f mudlark.Fact) bool { return f.Name == name })
	if i >= 0 {
		a.Identity[i].Value = value
		return
	}
	a.Identity = append(a.Identity, mudlark.Fact{Name: name, Value: value})
}

// may adds a right, and what grade it is of.
func (a *dbAnswer) may(right string, p mudlark.Privilege) {
	a.Privilege = max(a.Privilege, p)
	if right = a.shown(right); right != "" && len(a.Scopes) < maxScopes && !slices.Contains(a.Scopes, right) {
		a.Scopes = append(a.Scopes, right)
	}
}
