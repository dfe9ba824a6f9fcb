package verifiers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/internal/servers"
	"github.com/mudlark-scan/mudlark/rules"
)

// addressed is the credential that a rule finds in an address: its match ends
// with the host, and the rest stands on the line.
func addressed(rule, user, password, scheme, place string) Credential {
	before := scheme + "://" + user + ":" + password + "@"
	end := strings.IndexAny(place, ":/?")
	if strings.HasPrefix(place, "[") {
		end = strings.IndexByte(place, ']') + 1
	}
	if end < 0 {
		end = len(place)
	}
	return Credential{
		Rule: &rules.Rule{ID: rule}, Secret: password, Key: scheme,
		Match: before + place[:end], Line: `url = "` + before + place + `" # of tests`,
	}
}

// certified writes a certificate for loopback into a folder, and returns who
// vouches for it.
func certified(t testing.TB, folder string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	world := newWorld(t, http.NotFoundHandler())
	c, err := world.TLS().GetCertificate(&tls.ClientHelloInfo{ServerName: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for name, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: c.Certificate[0]},
		key:  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key, world.Roots
}

// written writes a file for a server that may run as another user.
func written(t testing.TB, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// asked is what v says of c, which is the target's to answer.
func asked(t testing.TB, v Verifier, c Credential, roots *x509.CertPool) (mudlark.Verification, error) {
	t.Helper()
	return askedFor(t, v, c, roots, 30*time.Second)
}

func askedFor(t testing.TB, v Verifier, c Credential, roots *x509.CertPool, patience time.Duration) (mudlark.Verification, error) {
	t.Helper()
	target, err := v.Target(c)
	if err != nil {
		t.Fatal(err)
	}
	n := newTestNetwork(t, target.Host)
	n.wire.roots = roots
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return v.Verify(ctx, c, n)
}

// wantStatus checks that v says of c what it should.
func wantStatus(t testing.TB, v Verifier, c Credential, roots *x509.CertPool, want mudlark.Status) mudlark.Verification {
	t.Helper()
	got, err := asked(t, v, c, roots)
	switch {
	case err != nil && want != mudlark.Unknown:
		t.Errorf("got no answer: %v, want %s", err, want)
	case err == nil && got.Status != want:
		t.Errorf("got %s, want %s", got.Status, want)
	case err != nil && strings.Contains(err.Error(), c.Secret):
		t.Errorf("the error holds the secret: %v", err)
	}
	return got
}

// wantFacts checks that facts, as "name=value", are among those of v. A value
// may be a beginning.
func wantFacts(t testing.TB, v mudlark.Verification, facts ...string) {
	t.Helper()
	var got strings.Builder
	for _, f := range v.Identity {
		fmt.Fprintf(&got, "\n%s=%s", f.Name, f.Value)
	}
	for _, f := range facts {
		if !strings.Contains(got.String(), "\n"+f) {
			t.Errorf("got the facts%s\nwant %s among them", got.String(), f)
		}
	}
}

// pythonWith returns a Python that has a module.
func pythonWith(t testing.TB, module string) string {
	t.Helper()
	for _, python := range []string{servers.Need(t, "python3"), "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import "+module).Run() == nil {
			return python
		}
	}
	return servers.Need(t, "python3 with "+module)
}

func TestAddressSaysWhomToAsk(t *testing.T) {
	for _, c := range []struct{ match, after, secret, want string }{
		{"amqp://app:pw%21@mq.acme.io", `:5673/prod" # x`, "pw%21", "amqp app pw! mq.acme.io 5673 /prod"},
		{"amqps://app:pw@mq.acme.io", "", "pw", "amqps app pw mq.acme.io  "},
		{"amqp+ssl://app:pw@mq.acme.io", "", "pw", "amqps app pw mq.acme.io  "},
		{"SMTP+tls://a%40b.io:p:w@[2001:db8::1]", ":25", "p:w", "smtp a@b.io p:w 2001:db8::1 25 "},
		{`nats:\/\/svc:pw@10.0.0.9`, `:4222\/x"`, "pw", "nats svc pw 10.0.0.9 4222 /x"},
		{"ldap://h.io:390/dc=x?user=cn=svc&password=pw", "", "pw", "ldap cn=svc pw h.io 390 /dc=x"},
		{"mqtt://u:p@ss@broker.io", ":1883?x=y:1", "p@ss", "mqtt u p@ss broker.io 1883 "},
		{"ftp://u:100%sure@files.acme.io", ", and", "100%sure", "ftp u 100%sure files.acme.io  "},
	} {
		l, err := readServiceLogin(Credential{Secret: c.secret, Match: c.match, Line: "x = " + c.match + c.after})
		got := strings.Join([]string{l.scheme, l.user, l.password, l.host, l.port, l.path}, " ")
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.match+c.after, got, err, c.want)
		}
	}
}

