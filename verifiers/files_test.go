package verifiers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/servers"
	"github.com/mudlark-scan/mudlark/rules"
)

// fileServer is pyftpdlib with one user: argv has the port, the password, and
// perhaps a file with certificate and key, with which it wants TLS.
const fileServer = `
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer
authorizer = DummyAuthorizer()
authorizer.add_user("app", sys.argv[2], ".")
authorizer.add_anonymous(".")
handler = FTPHandler
if len(sys.argv) > 3:
    handler = TLS_FTPHandler
    handler.certfile = sys.argv[3]
    handler.tls_control_required = True
handler.authorizer = authorizer
FTPServer(("127.0.0.1", int(sys.argv[1])), handler).serve_forever()
`

func TestFileServer(t *testing.T) {
	python := pythonWith(t, "pyftpdlib, OpenSSL")
	folder := servers.Folder(t, "")
	cert, key, roots := certified(t, folder)
	both := ""
	for _, name := range []string{cert, key} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		both += string(text)
	}
	both = written(t, filepath.Join(folder, "both.pem"), both)
	script := written(t, filepath.Join(folder, "server.py"), fileServer)
	password, wrong := drawn(t, "<alnum 20>", 1), drawn(t, "<alnum 20>", 2)
	start := func(more ...string) (*servers.Server, string) {
		port := servers.Port(t)
		cmd := exec.Command(python, append([]string{script, fmt.Sprint(port), password}, more...)...)
		cmd.Dir = folder
		return servers.Start(t, cmd, servers.Dialled(servers.Address(port))), servers.Address(port)
	}
	server, plain := start()
	_, secure := start(both)
	login := func(password, scheme, place string) Credential {
		return addressed("service-url-password", "app", password, scheme, place)
	}
	v := wantStatus(t, service{}, login(password, "ftp", plain), roots, mudlark.Active)
	wantFacts(t, v, "user=app", "server=pyftpdlib")
	wantStatus(t, ftp{}, login(password, "ftp", secure), roots, mudlark.Active)
	wantStatus(t, ftp{}, login(password, "ftpes", secure), roots, mudlark.Active)
	wantStatus(t, ftp{}, login(password, "ftps", secure), roots, mudlark.Active)
	wantStatus(t, ftp{}, login(wrong, "ftp", plain), roots, mudlark.Inactive)
	wantStatus(t, ftp{}, login(wrong, "ftp", secure), roots, mudlark.Inactive)
	wantStatus(t, ftp{}, login(password, "ftp", secure), nil, mudlark.Unknown)    // nobody vouches for it
	wantStatus(t, ftp{}, login(password, "ftpes", plain), roots, mudlark.Unknown) // it must be TLS
	server.Stop()
	wantStatus(t, ftp{}, login(password, "ftp", plain), roots, mudlark.Unknown)
}

func TestFileServersWord(t *testing.T) {
	for _, c := range []struct {
		user, pass string
		want       mudlark.Status
	}{
		{"331 Password required", "230 Logged in", mudlark.Active},
		{"331 Password required", "230-Welcome\r\n  to 230 files\r\n230 Logged in", mudlark.Active},
		{"331 Password required", "530 Login incorrect.", mudlark.Inactive},
		{"331 Password required", "530 Sorry, the maximum number of clients (10) for this user are already connected.", mudlark.Unknown},
		{"331 Password required", "530 Login authentication failed", mudlark.Inactive},
		{"331 Password required", "530-User cannot log in.\r\n Win32 error: Logon failure: unknown user name or bad password.\r\n530 End", mudlark.Inactive},
		{"331 Password required", "530 User cannot log in, home directory inaccessible.", mudlark.Unknown},
		{"331 Password required", "530 User cannot log in.", mudlark.Unknown},
		{"331 Password required", "530 Access denied.", mudlark.Unknown},
		{"331 Password required", "530 Login incorrect: this account is disabled.", mudlark.Unknown},
		{"331 Password required", "332 Need account", mudlark.Unknown},
		{"331 Password required", "421 Timeout", mudlark.Unknown},
		{"530 Non-anonymous sessions must use encryption.", "230 Logged in", mudlark.Unknown},
		{"230 No password needed", "230 Logged in", mudlark.Unknown},
	} {
		address := speaking(t, "220 files", [2]string{"AUTH", "502 no"}, [2]string{"USER app", c.user}, [2]string{"PASS ", c.pass}, [2]string{"QUIT", "221 bye"})
		if wantStatus(t, ftp{}, addressed("x", "app", drawn(t, "<alnum 20>", 1), "ftp", address), nil, c.want); t.Failed() {
			t.Fatal(c)
		}
	}
}

