package verifiers

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/servers"
	"github.com/mudlark-scan/mudlark/rules"
)

// mailServer is aiosmtpd with one user: argv has the port, the password, and
// perhaps the files of a certificate, with which it wants STARTTLS, or speaks
// TLS from the beginning.
const mailServer = `
import asyncio, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult
port, password, how = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3]
context = None
if how != "plain":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4], sys.argv[5])
def auth(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"app" and data.password == password, handled=False)
class Handler:
    async def handle_DATA(self, server, session, envelope):
        print("MAIL", flush=True)
        return "250 ok"
def make():
    starts = how == "starttls"
    return SMTP(Handler(), hostname="mx.acme.io", authenticator=auth, tls_context=context if starts else None,
                require_starttls=starts, auth_require_tls=starts, auth_exclude_mechanism=sys.argv[6:])
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", port, ssl=context if how == "tls" else None)
    await server.serve_forever()
asyncio.run(main())
`

func TestMailServer(t *testing.T) {
	python := pythonWith(t, "aiosmtpd")
	folder := servers.Folder(t, "")
	cert, key, roots := certified(t, folder)
	script := written(t, filepath.Join(folder, "server.py"), mailServer)
	password, wrong := drawn(t, "<alnum 20>", 1), drawn(t, "<alnum 20>", 2)
	start := func(how string, without ...string) (*servers.Server, string) {
		port := servers.Port(t)
		args := append([]string{script, fmt.Sprint(port), password, how, cert, key}, without...)
		return servers.Start(t, exec.Command(python, args...), servers.Dialled(servers.Address(port))), servers.Address(port)
	}
	server, plain := start("plain")
	_, onlyLogin := start("plain", "PLAIN")
	_, starts := start("starttls")
	_, none := start("plain", "PLAIN", "LOGIN")
	login := func(password, scheme, place string) Credential {
		return addressed("service-url-password", "app", password, scheme, place)
	}
	v := wantStatus(t, service{}, login(password, "smtp", plain), roots, mudlark.Active)
	wantFacts(t, v, "user=app", "server=mx.acme.io")
	wantStatus(t, smtp{}, login(password, "smtp", onlyLogin), roots, mudlark.Active)
	wantStatus(t, smtp{}, login(password, "smtp", starts), roots, mudlark.Active)
	wantStatus(t, smtp{}, login(password, "smtps", starts), roots, mudlark.Active) // on a port that begins in plain text
	wantStatus(t, smtp{}, login(wrong, "smtp", plain), roots, mudlark.Inactive)
	wantStatus(t, smtp{}, login(wrong, "smtp", onlyLogin), roots, mudlark.Inactive)
	wantStatus(t, smtp{}, login(wrong, "smtp", starts), roots, mudlark.Inactive)
	wantStatus(t, smtp{}, login(password, "smtp", starts), nil, mudlark.Unknown)   // nobody vouches for it
	wantStatus(t, smtp{}, login(password, "smtps", plain), roots, mudlark.Unknown) // it must be TLS
	wantStatus(t, smtp{}, login(password, "smtp", none), roots, mudlark.Unknown)
	server.Stop()
	wantStatus(t, smtp{}, login(password, "smtp", plain), roots, mudlark.Unknown)
}

// speaking is a server of lines: it greets, and answers a line with what stands
// in script for the first that it begins with.
func speaking(t testing.TB, greeting string, script ...[2]string) string {
	t.Helper()
	return peerServer(t, func(c net.Conn) {
		_, _ = fmt.Fprintf(c, "%s\r\n", greeting)
		for lines := bufio.NewScanner(c); lines.Scan(); {
			for _, s := range script {
				if strings.HasPrefix(lines.Text(), s[0]) {
					_, _ = fmt.Fprintf(c, "%s\r\n", s[1])
					break
				}
			}
			if lines.Text() == "QUIT" {
				return
			}
		}
	})
}

