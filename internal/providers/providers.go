// Package providers stands in for the world outside where checks are tried: a proxy on
// loopback behind which a handler answers for every host, over TLS with
// certificates of an authority of its own.
package providers

import (
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
	"net/url"
	"sync"
	"time"
)

// A World answers for every host that is asked for through its proxy.
type World struct {
	Proxy *url.URL // http, on loopback
	Roots *x509.CertPool
	PEM   []byte // the authority's certificate

	key   *ecdsa.PrivateKey
	root  *x509.Certificate
	inner *listener
	close func()

	mu    sync.Mutex
	certs map[string]*tls.Certificate
}

// Start starts a world in which handler answers; the request's Host says for
// whom.
func Start(handler http.Handler) (*World, error) {
	w := &World{certs: map[string]*tls.Certificate{}, inner: newListener()}
	if err := w.authority(); err != nil {
		return nil, err
	}
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w.Proxy = &url.URL{Scheme: "http", Host: front.Addr().String()}
	quiet := log.New(io.Discard, "", 0)
	proxy := &http.Server{Handler: http.HandlerFunc(w.connect), ErrorLog: quiet, ReadHeaderTimeout: time.Minute}
	hosts := &http.Server{
		Handler: handler, ErrorLog: quiet, ReadHeaderTimeout: time.Minute,
		TLSConfig: &tls.Config{GetCertificate: w.certificate, MinVersion: tls.VersionTLS12},
	}
	go func() { _ = proxy.Serve(front) }()
	go func() { _ = hosts.ServeTLS(w.inner, "", "") }()
	w.close = func() {
		_ = proxy.Close()
		_ = hosts.Close()
		_ = w.inner.Close()
	}
	return w, nil
}

// Close ends the world.
func (w *World) Close() { w.close() }

// Through is the proxy for every URL.
func (w *World) Through(*url.URL) (*url.URL, error) { return w.Proxy, nil }

// TLS is the configuration of a server that the authority vouches for.
func (w *World) TLS() *tls.Config {
	return &tls.Config{GetCertificate: w.certificate, MinVersion: tls.VersionTLS12}
}

// connect takes a CONNECT request and hands the connection to the hosts.
func (w *World) connect(out http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(out, "this proxy takes CONNECT alone", http.StatusMethodNotAllowed)
		return
	}
	conn, _, err := http.NewResponseController(out).Hijack()
	if err != nil {
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	w.inner.hand(conn)
}

func (w *World) authority() (err error) {
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority of the tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &w.key.PublicKey, w.key)
	if err != nil {
		return err
	}
	if w.root, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	w.Roots = x509.NewCertPool()
	w.Roots.AddCert(w.root)
	w.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return nil
}

// certificate makes a certificate for the name that a client asks for.
func (w *World) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if name == "" {
		name, _, _ = net.SplitHostPort(hello.Conn.LocalAddr().String())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.certs[name]; c != nil {
		return c, nil
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(w.certs)) + 2), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, w.root, &w.key.PublicKey, w.key)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: w.key}
	w.certs[name] = c
	return c, nil
}

// A listener hands out connections that somebody else accepted.
type listener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *listener) hand(c net.Conn) {
	select {
	case l.conns <- c:
	case <-l.done:
		_ = c.Close()
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, errors.New("closed")
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
