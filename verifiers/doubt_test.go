package verifiers

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// far is a connection that seems to lead to an address of the public network.
type far struct{ net.Conn }

// RemoteAddr implements net.Conn.
func (far) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(9, 9, 9, 9), Port: 1} }

// TestPasswordIsNotToldInPlainTextOverThePublicNetwork has servers that offer
// TLS, as somebody on the way lets them appear.
func TestPasswordIsNotToldInPlainTextOverThePublicNetwork(t *testing.T) {
	for scheme, server := range map[string]string{
		"smtp": speaking(t, "220 mx", [2]string{"EHLO", "250-mx\r\n250 AUTH PLAIN"}, [2]string{"AUTH", "235 welcome"}),
		"ftp":  speaking(t, "220 files", [2]string{"AUTH", "502 no"}, [2]string{"USER", "331 password?"}, [2]string{"PASS", "230 welcome"}),
		"ldap": peerServer(t, func(c net.Conn) {
			if _, err := c.Read(make([]byte, 100)); err == nil {
				_, _ = c.Write([]byte("\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"))
			}
		}),
	} {
		for _, public := range []bool{true, false} {
			l, err := readServiceLogin(addressed("x", "app", drawn(t, "<alnum 20>", 1), scheme, server))
			if err != nil {
				t.Fatal(err)
			}
			conn, err := converse(t.Context(), newTestNetwork(t, server), server)
			if err != nil {
				t.Fatal(err)
			}
			if public {
				conn.use(far{conn.conn})
			}
			var refused error
			switch scheme {
			case "ldap":
				refused = (&directory{conversation: conn}).startTLS(newTestNetwork(t, server), l.host)
			case "ftp":
				_, _, _ = conn.reply()
				_, refused = askFTP(conn, newTestNetwork(t, server), l, "")
			case "smtp":
				_, _, _ = conn.reply()
				_, refused = askSMTP(conn, newTestNetwork(t, server), mailLogin{serviceLogin: l}, "")
			}
			conn.close()
			if (refused != nil) != public {
				t.Errorf("%s, public %v: %v", scheme, public, refused)
			}
		}
	}
}

func TestNoInPlainTextIsToldAsSuch(t *testing.T) {
	address := speaking(t, "220 files", [2]string{"AUTH", "502 no"}, [2]string{"USER", "331 password?"}, [2]string{"PASS", "530 Login incorrect."}, [2]string{"QUIT", "221 bye"})
	c := addressed("x", "app", drawn(t, "<alnum 20>", 1), "ftp", address)
	if v := wantStatus(t, ftp{}, c, nil, mudlark.Inactive); !strings.Contains(v.Reason, "did not prove") {
		t.Errorf("got reason %q", v.Reason)
	}
}

// The user may name one server for addresses of many.
func TestNoOfAnotherServerThanTheAddressNamesIsUnknown(t *testing.T) {
	address := speaking(t, "220 files", [2]string{"AUTH", "502 no"}, [2]string{"USER", "331 password?"}, [2]string{"PASS", "530 Login incorrect."}, [2]string{"QUIT", "221 bye"})
	for place, want := range map[string]mudlark.Status{address: mudlark.Inactive, "files.acme.io": mudlark.Unknown} {
		c := addressed("x", "app", drawn(t, "<alnum 20>", 1), "ftp", place)
		c.Endpoint = "https://" + address
		wantStatus(t, ftp{}, c, nil, want)
	}
}

func TestAddressThatLeavesThePortOpenIsNotAskedAbout(t *testing.T) {
	for after, want := range map[string]string{
		":5673/": "mq.acme.io:5673", "/": "mq.acme.io:5672", "": "mq.acme.io:5672", `:$PORT`: "", `:{{port}}/`: "", `:%d`: "", `:" + port`: "", ":<port>": "",
	} {
		match := "amqp://app:pw@mq.acme.io"
		c := Credential{Secret: "pw", Match: match, Line: match + after}
		got, err := amqp{}.Target(c)
		if (err == nil) != (want != "") || got.Host != want {
			t.Errorf("%q: got %q, %v, want %q", after, got.Host, err, want)
		}
		c.Endpoint = "https://mq.acme.io:5674"
		if got, err := (amqp{}).Target(c); err != nil || got.Host != "mq.acme.io:5674" {
			t.Errorf("%q, with an endpoint: got %q, %v", after, got.Host, err)
		}
	}
}