func TestAnonymousUserIsNotAskedAbout(t *testing.T) {
	if got, err := (ftp{}).Target(addressed("x", "anonymous", drawn(t, "<alnum 20>", 1), "ftp", "files.acme.io")); err == nil {
		t.Errorf("got %+v", got)
	}
}

func TestOpenLDAP(t *testing.T) {
	program := servers.Need(t, "slapd")
	folder := servers.Folder(t, "openldap")
	cert, key, roots := certified(t, folder)
	password, wrong := drawn(t, "<alnum 20>", 1), drawn(t, "<alnum 20>", 2)
	const entry = "cn=admin,dc=acme,dc=io"
	start := func(scheme, tls string) (*servers.Server, string) {
		address := servers.Address(servers.Port(t))
		data := servers.Folder(t, "openldap")
		config := written(t, filepath.Join(data, "slapd.conf"), fmt.Sprintf(`include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile %s
%s
database mdb
suffix "dc=acme,dc=io"
rootdn %q
rootpw %s
directory %s
`, filepath.Join(data, "pid"), tls, entry, password, data))
		cmd := exec.Command(program, "-d", "0", "-f", config, "-h", scheme+"://"+address+"/")
		return servers.Start(t, cmd, servers.Dialled(address)), address
	}
	withTLS := fmt.Sprintf("TLSCertificateFile %s\nTLSCertificateKeyFile %s", cert, key)
	server, plain := start("ldap", "")
	_, starts := start("ldap", withTLS)
	_, secure := start("ldaps", withTLS)
	login := func(password, scheme, place string) Credential {
		return addressed("service-url-password", "cn%3Dadmin%2Cdc%3Dacme%2Cdc%3Dio", password, scheme, place)
	}
	v := wantStatus(t, service{}, login(password, "ldap", plain), roots, mudlark.Active)
	wantFacts(t, v, "user="+entry, "entry="+entry)
	wantStatus(t, ldap{}, login(password, "ldap", starts), roots, mudlark.Active)
	wantStatus(t, ldap{}, login(password, "ldaps", secure), roots, mudlark.Active)
	wantStatus(t, ldap{}, login(wrong, "ldap", plain), roots, mudlark.Inactive)
	wantStatus(t, ldap{}, login(wrong, "ldap", starts), roots, mudlark.Inactive)
	wantStatus(t, ldap{}, login(wrong, "ldaps", secure), roots, mudlark.Inactive)
	wantStatus(t, ldap{}, login(password, "ldap", starts), nil, mudlark.Unknown) // nobody vouches for it
	wantStatus(t, ldap{}, login(password, "ldaps", secure), nil, mudlark.Unknown)
	noName := login(password, "ldap", plain)
	noName.Match = "ldap://admin:" + password + "@127.0.0.1"
	noName.Line = "ldap://admin:" + password + "@" + plain
	wantStatus(t, ldap{}, noName, roots, mudlark.Unknown) // not the name of an entry
	wantStatus(t, ldap{}, bound(password, entry, "ldap://"+plain, ""), roots, mudlark.Active)
	wantStatus(t, ldap{}, bound(password, entry, "ldaps://"+secure+"/", ""), roots, mudlark.Active)
	wantStatus(t, ldap{}, bound(password, entry, "", "https://"+plain), roots, mudlark.Active)
	wantStatus(t, ldap{}, bound(wrong, entry, "ldap://"+plain, ""), roots, mudlark.Inactive)
	server.Stop()
	wantStatus(t, ldap{}, login(password, "ldap", plain), roots, mudlark.Unknown)
}