func TestAddressWithoutAHostIsNotAskedAbout(t *testing.T) {
	for _, match := range []string{
		"amqp://app:pw@{host}", "amqp://app:pw@$HOST", "amqp://app:pw@%s", "pw", "amqp://app:pw@-..-", "amqp://app%0d%0a:pw@mq.acme.io",
	} {
		if l, err := readServiceLogin(Credential{Secret: "pw", Match: match, Line: match}); err == nil {
			t.Errorf("%s: got %+v", match, l)
		}
	}
}

func TestServiceIsAskedByItsScheme(t *testing.T) {
	for scheme, want := range map[string]string{
		"smtp": "smtp mail.acme.io:587", "smtps": "smtp mail.acme.io:465", "ftp": "ftp mail.acme.io:21", "ftps": "ftp mail.acme.io:990",
		"mqtt": "mqtt mail.acme.io:1883", "mqtts": "mqtt mail.acme.io:8883", "nats": "nats mail.acme.io:4222", "tls": "nats mail.acme.io:4222",
		"ldap": "ldap mail.acme.io:389", "ldaps": "ldap mail.acme.io:636", "submission": "smtp mail.acme.io:587", "rtsp": "",
	} {
		got, err := service{}.Target(addressed("service-url-password", "u", "pw", scheme, "mail.acme.io"))
		switch {
		case want == "" && err == nil:
			t.Errorf("%s: got %+v, want nobody to be asked", scheme, got)
		case want != "" && (err != nil || got.Method+" "+got.Host != want || !got.Guessed):
			t.Errorf("%s: got %+v, %v, want %s, guessed", scheme, got, err, want)
		}
	}
}

