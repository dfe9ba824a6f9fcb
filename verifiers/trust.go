package verifiers

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	stdnet "net"
	"net/http"
	"strings"
)

// trust is how TLS is spoken to a cluster besides the usual way: an authority
// of its own, and a certificate to sign in with.
type trust struct {
	roots []byte           // PEM
	pair  *tls.Certificate // nil: signs in in another way
}

// trustOf reads what stands near a credential: the cluster's authority, and for
// a client's key its certificate, all of them PEM in base64.
func trustOf(c Credential) (t trust, err error) {
	// Clusters have authorities of their own, which nobody else vouches for. Who
	// writes another one here must be in the way to the cluster besides.
	t.roots, _ = pemIn(c.Parts["kubeconfig-certificate-authority"])
	key, ok := pemIn(c.Secret)
	if !ok {
		return t, nil
	}
	certificate, ok := pemIn(c.Parts["kubeconfig-client-certificate"])
	if !ok {
		return t, lacks("no client certificate stands near it")
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return t, lacks("the client certificate near it is not that of the key")
	}
	t.pair = &pair
	return t, nil
}

func pemIn(text string) ([]byte, bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !strings.Contains(string(raw), "-----BEGIN ") {
		return nil, false
	}
	return raw, true
}

func (t *trust) plain() bool { return t.roots == nil && t.pair == nil }

// do is Network.Do with this trust: one request, no redirects, no proxy.
func (t *trust) do(ctx context.Context, net *Network, req *http.Request) (*Answer, error) {
	config := net.TLS(req.URL.Hostname())
	if t.roots != nil {
		if config.RootCAs == nil {
			config.RootCAs, _ = x509.SystemCertPool()
		}
		if config.RootCAs == nil {
			config.RootCAs = x509.NewCertPool()
		}
		config.RootCAs = config.RootCAs.Clone()
		config.RootCAs.AppendCertsFromPEM(t.roots)
	}
	if t.pair != nil {
		config.Certificates = []tls.Certificate{*t.pair}
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (stdnet.Conn, error) {
			return net.Dial(ctx, network, address)
		},
		TLSClientConfig: config, DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHeader,
		TLSHandshakeTimeout: dialTimeout,
	}
	defer transport.CloseIdleConnections()
	return net.exchange(req.WithContext(ctx), transport.RoundTrip)
}
