package verifiers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mudlark-scan/mudlark/rules"
)

// A serverIdentity is a certificate for 127.0.0.1 in files, and who trusts it.
type serverIdentity struct {
	certificate, key string // files
	pem              []byte
	roots            *x509.CertPool
}

func newIdentity(t testing.TB, folder string) serverIdentity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a server of the tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	id := serverIdentity{certificate: filepath.Join(folder, "cert.pem"), key: filepath.Join(folder, "key.pem"), roots: x509.NewCertPool()}
	id.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	id.roots.AppendCertsFromPEM(id.pem)
	for file, data := range map[string][]byte{id.certificate: id.pem, id.key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// networkTo returns a network that leads to host, on loopback, whom roots vouch
// for.
func networkTo(t testing.TB, host string, roots *x509.CertPool) *Network {
	t.Helper()
	n := &Network{wire: newWire(Options{Now: time.Now, Roots: roots}), host: host, internal: true}
	t.Cleanup(n.wire.client.CloseIdleConnections)
	return n
}

// serverOf starts a double of a provider on loopback, and returns its host and
// a network to it.
func serverOf(t testing.TB, handler http.HandlerFunc) (host string, n *Network) {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = quietLog()
	s.StartTLS()
	t.Cleanup(s.Close)
	host = s.Listener.Addr().String()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return host, networkTo(t, host, roots)
}

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

// credential returns what is asked about for a secret of a rule.
func credential(id, secret string) Credential {
	return Credential{Rule: &rules.Rule{ID: id, Verify: &rules.Check{}}, Secret: secret, Match: secret, Line: secret}
}

func TestServerIsTheUsersOrTheOneNearBy(t *testing.T) {
	for _, test := range []struct {
		name          string
		endpoint      string
		part, line    string
		base          string // empty: lacking
		guessed, sure bool
	}{
		{"the user's word", "https://vault.acme.io/eu", "", "", "https://vault.acme.io/eu", false, true},
		{"the user's word against another near by", "https://vault.acme.io", "https://vault.other.io", "", "https://vault.acme.io", false, false},
		{"the user's word, with another port near by", "https://vault.acme.io", "https://VAULT.acme.io:8200/", "", "https://vault.acme.io", false, true},
		{"a part", "", "https://Vault.Acme.io:8200/", "", "https://vault.acme.io:8200", true, true},
		{"a part before the line", "", "https://a.acme.io", "see https://docs.acme.io/x", "https://a.acme.io", true, true},
		{"a part with a path", "", "https://gate.acme.io/vault/", "", "https://gate.acme.io/vault", true, true},
		{"the usual port", "", "https://a.acme.io:443", "", "https://a.acme.io", true, true},
		{"the line's only host", "", "", "curl https://a.acme.io:8200/v1/x -k https://a.acme.io:8200", "https://a.acme.io:8200", true, true},
		{"an address", "", "", "curl https://[2001:db8::1]:6443/api", "https://[2001:db8::1]:6443", true, true},
		{"two hosts on the line", "", "", "https://a.acme.io https://b.acme.io", "", false, false},
		{"no host", "", "", "token=x", "", false, false},
		{"no TLS", "", "http://a.acme.io:8200", "", "", false, false},
		{"a user in the address", "", "https://me@a.acme.io", "", "", false, false},
		{"a question in the address", "", "https://a.acme.io/?x=", "", "", false, false},
		{"a way out of the path", "", "https://a.acme.io/../x", "", "", false, false},
		{"a template", "", "https://{{ host }}:8200", "", "", false, false},
		{"a port that is none", "", "https://a.acme.io:99999", "", "", false, false},
		{"a host behind an at sign on the line", "", "", "https://a.acme.io@evil.example/", "", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := credential("vault-service-token", "x")
			c.Endpoint, c.Line, c.Parts = test.endpoint, test.line, map[string]string{"vault-address": test.part}
			got, err := installationOf(c, "vault-address")
			if test.base == "" {
				if !errors.Is(err, errLacks) {
					t.Errorf("got %v, %v, want what it lacks", got.base, err)
				}
				return
			}
			if err != nil || got.base.String() != test.base || got.guessed != test.guessed || got.sure != test.sure {
				t.Errorf("got %v (guessed %v, sure %v), %v", got.base, got.guessed, got.sure, err)
			}
		})
	}
}