func TestBrokerThatMayRefuseWhereOneComesFromSaysNothingOfThePassword(t *testing.T) {
	const refused = "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN."
	args := amqpShort(binary.BigEndian.AppendUint16(nil, 403), refused)
	for user, want := range map[string]mudlark.Status{"app": mudlark.Inactive, "guest": mudlark.Unknown} {
		v, err := refusedByAMQP(args, serviceLogin{user: user}, true)
		if got := statusWord(v, err); got != want {
			t.Errorf("%s: got %s, %v, want %s", user, got, err, want)
		}
	}
}

func TestCloudsThatKnowTheirClientsByName(t *testing.T) {
	for host, want := range map[string]bool{
		"acme.azure-devices.net": true, "a1b2-ats.iot.eu-west-1.amazonaws.com.": true, "mq.acme.io": false, "azure-devices.net.acme.io": false,
	} {
		if got := namesItsClients(host); got != want {
			t.Errorf("%s: got %v", host, got)
		}
	}
}

func TestNATSSignsNothingButANonce(t *testing.T) {
	for nonce, want := range map[string]bool{
		"PXoWU7zWAMt75FY": true, drawn(t, "<base64url 22>", 1): true, "eyJ0eXAiOiJqd3QifQ.eyJqdGkiOiJ4In0": false, strings.Repeat("a", 65): false, "sign this": false,
	} {
		if got := isNATSNonce(nonce); got != want {
			t.Errorf("%s: got %v", nonce, got)
		}
	}
}

// On machines with 32 bits a length may become a negative number.
func TestNegativeLengthIsNotTaken(t *testing.T) {
	c := &conversation{ctx: t.Context()}
	if _, err := c.take(-1); err == nil {
		t.Error("taken")
	}
}

func TestKeyThatIsTooLongIsNotRead(t *testing.T) {
	long := "-----BEGIN RSA PRIVATE KEY-----\n" + strings.Repeat("MIIE", 4<<10) + "\n-----END RSA PRIVATE KEY-----"
	if _, err := pemBlock(long); err == nil {
		t.Error("it is read")
	}
}

// A login that was on its way may have been counted.
func TestLoginIsNotRepeated(t *testing.T) {
	for effect, want := range map[string]int64{"login": 1, "query": attempts} {
		var asked atomic.Int64
		set := setOf(t, acmeRule+"effect = \""+effect+"\"\n")
		p := worldPool(t, set, Options{Effects: []string{"login"}}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			asked.Add(1)
			panic(http.ErrAbortHandler)
		}))
		list := found("acme-token", drawn(t, "acme_<base32lower 32>", 1))
		p.Verify(t.Context(), list)
		if asked.Load() != want || list[0].Verification.Status != mudlark.Unknown {
			t.Errorf("%s: asked %d times, want %d: %+v", effect, asked.Load(), want, list[0].Verification)
		}
	}
}

func TestNamesOfACertificateAreToldInShort(t *testing.T) {
	names := make([]string, 90)
	for i := range names {
		names[i] = strings.Repeat("a", 40) + ".example"
	}
	err := plainError(&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{DNSNames: names}, Host: "acme.example"}})
	if err == nil || len(err.Error()) > 2*maxFact {
		t.Errorf("%d bytes", len(err.Error()))
	}
}

func TestNoOtherPortIsDialled(t *testing.T) {
	address := peerServer(t, func(net.Conn) {})
	host := hostOf(address)
	for planned, want := range map[string]bool{address: true, host: false, host + ":443": false, "localhost": false} {
		conn, err := newTestNetwork(t, planned).Dial(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		if (err == nil) != want {
			t.Errorf("planned %s, dialled %s: %v", planned, address, err)
		}
	}
	for planned, address := range map[string]string{"[::1]": "[::1]:443", "127.0.0.1": "127.0.0.1:443"} {
		if _, err := newTestNetwork(t, planned).Dial(t.Context(), "tcp", address); err != nil && strings.Contains(err.Error(), "planned") {
			t.Errorf("planned %s, dialled %s: %v", planned, address, err)
		}
	}
}