// bound is the password of a configuration, with what stands beside it.
func bound(password, entry, server, endpoint string) Credential {
	return Credential{
		Rule: &rules.Rule{ID: "ldap-bind-password"}, Secret: password, Match: "bindpw " + password, Endpoint: endpoint,
		Parts: map[string]string{ldapEntryRule: entry, ldapServerRule: server},
	}
}

func TestWhoseDirectoryIsAsked(t *testing.T) {
	for _, c := range []struct{ entry, server, endpoint, want string }{
		{"cn=a", "ldap://dc.acme.io", "", "dc.acme.io:389 true"},
		{"cn=a", "ldaps://dc.acme.io/", "", "dc.acme.io:636 true"},
		{"cn=a", "ldaps://dc.acme.io:1636/dc=x", "", "dc.acme.io:1636 true"},
		{"cn=a", "dc.acme.io", "", "dc.acme.io:389 true"},
		{"cn=a", "", "https://dc.acme.io:390", "dc.acme.io:390 false"},
		{"cn=a", "", "", ""},
		{"", "ldap://dc.acme.io", "", ""},
		{"cn=a", "ldap://$HOST", "", ""},
	} {
		got, err := ldap{}.Target(bound(drawn(t, "<alnum 20>", 1), c.entry, c.server, c.endpoint))
		switch text := fmt.Sprint(got.Host, " ", got.Guessed); {
		case c.want == "" && err == nil:
			t.Errorf("%+v: got %s, want nobody", c, text)
		case c.want != "" && (err != nil || text != c.want):
			t.Errorf("%+v: got %s, %v", c, text, err)
		}
	}
}

func TestDirectorysWord(t *testing.T) {
	for text, want := range map[string]mudlark.Status{
		"": mudlark.Inactive,
		"80090308: LdapErr: DSID-0C09042F, comment: AcceptSecurityContext error, data 52e, v2580": mudlark.Inactive,
		"80090308: LdapErr: DSID-0C09042F, comment: AcceptSecurityContext error, data 525, v2580": mudlark.Inactive,
		"80090308: LdapErr: DSID-0C09042F, comment: AcceptSecurityContext error, data 775, v2580": mudlark.Unknown,
		"80090308: LdapErr: DSID-0C09042F, comment: AcceptSecurityContext error, data 532, v2580": mudlark.Unknown,
		"password expired!":                              mudlark.Unknown, // 389 Directory Server
		"NDS error: password expired (-223)":             mudlark.Unknown, // eDirectory
		"Simple Bind Failed: NT_STATUS_ACCOUNT_DISABLED": mudlark.Unknown, // Samba
		"Simple Bind Failed: NT_STATUS_LOGON_FAILURE":    mudlark.Inactive,
	} {
		v, err := refusedByDirectory(text, serviceLogin{password: "-"}, true)
		if (err != nil) != (want == mudlark.Unknown) || err == nil && v.Status != want {
			t.Errorf("%q: got %+v, %v", text, v, err)
		}
	}
}

func FuzzDirectoryAnswer(f *testing.F) {
	f.Add([]byte("\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00"))
	f.Add([]byte("\x02\x01\x01\x78\x84\x00\x00\x00\x08\x0a\x01\x00\x04\x00\x04\x01x\x8b\x00"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = readLDAPResult(data, 1, ldapExtendedReply) })
}

func FuzzBrokerGreeting(f *testing.F) {
	f.Add(amqpLong(amqpLong([]byte{0, 9}, "\x07productS\x00\x00\x00\x01x\x01tt\x01"), "PLAIN"))
	f.Fuzz(func(_ *testing.T, data []byte) { readAMQPStart(data) })
}