func FuzzHostsOfALineAreHosts(f *testing.F) {
	f.Add("curl https://a.acme.io:8200/v1 https://[::1]:1/ https://x@y https://a..b")
	f.Fuzz(func(t *testing.T, line string) {
		for _, h := range hostsIn(line) {
			again, ok := hostPort(h)
			if !ok || again != h || strings.ContainsAny(h, "/@?#% ") {
				t.Errorf("%q holds the host %q", line, h)
			}
		}
	})
}

// TestHostileServersGiveErrors lets servers that mean harm answer every
// verifier that asks servers anybody may run.
func TestHostileServersGiveErrors(t *testing.T) {
	secret := drawn(t, "hvs.<base62 24>", 1)
	asked := map[string]Verifier{"docker-registry": dockerRegistry{}, "vault": vault{}, "kubernetes": kubernetes{}}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
	}{
		{"garbage", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("\x00\xff{{{[[[")) }},
		{"an empty object", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, http.StatusOK, map[string]any{}) }},
		{"deep nesting", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(strings.Repeat(`{"data":`, 100_000)))
		}},
		{"an endless body", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}},
		{"a page for people that says no", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }},
		{"a repeated secret", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte(secret))
		}},
		{"another place", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusTemporaryRedirect)
		}},
		{"a circle", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) }},
		{"trouble", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }},
		{"a closed connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		for name, verifier := range asked {
			t.Run(test.name+" for "+name, func(t *testing.T) {
				before := goleak.IgnoreCurrent()
				t.Cleanup(func() { goleak.VerifyNone(t, before) })
				host, n := serverOf(t, test.handler)
				v, err := verifier.Verify(t.Context(), hostileCredential(secret, host), n)
				if err == nil {
					t.Fatalf("got %+v, want an error", v)
				}
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds the secret: %v", err)
				}
			})
		}
	}
}

// hostileCredential is one that all verifiers take, for a server on loopback.
func hostileCredential(secret, host string) Credential {
	c := credential("vault-service-token", secret)
	c.Line = "docker login -u ci -p " + secret + " " + host + " # https://" + host
	return c
}

func TestSlowServersAreWaitedForAsLongAsTheQuestionLasts(t *testing.T) {
	secret := drawn(t, "hvs.<base62 24>", 2)
	for name, verifier := range map[string]Verifier{"docker-registry": dockerRegistry{}, "vault": vault{}, "kubernetes": kubernetes{}} {
		t.Run(name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			t.Cleanup(func() { goleak.VerifyNone(t, before) })
			asked := make(chan struct{}, 1)
			host, n := serverOf(t, func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the client left
				asked <- struct{}{}
				<-r.Context().Done()
			})
			ctx, cancel := withCancelOn(t, asked)
			defer cancel()
			if v, err := verifier.Verify(ctx, hostileCredential(secret, host), n); err == nil {
				t.Errorf("got %+v, want an error", v)
			}
		})
	}
}

func TestServersThatDoNotProveWhoTheyAreAreToldNothing(t *testing.T) {
	secret := drawn(t, "hvs.<base62 24>", 3)
	for name, verifier := range map[string]Verifier{"docker-registry": dockerRegistry{}, "vault": vault{}, "kubernetes": kubernetes{}} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			host, _ := serverOf(t, func(_ http.ResponseWriter, r *http.Request) { seen = append(seen, r.URL.Path) })
			_, err := verifier.Verify(t.Context(), hostileCredential(secret, host), networkTo(t, host, x509.NewCertPool()))
			var unproven *tls.CertificateVerificationError
			if !errors.As(err, &unproven) || len(seen) > 0 {
				t.Errorf("got %v after %v", err, seen)
			}
		})
	}
}

func TestVerifiersAskTheirTargetAlone(t *testing.T) {
	secret := drawn(t, "hvs.<base62 24>", 4)
	for name, verifier := range map[string]Verifier{"docker-registry": dockerRegistry{}, "vault": vault{}, "kubernetes": kubernetes{}} {
		t.Run(name, func(t *testing.T) {
			host, n := serverOf(t, func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
			n.host = "registry.acme.example"
			if _, err := verifier.Verify(t.Context(), hostileCredential(secret, host), n); err == nil {
				t.Error("it asked another host than the target")
			}
		})
	}
}

// withCancelOn returns a context that ends when asked says that the server was
// reached.
func withCancelOn(t *testing.T, asked <-chan struct{}) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		select {
		case <-asked:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