func TestFoundAddressLeadsToItsPort(t *testing.T) {
	engine, err := detectors.New(rules.Builtin(), detectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	password := drawn(t, "<alnum 20>", 1)
	for _, c := range []struct{ text, host string }{
		{"MQ=amqp://app:" + password + "@mq.acme.io:5999/prod\n", "mq.acme.io:5999"},
		{`{"mq": "amqps:\/\/app:` + password + `@mq.acme.io:5998\/prod", "x": 1}`, "mq.acme.io:5998"},
		{"see amqp://app:" + password + "@[2001:db8::7]:5997.", "[2001:db8::7]:5997"},
	} {
		found := 0
		engine.Detect(mudlark.Chunk{Data: []byte(c.text)}, func(f mudlark.Finding) {
			if f.RuleID != "amqp-url" {
				return
			}
			found++
			target, err := amqp{}.Target(Credential{Secret: f.Secret.Reveal(), Match: f.Match.Reveal(), Line: f.Excerpt.Text.Reveal()})
			if err != nil || target.Host != c.host {
				t.Errorf("%s: got %+v, %v, want %s", c.text, target, err, c.host)
			}
		})
		if found != 1 {
			t.Errorf("%s: found %d addresses", c.text, found)
		}
	}
}

func TestPortOfTLSIsSpokenToInTLS(t *testing.T) {
	for scheme, port := range map[string]string{"amqp": "5671", "mqtt": "8883", "ldap": "636"} {
		l, err := readServiceLogin(addressed("x", "app", drawn(t, "<alnum 20>", 1), scheme, "mq.acme.io:"+port))
		if err != nil {
			t.Fatal(err)
		}
		address := peerServer(t, func(c net.Conn) {
			first := make([]byte, 1)
			const handshake = 22
			if _, err := c.Read(first); err != nil || first[0] != handshake {
				t.Errorf("%s at port %s: the first byte is %d, %v", scheme, port, first[0], err)
			}
		})
		if c, err := l.opener(scheme+"s", port)(t.Context(), newTestNetwork(t, address), address); err == nil {
			c.close()
			t.Errorf("%s at port %s: a server without a certificate is believed", scheme, port)
		}
	}
}

// serviceCases are one credential for each verifier here that speaks a protocol
// of its own, all for an address.
func serviceCases(t testing.TB, address string) map[string]namedCredential {
	t.Helper()
	password := drawn(t, "<alnum 20>", 1)
	cases := map[string]namedCredential{}
	for scheme, v := range map[string]Verifier{
		"amqp": amqp{}, "amqps": amqp{}, "ldap": ldap{}, "ldaps": ldap{}, "mqtt": mqtt{}, "mqtts": mqtt{}, "nats": nats{}, "tls": nats{},
		"smtp": smtp{}, "smtps": smtp{}, "ftp": ftp{}, "ftpes": ftp{},
	} {
		cases[scheme] = namedCredential{v, addressed("x", "app", password, scheme, address)}
	}
	cases["ssh"] = namedCredential{sshKey{}, Credential{
		Rule: &rules.Rule{ID: "openssh-private-key"}, Secret: newPEMKey(t, 1), Endpoint: "https://" + address + "/deploy",
	}}
	return cases
}

type namedCredential struct {
	Verifier
	credential Credential
}

func TestServiceThatIsDownIsUnknown(t *testing.T) {
	for name, c := range serviceCases(t, servers.Address(servers.Port(t))) {
		if v, err := asked(t, c.Verifier, c.credential, nil); err == nil {
			t.Errorf("%s: got %+v from a port that nobody listens on", name, v)
		}
	}
}

func TestHostileServicesAreUnknown(t *testing.T) {
	endless := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			for {
				if _, err := c.Write([]byte(text)); err != nil {
					return
				}
			}
		}
	}
	once := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = c.Write([]byte(text))
			_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)) // some wait for the rest of a line
			_, _ = c.Read(make([]byte, 4096))
		}
	}
	for name, serve := range map[string]func(net.Conn){
		"hangs up":       func(net.Conn) {},
		"garbage":        once("\xff\x00garbage\xff\r\n\r\n"),
		"HTTP":           once("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
		"zeros":          endless(strings.Repeat("\x00", 4096)),
		"endless line":   endless(strings.Repeat("2", 4096)),
		"endless 220-":   endless("220-more\r\n"),
		"endless 220":    endless("220 ok\r\n250 ok\r\n"),
		"endless INFO":   endless("INFO {\"auth_required\":true}\r\n"),
		"endless SSH":    endless("SSH-2.0-x\r\n"),
		"a huge length":  once("\x01\x00\x00\xff\xff\xff\xff\x00\x0a\x00\x0a\x30\x84\xff\xff\xff\xff"),
		"a huge message": once("\x30\x84\x7f\xff\xff\xff\x02\x01\x01"),
		"a foreign code": once("\x20\x02\x00\x09"),
	} {
		t.Run(name, func(t *testing.T) {
			for kind, c := range serviceCases(t, peerServer(t, serve)) {
				v, err := askedFor(t, c.Verifier, c.credential, nil, 20*time.Second)
				if err == nil {
					t.Errorf("%s: got %+v", kind, v)
				}
				if err != nil && strings.Contains(err.Error(), c.credential.Secret) {
					t.Errorf("%s: the error holds the secret: %v", kind, err)
				}
			}
		})
	}
}

func TestSilentServiceIsLeftInTime(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	hold := make(chan struct{})
	address := peerServer(t, func(net.Conn) { <-hold })
	for kind, c := range serviceCases(t, address) {
		if v, err := askedFor(t, c.Verifier, c.credential, nil, 50*time.Millisecond); err == nil {
			t.Errorf("%s: got %+v", kind, v)
		}
	}
	close(hold)
	goleak.VerifyNone(t, leaks, goleak.IgnoreAnyFunction("net.(*netFD).accept"))
}

// peerServer returns the address of a server that does with a connection what
// serve does, and then closes it.
func peerServer(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

func FuzzAddress(f *testing.F) {
	f.Add("amqp://u:pw@h", ":1/x", "pw")
	f.Add("x://h?user=u&password=pw", "", "pw")
	f.Add("x://u:p@[::1]", "]:9", "p")
	f.Fuzz(func(t *testing.T, match, after, secret string) {
		l, err := readServiceLogin(Credential{Match: match, Line: match + after, Secret: secret})
		if err == nil && (!isHostName(l.host) || strings.Trim(l.port, "0123456789") != "" || strings.ContainsAny(l.user+l.password, "\r\n\x00")) {
			t.Errorf("got %+v", l)
		}
	})
}

func FuzzKey(f *testing.F) {
	f.Add(newPEMKey(f, 1), "")
	text, _ := putty(f, 2)
	f.Add("", text)
	f.Fuzz(func(_ *testing.T, secret, match string) { _, _ = publicKey(Credential{Secret: secret, Match: match}) })
}