func TestMailServersWord(t *testing.T) {
	for answer, want := range map[string]mudlark.Status{
		"235 2.7.0 Authentication successful":                                                           mudlark.Active,
		"535 5.7.8 Error: authentication failed":                                                        mudlark.Inactive,
		"535 Incorrect authentication data":                                                             mudlark.Inactive,
		"535-5.7.8 Username and Password not accepted.\r\n535 5.7.8 See https":                          mudlark.Inactive,
		"535 5.7.3 Authentication unsuccessful":                                                         mudlark.Inactive,
		"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.": mudlark.Unknown,
		"534 5.7.9 Application-specific password required":                                              mudlark.Unknown,
		"535 5.7.0 (#AUTH005) Too many bad auth attempts.":                                              mudlark.Unknown,
		"535 5.7.8 Error: authentication failed: generic failure":                                       mudlark.Unknown,
		"535-5.7.8 Authentication failed.\r\n535 5.7.8 The mailbox is locked":                           mudlark.Unknown,
		"454 4.7.0 Temporary authentication failure":                                                    mudlark.Unknown,
		"421 4.7.0 Too many connections":                                                                mudlark.Unknown,
		"530 5.7.0 Must issue a STARTTLS command first":                                                 mudlark.Unknown,
	} {
		address := speaking(t, "220-mx.acme.io\r\n220 ready", [2]string{"EHLO", "250-mx.acme.io\r\n250 AUTH=LOGIN PLAIN"}, [2]string{"AUTH PLAIN ", answer}, [2]string{"QUIT", "221 bye"})
		c := addressed("service-url-password", "app", drawn(t, "<alnum 20>", 1), "smtp", address)
		if wantStatus(t, smtp{}, c, nil, want); t.Failed() {
			t.Fatal(answer)
		}
	}
}

func TestMailServerThatWasNotToldThePasswordSaysNothingOfIt(t *testing.T) {
	for _, script := range [][2]string{
		{"535 5.7.8 Error: authentication failed", ""},
		{"334 VXNlcm5hbWU6", "535 5.7.8 Error: authentication failed"},
	} {
		// The name of the user is the first line that is no command.
		address := speaking(t, "220 ready", [2]string{"EHLO", "250-mx.acme.io\r\n250 AUTH LOGIN"}, [2]string{"AUTH LOGIN", script[0]}, [2]string{"QUIT", "221 bye"}, [2]string{"", script[1]})
		c := addressed("service-url-password", "app", drawn(t, "<alnum 20>", 1), "smtp", address)
		wantStatus(t, smtp{}, c, nil, mudlark.Unknown)
	}
}

func TestTextThatCameBeforeTLSIsNotBelieved(t *testing.T) {
	address := speaking(t, "220 mx", [2]string{"EHLO", "250-mx\r\n250-STARTTLS\r\n250 AUTH PLAIN"}, [2]string{"STARTTLS", "220 go\r\n235 welcome"})
	c := addressed("service-url-password", "app", drawn(t, "<alnum 20>", 1), "smtp", address)
	wantStatus(t, smtp{}, c, nil, mudlark.Unknown)
}

func TestMailProvidersPasswordGoesToItsServer(t *testing.T) {
	for _, c := range []struct{ rule, endpoint, host string }{
		{"brevo-smtp-key", "", "smtp-relay.brevo.com:587"},
		{"mailersend-smtp-credential", "", "smtp.mailersend.net:587"},
		{"mailgun-smtp-credential", "", "smtp.mailgun.org:587"},
		{"mailgun-smtp-credential", "https://smtp.eu.mailgun.org", "smtp.eu.mailgun.org:587"},
		{"aws-ses-smtp-password", "https://email-smtp.eu-west-1.amazonaws.com:465", "email-smtp.eu-west-1.amazonaws.com:465"},
	} {
		got, err := smtp{}.Target(Credential{
			Rule: &rules.Rule{ID: c.rule}, Secret: drawn(t, "<alnum 20>", 1), Parts: map[string]string{smtpUserRule: "app"}, Endpoint: c.endpoint,
		})
		if err != nil || got.Host != c.host || got.Guessed {
			t.Errorf("%s: got %+v, %v, want %s", c.rule, got, err, c.host)
		}
		if _, err := (smtp{}).Target(Credential{Rule: &rules.Rule{ID: c.rule}, Secret: "x"}); err == nil {
			t.Errorf("%s: it is asked about without a user", c.rule)
		}
	}
}

// TestProvidersServerIsToldNothingWithoutTLS has a double for the provider's
// server, which the endpoint names.
func TestProvidersServerIsToldNothingWithoutTLS(t *testing.T) {
	address := speaking(t, "220 mx", [2]string{"EHLO", "250-mx\r\n250 AUTH PLAIN"}, [2]string{"AUTH", "235 welcome"})
	c := Credential{
		Rule: &rules.Rule{ID: "brevo-smtp-key"}, Secret: drawn(t, "<alnum 20>", 1), Parts: map[string]string{smtpUserRule: "app"}, Endpoint: "https://" + address,
	}
	wantStatus(t, smtp{}, c, nil, mudlark.Unknown)
}
